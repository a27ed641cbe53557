"""What a pane says about one entity, before there is any widget: facts in sections, and tables of parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vmi_console.estate.identity import EntityId
from vmi_console.gui.states import Look
from vmi_console.gui.theme import Tone


@dataclass(frozen=True)
class Fact:
    """One labelled value. `tip` says where it comes from and how old it is."""

    label: str
    value: str
    tip: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Section:
    """Facts under a title."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Cell:
    """What a cell of a table shows."""

    text: str
    tip: str = ""
    tone: Tone = Tone.PLAIN
    icon: str = ""
    number: bool = False  # aligned to the right


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
    """Everything a pane says about an entity. `uses` are the entities it was made from: when they change, so may it."""

    entity: EntityId
    look: Look
    stale: bool
    title: str
    subtitle: str
    state: str
    tone: Tone
    age: str
    path: tuple[tuple[str, EntityId], ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    uses: frozenset[EntityId] = field(default=frozenset(), compare=False)


def dimmed_sections(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The same facts, looking as stale as they are: warnings stay, what was well is no longer said to be."""
    return tuple(
        replace(section, facts=tuple(replace(fact, tone=_dimmed(fact.tone)) for fact in section.facts))
        for section in sections
    )


def dimmed_tables(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """The same for tables."""
    return tuple(
        replace(
            table,
            lines=tuple(
                replace(line, cells=tuple(replace(cell, tone=_dimmed(cell.tone)) for cell in line.cells))
                for line in table.lines
            ),
        )
        for table in tables
    )


def _dimmed(tone: Tone) -> Tone:
    return tone if tone in (Tone.WARNING, Tone.BAD) else Tone.MUTED
