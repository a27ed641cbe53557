"""Paints the picture: sections, lanes and cells with their labels, the wires over them, and what is selected.

What is far is told in counts, what is near by name (`tiles` has the levels). Only what is on screen is painted.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.gui import icons
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import CONNECTION, STALE, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.topology.camera import Camera
from vmi_console.gui.topology.ink import Ink, Line, tone_of
from vmi_console.gui.topology.packing import Box
from vmi_console.gui.topology.scene import Apart, Area, Cell, Lane, Scene, Section
from vmi_console.gui.topology.tiles import Tiles
from vmi_console.gui.topology.wiring import Wire, Wires
from vmi_console.gui.wording import Wording, number
from vmi_console.plain_text import visible

REACH = 20  # pixels around a box in which something of it may be drawn
PINNED = 132  # pixels of a lane's label that stays in view
RING = 14  # pixels that a selected tile is seen by at least


_NUMBERED = (VlanMode.ACCESS, VlanMode.PRIVATE)


@dataclass(frozen=True)
class Pointers:
    """What is selected (the first one leads), what is under the pointer, and whether the keyboard is here."""

    selected: tuple[EntityId, ...] = ()
    hovered: Box | None = None
    focused: bool = False


class Drawing(QObject):
    """Draws scenes. It keeps nothing of them."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._wording = Wording(replica)
        self.tiles = Tiles(replica, self)

    def paint(
        self,
        painter: QPainter,
        area: QRect,
        ratio: float,
        font: QFont,
        scene: Scene,
        camera: Camera,
        wires: Wires,
        pointers: Pointers,
    ) -> None:
        """Paints all of `scene` that is seen through `camera` on `area`, whose corner is at 0, 0."""
        self.paint_ground(painter, area, ratio, font, scene, camera)
        self.paint_over(painter, area, ratio, font, scene, camera, wires, pointers)

    def paint_ground(
        self,
        painter: QPainter,
        area: QRect,
        ratio: float,
        font: QFont,
        scene: Scene,
        camera: Camera,
        *,
        coarse: bool = False,
    ) -> None:
        """Everything that stands still: lanes, cells and tiles; coarsely, tiles are but their colours."""
        ink = Ink(painter, font, ratio)
        painter.fillRect(area, QColor(ink.theme.window))
        seen = camera.seen(area.width(), area.height(), REACH)
        for section in scene.sections:
            if not section.box.meets(seen):
                continue
            for kind in Area:
                for lane in section.lanes_in(kind, seen):
                    if kind is not Area.SWITCHES:
                        self._lane(ink, lane, camera)
                    for cell in lane.cells:
                        if cell.place.box.meets(seen):
                            self._cell(ink, cell, camera, seen, coarse=coarse)

    def paint_over(
        self,
        painter: QPainter,
        area: QRect,
        ratio: float,
        font: QFont,
        scene: Scene,
        camera: Camera,
        wires: Wires,
        pointers: Pointers,
    ) -> None:
        """What lies over it: wires, labels that stay in view, and what is selected."""
        ink = Ink(painter, font, ratio)
        seen = camera.seen(area.width(), area.height(), REACH)
        self._wires(ink, wires, camera)
        for section in scene.sections:
            if section.box.meets(seen):
                if section.title.meets(seen):
                    self._title(ink, scene, section, camera)
                for lane in section.lanes_in(Area.NETWORKS, seen):
                    label = on_screen(lane.label, camera).adjusted(8, 2, -6, -2)
                    self._lane_label(ink, lane, label, ink.theme.hover)
                    self._pinned(ink, lane, camera)
        self._pointers(ink, scene, camera, area, pointers)

    # --- sections, lanes, cells -----------------------------------------------------------------------------------

    def _title(self, ink: Ink, scene: Scene, section: Section, camera: Camera) -> None:
        rect = on_screen(section.title, camera)
        rect.setLeft(max(rect.left(), 0) + 4)
        rect.setHeight(min(rect.height(), 40))
        connection = self._replica.records.get(scene.connection_of(section) or EntityId(""))
        if not isinstance(connection, Connection) or rect.height() < ink.line:
            return
        lively = self._replica.link.up
        state = CONNECTION[connection.health.state] if lively else STALE
        ink.icon(state.icon, state.tone, rect.x(), rect.y() + (rect.height() - icons.SIZE) // 2)
        rect.setLeft(rect.left() + 24)
        taken = ink.text(rect, visible(connection.name, 80), ink.theme.text, bold=True)
        rect.setLeft(rect.left() + taken + 12)
        tone = Tone.MUTED if state.calm else state.tone
        detail = self._wording.connection_detail(connection)
        ink.text(rect, detail, ink.theme.tone(tone), elide=Qt.TextElideMode.ElideRight)

    def _lane(self, ink: Ink, lane: Lane, camera: Camera) -> None:
        rect = on_screen(lane.box, camera)
        ink.frame(rect, ink.theme.line, ink.theme.hover)
        if lane.area is Area.HOSTS and lane.label.height:
            label = on_screen(lane.label, camera)
            hosts = self.tr("%Ln host(s)", "", sum(len(cell.where) for cell in lane.cells))
            name = self._wording.name(lane.key) if isinstance(lane.key, str) else self.tr("No datacenter")
            self._name_and_count(ink, label.adjusted(8, 0, -6, 0), name, hosts)

    def _lane_label(self, ink: Ink, lane: Lane, rect: QRect, ground: str) -> None:
        """The VLAN, its networks, and how much is in it; wires pass below."""
        theme = ink.theme
        title, networks = self.lane_name(lane.key), self._networks_of(lane)
        odd = sum(len(cell.odd) for cell in lane.cells)
        one_line = rect.height() < 2 * ink.line - 2
        room = rect.width() - (16 if odd and one_line else 0)
        if (
            isinstance(lane.key, Vlan)
            and lane.key.mode in _NUMBERED
            and ink.bold_metrics.horizontalAdvance(title) > room
        ):
            title = str(lane.key)  # the number matters more than the word
        vms = sum(len(cell.where) for cell in lane.cells)
        if one_line:
            ink.painter.fillRect(rect, QColor(ground))
            if odd and rect.height() >= ink.line - 3:
                ink.icon("flag", Tone.WARNING, rect.right() - 13, rect.y() + (rect.height() - 14) // 2, 14)
                rect.setRight(rect.right() - 15)
            count = f"{networks} · {number(vms)}" if networks else number(vms)
            self._name_and_count(ink, rect, title, count)
            return
        counts = self.tr("%Ln VM(s)", "", vms)
        if len(lane.cells) > 1:
            counts = f"{counts} · " + self.tr("%Ln network(s)", "", len(lane.cells))
        lines = [Line(title, theme.text, bold=True)]
        lines += [Line(networks, theme.text, name=True)] if networks else []
        lines += [Line("⚑ " + self.tr("%Ln out of place", "", odd), theme.warning)] if odd else []
        lines.append(Line(counts, theme.muted))
        rect.setHeight(min(rect.height(), 6 * ink.line))
        ink.lines(rect, lines, plate=ground)

    def _networks_of(self, lane: Lane) -> str:
        """The names of a lane's networks; what several have for a name is said once."""
        if lane.key is Apart.UNPLUGGED:
            return ""
        return ", ".join(dict.fromkeys(self.cell_name(cell) for cell in lane.cells[:8]))

    def _name_and_count(self, ink: Ink, rect: QRect, name: str, count: str) -> None:
        """A name, and behind it how much there is, as far as there is room."""
        taken = ink.text(rect, name, ink.theme.text, bold=True)
        rest = rect.adjusted(taken + 10, 0, 0, 0)
        if taken and rest.width() > 24:
            ink.text(rest, count, ink.theme.muted, elide=Qt.TextElideMode.ElideRight)

    def _cell(self, ink: Ink, cell: Cell, camera: Camera, seen: Box, *, coarse: bool) -> None:
        place = cell.place
        rect = on_screen(place.box, camera)
        if cell.area is not Area.SWITCHES and rect.width() > 4:
            ink.frame(rect, ink.theme.line, ink.theme.surface)
        if cell.where:
            self.tiles.paint(ink, cell, camera, seen, coarse=coarse)
        elif cell.area is Area.NETWORKS:
            room = on_screen(place.grid, camera)
            ink.text(room.adjusted(4, 0, 0, 0), self.tr("no VM"), ink.theme.muted)
        if place.head:
            head = on_screen(place.title, camera).adjusted(8, 1, -6, 0)
            height = place.head * camera.zoom  # unrounded, so that neighbours agree
            head.setHeight(0 if height < ink.line - 4 else max(ink.line, min(round(height), 3 * ink.line)))
            odd = len(cell.odd) if cell.area is Area.NETWORKS else 0
            if odd and head.height() >= ink.line and head.width() > 60:
                ink.icon("flag", Tone.WARNING, head.right() - 14, head.y() + (head.height() - 14) // 2, 14)
                head.setRight(head.right() - 18)
            self._name_and_count(ink, head, self.cell_name(cell), number(len(cell.where)))

    def _pinned(self, ink: Ink, lane: Lane, camera: Camera) -> None:
        """The label of a lane whose own is off to the left stays in view."""
        label, rect = on_screen(lane.label, camera), on_screen(lane.box, camera)
        if label.right() > PINNED - 20 or rect.right() < PINNED + 40:
            return
        top, bottom = max(rect.top(), 0), rect.bottom()
        height = min(bottom - top + 1, 3 * ink.line + 8)
        if height < ink.line:
            return
        plate = QRect(0, top, PINNED, height)
        ink.frame(plate, ink.theme.line, ink.theme.raised)
        self._lane_label(ink, lane, plate.adjusted(8, 3, -6, -3), ink.theme.raised)

    # --- wires ----------------------------------------------------------------------------------------------------

    def _wires(self, ink: Ink, wires: Wires, camera: Camera) -> None:
        if not wires.wires:
            return
        painter = ink.painter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        colour = QColor(ink.theme.accent if wires.lively else ink.theme.muted)
        colour.setAlphaF(0.8 if wires.lively else 0.45)
        painter.setPen(QPen(colour, 1.4 if wires.lively else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in wires.wires:
            painter.drawPath(_path(wire, camera))
        painter.restore()

    # --- what is pointed at ---------------------------------------------------------------------------------------

    def _pointers(self, ink: Ink, scene: Scene, camera: Camera, area: QRect, pointers: Pointers) -> None:
        if pointers.hovered is not None:
            ink.frame(on_screen(pointers.hovered, camera), ink.theme.muted)
        for place, entity in enumerate(pointers.selected[:200]):
            for box in scene.boxes_of(entity):
                rect = on_screen(box, camera)
                if not rect.intersects(area):
                    continue
                grow = max(0, (RING - min(rect.width(), rect.height())) // 2) if kind_is_tile(entity) else 0
                rect = rect.adjusted(-grow - 1, -grow - 1, grow + 1, grow + 1)
                ink.frame(rect, ink.theme.accent, width=2 if place == 0 else 1)
                if place == 0 and grow:
                    self._callout(ink, entity, rect, area)
        if pointers.focused:
            ink.frame(area, ink.theme.accent)

    def _callout(self, ink: Ink, entity: EntityId, rect: QRect, area: QRect) -> None:
        """The name of what is selected where its tile is too small to tell it."""
        record = self._replica.records.get(entity)
        if record is None:
            return
        stale = self._replica.is_stale(entity)
        seen = look(record)
        name = visible(record.name, 60)
        width = min(ink.metrics.horizontalAdvance(name) + 34, 260)
        left = rect.right() + 6 if rect.right() + 6 + width < area.right() else rect.left() - 6 - width
        plate = QRect(left, rect.center().y() - ink.line // 2 - 3, width, ink.line + 6)
        ink.frame(plate, ink.theme.accent, ink.theme.raised)
        ink.icon(seen.icon, tone_of(seen, stale=stale), plate.x() + 5, plate.y() + (plate.height() - 16) // 2)
        ink.text(plate.adjusted(25, 0, -6, 0), name, ink.theme.text)

    # --- words ----------------------------------------------------------------------------------------------------

    def lane_name(self, key: object) -> str:
        """What a lane of VMs stands for."""
        match key:
            case Vlan(mode=VlanMode.NONE):
                return self.tr("Untagged")
            case Vlan(mode=VlanMode.TRUNK):
                return self.tr("Trunk {0}").format(str(key).removeprefix("trunk "))
            case Vlan(mode=VlanMode.PRIVATE):
                return self.tr("Private VLAN {0}").format(str(key).removeprefix("private "))
            case Vlan():
                return self.tr("VLAN {0}").format(str(key))
            case Apart.UNPLUGGED:
                return self.tr("Without a network card")
            case _:
                return self.tr("VLAN not known")

    def cell_name(self, cell: Cell) -> str:
        """The network or cluster that a cell is."""
        if cell.entity is not None:
            return self._wording.name(cell.entity)
        match cell.area, cell.lane:
            case Area.NETWORKS, Apart.UNPLUGGED:
                return self.tr("not plugged in")
            case Area.NETWORKS, _:
                return self.tr("on no known network")
            case _:
                return self.tr("Hosts without a cluster")


def kind_is_tile(entity: EntityId) -> bool:
    """Whether an entity is drawn as a tile, which can be very small."""
    return entity.startswith(("vm/", "host/", "switch/"))


def on_screen(box: Box, camera: Camera) -> QRect:
    """A box in whole pixels; neighbours keep touching."""
    x, y = camera.across(box.x), camera.down(box.y)
    return QRect(x, y, max(1, camera.across(box.right) - x), max(1, camera.down(box.bottom) - y))


def _path(wire: Wire, camera: Camera) -> QPainterPath:
    """From the right edge of one box to the left edge of another: a curve in the gutter, straight in a lane."""

    def point(x: float, y: float) -> QPointF:
        return QPointF(x * camera.zoom - camera.left, y * camera.zoom - camera.top)

    start = point(wire.start.right, wire.start.middle[1])
    entry = wire.lane or wire.end
    height = wire.end.middle[1] if wire.lane is None else wire.end.y - 2
    target = point(entry.x, height)
    path = QPainterPath(start)
    bend = max(12.0, (target.x() - start.x()) / 2)
    path.cubicTo(start + QPointF(bend, 0), target - QPointF(bend, 0), target)
    if wire.lane is not None:
        path.lineTo(point(wire.end.x + 6, height))
        path.lineTo(point(wire.end.x + 6, wire.end.y))
    return path
