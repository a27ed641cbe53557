"""What the parts of a window work with: the replica they show, the engine they ask, what the operator prefers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmi_console.gui.link import Engine
from vmi_console.gui.loads import Loads
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist


@dataclass(frozen=True)
class Desk:
    """Handed to whatever a window is put together from; every window of a program has the same."""

    replica: Replica
    engine: Engine
    errands: Errands
    preferences: Preferences
    watchlist: Watchlist

    @cached_property
    def loads(self) -> Loads:
        """What was measured of whatever was watched, from the first question on."""
        return Loads(self.replica, self.replica)
