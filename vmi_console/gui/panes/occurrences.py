"""What stands in the rows of the change log: which changes are news, and which of them are one occurrence."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import State
from vmi_console.gui.wording import OWN_PARTS, Wording, clock
from vmi_console.plain_text import visible

FOLDED_WITHIN = timedelta(seconds=2)
"""The same change of several entities within this time is one row: a host that falls silent takes its VMs with it."""

MOST_OPEN = 1_000  # rows that may still grow; of more than these the one that grew longest ago does not

_own_keys = re.compile(rf"^({'|'.join(OWN_PARTS)})\[.*\]")


class Occurrence:
    """A row of the log: a change, or what happened to several entities at once.

    What it says is worked out when it is asked for, and once: of thousands of changes few are ever looked at.
    """

    __slots__ = ("_cells", "_haystack", "members")

    def __init__(self, change: Change) -> None:
        self.members = {change.entity: change}  # oldest first
        self._cells: tuple[str, ...] | None = None
        self._haystack = ""

    @property
    def newest(self) -> Change:
        return next(reversed(self.members.values()))

    def put(self, change: Change) -> None:
        """Takes another entity's change in, or an amended one in the place of what it was."""
        self.members[change.entity] = change
        self._cells = None
        self._haystack = ""

    def cells(self, wording: Wording) -> tuple[str, ...]:
        """One text for each column."""
        if self._cells is None:
            change, several = self.newest, len(self.members) > 1
            before, after = wording.sides(change) if change.path else ("", "")
            authors = dict.fromkeys(one.actor for one in self.members.values() if one.actor)
            self._cells = (
                clock(change.occurred_at or change.observed_at),
                wording.several(kind_of(change.entity), len(self.members)) if several else visible(change.name, 80),
                wording.action(change, several=several),
                before,
                "",
                after,
                visible(", ".join(authors), 60),
                wording.seen(change.seen),
            )
        return self._cells

    def haystack(self, wording: Wording) -> str:
        """What a filter looks into: the cells, and the names of all members."""
        if not self._haystack:
            names = (visible(change.name, 80) for change in self.members.values())
            self._haystack = "\n".join((*self.cells(wording), *names)).casefold()
        return self._haystack


class Folding:
    """Finds the row that a change belongs to: the same happened to another entity of its kind a moment ago."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], tuple[datetime, Occurrence]] = {}

    def entry_of(self, change: Change) -> tuple[Occurrence, bool]:
        """The row, with the change in it, and whether it is a new one."""
        key = (
            kind_of(change.entity),
            change.action,
            _own_keys.sub(r"\1", change.path),
            *((_hashable(change.before), _hashable(change.after)) if change.path else ()),  # else whole records
            change.actor,
            change.seen,
        )
        since, entry = self._open.pop(key, (None, None))
        if (
            since is None
            or entry is None
            or change.observed_at - since > FOLDED_WITHIN
            or change.entity in entry.members
        ):
            since, entry = change.observed_at, Occurrence(change)
        else:
            entry.put(change)
        self._open[key] = since, entry
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        return entry, len(entry.members) == 1


class Bookkeeping:
    """Knows which changes are the console's own notes about its connections, and no news for an operator."""

    def __init__(self) -> None:
        self._told: dict[EntityId, object] = {}  # the state of a connection that was last told

    def has(self, change: Change) -> bool:
        """Whether this is one; changes are asked about in their order."""
        if kind_of(change.entity) != "connection":
            return False
        if change.path != "health.state":
            return change.action is Action.ADDED or change.path.startswith(("health", "product", "endpoint"))
        if change.after == State.CONNECTING or change.after == self._told.get(change.entity, State.LIVE):
            return True
        self._told[change.entity] = change.after
        return False


def _hashable(value: object) -> object:
    return repr(value) if isinstance(value, dict | list) else value
