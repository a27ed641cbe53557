"""What is different between two moments, as the content of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vmi_console.estate.changes import Action
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.plain_text import visible
from vmi_console.reports.content import Block, Cell, Grid, Heading, Note, Report, Section, Tile, Tone, Word
from vmi_console.reports.values import in_words
from vmi_console.review.causes import Cause, Group, Item
from vmi_console.review.comparison import Comparison, FindingDifference, Side

MOST_GROUPS = 500
MOST_ITEMS = 200
MOST_ROWS = 2_000
LONGEST_VALUE = 160

type Names = Mapping[EntityId, str]

_TONES = {Action.ADDED: Tone.GOOD, Action.REMOVED: Tone.BAD, Action.CHANGED: Tone.ACCENT}


def content_of(comparison: Comparison) -> Report:
    """The page; long lists are cut, and say so."""
    of_machines = any(group.cause is Cause.ASPECT for group in comparison.groups)
    return Report(
        title="What is otherwise than in the gold image" if of_machines else "What changed",
        facts=(("from", side_text(comparison.before)), ("to", side_text(comparison.after))),
        notes=tuple(Note(each, Tone.WARNING) for each in notes_of(comparison)),
        tiles=tuple(_tiles(comparison)),
        sections=tuple(_sections(comparison)),
        foot="Measurements, and how old an answer is, are no differences.",
    )


def side_text(side: Side) -> str:
    """Which moment this is."""
    said = ", ".join(visible(each, 120) for each in (side.title, side.source) if each)
    return f"{side.at:%Y-%m-%d %H:%M:%S} UTC" + (f" ({said})" if said else "")


def notes_of(comparison: Comparison) -> Iterator[str]:
    """What has to be said with it."""
    for note in comparison.notes:
        yield visible(note, 400)
    for side, words in ((comparison.before, "the first"), (comparison.after, "the second")):
        if side.lacks:
            yield visible(f"{words} moment does not know: " + "; ".join(side.lacks), 600)
    if comparison.left_out:
        yield f"{comparison.left_out:,} properties are left out, since one of the two moments does not know them"


def group_title(group: Group) -> str:
    """What a group is, in a line."""
    name = visible(group.name, 120)
    match group.cause:
        case Cause.NETWORK:
            return f"network {name}, which shows in {group.vms:,} VMs"
        case Cause.MOVE:
            return f"{group.vms:,} VMs left host {name}"
        case Cause.ASPECT:
            return f"{visible(group.field.replace('_', ' '), 60)} of {name}"
        case Cause.INSIDE:
            return f"{group.field}: {name} in {group.vms:,} guests"
        case _:
            return f"{kind_of(group.entity) if group.entity else 'entity'} {name}"


def value_text(value: Any, names: Names | None = None) -> str:
    """A value before or after, on one line; what refers to an entity by its name, where that is among the names."""
    return visible(in_words(value, (names or {}).get), LONGEST_VALUE)


def item_texts(item: Item, names: Names) -> tuple[str, str, str]:
    """Property, before and after. What came or went as a whole is not spelt out."""
    if item.path:
        absent = "–"
        before, after = value_text(item.before, names), value_text(item.after, names)
        if before == after:  # two entities of one name
            before, after = value_text(item.before), value_text(item.after)
        return (
            visible(item.path, 120),
            absent if item.action is Action.ADDED else before,
            absent if item.action is Action.REMOVED else after,
        )
    return f"the {kind_of(item.entity)} itself", *(("–", "there") if item.action is Action.ADDED else ("there", "gone"))


def who_text(item: Item) -> str:
    """Who did it and when, as far as anything tells."""
    when = f"{item.at:%Y-%m-%d %H:%M}" if item.at is not None else ""
    return " ".join(filter(None, (visible(item.actor, 60) if item.actor is not None else "", when)))


def _tiles(comparison: Comparison) -> Iterator[Tile]:
    yield Tile("VMs added", f"{comparison.vms(Action.ADDED):,}")
    yield Tile("VMs removed", f"{comparison.vms(Action.REMOVED):,}")
    yield Tile("VMs changed", f"{comparison.vms(Action.CHANGED):,}", f"{len(comparison.groups):,} causes in all")
    yield Tile("Findings opened", f"{len(comparison.opened):,}", tone=Tone.BAD if comparison.opened else Tone.PLAIN)
    yield Tile("Findings resolved", f"{len(comparison.resolved):,}")


def _sections(comparison: Comparison) -> Iterator[Section]:
    blocks: list[Block] = []
    for group in comparison.groups[:MOST_GROUPS]:
        blocks += [Heading(group_title(group)), _grid(group.items, comparison.names)]
    if len(comparison.groups) > MOST_GROUPS:
        blocks.append(Note(f"{len(comparison.groups) - MOST_GROUPS:,} causes more are not shown", Tone.WARNING))
    of_machines = any(group.cause is Cause.ASPECT for group in comparison.groups)
    by = "aspects" if of_machines else "what made them change"
    lead = f"{sum(len(group.items) for group in comparison.groups):,} properties, by {by}."
    yield Section("estate", "Estate", lead if blocks else "Nothing is different.", tuple(blocks))
    for name, title, findings in (
        ("opened", "Findings opened", comparison.opened),
        ("resolved", "Findings resolved", comparison.resolved),
    ):
        if findings:
            yield Section(name, title, f"{len(findings):,} in all.", (_findings(findings),))
    if comparison.policies:
        blocks = []
        for each in comparison.policies:
            blocks.append(Heading(f"{visible(each.name)}: {each.action}"))
            rows: list[tuple[Cell, ...]] = [(visible(line, 200),) for line in each.lines[:MOST_ITEMS]]
            if rows:
                blocks.append(Grid(("line",), tuple(rows), (1,), more=_more(len(each.lines), MOST_ITEMS)))
        yield Section("policies", "Policies", f"{len(comparison.policies):,} documents.", tuple(blocks))
    if comparison.quarantines:
        rows = [
            (visible(each.vm_name), each.before or "–", each.after or "–", visible(each.by), visible(each.reason))
            for each in comparison.quarantines[:MOST_ROWS]
        ]
        more = _more(len(comparison.quarantines), MOST_ROWS)
        grid = Grid(("VM", "before", "after", "by", "reason"), tuple(rows), (3, 2, 2, 2, 4), more=more)
        yield Section("quarantine", "Quarantine", f"{len(comparison.quarantines):,} VMs.", (grid,))


def _grid(items: tuple[Item, ...], names: Names) -> Grid:
    rows: Iterable[tuple[Cell, ...]] = (
        (visible(item.name), Word(item.action, _TONES[item.action]), *item_texts(item, names), who_text(item))
        for item in items[:MOST_ITEMS]
    )
    headings = ("name", "", "property", "before", "after", "who")
    return Grid(headings, tuple(rows), (3, 1, 3, 3, 3, 2), more=_more(len(items), MOST_ITEMS))


def _findings(findings: tuple[FindingDifference, ...]) -> Grid:
    rows: Iterable[tuple[Cell, ...]] = (
        (each.severity, visible(each.vm_name), visible(each.policy), visible(each.title), visible(each.evidence))
        for each in findings[:MOST_ROWS]
    )
    headings = ("severity", "VM", "policy", "check", "evidence")
    return Grid(headings, tuple(rows), (1, 2, 2, 3, 4), more=_more(len(findings), MOST_ROWS))


def _more(count: int, most: int) -> str:
    return f"{count - most:,} more are not shown" if count > most else ""
