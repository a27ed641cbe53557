"""What can be done in the main window: its own actions, the menus that all actions are in, and the bar at its top."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolBar, QToolButton, QWidget

from vmi_console.gui import icons
from vmi_console.gui.actions import Actions, Entry, fill
from vmi_console.gui.panes.kinds import KINDS
from vmi_console.gui.preferences import Choices, Scheme

if TYPE_CHECKING:
    from vmi_console.gui.window import MainWindow

NUMBERED = 9  # tabs that have a shortcut with their number


class Commands(QObject):
    """The window's own actions. Those of its parts are theirs; all of them are in the menus, and so in the palette."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._numbered: list[str] | None = None  # panes whose actions have numbers
        make = Actions(window).make
        key = QKeySequence.StandardKey
        self.back = make(self.tr("Back"), window.selection.back, self.tr("The selection before"), key.Back, "back")
        self.forward = make(
            self.tr("Forward"), window.selection.forward, self.tr("The selection after"), key.Forward, "forward"
        )
        self.show_dashboard = make(
            self.tr("Dashboard"),
            window.show_dashboard,
            self.tr("How much is wrong, since when and where, and how much is known"),
            "Alt+Home",
            "dashboard",
        )
        self.go_search = make(
            self.tr("Search"), window.focus_search, self.tr("Go to the search box"), key.Find, "search"
        )
        self.open_palette = make(
            self.tr("Command palette…"),
            lambda: window.palette_box.open(),
            self.tr("Find every action and every entity by a few letters"),
            "Ctrl+K",
        )
        self.turns = [
            make(
                kind.title(),
                partial(window.turn_to, kind.name),
                self.tr("Show this pane of the selection"),
            )
            for kind in KINDS
        ]
        self.tear_pane = make(
            self.tr("Tear off the pane"),
            window.tear,
            self.tr("Show the pane in front in a window of its own, for another screen"),
            "Ctrl+Shift+O",
            "tear-off",
        )
        self.open_settings = make(
            self.tr("Settings…"), window.open_settings, self.tr("Colours, language, notifications, columns"), "Ctrl+,"
        )
        self.edit_policies = make(
            self.tr("Edit policies…"),
            lambda: window.edit_policies(),
            self.tr("Write policies, groups and baselines, and see what they would mean before they are in force"),
            "Ctrl+Shift+Y",
            "policy",
        )
        self.write_report = make(
            self.tr("Report…"),
            window.write_report,
            self.tr("A page, a PDF, a workbook, a bill of materials, events or a table of what is shown"),
            key.Print,
            "export",
        )
        self.open_schedule = make(
            self.tr("Scheduled reports…"),
            window.open_schedule,
            self.tr("Reports that the engine writes by itself, every day, week or month"),
            acts=True,
        )
        self.open_outputs = make(
            self.tr("Outputs and alerts…"),
            window.open_outputs,
            self.tr("Tell findings and acts to syslog, a webhook or a file; hear the alerts of a sensor"),
            "Ctrl+Shift+U",
            "export",
            acts=True,
        )
        self.attach = make(
            self.tr("Attach to a running engine…"),
            window.attach,
            self.tr("Open a window on an engine that watches without one"),
        )
        self.show_diagnostics = make(
            self.tr("Copy diagnostics…"),
            window.diagnostics.show_all,
            self.tr("What a report about this program needs, without secrets: look at it, then copy it"),
        )
        self.about = make(self.tr("About VMI Console"), window.tell_about, self.tr("Version and licence"))
        self.enlarge = make(
            self.tr("Lists only"),
            window.enlarge,
            self.tr("Give the lists and the topology the room of the panes, or back"),
            "Ctrl+M",
            "lists-only",
            checked=False,
        )
        self.reset_layout = make(
            self.tr("Reset layout"), window.reset_layout, self.tr("Put every part of the window where it was at first")
        )
        self.quit = make(self.tr("Quit"), window.leave, self.tr("Close all windows and end the program"), "Ctrl+Q")
        self.quit.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)  # torn-off windows have no menu
        self.schemes = QActionGroup(self)
        for scheme, text in (
            (Scheme.SYSTEM, self.tr("Colours of the system")),
            (Scheme.LIGHT, self.tr("Light")),
            (Scheme.DARK, self.tr("Dark")),
        ):
            choose = partial(window.preferences.choose, scheme=scheme)
            self.schemes.addAction(make(text, choose, self.tr("The colours of the window"), checked=False))
        for number, dock in enumerate(window.docks, 1):
            dock.go.setShortcut(f"Ctrl+{number}")
        window.selection.moved.connect(self._enable)
        window.panel.turned.connect(self._enable)
        window.preferences.changed.connect(self._check)
        self._check()
        self._enable()

    def fill_menus(self) -> None:
        """Every action is in a menu: where people look, and where the palette finds it."""
        window, bar = self._window, self._window.menuBar()
        file: tuple[Entry, ...] = (
            window.connections.add,
            self.attach,
            None,
            *window.snapshots.actions_for_menu,
            None,
            self.write_report,
            self.open_schedule,
            None,
            self.open_settings,
            None,
            self.quit,
        )
        view: tuple[Entry, ...] = (
            self.back,
            self.forward,
            self.show_dashboard,
            self.go_search,
            self.open_palette,
            None,
            window.time_bar.open,
            window.travel.change_before,
            window.travel.change_after,
            window.travel.back,
            None,
            *window.estate.actions_for_menu,
            None,
            (self.tr("Panes"), (*self.turns, None, self.tear_pane)),
            *(dock.go for dock in window.docks),
            (self.tr("Tear off"), [dock.tear for dock in window.docks]),
            self.enlarge,
            self.reset_layout,
            None,
            *self.schemes.actions(),
        )
        estate: tuple[Entry, ...] = (
            *window.connections.all,
            None,
            (self.tr("VMs"), window.table.actions_for_menu),
            (self.tr("Topology"), window.topology.actions_for_menu),
            (self.tr("Tasks"), window.tasks.actions_for_menu),
        )
        policy: tuple[Entry, ...] = (
            *window.findings.actions_for_menu,
            None,
            self.edit_policies,
            window.findings.choose_folder,
            None,
            self.open_outputs,
            window.tray.mute,
        )
        aid: tuple[Entry, ...] = (*window.search.actions_for_menu, self.show_diagnostics, self.about)
        for title, entries in (
            (self.tr("&File"), file),
            (self.tr("&View"), view),
            (self.tr("&Estate"), estate),
            (self.tr("&Policy"), policy),
            (self.tr("&Quarantine"), window.quarantine_view.actions_for_menu),
            (self.tr("&Help"), aid),
        ):
            fill(bar.addMenu(title), entries)

    def fill_bar(self) -> QToolBar:
        """The line at the top: where one was, what is live, and the search."""
        window = self._window
        bar = QToolBar(self.tr("Main"), window, movable=False, floatable=False)
        bar.setObjectName("main-bar")
        bar.setIconSize(QSize(icons.SIZE, icons.SIZE))
        bar.toggleViewAction().setEnabled(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.addActions([self.back, self.forward, self.show_dashboard, window.connections.add])
        button = bar.widgetForAction(window.connections.add)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addWidget(window.pulse)
        window.search.setMinimumWidth(150)
        window.search.setMaximumWidth(560)
        window.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        rest = QWidget()
        rest.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(rest)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(window.search, 1000)  # as wide as it may be, before there is a gap
        bar.addWidget(rest)
        bar.addAction(self.enlarge)
        window.addToolBar(bar)
        return bar

    def _enable(self) -> None:
        """Only what would do something."""
        self.back.setEnabled(self._window.selection.can_go_back)
        self.forward.setEnabled(self._window.selection.can_go_forward)
        self.tear_pane.setEnabled(bool(self._window.panel.offered))
        self._number_panes()

    def _number_panes(self) -> None:
        """Alt and a number is the tab at that place, as it is in a browser."""
        offered = [kind.name for kind in self._window.panel.offered]
        if offered == self._numbered:
            return
        self._numbered = offered
        for turn, kind in zip(self.turns, KINDS, strict=True):
            turn.setEnabled(kind.name in offered)
            place = offered.index(kind.name) + 1 if kind.name in offered else 0
            turn.setShortcut(QKeySequence(f"Alt+{place}") if 0 < place <= NUMBERED else QKeySequence())

    def _check(self, before: Choices | None = None) -> None:
        for action, scheme in zip(self.schemes.actions(), Scheme, strict=True):
            action.setChecked(scheme is self._window.preferences.choices.scheme)
