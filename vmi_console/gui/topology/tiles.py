"""Paints the tiles of a cell, at the level of detail that their size on screen has room for."""

from __future__ import annotations

from enum import IntEnum
from weakref import WeakKeyDictionary

from PySide6.QtCore import QLineF, QObject, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Host, Switch
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import STALE as STALE_LOOK
from vmi_console.gui.states import look
from vmi_console.gui.theme import Colours, Tone
from vmi_console.gui.topology import packing
from vmi_console.gui.topology.camera import Camera
from vmi_console.gui.topology.glyphs import DIMMED, STALE, look_of
from vmi_console.gui.topology.ink import FAINT, Ink, Line, colour_table, tone_of
from vmi_console.gui.topology.packing import Box
from vmi_console.gui.topology.scene import OWN_SWITCHES, Area, Cell
from vmi_console.gui.wording import UNKNOWN
from vmi_console.plain_text import visible


class Level(IntEnum):
    """How much of a tile is told."""

    AREA = 0  # its colour
    SHAPE = 1  # its state's icon
    NAME = 2  # and its name
    FULL = 3  # and a second line


SHAPE_FROM = 10  # pixels of height
NAME_FROM = 13
NAME_WIDTH = 64
FLAGGED_WIDTH = 100  # below it a name matters more than the flag: the tile is the only one with a frame
FULL_FROM = 30
SPACED_FROM = 4  # where tiles are told from each other by gaps


def level_of(tile_width: float, tile_height: float) -> Level:
    """The level for tiles of this size in pixels."""
    if tile_height < SHAPE_FROM:
        return Level.AREA
    if tile_height < NAME_FROM or tile_width < NAME_WIDTH:
        return Level.SHAPE
    return Level.NAME if tile_height < FULL_FROM else Level.FULL


