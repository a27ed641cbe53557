"""What VMs have in common: for each of a few contents (a power state, tags, a software image) who has which.

Each VM has a row. A column holds a number for each row, the number of the content that the VM has, so that a
question is asked of each different content once and answered for all rows at machine speed. A set of rows is one
large integer: a byte for each row, the first in the lowest, which is 1 where the row belongs to it; sets are joined and
cut with `|` and `&`.

Columns are filled when they are first asked for, in steps, and follow every change from then on. One whose contents
are nearly all different (names, addresses) is of no use and given up.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView, Software

type Rows = int
type Steps[T] = Generator[None, None, T]
"""Work cut into pieces of less than a millisecond or two."""

NOBODY: Rows = 0
MOST_CONTENTS = 4_096
MOST_COLONS = 12
"""In a key; one with more may hold any name."""
ANY = "\n"
"""Stands for all names, none of which is that."""
ROWS_AT_ONCE = 1_000
GUESTS_AT_ONCE = 200
_BLOCK = 256
_FEW = 16
_SPARSE = 10
"""Where fewer than one of so many rows is meant, they are quicker searched for than gone through."""


def outcome[T](steps: Steps[T]) -> T:
    """What comes of all steps, taken without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


@dataclass(frozen=True, slots=True)
class Content:
    """Something hashable that VMs may have in common, known by its name.

    `of_guest`: it follows from what was found inside the guest, rather than from the VM's record alone.
    """

    name: str
    of: Callable[[VM, Inventory], Hashable] = field(compare=False)
    of_guest: bool = False


