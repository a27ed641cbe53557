"""What a pane says about one entity, before there is any widget: figures, cards, facts in sections, tables of parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vmi_console.estate.identity import EntityId
from vmi_console.gui.theme import Tone


@dataclass(frozen=True)
class Fact:
    """One labelled value. `tip` says where it comes from and how old it is; `leads` is where a click goes."""

    label: str
    value: str
    tip: str = ""
    tone: Tone = Tone.PLAIN
    leads: EntityId | None = None


@dataclass(frozen=True)
class Section:
    """Facts under a title."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Remark:
    """A line of a card."""

    text: str
    tip: str = ""
    tone: Tone = Tone.PLAIN
    strong: bool = False


@dataclass(frozen=True)
class Card:
    """What matters at first glance: a network card, a warning. A click leads to `leads`."""

    title: str
    icon: str
    remarks: tuple[Remark, ...]
    tone: Tone = Tone.MUTED  # of the icon
    leads: EntityId | None = None


@dataclass(frozen=True)
class Cell:
    """What a cell of a table shows."""

    text: str
    tip: str = ""
    tone: Tone = Tone.PLAIN
    icon: str = ""
    number: bool = False  # aligned to the right
    share: float | None = None  # 0 to 1: painted as a bar behind the text
    depth: int = 0  # below how many others it hangs


@dataclass(frozen=True)
class Line:
    """A row of a table. `key` stays the same while its cells change; `entity` is where it leads."""

    key: str
    cells: tuple[Cell, ...]
    entity: EntityId | None = None


@dataclass(frozen=True)
class Table:
    """`widths` are the columns' in average characters; the last column takes what is left."""

    title: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    lines: tuple[Line, ...]
    empty: str


@dataclass(frozen=True)
class Sheet:
    """Everything a pane says about an entity.

    `uses` are the entities it was made from: when they change, so may it. `gathers` are those it lists others of: when
    one comes to name them, or no longer does, so may it.
    """

    figures: tuple[Fact, ...] = ()  # that move all the time: shown side by side on top
    cards: tuple[Card, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    uses: frozenset[EntityId] = field(default=frozenset(), compare=False)
    gathers: frozenset[EntityId] = field(default=frozenset(), compare=False)


def dimmed(sheet: Sheet) -> Sheet:
    """The same, looking as stale as it is: warnings stay, what was well is no longer said to be."""
    return replace(
        sheet,
        figures=tuple(replace(fact, tone=_dimmed(fact.tone)) for fact in sheet.figures),
        cards=tuple(
            replace(
                card,
                tone=_dimmed(card.tone),
                remarks=tuple(replace(remark, tone=_dimmed(remark.tone)) for remark in card.remarks),
            )
            for card in sheet.cards
        ),
        sections=tuple(
            replace(section, facts=tuple(replace(fact, tone=_dimmed(fact.tone)) for fact in section.facts))
            for section in sheet.sections
        ),
        tables=tuple(
            replace(
                table,
                lines=tuple(
                    replace(line, cells=tuple(replace(cell, tone=_dimmed(cell.tone)) for cell in line.cells))
                    for line in table.lines
                ),
            )
            for table in sheet.tables
        ),
    )


def _dimmed(tone: Tone) -> Tone:
    return tone if tone in (Tone.WARNING, Tone.BAD) else Tone.MUTED
