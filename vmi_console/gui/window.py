"""The main window: one selection drives the tree, the panes, the lists and the actions."""

from __future__ import annotations

import contextlib
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.gui import icons, reading_order
from vmi_console.gui.actions import Deed, fill
from vmi_console.gui.another_window import open_another
from vmi_console.gui.centre import Centre
from vmi_console.gui.commands import Commands
from vmi_console.gui.connection_actions import ConnectionActions
from vmi_console.gui.dashboard.view import Dashboard
from vmi_console.gui.desk import Desk
from vmi_console.gui.diagnostics import Diagnostics
from vmi_console.gui.dialogs.attach import AttachDialog
from vmi_console.gui.dialogs.fitting import FRAME
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.docks import Dock, Room, Split, tab_bars
from vmi_console.gui.findings.pane import FindingsPane
from vmi_console.gui.header import Pulse
from vmi_console.gui.link import Engine
from vmi_console.gui.mishaps import Mishap, Mishaps
from vmi_console.gui.notices import Notices
from vmi_console.gui.palette import Palette
from vmi_console.gui.pane_window import PaneWindow, Place
from vmi_console.gui.panel import SelectionPanel
from vmi_console.gui.panes.changes import ChangesPane
from vmi_console.gui.panes.connections import ConnectionsPane
from vmi_console.gui.panes.kinds import KINDS
from vmi_console.gui.panes.tasks import TasksPane
from vmi_console.gui.panes.welcome import WelcomePane
from vmi_console.gui.preferences import Choices, Preferences, Scheme
from vmi_console.gui.quarantine.actions import QuarantineActions
from vmi_console.gui.quarantine.countdown import CountdownBanner
from vmi_console.gui.quarantine.view import QuarantineView
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.banner import ReviewBar
from vmi_console.gui.review.opening import SnapshotActions, dropped
from vmi_console.gui.review.saving import SaveDialog
from vmi_console.gui.review.time_bar import TimeBar
from vmi_console.gui.review.travel import Travel
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.runtime import Errands
from vmi_console.gui.search import SearchBox
from vmi_console.gui.selection import Selection
from vmi_console.gui.table.pane import VmTable
from vmi_console.gui.theme import Theme, Tone
from vmi_console.gui.topology.view import TopologyView
from vmi_console.gui.tray import Tray
from vmi_console.gui.tree.pane import EstatePane
from vmi_console.gui.watching import Watchlist
from vmi_console.policy.judgement import Severity
from vmi_console.settings import Workspace
from vmi_console.wire.program import version

if TYPE_CHECKING:
    from vmi_console.gui.policy_editor.window import PolicyWindow
    from vmi_console.gui.review.comparing import ComparisonWindow

SEARCH = 1  # the number of the search box's standing query
ESTATE = 300  # how wide the estate is at first, where a quarter of the window is as much
KEEP_S = 20
"""How often it is written down where everything is: a desktop that ends may leave no time for it."""


