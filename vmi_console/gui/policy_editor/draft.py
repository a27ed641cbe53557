"""One document while it is edited: its text, what that says, and every step back and forth, whichever view made it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QObject, Signal

from vmi_console.errors import InputError
from vmi_console.gui.runtime import Errands
from vmi_console.policy.documents import Document, document

type Edit = Callable[[str], str]
"""From a text to another; raises `InputError` where it cannot be made."""

MOST_STEPS = 500
TYPING_SECONDS = 1.5
"""What is typed with shorter pauses is one step."""


@dataclass(frozen=True)
class _Step:
    text: str
    kind: str
    at: float


class Draft(QObject):
    """The text is the one truth; views show it and change it.

    `moved` says that the text is another, `read` that `document` is what the text says now. Reading a text and editing
    it part by part take up to a tenth of a second: both are done aside, edits in their order.
    """

    moved = Signal()
    read = Signal()
    refused = Signal(str)

    def __init__(self, file: str, text: str, digest: str | None, errands: Errands, thread: ThreadPoolExecutor) -> None:
        """`digest` is of the text as it stands in the folder; None of one that is not there yet."""
        super().__init__()
        self.file = file
        self.text = text
        self.saved = text if digest is not None else ""
        self.digest = digest
        self.document: Document | None = None
        self._errands = errands
        self._thread = thread
        self._edits: list[tuple[Edit, str]] = []
        self._read: str | None = None
        self._at_work = False
        self._past: list[_Step] = []
        self._future: list[_Step] = []

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def is_edited(self) -> bool:
        """Whether the folder has another text."""
        return self.digest is None or self.text != self.saved

    @property
    def is_settled(self) -> bool:
        """Whether `document` is what the text says, and no edit waits."""
        return not self._edits and self._read == self.text

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    # --- changing it ----------------------------------------------------------------------------------------------

    def write(self, text: str, kind: str = "") -> None:
        """Another text. Changes of one kind that follow each other quickly are undone together."""
        if text == self.text:
            return
        now = monotonic()
        last = self._past[-1] if self._past else None
        if last is None or not kind or last.kind != kind or now - last.at > TYPING_SECONDS:
            self._past.append(_Step(self.text, kind, now))
            del self._past[:-MOST_STEPS]
        else:
            self._past[-1] = _Step(last.text, kind, now)
        self._future.clear()
        self._become(text)

    def edit(self, change: Edit, kind: str = "") -> None:
        """Changes the text aside; of edits of one kind that wait only the last one is made."""
        if kind and self._edits and self._edits[-1][1] == kind:
            self._edits.pop()
        self._edits.append((change, kind))
        self.look()

    def undo(self) -> None:
        """Takes the last step back."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Makes the step again that was taken back last."""
        self._step(self._future, self._past)

    def look(self) -> None:
        """Reads the text, if that is not under way."""
        if not self._at_work and not self.is_settled:
            self._at_work = True
            self._errands.run(self._work(), self.tr("Read {0}").format(self.file), quiet=True)

    def was_saved(self, text: str, digest: str) -> None:
        """The folder has this text now."""
        self.saved, self.digest = text, digest
        self.moved.emit()

    def follow(self, text: str, digest: str) -> None:
        """Takes over what somebody else wrote into the file: a step that can be undone."""
        self.saved, self.digest = text, digest
        self.write(text)
        self.moved.emit()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _step(self, source: list[_Step], target: list[_Step]) -> None:
        if source:
            self._edits.clear()
            step = source.pop()
            target.append(_Step(self.text, "", 0.0))
            self._become(step.text)

    def _become(self, text: str) -> None:
        self.text = text
        self.moved.emit()
        self.look()

    def _is_behind(self) -> bool:
        return not self.is_settled

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._is_behind():
                text = self.text
                if self._edits:
                    change, kind = self._edits[0]
                    try:
                        made = await loop.run_in_executor(self._thread, change, text)
                    except InputError as error:
                        self.refused.emit(str(error))
                        made = text
                    if self.text != text:
                        continue  # somebody typed meanwhile: once more, on that
                    if self._edits and self._edits[0][0] is change:
                        del self._edits[0]
                        self.write(made, kind)
                else:
                    said = await loop.run_in_executor(self._thread, document, text, self.file)
                    if self.text == text:
                        self.document, self._read = said, text
                        if self.is_settled:
                            self.read.emit()
        finally:
            self._at_work = False
