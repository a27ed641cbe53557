"""Docks that remember their places: a slim title where one stands alone, a tab where several share a place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QHBoxLayout, QMainWindow, QTabBar, QToolButton, QWidget

from vmi_console.gui import icons
from vmi_console.gui.centre import Centre
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, Theme, Tone

NARROW, LOW = 240, 80
"""Every dock can be made as small as this, in device-independent pixels."""

TORN = QSize(640, 360)
"""One that is torn off is at least as large as this at first."""

ASIDE = QPoint(48, 48)
"""From where it was to where it is then: what is below stays in sight."""


class Dock(QDockWidget):
    """A part of the main window that can be moved, torn off to another screen, and closed.

    Behind another one's tab its content is hidden, so that it rests: Qt only moves it to where nobody sees it.
    `go` is the action that brings it to the front and moves the keyboard into it.
    """

    def __init__(
        self,
        window: QMainWindow,
        name: str,
        title: str,
        content: QWidget,
        focus: QWidget | None = None,
        *,
        says: bool = False,
    ) -> None:
        """`says`: the content says itself what it is, and needs no title while it is part of the window."""
        super().__init__(title, window)
        self._says = says
        self.setObjectName(name)
        content.setMinimumSize(NARROW, LOW)  # what a part would like is no reason for a window larger than its screen
        policy = content.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the place is as large, whichever tab is in front
        content.setSizePolicy(policy)
        self.setWidget(content)
        self._content = content
        self._focus = focus or content
        feature = QDockWidget.DockWidgetFeature
        self.setFeatures(feature.DockWidgetMovable | feature.DockWidgetFloatable | feature.DockWidgetClosable)
        self._title = _TitleBar(self)
        self._bare = QWidget()  # where a tab says what it is, a title would say it twice
        self._bare.setFixedHeight(0)
        self.setTitleBarWidget(self._title)
        self.choose_title(alone=True)
        self.go = QAction(title, self)
        self.go.setToolTip(self.tr("Show “{0}” and move the keyboard there").format(title))
        self.go.triggered.connect(self.come_forward)
        self.tear = QAction(self.tr("Tear off “{0}”").format(title), self)
        self.tear.setToolTip(self.tr("Put it into a window of its own, for another screen, or back"))
        self.tear.triggered.connect(self.tear_off_or_put_back)
        # Qt tells of tabs that come and go by no signal of its own; these are all the moments when it happens.
        self.dockLocationChanged.connect(self._soon)
        self.topLevelChanged.connect(self._soon)
        self.visibilityChanged.connect(self._soon)
        self.visibilityChanged.connect(self._came_or_went)
        self.topLevelChanged.connect(lambda floating: content.show() if floating else None)

    def come_forward(self) -> None:
        """Shows it, in front of what shares its place, with the keyboard in it."""
        self.show()
        self.raise_()
        if self.isFloating():
            self.activateWindow()
        self._content.show()  # Qt may tell later that it is in front
        self._focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def tear_off_or_put_back(self) -> None:
        """Into a window of its own, a little aside of where it was, or back."""
        if self.isFloating():
            self.setFloating(False)
            return
        window = self.parentWidget()
        assert isinstance(window, QMainWindow)
        # Behind another one's tab it has no size and no place of its own.
        beside = (self, *window.tabifiedDockWidgets(self))
        seen = next((dock for dock in beside if not dock.visibleRegion().isEmpty()), self)
        place, size = window.mapToGlobal(seen.pos()) + ASIDE, seen.size().expandedTo(TORN)
        self.setFloating(True)
        self.show()
        room = self.screen().availableGeometry()
        size = size.boundedTo(room.size())
        self.resize(size)
        self.move(
            max(room.left(), min(place.x(), room.right() - size.width())),
            max(room.top(), min(place.y(), room.bottom() - size.height())),
        )

    def _came_or_went(self, seen: bool) -> None:
        """Shows or hides the content. A keyboard that was in it goes on to what came in front, where the eyes are."""
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self._content.isAncestorOf(focused)
        self._content.setVisible(seen or self.isFloating())
        if had_keyboard and self._content.isHidden():
            led = QApplication.focusWidget()  # by Qt, to anything
            QTimer.singleShot(0, self, lambda: self._hand_on(led))  # what comes in front is told of afterwards

    def _hand_on(self, led: QWidget | None) -> None:
        window = self.parentWidget()
        assert isinstance(window, QMainWindow)
        if QApplication.focusWidget() is not led:
            return  # somebody wants it elsewhere
        for dock in window.tabifiedDockWidgets(self):
            if isinstance(dock, Dock) and dock._content.isVisible():
                dock._focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _soon(self) -> None:
        QTimer.singleShot(0, self, self._choose_title)

    def _choose_title(self) -> None:
        window = self.parentWidget()
        assert isinstance(window, QMainWindow)
        for tabs in tab_bars(window):
            tabs.setAccessibleName(self.tr("Lists"))
        for dock in (self, *window.tabifiedDockWidgets(self)):
            if isinstance(dock, Dock):
                dock.choose_title(alone=not window.tabifiedDockWidgets(dock))

    def choose_title(self, *, alone: bool) -> None:
        shown = self.isFloating() or (alone and not self._says)
        wanted = self._title if shown else self._bare
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.setVisible(True)
            (self._bare if shown else self._title).setVisible(False)


def tab_bars(window: QMainWindow) -> list[QTabBar]:
    """The tabs of docks that share a place, which Qt makes."""
    return window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)


type Room = dict[str, tuple[int, int]]
"""Width and height of docks by their names."""


class Split:
    """How a window is split between its docks and the panes, which can be hidden and get their room back."""

    def __init__(self, window: QMainWindow, centre: Centre, docks: Sequence[Dock]) -> None:
        self._window = window
        self._centre = centre
        self._docks = docks
        self.room: Room = {}  # from before the panes were hidden

    def measure(self) -> None:
        """Notes how much room the docks have now."""
        self.room = {}
        for dock in self._docked():
            beside = self._window.tabifiedDockWidgets(dock)
            tabs = tab_bars(self._window)[0].height() if beside else 0  # as `resizeDocks` counts
            height = dock.height() + tabs
            self.room |= {one.objectName(): (dock.width(), height) for one in (dock, *beside)}

    def show_panes(self, shown: bool) -> None:
        """Shows or hides the panes; does nothing where it is so already."""
        if shown is self._centre.has_panes:
            return
        self._centre.show_panes(shown)
        if shown:
            QTimer.singleShot(0, self._window, self._give_back)  # there is no room before it is laid out

    def _docked(self) -> list[Dock]:
        """Those in sight that are part of the window; the ones behind others call themselves visible too."""
        return [dock for dock in self._docks if not (dock.isFloating() or dock.visibleRegion().isEmpty())]

    def _give_back(self) -> None:
        known = [(dock, *self.room[dock.objectName()]) for dock in self._docked() if dock.objectName() in self.room]
        if known and self._centre.has_panes:
            docks, widths, heights = (list(each) for each in zip(*known, strict=True))
            self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
            self._window.resizeDocks(docks, heights, Qt.Orientation.Vertical)


class _TitleBar(QWidget):
    """A name, and two small buttons. Dragging it moves the dock."""

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self._dock = dock
        name = PlainLabel(dock.windowTitle(), Tone.MUTED)
        self._float = self._button(dock.tear_off_or_put_back)
        self._close = self._button(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 2, 4, 2)
        row.setSpacing(2)
        row.addWidget(name, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        dock.topLevelChanged.connect(lambda _: self._paint())
        Theme.current.changed.connect(self._paint)
        self._paint()

    def _button(self, run: object) -> QToolButton:
        button = QToolButton(self)
        button.setIconSize(QSize(12, 12))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the menu “View” does the same by keyboard
        button.clicked.connect(run)
        return button

    def _paint(self) -> None:
        back = self._dock.isFloating()
        name = self._dock.windowTitle()
        self._float.setIcon(icons.icon("dock" if back else "tear-off", Tone.MUTED))
        self._close.setIcon(icons.icon("close", Tone.MUTED))
        told = (self.tr("Put “{0}” back into the window") if back else self.tr("Tear off “{0}”")).format(name)
        for button, text in ((self._float, told), (self._close, self.tr("Close “{0}”").format(name))):
            button.setToolTip(text)
            button.setAccessibleName(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ScreenChangeInternal:
            self._paint()
