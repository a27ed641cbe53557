"""The documents of the folder that is open, and those that are not in it yet: a list to choose from."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont

from vmi_console.engine.protocol import DocumentText, PolicyStanding
from vmi_console.gui import icons
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.rows import Index, TitledRows
from vmi_console.gui.theme import Tone, colours
from vmi_console.gui.tree.forest import natural
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Automatic, Problem

KINDS = ("policy", "group", "baseline", "")
ICONS = {"policy": "policy", "group": "several", "baseline": "baseline", "": "severity-high"}


class Entry:
    """A document in the list; it keeps its identity while everything about it changes."""

    __slots__ = ("draft", "file", "standing", "stored")

    def __init__(self, file: str) -> None:
        self.file = file
        self.stored: DocumentText | None = None  # as it is in the folder
        self.draft: Draft | None = None  # as the operator has it
        self.standing: PolicyStanding | None = None

    @property
    def kind(self) -> str:
        """`policy`, `group` or `baseline`; empty where it says none of them."""
        said = self.draft.document.said if self.draft is not None and self.draft.document is not None else None
        return type(said).__name__.lower() if said is not None else self.stored.kind if self.stored is not None else ""

    @property
    def name(self) -> str:
        """What it calls itself, or else its file."""
        said = self.draft.document.said if self.draft is not None and self.draft.document is not None else None
        name = said.name if said is not None else self.stored.name if self.stored is not None else ""
        return visible(name or self.file, 120)

    @property
    def is_edited(self) -> bool:
        return self.draft is not None and self.draft.is_edited

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of what the operator has, or else of the file."""
        if self.draft is not None and self.draft.document is not None:
            return self.draft.document.problems
        return self.stored.problems if self.stored is not None else ()


class Column(IntEnum):
    """The columns, in their order."""

    NAME = 0
    STATE = 1
    SCORE = 2


class Library(TitledRows[Entry]):
    """Policies first, then groups, baselines, and files that say nothing usable; each by name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = self.tr("Name"), self.tr("State"), self.tr("Score")
        self.entries: dict[str, Entry] = {}
        self._words: tuple[str, ...] = ()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry, column = self.rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (entry.name, self.state(entry)[0], self.score(entry))[column]
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(*self.about(entry))
            case Qt.ItemDataRole.AccessibleTextRole if column is Column.NAME:
                return ", ".join(filter(None, (entry.name, self.kind_word(entry.kind), self.state(entry)[0])))
            case Qt.ItemDataRole.ForegroundRole if column is not Column.NAME:
                tone = self.state(entry)[1] if column is Column.STATE else Tone.MUTED
                return QColor(colours().tone(tone))
            case Qt.ItemDataRole.DecorationRole if column is Column.NAME:
                tone = Tone.BAD if entry.problems else Tone.PLAIN if entry.kind == "policy" else Tone.MUTED
                return icons.icon(ICONS[entry.kind] if not entry.problems else "severity-high", tone)
            case Qt.ItemDataRole.FontRole if column is Column.NAME and entry.is_edited:
                font = QFont()
                font.setItalic(True)
                return font
        return None

    # --- words ----------------------------------------------------------------------------------------------------

    def kind_word(self, kind: str) -> str:
        """What a kind of document is called."""
        words = {"policy": self.tr("policy"), "group": self.tr("group"), "baseline": self.tr("baseline")}
        return words.get(kind, self.tr("not usable"))

    def state(self, entry: Entry) -> tuple[str, Tone]:
        """The one thing most worth knowing of a document; nothing where all is well."""
        standing = entry.standing
        if entry.problems:
            return self.tr("%Ln problem(s)", "", len(entry.problems)), Tone.BAD
        if entry.stored is None:
            return self.tr("not saved"), Tone.ACCENT
        if entry.is_edited:
            return self.tr("edited"), Tone.ACCENT
        if entry.stored.stale:
            return self.tr("older version in force"), Tone.WARNING
        if standing is not None and not standing.enabled:
            return self.tr("switched off"), Tone.MUTED
        if standing is not None and standing.automatic is Automatic.AUTOMATIC:
            if standing.armed is not None:
                return self.tr("armed"), Tone.WARNING
            return self.tr("needs arming"), Tone.WARNING
        if standing is None or entry.kind != "policy":
            return self.kind_word(entry.kind), Tone.MUTED
        return "", Tone.PLAIN

    def score(self, entry: Entry) -> str:
        """The share that holds."""
        score = entry.standing.score if entry.standing is not None else None
        return f"{score.percent:.0f} %" if score is not None and score.percent is not None else ""

    def about(self, entry: Entry) -> list[str]:
        """All that is known of a document, a line each."""
        lines = [entry.name, f"{self.kind_word(entry.kind)} · {entry.file}"]
        if (standing := entry.standing) is not None:
            lines.append(self.tr("%Ln member(s)", "", standing.members))
            if standing.score.percent is not None and standing.score.coverage_percent is not None:
                text = self.tr("{0} % hold, of the {1} % of which anybody can tell")
                lines.append(text.format(round(standing.score.percent), round(standing.score.coverage_percent)))
            if standing.disarmed_by_edit:
                lines.append(self.tr("It was armed, and was edited since: it asks before it responds"))
        if entry.stored is not None and entry.stored.stale:
            lines.append(self.tr("The file has mistakes: the version before them is in force"))
        return [*lines, *(f"{problem.line}: {problem.message}" for problem in entry.problems[:5])]

    # --- rows -----------------------------------------------------------------------------------------------------

    def sift(self, text: str) -> None:
        """Shows only what has all of these words in its name, kind, file or state."""
        self._words = tuple(text.casefold().split())
        self.arrange()

    def arrange(self) -> None:
        """Puts everything where it belongs, and shows it as it is now."""
        wanted = [entry for entry in self.entries.values() if self._is_wanted(entry)]
        wanted.sort(key=lambda entry: (KINDS.index(entry.kind), natural(entry.name), entry.file))
        self.become(wanted)
        self.touch_all()

    def _is_wanted(self, entry: Entry) -> bool:
        if not self._words:
            return True
        hay = " ".join((entry.name, entry.file, self.kind_word(entry.kind), self.state(entry)[0])).casefold()
        return all(word in hay for word in self._words)
