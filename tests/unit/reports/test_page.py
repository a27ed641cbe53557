"""The report as a page and as PDF, as an HTML parser and a PDF reader take them."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from tests.unit.reports import estates
from vmi_console.policy.judgement import Verdict
from vmi_console.reports.chapters import content
from vmi_console.reports.chapters.phrases import name
from vmi_console.reports.content import Tone
from vmi_console.reports.page import STYLE, page, write_page
from vmi_console.reports.pdf import write_pdf
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject

VOID = {"meta", "rect", "line", "col"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "div", "p", "a"),
    *("h1", "h2", "h3", "dl", "dt", "dd", "span", "bdi", "svg", "rect", "line", "text"),
    *("table", "colgroup", "col", "thead", "tbody", "tr", "th", "td"),
}


class Reader(HTMLParser):
    """Takes a page apart, and holds it to what it promises."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        attributes = dict(attrs)
        assert not any(key.startswith("on") or key in ("style", "src") for key in attributes)
        assert (attributes.get("href") or "#").startswith("#")
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("make", [estates.demo, estates.hostile])
def test_a_page_stands_alone_and_runs_nothing(make: Any, tmp_path: Path) -> None:
    subject = Subject(make())
    write_page(subject, tmp_path / "page.html", Progress())
    text = (tmp_path / "page.html").read_text("utf-8")
    reader = read(text)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert reader.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f"<style>{STYLE}</style>" in text
    assert not re.search(r"url\(|@import|https?://", text)
    said = set(reader.texts)
    assert {name(finding.vm_name) for finding in subject.findings[:40]} <= said


def test_what_nobody_can_tell_is_no_pass() -> None:
    subject = Subject(estates.demo())
    report = content(subject)
    score = subject.compliance.score
    assert score.unknown
    assert f"of {score.unknown:,} nobody can tell" in report.sections[0].lead
    bare = content(Subject(msgspec.structs.replace(subject.moment, policies=(), findings=())))
    assert next(tile for tile in bare.tiles if tile.label == "Compliance").tone is Tone.UNKNOWN
    vague = msgspec.structs.replace(subject.moment.findings[0], verdict=Verdict.UNKNOWN, because="it went away")
    text = page(content(Subject(msgspec.structs.replace(subject.moment, findings=(vague,)))))
    assert "not known now: it went away" in text


@pytest.mark.parametrize("make", [estates.demo, estates.hostile])
def test_a_reader_takes_the_pdf(make: Any, tmp_path: Path) -> None:
    subject = Subject(make())
    write_pdf(subject, tmp_path / "report.pdf", Progress())
    reader = PdfReader(tmp_path / "report.pdf", strict=True)
    text = " ".join(page.extract_text() for page in reader.pages)
    report = content(subject)
    for section in report.sections:
        assert section.title in text
    assert [entry.title for entry in reader.outline] == [section.title for section in report.sections]  # type: ignore[union-attr]
    assert reader.metadata is not None
    assert reader.metadata.title == report.title
    assert b"/JavaScript" not in (tmp_path / "report.pdf").read_bytes()
    if subject.moment.title.startswith("<"):
        assert "Žluťoučký kůň Ωμέγα Привет" in text
        assert "<script>alert(1)</script>" in text
        assert "□□□□□□" in text  # what the font lacks
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = {str(font.get_object()["/BaseFont"]) for each in resources for font in each["/Font"].values()}
    assert any("DejaVuSans-Bold" in font for font in fonts)
