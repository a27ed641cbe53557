"""Before anything is done it is written down, and after it what came of it: in one transaction with the audit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from vmi_console.errors import StorageError
from vmi_console.history import journal as rows
from vmi_console.response import audit
from vmi_console.response.audit import Entry, Verified
from vmi_console.response.keys import Keys
from vmi_console.response.quarantine import Case, Quarantine

log = logging.getLogger(__name__)

PAST = 200
"""Closed quarantines that are remembered after a start."""

_encode = msgspec.msgpack.Encoder().encode


class Store(Protocol):
    """`history.store.History`. All raise `StorageError`."""

    async def append(self, states: Sequence[rows.State], contents: Sequence[bytes], forge: rows.Forge, /) -> None:
        """On disk when it returns."""

    async def open_states(self) -> list[rows.State]:
        """Of what is under way."""

    async def past_states(self, count: int, /) -> list[rows.State]:
        """Of what was closed, newest first."""

    async def links(self, after: int, count: int, /) -> list[rows.Link]:
        """Of the audit."""


class Journal:
    """The journal and the audit of one console."""

    def __init__(self, store: Store, keys: Keys, heard: Callable[[Entry], None] = lambda entry: None) -> None:
        """`heard` is called with each entry once it is on disk."""
        self._store = store
        self._keys = keys
        self._heard = heard

    async def write(self, case: Case | None, *entries: Entry) -> None:
        """The case as it is now, and what is to be said of it. Raises `StorageError`: then nothing may be done."""
        states = [] if case is None else [_state(case)]
        key = await self._keys.signing()
        await self._store.append(states, [_encode(entry) for entry in entries], audit.forge(key))
        for entry in entries:
            self._heard(entry)

    async def open_cases(self) -> tuple[list[Case], int]:
        """Everything that is under way, and how many cases cannot be read. Raises `StorageError`."""
        cases = [_case(state) for state in await self._store.open_states()]
        readable = [case for case in cases if case is not None]
        return readable, len(cases) - len(readable)

    async def past(self) -> list[Quarantine]:
        """What was closed last, newest first, as far as it can be read. Raises `StorageError`."""
        cases = [_case(state) for state in await self._store.past_states(PAST)]
        return [case.quarantine for case in cases if case is not None]

    async def entries(self, after: int = 0, count: int = 1000) -> list[Entry]:
        """Entries of the audit with numbers above `after`, oldest first. Raises `StorageError`."""
        try:
            return [msgspec.msgpack.decode(link.content, type=Entry) for link in await self._store.links(after, count)]
        except ValueError as error:
            raise StorageError(f"the audit cannot be read: {error}", "verify it, to see where it is broken") from error

    async def verify(self, head: str = "") -> Verified:
        """What the audit proves. Raises `StorageError`."""
        return await audit.verify(self._store.links, await self._keys.signing(), head)


def _state(case: Case) -> rows.State:
    return rows.State(case.quarantine.id, _encode(case), case.quarantine.stage.is_closed)


def _case(state: rows.State) -> Case | None:
    try:
        return msgspec.msgpack.decode(state.content, type=Case)
    except ValueError as error:
        log.error("the journal's case %s cannot be read: %s", state.subject, error)
        return None
