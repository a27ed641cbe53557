"""`vmi-console diff`: what is different between two snapshot files."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vmi_console.cli.terminal import harmless_json, paint, table
from vmi_console.errors import StorageError
from vmi_console.plain_text import visible
from vmi_console.reports.difference import content_of, group_title, item_texts, notes_of, side_text, who_text
from vmi_console.reports.json_lines import utf8
from vmi_console.reports.page import page
from vmi_console.review import snapshots
from vmi_console.review.comparison import Comparison, compare

SAME, DIFFERENT, ERROR = 0, 1, 2
"""The exit codes of this command: those of diff(1)."""

MOST_ITEMS = 20
"""Of a group in a table; JSON has them all."""


def diff(before: Path, after: Path) -> Comparison:
    """Holds two files against each other. Raises `InputError`."""
    return compare(snapshots.read(before), snapshots.read(after))


def shown(comparison: Comparison, form: str, *, colour: bool) -> str:
    """The comparison as `table`, `json` or `html`."""
    match form:
        case "json":
            told = msgspec.to_builtins(comparison, enc_hook=str)
            return harmless_json(msgspec.json.format(msgspec.json.encode(_utf8(told)), indent=2).decode())
        case "html":
            return utf8(page(content_of(comparison))).rstrip("\n")
        case _:
            return "\n".join(_lines(comparison, colour=colour))


def write(text: str, path: Path) -> None:
    """Writes the text into a file, whole or not at all. Raises `StorageError`."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"{visible(str(path), 300)} cannot be written: {error.strerror}", "choose another place for it"
        ) from error


def _lines(comparison: Comparison, *, colour: bool) -> list[str]:
    lines = [f"from  {side_text(comparison.before)}", f"to    {side_text(comparison.after)}"]
    lines += [paint(f"note  {note}", "yellow", colour) for note in notes_of(comparison)]
    if comparison.is_empty:
        return [*lines, "", "nothing is different"]
    for group in comparison.groups:
        rows = [
            (visible(item.name), item.action, *item_texts(item, comparison.names), who_text(item))
            for item in group.items
        ]
        lines += ["", paint(group_title(group), "bold", colour)]
        lines.append(table(("NAME", "", "PROPERTY", "BEFORE", "AFTER", "WHO"), rows[:MOST_ITEMS], colour=colour))
        if len(rows) > MOST_ITEMS:
            lines.append(f"… and {len(rows) - MOST_ITEMS:,} more: --format json has all")
    for title, findings in (("findings opened", comparison.opened), ("findings resolved", comparison.resolved)):
        if findings:
            told = [(each.severity, each.vm_name, each.policy, each.title, each.evidence) for each in findings]
            lines += ["", paint(f"{title}: {len(told):,}", "bold", colour)]
            lines.append(table(("SEVERITY", "VM", "POLICY", "CHECK", "EVIDENCE"), told, colour=colour))
    if comparison.policies:
        lines += ["", paint("policies", "bold", colour)]
        for each in comparison.policies:
            lines.append(f"{visible(each.name)}: {each.action}")
            lines += [f"  {visible(line)}" for line in each.lines]
    if comparison.quarantines:
        moved = [(each.vm_name, each.before or "–", each.after or "–", each.by) for each in comparison.quarantines]
        lines += ["", paint("quarantine", "bold", colour)]
        lines.append(table(("VM", "BEFORE", "AFTER", "BY"), moved, colour=colour))
    return lines


def _utf8(value: object) -> object:
    match value:
        case str():
            return utf8(value)
        case dict():
            return {utf8(str(key)): _utf8(each) for key, each in value.items()}
        case list() | tuple():
            return [_utf8(each) for each in value]
        case _:
            return value
