"""Small roots of Linux guests, written for one test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.unit.introspection.disk.folder_files import FolderFiles
from vmi_console.introspection.disk.reading import Reading


class Link(str):
    """A link to this target."""


class Script(str):
    """A file with this text that may be executed."""


def root(folder: Path, files: Mapping[str, str | bytes]) -> FolderFiles:
    """A root with these files; a path that ends in a slash is an empty folder."""
    for path, content in files.items():
        where = folder / path.strip("/")
        if path.endswith("/"):
            where.mkdir(parents=True, exist_ok=True)
            continue
        where.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            where.symlink_to(str(content))
        else:
            where.write_bytes(content.encode() if isinstance(content, str) else content)
            where.chmod(0o755 if isinstance(content, Script) else 0o644)
    return FolderFiles(folder)


def reading(folder: Path, files: Mapping[str, str | bytes]) -> Reading:
    """The same, to be read."""
    return Reading(root(folder, files))
