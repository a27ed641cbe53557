"""The picture in words: for screen readers, tooltips and the line below it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import VM, Host, Network, Switch
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.topology.drawing import Drawing
from vmi_console.gui.topology.families import Odd
from vmi_console.gui.topology.finding import Spot
from vmi_console.gui.topology.scene import LaneKey, Scene
from vmi_console.gui.wording import Wording, clock, number
from vmi_console.plain_text import visible

MOST = 6  # lines of a kind


class Telling(QObject):
    """Says what is in the picture and what a spot in it is."""

    def __init__(self, replica: Replica, drawing: Drawing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._drawing = drawing
        self._wording = Wording(replica)

    def overview(self, scene: Scene, spot: Spot | None) -> str:
        """How much there is, and what is focused: “3 hosts, 12 networks, 200 VMs; focused: …”."""
        counts = scene.counts()
        there = ", ".join(
            (
                self.tr("%Ln host(s)", "", counts["host"]),
                self.tr("%Ln network(s)", "", counts["network"]),
                self.tr("%Ln VM(s)", "", counts["vm"]),
            )
        )
        odd = len(scene.families.odd)
        if odd:
            there = f"{there}, " + self.tr("%Ln out of place", "", odd)
        focused = self.line(spot) if spot is not None and spot.entities else self.tr("nothing")
        return self.tr("{0}; focused: {1}").format(there, focused)

    def line(self, spot: Spot) -> str:
        """A spot in a sentence."""
        if len(spot.entities) != 1:
            return self._wording.several(kind_of(spot.entities[0]), len(spot.entities)) if spot.entities else ""
        entity = spot.entities[0]
        record = self._replica.records.get(entity)
        if record is None:
            return self._wording.name(entity)
        words = [visible(record.name, 80), self._wording.kind(record.kind), self._wording.state(record)]
        match record:
            case VM():
                words += [self._nic(nic.network_name, nic.vlan) for nic in record.nics[:MOST]] or [
                    self.tr("without a network card")
                ]
                words.append(self.tr("on {0}").format(self._wording.name(record.host)))
            case Host():
                words.append(self.tr("%Ln VM(s)", "", len(self._replica.referring(entity, "vm"))))
            case Network():
                words.append(self._wording.vlan_of_network(record))
                words.append(self.tr("%Ln VM(s)", "", len(self._replica.referring(entity, "vm"))))
            case Switch():
                words.append(self._drawing.tiles.uplinks(record))
        return ", ".join(word for word in words if word)

    def tooltip(self, scene: Scene, spot: Spot) -> str:
        """What a spot is, how it is wired, and why it is out of place if it is."""
        if len(spot.entities) != 1:
            lines = [self._wording.name(entity) for entity in spot.entities[: 2 * MOST]]
            if len(spot.entities) > 2 * MOST:
                lines.append(self.tr("… and {0} more").format(number(len(spot.entities) - 2 * MOST)))
            return tooltip(*lines) if lines else ""
        entity = spot.entities[0]
        record = self._replica.records.get(entity)
        if record is None:
            return ""
        lines = [visible(record.name, 200), *self._wording.tooltip(record)]
        match record:
            case VM():
                for nic in record.nics[:MOST]:
                    lines.append(f"{visible(nic.label or nic.key, 40)}: {self._nic(nic.network_name, nic.vlan)}")
                lines += self._why(scene, spot)
            case Network():
                lines.append(self._wording.vlan_of_network(record))
                lines.append(self.tr("%Ln VM(s)", "", len(self._replica.referring(entity, "vm"))))
            case Switch():
                lines.append(self._drawing.tiles.uplinks(record))
            case Host():
                lines += [f"{visible(port.key, 40)} → {self._wording.name(port.switch)}" for port in record.nics[:MOST]]
        return tooltip(*lines)

    def _nic(self, network: str | None, vlan: object) -> str:
        name = visible(network, 60) if network else self.tr("no known network")
        return f"{name} ({self._drawing.lane_name(vlan)})"

    def _why(self, scene: Scene, spot: Spot) -> list[str]:
        """Why a VM is flagged, and who brought it there if that is known."""
        entity = spot.entities[0]
        lanes: list[LaneKey] = [cell.lane for cell in scene.cells_of(entity)]
        told = [self._odd(why) for lane in lanes if (why := scene.families.odd.get((entity, lane))) is not None]
        return [*told, *self._moved(entity)] if told else []

    def _odd(self, why: Odd) -> str:
        return self.tr("Out of place: {0} of {1} called “{2}…” are on {3}").format(
            number(why.there),
            number(why.of),
            visible(why.family, 40),
            self._drawing.lane_name(why.usual),
        )

    def _moved(self, entity: EntityId) -> list[str]:
        for change in reversed(self._replica.changes):
            if change.entity == entity and change.path.startswith("nics["):
                told = " → ".join(self._wording.sides(change))
                by = visible(change.actor, 40) if change.actor else self.tr("nobody known")
                when = clock(change.occurred_at or change.observed_at)
                return [self.tr("{0} {1}, by {2}").format(when, told, by)]
        return []
