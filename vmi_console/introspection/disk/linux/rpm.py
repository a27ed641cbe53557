"""What RPM has installed: Red Hat, SUSE and their relatives.

A database holds a header for each package: a count of entries and of bytes, entries of 16 bytes (tag, type, offset,
count), and the bytes they point into, all big-endian (RPM's docs/manual/format_header.md; tags: include/rpm/rpmtag.h).
Only its beginning is read, up to the last tag that is wanted: most of a header lists files.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.linux import berkeley, ndb, sqlite
from vmi_console.introspection.disk.linux.blobs import Blob
from vmi_console.introspection.disk.reading import LONGEST_WORD, Reading, word

FOLDERS = ("/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm")
"""Newest habit first; a link from one to the other is usual."""
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE, _MODULE = 1000, 1001, 1002, 1003, 1022, 1044, 5096
_TEXTS = frozenset((_NAME, _VERSION, _RELEASE, _ARCH, _SOURCE, _MODULE))
_INT32, _STRING = 4, 6
_MOST_TAGS, _LARGEST_STORE = 65_536, 256 << 20  # RPM's own limits
_MOST_PACKAGES = 100_000


def packages(reading: Reading) -> list[Application] | None:
    """What is installed; None where RPM is not used. Raises `Unreadable`."""
    for folder in FOLDERS:
        for name, values in _DATABASES.items():
            try:
                return _packages(reading, values(reading, f"{folder}/{name}"))
            except Absent:
                continue
    return None


def databases() -> Iterator[str]:
    """Where databases may lie."""
    return (f"{folder}/{name}" for folder in FOLDERS for name in _DATABASES)


def _packages(reading: Reading, values: Iterator[Blob]) -> list[Application]:
    found: list[Application] = []
    damaged = 0
    for value in values:
        if len(found) + damaged >= _MOST_PACKAGES:
            raise Unreadable(f"RPM's list holds more than {_MOST_PACKAGES} packages")
        try:
            found.append(_application(value))
        except (Unreadable, struct.error):
            damaged += 1
    if damaged and not found:
        raise Unreadable("RPM's list of packages is damaged")
    if damaged:
        reading.doubt(f"{damaged} entries of RPM's list of packages are damaged")
    return found


def _application(value: Blob) -> Application:
    """Raises `Unreadable` and `struct.error` for what is no header of a package."""
    count, size = struct.unpack(">II", value.upto(8))
    if not 0 < count <= _MOST_TAGS or size > _LARGEST_STORE:
        raise Unreadable("this is no header of a package")
    store = 8 + 16 * count
    places: dict[int, int] = {}
    for tag, kind, offset, _ in struct.iter_unpack(">IIII", value.upto(store)[8:]):
        if (tag in _TEXTS and kind == _STRING) or (tag == _EPOCH and kind == _INT32):
            places.setdefault(tag, offset)
    data = value.upto(store + min(size, max(places.values(), default=0) + LONGEST_WORD))

    def text(tag: int) -> str:
        if tag not in places:
            return ""
        start = store + places[tag]
        end = data.find(b"\0", start)
        return word(data[start : end if end >= 0 else len(data)].decode("utf-8", "replace"))

    name, version, release = text(_NAME), text(_VERSION), text(_RELEASE)
    if not name or not version:
        raise Unreadable("this is no header of a package")
    epoch = struct.unpack_from(">I", data, store + places[_EPOCH])[0] if _EPOCH in places else 0
    full = f"{version}-{release}" if release else version
    source_name, source_version = _source(text(_SOURCE), epoch)
    full = f"{epoch}:{full}" if epoch else full
    return Application(
        name=name,
        version=full,
        arch=text(_ARCH),
        manager="rpm",
        source_name=source_name if source_name != name else "",
        source_version=source_version if source_version != full else "",
        build=text(_MODULE),
    )


def _source(file: str, epoch: int) -> tuple[str, str]:
    """Name and version of the source package by its file's name; its epoch is nearly always the package's.

    >>> _source("glibc-2.34-60.el9.src.rpm", 0)
    ('glibc', '2.34-60.el9')
    """
    if not file.endswith((".src.rpm", ".nosrc.rpm")):
        return "", ""
    name, version, release = ("", "", *file.removesuffix(".rpm").rpartition(".")[0].rsplit("-", 2))[-3:]
    if not name:
        return "", ""
    return name, f"{epoch}:{version}-{release}" if epoch else f"{version}-{release}"


def _of_sqlite(reading: Reading, path: str) -> Iterator[Blob]:
    file = reading.open(path)
    log: BinaryIO | None = None
    with suppress(Absent):
        log = reading.open(f"{path}-wal")
    return (sqlite.Column(record, 1) for _, record in sqlite.Database(file, log).rows("Packages"))


def _of_ndb(reading: Reading, path: str) -> Iterator[Blob]:
    return ndb.values(reading.open(path))


def _of_berkeley(reading: Reading, path: str) -> Iterator[Blob]:
    return berkeley.values(reading.open(path))


_DATABASES: dict[str, Callable[[Reading, str], Iterator[Blob]]] = {
    "rpmdb.sqlite": _of_sqlite,
    "Packages.db": _of_ndb,
    "Packages": _of_berkeley,
}
