"""What a report says, before it has a form: page and PDF are made of the same content.

All texts in it are for people and harmless already: one line each, of bounded length.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Tone(StrEnum):
    """What a colour says. Never alone: a word says the same."""

    PLAIN = "plain"
    MUTED = "muted"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    WORST = "worst"
    UNKNOWN = "unknown"


class Word(msgspec.Struct, frozen=True):
    """A text with a tone, shown as a label."""

    text: str
    tone: Tone


type Cell = str | Word


class Tile(msgspec.Struct, frozen=True):
    """One figure of the overview."""

    label: str
    value: str
    note: str = ""
    tone: Tone = Tone.PLAIN


class Segment(msgspec.Struct, frozen=True):
    """A part of a bar."""

    label: str
    value: int
    tone: Tone


class Bar(msgspec.Struct, frozen=True):
    """A bar with its name, its parts, and what stands behind it."""

    label: str
    segments: tuple[Segment, ...]
    note: str = ""

    @property
    def total(self) -> int:
        """All parts."""
        return sum(segment.value for segment in self.segments)


class Bars(msgspec.Struct, frozen=True):
    """Bars below each other: each its own whole (`shares`), or all on one scale. The legend names tones."""

    bars: tuple[Bar, ...]
    shares: bool = True
    legend: tuple[Word, ...] = ()


class Columns(msgspec.Struct, frozen=True):
    """Columns side by side, such as days: names and heights."""

    what: str
    points: tuple[tuple[str, int], ...]


class Grid(msgspec.Struct, frozen=True):
    """A table. `widths` are relative; `figures` are the columns that hold figures; `more` says what is left out."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    figures: tuple[int, ...] = ()
    more: str = ""


class Note(msgspec.Struct, frozen=True):
    """A sentence that stands apart."""

    text: str
    tone: Tone = Tone.PLAIN


class Heading(msgspec.Struct, frozen=True):
    """The name of what follows within a section."""

    text: str


type Block = Bars | Columns | Grid | Note | Heading


class Section(msgspec.Struct, frozen=True):
    """A chapter. `lead` says what it comes to."""

    name: str  # of a place in the document to go to
    title: str
    lead: str
    blocks: tuple[Block, ...]


class Report(msgspec.Struct, frozen=True):
    """The whole document."""

    title: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    foot: str
