"""One look at the disks of a machine: from streams to findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from vmi_console.introspection.disk import images, linux, opening, volumes, windows
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.mounted import Mounted
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.parser.protocol import Content


class DiskStream(Protocol):
    """What the parser process gives for each of a machine's disks."""

    size: int
    content: Content

    @property
    def file(self) -> BinaryIO:
        """Its bytes."""

    def other(self, name: str) -> BinaryIO:
        """The file that the image names. Raises OSError where it may not be had."""


def look(disks: Sequence[DiskStream], known: str = "") -> tuple[Findings, str, bool]:
    """What is on these disks, its fingerprint, and whether that is the one that was `known` (then nothing was read).

    Raises `Unreadable` where there is nothing that could be read at all.
    """
    files, doubts = _files(disks)
    guest = windows if files.kind == "ntfs" else linux
    fingerprint = guest.fingerprint(files)
    if known and fingerprint == known:
        return Findings(), fingerprint, True
    findings = guest.look(files)
    return findings.doubted((*doubts, *files.doubts)), fingerprint, False


def _files(disks: Sequence[DiskStream]) -> tuple[Mounted, tuple[str, ...]]:
    streams: list[tuple[BinaryIO, int]] = []
    doubts: list[str] = []
    problems: list[str] = []
    for disk in disks:
        if disk.content is not Content.IMAGE:
            streams.append((disk.file, disk.size))
            continue
        try:
            image = images.opened(disk.file, disk.other)
            streams.append((image.disk, image.disk.seek(0, 2)))
            doubts += image.doubts
        except Unreadable as error:
            problems.append(str(error))
    found = volumes.search(streams)
    found.problems[:0] = problems
    return opening.opened(found), tuple(doubts)
