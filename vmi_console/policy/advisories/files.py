"""Documents of a data set, one after the other: from a folder, a zip archive or a single file, within bounds."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from vmi_console.errors import InputError
from vmi_console.plain_text import visible

LARGEST_FILE = 32 << 20
LARGEST_SET = 16 << 30
MOST_FILES = 3_000_000
_SUFFIXES = (".json", ".xml")
_ADVICE = "download the data set anew, or leave the file out"

type Documents = Iterator[tuple[str, bytes]]


def documents(path: Path, largest_set: int = LARGEST_SET) -> Documents:
    """Names and contents of all JSON and XML files there. Raises `InputError` with file and reason."""
    total = count = 0
    for name, content in _documents(path):
        total, count = total + len(content), count + 1
        if total > largest_set:
            raise InputError(f"{path}: more than {largest_set:,} bytes are in it", _ADVICE)
        if count > MOST_FILES:
            raise InputError(f"{path}: more than {MOST_FILES:,} files are in it", _ADVICE)
        yield name, content


def _documents(path: Path) -> Documents:
    try:
        if path.is_dir():
            yield from _of_folder(path)
        elif path.is_file() and zipfile.is_zipfile(path):
            yield from _of_archive(path)
        else:
            yield str(path), _read(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "name a folder, zip or JSON file"
        ) from error


def _of_folder(path: Path) -> Documents:
    """In order of their names; archives among them too. Links to folders are not followed: they may lead in circles."""
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if name.endswith(_SUFFIXES) and file.is_file():
                yield str(file), _read(file)
            elif name.endswith(".zip") and file.is_file():
                yield from _of_archive(file)


def _read(path: Path) -> bytes:
    """A regular file; from anything else, such as a pipe, reading might never come back."""
    if not path.is_file():
        raise InputError(f"{path} is no file", "name a folder, zip or JSON file")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    return _bounded(str(path), content)


def _of_archive(path: Path) -> Documents:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or not member.filename.endswith(_SUFFIXES):
                    continue
                name = f"{path}: {visible(member.filename, 200)}"
                if member.file_size > LARGEST_FILE:
                    _bounded(name, None)
                with archive.open(member) as file:  # what the archive says of sizes need not be so
                    yield name, _bounded(name, file.read(LARGEST_FILE + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} is a damaged archive, or of a kind not read here: {error}", _ADVICE) from error


def _bounded(name: str, content: bytes | None) -> bytes:
    if content is None or len(content) > LARGEST_FILE:
        raise InputError(f"{name} has more than {LARGEST_FILE:,} bytes", _ADVICE)
    return content
