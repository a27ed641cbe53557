"""Rows of a list as text for the clipboard, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

from vmi_console.plain_text import defused


def copy_rows(view: QTableView) -> None:
    """Puts the selected rows on the clipboard: a line each, columns parted by tabs."""
    model = view.model()
    numbers = sorted({index.row() for index in view.selectionModel().selectedRows()})
    columns = range(model.columnCount())
    rows = [
        [str(model.index(number, column).data(Qt.ItemDataRole.DisplayRole) or "") for column in columns]
        for number in numbers
    ]
    if rows:
        copy_text(_written(rows, "\t", "\n").removesuffix("\n"))


def copy_text(text: str) -> None:
    """Puts a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV (RFC 4180), with nothing in them that a spreadsheet would carry out.

    >>> as_csv([("name", "power"), ("=cmd()", "on")])
    "name,power\\r\\n'=cmd(),on\\r\\n"
    """
    return _written(rows, ",", "\r\n")


def _written(rows: Iterable[Sequence[str]], delimiter: str, end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue()
