"""The course of events: every recorded state between two times, in order, for whoever follows only some of it.

Most of what happens concerns nobody who asks about one thing: machines are moved about all day, while a policy reads
their VLANs. A *lens* looks at the bytes of the fields that are read, and only a state that is another in one of them
becomes a record.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.history import rows
from vmi_console.history.reader import Moved, Reader
from vmi_console.history.revisions import State, Unpackable, unpacked, whole

BASES_KEPT_BYTES = 192 << 20
"""Of whole states that others lean on, unpacked: a kilobyte or two each, of VMs and guests alike."""

ABSENT = msgspec.Raw(b"\xc1")
"""Stands for a field that is not in a record's bytes: MessagePack never uses it."""

type Fields = Mapping[str, Collection[str]]
"""By kind of record, the fields that are followed; all of a kind that is not mentioned."""


class Turn(NamedTuple):
    """What was another from a time on."""

    at: datetime
    moved: Moved


class Course:
    """What happened after `since`, until `until`. Blocks; everything raises `StorageError`."""

    def __init__(self, reader: Reader, since: datetime, until: datetime, fields: Fields) -> None:
        self._reader = reader
        self._since, self._until = since, until
        self._lenses = {kind: _Lens(some) for kind, some in fields.items()}
        self._names: dict[int, EntityId] = {}
        self._bases: OrderedDict[int, tuple[int, bytes]] = OrderedDict()  # by entity: since when, and the state
        self._kept_bytes = 0  # of all of them

    def beginning(self) -> list[AnyRecord]:
        """Every record as it was at `since`. What is another since then is told by `turns`, to be asked after this."""
        found: list[AnyRecord] = []
        for kept in self._reader.states_at(self._since):
            state = kept.state
            self._names[state.entity] = kept.id
            if state.base is not None and (base := kept.base()) is not None:
                self._keep(state.entity, state.base, base)
            self._take(state, self._blob(state), found, [])
        return found

    def turns(self) -> Iterator[Turn]:
        """What was another at each time at which anything was recorded."""
        for at, states in itertools.groupby(
            self._reader.states_between(self._since, self._until), lambda each: each.at
        ):
            moved = Moved([], [])
            for state in states:
                self._take(state, self._blob(state), moved.records, moved.gone)
            if moved.records or moved.gone:
                time = rows.to_time(at)
                assert time is not None
                yield Turn(time, moved)

    def _take(self, state: State, blob: bytes | None, records: list[AnyRecord], gone: list[EntityId]) -> None:
        entity = self._name(state.entity)
        lens = self._lenses.get(kind_of(entity))
        if state.content is None:
            if lens is not None:
                lens.forget(state.entity)
            gone.append(entity)
            return
        if lens is not None and not lens.shows_another(state.entity, blob):
            return
        record = self._reader.record(entity, blob, state.schema)
        if record is None:
            gone.append(entity)  # what cannot be told is not shown as it was at another time
        else:
            records.append(record)

    def _name(self, entity: int) -> EntityId:
        name = self._names.get(entity)
        if name is None:
            name = self._names[entity] = self._reader.subject(entity)
        return name

    def _blob(self, state: State) -> bytes | None:
        """What a state holds; None where it was gone, or cannot be read."""
        if state.content is None:
            return None
        try:
            if state.base is None:
                blob = unpacked(state.form, state.content, None)
                self._keep(state.entity, state.at, blob)  # the next ones lean on it
                return blob
            since, base = self._bases.get(state.entity, (None, None))
            if since != state.base:
                base = whole(self._reader.state(state.entity, state.base))
                if base is not None:
                    self._keep(state.entity, state.base, base)
            return unpacked(state.form, state.content, base)
        except Unpackable:
            return None

    def _keep(self, entity: int, at: int, base: bytes) -> None:
        self._drop(self._bases.pop(entity, None))
        self._bases[entity] = at, base
        self._kept_bytes += len(base)
        while self._kept_bytes > BASES_KEPT_BYTES:
            self._drop(self._bases.popitem(last=False)[1])

    def _drop(self, kept: tuple[int, bytes] | None) -> None:
        if kept is not None:
            self._kept_bytes -= len(kept[1])


class _Lens:
    """Sees some fields of the records of one kind, and remembers of each how they were."""

    def __init__(self, fields: Collection[str]) -> None:
        seen = msgspec.defstruct("Seen", [(field, msgspec.Raw, ABSENT) for field in fields], gc=False)
        self._decode = msgspec.msgpack.Decoder(seen).decode
        self._last: dict[int, bytes] = {}

    def shows_another(self, entity: int, blob: bytes | None) -> bool:
        """Whether a state is another than the last one in these fields. One that cannot be read always is."""
        if blob is None:
            self.forget(entity)
            return True
        try:
            fields = msgspec.structs.astuple(self._decode(blob))
        except ValueError:
            self.forget(entity)
            return True
        seen = hashlib.blake2b(b"".join(fields), digest_size=16).digest()
        if self._last.get(entity) == seen:
            return False
        self._last[entity] = seen
        return True

    def forget(self, entity: int) -> None:
        """It is gone: should it come back, it is another."""
        self._last.pop(entity, None)
