"""Text that is shown in a terminal stays in its place, whatever it holds."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.cli.terminal import fitted, harmless_json, padded, table, takes_colours, width


@given(st.text(), st.integers(1, 30))
def test_any_text_fits_its_column(text: str, columns: int) -> None:
    assert width(fitted(text, columns)) <= columns
    assert width(padded(text, columns)) == columns
    assert fitted(text, columns).isprintable()


def test_wide_and_combining_characters_are_counted_as_they_are_shown() -> None:
    assert (width("日本"), width("e\u0301"), width("web")) == (4, 1, 3)
    assert fitted("日本語", 5) == "日本…"
    assert fitted("日本語", 6) == "日本語"
    assert padded("日本", 5) == "日本 "


def test_columns_are_aligned() -> None:
    assert table(("A", "B"), [("日本", "x"), ("long" * 20, "y")]).splitlines() == [
        "A" + " " * 41 + "B",
        "日本" + " " * 38 + "x",
        ("long" * 20)[:39] + "…  y",
    ]
    assert table(("A", "B"), [("x", "long" * 20)]).splitlines()[1] == "x  " + "long" * 20, (
        "what is told last is told whole"
    )
    assert table(("A", "B"), [("x", "long" * 99)]).endswith("lon…")
    assert table(("A",), [], colour=True) == "\x1b[1mA\x1b[0m"


@given(st.text())
def test_json_means_the_same_and_moves_no_cursor(text: str) -> None:
    written = harmless_json(json.dumps({"name": text + "\x9b\u202e"}, ensure_ascii=False))
    assert json.loads(written)["name"] == text + "\x9b\u202e"
    assert not set(written) & set(map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x200F, 0xFEFF)))


def test_colours_are_for_a_person_who_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    above, below = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(above, "rb"), os.fdopen(below, "w") as terminal, Path(os.devnull).open("w") as nobody:
        assert takes_colours(terminal)
        assert not takes_colours(nobody)
        monkeypatch.setenv("TERM", "dumb")
        assert not takes_colours(terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        assert not takes_colours(terminal)