class MainWindow(QMainWindow):
    """Shows a replica and asks an engine. `closed` is the wish to end the program."""

    closed = Signal()

    def __init__(
        self,
        replica: Replica,
        engine: Engine,
        preferences: Preferences | None = None,
        workspace: Workspace | None = None,
        mishaps: Mishaps | None = None,
    ) -> None:
        """`workspace` is where the engine keeps its files, as far as the window knows; none in a session without."""
        super().__init__()
        self._workspace = workspace
        self.setWindowTitle(self.tr("VMI Console"))
        self.setAcceptDrops(True)
        self.setWindowIcon(icons.application_icon())
        self.resize(1360, 860)
        self._replica = replica
        self._engine = engine
        self.errands = Errands(lambda error: self.notices.say_error(error))
        if isinstance(engine, Visits):
            engine.errands = self.errands
        self.preferences = preferences or Preferences()
        self.desk = Desk(replica, engine, self.errands, self.preferences, Watchlist(engine))
        self._loads = self.desk.loads  # remembers from now on what was measured
        self.selection = Selection(self)
        self._connected = False
        self._overview = True  # the dashboard is in front until the operator looks at something
        self._torn: list[Place] = []  # windows that are to come back with the docks
        self._asked = ""  # the part that is to come to the front
        self.connections = ConnectionActions(self, replica, engine, self.errands)

        self.estate = EstatePane(self.desk)
        self.tree_model, self.tree = self.estate.model, self.estate.view
        self.panel = SelectionPanel(self.desk, KINDS)
        self.pane_windows: list[PaneWindow] = []
        self.policy_window: PolicyWindow | None = None
        self.findings = FindingsPane(self.desk)
        self.dashboard = Dashboard(self.desk)
        self.quarantine = QuarantineActions(self, self.desk)
        self.findings.offer(self.quarantine.quarantine)
        self.quarantine_view = QuarantineView(self.desk, self.quarantine)
        self.countdown = CountdownBanner(replica.living_quarantines)
        self.changes = ChangesPane(replica)
        self.connection_list = ConnectionsPane(replica, self.connections)
        self.table = VmTable(self.desk)
        self.topology = TopologyView(self.desk)
        self.tasks = TasksPane(self.desk)
        self.welcome = WelcomePane(self.desk)
        self.snapshots = SnapshotActions(self, self.desk)
        self.travel = Travel(self, self.desk, engine if isinstance(engine, Visits) else None, self._workspace)
        self.review_bar = ReviewBar(replica, self.travel.back, self)
        self.time_bar = TimeBar(self.travel, self.desk, self)
        self.search = SearchBox(preferences=self.preferences)
        self.pulse = Pulse(replica)
        self.tray = Tray(self.desk, self)
        self.notices = Notices(replica, self.connections)
        self._mishaps = mishaps or Mishaps(self)
        self.diagnostics = Diagnostics(self, self.desk, workspace, self._mishaps)

        self._lists = self.estate, self.table, self.topology  # where the operator selects, one or several

        self._lay_out()
        self.palette_box = Palette(self, self.actions_everywhere, self.desk)
        self.commands = Commands(self)
        self.commands.fill_menus()
        self._bar = self.commands.fill_bar()
        self.review_bar.settle()
        self.time_bar.settle()
        self.keeping = QTimer(self, interval=KEEP_S * 1000)
        self.keeping.timeout.connect(self.remember)
        self._wire()
        self._come_back()
        self.keeping.start()
        self._show_what_there_is()

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.panel)
        self._stack.addWidget(self.dashboard)
        self._centre = centre = Centre(self._stack, (self.countdown, self.notices))
        self.setCentralWidget(centre)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.estate_dock = Dock(self, "estate", self.tr("Estate"), self.estate, says=True)
        self.findings_dock = Dock(self, "findings", self.tr("Findings"), self.findings, self.findings.view)
        self.quarantine_dock = Dock(
            self, "quarantine", self.tr("Quarantine"), self.quarantine_view, self.quarantine_view.view
        )
        self.changes_dock = Dock(self, "changes", self.tr("Changes"), self.changes, self.changes.view)
        self.connections_dock = Dock(
            self, "connections", self.tr("Connections"), self.connection_list, self.connection_list.view
        )
        self.docks = (
            self.estate_dock,
            self.findings_dock,
            self.quarantine_dock,
            self.changes_dock,
            Dock(self, "vms", self.tr("VMs"), self.table),
            Dock(self, "topology", self.tr("Topology"), self.topology),
            Dock(self, "tasks", self.tr("Tasks"), self.tasks),
            self.connections_dock,
        )
        self._split = Split(self, centre, self.docks)
        area, corner = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.Corner.BottomLeftCorner
        if self.isRightToLeft():  # areas of docks are not mirrored
            area, corner = Qt.DockWidgetArea.RightDockWidgetArea, Qt.Corner.BottomRightCorner
        self.addDockWidget(area, self.estate_dock)
        bottom = self.docks[1:]
        for dock in bottom:
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        for one, next_ in pairwise(bottom):
            self.tabifyDockWidget(one, next_)
        self.findings_dock.raise_()
        self.setCorner(corner, area)
        self.resizeDocks([self.findings_dock], [240], Qt.Orientation.Vertical)
        self.estate.setMinimumWidth(200)
        self._first_layout = self._layout = self.saveState()  # with something connected

    def _wire(self) -> None:
        for part in (
            *self._lists,
            self.panel,
            self.dashboard,
            self.findings,
            self.quarantine_view,
            self.changes,
            self.connection_list,
            self.tasks,
            self.palette_box,
            self.tray,
        ):
            part.chosen.connect(self.selection.choose)
            part.chosen.connect(self._leave_overview)  # even if it was selected already
        for list_ in (*self._lists, self.findings, self.quarantine_view):
            list_.picked.connect(self.selection.choose_all)
            list_.picked.connect(self._leave_overview)
        self.dashboard.findings_wanted.connect(self.show_findings)
        self.quarantine_view.finding_wanted.connect(self.show_finding)
        self.countdown.stop_wanted.connect(self.quarantine.stop_one)
        self.countdown.review_wanted.connect(self.quarantine.ask_about)
        self.dashboard.changes_wanted.connect(self.changes_dock.come_forward)
        self._replica.verdicts.posture_moved.connect(self._show_what_there_is)
        self.findings.menu_wanted.connect(self._offer_more)
        self.findings.folder_wanted.connect(self._choose_policies)
        self.findings.policy_wanted.connect(self.edit_policies)
        self.pulse.findings_wanted.connect(lambda: self.show_findings())
        self.estate.menu_wanted.connect(self._offer)
        self.estate.memory.given_up.connect(self._show_what_there_is)
        self.table.menu_wanted.connect(self._offer_more)
        self.tray.window_wanted.connect(self._show_or_hide)
        self.tray.quit_wanted.connect(self.leave)
        self.tray.said.connect(self.notices.say)
        self.tray.finding_said.connect(self._say_finding)
        self.tray.finding_chosen.connect(self.show_finding)
        self.tray.finding_acknowledged.connect(self.findings.acknowledge_one)
        self.notices.finding_chosen.connect(self.show_finding)
        self._mishaps.happened.connect(self._alarm)
        self.notices.details_wanted.connect(self.diagnostics.show_mishap)
        self.palette_box.search_wanted.connect(self.search_for)
        self.panel.tear_wanted.connect(self.tear)
        self.panel.moment_wanted.connect(self.travel.go_to)
        self.panel.heading.pane_wanted.connect(self.show_pane)
        self.selection.moved.connect(self._selection_moved)
        self.search.searched.connect(self._searched)
        self.welcome.add_wanted.connect(self.connections.open_new)
        self.welcome.engine_wanted.connect(self.attach)
        self.welcome.snapshot_wanted.connect(self._open_snapshot)
        self.snapshots.opened.connect(self.travel.open_snapshot)
        self.snapshots.save_wanted.connect(self.save_snapshot)
        self.snapshots.compare_wanted.connect(self.compare)
        self.snapshots.gold_wanted.connect(self.compare_gold)
        self.travel.refused.connect(self.notices.say_error)
        self._replica.review_moved.connect(self._review_moved)
        self._review_moved()
        self.welcome.demo_wanted.connect(self.open_demo)
        self.connections.added.connect(self.selection.choose)
        self._replica.refreshed.connect(self._show_what_there_is)
        self._replica.matches_moved.connect(self._matches_moved)
        self.preferences.changed.connect(self._prefer)

    # --- the selection --------------------------------------------------------------------------------------------

    def _selection_moved(self) -> None:
        entity = self.selection.entity
        if entity is None:
            return
        self._leave_overview()
        for part in self._lists:
            part.show_entities(self.selection.entities)
        self.panel.show_entities(self.selection.entities)
        self.changes.show_entity(entity)
        self.findings.show_entities(self.selection.entities)
        self.connections.show_entity(entity)
        self.quarantine.show_entities(self.selection.entities)
        self.quarantine_view.show_entities(self.selection.entities)
        self.notices.tell_trouble()

    def turn_to(self, name: str) -> None:
        self._leave_overview()
        self.panel.turn_to(name)
        if (pane := self.panel.pane) is not None:
            pane.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _offer(self, entities: tuple[EntityId, ...], at: QPoint) -> None:
        """The menu about what is selected, where the operator asked for it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offer_more(menu, entities)
        menu.popup(at)

    def _offer_more(self, menu: QMenu, entities: tuple[EntityId, ...]) -> None:
        """Adds what can be done with what is selected to the menu of a list."""
        turns = [turn for turn in self.commands.turns if turn.isEnabled()]
        about = self.connections.all if any(kind_of(entity) == "connection" for entity in entities) else ()
        lock = [action for action in self.quarantine.all if action.isEnabled()]
        compare = (self.snapshots.compare_gold,) if any(kind_of(entity) == "vm" for entity in entities) else ()
        fill(menu, (*turns, None, self.commands.tear_pane, *compare, None, *lock, None, *about))

    def tear(self) -> None:
        """Opens another window with the pane in front, which follows the selection until it is told to stay."""
        self._tear(self.panel.front).show()

    def _tear(self, front: str) -> PaneWindow:
        window = PaneWindow(self.desk, self.selection, front, self)
        window.chosen.connect(self.selection.choose)
        window.moment_wanted.connect(self.travel.go_to)
        window.gone.connect(partial(self.pane_windows.remove, window))
        self.pane_windows.append(window)
        return window

    # --- searching ------------------------------------------------------------------------------------------------

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def search_for(self, text: str) -> None:
        """Puts a text into the search box, as if it had been typed."""
        self.search.setText(text)
        self.focus_search()

    def _searched(self, text: str) -> None:
        self._replica.expect_matches(bool(text))
        self._engine.search(SEARCH, text)

    def _matches_moved(self) -> None:
        if self._replica.searching:
            for part in (self.tree_model, self.table, self.topology):
                part.show_only(self._replica.matches)
            count = len(self._replica.matches)
            self.search.tell(self.tr("%Ln match(es)", "", count))
        else:
            for part in (self.tree_model, self.table, self.topology):
                part.show_only(None)
            self.search.tell("")

    # --- another time ---------------------------------------------------------------------------------------------

    def _open_snapshot(self, path: str) -> None:
        if path:
            self.snapshots.show_file(path)
        else:
            self.snapshots.ask()

    def save_snapshot(self) -> None:
        """Asks what a snapshot is to hold, and has it written."""
        dialog = SaveDialog(self, self.desk, self.search.text(), self.selection.vms)
        dialog.written.connect(lambda path, size: self.notices.say(self.tr("Saved: {0}, {1}").format(path, size)))
        dialog.open()

    def write_report(self) -> None:
        """Asks what a report is to say, and has it written."""
        from vmi_console.gui.reports.writing import ReportDialog  # with what reports are made of, which few need

        dialog = ReportDialog(self, self.desk, self.search.text(), self.selection.vms)
        dialog.written.connect(lambda path, size: self.notices.say(self.tr("Written: {0}, {1}").format(path, size)))
        dialog.open()

    def open_schedule(self) -> None:
        """Shows the reports that are written by themselves."""
        from vmi_console.gui.reports.schedule import ScheduleDialog

        ScheduleDialog(self, self.desk).show()

    def compare(self) -> ComparisonWindow:
        """Opens a window in which two moments are compared."""
        from vmi_console.gui.review.comparing import ComparisonWindow  # with what compares, which few need

        window = ComparisonWindow(self.desk, self.snapshots.recent(), self)
        window.chosen.connect(self._show_chosen)
        window.show()
        return window

    def compare_gold(self) -> ComparisonWindow:
        """The same for the VM that is selected and its gold image; of two that are selected the second is that."""
        vms = self.selection.vms
        window = self.compare()
        window.choose_machines(vms[0] if vms else None, vms[1] if len(vms) == 2 else None)
        return window

    def _review_moved(self) -> None:
        """The title and what can be done follow the time that is shown."""
        review = self._replica.review
        self.setWindowTitle(self.travel.title())
        if review is None and self._replica.has_living:
            Deed.bar("")
        elif review is None or review.path:
            Deed.bar(self.tr("a snapshot is only looked at"))
        else:
            Deed.bar(self.tr("what is shown is past: go back to now first"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for path in dropped(event.mimeData()):
            self.snapshots.show_file(path)

    # --- what is there --------------------------------------------------------------------------------------------

    def _show_what_there_is(self) -> None:
        """The welcome page until something is connected."""
        connected = self._replica.counts["connection"] > 0 or self._replica.review is not None
        overview = self._overview and bool(self._replica.verdicts.posture.policies)
        self._stack.setCurrentWidget(self._page(overview) if connected else self.welcome)
        if connected != self._connected:
            self._connected = connected
            # The pane is laid out first: it takes long.
            QTimer.singleShot(0, self, partial(self._show_docks, connected))
        first = min((connection.id for connection in self._replica.connections()), default=None)
        if first is not None and self.selection.entity is None and not self.estate.memory.returning:
            self.selection.choose(first)
            self._overview = True  # nobody asked for it

    def _page(self, overview: bool) -> QWidget:
        return self.dashboard if overview else self.panel

    def show_dashboard(self) -> None:
        """Brings the picture of everything to the front, until something is looked at again."""
        self._overview = True
        if self._connected:
            self._stack.setCurrentWidget(self.dashboard)
            self.dashboard.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_overview(self) -> None:
        self._overview = False
        if self._connected:
            self._stack.setCurrentWidget(self.panel)

    def _show_docks(self, shown: bool) -> None:
        if shown:
            self._take_places(self._layout)
            self.review_bar.settle()
            self.time_bar.settle()
            self._show_panes()
            self.show_pane(self._asked)
            while self._torn:
                place = self._torn.pop(0)
                window = self._tear(place.front)
                window.take(place)
                window.show()
        else:
            self._layout = self.saveState()
            for dock in self.docks:
                dock.hide()
            self._show_panes()
        self.commands.enlarge.setEnabled(shown)

    def _alarm(self, mishap: Mishap) -> None:
        """Something unexpected happened; the console goes on."""
        self.notices.say_mishap(self.diagnostics.headline(mishap), mishap)

    def actions_everywhere(self) -> list[QAction]:
        """Every action of the window: all are in its menus."""
        return [action for menu in self.menuBar().findChildren(QMenu) for action in menu.actions()]

    # --- what the operator prefers --------------------------------------------------------------------------------

    def show_pane(self, name: str) -> None:
        """Brings a part to the front by its name, now or as soon as something is connected."""
        self._asked = name
        if self._connected:
            self.panel.turn_to(name)
            if name == "dashboard":
                self.show_dashboard()
            for dock in self.docks:
                if dock.objectName() == name:
                    dock.come_forward()

    def show_findings(self, text: str = "", least: Severity = Severity.LOW) -> None:
        """Brings the open findings to the front, only those with a text or from a severity on where one is given."""
        self.findings.show_what(text, Severity(least))
        self.findings_dock.come_forward()

    def show_finding(self, identity: str) -> None:
        """Brings one finding to the front, with its VM."""
        finding = self._replica.verdicts.findings.get(identity)
        if finding is not None:
            self.findings_dock.come_forward()
            self.selection.choose(finding.vm)
            self.findings.show_finding(identity)

    def _say_finding(self, title: str, text: str, finding: str) -> None:
        """What opens in plain sight of the operator needs no message."""
        if not (self.isActiveWindow() and self.findings.view.isVisible()):
            self.notices.say_finding(title, text, finding)

    def _choose_policies(self) -> None:
        """Asks for another folder of policies; the engine must be able to read it."""
        dialog = QFileDialog(self, self.tr("Open a folder of policies"), self._replica.verdicts.posture.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open_policies)
        dialog.open()

    def edit_policies(self, file: str = "", rule: str = "") -> None:
        """Opens the window in which policies are written, at a document of the folder and a rule in it, if named."""
        if self.policy_window is None:
            from vmi_console.gui.policy_editor.window import PolicyWindow  # with a YAML reader, which takes its time

            self.policy_window = PolicyWindow(self.desk, self)
            self.policy_window.chosen.connect(self._show_chosen)
            self.policy_window.folder_wanted.connect(self._choose_policies)
            self.closed.connect(self.policy_window.hide)  # which ends what it asks all the time
        self.policy_window.come_forward(file, rule)

    def _show_chosen(self, entity: EntityId) -> None:
        """Shows what was chosen in another window."""
        self._show_or_hide(True)
        self.selection.choose(entity)
        self._leave_overview()

    def leave(self) -> None:
        """Ends the program; where policies were edited and not saved, that is asked about first."""
        if self.policy_window is not None:
            self.policy_window.ask_before(self.closed.emit)
        else:
            self.closed.emit()

    def open_policies(self, folder: str) -> None:
        """Judges by the policies of this folder from now on."""
        self.errands.run(
            self._engine.call("open_policies", folder=folder), self.tr("Open the policies in {0}").format(folder)
        )

    def open_settings(self) -> None:
        if (dialog := self.findChild(SettingsDialog)) is not None:
            dialog.activateWindow()
            return
        dialog = SettingsDialog(self, self.desk, self._workspace)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.add_wanted.connect(self.connections.add.trigger)
        dialog.columns_wanted.connect(self.table.choose_columns.trigger)
        dialog.outputs_wanted.connect(self.open_outputs)
        dialog.show()

    def open_outputs(self) -> None:
        """Brings the page of outputs to the front."""
        from vmi_console.gui.dialogs.outputs import OutputsDialog  # with the parts that send, which few need

        dialog = self.findChild(OutputsDialog) or OutputsDialog(self, self.desk)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def open_demo(self) -> None:
        """Shows the demo as `--demo` does, with policies of its own and an engine that remembers nothing: the user's
        workspace has none of it.
        """
        scheme = self.preferences.choices.scheme
        theme = () if scheme is Scheme.SYSTEM else ("--theme", scheme.value)
        if open_another("--demo", *theme):
            self.welcome.tell_opening()
        else:
            self.notices.say(self.tr("Another window could not be started."))

    def attach(self) -> None:
        AttachDialog(self, self._workspace.socket if self._workspace is not None else None).open()

    def tell_about(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIconPixmap(icons.pixmap("app", Tone.ACCENT, 48, self.devicePixelRatioF()))
        box.setWindowTitle(self.tr("About VMI Console"))
        box.setText(self.tr("VMI Console {0}").format(version()))
        box.setInformativeText(
            self.tr(
                "Knows every virtual machine of an estate, inside and out, from outside: without an agent in any of"
                " them. Free software under the GNU Affero General Public License, version 3 or later; no warranty."
            )
        )
        box.open()

    def remember(self) -> None:
        """Keeps where everything is for the next start."""
        self.preferences.remember("window", self.saveGeometry())
        self.preferences.remember("docks", self.saveState() if self._connected else self._layout)
        lists_only = self._split.room if self.commands.enlarge.isChecked() else {}
        self.preferences.remember("lists-only", msgspec.json.encode(lists_only))
        self.preferences.remember("pane", self.panel.wanted.encode())
        torn = [*self._torn, *(window.place for window in self.pane_windows)]
        self.preferences.remember("torn-off", msgspec.json.encode(torn))
        self.estate.memory.keep()
        self.preferences.save()

    def _come_back(self) -> None:
        """Takes the places that were remembered; those of the docks count once something is connected."""
        if (geometry := self.preferences.remembered("window")) is not None:
            self.restoreGeometry(geometry)
        self._layout = self.preferences.remembered("docks") or self._layout
        if (front := self.preferences.remembered("pane")) is not None:
            self.panel.turn_to(bytes(front.data()).decode("utf-8", "replace"))
        if (torn := self.preferences.remembered("torn-off")) is not None:
            with contextlib.suppress(msgspec.MsgspecError):  # of another version: windows are torn off anew
                self._torn = msgspec.json.decode(torn.data(), type=list[Place])
        if (room := self.preferences.remembered("lists-only")) is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                self._split.room = msgspec.json.decode(room.data(), type=Room)
                self.commands.enlarge.setChecked(bool(self._split.room))
        self.commands.enlarge.setEnabled(False)
        for dock in self.docks:
            dock.hide()

    def keep_to_screen(self) -> None:
        """Becomes no larger than its screen has room for: what was remembered may be of another screen or scale."""
        room = self.screen().availableGeometry()
        size = self.size().boundedTo(room.size() - FRAME)
        if size != self.size() and not (self.isMaximized() or self.isFullScreen()):
            self.resize(size)
            self.move(room.topLeft())

    def reset_layout(self) -> None:
        self.commands.enlarge.setChecked(False)
        self.enlarge()
        self._take_places(self._first_layout)
        self.review_bar.settle()
        self.time_bar.settle()

    def _take_places(self, layout: QByteArray) -> None:
        """Puts the docks where they were. At first the estate leaves the lists their room on a small screen."""
        self.restoreState(layout)
        if layout is self._first_layout:
            width = max(self.estate.minimumWidth(), min(ESTATE, self.width() // 4))
            self.resizeDocks([self.estate_dock], [width], Qt.Orientation.Horizontal)

    def enlarge(self) -> None:
        """Gives the lists the room of the panes, or back."""
        if self.commands.enlarge.isChecked():
            self._split.measure()
        self._show_panes()

    def _show_panes(self) -> None:
        """Unless the operator wants lists only; where nothing is connected there are none."""
        self._split.show_panes(not (self.commands.enlarge.isChecked() and self._connected))

    def _prefer(self, before: Choices) -> None:
        choices = self.preferences.choices
        if choices.scheme is not before.scheme:
            Theme.current.choose(choices.scheme)
        self._replica.refresh_every(choices.refresh_milliseconds)

    def _show_or_hide(self, shown: bool) -> None:
        if shown:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
            self.show()
            self.raise_()
            self.activateWindow()
        else:
            self.hide()

    def focusNextPrevChild(self, forward: bool) -> bool:
        docked = [dock for dock in self.docks if not dock.isFloating()]
        return reading_order.move_on(
            (self._bar, self.time_bar, self._centre, *docked, *tab_bars(self)), forward=forward
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        """Into the tray where there is one and the operator wants that; else it is the end."""
        if self.tray.takes_over():
            super().closeEvent(event)
        elif self.policy_window is not None and self.policy_window.folder.edited:
            event.ignore()
            self.leave()
        else:
            super().closeEvent(event)
            self.closed.emit()
