"""Lines of the table as text, for the clipboard and for files: made in slices, written whole or not at all."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QIODevice, QObject, QSaveFile, Signal

from vmi_console.errors import StorageError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.gui.table.columns import Column
from vmi_console.gui.table.facts import Facts
from vmi_console.gui.wording import UNKNOWN
from vmi_console.gui.work import Work
from vmi_console.plain_text import defused, visible

LONGEST = 32_767
"""Characters of a cell: what spreadsheets can hold."""

BOM = "\ufeff"
"""At the beginning of a file: spreadsheets take it for text of their country otherwise."""

_BUNCH = 20


class Form(Enum):
    """How lines become text."""

    TABS = "tabs"  # as they are on screen, for pasting
    CSV = "csv"  # RFC 4180; figures and times as spreadsheets read them, empty where not known


class Extract(QObject):
    """Makes text of lines; another one replaces what is under way."""

    progressed = Signal(int, int)  # lines done, lines in all
    ended = Signal()

    def __init__(self, facts: Facts, record: Callable[[EntityId], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._record = record
        self._work = Work(self)

    @property
    def busy(self) -> bool:
        return self._work.busy

    def start(
        self, entities: tuple[EntityId, ...], columns: tuple[Column, ...], form: Form, done: Callable[[str], object]
    ) -> None:
        """Hands the text of these VMs to `done`: a line of headings, then one for each that is still there."""
        text = io.StringIO()

        def over() -> None:
            self.ended.emit()
            done(text.getvalue())

        self._work.start(self._steps(entities, columns, form, text), over)

    def cancel(self) -> None:
        """What is under way comes to nothing."""
        if self._work.busy:
            self._work.start(iter(()), self.ended.emit)

    def _steps(
        self, entities: tuple[EntityId, ...], columns: tuple[Column, ...], form: Form, text: io.StringIO
    ) -> Iterator[None]:
        tabs = form is Form.TABS
        delimiter, end = ("\t", "\n") if tabs else (",", "\r\n")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerow([defused(column.title if tabs else column.heading) for column in columns])
        cell = self._said if tabs else self._figure
        for number, entity in enumerate(entities):
            vm = self._record(entity)
            if isinstance(vm, VM):
                writer.writerow([defused(cell(column, vm)) for column in columns])
            if number % _BUNCH == 0:
                self.progressed.emit(number, len(entities))
                yield

    def _said(self, column: Column, vm: VM) -> str:
        return visible(column.text(self._facts, vm), LONGEST) or self.tr("none")

    def _figure(self, column: Column, vm: VM) -> str:
        if column.figure is not None:
            return column.figure(self._facts, vm)
        text = visible(column.text(self._facts, vm), LONGEST)
        return "" if text == UNKNOWN else text


async def save(path: Path, text: str) -> None:
    """Writes a file whole or not at all, on a thread: its folder may be far away. Raises `StorageError`."""
    thread = ThreadPoolExecutor(1, "export")
    try:
        await asyncio.get_running_loop().run_in_executor(thread, _write, path, text)
    finally:
        thread.shutdown(wait=False)


def _write(path: Path, text: str) -> None:
    file = QSaveFile(str(path))
    data = text.encode("utf-8", "replace")
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()):
        raise StorageError(
            QCoreApplication.translate("Export", "{0} could not be written: {1}").format(path, file.errorString()),
            QCoreApplication.translate("Export", "choose another folder, or make room there, and export again"),
        )


def suggested(names: Iterable[str]) -> str:
    """A file's name for an export of these; of several there is none better than what they are."""
    words = [re.sub(r"[^\w.-]+", "-", name).strip("-.") for name in names]
    return f"{words[0]}.csv" if len(words) == 1 and words[0] else "virtual-machines.csv"
