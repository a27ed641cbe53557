"""A whole look: what is Linux, sets that fail alone, hostile files, and the fingerprint."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.unit.introspection.disk.folder_files import FolderFiles
from tests.unit.introspection.disk.linux import rpm_databases, test_accounts, test_addresses, test_other_packages
from tests.unit.introspection.disk.linux.roots import Link, Script, root
from tests.unit.introspection.disk.linux.test_dpkg import stanza
from vmi_console.estate.facts import Looked
from vmi_console.introspection.disk.files import Absent, Entry, Files, Kind, Unreadable
from vmi_console.introspection.disk.linux import bundles, fingerprint, is_linux, look
from vmi_console.introspection.findings import Findings

VENDOR = "/usr/lib/systemd/system"
GUEST = {
    "/lib": Link("usr/lib"),
    "/usr/lib/os-release": "NAME=Debian\nID=debian\nVERSION_ID=12\n",
    "/etc/os-release": Link("../usr/lib/os-release"),
    "/etc/debian_version": "12.8\n",
    "/etc/hostname": "web\n",
    "/etc/machine-id": "0123\n",
    "/usr/lib/systemd/systemd": "",
    "/sbin/init": Link("/lib/systemd/systemd"),
    "/boot/vmlinuz-6.1.0-21-amd64": "",
    "/lib/modules/6.1.0-21-amd64/modules.dep": "",
    "/var/lib/dpkg/status": stanza("bash", "5.2") + stanza("cron", "3.0"),
    "/var/lib/dpkg/updates/0001": stanza("cron", "3.1"),
    f"{VENDOR}/cron.service": "[Service]\nExecStart=/usr/sbin/cron\n[Install]\nWantedBy=multi-user.target\n",
    f"{VENDOR}/multi-user.target": "[Unit]\n",
    "/etc/systemd/system/multi-user.target.wants/cron.service": Link(f"{VENDOR}/cron.service"),
    "/etc/systemd/system/own.service": "[Service]\nExecStart=/opt/own\n",
    "/etc/systemd/system/own.service.d/more.conf": "[Service]\nUser=own\n",
    "/etc/init.d/old": Script("#!/bin/sh\n"),
    "/etc/rc2.d/S01old": Link("../init.d/old"),
    "/etc/crontab": "1 1 * * * root /bin/true\n",
    "/etc/cron.d/x": "2 2 * * * root /bin/false\n",
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n",
    "/etc/ssh/sshd_config.d/a.conf": "MaxAuthTries 2\n",
    "/etc/sudoers.d/x": "eve ALL=ALL\n",
    "/home/ann/.ssh/authorized_keys": f"ssh-ed25519 {test_accounts.KEY}\n",
    "/etc/network/interfaces": test_addresses.INTERFACES,
    "/etc/netplan/a.yaml": test_addresses.NETPLAN,
    "/etc/selinux/config": "SELINUX=permissive\n",
    "/var/lib/snapd/state.json": '{"data": {"snaps": {"a": {"current": "1", "active": true}}}}',
    "/lib/apk/db/installed": test_other_packages.APK,
} | test_accounts.FILES
GUEST["/etc/sudoers"] += "@includedir /etc/sudoers.d\n"
SETS = ("os", "applications", "services", "users", "addresses", "settings", "autostart")


def damaged(folder: Path, path: str) -> FolderFiles:
    """The files of a guest of which one cannot be read."""

    class Damaged(FolderFiles):
        def _asked(self, asked: str, follow: bool = True) -> Path:
            if asked == path:
                raise Unreadable("the inode is damaged")
            return super()._asked(asked, follow)

    return Damaged(folder)


def statuses(findings: Findings) -> dict[str, Looked]:
    return {name: getattr(findings, name).status for name in SETS}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (GUEST, True),
        ({"/etc/passwd": "", "/sys/": ""}, True),
        ({"/usr/lib/os-release": "ID=alpine\n"}, True),
        ({"/etc/os-release": "ID=freebsd\n", "/etc/passwd": ""}, False),
        ({"/etc/passwd": "", "/sys": Link("usr/src/sys")}, False),
        ({"/Windows/System32/config/SOFTWARE": ""}, False),
        ({"/lost+found/": ""}, False),
    ],
)
def test_what_is_linux(tmp_path: Path, files: dict[str, str], expected: bool) -> None:
    assert is_linux(root(tmp_path, files)) is expected


def test_a_whole_guest(tmp_path: Path) -> None:
    found = look(root(tmp_path, GUEST))
    assert set(statuses(found).values()) == {Looked.READ}
    (system,) = found.os.items
    assert (system.name, system.version, system.kernel, system.hostname) == ("Debian", "12.8", "6.1.0-21-amd64", "web")
    assert system.software_changed_at is not None
    assert {item.key: item.version for item in found.applications.items} == {
        "dpkg:bash:amd64": "5.2",
        "dpkg:cron:amd64": "3.1",
        "apk:musl:x86_64": "1.2.4_git20230717-r4",
        "apk:ssl_client:x86_64": "1.36.1-r15",
        "snap:a:": "",
    }
    assert {service.name: service.enabled for service in found.services.items} == {
        "cron": True,
        "own": None,
        "old": True,
    }
    assert {user.name for user in found.users.items if user.administrator} == {"root", "toor", "ann", "bob", "eve"}


def test_what_a_disk_cannot_tell_is_not_looked_for(tmp_path: Path) -> None:
    found = look(root(tmp_path, GUEST))
    assert {found.processes.status, found.sockets.status, found.modules.status} == {Looked.NOT_YET}


@pytest.mark.parametrize(
    ("path", "failing"),
    [
        ("/var/lib/dpkg/status", {"applications"}),
        ("/var/lib/dpkg/updates", {"applications"}),
        ("/etc/passwd", {"users"}),
        (VENDOR, {"services", "autostart"}),
        ("/etc/systemd/system/multi-user.target.wants", {"services", "autostart"}),
        ("/etc/ssh/sshd_config", {"settings"}),
        ("/etc/ssh/sshd_config.d", {"settings"}),
        ("/etc/selinux/config", {"settings"}),
    ],
)
def test_a_set_that_cannot_be_read_takes_no_other_with_it(tmp_path: Path, path: str, failing: set[str]) -> None:
    root(tmp_path, GUEST)
    found = look(damaged(tmp_path, path))
    assert {name for name, status in statuses(found).items() if status is Looked.UNREADABLE} == failing
    assert all("damaged" in getattr(found, name).because for name in failing)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/etc/sudoers.d", lambda found: {user.administrator for user in found.users.items if user.uid}),
        ("/etc/group", lambda found: {user.administrator for user in found.users.items if user.uid}),
        ("/etc/shadow", lambda found: {user.locked for user in found.users.items if user.name != "eve"}),
        ("/etc/ssh/sshd_config", lambda found: {user.keys for user in found.users.items}),
        (
            f"{VENDOR}/cron.service",
            lambda found: {item.enabled for item in found.services.items if item.name == "cron"},
        ),
    ],
)
def test_what_depends_on_what_cannot_be_read_is_not_known(
    tmp_path: Path, path: str, asked: Callable[[Findings], set[object]]
) -> None:
    root(tmp_path, GUEST)
    found = look(damaged(tmp_path, path))
    assert asked(found) == {None}
    assert "damaged" in found.users.doubt + found.services.doubt


def test_nothing_at_all_is_no_exception(tmp_path: Path) -> None:
    found = look(FolderFiles(tmp_path))
    assert statuses(found) == {
        "os": Looked.READ,
        "applications": Looked.UNREADABLE,
        "services": Looked.UNREADABLE,
        "users": Looked.UNREADABLE,
        "addresses": Looked.READ,
        "settings": Looked.READ,
        "autostart": Looked.READ,
    }


@pytest.mark.slow
def test_no_mutation_of_any_file_gets_out(tmp_path: Path) -> None:
    root(tmp_path, GUEST)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_size]
    chance = random.Random(3)
    for _ in range(150):
        path = chance.choice(files)
        sound = path.read_bytes()
        damaged = bytearray(sound)
        for _ in range(chance.choice((1, 5, 50))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 10, 32, 34, 37, 64, 255, chance.randrange(256)))
        path.write_bytes(damaged * chance.choice((1, 1, 1, 50)))
        found = look(FolderFiles(tmp_path))
        assert all(isinstance(status, Looked) for status in statuses(found).values())
        assert not any("Error" in getattr(found, name).because for name in SETS), path  # all of it was foreseen
        path.write_bytes(sound)


def test_names_of_any_bytes_can_be_told(tmp_path: Path) -> None:
    files = root(tmp_path, GUEST)
    for folder in ("etc/cron.d", "etc/init.d", "etc/sudoers.d", "etc/netplan", "etc/systemd/system/cron.service.d"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        name = os.fsdecode(b"\xff\xfe")
        (tmp_path / folder / name).write_bytes(b"1 1 1 1 1 root \xff\n")
        (tmp_path / folder / name).chmod(0o755)
    (tmp_path / "etc/netplan" / os.fsdecode(b"\xe9.yaml")).write_text(
        'network: {ethernets: {"\\ud800": {dhcp4: true}}}'
    )
    (tmp_path / "var/lib/snapd/state.json").write_text('{"data": {"snaps": {"\\ud800": {"active": true}}}}')
    found = look(files)
    assert set(statuses(found).values()) == {Looked.READ}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Findings) == found


def test_too_many_files_end_the_set_and_not_the_look(tmp_path: Path) -> None:
    class Endless(FolderFiles):
        """A guest that has one folder without an end."""

        def entries(self, path: str) -> Iterator[Entry]:
            return (
                itertools.repeat(Entry("0001", Kind.FILE)) if path.endswith("dpkg/updates") else super().entries(path)
            )

    root(tmp_path, GUEST)
    found = look(Endless(tmp_path))
    assert found.users.status is Looked.READ
    assert "more than 20000 names" in found.applications.because + found.applications.doubt


MIB = 1 << 20


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/sudoers", "ann " + " " * (MIB - 100) + "x = ALL"),
        ("/etc/sudoers", "ann ALL = " + "," * (MIB - 100)),
        ("/etc/sudoers", "ann ALL = " + "(" * (MIB - 100)),
        ("/etc/sudoers", "ann ALL = " + " : " * (MIB // 4)),
        ("/etc/sudoers", "ann ALL = :" + " " * (MIB - 100)),
        ("/etc/sudoers", "User_Alias " + "A = A, A : " * (MIB // 20)),
        ("/home/ann/.ssh/authorized_keys", '"\\' * (MIB // 2)),
        ("/home/ann/.ssh/authorized_keys", "ssh-a " * (MIB // 6)),
        ("/etc/xinetd.d/x", "service x {\n" * (MIB // 12)),
        ("/etc/systemd/system/x.service", "[Install]\nAlias=" + "\\\n" * (MIB // 3)),
        ("/etc/systemd/system/x.service", "[Install]\n" + "Alias=a.service\n" * (MIB // 17)),
        ("/etc/crontab", "a" * (MIB - 1)),
        ("/etc/crontab", "* " * (MIB // 2)),
        ("/etc/os-release", "ID=" + "'\"" * (MIB // 3)),
        ("/etc/network/interfaces", "iface a inet static\n" + "address 1\n" * (MIB // 12)),
        ("/etc/ssh/sshd_config", 'Port 22 "\n' * (MIB // 12)),
        ("/boot/grub/grub.cfg", "menuentry '" * (MIB // 11)),
        ("/boot/grub/grub.cfg", "menuentry 'a' --id" + " " * MIB),
        ("/etc/passwd", "a:x:1:1::/:\n" * (MIB // 13)),
        ("/etc/netplan/b.yaml", "- " * 30_000),
        ("/etc/netplan/b.yaml", "? " * 30_000),
        ("/etc/netplan/b.yaml", "[]" * 30_000),
        ("/var/lib/dpkg/status", "Package: a\n\n" * (MIB // 12)),
        ("/var/lib/dpkg/status", "Source: " + " (" * (MIB // 2)),
    ],
)
def test_no_text_takes_more_than_its_length(tmp_path: Path, path: str, text: str) -> None:
    """What takes the square of a length would not be done within this test's time."""
    look(root(tmp_path, GUEST | {path: text}))


