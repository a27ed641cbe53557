"""A report as one HTML file that stands alone: no script, nothing fetched, light and dark, made for printing too.

A content security policy forbids everything but the one style sheet, which it names by its digest. Every text goes
through `escape`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from vmi_console.reports.chapters import content
from vmi_console.reports.content import (
    Bar,
    Bars,
    Block,
    Cell,
    Columns,
    Grid,
    Heading,
    Note,
    Report,
    Section,
    Tile,
    Word,
)
from vmi_console.reports.json_lines import utf8
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject

STYLE = (Path(__file__).parents[2] / "resources" / "reports" / "page.css").read_text("utf-8")

BAR_WIDTH, BAR_HEIGHT = 1000, 18
CHART_WIDTH, CHART_HEIGHT, CHART_FOOT = 1000, 170, 24
GAP = 0.28
"""Between columns, of a column's share."""


def write_page(subject: Subject, path: Path, progress: Progress) -> None:
    """Writes the report as HTML. Raises `OSError`, `GivenUp`."""
    path.write_text(utf8(page(content(subject))), encoding="utf-8", newline="\n")
    progress.step()


def page(report: Report) -> str:
    """The document."""
    return "\n".join(_document(report)) + "\n"


def _document(report: Report) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="generator" content="VMI Console">'
    yield f"<title>{escape(report.title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield from _head(report)
    yield "<main>"
    for note in report.notes:
        yield _note(note)
    yield '<div class="tiles">'
    yield from map(_tile, report.tiles)
    yield "</div>"
    for section in report.sections:
        yield from _section(section)
    yield "</main>"
    yield f"<footer><p>{escape(report.foot)}</p></footer>"
    yield "</body>"
    yield "</html>"


def _head(report: Report) -> Iterator[str]:
    yield "<header>"
    yield '<p class="product">VMI Console</p>'
    yield f'<h1 dir="auto">{escape(report.title)}</h1>'
    facts = (f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in report.facts)
    yield f"<dl>{''.join(facts)}</dl>"
    links = (f'<a href="#{section.name}">{escape(section.title)}</a>' for section in report.sections)
    yield f"<nav>{''.join(links)}</nav>"
    yield "</header>"


def _tile(tile: Tile) -> str:
    return (
        f'<div class="tile {tile.tone}"><p class="label">{escape(tile.label)}</p>'
        f'<p class="value">{escape(tile.value)}</p><p class="note">{escape(tile.note)}</p></div>'
    )


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.name}">'
    yield f"<h2>{escape(section.title)}</h2>"
    yield f'<p class="lead">{escape(section.lead)}</p>'
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Note():
            yield _note(block)
        case Heading():
            yield f"<h3>{escape(block.text)}</h3>"
        case Bars():
            yield from _bars(block)
        case Columns():
            yield from _columns(block)
        case Grid():
            yield from _grid(block)


def _note(note: Note) -> str:
    return f'<p class="remark {note.tone}">{escape(note.text)}</p>'


def _word(word: Word) -> str:
    return f'<span class="word {word.tone}">{escape(word.text)}</span>'


# --- charts -------------------------------------------------------------------------------------------------------


def _bars(bars: Bars) -> Iterator[str]:
    scale = max((bar.total for bar in bars.bars), default=0)
    yield '<div class="bars">'
    for bar in bars.bars:
        whole = bar.total if bars.shares else scale
        yield (
            f'<div class="bar"><span class="name" dir="auto" title="{escape(bar.label)}">{escape(bar.label)}</span>'
            f'{_bar(bar, whole)}<span class="note">{escape(bar.note or _parts(bar))}</span></div>'
        )
    yield "</div>"
    if bars.legend:
        yield f'<p class="legend">{" ".join(map(_key, bars.legend))}</p>'


def _key(word: Word) -> str:
    return f'<span class="key {word.tone}">{escape(word.text)}</span>'


def _parts(bar: Bar) -> str:
    return ", ".join(f"{segment.value:,} {segment.label}" for segment in bar.segments)


def _bar(bar: Bar, whole: int) -> str:
    told = escape(f"{bar.label}: {_parts(bar) or 'nothing'}")
    parts, at = [], 0.0
    for segment in bar.segments:
        width = segment.value / whole * BAR_WIDTH if whole else 0.0
        title = escape(f"{segment.value:,} {segment.label}")
        parts.append(
            f'<rect class="{segment.tone}" x="{at:.2f}" y="0" width="{width:.2f}" height="{BAR_HEIGHT}">'
            f"<title>{title}</title></rect>"
        )
        at += width
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" preserveAspectRatio="none">'
        f'<rect class="rail" x="0" y="0" width="{BAR_WIDTH}" height="{BAR_HEIGHT}"/>{"".join(parts)}</svg>'
    )


def _columns(columns: Columns) -> Iterator[str]:
    top = max((height for _, height in columns.points), default=0) or 1
    room = CHART_HEIGHT - CHART_FOOT - 16
    step = CHART_WIDTH / max(1, len(columns.points))
    every = max(1, -(-len(columns.points) // 10))
    told = escape(", ".join(f"{label}: {height:,}" for label, height in columns.points))
    parts = [f'<line x1="0" y1="{16 + room}" x2="{CHART_WIDTH}" y2="{16 + room}"/>']
    for number, (label, height) in enumerate(columns.points):
        tall = height / top * room
        x, middle = number * step + step * GAP / 2, (number + 0.5) * step
        parts.append(
            f'<rect class="accent" x="{x:.1f}" y="{16 + room - tall:.1f}" width="{step * (1 - GAP):.1f}" '
            f'height="{tall:.1f}" rx="2"><title>{escape(f"{label}: {height:,} {columns.what}")}</title></rect>'
        )
        if height and (height == top or len(columns.points) <= 12):
            parts.append(f'<text x="{middle:.1f}" y="{11 + room - tall:.1f}">{height:,}</text>')
        if number % every == 0:
            parts.append(f'<text class="tick" x="{middle:.1f}" y="{CHART_HEIGHT - 6}">{escape(label)}</text>')
    yield (
        f'<svg class="columns" role="img" aria-label="{told}" viewBox="0 0 {CHART_WIDTH} {CHART_HEIGHT}">'
        f"{''.join(parts)}</svg>"
    )


# --- tables -------------------------------------------------------------------------------------------------------


def _grid(grid: Grid) -> Iterator[str]:
    figures = frozenset(grid.figures)
    yield '<div class="scroll"><table>'
    whole = sum(grid.widths)
    yield f"<colgroup>{''.join(f'<col width="{100 * width // whole}%">' for width in grid.widths)}</colgroup>"
    yield f"<thead><tr>{_cells('th', grid.headings, figures)}</tr></thead>"
    yield "<tbody>"
    for row in grid.rows:
        yield f"<tr>{_cells('td', row, figures)}</tr>"
    yield "</tbody></table></div>"
    if grid.more:
        yield f'<p class="more">{escape(grid.more)}</p>'


def _cells(tag: str, cells: Iterable[Cell], figures: frozenset[int]) -> str:
    made = []
    for position, cell in enumerate(cells):
        kind = ' class="figure"' if position in figures else ""
        text = _word(cell) if isinstance(cell, Word) else f"<bdi>{escape(cell)}</bdi>"
        made.append(f"<{tag}{kind}>{text}</{tag}>")
    return "".join(made)
