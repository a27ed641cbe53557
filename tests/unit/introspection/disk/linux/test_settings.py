"""sshd, firewalls and access control."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import Link, reading
from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux import sshd
from vmi_console.introspection.disk.linux.kernels import Kernels
from vmi_console.introspection.disk.linux.settings import settings
from vmi_console.introspection.disk.linux.units import Units

MAIN = sshd.CONFIGURATION


def test_the_first_value_counts_and_names_are_spelled_as_one_likes(tmp_path: Path) -> None:
    text = (
        'permitrootlogin no\nPermitRootLogin yes\nPasswordAuthentication="no"\nPort 22\nPort=2222\n#X11Forwarding yes\n'
    )
    found = sshd.settings(reading(tmp_path, {MAIN: text}))
    assert (found["PermitRootLogin"], found["PasswordAuthentication"], found["Port"], found["X11Forwarding"]) == (
        "no",
        "no",
        "22 2222",
        "no",
    )


def test_included_files_count_where_they_are_included(tmp_path: Path) -> None:
    files = {
        MAIN: "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nInclude late\n",
        "/etc/ssh/sshd_config.d/10-a.conf": "PermitRootLogin no\nMatch User a\nX11Forwarding yes\n",
        "/etc/ssh/sshd_config.d/20-b.conf": "PermitRootLogin prohibit-password\nMaxAuthTries 3\n",
        "/etc/ssh/sshd_config.d/notes": "MaxAuthTries 1\n",
        "/etc/ssh/late": "UsePAM yes\n",
    }
    found = sshd.settings(reading(tmp_path, files))
    assert (found["PermitRootLogin"], found["MaxAuthTries"], found["UsePAM"]) == ("no", "3", "yes")


def test_blocks_are_told_apart(tmp_path: Path) -> None:
    text = "Match User backup,x Address 10.0.0.0/8\nPasswordAuthentication yes\nMatch all\nPermitRootLogin no\n"
    found = {setting.name: setting.value for setting in sshd.facts(reading(tmp_path, {MAIN: text}))}
    assert found["sshd.Match"] == "Match User backup,x Address 10.0.0.0/8: PasswordAuthentication yes"
    assert found["sshd.PermitRootLogin"] == "no"


def test_includes_in_a_circle_end(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        sshd.facts(reading(tmp_path, {MAIN: f"Include {MAIN}\n"}))


def test_without_sshd_nothing_is_told(tmp_path: Path) -> None:
    assert sshd.facts(reading(tmp_path, {"/etc/passwd": ""})) == []


def found(
    folder: Path, files: dict[str, str], services: dict[str, bool | None] | None, command_line: str | None = None
) -> dict[str, str]:
    asked = reading(folder, files)
    known = [Service(name=name, enabled=on) for name, on in services.items()] if services is not None else None
    told = settings(asked, known, Units(asked), Kernels(command_line=command_line))
    return {setting.name: setting.value for setting in told}


def test_firewalls(tmp_path: Path) -> None:
    files = {"/etc/ufw/ufw.conf": "ENABLED=yes\n", "/etc/default/ufw": 'DEFAULT_INPUT_POLICY="DROP"\n'}
    assert found(tmp_path, files, {"ufw": True, "nftables": False}) == {
        "firewall.ufw": "enabled",
        "firewall.ufw.incoming": "drop",
        "firewall.nftables": "disabled",
        "firewall.enabled": "ufw",
    }


def test_a_firewall_that_is_started_and_switched_off_is_none(tmp_path: Path) -> None:
    told = found(tmp_path, {"/etc/ufw/ufw.conf": "ENABLED=no\n"}, {"ufw": True})
    assert (told["firewall.ufw"], told["firewall.enabled"]) == ("disabled", "none")


def test_firewalls_are_not_known_where_services_are_not(tmp_path: Path) -> None:
    assert found(tmp_path, {"/etc/ufw/ufw.conf": "ENABLED=yes\n"}, None) == {}


@pytest.mark.parametrize(
    ("command_line", "mode"),
    [
        (None, "enforcing"),
        ("ro quiet", "enforcing"),
        ("selinux=0", "disabled"),
        ("enforcing=0", "permissive"),
        ("security=apparmor", "disabled"),
    ],
)
def test_selinux(tmp_path: Path, command_line: str | None, mode: str) -> None:
    told = found(tmp_path, {"/etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n"}, {}, command_line)
    assert (told["selinux.mode"], told["selinux.policy"]) == (mode, "targeted")


@pytest.mark.parametrize(
    ("enabled", "command_line", "mode"),
    [
        (True, "ro", "enabled"),
        (False, "ro", "disabled"),
        (True, "apparmor=0", "disabled"),
        (True, "lsm=yama", "disabled"),
    ],
)
def test_apparmor(tmp_path: Path, enabled: bool, command_line: str, mode: str) -> None:
    assert found(tmp_path, {"/etc/passwd": ""}, {"apparmor": enabled}, command_line)["apparmor.mode"] == mode


def test_what_is_started_and_what_is_preloaded(tmp_path: Path) -> None:
    files = {
        "/etc/systemd/system/default.target": Link("/lib/systemd/system/multi-user.target"),
        "/etc/ld.so.preload": "# none\n/lib/libevil.so\n",
    }
    assert found(tmp_path, files, {}, "quiet") == {
        "firewall.enabled": "none",
        "systemd.default": "multi-user.target",
        "kernel.command_line": "quiet",
        "ld.so.preload": "/lib/libevil.so",
    }
