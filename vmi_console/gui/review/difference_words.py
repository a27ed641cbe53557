"""What is different, in words: its cause or aspect, the property, both sides."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.replica import Replica
from vmi_console.gui.wording import Wording
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Stage
from vmi_console.review.causes import Cause, Group, Item


class DifferenceWords(QObject):
    """Everything it says is harmless."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._replica = replica
        self._wording = Wording(replica)

    def cause(self, group: Group) -> str:
        """Why the differences of a group came about, or which aspect of a machine they are of."""
        return {
            Cause.NETWORK: self.tr("network edited"),
            Cause.MOVE: self.tr("moved to another host"),
            Cause.INSIDE: self.tr("inside guests"),
            Cause.ITSELF: self.tr("its own"),
            Cause.ASPECT: self._aspect(group.field),
        }[group.cause]

    def what(self, item: Item) -> str:
        """The property, and what became of it."""
        return self._wording.action(self._as_change(item))

    def sides(self, item: Item) -> tuple[str, str]:
        """Before and after, or of the one and of the other."""
        return ("", "") if item.path == "" else self._wording.sides(self._as_change(item))

    def became(self, action: Action) -> str:
        """What became of a document."""
        return {
            Action.ADDED: self.tr("new"),
            Action.REMOVED: self.tr("gone"),
            Action.CHANGED: self.tr("another"),
        }[action]

    def stage(self, stage: str | None) -> str:
        """Of a quarantine; a newer console may know others."""
        if stage is None:
            return self._wording.none()
        return STAGE[Stage(stage)].word if stage in set(Stage) else visible(stage, 40)

    def _aspect(self, field: str) -> str:
        """One side of what a machine is."""
        words = {
            "state": self.tr("state"),
            "hardware": self.tr("hardware"),
            "nics": self.tr("network"),
            "disks": self.tr("storage"),
            "settings": self.tr("settings"),
            "tags": self.tr("tags and labels"),
            "guest": self.tr("guest system"),
            "applications": self.tr("applications"),
            "services": self.tr("services"),
            "patches": self.tr("patches"),
            "users": self.tr("users"),
            "sockets": self.tr("listening sockets"),
            "modules": self.tr("kernel modules"),
            "settings inside": self.tr("settings inside"),
            "autostart inside": self.tr("autostart inside"),
        }
        return words.get(field) or self._wording.field(field)

    def _as_change(self, item: Item) -> Change:
        return Change(
            number=0,
            entity=item.entity,
            name=item.name,
            action=item.action,
            path=item.path,
            before=item.before,
            after=item.after,
            observed_at=item.at or self._replica.now,
            seen=Seen.RESYNC,
        )
