"""What the operator can do, made in one way: a text, a shortcut, a sentence that explains, an icon of the theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from vmi_console.gui import icons
from vmi_console.gui.mishaps import doing
from vmi_console.gui.theme import Theme


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
    ) -> QAction:
        """An action; one with `checked` has a state, which it shows."""
        action = QAction(text, self._owner)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
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
