"""Who is a member of which policies: for each VM a set of policies (a bit for each), and for each policy its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import compress

from vmi_console.estate.columns import Columns, Rows
from vmi_console.estate.identity import EntityId


class Rolls:
    """The members of policies, each known by its bit."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._policies: list[int] = []  # by row; may be shorter than the columns
        self._rows: dict[int, bytearray] = {}  # by bit; may be shorter than the columns
        self._counts: dict[int, int] = {}
        self._as_rows: dict[int, Rows] = {}  # what was asked for, until it is another

    def policies(self, vm: EntityId) -> int:
        """The policies that a VM is a member of."""
        row = self.columns.row(vm)
        return self._policies[row] if row is not None and row < len(self._policies) else 0

    def rows(self, bit: int) -> Rows:
        """The rows of a policy's members."""
        rows = self._as_rows.get(bit)
        if rows is None:
            rows = self._as_rows[bit] = int.from_bytes(self._rows.get(bit, b""), "little")
        return rows

    def members(self, bit: int) -> list[EntityId]:
        """The ids of a policy's members."""
        return self.columns.ids(self.rows(bit))

    def count(self, bit: int) -> int:
        """How many members a policy has."""
        return self._counts.get(bit, 0)

    def put(self, vm: EntityId, policies: int) -> None:
        """A VM is a member of these policies, and of no others."""
        row = self.columns.row(vm)
        if row is None:
            return
        self._reach(row + 1)
        for bit in bits(self._policies[row] ^ policies):
            self._of(bit, row + 1)[row] = is_member = bool(policies & bit)
            self._counts[bit] += 1 if is_member else -1
        self._policies[row] = policies

    def turn(self, bit: int, rows: Rows) -> None:
        """The VMs in these rows become members of a policy where they were not, and cease to be where they were."""
        members = self._of(bit, len(self.columns))
        self._reach(len(self.columns))
        policies = self._policies
        for row in self.columns.picked(rows):
            members[row] ^= 1
            policies[row] ^= bit
        self._counts[bit] = members.count(1)

    def leave(self, vm: EntityId) -> None:
        """A VM, which still has its row, is about to be gone: it is a member of nothing."""
        self.put(vm, 0)

    def forget(self, gone: int) -> None:
        """Some policies are gone, and have no members."""
        for bit in bits(gone):
            for row in self.columns.picked(self.rows(bit)):
                self._policies[row] &= ~bit
            self._rows.pop(bit, None)
            self._counts.pop(bit, None)
            self._as_rows.pop(bit, None)

    def renumber(self, columns: Columns, kept: bytes) -> None:
        """The rows are others: `kept` says which of them are left."""
        self.columns = columns
        self._as_rows = {}
        self._policies = list(compress(self._policies, kept))
        self._rows = {bit: bytearray(compress(rows, kept)) for bit, rows in self._rows.items()}

    def _reach(self, length: int) -> None:
        self._policies.extend([0] * (length - len(self._policies)))

    def _of(self, bit: int, length: int) -> bytearray:
        """The rows of a policy, at least so many, to be changed."""
        self._as_rows.pop(bit, None)
        rows = self._rows.get(bit)
        if rows is None:
            rows = self._rows[bit] = bytearray(length)
            self._counts[bit] = 0
        elif len(rows) < length:
            rows.extend(bytes(length - len(rows)))
        return rows


class Vms(Collection[EntityId]):
    """The VMs in some rows, as their ids."""

    def __init__(self, columns: Columns, rows: Rows) -> None:
        self._columns = columns
        self._rows = rows

    def __contains__(self, vm: object) -> bool:
        row = self._columns.row(vm)  # type: ignore[arg-type]
        return row is not None and row < len(self._chosen) and self._chosen[row] == 1

    def __eq__(self, other: object) -> bool:
        """Whether they are the same, as far as that is cheap to say: those of other columns never are."""
        return isinstance(other, Vms) and self._columns is other._columns and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _chosen(self) -> bytes:
        return self._rows.to_bytes(len(self._columns), "little")

    def __iter__(self) -> Iterator[EntityId]:
        return iter(self._columns.ids(self._rows))

    def __len__(self) -> int:
        return self._rows.bit_count()


def bits(mask: int) -> Iterator[int]:
    """The bits that are set, one by one."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
