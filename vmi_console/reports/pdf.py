"""The same report as a PDF of A4 pages.

Fonts are embedded: DejaVu covers Latin, Greek, Cyrillic and more. A character that it lacks is a box; the page has it.
Texts are drawn as they are: `escape` takes the markup of paragraphs out of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, cast

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from vmi_console import __version__
from vmi_console.reports.chapters import content
from vmi_console.reports.content import Bar, Bars, Block, Cell, Columns, Grid, Heading, Note, Report, Tile, Tone, Word
from vmi_console.reports.json_lines import utf8
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject

FONTS = Path(__file__).parents[2] / "resources" / "fonts"
PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MISSING = "□"

MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
HEIGHT = A4[1] - 2 * MARGIN - 6 * mm

TEXT, MUTED, LINE, RAIL = HexColor("#14171c"), HexColor("#4c5561"), HexColor("#d0d5dc"), HexColor("#eef0f3")
ACCENT = HexColor("#0a5bc4")
INKS = {
    Tone.PLAIN: TEXT,
    Tone.MUTED: MUTED,
    Tone.ACCENT: ACCENT,
    Tone.GOOD: HexColor("#146c2e"),
    Tone.WARNING: HexColor("#865300"),
    Tone.BAD: HexColor("#b3261e"),
    Tone.WORST: HexColor("#7d1410"),
    Tone.UNKNOWN: HexColor("#5a4f86"),
}
FILLS = {
    Tone.PLAIN: HexColor("#b9c1cb"),
    Tone.MUTED: HexColor("#b9c1cb"),
    Tone.ACCENT: HexColor("#4a86d8"),
    Tone.GOOD: HexColor("#3f9a5b"),
    Tone.WARNING: HexColor("#d99a2b"),
    Tone.BAD: HexColor("#d2544c"),
    Tone.WORST: HexColor("#8e1b16"),
    Tone.UNKNOWN: HexColor("#8f86b0"),
}


def write_pdf(subject: Subject, path: Path, progress: Progress) -> None:
    """Writes the report as PDF. Raises `OSError`, `GivenUp`."""
    _fonts()
    report = content(subject)
    document = BaseDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=_drawable(report.title),
        author="VMI Console",
        creator=f"VMI Console {__version__}",
        lang="en",
    )
    frame = Frame(MARGIN, MARGIN + 6 * mm, WIDTH, HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)

    def foot(canvas: Canvas, _: Any) -> None:
        progress.step()
        canvas.setFont(PLAIN, 7)
        canvas.setFillColor(MUTED)
        canvas.drawString(MARGIN, MARGIN, _drawable(report.foot))
        canvas.drawRightString(A4[0] - MARGIN, MARGIN, str(canvas.getPageNumber()))

    document.addPageTemplates([PageTemplate("page", [frame], onPage=foot)])
    document.build(list(_story(report)))


@cache
def _fonts() -> None:
    """Makes the fonts known to the library, once for the process."""
    for font in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(font, str(FONTS / f"{font}.ttf")))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


@cache
def _covered() -> frozenset[int]:
    """The characters that both fonts have."""
    faces: list[Any] = [cast(TTFont, pdfmetrics.getFont(font)).face for font in (PLAIN, BOLD)]
    return frozenset(faces[0].charToGlyph) & frozenset(faces[1].charToGlyph)


def _drawable(text: str) -> str:
    """`text` with a box for each character that the fonts lack."""
    if text.isascii():
        return text
    covered = _covered()
    return "".join(character if ord(character) in covered else MISSING for character in utf8(text))


# --- texts --------------------------------------------------------------------------------------------------------


@cache
def _style(size: float, colour: Color = TEXT, *, bold: bool = False, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size} {colour} {bold} {right}",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size * 1.36,
        textColor=colour,
        splitLongWords=True,
        alignment=TA_RIGHT if right else TA_LEFT,
    )


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_drawable(text)), style)


def _story(report: Report) -> Iterator[Flowable]:
    yield _paragraph("VMI Console", _style(9, ACCENT, bold=True))
    yield _paragraph(report.title, _style(21, bold=True))
    yield Spacer(0, 3 * mm)
    yield _facts(report)
    yield Spacer(0, 5 * mm)
    for note in report.notes:
        yield from _note(note)
    yield _tiles(report.tiles)
    for section in report.sections:
        yield CondPageBreak(55 * mm)
        yield Spacer(0, 9 * mm)
        yield _Mark(section.name, section.title)
        yield _paragraph(section.title, _style(14, bold=True))
        yield Spacer(0, 1 * mm)
        yield _paragraph(section.lead, _style(8.5, MUTED))
        yield Spacer(0, 4 * mm)
        for block in section.blocks:
            yield from _block(block)


class _Mark(Flowable):
    """A place in the document's outline."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self._name, self._title = name, title

    def wrap(self, *_: Any) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.canv.bookmarkPage(self._name)
        self.canv.addOutlineEntry(self._title, self._name)


