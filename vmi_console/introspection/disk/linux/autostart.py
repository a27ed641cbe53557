"""What runs by itself besides services: cron, anacron, timers, start scripts, programs of a desktop session."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vmi_console.estate.facts import Autostart
from vmi_console.introspection.disk.files import Kind
from vmi_console.introspection.disk.linux.sections import Sections
from vmi_console.introspection.disk.linux.units import Unit, Units
from vmi_console.introspection.disk.reading import Reading, lines, word

SYSTEM_TABLES = "/etc/crontab"
TABLE_FOLDERS = ("/etc/cron.d", "/usr/lib/cron.d")
USER_TABLES = ("/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron", "/etc/crontabs")
"""Of Debian, SUSE, Red Hat and Alpine: a file for each user."""
PERIODIC = {
    **{f"/etc/cron.{period}": period for period in ("hourly", "daily", "weekly", "monthly", "yearly")},
    **{f"/etc/periodic/{period}": period for period in ("15min", "hourly", "daily", "weekly", "monthly")},
}
START_SCRIPTS = ("/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/boot.local")
START_FOLDERS = {"/etc/local.d": ".start", "/etc/xdg/autostart": ".desktop"}
_JOBS = ("/var/spool/cron/atjobs", "/var/spool/at")
_LEFTOVERS = re.compile(r"\..*|.*(?:~|\.(?:dpkg-.+|rpm(?:save|new|orig)|bak|orig|placeholder|disabled))|0hourly~")
_CRON_LINE = re.compile(r"(@\w+|(?:[-\d*/,A-Za-z#~]+\s+){4}[-\d*/,A-Za-z#~]+)\s+(.+)")
_CALENDAR = ("OnCalendar", "OnBootSec", "OnStartupSec", "OnActiveSec", "OnUnitActiveSec", "OnUnitInactiveSec")
_EXECUTABLE = 0o111
_MOST = 20_000


def autostart(reading: Reading, units: Units) -> list[Autostart]:
    """Everything that is written down to be run by itself. Raises `Unreadable`."""
    found: dict[str, Autostart] = {}
    for source in (_cron, _periodic, _anacron, _jobs, _at_start, _inittab):
        for item in source(reading):
            found.setdefault(item.key, item)
            if len(found) >= _MOST:
                reading.doubt(f"more than {_MOST} things are run by themselves")
                return [*found.values()]
    found |= {item.key: item for item in _timers(units)}
    return [*found.values()]


def _cron(reading: Reading) -> Iterator[Autostart]:
    tables = [(SYSTEM_TABLES, "")]
    for folder in TABLE_FOLDERS:
        tables += [(path, "") for name, path in reading.any_files(folder) if not _LEFTOVERS.fullmatch(name)]
    for folder in USER_TABLES:
        for entry in reading.any_folder(folder):
            if entry.kind is Kind.FILE and not _LEFTOVERS.fullmatch(entry.name) and not entry.name.startswith("cron."):
                tables.append((f"{folder}/{entry.name}", entry.name))
    for path, owner in tables:
        for line in lines(reading.any_text(path) or ""):
            match = _CRON_LINE.fullmatch(line)
            if match is None:
                continue  # an assignment
            user, command = owner, match[2]
            if not owner:
                user, command = (*command.split(None, 1), "")[:2]
            yield _item(path, command, " ".join(match[1].split()), user)


def _periodic(reading: Reading) -> Iterator[Autostart]:
    for folder, period in PERIODIC.items():
        for entry in reading.any_folder(folder):
            executable = not entry.mode or entry.mode & _EXECUTABLE or entry.kind is Kind.LINK
            if entry.kind in (Kind.FILE, Kind.LINK) and executable and not _LEFTOVERS.fullmatch(entry.name):
                path = f"{folder}/{entry.name}"
                yield _item(path, path, period, "root")


def _anacron(reading: Reading) -> Iterator[Autostart]:
    """`period delay name command`: anacrontab(5)."""
    for line in lines(reading.any_text("/etc/anacrontab") or ""):
        words = line.split(None, 3)
        if len(words) == 4 and (words[0].isdecimal() or words[0].startswith("@")):
            days = f"every {words[0]} days" if words[0].isdecimal() else words[0]
            yield _item("/etc/anacrontab", words[3], days, "root")


def _jobs(reading: Reading) -> Iterator[Autostart]:
    """What at(1) was told to run once: a queue's letter, a number and the minute since 1970 make the name."""
    for folder in _JOBS:
        for entry in reading.any_folder(folder):
            if entry.kind is Kind.FILE and re.fullmatch(r"[a-zA-Z][0-9a-f]{13}", entry.name):
                yield _item(f"{folder}/{entry.name}", "", "once", None)


def _at_start(reading: Reading) -> Iterator[Autostart]:
    for path in START_SCRIPTS:
        entry = reading.any_entry(path)
        if entry is None or (entry.mode and not entry.mode & _EXECUTABLE):
            continue
        for line in lines(reading.any_text(path) or ""):
            if line != "exit 0":
                yield _item(path, line, "at start", "root")
    for folder, suffix in START_FOLDERS.items():
        for name, path in reading.any_files(folder):
            if not name.endswith(suffix):
                continue
            if suffix == ".desktop":
                desktop = Sections(reading.any_text(path) or "")
                if not desktop.flag("Desktop Entry", "Hidden"):
                    yield _item(path, desktop.last("Desktop Entry", "Exec"), "at login", None)
            else:
                yield _item(path, path, "at start", "root")


def _inittab(reading: Reading) -> Iterator[Autostart]:
    """Lines of inittab(5) that start something and keep it running."""
    for line in lines(reading.any_text("/etc/inittab") or ""):
        fields = line.split(":", 3)
        if len(fields) == 4 and fields[2] in ("respawn", "once", "boot", "wait", "sysinit", "bootwait", "ondemand"):
            yield _item("/etc/inittab", fields[3], fields[2], "root")


def _timers(units: Units) -> Iterator[Autostart]:
    """Timers that are switched on, with the command that the service they start runs."""
    for unit in units:
        if not unit.name.endswith(".timer") or not unit.enabled or unit.state == "alias":
            continue
        when = [f"{key}={value}" for key in _CALENDAR for value in unit.content.all("Timer", key)]
        started = unit.content.last("Timer", "Unit") or f"{unit.name.removesuffix('.timer')}.service"
        service = units.get(started)
        yield _item(unit.path, _command(service) or started, ", ".join(when), _user(service))


def _command(service: Unit | None) -> str:
    """What a service runs, without the marks that systemd takes before a command."""
    if service is None:
        return ""
    return "; ".join(command.lstrip("-@:+!") for command in service.content.all("Service", "ExecStart"))


def _user(service: Unit | None) -> str | None:
    return service.content.last("Service", "User", "root") if service is not None else None


def _item(path: str, command: str, schedule: str, user: str | None) -> Autostart:
    return Autostart(
        name=word(posixpath.normpath(path)),
        command=word(command),
        schedule=word(schedule),
        user=word(user) if user else None,
    )
