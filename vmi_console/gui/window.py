"""The main window: one selection drives the tree, the pane, the change log and the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.engine import protocol
from vmi_console.errors import VmiError
from vmi_console.gui import icons
from vmi_console.gui.banner import Banner
from vmi_console.gui.connection_actions import ConnectionActions
from vmi_console.gui.header import Pulse
from vmi_console.gui.link import Engine
from vmi_console.gui.panes.changes import ChangesPane
from vmi_console.gui.panes.connections import ConnectionsPane
from vmi_console.gui.panes.entity import EntityPane
from vmi_console.gui.panes.welcome import WelcomePane
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.search import SearchBox
from vmi_console.gui.selection import Selection
from vmi_console.gui.theme import Theme, Tone
from vmi_console.gui.tree.forest import Order
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.view import EstateView
from vmi_console.gui.wording import clock
from vmi_console.plain_text import visible

SEARCH = 1  # the number of the search box's standing query


class MainWindow(QMainWindow):
    """Shows a replica and asks an engine. `closed` is the wish to end the program."""

    closed = Signal()

    def __init__(self, replica: Replica, engine: Engine) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("VMI Console"))
        self.setWindowIcon(icons.application_icon())
        self.resize(1360, 860)
        self._replica = replica
        self._engine = engine
        self.errands = Errands(self.show_error)
        self.selection = Selection(self)
        self.connections = ConnectionActions(self, replica, engine, self.errands)

        self.tree_model = EstateModel(replica, self)
        self.tree = EstateView(self.tree_model)
        self.pane = EntityPane(replica)
        self.changes = ChangesPane(replica)
        self.connection_list = ConnectionsPane(replica, self.connections)
        self.welcome = WelcomePane()
        self.search = SearchBox()
        self.pulse = Pulse(replica)
        self.engine_banner = Banner(Tone.WARNING, "state-stale", dismissible=False)
        self.connection_banner = Banner(Tone.WARNING, "state-degraded", dismissible=False)
        self.notice_banner = Banner(Tone.WARNING, "state-degraded", dismissible=True)

        self._lay_out()
        self._make_actions()
        self._wire()
        self._show_what_there_is()
        self._link_moved()

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.pane)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.engine_banner)
        column.addWidget(self.notice_banner)
        column.addWidget(self.connection_banner)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(centre)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.estate_dock = self._dock(self.tr("Estate"), "estate-dock", self.tree, Qt.DockWidgetArea.LeftDockWidgetArea)
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        self.changes_dock = self._dock(self.tr("Changes"), "changes-dock", self.changes, bottom)
        self.connections_dock = self._dock(self.tr("Connections"), "connections-dock", self.connection_list, bottom)
        self.tabifyDockWidget(self.changes_dock, self.connections_dock)
        self.changes_dock.raise_()
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.resizeDocks([self.estate_dock], [320], Qt.Orientation.Horizontal)
        self.resizeDocks([self.changes_dock], [240], Qt.Orientation.Vertical)
        self.tree.setMinimumWidth(200)

    def _dock(self, title: str, name: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        return dock

    def _make_actions(self) -> None:
        def action(text: str, shortcut: str | QKeySequence.StandardKey, tip: str, run: Callable[[], object]) -> QAction:
            made = QAction(text, self)
            made.setShortcut(shortcut)
            made.setToolTip(tip)
            made.setStatusTip(tip)
            made.triggered.connect(lambda: run())
            return made

        self.back = action(
            self.tr("Back"), QKeySequence.StandardKey.Back, self.tr("The selection before"), self.selection.back
        )
        self.forward = action(
            self.tr("Forward"), QKeySequence.StandardKey.Forward, self.tr("The selection after"), self.selection.forward
        )
        self.go_search = action(
            self.tr("Search"), QKeySequence.StandardKey.Find, self.tr("Go to the search box"), self._focus_search
        )
        self.open_all = action(
            self.tr("Expand all"), "Ctrl+Shift+E", self.tr("Open every branch of the tree"), self.tree_model.open_all
        )
        self.close_all = action(
            self.tr("Collapse all"),
            "Ctrl+Shift+C",
            self.tr("Close every branch of the tree"),
            self.tree_model.close_all,
        )
        self.go_tree = action(
            self.tr("Go to the estate"), "Ctrl+1", self.tr("Move the keyboard to the tree"), self.tree.setFocus
        )
        self.go_changes = action(
            self.tr("Go to the changes"),
            "Ctrl+2",
            self.tr("Move the keyboard to the change log"),
            lambda: self._go(self.changes_dock, self.changes.view),
        )
        self.go_connections = action(
            self.tr("Go to the connections"),
            "Ctrl+3",
            self.tr("Move the keyboard to the connections"),
            lambda: self._go(self.connections_dock, self.connection_list.view),
        )
        self.quit = action(
            self.tr("Quit"), QKeySequence.StandardKey.Quit, self.tr("Close the window and end the program"), self.close
        )
        self.orders = QActionGroup(self)
        for order, text, shortcut in (
            (Order.NAME, self.tr("Sort by name"), "Ctrl+Shift+N"),
            (Order.STATE, self.tr("Sort by state"), "Ctrl+Shift+S"),
        ):
            sort = action(text, shortcut, self.tr("The order of the tree"), partial(self.tree_model.sort_by, order))
            sort.setCheckable(True)
            sort.setChecked(order is Order.NAME)
            self.orders.addAction(sort)
        schemes = QActionGroup(self)
        for scheme, text in (
            (Qt.ColorScheme.Unknown, self.tr("Colours of the system")),
            (Qt.ColorScheme.Light, self.tr("Light")),
            (Qt.ColorScheme.Dark, self.tr("Dark")),
        ):
            choose = QAction(text, self, checkable=True)
            choose.setChecked(scheme is Qt.ColorScheme.Unknown)
            choose.triggered.connect(lambda _=False, scheme=scheme: Theme.current.choose(scheme))
            schemes.addAction(choose)
        file, view, estate = (
            self.menuBar().addMenu(title) for title in (self.tr("&File"), self.tr("&View"), self.tr("&Estate"))
        )
        file.addAction(self.connections.add)
        file.addSeparator()
        file.addAction(self.quit)
        view.addActions([self.back, self.forward, self.go_search])
        view.addSeparator()
        view.addActions([self.open_all, self.close_all])
        view.addActions(self.orders.actions())
        view.addSeparator()
        view.addActions([self.go_tree, self.go_changes, self.go_connections])
        view.addSeparator()
        view.addActions(schemes.actions())
        estate.addActions(self.connections.all)
        for menu in (file, view, estate):
            menu.setToolTipsVisible(True)

        bar = QToolBar(self.tr("Main"), self, movable=False, floatable=False)
        bar.setObjectName("main-bar")
        bar.setIconSize(QSize(icons.SIZE, icons.SIZE))
        bar.toggleViewAction().setEnabled(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.addAction(self.back)
        bar.addAction(self.forward)
        bar.addAction(self.connections.add)
        button = bar.widgetForAction(self.connections.add)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addWidget(self.pulse)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        self.search.setMinimumWidth(300)
        self.search.setMaximumWidth(560)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bar.addWidget(self.search)
        self.addToolBar(bar)
        self._paint_icons()

    def _wire(self) -> None:
        for pane in (self.tree, self.pane, self.changes, self.connection_list):
            pane.chosen.connect(self.selection.choose)
        self.selection.moved.connect(self._selection_moved)
        self.search.searched.connect(self._searched)
        self.welcome.add_wanted.connect(self.connections.add.trigger)
        self.welcome.demo_wanted.connect(self.connections.open_demo)
        self.connections.added.connect(self.selection.choose)
        self._replica.refreshed.connect(self._show_what_there_is)
        self._replica.link_moved.connect(self._link_moved)
        self._replica.refreshed.connect(self._tell_trouble)
        self._replica.matches_moved.connect(self._matches_moved)
        self._replica.noticed_now.connect(self._noticed)
        self._replica.progress_moved.connect(self.tree.viewport().update)
        Theme.current.changed.connect(self._paint_icons)

    # --- the selection --------------------------------------------------------------------------------------------

    def _selection_moved(self) -> None:
        entity = self.selection.entity
        if entity is None:
            return
        self.tree.show_entity(entity)
        self.pane.show_entity(entity)
        self.changes.show_entity(entity)
        self.connections.show_entity(entity)
        self._tell_trouble()
        self._engine.watch((entity,))
        self._enable_steps()

    def _enable_steps(self) -> None:
        self.back.setEnabled(self.selection.can_go_back)
        self.forward.setEnabled(self.selection.can_go_forward)

    def _go(self, dock: QDockWidget, view: QWidget) -> None:
        dock.raise_()
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- searching ------------------------------------------------------------------------------------------------

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _searched(self, text: str) -> None:
        self._replica.expect_matches(bool(text))
        self._engine.search(SEARCH, text)

    def _matches_moved(self) -> None:
        if self._replica.searching:
            self.tree_model.show_only(self._replica.matches)
            count = len(self._replica.matches)
            self.search.tell(self.tr("%Ln match(es)", "", count))
        else:
            self.tree_model.show_only(None)
            self.search.tell("")

    # --- what is there --------------------------------------------------------------------------------------------

    def _show_what_there_is(self) -> None:
        """The welcome page until something is connected."""
        connected = self._replica.counts["connection"] > 0
        self._stack.setCurrentWidget(self.pane if connected else self.welcome)
        if connected != self.estate_dock.isVisibleTo(self):
            QTimer.singleShot(
                0, self, partial(self._show_docks, connected)
            )  # the pane is laid out first: it takes long
        if connected and self.selection.entity is None:
            self.selection.choose(min(connection.id for connection in self._replica.connections()))

    def _show_docks(self, shown: bool) -> None:
        for dock in (self.estate_dock, self.changes_dock, self.connections_dock):
            dock.setVisible(shown)

    def _link_moved(self) -> None:
        link = self._replica.link
        if link.up or not self._replica.was_linked:
            self.engine_banner.hide()
            if not link.up and link.reason:
                self.engine_banner.say(link.reason, link.advice)
        else:
            self.engine_banner.say(
                self.tr("What is shown was known at {0}: {1}").format(clock(link.since), visible(link.reason)),
                link.advice,
            )
        self._tell_trouble()
        self.tree.viewport().update()

    def _tell_trouble(self) -> None:
        """What is wrong with the connection of what is selected, and what helps; an engine's trouble comes first."""
        trouble = self.connections.trouble
        if trouble is None or not self._replica.link.up:
            self.connection_banner.hide()
            return
        connection, remedy = trouble
        health = connection.health
        what = self.tr("{0}: {1}").format(connection.name, health.reason or health.state.value)
        self.connection_banner.say(what, health.advice, remedy)

    def _noticed(self, notice: protocol.Notice) -> None:
        self.notice_banner.say(notice.text, notice.advice)

    def show_error(self, error: VmiError) -> None:
        """A command failed, and there is no better place to say so."""
        self.notice_banner.say(error.message, error.advice)

    def alarm(self, text: str) -> None:
        """Something unexpected happened; the console goes on."""
        self.notice_banner.say(self.tr("Something went wrong in this window; details are in the log."), text)

    def actions_everywhere(self) -> list[QAction]:
        """Every action of the window: all are in its menus."""
        return [action for menu in self.menuBar().findChildren(QMenu) for action in menu.actions()]

    def _paint_icons(self) -> None:
        self.back.setIcon(icons.icon("back"))
        self.forward.setIcon(icons.icon("forward"))
        self.go_search.setIcon(icons.icon("search"))
        self._enable_steps()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
