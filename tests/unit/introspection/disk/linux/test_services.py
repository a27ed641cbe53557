"""Services by what starts them: systemd with scripts of old, OpenRC, SysV init."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import Link, Script, reading
from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux.services import Init, init, services
from vmi_console.introspection.disk.linux.units import Units

SYSTEMD = {"/usr/lib/systemd/systemd": "", "/sbin/init": Link("../lib/systemd/systemd"), "/etc/machine-id": "0123\n"}
SCRIPT = Script("#!/bin/sh\n### BEGIN INIT INFO\n### END INIT INFO\n")


def found(folder: Path, files: Mapping[str, str]) -> dict[str, Service]:
    asked = reading(folder, files)
    return {service.name: service for service in services(asked, Units(asked))}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (SYSTEMD, Init.SYSTEMD),
        ({"/lib/systemd/systemd": ""}, Init.SYSTEMD),
        ({"/sbin/openrc": "", "/sbin/init": Link("/bin/busybox"), "/etc/runlevels/boot/": ""}, Init.OPENRC),
        ({"/sbin/init": "", "/etc/init.d/cron": SCRIPT}, Init.SYSV),
        ({"/etc/passwd": ""}, Init.NONE),
    ],
)
def test_what_starts_services(tmp_path: Path, files: dict[str, str], expected: Init) -> None:
    assert init(reading(tmp_path, files)) is expected


def test_systemd_makes_units_of_scripts_that_have_none(tmp_path: Path) -> None:
    files = SYSTEMD | {
        "/usr/lib/systemd/system/cron.service": "[Service]\n",
        "/etc/systemd/system/off.service": Link("/dev/null"),
        "/etc/init.d/cron": SCRIPT,
        "/etc/init.d/off": SCRIPT,
        "/etc/init.d/old": SCRIPT,
        "/etc/init.d/older.sh": SCRIPT,
        "/etc/init.d/README": "text",
        "/etc/init.d/no-script": "text",
        "/etc/init.d/old.dpkg-old": SCRIPT,
        "/etc/rc2.d/S01old": Link("../init.d/old"),
        "/etc/rc2.d/K01older.sh": Link("../init.d/older.sh"),
        "/etc/rc6.d/S01older.sh": Link("../init.d/older.sh"),
    }
    assert found(tmp_path, files) == {
        "cron": Service(name="cron", state="static", unit="/usr/lib/systemd/system/cron.service"),
        "off": Service(name="off", enabled=False, state="masked", unit="/etc/systemd/system/off.service"),
        "old": Service(name="old", enabled=True, state="generated", unit="/etc/init.d/old"),
        "older": Service(name="older", enabled=False, state="generated", unit="/etc/init.d/older.sh"),
    }


def test_sysv_init_starts_the_scripts_of_its_runlevel(tmp_path: Path) -> None:
    files = {
        "/sbin/init": "",
        "/etc/inittab": "# id:5:initdefault:\nid:3:initdefault:\n",
        "/etc/init.d/sshd": SCRIPT,
        "/etc/init.d/nfs": SCRIPT,
        "/etc/init.d/functions": SCRIPT,
        "/etc/rc.d/rc3.d/S55sshd": Link("../../init.d/sshd"),
        "/etc/rc.d/rc5.d/S60nfs": Link("../../init.d/nfs"),
    }
    assert {name: (service.enabled, service.state) for name, service in found(tmp_path, files).items()} == {
        "sshd": (True, "enabled"),
        "nfs": (False, "disabled"),
    }


def test_openrc_starts_what_is_in_its_runlevels(tmp_path: Path) -> None:
    files = {
        "/sbin/openrc": "",
        "/etc/init.d/sshd": SCRIPT,
        "/etc/init.d/hwclock": SCRIPT,
        "/etc/init.d/telnetd": SCRIPT,
        "/etc/init.d/killprocs": SCRIPT,
        "/etc/init.d/functions.sh": Script(""),
        "/etc/runlevels/default/sshd": Link("/etc/init.d/sshd"),
        "/etc/runlevels/boot/hwclock": Link("/etc/init.d/hwclock"),
        "/etc/runlevels/sysinit/hwclock": Link("/etc/init.d/hwclock"),
        "/etc/runlevels/shutdown/killprocs": Link("/etc/init.d/killprocs"),
    }
    assert {name: (service.enabled, service.state) for name, service in found(tmp_path, files).items()} == {
        "sshd": (True, "default"),
        "hwclock": (True, "boot, sysinit"),
        "telnetd": (False, "disabled"),
        "killprocs": (False, "shutdown"),
    }


INETD = "#discard stream tcp nowait root internal\n127.0.0.1:telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n"
XINETD = "service tftp\n{\n  disable = yes\n}\nservice rsync\n{\n  disable = no\n  server = /usr/bin/rsync\n}\n"


@pytest.mark.parametrize(("server", "enabled"), [("WantedBy=multi-user.target", False), ("", None)])
def test_services_of_super_servers_are_as_enabled_as_those(tmp_path: Path, server: str, enabled: bool | None) -> None:
    unit = f"[Service]\nExecStart=/usr/sbin/inetd\n[Install]\n{server}\n"
    files = SYSTEMD | {
        "/etc/inetd.conf": INETD,
        "/etc/xinetd.d/some": XINETD,
        "/usr/lib/systemd/system/inetd.service": unit,
        "/usr/lib/systemd/system/xinetd.service": unit,
    }
    told = found(tmp_path, files)
    assert {name: told[name].enabled for name in ("telnet", "tftp", "rsync")} == {
        "telnet": enabled,
        "tftp": False,
        "rsync": enabled,
    }
    links = {
        f"/etc/systemd/system/multi-user.target.wants/{name}.service": Link(f"/usr/lib/systemd/system/{name}.service")
        for name in ("inetd", "xinetd")
    }
    told = found(tmp_path, links)
    assert [told[name].enabled for name in ("telnet", "tftp", "rsync")] == [True, False, True]


def test_an_image_that_never_started_is_doubted(tmp_path: Path) -> None:
    asked = reading(tmp_path, SYSTEMD | {"/etc/machine-id": "uninitialized\n"})
    services(asked, Units(asked))
    assert "never started" in asked.doubts[0]


def test_without_a_starter_of_services_nobody_can_tell(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        found(tmp_path, {"/etc/passwd": ""})
