"""What happened as a list: the newest first, whole sorts of it left out where the operator wants that."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from vmi_console.gui.actions import Actions, tool_button
from vmi_console.gui.panes.copying import as_csv, copy_text
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.theme import Tone
from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.telling import Sort, Telling
from vmi_console.gui.wording import clock, moment
from vmi_console.review.timeline import Happening


class HappeningList(ItemList[Happening]):
    """Has a button for each sort of which something happened."""

    picked = Signal(object)  # Happening: its row became the current one
    turned = Signal()  # other sorts are shown than before
    end_reached = Signal()  # one looks at the last row: what was before may be wanted

    def __init__(self, telling: Telling) -> None:
        super().__init__(
            self.tr("What happened, newest first"),
            (
                Column(self.tr("When"), 16, lambda each: clock(each.at), order=lambda each: each.at),
                Column(
                    "",
                    3,
                    lambda each: "",
                    order=lambda each: telling.sort(each).value,
                    tone=lambda each: telling.look(each).tone,
                    icon=lambda each: telling.look(each).icon,
                ),
                Column(self.tr("What"), 30, telling.what),
                Column(self.tr("Before"), 18, lambda each: telling.sides(each)[0], tone=lambda each: Tone.MUTED),
                Column(self.tr("After"), 24, lambda each: telling.sides(each)[1]),
                Column(self.tr("Who"), 12, telling.who),
                Column(self.tr("How seen"), 12, telling.seen, tone=lambda each: Tone.MUTED),
            ),
        )
        self._telling = telling
        actions = Actions(self)
        self.csv = actions.make(
            self.tr("Copy as CSV"), self._copy_csv, self.tr("Copy what the list shows as CSV"), icon="copy"
        )
        self.sorts: dict[Sort, QAction] = {
            sort: actions.make(telling.title(sort), self.turned.emit, self.tr("Show or hide these"), checked=True)
            for sort in Sort
        }
        self._toggles = {sort: tool_button(action) for sort, action in self.sorts.items()}
        for button in self._toggles.values():
            button.setMinimumWidth(24)
            button.hide()
        csv_button = tool_button(self.csv, words=False)
        self.add_to_bar(*self._toggles.values(), csv_button)
        self.parts: tuple[QWidget, ...] = (self.filter, *self._toggles.values(), csv_button, self.view)
        self.view.addAction(self.csv)
        self.view.selectionModel().currentRowChanged.connect(self._current)
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)

    def show_course(self, course: Course) -> None:
        """What is known by now."""
        hidden = {sort for sort, action in self.sorts.items() if not action.isChecked()}
        sorts = {self._telling.sort(each) for each in course.happenings}
        if course.loaded_from is not None:
            shown = (each for each in course.happenings if self._telling.sort(each) not in hidden)
            self.items.show_items((each.key, each) for each in shown)
        for sort, button in self._toggles.items():
            button.setVisible(sort in sorts or sort in hidden)

    def show_sort_of(self, happening: Happening) -> None:
        """Shows its sort again, if that is left out."""
        action = self.sorts[self._telling.sort(happening)]
        if not action.isChecked():
            action.trigger()

    def go_to(self, key: str) -> None:
        """Makes its row the current one, where it has one."""
        for row, entry in enumerate(self.items.rows):
            if entry.item.key == key:
                self.view.setCurrentIndex(self.items.index(row, 0))
                break

    def beside(self, key: str, by: int) -> str:
        """The key of the next later or earlier one of those that are shown; empty where there are none."""
        keys = [entry.item.key for entry in sorted(self.items.rows, key=lambda entry: entry.item.at)]
        if not keys:
            return ""
        place = keys.index(key) + by if key in keys else (len(keys) - 1 if by < 0 else 0)
        return keys[min(max(place, 0), len(keys) - 1)]

    def _current(self, current: QModelIndex) -> None:
        if current.isValid() and not self.items.moving:
            self.picked.emit(self.items.rows[current.row()].item)

    def _scrolled(self, value: int) -> None:
        if value and value >= self.view.verticalScrollBar().maximum() - 2:
            self.end_reached.emit()

    def _copy_csv(self) -> None:
        copy_text(as_csv(self._table(entry.item for entry in self.items.rows)))

    def _table(self, happenings: Iterable[Happening]) -> list[tuple[str, ...]]:
        heading = tuple(column.title for column in self.items.columns if column.title)
        return [heading, *map(self._row, happenings)]

    def _row(self, happening: Happening) -> tuple[str, ...]:
        telling = self._telling
        before, after = telling.sides(happening)
        words = telling.what(happening), before, after, telling.who(happening), telling.seen(happening)
        return (moment(happening.at), *words)
