"""`vmi-console import`: what other programs wrote down of an estate, as a snapshot file."""

from __future__ import annotations

from pathlib import Path

from vmi_console.cli.snapshot import about
from vmi_console.errors import InputError
from vmi_console.plain_text import visible
from vmi_console.review import snapshots
from vmi_console.review.imports import libvirt_xml, rvtools

READERS = {"rvtools": rvtools.read, "libvirt-xml": libvirt_xml.read}


def import_estate(kind: str, path: Path, output: Path) -> list[str]:
    """Writes the snapshot; gives lines about it. Raises `InputError`, `StorageError`."""
    if output.suffix.casefold() != ".vmisnap":
        raise InputError(f"{visible(str(output), 300)} does not end in .vmisnap", "give a name that does, with -o")
    snapshots.write(output, READERS[kind](path))
    return about(snapshots.info(output))