def _facts(report: Report) -> Flowable:
    cells = [
        [_paragraph(label, _style(7, MUTED)), _paragraph(value, _style(8))]  # one below the other
        for label, value in report.facts
    ]
    count = max(1, len(cells))
    return Table([cells], colWidths=[WIDTH / count] * count, style=_PLAIN)


_PLAIN = TableStyle(
    [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def _tiles(tiles: tuple[Tile, ...]) -> Flowable:
    cells = [
        [
            _paragraph(tile.label, _style(7, MUTED)),
            _paragraph(tile.value, _style(16, INKS[tile.tone], bold=True)),
            _paragraph(tile.note, _style(6.5, MUTED)),
        ]
        for tile in tiles
    ]
    style = TableStyle(
        [
            ("BOX", (each, 0), (each, 0), 0.6, LINE)
            for each in range(len(cells))
        ]
        + [
            ("LEFTPADDING", (0, 0), (-1, -1), 7),
            ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )  # fmt: skip
    return Table([cells], colWidths=[WIDTH / len(cells)] * len(cells), style=style)


def _note(note: Note) -> Iterator[Flowable]:
    style = TableStyle(
        [
            ("LINEBEFORE", (0, 0), (0, 0), 2.5, FILLS[note.tone]),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    yield Table([[_paragraph(note.text, _style(8))]], colWidths=[WIDTH], style=style)
    yield Spacer(0, 2.5 * mm)


def _block(block: Block) -> Iterator[Flowable]:
    match block:
        case Note():
            yield from _note(block)
        case Heading():
            yield CondPageBreak(30 * mm)
            yield Spacer(0, 4 * mm)
            yield _paragraph(block.text, _style(9.5, bold=True))
            yield Spacer(0, 1.5 * mm)
        case Bars():
            yield from _bars(block)
        case Columns():
            yield _columns(block)
        case Grid():
            yield from _grid(block)


# --- charts -------------------------------------------------------------------------------------------------------

NAME_SHARE, NOTE_SHARE = 0.25, 0.27
ROW_HEIGHT = 5.6 * mm
BAR_HEIGHT = 3 * mm


def _bars(bars: Bars) -> Iterator[Flowable]:
    scale = max((bar.total for bar in bars.bars), default=0)
    for bar in bars.bars:
        yield _bar(bar, bar.total if bars.shares else scale)
    if bars.legend:
        yield _legend(bars.legend)
    yield Spacer(0, 3 * mm)


def _bar(bar: Bar, whole: int) -> Drawing:
    drawing = Drawing(WIDTH, ROW_HEIGHT)
    left, room = WIDTH * NAME_SHARE, WIDTH * (1 - NAME_SHARE - NOTE_SHARE)
    drawing.add(_string(0, 1.6 * mm, bar.label, 8, TEXT, left - 3 * mm))
    drawing.add(_box(left, 1 * mm, room, BAR_HEIGHT, RAIL))
    at = left
    for segment in bar.segments:
        width = room * segment.value / whole if whole else 0
        drawing.add(_box(at, 1 * mm, width, BAR_HEIGHT, FILLS[segment.tone]))
        at += width
    told = bar.note or ", ".join(f"{segment.value:,} {segment.label}" for segment in bar.segments)
    drawing.add(_string(left + room + 3 * mm, 1.6 * mm, told, 7, MUTED, WIDTH * NOTE_SHARE - 3 * mm))
    return drawing


def _string(x: float, y: float, text: str, size: float, colour: Color, room: float) -> String:
    """A text on one line, cut to its room."""
    shown = _drawable(text)
    if pdfmetrics.stringWidth(shown, PLAIN, size) > room:
        while shown and pdfmetrics.stringWidth(shown + "…", PLAIN, size) > room:
            shown = shown[:-1]
        shown += "…"
    return String(x, y, shown, fontName=PLAIN, fontSize=size, fillColor=colour)


def _box(x: float, y: float, width: float, height: float, fill: Color) -> Rect:
    box = Rect(x, y, width, height)
    box.fillColor, box.strokeColor = fill, None
    return box


def _legend(words: tuple[Word, ...]) -> Drawing:
    drawing, at = Drawing(WIDTH, 5 * mm), 0.0
    for word in words:
        drawing.add(_box(at, 1.2 * mm, 2.4 * mm, 2.4 * mm, FILLS[word.tone]))
        drawing.add(_string(at + 4 * mm, 1.4 * mm, word.text, 7, MUTED, 40 * mm))
        at += 10 * mm + pdfmetrics.stringWidth(word.text, PLAIN, 7)
    return drawing


def _columns(columns: Columns) -> Drawing:
    height, foot = 34 * mm, 6 * mm
    drawing = Drawing(WIDTH, height)
    top = max((value for _, value in columns.points), default=0) or 1
    room = height - foot - 5 * mm
    step = WIDTH / max(1, len(columns.points))
    every = max(1, -(-len(columns.points) // 10))
    drawing.add(_box(0, foot, WIDTH, 0.4, LINE))
    for number, (label, value) in enumerate(columns.points):
        tall, middle = room * value / top, (number + 0.5) * step
        drawing.add(_box(middle - step * 0.36, foot, step * 0.72, tall, FILLS[Tone.ACCENT]))
        if value and (value == top or len(columns.points) <= 12):
            drawing.add(_middle(middle, foot + tall + 1 * mm, f"{value:,}", TEXT))
        if number % every == 0:
            drawing.add(_middle(middle, 1.6 * mm, label, MUTED))
    return drawing


def _middle(x: float, y: float, text: str, colour: Color) -> String:
    return String(x, y, text, fontName=PLAIN, fontSize=6.5, fillColor=colour, textAnchor="middle")


# --- tables -------------------------------------------------------------------------------------------------------


def _grid(grid: Grid) -> Iterator[Flowable]:
    figures = frozenset(grid.figures)
    whole = sum(grid.widths)
    head = [
        _paragraph(text, _style(7, MUTED, right=position in figures)) for position, text in enumerate(grid.headings)
    ]
    rows = [[_cell(cell, right=position in figures) for position, cell in enumerate(row)] for row in grid.rows]
    style = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 7),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    widths = [WIDTH * width / whole for width in grid.widths]
    yield LongTable(list(itertools.chain([head], rows)), colWidths=widths, repeatRows=1, style=style)
    if grid.more:
        yield Spacer(0, 1.5 * mm)
        yield _paragraph(grid.more, _style(7, MUTED))


def _cell(cell: Cell, *, right: bool) -> Paragraph:
    if isinstance(cell, Word):
        return _paragraph(cell.text, _style(7.5, INKS[cell.tone], bold=True))
    return _paragraph(cell, _style(7.5, right=right))
