"""The main window: one selection drives the tree, the panes, the lists and the actions."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
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
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.gui import icons
from vmi_console.gui.actions import Actions
from vmi_console.gui.banner import Banner
from vmi_console.gui.connection_actions import ConnectionActions
from vmi_console.gui.desk import Desk
from vmi_console.gui.docks import Dock
from vmi_console.gui.header import Pulse
from vmi_console.gui.link import Engine
from vmi_console.gui.palette import Palette
from vmi_console.gui.pane_window import PaneWindow
from vmi_console.gui.panel import SelectionPanel
from vmi_console.gui.panes.changes import ChangesPane
from vmi_console.gui.panes.connections import ConnectionsPane
from vmi_console.gui.panes.kinds import KINDS
from vmi_console.gui.panes.welcome import WelcomePane
from vmi_console.gui.preferences import Choices, Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.search import SearchBox
from vmi_console.gui.selection import Selection
from vmi_console.gui.theme import Theme, Tone
from vmi_console.gui.tray import Tray
from vmi_console.gui.tree.pane import EstatePane
from vmi_console.gui.watching import Watchlist
from vmi_console.gui.wording import clock
from vmi_console.plain_text import visible

SEARCH = 1  # the number of the search box's standing query


class MainWindow(QMainWindow):
    """Shows a replica and asks an engine. `closed` is the wish to end the program."""

    closed = Signal()

    def __init__(self, replica: Replica, engine: Engine, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("VMI Console"))
        self.setWindowIcon(icons.application_icon())
        self.resize(1360, 860)
        self._replica = replica
        self._engine = engine
        self.errands = Errands(self.show_error)
        self.preferences = preferences or Preferences()
        self.desk = Desk(replica, engine, self.errands, self.preferences, Watchlist(engine))
        self.selection = Selection(self)
        self._connected = False
        self._asked = ""  # the part that is to come to the front
        self.connections = ConnectionActions(self, replica, engine, self.errands)

        self.estate = EstatePane(self.desk)
        self.tree_model, self.tree = self.estate.model, self.estate.view
        self.panel = SelectionPanel(self.desk, KINDS)
        self.pane_windows: list[PaneWindow] = []
        self.changes = ChangesPane(replica)
        self.connection_list = ConnectionsPane(replica, self.connections)
        self.welcome = WelcomePane()
        self.search = SearchBox()
        self.pulse = Pulse(replica)
        self.tray = Tray(self.desk, self)
        self.engine_banner = Banner(Tone.WARNING, "state-stale", dismissible=False)
        self.connection_banner = Banner(Tone.WARNING, "state-degraded", dismissible=False)
        self.notice_banner = Banner(Tone.WARNING, "state-degraded", dismissible=True)

        self._lay_out()
        self._make_actions()
        self.palette_box = Palette(self, self.actions_everywhere, self.desk)
        self._fill_menus()
        self._fill_bar()
        self._wire()
        self._come_back()
        self._show_what_there_is()
        self._link_moved()
        self._enable_steps()

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.panel)
        self._centre = centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.engine_banner)
        column.addWidget(self.notice_banner)
        column.addWidget(self.connection_banner)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(centre)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.estate_dock = Dock(self, "estate", self.tr("Estate"), self.estate, None)
        self.changes_dock = Dock(self, "changes", self.tr("Changes"), self.changes, self.changes.view)
        self.connections_dock = Dock(
            self, "connections", self.tr("Connections"), self.connection_list, self.connection_list.view
        )
        self.docks = (self.estate_dock, self.changes_dock, self.connections_dock)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.estate_dock)
        bottom = self.docks[1:]
        for dock in bottom:
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        for one, next_ in pairwise(bottom):
            self.tabifyDockWidget(one, next_)
        self.changes_dock.raise_()
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.resizeDocks([self.estate_dock], [320], Qt.Orientation.Horizontal)
        self.resizeDocks([self.changes_dock], [240], Qt.Orientation.Vertical)
        self.estate.setMinimumWidth(200)
        self._first_layout = self._layout = self.saveState()  # with something connected

    def _make_actions(self) -> None:
        make = Actions(self).make
        key = QKeySequence.StandardKey
        self.back = make(self.tr("Back"), self.selection.back, self.tr("The selection before"), key.Back, "back")
        self.forward = make(
            self.tr("Forward"), self.selection.forward, self.tr("The selection after"), key.Forward, "forward"
        )
        self.go_search = make(
            self.tr("Search"), self._focus_search, self.tr("Go to the search box"), key.Find, "search"
        )
        self.open_palette = make(
            self.tr("Command palette…"),
            lambda: self.palette_box.open(),
            self.tr("Find every action and every entity by a few letters"),
            "Ctrl+K",
        )
        self.turns = [
            make(
                kind.title(),
                partial(self._turn, kind.name),
                self.tr("Show this pane of the selection"),
                f"Alt+{number}",
            )
            for number, kind in enumerate(KINDS, 1)
        ]
        self.tear_pane = make(
            self.tr("Tear off the pane"),
            self.tear,
            self.tr("Show the pane in front in a window of its own, for another screen"),
            "Ctrl+Shift+O",
            "tear-off",
        )
        self.enlarge = make(
            self.tr("Lists only"),
            self._enlarge,
            self.tr("Give the lists and the topology the room of the panes, or back"),
            "Ctrl+M",
            checked=False,
        )
        self.reset_layout = make(
            self.tr("Reset layout"), self._reset_layout, self.tr("Put every part of the window where it was at first")
        )
        self.quit = make(self.tr("Quit"), self.closed.emit, self.tr("Close all windows and end the program"), key.Quit)
        self.schemes = QActionGroup(self)
        for scheme, text in (
            (Scheme.SYSTEM, self.tr("Colours of the system")),
            (Scheme.LIGHT, self.tr("Light")),
            (Scheme.DARK, self.tr("Dark")),
        ):
            choose = partial(self.preferences.choose, scheme=scheme)
            chosen = scheme is self.preferences.choices.scheme
            self.schemes.addAction(make(text, choose, self.tr("The colours of the window"), checked=chosen))
        for number, dock in enumerate(self.docks, 1):
            dock.go.setShortcut(f"Ctrl+{number}")

    def _fill_menus(self) -> None:
        file, view, estate = (
            self.menuBar().addMenu(title) for title in (self.tr("&File"), self.tr("&View"), self.tr("&Estate"))
        )
        file.addAction(self.connections.add)
        file.addSeparator()
        file.addAction(self.quit)
        view.addActions([self.back, self.forward, self.go_search, self.open_palette])
        view.addSeparator()
        view.addActions(self.estate.actions_for_menu)
        view.addSeparator()
        view.addActions([dock.go for dock in self.docks])
        panes = view.addMenu(self.tr("Panes"))
        panes.addActions(self.turns)
        panes.addSeparator()
        panes.addAction(self.tear_pane)
        tear = view.addMenu(self.tr("Tear off"))
        tear.addActions([dock.tear for dock in self.docks])
        view.addActions([self.enlarge, self.reset_layout])
        view.addSeparator()
        view.addActions(self.schemes.actions())
        estate.addActions(self.connections.all)
        for menu in (file, view, estate, panes, tear):
            menu.setToolTipsVisible(True)

    def _fill_bar(self) -> None:
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

    def _wire(self) -> None:
        for part in (self.estate, self.panel, self.changes, self.connection_list, self.palette_box, self.tray):
            part.chosen.connect(self.selection.choose)
        self.estate.picked.connect(self.selection.choose_all)
        self.estate.menu_wanted.connect(self._offer)
        self.tray.window_wanted.connect(self._show_or_hide)
        self.tray.quit_wanted.connect(self.closed)
        self.tray.said.connect(self._said)
        self.palette_box.search_wanted.connect(self.search_for)
        self.panel.tear_wanted.connect(self.tear)
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
        self.preferences.changed.connect(self._prefer)

    # --- the selection --------------------------------------------------------------------------------------------

    def _selection_moved(self) -> None:
        entity = self.selection.entity
        if entity is None:
            return
        self.estate.show_entities(self.selection.entities)
        self.panel.show_entities(self.selection.entities)
        self.changes.show_entity(entity)
        self.connections.show_entity(entity)
        offered = {kind.name for kind in self.panel.offered}
        for turn, kind in zip(self.turns, KINDS, strict=True):
            turn.setEnabled(kind.name in offered)
        self._tell_trouble()
        self._enable_steps()

    def _enable_steps(self) -> None:
        self.back.setEnabled(self.selection.can_go_back)
        self.forward.setEnabled(self.selection.can_go_forward)

    def _turn(self, name: str) -> None:
        self._stack.setCurrentWidget(self.panel)
        self.panel.turn_to(name)
        if (pane := self.panel.pane) is not None:
            pane.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _offer(self, entities: tuple[EntityId, ...], at: QPoint) -> None:
        """The menu about what is selected, where the operator asked for it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions([action for action in self.turns if action.isEnabled()])
        menu.addSeparator()
        menu.addAction(self.tear_pane)
        if any(kind_of(entity) == "connection" for entity in entities):
            menu.addSeparator()
            menu.addActions(self.connections.all)
        menu.popup(at)

    def tear(self) -> None:
        """Opens another window with the pane in front, which follows the selection until it is told to stay."""
        window = PaneWindow(self.desk, self.selection, self.panel.front, self)
        window.chosen.connect(self.selection.choose)
        window.gone.connect(partial(self.pane_windows.remove, window))
        self.pane_windows.append(window)
        window.show()

    # --- searching ------------------------------------------------------------------------------------------------

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def search_for(self, text: str) -> None:
        """Puts a text into the search box, as if it had been typed."""
        self.search.setText(text)
        self._focus_search()

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
        self._stack.setCurrentWidget(self.panel if connected else self.welcome)
        if connected != self._connected:
            self._connected = connected
            # The pane is laid out first: it takes long.
            QTimer.singleShot(0, self, partial(self._show_docks, connected))
        if connected and self.selection.entity is None:
            self.selection.choose(min(connection.id for connection in self._replica.connections()))

    def _show_docks(self, shown: bool) -> None:
        if shown:
            self.restoreState(self._layout)
            self.show_pane(self._asked)
        else:
            self._layout = self.saveState()
            for dock in self.docks:
                dock.hide()

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

    def _said(self, title: str, text: str, entity: str) -> None:
        """What the tray could not say. What it is about is selected by the banner's own button."""
        show = QAction(self.tr("Show"), self.notice_banner)
        show.triggered.connect(partial(self.selection.choose, EntityId(entity)))
        self.notice_banner.say(title, text, show if entity else None)

    def show_error(self, error: VmiError) -> None:
        """A command failed, and there is no better place to say so."""
        self.notice_banner.say(error.message, error.advice)

    def alarm(self, text: str) -> None:
        """Something unexpected happened; the console goes on."""
        self.notice_banner.say(self.tr("Something went wrong in this window; details are in the log."), text)

    def actions_everywhere(self) -> list[QAction]:
        """Every action of the window: all are in its menus."""
        return [action for menu in self.menuBar().findChildren(QMenu) for action in menu.actions()]

    # --- what the operator prefers --------------------------------------------------------------------------------

    def show_pane(self, name: str) -> None:
        """Brings a part to the front by its name, now or as soon as something is connected."""
        self._asked = name
        if self._connected:
            self.panel.turn_to(name)
            for dock in self.docks:
                if dock.objectName() == name:
                    dock.come_forward()

    def remember(self) -> None:
        """Keeps where everything is for the next start."""
        self.preferences.remember("window", self.saveGeometry())
        self.preferences.remember("docks", self.saveState() if self._connected else self._layout)
        self.estate.memory.keep()
        self.preferences.save()

    def _come_back(self) -> None:
        """Takes the places that were remembered; those of the docks count once something is connected."""
        if (geometry := self.preferences.remembered("window")) is not None:
            self.restoreGeometry(geometry)
        self._layout = self.preferences.remembered("docks") or self._layout
        for dock in self.docks:
            dock.hide()

    def _reset_layout(self) -> None:
        self.enlarge.setChecked(False)
        self._enlarge()
        self.restoreState(self._first_layout)

    def _enlarge(self) -> None:
        self._centre.setVisible(not self.enlarge.isChecked())

    def _prefer(self, before: Choices) -> None:
        choices = self.preferences.choices
        if choices.scheme is not before.scheme:
            Theme.current.choose(choices.scheme)
            for action, scheme in zip(self.schemes.actions(), Scheme, strict=True):
                action.setChecked(scheme is choices.scheme)

    def _show_or_hide(self, shown: bool) -> None:
        if shown:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
            self.show()
            self.raise_()
            self.activateWindow()
        else:
            self.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Into the tray where there is one and the operator wants that; else it is the end."""
        super().closeEvent(event)
        if not self.tray.takes_over():
            self.closed.emit()
