"""Docks that remember their places: a slim title where one stands alone, a tab where several share a place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QSizePolicy, QToolButton, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, Theme, Tone


class Dock(QDockWidget):
    """A part of the main window that can be moved, torn off to another screen, and closed.

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
        self.setWidget(content)
        self._focus = focus or content
        feature = QDockWidget.DockWidgetFeature
        self.setFeatures(feature.DockWidgetMovable | feature.DockWidgetFloatable | feature.DockWidgetClosable)
        self._title = _TitleBar(self)
        self._bare = QWidget()  # where a tab says what it is, a title would say it twice
        self._bare.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setTitleBarWidget(self._title)
        self.choose_title(alone=True)
        self.go = QAction(title, self)
        self.go.setToolTip(self.tr("Show “{0}” and move the keyboard there").format(title))
        self.go.triggered.connect(self.come_forward)
        self.tear = QAction(self.tr("Tear off “{0}”").format(title), self)
        self.tear.setToolTip(self.tr("Put it into a window of its own, for another screen, or back"))
        self.tear.triggered.connect(lambda: self.setFloating(not self.isFloating()))
        # Qt tells of tabs that come and go by no signal of its own; these are all the moments when it happens.
        self.dockLocationChanged.connect(self._soon)
        self.topLevelChanged.connect(self._soon)
        self.visibilityChanged.connect(self._soon)

    def come_forward(self) -> None:
        """Shows it, in front of what shares its place, with the keyboard in it."""
        self.show()
        self.raise_()
        if self.isFloating():
            self.activateWindow()
        self._focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _soon(self) -> None:
        QTimer.singleShot(0, self, self._choose_title)

    def _choose_title(self) -> None:
        window = self.parentWidget()
        assert isinstance(window, QMainWindow)
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


class _TitleBar(QWidget):
    """A name, and two small buttons. Dragging it moves the dock."""

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self._dock = dock
        name = PlainLabel(dock.windowTitle(), Tone.MUTED)
        self._float = self._button(lambda: dock.setFloating(not dock.isFloating()))
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