class Tiles(QObject):
    """Paints cells. What tiles say comes from the replica, how they look from the bytes of the cell."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._images: WeakKeyDictionary[Cell, tuple[tuple[int, int, int, str], QImage]] = WeakKeyDictionary()

    def level(self, cell: Cell, zoom: float) -> Level:
        tile = cell.place.tile
        height = tile.height if cell.area is Area.SWITCHES else packing.VM_TILE.height
        return level_of(tile.width * zoom, height * zoom)

    def paint(self, ink: Ink, cell: Cell, camera: Camera, seen: Box, *, coarse: bool = False) -> None:
        """The tiles of a cell that are on screen; coarsely no more than their colours."""
        level = Level.AREA if coarse and cell.area is not Area.SWITCHES else self.level(cell, camera.zoom)
        place = cell.place
        part = place.part(seen)
        if level is Level.AREA:
            self._areas(ink, cell, camera, part)
            self._flags(ink, cell, camera)
            return
        for row in range(part.y, part.bottom):
            start = row * place.columns
            for slot in range(start + part.x, min(start + part.right, len(cell.slots))):
                entity = cell.slots[slot]
                if entity is None:
                    continue
                box = place.tile_box(slot)
                x, y = camera.across(box.x), camera.down(box.y)
                rect = QRect(x, y, camera.across(box.right) - x, camera.down(box.bottom) - y)
                self._tile(ink, cell, entity, cell.states[slot], rect, level)

    # --- levels ---------------------------------------------------------------------------------------------------

    def _areas(self, ink: Ink, cell: Cell, camera: Camera, part: Box) -> None:
        """The seen part of a cell as an image of one pixel for each tile."""
        if not part.width or not part.height:
            return
        place, painter = cell.place, ink.painter
        across, down = place.tile.across * camera.zoom, place.tile.down * camera.zoom
        x = place.grid.x * camera.zoom - camera.left + part.x * across
        y = place.grid.y * camera.zoom - camera.top + part.y * down
        target = QRectF(x, y, part.width * across, part.height * down)
        spaced = down >= SPACED_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not spaced)
        painter.drawImage(target, self._image(cell, ink.theme), QRectF(*part))
        if spaced:
            painter.setPen(QPen(QColor(ink.theme.surface), 1))
            right, bottom = target.right(), target.bottom()
            lines = [QLineF(x, y + row * down, right, y + row * down) for row in range(part.height + 1)]
            lines += [QLineF(x + step * across, y, x + step * across, bottom) for step in range(part.width + 1)]
            painter.drawLines(lines)

    def _image(self, cell: Cell, theme: Colours) -> QImage:
        """Of all tiles of a cell; kept until one of them changes."""
        kept = self._images.get(cell)
        place = cell.place
        stamp = cell.version, place.columns, place.rows, theme.window
        if kept is not None and kept[0] == stamp:
            return kept[1]
        size = place.columns * place.rows
        content = bytes(cell.states[:size]).ljust(size, b"\0")
        indexed = QImage(content, place.columns, place.rows, place.columns, QImage.Format.Format_Indexed8)
        indexed.setColorTable(colour_table(theme))
        image = indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self._images[cell] = stamp, image
        return image

    def _flags(self, ink: Ink, cell: Cell, camera: Camera) -> None:
        """Who is out of place is seen from afar."""
        for entity in cell.odd:
            box = cell.box_of(entity)
            if box is not None:
                x, y = box.middle
                flag = QRect(camera.across(x) - 7, camera.down(y) - 7, 14, 14)
                ink.painter.fillRect(flag, QColor(ink.theme.surface))
                ink.icon("flag", Tone.WARNING, flag.x() + 1, flag.y() + 1, 12)

    def _tile(self, ink: Ink, cell: Cell, entity: EntityId, code: int, rect: QRect, level: Level) -> None:
        seen = look_of(code)
        if seen is None:
            return
        painter, theme = ink.painter, ink.theme
        dimmed = bool(code & DIMMED)
        if dimmed:
            painter.setOpacity(FAINT)
        stale = bool(code & STALE)
        tone = tone_of(seen, stale=stale)
        odd = entity in cell.odd
        if level is Level.SHAPE:
            size = min(rect.height(), 16)
            x = rect.x() + (0 if rect.width() > 2 * size else (rect.width() - size) // 2)
            ink.icon(seen.icon, tone, x, rect.y() + (rect.height() - size) // 2, size)
            if odd:
                ink.icon("flag", Tone.WARNING, x + size, rect.y() + (rect.height() - size) // 2, size)
        else:
            if level is Level.FULL or odd or cell.area is not Area.NETWORKS:
                ink.frame(rect, theme.warning if odd else theme.line, theme.raised)
            self._tell(ink, cell, entity, rect, level, seen.icon, tone, stale=stale, odd=odd)
        if dimmed:
            painter.setOpacity(1)

    def _tell(
        self,
        ink: Ink,
        cell: Cell,
        entity: EntityId,
        rect: QRect,
        level: Level,
        icon: str,
        tone: Tone,
        *,
        stale: bool,
        odd: bool,
    ) -> None:
        record = self._replica.records.get(entity)
        if record is None:
            return
        theme = ink.theme
        odd &= rect.width() >= FLAGGED_WIDTH
        name = visible(record.name, 80) or self.tr("(no name)")
        if (
            isinstance(record, Host)
            and not name[0].isdigit()
            and ink.metrics.horizontalAdvance(name) > rect.width() - 24
        ):
            name = name.partition(".")[0]  # the domain is the same for all
        lines = [Line(name, theme.muted if stale else theme.text, name=True)]
        details: list[str] = []
        if level is Level.FULL:
            match record:
                case VM():
                    lines.append(Line(self.second_line(record, cell, stale=stale), theme.muted))
                case Host():
                    lines.append(Line(self.host_line(record, stale=stale), theme.muted))
                    details = self.own_switches(cell, record)
                case Switch():
                    lines.append(Line(self.uplinks(record), theme.muted))
        height = min(rect.height(), round(36 * rect.height() / cell.place.tile.height)) if details else rect.height()
        total = min(len(lines), max(1, height // ink.line)) * ink.line
        top = rect.y() + (height - total) // 2
        size = min(16, height - 4)
        pad = 4 if level is Level.FULL else 2
        ink.icon(icon, tone, rect.x() + pad, rect.y() + (height - size) // 2, size)
        left = size + 2 * pad
        room = QRect(rect.x() + left, top, rect.width() - left - 2 - (14 if odd else 0), max(total, ink.line))
        ink.lines(room, lines)
        if odd:
            ink.icon("flag", Tone.WARNING, rect.right() - 13, rect.y() + (height - 12) // 2, 12)
        for number, detail in enumerate(details):
            share = (rect.height() - height) / max(1, len(details))
            line = QRect(rect.x() + 6, round(rect.y() + height + number * share), rect.width() - 10, int(share))
            if line.height() >= ink.line - 2:
                ink.icon("switch", Tone.MUTED, line.x(), line.y() + (line.height() - 14) // 2, 14)
                ink.text(line.adjusted(18, 0, 0, 0), detail, theme.muted)

    # --- words ----------------------------------------------------------------------------------------------------

    def second_line(self, vm: VM, cell: Cell, *, stale: bool) -> str:
        """A state that is not the normal one, else the VM's address in this network."""
        seen = look(vm)
        words = [] if seen.calm else [seen.word]
        words += [STALE_LOOK.word] if stale else []
        if words:
            return " · ".join(words)
        addresses = [address.ip for nic in vm.nics if nic.network == cell.entity for address in nic.addresses]
        return visible(addresses[0], 60) if addresses else UNKNOWN

    def host_line(self, host: Host, *, stale: bool) -> str:
        seen = look(host)
        words = [] if seen.calm else [seen.word]
        words += [STALE_LOOK.word] if stale else []
        words.append(self.tr("%Ln VM(s)", "", len(self._replica.referring(host.id, "vm"))))
        return " · ".join(words)

    def own_switches(self, cell: Cell, host: Host) -> list[str]:
        """The switches that are this host's alone, with their uplinks; the last line says how many more there are."""
        ids = cell.section.own_switches.get(host.id, [])
        found = [record for each in ids if isinstance(record := self._replica.records.get(each), Switch)]
        found.sort(key=lambda switch: switch.name)
        told = [f"{visible(switch.name, 40)}  {self.uplinks(switch)}" for switch in found]
        if len(told) > OWN_SWITCHES:
            more = len(told) - OWN_SWITCHES + 1
            told = [*told[: OWN_SWITCHES - 1], self.tr("%Ln more switch(es)", "", more)]
        return told

    def uplinks(self, switch: Switch) -> str:
        if not switch.uplinks:
            return self.tr("no uplink")
        return f"⇡ {visible(', '.join(switch.uplinks[:8]), 120)}"
