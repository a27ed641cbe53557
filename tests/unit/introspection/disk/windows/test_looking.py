"""A whole look at a Windows guest: every set, sets that fail alone, hostile files, and the fingerprint."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.introspection.disk.folder_files import FolderFiles
from tests.unit.introspection.disk.linux.roots import root
from tests.unit.introspection.disk.windows import guests, hive_builder
from vmi_console.estate.facts import Autostart, GuestAddress, Looked, Patch, User
from vmi_console.introspection.disk.windows import fingerprint, look, tasks
from vmi_console.introspection.findings import Findings

TIME = datetime(2024, 12, 2, tzinfo=UTC)
SETS = ("os", "applications", "services", "patches", "users", "addresses", "settings", "autostart")
SOFTWARE, SYSTEM = f"{guests.CONFIG}/SOFTWARE", f"{guests.CONFIG}/SYSTEM"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return look(root(tmp_path_factory.mktemp("guest"), guests.files()))


def looked(folder: Path, **changes: bytes) -> Findings:
    """A look at the guest with some of its hives replaced, by their names."""
    return look(root(folder, guests.files() | {f"{guests.CONFIG}/{name}": data for name, data in changes.items()}))


def named(found: Findings, name: str) -> str:
    return next((setting.value for setting in found.settings.items if setting.name == name), "")


def test_every_set_is_read(found: Findings) -> None:
    for name in SETS:
        facts = getattr(found, name)
        assert facts.status is Looked.READ, (name, facts.because)
    assert {name: getattr(found, name).doubt for name in SETS} == {
        **dict.fromkeys(SETS, ""),
        "patches": "of some updates the numbers are not written down",
    }


def test_operating_system(found: Findings) -> None:
    (system,) = found.os.items
    assert system.name == "Microsoft Windows Server 2022 Standard"
    assert (system.version, system.kernel) == ("10.0.20348", "10.0.20348.2849")
    assert (system.id, system.family, system.hostname) == ("windows", "windows", "srv-01")
    assert system.software_changed_at == TIME


def test_windows_11_is_told_from_what_it_calls_itself(tmp_path: Path) -> None:
    told = {"ProductName": "Windows 10 Pro", "InstallationType": "Client", "CurrentBuildNumber": "22631"}
    found = looked(tmp_path, SOFTWARE=hive_builder.hive(guests.changed(guests.SOFTWARE, {guests.NT: told})))
    assert found.os.items[0].name == "Microsoft Windows 11 Pro"


def test_applications(found: Findings) -> None:
    assert {(each.manager, each.name, each.version, each.arch, each.build) for each in found.applications.items} == {
        ("windows", "7-Zip 24.08 (x64)", "24.08", "x64", ""),
        ("windows", "Remote Helper", "1", "x64", ""),
        ("windows", "Old Editor", "6.0", "x86", ""),
        ("windows", "Chat", "3.1", "", "of ann, bob"),
        ("appx", "Microsoft.Paint", "11.2408.0.0", "x64", ""),
        ("appx", "Contoso.Game", "1.2.3.0", "", "of ann"),
    }


def test_patches(found: Findings) -> None:
    assert {*found.patches.items} == {
        Patch(name="KB5042881", installed_at=TIME),
        Patch(name="KB5046616", installed_at=TIME),
        Patch(name="KB4484211"),
        Patch(name="RollupFix 20348.1.1.5", installed_at=TIME),
    }


def test_services(found: Findings) -> None:
    services = {each.name: each for each in found.services.items}
    assert {name: (each.enabled, each.state) for name, each in services.items()} == {
        "mpssvc": (True, "auto"),
        "Spooler": (True, "auto"),
        "BITS": (True, "auto delayed"),
        "W32Time": (None, "manual, on triggers"),
        "RemoteRegistry": (False, "disabled"),
        "VSS": (False, "manual"),
        "WinDefend": (True, "auto"),
        "disk": (True, "driver, boot"),
    }
    assert services["mpssvc"].unit == ("%SystemRoot%\\system32\\svchost.exe -k x (%SystemRoot%\\system32\\mpssvc.dll)")
    assert services["Spooler"].unit == "%SystemRoot%\\System32\\spoolsv.exe"


def test_users(found: Findings) -> None:
    assert found.users.items == (
        User(name="Administrator", uid=500, administrator=True, locked=True, password="set"),
        User(name="Guest", uid=501, administrator=False, locked=True, password="none"),
        User(name="ann", uid=1001, administrator=True, locked=True, password="set"),
        User(name="böb", uid=1002, administrator=False, locked=False, password="none"),
        User(name="past", uid=1003, administrator=False, locked=True, password="set"),
    )
    assert named(found, "passwords.never_expires") == "Administrator, Guest"
    assert named(found, "passwords.not_required") == "Guest"


def test_addresses(found: Findings) -> None:
    assert {*found.addresses.items} == {
        GuestAddress(interface="Ethernet", address="192.0.2.10/24"),
        GuestAddress(interface="Ethernet", address="192.0.2.11/24"),
        GuestAddress(interface=guests.WLAN, address="dhcp"),
        GuestAddress(interface=guests.WLAN, address="198.51.100.7/23"),
    }


def test_settings(found: Findings) -> None:
    assert {each.name: each.value for each in found.settings.items} == {
        "windows.edition": "ServerStandard",
        "windows.release": "21H2",
        "windows.installed": "2023-11-14T22:13:20+00:00",
        "windows.last_shutdown": "2024-12-02T00:00:00+00:00",
        "windows.time_zone": "W. Europe Standard Time",
        "windows.domain": "example.com",
        "firewall.domain": "enabled",
        "firewall.private": "enabled",
        "firewall.public": "disabled",
        "defender.antivirus": "enabled",
        "defender.realtime": "disabled",
        "defender.tamper_protection": "enabled",
        "defender.exclusions": "C:\\Temp",
        "rdp.enabled": "yes",
        "rdp.network_level_authentication": "enabled",
        "rdp.port": "3389",
        "uac.enabled": "yes",
        "uac.administrators_prompt": "5",
        "autologon.enabled": "yes",
        "autologon.user": "ann",
        "autologon.password": "readable in the registry",
        "lsa.protected": "yes",
        "lsa.blank_passwords_locally_only": "yes",
        "smb1.server": "disabled",
        "smb1.client": "absent",
        "smb.server_signing_required": "yes",
        "passwords.never_expires": "Administrator, Guest",
        "passwords.not_required": "Guest",
    }


def test_a_firewall_without_its_service_is_off(tmp_path: Path) -> None:
    changes = {f"{guests.SET}\\Services\\mpssvc": {"Start": 4}}
    found = looked(tmp_path, SYSTEM=hive_builder.hive(guests.changed(guests.SYSTEM, changes)))
    assert {named(found, f"firewall.{profile}") for profile in ("domain", "private", "public")} == {"disabled"}


@pytest.mark.parametrize(
    ("hive", "key", "values", "setting", "value"),
    [
        ("SYSTEM", f"{guests.SET}\\Services\\WinDefend", {"Start": 4}, "defender.antivirus", "disabled"),
        (
            "SOFTWARE",
            "Policies\\Microsoft\\Windows Defender",
            {"DisableAntiSpyware": 1},
            "defender.realtime",
            "disabled",
        ),
        ("SOFTWARE", "Microsoft\\Windows Defender", {"PassiveMode": 1}, "defender.antivirus", "passive"),
        ("SYSTEM", f"{guests.SET}\\Services\\TermService", {"Start": 4}, "rdp.enabled", "no"),
        (
            "SOFTWARE",
            "Policies\\Microsoft\\Windows NT\\Terminal Services",
            {"fDenyTSConnections": 1},
            "rdp.enabled",
            "no",
        ),
        ("SYSTEM", f"{guests.SET}\\Services\\mrxsmb10", {"Start": 2, "Type": 2}, "smb1.client", "enabled"),
        ("SOFTWARE", f"{guests.NT}\\Winlogon", {"AutoAdminLogon": "0"}, "autologon.enabled", "no"),
    ],
)
def test_a_switch_that_is_turned(
    tmp_path: Path, hive: str, key: str, values: dict[str, str | int | bytes], setting: str, value: str
) -> None:
    keys = {"SYSTEM": guests.SYSTEM, "SOFTWARE": guests.SOFTWARE}[hive]
    found = looked(tmp_path, **{hive: hive_builder.hive(guests.changed(keys, {key: values}))})
    assert named(found, setting) == value


def test_autostart(found: Findings) -> None:
    ann = "S-1-5-21-1111-2222-3333-1001"
    run, once = f"{guests.CURRENT}\\Run", f"{guests.CURRENT}\\RunOnce"
    debugger = f"{guests.NT}\\Image File Execution Options\\sethc.exe\\Debugger"
    task = "daily from 2024-01-01T03:00:00, at start every PT15M; by EXAMPLE\\ann"
    backup = "C:\\tools\\backup.exe --all & more"
    assert {(each.name, each.command, each.schedule, each.user) for each in found.autostart.items} == {
        (f"HKLM\\SOFTWARE\\{run}\\SecurityHealth", "%windir%\\system32\\SecurityHealthSystray.exe", "at login", None),
        (f"HKLM\\SOFTWARE\\{run}\\Old", "old.exe", "switched off; at login", None),
        (f"HKLM\\SOFTWARE\\Wow6432Node\\{once}\\Setup", "setup.exe /again", "once, at login", None),
        (f"HKLM\\SOFTWARE\\{guests.NT}\\Winlogon\\Shell", "explorer.exe", "at login", None),
        (f"HKLM\\SOFTWARE\\{guests.NT}\\Winlogon\\Userinit", "C:\\Windows\\system32\\userinit.exe,", "at login", None),
        (f"HKLM\\SOFTWARE\\{debugger}", "cmd.exe", "whenever sethc.exe is started", None),
        (
            "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\BootExecute",
            "autocheck autochk *",
            "at start",
            None,
        ),
        (f"HKU\\{ann}\\Software\\{run}\\Chat", '"C:\\Users\\ann\\chat.exe" --quiet', "at login", "ann"),
        (f"/ProgramData/{guests.STARTUP}/agent.exe",) * 2 + ("at login", None),
        (f"/Users/ann/AppData/Roaming/{guests.STARTUP}/notes.lnk",) * 2 + ("at login", "ann"),
        ("/Windows/System32/Tasks/Backup", backup, task, "S-1-5-18"),
        ("/Windows/System32/Tasks/Vendor/Off", backup, f"switched off; {task}", "S-1-5-18"),
    }


def test_no_secret_leaves_a_guest(found: Findings) -> None:
    assert "Tr0ub4dor" not in repr(found)
    assert "\\xee" not in repr(found)


# --- what fails -------------------------------------------------------------------------------------------------------


def test_a_hive_that_is_missing_takes_its_own_sets_only(tmp_path: Path) -> None:
    files = guests.files()
    del files[f"{guests.CONFIG}/SAM"]
    found = look(root(tmp_path, files))
    assert found.users.status is Looked.UNREADABLE
    assert "SAM is missing" in found.users.because
    assert found.services.status is found.settings.status is Looked.READ
    assert "what rules accounts have is not known" in found.settings.doubt


def test_a_damaged_hive_says_so(tmp_path: Path) -> None:
    found = looked(tmp_path, SOFTWARE=b"regf" + bytes(8192))
    for name in ("os", "applications", "patches"):
        facts = getattr(found, name)
        assert facts.status is Looked.UNREADABLE
        assert "SOFTWARE is damaged" in facts.because
    assert found.services.status is found.users.status is Looked.READ


def test_a_users_damaged_hive_is_a_doubt(tmp_path: Path) -> None:
    found = look(root(tmp_path, guests.files() | {"/Users/ann/NTUSER.DAT": b"nothing"}))
    assert "Chat" in {each.name for each in found.applications.items}  # bob's
    assert "what ann has is not known" in found.applications.doubt
    assert "what ann has is not known" in found.autostart.doubt


def test_what_is_only_in_the_logs_is_seen(tmp_path: Path) -> None:
    found = look(root(tmp_path, guests.running()))
    assert "Miner" in {each.name for each in found.applications.items}
    assert found.applications.doubt == ""
    (tmp_path / f"{guests.CONFIG}/SOFTWARE.LOG1".strip("/")).unlink()
    doubted = look(FolderFiles(tmp_path))
    assert "Miner" not in {each.name for each in doubted.applications.items}
    assert "SOFTWARE was being written" in doubted.applications.doubt


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE Task [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Task>&b;</Task>',
        "<Task>" + "<a>" * 50,
        "<Task>" + "<a/>" * 6000 + "</Task>",
        "<Other/>",
        "no XML",
        '<?xml version="1.0" encoding="no-such"?><Task/>',
    ],
)
def test_a_hostile_task_is_a_doubt(tmp_path: Path, text: str) -> None:
    found = look(root(tmp_path, guests.files() | {f"{tasks.FOLDER}/Bad": text.encode()}))
    assert found.autostart.status is Looked.READ
    assert "the task Bad" in found.autostart.doubt
    assert Autostart in {type(each) for each in found.autostart.items}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), changes=st.integers(1, 60))
def test_damaged_hives_are_unreadable_and_nothing_else(tmp_path: Path, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    damaged = {}
    for name, keys in (("SYSTEM", guests.SYSTEM), ("SOFTWARE", guests.SOFTWARE), ("SAM", guests.SAM)):
        data = bytearray(hive_builder.hive(keys))
        for _ in range(changes):
            data[chance.randrange(4096, len(data))] = chance.choice((0, 1, 0x80, 0xFF, chance.randrange(256)))
        damaged[name] = bytes(data)
    found = looked(tmp_path, **damaged)
    for name in SETS:
        facts = getattr(found, name)
        assert facts.status is not Looked.NOT_YET
        assert not facts.because.startswith("it is damaged (")  # that would be an error nobody foresaw


# --- fingerprints -----------------------------------------------------------------------------------------------------


def test_the_fingerprint_moves_with_what_is_looked_at(tmp_path: Path) -> None:
    files = root(tmp_path, guests.files())
    seen = {fingerprint(files)}
    assert fingerprint(files) in seen
    before = hive_builder.hive(guests.SOFTWARE)
    middle = hive_builder.hive(guests.changed(guests.SOFTWARE, {guests.PACKAGES: {"x": 1}}))
    for path, data in {
        f"{guests.CONFIG}/SAM": hive_builder.dirty(hive_builder.hive(guests.SAM), 9, 9),
        f"{guests.CONFIG}/SOFTWARE.LOG1": hive_builder.log(before, [(7, before, middle)]),
        "/Users/ann/NTUSER.DAT": hive_builder.dirty(hive_builder.hive(guests.ANN), 3, 3),
        f"{tasks.FOLDER}/Vendor/New": guests.task(),
        f"/Users/bob/AppData/Roaming/{guests.STARTUP}/x.exe": b"MZ",
    }.items():
        root(tmp_path, {path: data})
        seen.add(fingerprint(files))
    assert len(seen) == 6


def test_a_further_entry_in_a_log_moves_it_though_size_and_time_stay(tmp_path: Path) -> None:
    before = hive_builder.hive(guests.SOFTWARE)
    middle = hive_builder.hive(guests.changed(guests.SOFTWARE, {guests.PACKAGES: {"x": 1}}))
    one = hive_builder.log(before, [(7, before, middle)])
    two = hive_builder.log(before, [(7, before, middle), (8, middle, before)])
    path = tmp_path / f"{guests.CONFIG}/SOFTWARE.LOG1".strip("/")
    files = root(tmp_path, guests.files())
    taken = []
    for log in (one, two):
        path.write_bytes(log.ljust(len(two), b"\0"))
        os.utime(path, (1, 1))
        taken.append(fingerprint(files))
    assert taken[0] != taken[1]
