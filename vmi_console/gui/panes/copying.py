"""Rows of a list as text for the clipboard, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: names come from people that are not trusted."""


def copy_rows(view: QTableView) -> None:
    """Puts the selected rows on the clipboard: a line each, columns parted by tabs."""
    model = view.model()
    numbers = sorted({index.row() for index in view.selectionModel().selectedRows()})
    columns = range(model.columnCount())
    lines = (
        "\t".join(str(model.index(number, column).data(Qt.ItemDataRole.DisplayRole) or "") for column in columns)
        for number in numbers
    )
    if numbers:
        copy_text("\n".join(lines))


def copy_text(text: str) -> None:
    """Puts a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV (RFC 4180), with nothing in them that a spreadsheet would carry out.

    >>> as_csv([("name", "power"), ("=cmd()", "on")])
    "name,power\\r\\n'=cmd(),on\\r\\n"
    """
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
