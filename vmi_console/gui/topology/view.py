"""The topology of the estate: the picture with its tools, its progress, and what it says while there is nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.plain_text import action_text
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font
from vmi_console.gui.topology.camera import NEAREST
from vmi_console.gui.topology.canvas import STEP, TopologyCanvas
from vmi_console.gui.topology.export import save
from vmi_console.gui.topology.keeping import SceneKeeper
from vmi_console.gui.topology.legend import Legend

MEMORY = "topology"
STEPS = 1_000  # of the slider


class _Remembered(msgspec.Struct, frozen=True):
    """What is kept from one start to the next."""

    narrow: bool = False
    hidden: tuple[str, ...] = ()


class TopologyView(QWidget):
    """Hosts, switches, networks by VLAN, and the VMs in them. Works only while it is seen."""

    chosen = Signal(str)  # EntityId
    picked = Signal(tuple)  # of EntityId

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._replica = desk.replica
        self.keeper = SceneKeeper(desk.replica, self)
        self.canvas = TopologyCanvas(desk.replica, self.keeper)
        self.legend = Legend(self)
        self._flagged = 0
        self._make_actions()
        self._lay_out()
        self.canvas.chosen.connect(self._chosen)
        self.canvas.picked.connect(self._picked)
        self.canvas.cleared.connect(lambda: self.keeper.select(()))
        self.canvas.zoomed.connect(self._zoomed)
        self.keeper.laid_out.connect(self._tell)
        self.keeper.repainted.connect(self._tell)
        self.keeper.progressed.connect(self._tell_progress)
        self._replica.refreshed.connect(self._refreshed)
        self._replica.link_moved.connect(self._refreshed)
        Theme.current.changed.connect(self._paint_icons)
        self._paint_icons()
        self._restore()
        self._refreshed()

    # --- for the window -------------------------------------------------------------------------------------------

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """What is selected elsewhere: its wiring is lit, and it is brought into view. Nobody is told."""
        self.canvas.show_entities(entities)
        self.keeper.select(entities)

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Dims what a search does not match; None ends that."""
        self.keeper.show_only(None if matches is None else frozenset(matches))

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        def action(text: str, icon: str, tip: str, run: Callable[[], object] | None = None) -> QAction:
            made = QAction(text, self)
            made.setData(icon)
            made.setToolTip(tip)
            made.setStatusTip(tip)
            if run is not None:
                made.triggered.connect(lambda: run())
            return made

        canvas = self.canvas
        self.fit = action(self.tr("Show everything"), "fit", self.tr("Fit the whole picture (0)"), canvas.fit)
        self.zoom_in = action(
            self.tr("Zoom in"), "zoom-in", self.tr("Closer: names, then addresses (+)"), lambda: canvas.zoom_by(STEP)
        )
        self.zoom_out = action(
            self.tr("Zoom out"), "zoom-out", self.tr("Further away (−)"), lambda: canvas.zoom_by(1 / STEP)
        )
        self.zoom_selection = action(
            self.tr("Zoom to the selection"),
            "search",
            self.tr("Show what is selected as large as it fits"),
            canvas.zoom_to_selection,
        )
        self.narrow = action(
            self.tr("Only what is wired to the selection"),
            "wired",
            self.tr("Leave everything out that has no wire to the selection, or to what the search matches"),
        )
        self.narrow.setCheckable(True)
        self.narrow.toggled.connect(self._narrowed)
        self.next_flagged = action(
            self.tr("Next out of place"),
            "flag",
            self.tr("Go to a VM on a VLAN where nearly none of its family are"),
            self._go_to_flagged,
        )
        self.arrange = action(
            self.tr("Put in order"),
            "sort",
            self.tr("Newcomers stand at the end of their network: sort all by name again"),
            self.keeper.arrange,
        )
        self.save_as = action(
            self.tr("Save the picture…"), "save", self.tr("What is seen now, as SVG or PNG"), self._ask_where
        )
        self.show_legend = action(
            self.tr("Legend"), "info", self.tr("What shapes, colours and lines mean"), self._open_legend
        )
        self.actions_for_menu = (
            self.fit,
            self.zoom_in,
            self.zoom_out,
            self.zoom_selection,
            self.narrow,
            self.next_flagged,
            self.arrange,
            self.save_as,
            self.show_legend,
        )

    def _lay_out(self) -> None:
        bar = self._bar = QToolBar(self.tr("Topology tools"), self, movable=False, floatable=False)
        bar.setIconSize(QSize(icons.SIZE, icons.SIZE))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.addActions([self.fit, self.zoom_out])
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setSingleStep(STEPS // 40)
        self.slider.setFixedWidth(120)
        self.slider.setAccessibleName(self.tr("Level of detail"))
        self.slider.setToolTip(self.tr("From everything, in counts, to names and addresses"))
        self.slider.valueChanged.connect(self._slid)
        bar.addWidget(self.slider)
        bar.addAction(self.zoom_in)
        bar.addSeparator()
        bar.addAction(self.narrow)
        self.connections = QToolButton()
        self.connections.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.connections.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.connections.setToolTip(self.tr("Which connections are in the picture"))
        self.connections.setAccessibleName(self.tr("Connections in the picture"))
        self._connection_menu = QMenu(self.connections)
        self._connection_menu.aboutToShow.connect(self._list_connections)
        self.connections.setMenu(self._connection_menu)
        bar.addWidget(self.connections)
        bar.addAction(self.next_flagged)
        flagged = bar.widgetForAction(self.next_flagged)
        assert isinstance(flagged, QToolButton)
        flagged.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        bar.addActions([self.arrange, self.save_as, self.show_legend])
        for widget in bar.findChildren(QToolButton):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

        self.line = ElidedLabel(tone=Tone.MUTED)
        self.line.setContentsMargins(GAP, 3, GAP, 3)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.canvas)
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._progress_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self.line)
        self.setTabOrder(self.canvas, bar)
        self.setFocusProxy(self.canvas)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("topology-empty")
        self._empty_icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty_title = PlainLabel()
        self.empty_title.setFont(title_font(self.font()))
        self.empty_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_advice = PlainLabel(tone=Tone.MUTED).wrapped()
        self.empty_advice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(page)
        column.setSpacing(GROUP)
        column.addStretch(2)
        column.addWidget(self._empty_icon)
        column.addWidget(self.empty_title)
        column.addWidget(self.empty_advice)
        column.addStretch(3)
        return page

    def _progress_page(self) -> QWidget:
        page = QWidget()
        label = PlainLabel(self.tr("Laying the picture out…"), Tone.MUTED)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setFixedWidth(240)
        self.progress.setAccessibleName(label.text())
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.progress)
        row.addStretch(1)
        column = QVBoxLayout(page)
        column.setSpacing(GAP)
        column.addStretch(1)
        column.addWidget(label)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def _paint_icons(self) -> None:
        for action in self.actions_for_menu:
            tone = Tone.WARNING if action is self.next_flagged and self._flagged else Tone.PLAIN
            action.setIcon(icons.icon(str(action.data()), tone))
        self.connections.setIcon(icons.icon("network"))
        self._empty_icon.setPixmap(icons.pixmap("wired", Tone.MUTED, 48, self.devicePixelRatioF()))

    # --- what is shown --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refreshed()
        self.keeper.show(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.keeper.show(False)

    def _refreshed(self, _: object = None) -> None:
        """Empty, being laid out, or there."""
        counts = self._replica.counts
        if not counts["connection"]:
            self.empty_title.setText(self.tr("Nothing is connected yet"))
            self.empty_advice.setText(
                self.tr("Add a connection, or open the demo estate: how its networks are wired appears here.")
            )
        elif not (counts["host"] or counts["vm"] or counts["network"]):
            self.empty_title.setText(self.tr("Nothing is known yet"))
            self.empty_advice.setText(
                self.tr("As soon as a connection answers, its hosts, networks and VMs appear here.")
            )
        elif self.keeper.built and not self.keeper.scene.sections and not self.keeper.busy:
            self.empty_title.setText(self.tr("Everything is left out"))
            self.empty_advice.setText(
                self.tr("No shown connection has anything for this: show more connections, or more than the wired.")
            )
        else:
            self._stack.setCurrentIndex(0 if self.keeper.built else 2)
            self._tell_connections()
            return
        self._stack.setCurrentIndex(1)
        self._tell_connections()

    def _tell_connections(self) -> None:
        shown = [each for each in self._replica.connections() if each.endpoint not in self.keeper.hidden]
        total = self._replica.counts["connection"]
        self.connections.setText(
            self.tr("All connections") if len(shown) == total else self.tr("%Ln connection(s)", "", len(shown))
        )
        self.connections.setEnabled(total > 0)

    def _tell(self) -> None:
        """Brings along what stands around the picture."""
        if not self.isVisible():
            return
        self._refreshed()
        flagged = len(self.keeper.scene.families.odd)
        if flagged != self._flagged:
            self._flagged = flagged
            self._paint_icons()
        self.next_flagged.setEnabled(flagged > 0)
        self.next_flagged.setText(
            self.tr("%Ln out of place", "", flagged) if flagged else self.tr("Nothing out of place")
        )
        self.zoom_selection.setEnabled(self.canvas.spot is not None)
        self.line.setText(self.canvas.telling.overview(self.keeper.scene, self.canvas.spot))

    def _tell_progress(self) -> None:
        scene = self.keeper.building
        if scene is not None and self._stack.currentIndex() == 2:
            self.progress.setRange(0, max(1, len(self._replica.records)))
            self.progress.setValue(scene.placed)

    # --- the operator ---------------------------------------------------------------------------------------------

    def _chosen(self, entity: str) -> None:
        self.keeper.select((EntityId(entity),))
        self._tell()
        self.chosen.emit(entity)

    def _picked(self, entities: tuple[EntityId, ...]) -> None:
        self.keeper.select(entities)
        self._tell()
        self.picked.emit(entities)

    def _narrowed(self, narrow: bool) -> None:
        self.keeper.narrow(narrow)
        self.canvas.fitted = True
        self._remember()

    def _go_to_flagged(self) -> None:
        """The next flagged VM after the selected one, in the order of the picture."""
        flagged = [vm for section in self.keeper.scene.sections for vm in section.flagged()]
        if not flagged:
            return
        leading = self.canvas.selected[0] if self.canvas.selected else None
        at = flagged.index(leading) + 1 if leading in flagged else 0
        entity = flagged[at % len(flagged)]
        self.show_entities((entity,))
        self.canvas.zoom_to_selection()
        self.chosen.emit(entity)

    def _zoomed(self) -> None:
        least = self.canvas.least_zoom
        span = math.log(NEAREST / least)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS * math.log(max(1.0, self.canvas.zoom / least)) / span))
        self.zoom_out.setEnabled(self.canvas.zoom > least * 1.001)
        self.zoom_in.setEnabled(self.canvas.zoom < NEAREST * 0.999)

    def _slid(self, value: int) -> None:
        least = self.canvas.least_zoom
        self.canvas.zoom_to(least * (NEAREST / least) ** (value / STEPS))

    # --- connections ----------------------------------------------------------------------------------------------

    def _list_connections(self) -> None:
        menu = self._connection_menu
        menu.clear()
        everything = menu.addAction(self.tr("All connections"))
        everything.triggered.connect(lambda: self._hide(()))
        menu.addSeparator()
        group = QActionGroup(menu)
        group.setExclusive(False)
        for connection in sorted(self._replica.connections(), key=lambda each: each.name.casefold()):
            shown = menu.addAction(action_text(connection.name))
            shown.setCheckable(True)
            shown.setChecked(connection.endpoint not in self.keeper.hidden)
            shown.setEnabled(connection.endpoint is not None)
            shown.toggled.connect(lambda on, endpoint=connection.endpoint: self._show_endpoint(endpoint, on))
            group.addAction(shown)

    def _show_endpoint(self, endpoint: str, shown: bool) -> None:
        hidden = set(self.keeper.hidden)
        hidden.discard(endpoint) if shown else hidden.add(endpoint)
        self._hide(hidden)

    def _hide(self, endpoints: Collection[str]) -> None:
        self.keeper.hide(endpoints)
        self.canvas.fitted = True
        self._tell_connections()
        self._remember()

    # --- remembering ----------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        kept = _Remembered(self.narrow.isChecked(), tuple(sorted(self.keeper.hidden)))
        self._desk.preferences.remember(MEMORY, msgspec.json.encode(kept))

    def _restore(self) -> None:
        kept = self._desk.preferences.remembered(MEMORY)
        if kept is None:
            return
        try:
            remembered = msgspec.json.decode(kept.data(), type=_Remembered)
        except msgspec.MsgspecError:
            return  # of another version: it costs a choice, no more
        self.keeper.hide(remembered.hidden)
        self.narrow.setChecked(remembered.narrow)

    # --- files ----------------------------------------------------------------------------------------------------

    def _open_legend(self) -> None:
        self.legend.adjustSize()
        corner = self._bar.mapToGlobal(self._bar.rect().bottomRight())
        self.legend.move(corner.x() - self.legend.width() - GAP, corner.y())
        self.legend.show()
        self.legend.setFocus(Qt.FocusReason.PopupFocusReason)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the picture"), str(Path.home() / "topology.svg"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Drawings (*.svg)"), self.tr("Pictures (*.png)")])
        dialog.setDefaultSuffix("svg")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("png" if "png" in chosen else "svg"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Saves what is seen now; what went wrong is said in the line below the picture."""
        try:
            save(path, self.canvas.viewport().size(), self.tr("Topology"), self.canvas.draw)
        except OSError as error:
            self.line.setText(self.tr("The picture could not be saved: {0}").format(error.strerror or str(error)))
        else:
            self.line.setText(self.tr("The picture was saved as {0}").format(str(path)))
