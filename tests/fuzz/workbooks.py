"""Exports of RVTools that somebody has tampered with: `python -m tests.fuzz.workbooks` imports 2,000 of them.

Workbooks (.xlsx) and folders of CSV files. Each is refused with a message, or read as an estate that can be kept as a
snapshot; soon, in little memory, with every file closed, and with nothing in it that lies elsewhere on this machine.
"""

from __future__ import annotations

import csv
import gc
import io
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import openpyxl

from tests.fuzz.files import Outcome, run
from tests.unit.reports.estates import demo
from vmi_console.errors import InputError
from vmi_console.reports.report import Kind, write_report
from vmi_console.review import snapshots
from vmi_console.review.imports import rvtools

MOST_SECONDS = 20.0  # of the processor
COLLECTED_EVERY = 100
MOST_GROWTH_KIB = 1 << 20
CANARY = "this stands in another file"

SHEET = "xl/worksheets/"
VALUES = (
    *(
        "",
        "0",
        "-1",
        "1e400",
        "NaN",
        "99999999999999999999",
        "4096",
        "x" * 40_000,
        "\u202e\u0000\ufffe",
        "\ud83d\ude00",
    ),
    *("=cmd|'/c calc'!A1", '=WEBSERVICE("http://127.0.0.1/")', "+1", "@SUM(1)", "#REF!", "TRUE", "45000.5", "0/0/0000"),
    *("../../etc/passwd", "vm-7", "[ds1] ../x", "2026/13/45 99:99:99", "1-4094", "0-0-0", "fe80::1%eth0, 1.2.3.4.5"),
)
"""That nobody expects in a cell."""

ATTACKS = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file://{canary}">]>',
    '<!DOCTYPE a [<!ENTITY x "ha">' + "".join(f'<!ENTITY x{i} "{f"&x{i - 1};" * 10}">' for i in range(1, 10)) + "]>",
    '<!DOCTYPE a SYSTEM "file://{canary}">',
    "<?xml-stylesheet href='file://{canary}'?>",
)


class Originals:
    """A sound workbook of an estate, the same as a folder, and a file that no import may read."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary.txt"
        self.canary.write_text(CANARY)
        path = folder / "original.xlsx"
        write_report(Kind.WORKBOOK, demo(vms=20, packages=5), path)
        self.workbook = path.read_bytes()
        self.tables = _tables(path)
        with zipfile.ZipFile(io.BytesIO(self.workbook)) as archive:
            self.members = {member.filename: archive.read(member) for member in archive.infolist()}


def _tables(path: Path) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return {
            sheet.title: [
                ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
            ]
            for sheet in book.worksheets
        }
    finally:
        book.close()


# --- ways to tamper ---------------------------------------------------------------------------------------------------


def tampered(original: Originals, folder: Path, chance: random.Random) -> Path:
    """Writes one that is another somewhere."""
    if chance.random() < 0.35:
        return _folder(original, folder / "tampered", chance)
    path = folder / "tampered.xlsx"
    way = chance.choice((_bytes, _bytes, _xml, _xml, _xml, _cells, _cells, _members, _attack, _archive))
    path.write_bytes(way(original, chance))
    return path


def _packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _bytes(original: Originals, chance: random.Random) -> bytes:
    """Other bytes in the archive, or less of it."""
    content = _changed(original.workbook, chance, chance.choice((1, 2, 8, 40)), near_end=chance.random() < 0.5)
    return content[: chance.randrange(len(content))] if chance.random() < 0.15 else content


def _changed(content: bytes, chance: random.Random, count: int, *, near_end: bool = False) -> bytes:
    changed = bytearray(content)
    first = max(0, len(changed) - 3000) if near_end else 0
    for _ in range(count if changed else 0):
        changed[chance.randrange(first, len(changed))] = chance.choice(
            (0, 1, 0x3C, 0x3E, 0x22, 0x7F, 0xFF, chance.randrange(256))
        )
    return bytes(changed)


def _xml(original: Originals, chance: random.Random) -> bytes:
    """Other bytes within a part, packed again as they should be."""
    members = dict(original.members)
    name = chance.choice(list(members))
    content = _changed(members[name], chance, chance.choice((1, 2, 10)))
    if chance.random() < 0.3:
        start = chance.randrange(len(content) + 1)
        content = (
            content[:start]
            + content[start : start + chance.randrange(2000)] * chance.choice((0, 2, 5))
            + content[start:]
        )
    members[name] = content
    return _packed(members)


def _cells(original: Originals, chance: random.Random) -> bytes:
    """Other values, types and references of cells, formulas among them."""
    members = dict(original.members)
    name = chance.choice([each for each in members if each.startswith(SHEET) and each.endswith(".xml")])
    share = chance.choice((0.002, 0.05, 0.9))

    def other(match: re.Match[str]) -> str:
        if chance.random() > share:
            return match[0]
        value = _escaped(chance.choice(VALUES))
        place = chance.choice((match[1], "", "A1", "XFD1048576", "ZZZZ9", "A-1", "A0"))
        kind = chance.choice(("s", "n", "b", "e", "str", "inlineStr", "d", "zz"))
        formula = chance.choice(("", "", "<f>1+1</f>", '<f t="shared" si="7"/>', "<f>WEBSERVICE(A1)</f>"))
        inner = f"<is><t>{value}</t></is>" if kind == "inlineStr" else f"{formula}<v>{value}</v>"
        return f'<c r="{place}" t="{kind}" s="{chance.choice((0, 1, 9999, -1))}">{inner}</c>'

    text = members[name].decode()
    members[name] = re.sub(r'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)', other, text).encode("utf-8", "replace")
    return _packed(members)


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")


def _members(original: Originals, chance: random.Random) -> bytes:
    """Parts that are gone, empty, or others."""
    members = dict(original.members)
    for _ in range(chance.choice((1, 1, 3))):
        name, other = chance.choice(list(members)), chance.choice(list(members))
        match chance.randrange(4):
            case 0:
                del members[name]
            case 1:
                members[name] = b""
            case 2:
                members[name] = members[other]
            case _:
                members[f"../{name}"] = members.pop(name)
        if not members:
            break
    return _packed(members)


def _attack(original: Originals, chance: random.Random) -> bytes:
    """Entities, documents elsewhere, nesting."""
    members = dict(original.members)
    name = chance.choice([each for each in members if each.endswith((".xml", ".rels"))])
    head = chance.choice(ATTACKS).format(canary=original.canary) if chance.random() < 0.8 else ""
    text = members[name].decode()
    begin = text.find("?>") + 2 if text.startswith("<?xml") else 0
    body = re.sub(r"(<t[^>]*>)[^<]*", r"\1&x;", text[begin:], count=5) if "ENTITY" in head else text[begin:]
    body = re.sub(r"(<v>)[^<]*", r"\1&x9;", body, count=2) if "x9" in head else body
    if not head:
        depth = chance.choice((1_000, 200_000))
        body = "<a>" * depth + body + "</a>" * depth
    members[name] = (text[:begin] + head + body).encode()
    return _packed(members)


def _archive(original: Originals, chance: random.Random) -> bytes:
    """What an archive says of itself: sizes, methods, doubles, and much of nothing."""
    members = dict(original.members)
    match chance.randrange(4):
        case 0:
            name = chance.choice(list(members))
            members[name] = members[name] + b" " * chance.choice((1 << 16, 40 << 20))
            return _packed(members)
        case 1:
            return _packed(members, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
        case 2:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the doubles
                packed = io.BytesIO(_packed(members))
                with zipfile.ZipFile(packed, "a") as archive:
                    for name in chance.sample(list(members), 3):
                        archive.writestr(name, _changed(members[name], chance, 20))
                return packed.getvalue()
        case _:
            content = bytearray(_packed(members))
            begin = content.rfind(b"PK\x01\x02")
            for offset in chance.sample(range(8, 46), 3):
                content[begin + offset] = chance.randrange(256)
            return bytes(content)


def _folder(original: Originals, path: Path, chance: random.Random) -> Path:
    """CSV files with other values, delimiters, quotes, encodings and bytes."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    spoilt = chance.sample(list(original.tables), chance.choice((1, 2, 5)))
    for name, rows in original.tables.items():
        rows = [list(row) for row in rows]
        if name in spoilt and chance.random() < 0.6:
            for _ in range(chance.choice((1, 20, 200))):
                row = chance.choice(rows)
                if row:
                    row[chance.randrange(len(row))] = chance.choice(VALUES)
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=chance.choice(",;\t|") if name in spoilt else ",").writerows(rows)
        encoding = chance.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252")) if name in spoilt else "utf-8"
        content = text.getvalue().encode(encoding, "replace")
        if name in spoilt and chance.random() < 0.5:
            content = _changed(content, chance, chance.choice((1, 10, 300)))
            content = content.replace(b",", b'"', chance.choice((0, 1, 50)))
            content = content[: chance.randrange(1, len(content) + 1)] if chance.random() < 0.3 else content
        (path / f"RVTools_tab{name}.csv").write_bytes(content)
    return path


