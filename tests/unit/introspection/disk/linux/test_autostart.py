from __future__ import annotations

from pathlib import Path

from tests.unit.introspection.disk.linux.roots import Link, Script, reading
from vmi_console.introspection.disk.linux.autostart import autostart
from vmi_console.introspection.disk.linux.units import Units

VENDOR = "/usr/lib/systemd/system"


def found(folder: Path, files: dict[str, str]) -> set[tuple[str, str, str, str | None]]:
    asked = reading(folder, files)
    return {(item.name, item.command, item.schedule, item.user) for item in autostart(asked, Units(asked))}


def test_tables_of_cron(tmp_path: Path) -> None:
    files = {
        "/etc/crontab": "SHELL=/bin/sh\n17 *\t* * *\troot\tcd / && run-parts /etc/cron.hourly\n# 1 1 1 1 1 root no\n",
        "/etc/cron.d/php": "@reboot www-data /usr/bin/php x\n*/5 0-6,8 1 jan mon-fri root a b\n",
        "/etc/cron.d/.placeholder": "1 1 1 1 1 root no\n",
        "/etc/cron.d/php.dpkg-old": "1 1 1 1 1 root no\n",
        "/var/spool/cron/crontabs/ann": "30 4 * * 0 /home/ann/backup --all\n",
        "/var/spool/cron/root": "@daily certbot renew\n",
        "/etc/crontabs/root": "*/15 * * * * run-parts /etc/periodic/15min\n",
    }
    assert found(tmp_path, files) == {
        ("/etc/crontab", "cd / && run-parts /etc/cron.hourly", "17 * * * *", "root"),
        ("/etc/cron.d/php", "/usr/bin/php x", "@reboot", "www-data"),
        ("/etc/cron.d/php", "a b", "*/5 0-6,8 1 jan mon-fri", "root"),
        ("/var/spool/cron/crontabs/ann", "/home/ann/backup --all", "30 4 * * 0", "ann"),
        ("/var/spool/cron/root", "certbot renew", "@daily", "root"),
        ("/etc/crontabs/root", "run-parts /etc/periodic/15min", "*/15 * * * *", "root"),
    }


def test_what_runs_in_periods(tmp_path: Path) -> None:
    files = {
        "/etc/cron.daily/apt": Script("#!/bin/sh\n"),
        "/etc/cron.daily/off": "#!/bin/sh\n",
        "/etc/periodic/weekly/db": Script("#!/bin/sh\n"),
        "/etc/anacrontab": "START_HOURS_RANGE=3-22\n1\t5\tcron.daily\trun-parts /etc/cron.daily\n@monthly 45 m run m\n",
        "/var/spool/cron/atjobs/a00001019b4f4e": "#!/bin/sh\n",
        "/var/spool/cron/atjobs/.SEQ": "1\n",
    }
    assert found(tmp_path, files) == {
        ("/etc/cron.daily/apt", "/etc/cron.daily/apt", "daily", "root"),
        ("/etc/periodic/weekly/db", "/etc/periodic/weekly/db", "weekly", "root"),
        ("/etc/anacrontab", "run-parts /etc/cron.daily", "every 1 days", "root"),
        ("/etc/anacrontab", "run m", "@monthly", "root"),
        ("/var/spool/cron/atjobs/a00001019b4f4e", "", "once", None),
    }


def test_what_runs_at_start_and_at_login(tmp_path: Path) -> None:
    files = {
        "/etc/rc.local": Script("#!/bin/sh\n/opt/agent &\nexit 0\n"),
        "/etc/rc.d/rc.local": "#!/bin/sh\n/opt/never\n",
        "/etc/local.d/net.start": Script("#!/bin/sh\n"),
        "/etc/local.d/README": "text",
        "/etc/xdg/autostart/agent.desktop": "[Desktop Entry]\nExec=agent --tray\n",
        "/etc/xdg/autostart/off.desktop": "[Desktop Entry]\nExec=off\nHidden=true\n",
        "/etc/inittab": "id:3:initdefault:\ntty1::respawn:/sbin/getty 38400 tty1\n",
    }
    assert found(tmp_path, files) == {
        ("/etc/rc.local", "/opt/agent &", "at start", "root"),
        ("/etc/local.d/net.start", "/etc/local.d/net.start", "at start", "root"),
        ("/etc/xdg/autostart/agent.desktop", "agent --tray", "at login", None),
        ("/etc/inittab", "/sbin/getty 38400 tty1", "respawn", "root"),
    }


def test_timers_that_are_switched_on(tmp_path: Path) -> None:
    files = {
        f"{VENDOR}/apt.timer": "[Timer]\nOnCalendar=*-*-* 6:00\nOnBootSec=5m\n[Install]\nWantedBy=timers.target\n",
        f"{VENDOR}/apt.service": "[Service]\nUser=_apt\nExecStart=-/usr/bin/apt update\n",
        "/etc/systemd/system/timers.target.wants/apt.timer": Link(f"{VENDOR}/apt.timer"),
        f"{VENDOR}/off.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
    }
    assert found(tmp_path, files) == {
        (f"{VENDOR}/apt.timer", "/usr/bin/apt update", "OnCalendar=*-*-* 6:00, OnBootSec=5m", "_apt"),
    }
