"""Several entities of one kind side by side: a row for each attribute, a column for each entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFont, QIcon, QKeySequence
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.copying import as_csv, copy_rows, copy_text
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.panes.traits import ABSENT, OWN, Trait, TraitWords, traits
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.states import look
from vmi_console.gui.theme import GAP, GROUP, ROW, Theme, Tone, colours
from vmi_console.gui.wording import Wording, number
from vmi_console.gui.work import Work

MOST_COLUMNS = 50
COLUMN = 150
LABELS = 230


class Verdict(Enum):
    """How the values of one attribute compare."""

    SAME = "same"
    DIFFERENT = "different"
    OWN = "own"  # each one's own by its nature


class _Row:
    """An attribute with the value of each entity. `usual` is the value that most have."""

    __slots__ = ("trait", "usual", "values", "verdict")

    def __init__(self, trait: Trait) -> None:
        self.trait = trait
        self.values: dict[EntityId, Any] = {}
        self.usual: Any = None
        self.verdict = Verdict.SAME

    def show(self, values: dict[EntityId, Any]) -> bool:
        """Takes new values in; says whether they are others."""
        if values == self.values:
            return False
        self.values = values
        ranked = Counter(map(_comparable, values.values())).most_common(1)
        self.usual, count = ranked[0]
        own = self.trait.field in OWN or self.trait.within in OWN
        self.verdict = Verdict.OWN if own else Verdict.SAME if count == len(values) else Verdict.DIFFERENT
        return True


class ComparisonModel(Rows[_Row]):
    """Compares entities. `settled` says that they are shown."""

    settled = Signal()

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._words = TraitWords(replica)
        self._wording = Wording(replica)
        self._by_trait: dict[Trait, _Row] = {}
        self._work = Work(self)
        self.entities: tuple[EntityId, ...] = ()
        self.only_differences = False
        self.differences = 0

    @property
    def busy(self) -> bool:
        return self._work.busy

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entities)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal:
            return self._of_entity(section, role) if 0 <= section < len(self.entities) else None
        return self._of_row(self.rows[section], role) if 0 <= section < len(self.rows) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, entity = self.rows[index.row()], self.entities[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, entity)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{self.name(entity)} · {self._words.label(row.trait)}", self.text(row, entity))
        unusual = row.verdict is Verdict.DIFFERENT and _comparable(row.values.get(entity, ABSENT)) != row.usual
        if role == Qt.ItemDataRole.FontRole and unusual:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            if unusual:
                return QColor(colours().accent)
            if self._replica.is_stale(entity) or row.values.get(entity) is ABSENT:
                return QColor(colours().muted)
        return None

    def text(self, row: _Row, entity: EntityId) -> str:
        """What is true of an entity."""
        return self._words.said(row.trait, row.values.get(entity, ABSENT))

    def name(self, entity: EntityId) -> str:
        return self._wording.name(entity)

    def compare(self, entities: tuple[EntityId, ...]) -> None:
        """From now on these, each in a column of its own; those that were there before keep theirs."""
        kept = 0
        for old, new in zip(self.entities, entities, strict=False):
            if old != new:
                break
            kept += 1
        if kept < len(self.entities):
            self.beginRemoveColumns(QModelIndex(), kept, len(self.entities) - 1)
            self.entities = self.entities[:kept]
            self.endRemoveColumns()
        if kept < len(entities):
            self.beginInsertColumns(QModelIndex(), kept, len(entities) - 1)
            self.entities = entities
            self.endInsertColumns()
        self.look_again()

    def show_only_differences(self, only: bool) -> None:
        self.only_differences = only
        self.look_again()

    def look_again(self) -> None:
        """Compares what is known now."""
        self._work.start(self._steps(), self.settled.emit)

    def as_rows(self) -> Iterator[list[str]]:
        """What is shown, with headings: for CSV."""
        yield [self.tr("Attribute"), *map(self.name, self.entities)]
        for row in self.rows:
            yield [self._words.label(row.trait), *(self.text(row, entity) for entity in self.entities)]

    def _steps(self) -> Iterator[None]:
        found: dict[EntityId, dict[Trait, Any]] = {}
        order: dict[Trait, None] = {}
        for entity in self.entities:
            record = self._replica.records.get(entity)
            if record is not None:
                found[entity] = traits(record)
                order.update(dict.fromkeys(found[entity]))
                yield
        wanted: list[_Row] = []
        changed: list[_Row] = []
        by_trait: dict[Trait, _Row] = {}
        for trait in _grouped(order):
            row = by_trait[trait] = self._by_trait.get(trait) or _Row(trait)
            if row.show({entity: values.get(trait, ABSENT) for entity, values in found.items()}):
                changed.append(row)
            wanted.append(row)
            yield
        self._by_trait = by_trait
        self.differences = sum(row.verdict is Verdict.DIFFERENT for row in wanted)
        if self.only_differences:
            wanted = [row for row in wanted if row.verdict is Verdict.DIFFERENT]
        yield from self.approach(wanted)
        self.touch(changed)
        if self.rows:
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(self.rows) - 1)

    def _of_entity(self, section: int, role: int) -> Any:
        entity = self.entities[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(entity)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self.name(entity), self._wording.age(entity))
        if role == Qt.ItemDataRole.DecorationRole and (record := self._replica.records.get(entity)) is not None:
            seen = look(record)
            stale = self._replica.is_stale(entity) and seen.tone in (Tone.PLAIN, Tone.GOOD)
            return QIcon(icons.icon(seen.icon, Tone.MUTED if stale else seen.tone))
        return None

    def _of_row(self, row: _Row, role: int) -> Any:
        differs = row.verdict is Verdict.DIFFERENT
        if role == Qt.ItemDataRole.DisplayRole:
            return f"≠ {self._words.label(row.trait)}" if differs else self._words.label(row.trait)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = {
                Verdict.SAME: self.tr("the same for all"),
                Verdict.DIFFERENT: self.tr("differs; what most have is not emphasised"),
                Verdict.OWN: self.tr("each has its own"),
            }
            return tooltip(self._words.label(row.trait), said[row.verdict])
        return None


class ComparisonPane(Pane):
    """The table, a box to see only what differs, and a button to copy it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.model = ComparisonModel(desk.replica, self)
        self.view = _comparing(self.model, self.tr("Comparison"))
        self.only = QCheckBox(self.tr("Only differences"))
        self.only.toggled.connect(self.model.show_only_differences)
        self._count = PlainLabel(tone=Tone.MUTED)
        self._note = PlainLabel(tone=Tone.MUTED)
        self.copy = QPushButton(self.tr("Copy as CSV"))
        self.copy.setToolTip(self.tr("Copy what is shown, for a spreadsheet"))
        self.copy.clicked.connect(lambda: copy_text(as_csv(self.model.as_rows())))
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GAP, GROUP, GAP)
        bar.setSpacing(GROUP)
        bar.addWidget(self.only)
        bar.addWidget(self._count)
        bar.addStretch(1)
        bar.addWidget(self._note)
        bar.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self.model.settled.connect(self._tell)
        self.view.horizontalHeader().sectionDoubleClicked.connect(
            lambda section: self.chosen.emit(self.model.entities[section])
        )
        Theme.current.changed.connect(self.model.touch_all)

    def bring_up_to_date(self) -> None:
        shown = self.entities[:MOST_COLUMNS]
        if shown != self.model.entities:
            self.model.compare(shown)
        else:
            self.model.look_again()

    def _tell(self) -> None:
        self._count.setText(self.tr("%Ln difference(s)", "", self.model.differences))
        more = len(self.entities) > MOST_COLUMNS
        told = self.tr("the first {0} of {1} are compared")
        self._note.setText(told.format(number(MOST_COLUMNS), number(len(self.entities))) if more else "")


