"""The estate on the left: the tree, and above it how it is arranged and sorted."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, Arrangement
from vmi_console.gui.tree.forest import Order
from vmi_console.gui.tree.memory import Memory
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.view import EstateView


class EstatePane(QWidget):
    """The tree with its header. What is open, selected and on screen comes back at the next start."""

    picked = Signal(tuple)  # of EntityId: what the operator selected; the first one leads
    chosen = Signal(str)  # EntityId: one was opened by double click or Enter
    menu_wanted = Signal(object, object)  # the selected EntityIds, and where on the screen: a QPoint

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = desk.preferences
        choices = desk.preferences.choices
        arrangement = ARRANGEMENTS.get(choices.arrangement, LOCATION)
        order = next((one for one in Order if one.value == choices.order), Order.NAME)
        self.model = EstateModel(desk.replica, self, arrangement, order)
        self.view = EstateView(self.model)
        self.memory = Memory(desk.preferences, self.model, self.view, self)
        self._make_actions()
        self._lay_out()
        self.model.settled.connect(self._tell)
        self.view.picked.connect(self.picked)
        self.view.menu_wanted.connect(self.menu_wanted)
        self.view.activated.connect(lambda index: self._open(index.row()))
        desk.preferences.changed.connect(lambda _: self._follow())
        desk.replica.progress_moved.connect(self.view.viewport().update)
        desk.replica.link_moved.connect(self.view.viewport().update)
        Theme.current.changed.connect(self._paint_icons)
        self._follow()

    @property
    def actions_for_menu(self) -> tuple[QAction, ...]:
        """Everything that can be done here, for menus and the palette."""
        return (*self.arrangements.actions(), *self.orders.actions(), self.open_all, self.close_all)

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """Selects what was selected elsewhere, without telling."""
        self.memory.give_way(entities)
        self.view.show_entities(entities)

    # --- making ---------------------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        def action(text: str, tip: str, icon: str, shortcut: str = "") -> QAction:
            made = QAction(text, self)
            made.setToolTip(tip)
            made.setStatusTip(tip)
            made.setData(icon)
            if shortcut:
                made.setShortcut(shortcut)
            return made

        self.arrangements = QActionGroup(self)
        for way in ARRANGEMENTS.values():
            arrange = action(self.tr("Estate {0}").format(way.title), way.help, f"arrange-{way.name}")
            arrange.setCheckable(True)
            arrange.triggered.connect(partial(self._choose, arrangement=way.name))
            self.arrangements.addAction(arrange)
        self.orders = QActionGroup(self)
        for order, text, shortcut in (
            (Order.NAME, self.tr("Sort by name"), "Ctrl+Shift+N"),
            (Order.STATE, self.tr("Sort by state"), "Ctrl+Shift+S"),
        ):
            sort = action(text, self.tr("The order of the tree"), "sort", shortcut)
            sort.setCheckable(True)
            sort.triggered.connect(partial(self._choose, order=order.value))
            self.orders.addAction(sort)
        self.open_all = action(
            self.tr("Expand all"), self.tr("Open every branch of the tree"), "expand-all", "Ctrl+Shift+E"
        )
        self.open_all.triggered.connect(lambda: self.model.open_all())
        self.close_all = action(
            self.tr("Collapse all"), self.tr("Close every branch of the tree"), "collapse-all", "Ctrl+Shift+C"
        )
        self.close_all.triggered.connect(lambda: self.model.close_all())

    def _lay_out(self) -> None:
        self.arrangement_button = self._menu_button(self.arrangements.actions(), self.tr("How the estate is arranged"))
        self.arrangement_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.arrangement_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.order_button = self._menu_button(self.orders.actions(), self.tr("The order of the tree"))
        header = QHBoxLayout()
        header.setContentsMargins(4, 2, GAP, 2)
        header.setSpacing(2)
        header.addWidget(self.arrangement_button, 1)
        header.addWidget(self.order_button)
        for action in (self.open_all, self.close_all):
            button = self._button(action.text())
            button.setDefaultAction(action)
            header.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(separator())
        column.addWidget(self.view, 1)
        self.nothing = PlainLabel(
            self.tr("Nothing matches the search. Change or empty the search box above."), Tone.MUTED
        ).wrapped()
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.nothing.hide()
        over = QVBoxLayout(self.view.viewport())
        over.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        over.addWidget(self.nothing)
        over.addStretch(1)
        self.setFocusProxy(self.view)
        self._paint_icons()

    def _tell(self) -> None:
        self.nothing.setVisible(self.model.narrowed and not self.model.rows)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setIconSize(QSize(icons.SIZE, icons.SIZE))
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _menu_button(self, actions: list[QAction], name: str) -> QToolButton:
        button = self._button(name)
        button.setToolTip(name)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton { padding: 4px; } QToolButton::menu-indicator { image: none; }")
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.addActions(actions)
        button.setMenu(menu)
        return button

    def _paint_icons(self) -> None:
        for action in self.actions_for_menu:
            action.setIcon(icons.icon(str(action.data())))
        self.order_button.setIcon(icons.icon("sort"))
        self.arrangement_button.setIcon(icons.icon(f"arrange-{self.model.arrangement.name}"))

    # --- what the operator prefers --------------------------------------------------------------------------------

    def _choose(self, _checked: bool = False, **choice: str) -> None:
        self._preferences.choose(**choice)

    def _follow(self) -> None:
        """Arranges and sorts as preferred: also what another window chose."""
        choices = self._preferences.choices
        way: Arrangement = ARRANGEMENTS.get(choices.arrangement, LOCATION)
        if way is not self.model.arrangement:
            self.model.arrange(way)
        if self.model.order.value != choices.order and choices.order in {order.value for order in Order}:
            self.model.sort_by(Order(choices.order))
        for arrange, one in zip(self.arrangements.actions(), ARRANGEMENTS.values(), strict=True):
            arrange.setChecked(one is way)
        for sort, order in zip(self.orders.actions(), Order, strict=True):
            sort.setChecked(order is self.model.order)
        self.arrangement_button.setText(self.tr("Estate {0}").format(way.title) + " ▾")
        self.arrangement_button.setIcon(icons.icon(f"arrange-{way.name}"))
        self.arrangement_button.setToolTip(f"{way.title}: {way.help}")
        self.arrangement_button.setAccessibleDescription(f"{way.title}: {way.help}")

    # --- the operator ---------------------------------------------------------------------------------------------

    def _open(self, row: int) -> None:
        node = self.model.rows[row]
        if node.heading is None:
            self.chosen.emit(node.id)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.memory.keep()