class Column:
    """Who has which of some contents. `contents` and `users` (how many rows have each) go by number; 0 is no VM."""

    def __init__(self, length: int = 0) -> None:
        self.contents: list[Any] = [None]
        self.users = [0]
        self._numbers: dict[Hashable, int] = {}
        self._free: list[int] = []
        self._low = bytearray(length)
        self._high = bytearray(length)

    def number(self, row: int) -> int:
        """The number of the content in a row."""
        return self._low[row] | self._high[row] << 8

    def used(self, rows: Sequence[int]) -> Iterable[int]:
        """The different numbers in some rows; all that are in use where that is quicker."""
        if len(self.contents) <= _FEW:
            return [number for number, users in enumerate(self.users) if users]
        return {self._low[row] | self._high[row] << 8 for row in rows}

    def rows(self, meant: bytes | bytearray) -> Rows:
        """The rows whose content is meant; `meant` holds a 1 for its number."""
        found = NOBODY
        for start in range(0, len(meant), _BLOCK):
            block = meant[start : start + _BLOCK]
            if 1 in block:
                part = int.from_bytes(self._low.translate(block.ljust(_BLOCK, b"\0")), "little")
                if len(self.contents) > _BLOCK:
                    here = bytearray(_BLOCK)
                    here[start // _BLOCK] = 1
                    part &= int.from_bytes(self._high.translate(here), "little")
                found |= part
        return found

    def append(self) -> None:
        """Another row, empty."""
        self._low.append(0)
        self._high.append(0)

    def put(self, row: int, content: Hashable) -> None:
        """Puts a content into a row."""
        number = self._numbers.get(content) or self._number_for(content)
        before = self._low[row] | self._high[row] << 8
        if before != number:
            self._low[row], self._high[row] = number & 255, number >> 8
            self.users[number] += 1
            if before:
                self._leave(before)

    def clear(self, row: int) -> None:
        """Empties a row."""
        if before := self.number(row):
            self._low[row] = self._high[row] = 0
            self._leave(before)

    @property
    def is_useless(self) -> bool:
        """Whether contents are too different to be worth a column."""
        return len(self._numbers) > MOST_CONTENTS

    def _number_for(self, content: Hashable) -> int:
        if self._free:
            number = self._free.pop()
            self.contents[number] = content
        else:
            number = len(self.contents)
            self.contents.append(content)
            self.users.append(0)
        self._numbers[content] = number
        return number

    def _leave(self, number: int) -> None:
        self.users[number] -= 1
        if not self.users[number]:
            del self._numbers[self.contents[number]]
            self.contents[number] = None
            self._free.append(number)


class Deviations:
    """In which names guests differ, or have differed of late, from their software image: rather too many than too few.

    Of what a guest has beside its image the names are known, of what it has not only the keys.
    """

    def __init__(self, length: int = 0) -> None:
        self._rows: dict[str, array[int]] = {}  # by what stands for a name
        self._standing_for: dict[str, set[str]] = {}  # by name in folded case
        self._noted: list[FactView[Any] | None] = [None] * length

    def append(self) -> None:
        """Another row."""
        self._noted.append(None)

    def note(self, row: int, facts: FactView[Any]) -> None:
        """What was found in the guest of a row."""
        if facts.image is None:
            return
        known = self._noted[row]
        self._noted[row] = facts
        if known is not None and known.own_names == facts.own_names and known.facts.removed == facts.facts.removed:
            return
        for name in facts.own_names:
            rows = self._rows.get(name)
            if rows is None:
                rows = self._known(name, (name,))
            if known is None or row not in rows:
                rows.append(row)
        for key in facts.facts.removed:
            rows = self._rows.get(key)
            if rows is None:
                rows = self._known(key, names_in(key) if key.count(":") <= MOST_COLONS else (ANY,))
            if known is None or row not in rows:
                rows.append(row)

    def rows(self, names: Iterable[str], patterns: Iterable[Callable[[str], object]], length: int) -> Rows:
        """The rows of guests that differ in one of the names (in folded case), or in one that a pattern matches."""
        meant = {name for name in (*names, ANY) if name in self._standing_for}
        for matches in patterns:
            meant.update(name for name in self._standing_for if matches(name))
        found = bytearray(length)
        for text in {text for name in meant for text in self._standing_for[name]}:
            for row in self._rows[text]:
                found[row] = 1
        return int.from_bytes(found, "little")

    def _known(self, text: str, names: Iterable[str]) -> array[int]:
        for name in names:
            self._standing_for.setdefault(name.casefold(), set()).add(text)
        rows = self._rows[text] = array("I")
        return rows


def names_in(key: str) -> list[str]:
    """What may be the name in the key of an item: all of it, or a part between colons (see `facts`).

    >>> names_in("dpkg:sudo:amd64")
    ['dpkg:sudo:amd64', 'sudo']
    """
    parts = key.split(":")
    return [key, *(":".join(parts[i:j]) for i in range(1, len(parts) - 1) for j in range(i + 1, len(parts)))]


class Columns:
    """The VMs of an inventory by rows, and what they have in common. `follow` is to be told of all that changes.

    A row is never given to another VM: `tidied` gives new columns without the empty ones.
    """

    def __init__(self, inventory: Inventory, vms: Iterable[VM] | None = None) -> None:
        self.inventory = inventory
        self.vms: list[VM | None] = list(inventory.vms() if vms is None else vms)
        self._ids = [vm.id for vm in self.vms if vm is not None]  # also of those that have gone since
        self._places = {entity: row for row, entity in enumerate(self._ids)}
        self._numbers = list(range(len(self.vms)))
        self._present = bytearray(b"\1" * len(self.vms))
        self._columns: dict[Content, Column] = {}
        self._filled: dict[Content, int] = {}  # so many rows, of those that are not wholly filled
        self._given_up: dict[Content, int] = {}  # at so many VMs
        self._deviations: dict[str, Deviations] = {}
        self._noted: dict[str, int] = {}
        self._everybody: Rows | None = None
        self._last_picked: tuple[Rows, list[int]] = NOBODY, []

    def __len__(self) -> int:
        return len(self.vms)

    # --- rows -----------------------------------------------------------------------------------------------------

    @property
    def everybody(self) -> Rows:
        """The rows of all VMs."""
        if self._everybody is None:
            self._everybody = int.from_bytes(self._present, "little")
        return self._everybody

    def row(self, vm: EntityId) -> int | None:
        """The row of a VM; None where there is none."""
        return self._places.get(vm)

    def rows_of(self, vms: Iterable[EntityId]) -> Rows:
        """The rows of those of the VMs that are there."""
        found = bytearray(len(self.vms))
        for vm in vms:
            if (row := self._places.get(vm)) is not None:
                found[row] = 1
        return int.from_bytes(found, "little")

    def picked(self, rows: Rows, *, again: bool = False) -> list[int]:
        """The numbers of rows, ascending; `again`: the same are likely to be asked for soon."""
        if not rows:
            return []
        if not again:
            return self._pick(rows)
        if rows != self._last_picked[0]:
            self._last_picked = rows, self._pick(rows)
        return self._last_picked[1]

    def _pick(self, rows: Rows) -> list[int]:
        chosen = rows.to_bytes(len(self.vms), "little")
        if chosen.count(1) * _SPARSE > len(chosen):
            return list(compress(self._numbers, chosen))
        numbers, row = [], chosen.find(1)
        while row >= 0:
            numbers.append(row)
            row = chosen.find(1, row + 1)
        return numbers

    def ids(self, rows: Rows) -> list[EntityId]:
        """The ids of the VMs in rows, without those that have gone."""
        ids = self._ids
        return [ids[row] for row in self.picked(rows & self.everybody)]

    @property
    def empty(self) -> int:
        """How many rows are of VMs that have gone."""
        return len(self.vms) - len(self._places)

    def tidied(self) -> tuple[Columns, bytes]:
        """Columns without empty rows, in the same order, and which rows (1) are still there."""
        return Columns(self.inventory, (vm for vm in self.vms if vm is not None)), bytes(self._present)

    # --- what is in them ------------------------------------------------------------------------------------------

    def column(self, content: Content) -> Steps[Column | None]:
        """Who has which; None where that is too different from VM to VM."""
        if content in self._columns and content not in self._filled:
            return self._columns[content]
        if len(self._places) < 2 * self._given_up.get(content, 0):
            return None
        column = self._columns.get(content)
        if column is None:
            column = self._columns[content] = Column(len(self.vms))
            self._filled[content] = 0
        while (start := self._filled.get(content, -1)) >= 0:  # whoever else waits for it fills it too
            put, of, inventory = column.put, content.of, self.inventory
            for row, vm in enumerate(self.vms[start : start + ROWS_AT_ONCE], start):
                if vm is not None:
                    put(row, of(vm, inventory))
            if column.is_useless:
                self._give_up(content)
            elif start + ROWS_AT_ONCE >= len(self.vms):
                self._filled.pop(content)
            else:
                self._filled[content] = start + ROWS_AT_ONCE
                yield
        return self._columns.get(content)

    def deviating(self, field: str, names: Iterable[str], patterns: Iterable[Callable[[str], object]]) -> Steps[Rows]:
        """The rows whose guests may differ from their image in these names (of applications, of services)."""
        deviations = self._deviations.get(field)
        if deviations is None:
            deviations = self._deviations[field] = Deviations(len(self.vms))
            self._noted[field] = 0
        while (start := self._noted.get(field, -1)) >= 0:
            for row in range(start, min(start + GUESTS_AT_ONCE, len(self.vms))):
                self._note(field, deviations, row)
            if start + GUESTS_AT_ONCE >= len(self.vms):
                self._noted.pop(field)
            else:
                self._noted[field] = start + GUESTS_AT_ONCE
                yield
        return deviations.rows(names, patterns, len(self.vms))

    def _note(self, field: str, deviations: Deviations, row: int) -> None:
        vm = self.vms[row]
        software: Software | None = self.inventory.software(vm.id) if vm is not None else None
        if software is not None:
            deviations.note(row, software.facts(field))

    def _give_up(self, content: Content) -> None:
        del self._columns[content]
        self._filled.pop(content, None)
        self._given_up[content] = len(self._places)

    # --- keeping them true ----------------------------------------------------------------------------------------

    def follow(self, records: Iterable[AnyRecord], removed: Iterable[EntityId]) -> None:
        """Takes in what is another now, and what is gone."""
        for entity in removed:
            match kind_of(entity):
                case "vm":
                    self._remove(entity)
                case "guest":
                    self._follow_guest(entity_id("vm", endpoint_of(entity), native_of(entity)))
                case "softwareimage":
                    self._follow_image(entity)
                case _:
                    pass
        for record in records:
            match record:
                case VM():
                    self._follow_vm(record)
                case Guest(vm=vm):
                    self._follow_guest(vm)
                case SoftwareImage(id=entity):
                    self._follow_image(entity)
                case _:
                    pass

    def _follow_vm(self, vm: VM) -> None:
        row = self._places.get(vm.id)
        is_new = row is None
        if row is None:
            row = self._places[vm.id] = len(self.vms)
            self.vms.append(vm)
            self._ids.append(vm.id)
            self._numbers.append(row)
            self._present.append(1)
            self._everybody = None
            for column in self._columns.values():
                column.append()
            for deviations in self._deviations.values():
                deviations.append()
        self.vms[row] = vm
        for content, column in self._columns.items():
            if is_new or not content.of_guest:
                column.put(row, content.of(vm, self.inventory))
        self._give_up_useless()
        if is_new:
            self._follow_deviations(row)

    def _follow_guest(self, vm: EntityId) -> None:
        row = self._places.get(vm)
        record = self.vms[row] if row is not None else None
        if row is None or record is None:
            return
        for content, column in self._columns.items():
            if content.of_guest:
                column.put(row, content.of(record, self.inventory))
        self._give_up_useless()
        self._follow_deviations(row)

    def _follow_image(self, image: EntityId) -> None:
        if any(content.of_guest for content in self._columns) or self._deviations:
            for vm in self.inventory.vms_of_image(image):
                self._follow_guest(vm)

    def _follow_deviations(self, row: int) -> None:
        for facts, deviations in self._deviations.items():
            self._note(facts, deviations, row)

    def _give_up_useless(self) -> None:
        for content in [content for content, column in self._columns.items() if column.is_useless]:
            self._give_up(content)

    def _remove(self, vm: EntityId) -> None:
        row = self._places.pop(vm, None)
        if row is None:
            return
        self.vms[row] = None
        self._present[row] = 0
        self._everybody = None
        for column in self._columns.values():
            column.clear(row)
