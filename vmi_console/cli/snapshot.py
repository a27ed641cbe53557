"""`vmi-console snapshot`: what a snapshot file says of itself, whose it is, and how it is made fit for strangers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from vmi_console.cli.terminal import harmless_json
from vmi_console.errors import InputError
from vmi_console.history.snapshot_file import check_place
from vmi_console.plain_text import visible
from vmi_console.response.keys import Keys, SigningKey
from vmi_console.review import signing, snapshots
from vmi_console.review.redaction import redacted
from vmi_console.review.signing import Standing
from vmi_console.secrets import Secrets

EXIT_CODES = {
    Standing.OURS: 0,
    Standing.KNOWN_KEY: 0,
    Standing.BROKEN: 1,
    Standing.UNKNOWN_KEY: 3,
    Standing.UNSIGNED: 4,
}
"""With 2 for a file that is no snapshot, or is damaged: what `snapshot verify` says to a script."""

LONGEST_LINE = 1_000


def info(path: Path, form: str) -> str:
    """What a file says of itself, as text. Raises `InputError`."""
    said = snapshots.info(path)
    if form == "json":
        return _json(said)
    return "\n".join(about(said))


def about(said: snapshots.Info) -> list[str]:
    """The same in lines for a person."""
    rows = [
        ("taken", f"{said.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("title", said.title),
        ("by", said.source),
        ("selection", said.selection or "everything"),
        ("holds", ", ".join(f"{count:,} {_counted(kind, count)}" for kind, count in said.counts.items() if count)),
        ("changes", f"since {said.changes_since:%Y-%m-%d %H:%M:%S} UTC" if said.changes_since else ""),
        ("redacted", "yes" if said.redacted else "no"),
        ("signed", f"with the key {said.signed_with} (see: snapshot verify)" if said.signed_with else "no"),
        ("size", f"{said.file_bytes:,} bytes"),
        *(("lacks", each) for each in said.lacks),
    ]
    return [f"{name:10} {visible(value, LONGEST_LINE)}" for name, value in rows if value]


def _counted(kind: str, count: int) -> str:
    """So many of a kind of record, or of what a file counts besides."""
    word = {"vm": "VM", "softwareimage": "software image"}.get(kind, kind)
    if count == 1 or word.endswith("s"):
        return word
    return f"{word}es" if word.endswith("ch") else f"{word}s"


def verify(path: Path, known: list[str], form: str) -> tuple[str, int]:
    """Whose a file is, as text, and the exit code. Raises `InputError`."""
    keys = [signing.checked_key(each) for each in known]
    ours = asyncio.run(Keys(Secrets()).kept())
    found = signing.verify(path, ours.name if ours is not None else "", keys)
    if found.standing is not Standing.BROKEN:
        snapshots.read(path)  # a whole signature says nothing of whether the content makes sense
    if form == "json":
        return _json(found), EXIT_CODES[found.standing]
    lines = [f"{visible(str(path), 300)} is {_WORDS[found.standing]}"]
    if found.key:
        lines.append(f"key     {visible(found.key, 100)}")
    lines.append(f"digest  {found.digest}")
    return "\n".join(lines), EXIT_CODES[found.standing]


_WORDS = {
    Standing.OURS: "signed by this console, and was not changed since",
    Standing.KNOWN_KEY: "signed with the key that you gave, and was not changed since",
    Standing.UNKNOWN_KEY: "whole, and signed with a key that is not known here: ask its maker whether it is theirs, "
    "and give it with --key",
    Standing.UNSIGNED: "not signed: whoever had it could have changed it",
    Standing.BROKEN: "not what was signed: it was changed since. Do not believe it",
}


def redact(path: Path, output: Path, sign: bool) -> list[str]:
    """Writes a file in which every name is another one; gives lines about it. Raises `InputError`, `StorageError`."""
    if output.exists() and path.exists() and output.samefile(path):
        raise InputError("the redacted file would take the place of the original", "give another name with -o")
    check_place(output)
    signer: SigningKey | None = asyncio.run(signing.signer(Keys(Secrets()))) if sign else None
    snapshots.write(output, redacted(snapshots.read(path)), signer)
    return about(snapshots.info(output))


def _json(value: msgspec.Struct) -> str:
    return harmless_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
