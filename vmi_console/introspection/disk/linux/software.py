"""What is installed, by every package manager there is, and when that last changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux import apk, bundles, dpkg, pacman, rpm
from vmi_console.introspection.disk.reading import Reading

_MANAGERS: tuple[tuple[str, Callable[[Reading], list[Application] | None]], ...] = (
    ("dpkg", dpkg.packages),
    ("RPM", rpm.packages),
    ("apk", apk.packages),
    ("pacman", pacman.packages),
    ("snapd", bundles.snaps),
    ("flatpak", bundles.flatpaks),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def databases() -> tuple[str, ...]:
    """The files and folders that move whenever something is installed or removed."""
    return (
        f"{dpkg.FOLDER}/status",
        f"{dpkg.FOLDER}/status.d",
        *(path + suffix for path in rpm.databases() for suffix in ("", "-wal") if not suffix or "sqlite" in path),
        *apk.DATABASES,
        pacman.FOLDER,
        "/var/lib/snapd/snaps",
        f"{bundles.FLATPAKS}/.changed",
    )


def applications(reading: Reading) -> list[Application]:
    """Everything that is installed. Raises `Unreadable` where a package manager is used whose list cannot be read, or
    where there is none: a system without any is built by hand, and nobody can tell what it has."""
    found: list[Application] = []
    managers = 0
    for name, packages in _MANAGERS:
        try:
            some = packages(reading)
        except Unreadable as error:
            raise Unreadable(f"{name}: {error}") from error
        if some is not None:
            managers += 1
            found.extend(some)
    if not managers:
        raise Unreadable("there is no package manager that this console knows")
    return found


def changed_at(reading: Reading) -> datetime | None:
    """When a package manager last did something: the newest of the times of their lists; None where not known."""
    entries = [reading.any_entry(path) for path in databases()]
    return moment(max((entry.changed_ns for entry in entries if entry is not None), default=0))


def moment(nanoseconds: int) -> datetime | None:
    """A file's time; None for one that is not known or no time at all."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000) if nanoseconds > 0 else None
    except OverflowError:
        return None
