"""`vmi-console doctor`: what can be read here, what protects this machine from what is read, and what is missing.

Nothing is taken for granted: a parser is started as for a look, and says what its sandbox was seen to refuse.
"""

from __future__ import annotations

import asyncio
import platform
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated

import msgspec

from vmi_console.cli.exits import DONE, FAILED, writing
from vmi_console.cli.terminal import harmless_json, paint, takes_colours
from vmi_console.errors import IntrospectionError
from vmi_console.introspection.parser.pool import ParserPool
from vmi_console.introspection.parser.protocol import Measure, Ready
from vmi_console.plain_text import visible
from vmi_console.wire.program import version

SCHEMA = 1


class Status(StrEnum):
    """How something is."""

    OK = "ok"
    MISSING = "missing"  # and should be there
    WITHOUT = "without"  # it cannot be had on this platform, or nobody needs it who does not want it


class Topic(StrEnum):
    """What a line is about."""

    PROTECTION = "protection"
    READING = "reading"
    REACHING = "reaching"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    topic: Topic
    name: str
    status: Annotated[
        Status,
        msgspec.Meta(description="missing: should be there; without: not to be had here, or not needed by everybody"),
    ]
    detail: str = ""
    advice: Annotated[str, msgspec.Meta(description="how to get it")] = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `vmi-console doctor` found."""

    schema: int
    generated_at: datetime
    program: str
    platform: str
    lines: tuple[Line, ...]


def doctor(form: str) -> int:
    """Prints the report; gives 0 if nothing is missing."""
    report = asyncio.run(examined())
    if form == "json":
        text = harmless_json(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        text = as_text(report, colour=takes_colours(sys.stdout))
    with writing():
        print(text)
    return FAILED if any(line.status is Status.MISSING for line in report.lines) else DONE


async def examined() -> Report:
    """Looks at everything."""
    return Report(
        schema=SCHEMA,
        generated_at=datetime.now(UTC),
        program=version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
        lines=(*await _parser(), *_reaching()),
    )


async def _parser() -> tuple[Line, ...]:
    began = time.monotonic()
    try:
        async with ParserPool(1) as pool:
            ready = await pool.ready()
    except IntrospectionError as error:
        return (
            Line(
                topic=Topic.READING,
                name="parser",
                status=Status.MISSING,
                detail=error.message,
                advice=error.advice or "install the console again: it cannot look into any guest",
            ),
        )
    took = f"starts in {time.monotonic() - began:.1f} s"
    return (
        Line(topic=Topic.READING, name="parser", status=Status.OK, detail=took),
        *_readable(ready),
        *(_protection(measure) for measure in ready.measures),
    )


def _readable(ready: Ready) -> Iterator[Line]:
    for part, of in (("disks", ""), ("memory", "of Linux on x86-64, if its kernel describes its types (BTF)")):
        if not any(missing.startswith(f"{part}: ") for missing in ready.missing):
            yield Line(topic=Topic.READING, name=part, status=Status.OK, detail=of)
    for missing in ready.missing:
        name, _, rest = missing.partition(": ")
        yield Line(topic=Topic.READING, name=name, status=Status.MISSING, detail="cannot be read", advice=rest)
    yield Line(
        topic=Topic.READING,
        name="memory of Windows",
        status=Status.WITHOUT,
        detail="is not read",
        advice="give a dump of it to volatility3, which asks Microsoft for the kernel's symbols",
    )


_ADVICE = {
    "Landlock": "a kernel of Linux 5.13 or newer that has Landlock among its security modules (boot with "
    "lsm=landlock,… where the distribution left it out)",
    "seccomp": "a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or AArch64",
    "no files": "without it a parser that was taken over can read what you can",
    "no network": "without it a parser that was taken over can send what it reads",
    "no other processes": "without it a parser that was taken over can start programs",
}


def _protection(measure: Measure) -> Line:
    if measure.holds:
        return Line(topic=Topic.PROTECTION, name=measure.name, status=Status.OK, detail=measure.detail)
    if sys.platform == "linux":
        status, advice = Status.MISSING, _ADVICE.get(measure.name, "")
    else:
        status, advice = Status.WITHOUT, "look into guests that you do not trust from a console on Linux"
    return Line(topic=Topic.PROTECTION, name=measure.name, status=status, detail=measure.detail, advice=advice)


def _reaching() -> Iterator[Line]:
    yield Line(topic=Topic.REACHING, name="image and memory files", status=Status.OK)
    if find_spec("libvirt"):
        yield Line(topic=Topic.REACHING, name="libvirt", status=Status.OK)
    else:
        yield Line(
            topic=Topic.REACHING,
            name="libvirt",
            status=Status.MISSING if sys.platform == "linux" else Status.WITHOUT,
            detail="the binding is not installed",
            advice="install the headers of libvirt (Debian: libvirt-dev) and the Python package libvirt-python",
        )
    there = find_spec("pyVmomi") is not None
    yield Line(
        topic=Topic.REACHING,
        name="vSphere",
        status=Status.OK if there else Status.MISSING,
        advice="" if there else "install the Python package pyvmomi",
    )


def as_text(report: Report, *, colour: bool = False) -> str:
    """A line for each thing, and below it how to get what is missing."""
    marks = {Status.OK: ("ok", "green"), Status.MISSING: ("MISSING", "red"), Status.WITHOUT: ("--", "grey")}
    lines = [f"vmi-console {report.program} on {visible(report.platform)}"]
    for topic, heading in (
        (Topic.READING, "What can be read"),
        (Topic.PROTECTION, "What a parser that was taken over by a guest meets"),
        (Topic.REACHING, "Where guests can be read from"),
    ):
        lines += ["", paint(heading, "bold", colour)]
        for line in report.lines:
            if line.topic is topic:
                word, shade = marks[line.status]
                lines.append(f"{paint(f'{word:8}', shade, colour)}{line.name:28} {visible(line.detail)}".rstrip())
                if line.advice:
                    lines.append(f"{'':8}{visible(line.advice, 500)}")
    return "\n".join(lines)
