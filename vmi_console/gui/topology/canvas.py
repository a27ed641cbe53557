"""The picture on screen: what a wheel, a mouse and a keyboard do with it, and what a screen reader is told of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QToolTip, QWidget

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Theme
from vmi_console.gui.topology.camera import MARGIN, NEAREST, Camera, zoom_to_fit
from vmi_console.gui.topology.chunks import Chunks
from vmi_console.gui.topology.drawing import Drawing, Pointers
from vmi_console.gui.topology.finding import Spot, first_tile, inwards, neighbour, outwards, spot_at, tile_of
from vmi_console.gui.topology.keeping import SceneKeeper
from vmi_console.gui.topology.packing import Box
from vmi_console.gui.topology.telling import Telling

STEP = 1.25  # of the zoom, for a key or a notch of the wheel
GLIDE_MS = 180
CLOSE = 0.9  # the zoom at which a tile has two lines

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class TopologyCanvas(QAbstractScrollArea):
    """Shows the keeper's scene. It is a diagram, so it is not mirrored in languages that are written leftwards."""

    chosen = Signal(str)  # EntityId
    picked = Signal(tuple)  # of EntityId: several
    cleared = Signal()  # the selection is to light nothing any longer
    zoomed = Signal()

    def __init__(self, replica: Replica, keeper: SceneKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self.drawing = Drawing(replica, self)
        self.telling = Telling(replica, self.drawing, self)
        self.selected: tuple[EntityId, ...] = ()
        self._spot: Spot | None = None  # of what leads the selection
        self._hovered: Spot | None = None
        self._pressed: QPoint | None = None
        self._panned_from: tuple[QPoint, int, int] | None = None
        self.zoom = 1.0
        self.fitted = True  # follows the size of the window and of the picture until the operator zooms
        self._unseen: EntityId | None = None  # is to be brought into view as soon as it is laid out
        self._glide = QVariantAnimation(self, duration=GLIDE_MS, startValue=0.0, endValue=1.0)
        self._glide.valueChanged.connect(self._glided)
        self._from, self._to = Camera(), Camera()
        self.setObjectName("topology")
        self.setAccessibleName(self.tr("Topology"))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setCornerWidget(QWidget())
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        keeper.laid_out.connect(self._laid_out)
        keeper.repainted.connect(self._repainted)
        self.chunks = Chunks(self._paint_chunk, self)
        self.chunks.ready.connect(self.viewport().update)
        Theme.current.changed.connect(self._themed)

    # --- the camera -----------------------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """What of the world is seen now; a picture smaller than the window is in its middle."""
        box, size = self._keeper.scene.box, self.viewport().size()
        spare_x = size.width() - box.width * self.zoom
        spare_y = size.height() - box.height * self.zoom
        left = -int(spare_x / 2) if spare_x >= 2 * MARGIN else self.horizontalScrollBar().value() - MARGIN
        top = -int(spare_y / 2) if spare_y >= 2 * MARGIN else self.verticalScrollBar().value() - MARGIN
        return Camera(self.zoom, left, top)

    @property
    def least_zoom(self) -> float:
        """Everything is seen at it."""
        return zoom_to_fit(self._keeper.scene.box, self.viewport().width(), self.viewport().height())

    def fit(self) -> None:
        """Shows everything."""
        self._glide.stop()
        self.fitted = True
        self._set_zoom(self.least_zoom)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms; what is at `at` (else what is selected, else the middle) stays where it is."""
        self.zoom_to(self.zoom * factor, at)

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        self._glide.stop()
        if at is None:
            at = self._anchor()
        x, y = self.camera.world(at.x(), at.y())
        zoom = min(NEAREST, max(self.least_zoom, zoom))
        self.fitted = zoom <= self.least_zoom
        self._set_zoom(zoom)
        self._scroll_to(x * self.zoom - at.x(), y * self.zoom - at.y())

    def zoom_into(self, box: Box) -> None:
        """Shows a box as large as it can be seen whole, but no closer than tiles need."""
        zoom = zoom_to_fit(box, self.viewport().width(), self.viewport().height())
        self._glide_to(box, max(self.least_zoom, min(zoom, CLOSE)))

    def scroll_by(self, across: int, down: int) -> None:
        """Pans by pixels."""
        for bar, step in ((self.horizontalScrollBar(), across), (self.verticalScrollBar(), down)):
            bar.setValue(bar.value() + step)

    def show_box(self, box: Box) -> None:
        """Scrolls as little as brings a box into view."""
        camera, width, height = self.camera, self.viewport().width(), self.viewport().height()
        x, y = camera.across(box.x), camera.down(box.y)
        right, bottom = camera.across(box.right), camera.down(box.bottom)
        if x < 0 or y < 0 or right > width or bottom > height:
            self._glide_to(box, self.zoom)

    def _anchor(self) -> QPointF:
        middle = QPointF(self.viewport().width() / 2, self.viewport().height() / 2)
        if self._spot is None:
            return middle
        x, y = self._spot.box.middle
        at = QPointF(self.camera.across(x), self.camera.down(y))
        return at if self.viewport().rect().contains(at.toPoint()) else middle

    def _glide_to(self, box: Box, zoom: float) -> None:
        x, y = box.middle
        width, height = self.viewport().width(), self.viewport().height()
        self._glide.stop()
        self.fitted = False
        self._from, self._to = self.camera, Camera(zoom, round(x * zoom - width / 2), round(y * zoom - height / 2))
        if self._animates():
            self._glide.start()
        else:
            self._glided(1.0)

    def _animates(self) -> bool:
        """Not where the system is set to no animations."""
        return (
            self.isVisible() and self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0
        )

    def _glided(self, progress: float) -> None:
        """Between two cameras: the zoom grows by even factors, and the middle moves as the eye expects of that."""
        one, other = self._from, self._to
        eased = progress * progress * (3 - 2 * progress)
        zoom = one.zoom * (other.zoom / one.zoom) ** eased
        width, height = self.viewport().width() / 2, self.viewport().height() / 2
        share = eased if abs(other.zoom - one.zoom) < 1e-6 else (zoom - one.zoom) / (other.zoom - one.zoom)
        share *= other.zoom / zoom if abs(other.zoom - one.zoom) >= 1e-6 else 1
        (x, y), (to_x, to_y) = one.world(width, height), other.world(width, height)
        x, y = x + (to_x - x) * share, y + (to_y - y) * share
        self._set_zoom(zoom)
        self._scroll_to(x * zoom - width, y * zoom - height)

    def _set_zoom(self, zoom: float) -> None:
        self.zoom = zoom
        self._range()
        self.viewport().update()
        self.zoomed.emit()

    def _scroll_to(self, left: float, top: float) -> None:
        self.horizontalScrollBar().setValue(round(left) + MARGIN)
        self.verticalScrollBar().setValue(round(top) + MARGIN)

    def _range(self) -> None:
        box, size = self._keeper.scene.box, self.viewport().size()
        for bar, extent, room in (
            (self.horizontalScrollBar(), box.width, size.width()),
            (self.verticalScrollBar(), box.height, size.height()),
        ):
            bar.setRange(0, max(0, math.ceil(extent * self.zoom) + 2 * MARGIN - room))
            bar.setPageStep(room)
            bar.setSingleStep(40)

    def _laid_out(self) -> None:
        """Boxes moved: what is selected, else what is in the middle, stays where it was on screen."""
        held, was = self._spot, self.camera
        if held is not None:
            self._spot = tile_of(self._keeper.scene, held.entities[0], held.cell) if held.entities else None
        if self.fitted or self.zoom < self.least_zoom:
            self.fit()
        else:
            self._range()
            if held is not None and self._spot is not None:
                x, y = (after - before for after, before in zip(self._spot.box.middle, held.box.middle, strict=True))
                self._scroll_to(was.left + x * self.zoom, was.top + y * self.zoom)
        self._reveal()
        self._hovered = None
        self._tell()
        self.chunks.date()
        self.viewport().update()

    def _repainted(self, boxes: list[Box] | None) -> None:
        self.chunks.date(boxes)
        self.viewport().update()

    def _themed(self) -> None:
        self.chunks.forget()
        self.viewport().update()

    # --- the selection --------------------------------------------------------------------------------------------

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """Marks these as selected and brings the first one into view; tells nobody."""
        if entities == self.selected:
            return
        self.selected = entities
        self._spot = None
        self._unseen = entities[0] if entities and kind_of(entities[0]) != "connection" else None
        self._reveal()
        self._tell()
        self.viewport().update()

    def _reveal(self) -> None:
        if self._unseen is None or self._keeper.scene.box.width == 0:
            return
        cell = self._spot.cell if self._spot is not None else None
        self._spot = tile_of(self._keeper.scene, self._unseen, cell)
        if self._spot is not None:
            self._unseen = None
            if not self.fitted:
                self.show_box(self._spot.box)

    def _go(self, spot: Spot | None) -> None:
        """The operator selects what is at a spot."""
        if spot is None or not spot.entities:
            return
        self._spot, self._unseen = spot, None
        self.selected = spot.entities
        self.viewport().update()
        if len(spot.entities) > 1:
            self.picked.emit(spot.entities)
        else:
            self.chosen.emit(spot.entities[0])
        self._tell(announce=True)

    def _toggle(self, spot: Spot) -> None:
        """Adds what is at a spot to the selection, or takes it away."""
        added = [entity for entity in spot.entities if entity not in self.selected]
        kept = [entity for entity in self.selected if added or entity not in spot.entities]
        wanted = tuple(kept + added)
        if not wanted:
            return
        self.selected = wanted
        self._spot = tile_of(self._keeper.scene, wanted[0])
        self.viewport().update()
        self.picked.emit(wanted)
        self._tell(announce=True)

    def clear(self) -> None:
        """Nothing is lit or marked here any longer; what is selected elsewhere stays selected."""
        self.selected, self._spot, self._unseen = (), None, None
        self.cleared.emit()
        self._tell()
        self.viewport().update()

    def zoom_to_selection(self) -> None:
        if self._spot is not None:
            self.zoom_into(self._spot.box)

    # --- the mouse ------------------------------------------------------------------------------------------------

    def spot_at(self, at: QPoint) -> Spot | None:
        """What is drawn at a point of the viewport."""
        camera = self.camera
        return spot_at(self._keeper.scene, *camera.world(at.x(), at.y()), camera.zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not turned:
            super().wheelEvent(event)
        else:
            self.zoom_by(STEP ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._glide.stop()
            self._pressed = at
            self._panned_from = at, self.horizontalScrollBar().value(), self.verticalScrollBar().value()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._panned_from is not None:
            start, left, top = self._panned_from
            moved = at - start
            if self._pressed is not None and moved.manhattanLength() < 5:
                return
            self._pressed = None
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.horizontalScrollBar().setValue(left - moved.x())
            self.verticalScrollBar().setValue(top - moved.y())
            return
        spot = self.spot_at(at)
        if (spot and spot.box) != (self._hovered and self._hovered.box):
            self._hovered = spot
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed, self._panned_from = self._pressed, None, None
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        if pressed is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        spot = self.spot_at(pressed)
        if spot is None or not spot.entities:
            return
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self._toggle(spot)
        else:
            self._go(spot)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        spot = self.spot_at(event.position().toPoint())
        if spot is not None and event.button() is Qt.MouseButton.LeftButton:
            self.zoom_into(spot.box)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = None
        self.viewport().update()

    # --- the keyboard ---------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        scene = self._keeper.scene
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key == Qt.Key.Key_Up and self._spot is not None:
            self._walk(outwards(self._spot))
        elif alt and key == Qt.Key.Key_Down and self._spot is not None:
            self._walk(inwards(scene, self._spot))
        elif not alt and key in _ARROWS:
            across, down = _ARROWS[Qt.Key(key)]
            self._walk(first_tile(scene) if self._spot is None else neighbour(scene, self._spot, across, down))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_by(1 / STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(self._spot)
        elif key == Qt.Key.Key_Escape and self.selected:
            self.clear()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + (bar.pageStep() if key == Qt.Key.Key_PageDown else -bar.pageStep()))
        else:
            event.ignore()

    def _walk(self, spot: Spot | None) -> None:
        if spot is not None:
            self._go(spot)
            if not self.fitted:
                self.show_box(spot.box)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # --- what is told ---------------------------------------------------------------------------------------------

    @property
    def spot(self) -> Spot | None:
        """What leads the selection, where it is drawn."""
        return self._spot

    def _tell(self, *, announce: bool = False) -> None:
        """Tells a screen reader what is here and what is selected."""
        said = self.telling.overview(self._keeper.scene, self._spot)
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        if announce and self._spot is not None:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.telling.line(self._spot)))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            spot = self.spot_at(event.pos())
            text = self.telling.tooltip(self._keeper.scene, spot) if spot is not None else ""
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    # --- painting -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.fitted:
            self.fit()
        else:
            self._range()

    def scrollContentsBy(self, across: int, down: int) -> None:
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._themed()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area, camera, ratio = self.viewport().rect(), self.camera, self.devicePixelRatioF()
        self.chunks.show(painter, area, camera, ratio)
        hovered = self._hovered.box if self._hovered is not None and self._hovered.is_tile else None
        pointers = Pointers(self.selected, hovered, self.hasFocus())
        keeper = self._keeper
        self.drawing.paint_over(painter, area, ratio, self.font(), keeper.scene, camera, keeper.wires, pointers)
        painter.end()

    def _paint_chunk(self, painter: QPainter, area: QRect, camera: Camera, coarse: bool) -> None:
        ratio, scene = self.devicePixelRatioF(), self._keeper.scene
        self.drawing.paint_ground(painter, area, ratio, self.font(), scene, camera, coarse=coarse)

    def draw(self, painter: QPainter, area: QRect, ratio: float) -> None:
        """Paints what is seen now on something else, with the selection but without pointer and keyboard."""
        keeper = self._keeper
        pointers = Pointers(self.selected)
        self.drawing.paint(painter, area, ratio, self.font(), keeper.scene, self.camera, keeper.wires, pointers)
