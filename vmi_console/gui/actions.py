"""What the operator can do, made in one way: a text, a shortcut, a sentence that explains, an icon of the theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget
from shiboken6 import isValid

from vmi_console.gui import icons
from vmi_console.gui.mishaps import doing
from vmi_console.gui.offers import REASON
from vmi_console.gui.theme import Theme


class Deed(QAction):
    """An action that does something to the estate or to what the console keeps of it. None of them can be done while
    another time is shown (`bar`), whatever else speaks for it.
    """

    _all: ClassVar[WeakSet[Deed]] = WeakSet()
    _barred: ClassVar[str] = ""

    def __init__(self, text: str, parent: QWidget) -> None:
        self._wanted = True
        self._tip = self._reason = ""
        super().__init__(text, parent)
        Deed._all.add(self)

    @classmethod
    def bar(cls, reason: str) -> None:
        """From now on none of them can be done, for this reason; an empty one ends that."""
        Deed._barred = reason
        for deed in list(Deed._all):
            if isValid(deed):
                deed._settle()

    def explain(self, tip: str) -> None:
        """What it does."""
        self._tip = tip
        self._settle()

    def setEnabled(self, enabled: bool) -> None:
        """Whether it could be done now; whoever says so gives the reason before."""
        self._wanted = enabled
        said = self.property(REASON) or ""
        if said != self._barred:
            self._reason = said
        self._settle()

    def _settle(self) -> None:
        super().setEnabled(self._wanted and not self._barred)
        self.setProperty(REASON, self._barred or self._reason)
        self.setToolTip(f"{self._tip}\n{self._barred}" if self._barred else self._tip)


class Actions(QObject):
    """Makes the actions of one owner, whose shortcuts work wherever its window has the keyboard."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self.made: list[QAction] = []
        Theme.current.changed.connect(self._paint)

    def make(
        self,
        text: str,
        run: Callable[[], object],
        tip: str,
        shortcut: str | QKeySequence.StandardKey | None = None,
        icon: str = "",
        *,
        checked: bool | None = None,
        acts: bool = False,
    ) -> QAction:
        """An action; one with `checked` has a state, which it shows. `acts`: see `Deed`."""
        action = Deed(text, self._owner) if acts else QAction(text, self._owner)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        if isinstance(action, Deed):
            action.explain(tip)
        else:
            action.setToolTip(tip)
        action.setStatusTip(tip)
        action.setData(icon)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)

        def carry_out() -> None:
            with doing(text):
                run()

        action.triggered.connect(carry_out)
        self.made.append(action)
        _paint(action)
        return action

    def _paint(self) -> None:
        for action in self.made:
            _paint(action)


def tool_button(action: QAction, *, words: bool = True) -> QToolButton:
    """A button for a bar; one without words shows the icon alone. The keyboard gets there."""
    button = QToolButton()
    button.setDefaultAction(action)
    beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(beside if words else alone)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(action.text())
    button.setAccessibleDescription(action.toolTip())
    return button


type Entry = QAction | tuple[str, Sequence[Entry]] | None
"""Of a menu: an action, a line between groups, or another menu with its title."""


def fill(menu: QMenu, entries: Iterable[Entry]) -> QMenu:
    """Puts entries into a menu; gives it back."""
    menu.setToolTipsVisible(True)
    for entry in entries:
        match entry:
            case None:
                menu.addSeparator()
            case (title, below):
                fill(menu.addMenu(title), below)
            case _:
                menu.addAction(entry)
    return menu


def _paint(action: QAction) -> None:
    if action.data():
        action.setIcon(icons.icon(action.data()))