# --- the fingerprint --------------------------------------------------------------------------------------------------


def test_an_unchanged_guest_has_the_same_fingerprint(tmp_path: Path) -> None:
    assert fingerprint(root(tmp_path, GUEST)) == fingerprint(FolderFiles(tmp_path))


def test_whatever_a_look_reads_moves_the_fingerprint(tmp_path: Path) -> None:
    """But for /usr/lib, where only package managers write, who move their own lists; and for snapd's state, which snapd
    writes all day: its folder of snaps, and the units that it makes in /etc, stand for it."""
    files = root(tmp_path, GUEST)
    look(files)
    before = fingerprint(files)
    unmoved = []
    for path in sorted(files.touched):
        where = tmp_path / path.strip("/")
        if not where.is_file() or where.is_symlink() or not where.resolve().is_relative_to(tmp_path):
            continue
        content, found = where.read_bytes(), where.stat()
        where.write_bytes(content + b"\n")
        if fingerprint(FolderFiles(tmp_path)) == before:
            unmoved.append(path)
        where.write_bytes(content)
        os.utime(where, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert fingerprint(FolderFiles(tmp_path)) == before
    stand_ins = (bundles.SNAP_STATE, "/usr/lib/systemd/", "/lib/systemd/")
    assert [path for path in unmoved if not path.startswith(stand_ins)] == []


@pytest.mark.parametrize(
    "added",
    [
        "/etc/systemd/system/multi-user.target.wants/own.service",
        "/etc/systemd/system/cron.service",
        "/etc/sudoers.d/new",
        "/etc/cron.daily/new",
        "/root/.ssh/authorized_keys",
        "/home/bob/.ssh/authorized_keys",
        "/var/lib/dpkg/updates/0002",
        "/etc/rc3.d/S01old",
        "/boot/vmlinuz-6.1.0-22-amd64",
        "/etc/ufw/ufw.conf",
        "/etc/NetworkManager/system-connections/a.nmconnection",
        "/var/lib/rpm/rpmdb.sqlite-wal",
    ],
)
def test_whatever_is_added_moves_the_fingerprint(tmp_path: Path, added: str) -> None:
    before = fingerprint(root(tmp_path, GUEST))
    assert fingerprint(root(tmp_path, {added: "x"})) != before


def test_names_that_no_file_can_have_are_absent(tmp_path: Path) -> None:
    files = {
        "/etc/passwd": "a:x:1:1::/home/\0:/bin/sh\nb:x:2:2::/home/" + "b" * 5000 + ":/bin/sh\n",
        "/etc/ssh/sshd_config": "AuthorizedKeysFile /etc/a\0b /etc/%u\nInclude \0 /etc/\0*\n",
    }
    assert len(fingerprint(root(tmp_path, GUEST | files))) == 64
    assert statuses(look(FolderFiles(tmp_path)))["users"] is Looked.READ


def test_a_fingerprint_of_what_cannot_be_read_is_one_too() -> None:
    class Nothing:
        doubts = ()

        def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
            def fail(*_: object) -> object:
                raise Unreadable("gone") if name != "entry" else Absent("gone")

            return fail

    files: Files = Nothing()
    assert len(fingerprint(files)) == 64


# --- what the sandbox forbids -----------------------------------------------------------------------------------------

WATCHED = """\
import sys
from pathlib import Path
from tests.unit.introspection.disk.folder_files import FolderFiles
from vmi_console.introspection.disk.linux import fingerprint, is_linux, look

root = sys.argv[1]
watched = ("import", "open", "os.listdir", "os.scandir", "glob.glob", "socket.__new__", "subprocess.Popen", "os.system")
seen = []
sys.addaudithook(lambda event, given: seen.append((event, *given[:1])) if event in watched else None)
files = FolderFiles(Path(root))
assert is_linux(files) and fingerprint(files) and look(files)
print(*{(event, what) for event, what in seen if not str(what).startswith(root)})
"""


def test_a_look_imports_and_opens_nothing_but_the_guests_files(tmp_path: Path) -> None:
    """The parser process gives up the right to open files before it sees a guest: all must have been loaded by then."""
    root(tmp_path, GUEST)
    rpm_databases.sqlite(tmp_path / "var/lib/rpm/rpmdb.sqlite", [rpm_databases.header("a", "1", "1")])
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, tmp_path], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