class _Heads(QHeaderView):
    """A header that knows its size: Qt's own measures two hundred sections whenever the table is laid out."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self.setSectionsClickable(True)

    def sizeHint(self) -> QSize:
        return QSize(LABELS, self.sectionSizeFromContents(0).height() if self.count() else ROW)


def _comparing(model: ComparisonModel, name: str) -> QTableView:
    """A table whose attributes stay in sight while its columns are scrolled."""
    view = QTableView()
    view.setHorizontalHeader(_Heads(Qt.Orientation.Horizontal))
    view.setVerticalHeader(_Heads(Qt.Orientation.Vertical))
    view.setModel(model)
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    across, down = view.horizontalHeader(), view.verticalHeader()
    across.setDefaultSectionSize(COLUMN)
    across.setHighlightSections(False)
    across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    down.setMinimumSectionSize(ROW)
    down.setDefaultSectionSize(ROW)
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    down.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    down.setFixedWidth(LABELS)
    down.setHighlightSections(False)
    down.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    copy = QAction(QCoreApplication.translate("ComparisonPane", "Copy"), view)
    copy.setShortcut(QKeySequence.StandardKey.Copy)
    copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    copy.triggered.connect(lambda: copy_rows(view))
    view.addAction(copy)
    return view


def _grouped(traits: dict[Trait, None]) -> list[Trait]:
    """In the order in which they were met, but what belongs to one field (and part) together."""
    fields = {trait.field: place for place, trait in reversed(list(enumerate(traits)))}
    return sorted(traits, key=lambda trait: (fields[trait.field], trait.part))


def _comparable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
