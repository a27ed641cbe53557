"""The command palette: every action of the menus and every entity by name, a few letters away."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import islice, repeat
from operator import contains

import msgspec
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QMenu, QVBoxLayout, QWidget
from shiboken6 import isValid

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.likeness import LONGEST, fold, letters, likeness
from vmi_console.gui.names import ENOUGH, Names
from vmi_console.gui.offers import OFFER, REASON, ROW, Offer, OfferPainter, Offers
from vmi_console.gui.states import STALE, look
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.wording import Wording
from vmi_console.gui.work import Work
from vmi_console.plain_text import visible

WIDTH = 680
LINES = 14  # shown at once
MOST = 60
RECENT = 8
MEMORY = "palette"  # what the preferences call it
ACTION_BONUS = 50.0  # an action comes before an entity that is as much alike
RECENT_BONUS = 25.0
_NAVIGATION = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Palette(QFrame):
    """A box with a list, above the window that opens it; `open` shows it, what is chosen closes it.

    `actions` gives the actions of the menus each time it opens. Entities are looked for in the replica, in slices:
    it holds every name, and answers when the engine does not.
    """

    chosen = Signal(str)  # EntityId: the operator wants to see that one
    search_wanted = Signal(str)  # the text, for the search box

    def __init__(self, window: QWidget, actions: Callable[[], Iterable[QAction]], desk: Desk) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setProperty("role", "popup")
        self.setAccessibleName(self.tr("Command palette"))
        self._window = window
        self._actions = actions
        self._desk = desk
        self._wording = Wording(desk.replica)
        self._work = Work(self)
        self._menu: list[Offer] = []
        self._found: list[Offer] = []
        self._names = Names()
        self._enter = False  # pressed before the answer to what was typed
        self._recent = self._remembered()
        self.box = QLineEdit(placeholderText=self.tr("Type a command, or the name of something in the estate"))
        self.box.setAccessibleName(self.tr("Command or name"))
        self.box.setAccessibleDescription(self.tr("Up and Down choose from the list, Enter does it, Escape closes"))
        self.box.setMaxLength(LONGEST)
        self._icon = self.box.addAction(icons.icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.offers = Offers(self)
        self.list = QListView()
        self.list.setModel(self.offers)
        self.list.setItemDelegate(OfferPainter(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Commands and entities"))
        self.nothing = PlainLabel(self.tr("Nothing is called that."), Tone.MUTED)
        self.nothing.setContentsMargins(GAP, GAP, GAP, GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self.box)
        layout.addWidget(self.list)
        layout.addWidget(self.nothing)
        self.box.textChanged.connect(self._look)
        self.box.installEventFilter(self)
        self.list.clicked.connect(lambda: self._run())
        Theme.current.changed.connect(self._paint_icon)

    def open(self) -> None:
        """Shows it over the upper part of the window, empty: recent choices first, then every action."""
        self._menu = list(self._of_actions())
        if self.box.text():
            self.box.clear()
        for _ in self._find(""):
            pass
        self._answer()
        self._work.start(self._names.read(self._desk.replica.records.values()))
        window = self._window.window()
        width = min(WIDTH, window.width() - 2 * GROUP)
        self.setFixedWidth(max(width, 240))
        corner = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, window.height() // 12))
        self.move(corner)
        self.show()
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def busy(self) -> bool:
        """Whether the answer to what was typed is still being looked for."""
        return self._work.busy

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._work.start(iter(()))  # nobody waits for the answer
        self._names = Names()

    # --- keys -----------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list is moved through while the box keeps the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in _NAVIGATION:
                self._move(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._enter = self._work.busy
                if not self._enter:
                    self._run()
                return True
            if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Close):
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _move(self, event: QKeyEvent) -> None:
        count = self.offers.rowCount()
        row = self.list.currentIndex().row()
        if not count:
            return
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            row += LINES - 1 if event.key() == Qt.Key.Key_PageDown else 1 - LINES
            row = max(0, min(count - 1, row))
        else:
            row = (row + (1 if event.key() == Qt.Key.Key_Down else -1)) % count
        self.list.setCurrentIndex(self.offers.index(row, 0))

    def _run(self) -> None:
        """Does what is chosen, once the palette is gone and the keyboard is where it was."""
        offer: Offer | None = self.list.currentIndex().data(OFFER)
        if offer is None or not offer.enabled:
            return
        text = self.box.text().strip()
        self.close()
        if offer.action is None and offer.entity is None:
            QTimer.singleShot(0, self, lambda: self.search_wanted.emit(text))
            return
        self._remember(offer.key)
        QTimer.singleShot(0, self, lambda: self._do(offer))

    def _do(self, offer: Offer) -> None:
        if offer.entity is not None:
            self.chosen.emit(offer.entity)
        elif offer.action is not None and isValid(offer.action):
            offer.action.trigger()

    # --- finding --------------------------------------------------------------------------------------------------

    def _look(self, text: str) -> None:
        self._enter = False
        if self.isVisible():
            self._work.start(self._find(text.strip()), self._answer)

    def _answer(self) -> None:
        self.offers.offer(self._found)
        self.list.setVisible(bool(self._found))
        self.nothing.setVisible(not self._found)
        self.list.setFixedHeight(min(LINES, len(self._found)) * ROW)
        if self._found:
            self.list.setCurrentIndex(self.offers.index(0, 0))
            self.list.scrollToTop()
        self.adjustSize()
        if self._enter:
            self._run()

    def _find(self, text: str) -> Iterator[None]:
        if not text:
            self._found = self._of_recent() + [offer for offer in self._menu if offer.key not in self._recent]
            return
        found = [like for offer in self._menu if (like := _liken(text, offer)) is not None]
        yield from self._names.read(self._desk.replica.records.values())
        entities = yield from self._entities(text)
        found += [offer for record in entities if (offer := _liken(text, self._of_entity(record))) is not None]
        found = [
            replace(offer, score=offer.score + RECENT_BONUS) if offer.key in self._recent else offer for offer in found
        ]
        found.sort(key=lambda offer: offer.score, reverse=True)
        self._found = found[:MOST]
        if self._desk.replica.records:
            title = self.tr("Search the estate for “{0}”").format(visible(text, 60))
            self._found.append(Offer("search", title, icon="search", tone=Tone.MUTED))

    def _entities(self, text: str) -> Generator[None, None, list[AnyRecord]]:
        """Those whose names have every word of the text; where they are few, also those with its letters in order."""
        words = fold(text).split()

        def has_words(names: tuple[str, ...]) -> Iterable[bool]:
            if len(words) == 1:
                return map(contains, names, repeat(words[0]))
            return (all(word in name for word in words) for name in names)

        found = yield from self._names.where(has_words, words[0])
        if len(found) < ENOUGH:
            search = letters(text).search
            found += yield from self._names.where(lambda names: map(search, names), words[0])
        records, unique = self._desk.replica.records, dict.fromkeys(found)
        return [record for entity in islice(unique, ENOUGH) if (record := records.get(entity)) is not None]

    # --- offers ---------------------------------------------------------------------------------------------------

    def _of_actions(self) -> Iterator[Offer]:
        """The actions of the menus, each once, with the path of its menu."""
        seen: set[QAction] = set()
        for action in self._actions():
            if (
                action in seen
                or action.isSeparator()
                or not action.isVisible()
                or _submenu(action)
                or not action.text()
            ):
                continue
            seen.add(action)
            title, place = _words(action.text()), " › ".join(_menus(action))
            yield Offer(
                f"action:{place}:{title}",
                title,
                place,
                icon="check" if action.isChecked() else str(action.data() or ""),
                shortcut=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                enabled=action.isEnabled(),
                why_not="" if action.isEnabled() else str(action.property(REASON) or self.tr("not possible now")),
                action=action,
            )

    def _of_entity(self, record: AnyRecord) -> Offer:
        stale = self._desk.replica.is_stale(record.id)
        shown = STALE if stale and record.kind == "connection" else look(record)
        parts = [self._wording.kind(record.kind)]
        if isinstance(record, VM) and record.host is not None:
            parts.append(self._wording.name(record.host))
        if stale:
            parts.append(STALE.word)
        return Offer(
            f"entity:{record.id}",
            visible(record.name) or self.tr("(no name)"),
            " · ".join(parts),
            icon=shown.icon,
            tone=Tone.MUTED if stale and shown.tone in (Tone.PLAIN, Tone.GOOD) else shown.tone,
            entity=record.id,
        )

    def _of_recent(self) -> list[Offer]:
        """What was chosen last and is still there."""
        known = {offer.key: offer for offer in self._menu}
        for key in self._recent:
            record = self._desk.replica.records.get(EntityId(key.removeprefix("entity:")))
            if record is not None:
                known[key] = self._of_entity(record)
        return [known[key] for key in self._recent if key in known]

    # --- memory ---------------------------------------------------------------------------------------------------

    def _remembered(self) -> list[str]:
        stored = self._desk.preferences.remembered(MEMORY)
        try:
            return [] if stored is None else msgspec.json.decode(stored.data(), type=list[str])[:RECENT]
        except msgspec.MsgspecError:
            return []

    def _remember(self, key: str) -> None:
        self._recent = [key, *(other for other in self._recent if other != key)][:RECENT]
        self._desk.preferences.remember(MEMORY, msgspec.json.encode(self._recent))

    def _paint_icon(self) -> None:
        self._icon.setIcon(icons.icon("search", Tone.MUTED))


def _liken(text: str, offer: Offer) -> Offer | None:
    """The offer with how much it is like the text: in its title, or together with its menu's."""
    bonus = ACTION_BONUS if offer.action is not None else 0.0
    if (like := likeness(text, offer.title)) is not None:
        return replace(offer, score=like.score + bonus, hits=like.hits)
    if offer.action is not None and (like := likeness(text, f"{offer.title} {offer.place}")) is not None:
        hits = tuple(at for at in like.hits if at < len(offer.title))
        return replace(offer, score=like.score / 2 + bonus, hits=hits)
    return None


def _submenu(action: QAction) -> bool:
    return action.menu() is not None


def _menus(action: QAction) -> list[str]:
    """The titles of the menus that lead to an action, outermost first."""
    for owner in action.associatedObjects():
        if isinstance(owner, QMenu) and owner.title():
            return [*_menus(owner.menuAction()), _words(owner.title())]
    return []


def _words(text: str) -> str:
    """An action's text without the marks of shortcut keys; a doubled mark is the character itself."""
    return visible(text.replace("&&", "\0").replace("&", "").replace("\0", "&"), 80)
