"""RPM databases of each kind, written by the documented formats; SQLite and Berkeley DB write theirs themselves."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

NAME, VERSION, RELEASE, EPOCH, ARCH, SOURCE, FILES, MODULE = 1000, 1001, 1002, 1003, 1022, 1044, 1117, 5096
_INT32, _STRING, _STRINGS = 4, 6, 8


def header(
    name: str,
    version: str,
    release: str,
    *,
    epoch: int | None = None,
    arch: str = "x86_64",
    source: str = "",
    module: str = "",
    files: int = 0,
) -> bytes:
    """A package's header as the database keeps it; `files` makes it long before what comes after them."""
    values: list[tuple[int, int, int, bytes]] = [
        (NAME, _STRING, 1, name.encode() + b"\0"),
        (VERSION, _STRING, 1, version.encode() + b"\0"),
        (RELEASE, _STRING, 1, release.encode() + b"\0"),
        (ARCH, _STRING, 1, arch.encode() + b"\0"),
    ]
    if files:
        values.append(
            (FILES, _STRINGS, files, b"".join(b"a-name-of-a-file-%06d\0" % number for number in range(files)))
        )
    if epoch is not None:
        values.append((EPOCH, _INT32, 1, struct.pack(">I", epoch)))
    if source:
        values.append((SOURCE, _STRING, 1, source.encode() + b"\0"))
    if module:
        values.append((MODULE, _STRING, 1, module.encode() + b"\0"))
    index, store = b"", b""
    for tag, kind, count, data in values:
        store += b"\0" * (-len(store) % 4 if kind == _INT32 else 0)
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    return struct.pack(">II", len(values), len(store)) + index + store


def sqlite(path: Path, headers: Sequence[bytes], page_size: int = 4096) -> None:
    """`rpmdb.sqlite`, by SQLite."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL)")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in headers])
    connection.commit()
    connection.close()


def ndb(path: Path, headers: Sequence[bytes]) -> None:
    """`Packages.db`: a header, slots, and blocks of 16 bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    slots, blobs, block = b"", b"", 4096 // 16
    for number, blob in enumerate(headers, 1):
        body = struct.pack("<4sIII", b"BlbS", number, 0, len(blob)) + blob
        body += b"\0" * (-(len(body) + 12) % 16)
        body += struct.pack("<II4s", zlib.adler32(body), len(blob), b"BlbE")
        slots += struct.pack("<4sIII", b"Slot", number, block, len(body) // 16)
        blobs += body
        block += len(body) // 16
    head = struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1, len(headers) + 1)
    empty = (4096 - len(head) - len(slots)) // 16
    path.write_bytes(head + slots + struct.pack("<4sIII", b"Slot", 0, 0, 0) * empty + blobs)


def berkeley(path: Path, headers: Sequence[bytes], page_size: int = 4096) -> None:
    """`Packages`, by Berkeley DB's own `db5.3_load`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_pagesize={page_size}", "HEADER=END"]
    lines += [f" {struct.pack('<I', 0).hex()}", f" {struct.pack('<I', len(headers)).hex()}"]  # the last number given
    for number, blob in enumerate(headers, 1):
        lines += [f" {struct.pack('<I', number).hex()}", f" {blob.hex()}"]
    text = "\n".join((*lines, "DATA=END", ""))
    subprocess.run(["db5.3_load", "-h", path.parent, path.name], input=text, text=True, check=True, timeout=60)
