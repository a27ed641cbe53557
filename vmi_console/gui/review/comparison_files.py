"""A comparison that leaves the window: as a page that stands alone, as JSON, or as a table."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vmi_console.errors import StorageError
from vmi_console.gui.panes.copying import as_csv
from vmi_console.reports.difference import content_of
from vmi_console.reports.page import page
from vmi_console.review.causes import Cause
from vmi_console.review.comparison import Comparison
from vmi_console.settings import replace_file


def write(path: Path, suffix: str, comparison: Comparison) -> None:
    """Writes a comparison in one of three forms. Blocks. Raises `StorageError`."""
    match suffix:
        case "html":
            content = page(content_of(comparison)).encode(errors="replace")
        case "json":
            content = msgspec.json.format(msgspec.json.encode(comparison), indent=2)
        case _:
            content = ("\ufeff" + as_csv(_rows(comparison))).encode(errors="replace")
    try:
        replace_file(path, content)
    except OSError as error:
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}", "choose another place for it"
        ) from error


def _rows(comparison: Comparison) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("cause", "cause_name", "entity", "name", "action", "property", "before", "after", "who", "when")
    ]
    for group in comparison.groups:
        for item in group.items:
            sides = ["" if side is None else str(side) for side in (item.before, item.after)]
            when = item.at.isoformat() if item.at is not None else ""
            cause_name = group.field if group.cause is Cause.ASPECT else group.name
            whose = group.cause.value, cause_name, item.entity, item.name, item.action.value
            rows.append((*whose, item.path, *sides, item.actor or "", when))
    return rows
