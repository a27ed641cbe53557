"""The JSON Schemas of what the command line prints: `python -m vmi_console.cli.schema docs/schema` writes them anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from vmi_console.cli import doctor
from vmi_console.cli.check import Report
from vmi_console.cli.document import Document
from vmi_console.cli.inspection import InspectionDocument
from vmi_console.cli.lines import Line
from vmi_console.review.comparison import Comparison


def schemas() -> dict[str, bytes]:
    """The content of each schema file by its name (JSON Schema, draft 2020-12)."""
    return {
        "document.json": _schema(Document, "A document of vmi-console collect"),
        "check.json": _schema(Report, "What vmi-console check --format json prints"),
        "diff.json": _schema(Comparison, "What vmi-console diff --format json prints"),
        "doctor.json": _schema(doctor.Report, "What vmi-console doctor --format json prints"),
        "inspect.json": _schema(InspectionDocument, "What vmi-console inspect prints"),
        "watch.json": _schema(Line, "A line of vmi-console watch --format json"),
    }


def _schema(form: Any, title: str) -> bytes:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return msgspec.json.format(msgspec.json.encode(head | msgspec.json.schema(form)), indent=2) + b"\n"


if __name__ == "__main__":
    for name, content in schemas().items():
        Path(sys.argv[1], name).write_bytes(content)
