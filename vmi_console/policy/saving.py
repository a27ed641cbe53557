"""An edited policy file on its way to the disk: what the edit changes, and the file whole or not at all."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

from vmi_console.errors import StorageError
from vmi_console.settings import replace_file


def diff(before: str, after: str, file: str) -> str:
    """What an edit changes, as a unified diff; empty where nothing."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"{file} (before)", f"{file} (after)"
        )
    )


def digest(text: str) -> str:
    """The SHA-256 (hex) of a text, as `documents.Document` has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def save(path: Path, text: str, was: str | None) -> None:
    """Writes the file whole or not at all. `was` is the digest of the text that was edited, None for a new file.

    Raises `StorageError` where the file is another by now, is a link, or cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_unchanged(path, was)
        replace_file(path, text.encode(), path.stat().st_mode & 0o777 if was is not None else 0o644)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error.strerror})", "what was there before is unharmed"
        ) from error


def delete(path: Path, was: str) -> None:
    """Takes the file away. `was` is the digest of the text that somebody wanted to be rid of.

    Raises `StorageError` where the file is another by now, is a link, or cannot be taken away.
    """
    try:
        _check_unchanged(path, was)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} cannot be deleted ({error.strerror})", "check its permissions") from error


def _check_unchanged(path: Path, was: str | None) -> None:
    """Raises `StorageError` unless the file has the text with this digest; None: unless there is none."""
    if path.is_symlink():
        raise StorageError(f"{path} is a link, which policies are not read through", "save it under another name")
    present = path.read_bytes() if path.exists() else None
    found = None if present is None else hashlib.sha256(present.removeprefix(b"\xef\xbb\xbf")).hexdigest()
    if found != was:
        raise StorageError(
            f"{path} was changed by somebody else meanwhile", "so compare, or save it under another name"
        )
