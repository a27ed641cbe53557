"""Text from outside is shown as text, on one line, at most so long."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.plain_text import LIMIT, visible


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_nothing_invisible_remains(text: str) -> None:
    shown = visible(text)
    assert len(shown) <= LIMIT * 10
    assert all(unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in shown)
    shown.encode()  # no lone surrogates, which Qt could not take


def test_plain_names_stay_as_they_are() -> None:
    for name in ("web-01", "büro größe", "数据库", "مرحبا", "<b>not bold</b>", "a & b"):
        assert visible(name) == name


def test_what_deceives_is_made_visible() -> None:
    assert visible("invoice\u202etxt.exe") == "invoice⟨U+202E⟩txt.exe"
    assert visible("two\nlines\0") == "two␊lines␀"
    assert visible("x" * 10_000) == "x" * (LIMIT - 1) + "…"


def test_tooltips_and_menus_show_markup_literally() -> None:
    text = QTextDocument()
    text.setHtml(tooltip("<img src=x> & more", "second"))
    assert text.toPlainText() == "<img src=x> & more\nsecond"
    assert action_text("R&D") == "R&&D"