# --- looking ----------------------------------------------------------------------------------------------------------


def look(path: Path, number: int) -> Outcome:
    """Imports one, as `vmi-console import` does."""
    begin, memory, files = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, _open_files()
    said, broken = "", ""
    try:
        moment = rvtools.read(path)
        said = "read"
        kept = path.with_name("kept.vmisnap")
        snapshots.write(kept, moment)
        back = snapshots.read(kept)
        if sorted(record.id for record in back.records) != sorted(record.id for record in moment.records):
            broken = "what is kept of it is not what was read"
        elif CANARY.encode() in msgspec.msgpack.encode(moment):
            broken = "what stands in another file is in it"
    except InputError as error:
        said = error.message.partition(": ")[2] or error.message
        if not error.advice:
            broken = "it says nothing of what to do"
    except Exception as error:
        broken = f"{type(error).__name__}: {error}"
    seconds = time.process_time() - begin
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    if not broken and _open_files() != files:
        broken = "a file stays open"
    elif not broken and seconds > MOST_SECONDS:
        broken = f"took {seconds:.1f} s"
    elif not broken and grown > MOST_GROWTH_KIB:
        broken = f"took {grown >> 10:,} MiB more"
    return Outcome(number, said, seconds, broken)


def _open_files() -> list[str]:
    """By the numbers of their descriptors; nothing is left to the garbage collector, which is off meanwhile."""
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 - its entries are gone as soon as they are listed


def fuzz(count: int, first: int = 0, tell: Callable[[int], None] = lambda done: None) -> list[Outcome]:
    """Imports so many; the same number makes the same file again."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="vmi-console-fuzz-") as folder:
        original = Originals(Path(folder))
        was_automatic = gc.isenabled()
        gc.disable()
        try:
            for number in range(first, first + count):
                path = tampered(original, Path(folder), random.Random(number))
                outcomes.append(look(path, number))
                tell(number - first + 1)
                if len(outcomes) % COLLECTED_EVERY == 0:
                    gc.collect()
        finally:
            if was_automatic:
                gc.enable()
    return outcomes


if __name__ == "__main__":
    sys.exit(run("tests.fuzz.workbooks", __doc__, fuzz))
