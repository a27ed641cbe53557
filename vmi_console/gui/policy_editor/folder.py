"""The policy folder as the window has it: listed, saved, deleted and armed by asking the engine, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from vmi_console.engine.protocol import DocumentText
from vmi_console.errors import InputError, VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.decisions import Done
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.policy_editor.library import Entry, Library
from vmi_console.gui.policy_editor.templates import file_for
from vmi_console.policy import saving


class Folder(QObject):
    """Every file is read and written by the engine, which may be another user's view of another disk.

    `listed` follows each look; `conflicted` says of an entry that it was edited both here and elsewhere; `done` tells
    what was carried out, with what undoes it; `failed` what was refused.
    """

    listed = Signal()
    conflicted = Signal(object)  # Entry
    done = Signal(object)  # Done
    failed = Signal(object)  # VmiError

    def __init__(self, desk: Desk, library: Library) -> None:
        super().__init__(library)
        self.library = library
        self._desk = desk
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="policy-editor")
        self._turn = asyncio.Lock()  # a look that began before a save would bring the former text back
        self._looking = False
        self.destroyed.connect(partial(self._thread.shutdown, wait=False))
        desk.replica.verdicts.posture_moved.connect(self._stand)

    @property
    def aside(self) -> ThreadPoolExecutor:
        """Where texts are read and compared."""
        return self._thread

    @property
    def edited(self) -> list[Entry]:
        """What has changes that are not saved."""
        return [entry for entry in self.library.entries.values() if entry.is_edited]

    # --- looking --------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Asks for the folder's documents, unless that is under way."""
        if self._looking or not self._desk.replica.link.up:
            return
        self._looking = True

        async def work() -> None:
            try:
                async with self._turn:
                    await self._list()
            finally:
                self._looking = False

        self._desk.errands.run(work(), self.tr("List the policies"), self.failed.emit, quiet=True)

    def draft(self, entry: Entry) -> Draft:
        """What the operator edits of a document."""
        if entry.draft is None:
            stored = entry.stored
            text, digest = (stored.text, stored.digest) if stored is not None else ("", None)
            entry.draft = self._new_draft(entry.file, text, digest)
        return entry.draft

    def add(self, name: str, text: str) -> Entry:
        """A new document, which is not in the folder before it is saved."""
        entry = Entry(file_for(name, self.library.entries))
        entry.draft = self._new_draft(entry.file, text, None)
        self.library.entries[entry.file] = entry
        self.library.arrange()
        return entry

    def forget(self, entry: Entry) -> None:
        """Drops what was never saved."""
        self.library.entries.pop(entry.file, None)
        self.library.arrange()

    def _new_draft(self, file: str, text: str, digest: str | None) -> Draft:
        draft = Draft(file, text, digest, self._desk.errands, self._thread)
        draft.setParent(self)
        draft.look()
        return draft

    async def _list(self) -> None:
        answer = await self._desk.engine.call("policies")
        documents = {each.file: each for each in msgspec.convert(answer or [], list[DocumentText])}
        entries = self.library.entries
        for file, stored in documents.items():
            entry = entries.setdefault(file, Entry(file))
            entry.stored = stored
            self._compare(entry, stored)
        for file in [file for file in entries if file not in documents]:
            entry = entries[file]
            entry.stored = None
            if entry.draft is None or not entry.draft.is_edited:
                del entries[file]
            elif entry.draft.digest is not None:
                entry.draft.digest = None  # to be saved, it has to be written anew
                self.conflicted.emit(entry)
        self._stand()
        self.listed.emit()

    def _compare(self, entry: Entry, stored: DocumentText) -> None:
        draft = entry.draft
        if draft is None or stored.digest == draft.digest:
            return
        if stored.text == draft.text:
            draft.was_saved(stored.text, stored.digest)
        elif not draft.is_edited:
            draft.follow(stored.text, stored.digest)
            self.done.emit(Done(self.tr("{0} was changed outside, and read again").format(entry.name), draft.undo))
        else:
            self.conflicted.emit(entry)

    def _stand(self) -> None:
        standings = {each.file: each for each in self._desk.replica.verdicts.posture.policies}
        for entry in self.library.entries.values():
            entry.standing = standings.get(entry.file)
        self.library.arrange()

    # --- what the operator decides --------------------------------------------------------------------------------

    def save(self, entry: Entry, then: Callable[[], object] | None = None) -> None:
        """Writes a document into the folder."""
        draft = self.draft(entry)

        async def work() -> None:
            text = draft.text
            try:
                digest = saving.digest(text)
            except UnicodeEncodeError as error:
                raise InputError("the text has half of a character", "delete it and type it again") from error
            await self._desk.engine.call("save_policy", file=entry.file, text=text, was=draft.digest)
            draft.was_saved(text, digest)
            await self._list()
            self.done.emit(Done(self._saved(entry)))
            if then is not None:
                then()

        self._run(work, self.tr("Save {0}").format(entry.name))

    def _saved(self, entry: Entry) -> str:
        """What became of a document that was written: with a mistake in it nothing of it is in force."""
        stored = entry.stored
        if stored is None or not stored.problems:
            return self.tr("{0} is saved, and in force").format(entry.name)
        if stored.stale:
            return self.tr("{0} is saved; it has mistakes, so the version before them stays in force").format(
                entry.name
            )
        return self.tr("{0} is saved; it has mistakes, so it is not in force").format(entry.name)

    def reload(self, entry: Entry) -> None:
        """Takes over what somebody else wrote; what was written here can be had back with undo."""
        if entry.draft is not None and entry.stored is not None:
            entry.draft.follow(entry.stored.text, entry.stored.digest)
            self.library.arrange()

    def keep(self, entry: Entry) -> None:
        """Holds on to what was written here: saving replaces what somebody else wrote."""
        if entry.draft is not None and entry.stored is not None:
            entry.draft.saved, entry.draft.digest = entry.stored.text, entry.stored.digest
            entry.draft.moved.emit()

    def delete(self, entry: Entry) -> None:
        """Takes a document out of the folder; can be undone."""
        stored, name = entry.stored, entry.name
        if stored is None:
            self.forget(entry)
            return

        async def work() -> None:
            await self._desk.engine.call("delete_policy", file=entry.file, was=stored.digest)
            self.library.entries.pop(entry.file, None)
            await self._list()
            self.done.emit(Done(self.tr("{0} is deleted").format(name), lambda: self._bring_back(stored)))

        self._run(work, self.tr("Delete {0}").format(name))

    def _bring_back(self, stored: DocumentText) -> None:
        async def work() -> None:
            await self._desk.engine.call("save_policy", file=stored.file, text=stored.text, was=None)
            await self._list()
            self.done.emit(Done(self.tr("{0} is back").format(stored.name or stored.file)))

        self._run(work, self.tr("Bring {0} back").format(stored.name or stored.file))

    def arm(self, entry: Entry) -> None:
        """Lets a policy, exactly as it is in force, isolate by itself."""
        self._decide("arm", entry, self.tr("{0} is armed").format(entry.name))

    def disarm(self, entry: Entry) -> None:
        """Lets a policy ask again."""
        self._decide("disarm", entry, self.tr("{0} asks before it responds").format(entry.name))

    def _decide(self, command: str, entry: Entry, told: str) -> None:
        if entry.standing is None:
            return
        policy = entry.standing.name

        async def work() -> None:
            await self._desk.engine.call(command, policy=policy)
            self.done.emit(Done(told))

        self._run(work, told)

    def _run(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        async def in_turn() -> None:
            async with self._turn:
                await work()

        self._desk.errands.run(in_turn(), name, self._refused)

    def _refused(self, error: VmiError) -> None:
        self.failed.emit(error)
        self.look()
