"""How fast guests are looked into, and when not: chosen, told how it goes now, and put back to what it was at first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from PySide6.QtCore import QLocale, QObject, QTimeZone
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout

from vmi_console.collectors.provider import PACES
from vmi_console.errors import InputError, VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.sections import Setting
from vmi_console.gui.dialogs.setting_rows import ButtonRow, Row, SearchedRow
from vmi_console.gui.dialogs.week import WeekPicture
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.replica import Delta
from vmi_console.gui.rounds import RoundWords
from vmi_console.gui.theme import GAP, Tone
from vmi_console.gui.wording import number, size
from vmi_console.introspection.pace import ChosenPace, InQuiet
from vmi_console.introspection.quiet import Quiet, Span, read, written
from vmi_console.plain_text import visible

DEFAULTS = ChosenPace()
EXAMPLE = read("Mon–Fri 08:00–18:00; Sat 22:00–06:00")
NAMES = {"demo": "demo", "libvirt": "libvirt", "vsphere": "vSphere"}

type Choose = Callable[..., None]
type Put = Callable[[str, Choose, dict[str, Any], dict[str, Any]], None]
"""Carries a choice out so that it can be undone: what it is called, how, what was so before, and what shall be."""


class PaceRows(QObject):
    """The rows, which show what the engine has: it is asked when it answers, and told whatever is chosen.

    Before it is known what it has nothing can be chosen: the rest would be told as it is shown, and is not known.
    """

    def __init__(self, parent: QObject, desk: Desk, put: Put) -> None:
        super().__init__(parent)
        self._desk = desk
        self._put = put
        self.chosen = DEFAULTS
        self._is_known = False
        self.standing = StandingRow(desk)
        self.choices = [Row(each, partial(self._choose, each)) for each in self._settings()]
        self.quiet = QuietRow(self._choose_quiet)
        self._all_of_it = ButtonRow(
            self.tr("Pace and quiet hours"),
            self.tr("All of the above, as it was at first."),
            ((self.tr("Reset"), self._reset),),
        )
        *pace, in_quiet = self.choices
        self.rows: Sequence[SearchedRow | ButtonRow] = (self.standing, self.quiet, in_quiet, *pace, self._all_of_it)
        desk.replica.link_moved.connect(self._look)
        desk.replica.refreshed.connect(self._refreshed)
        self._show()
        self._look()

    # --- what there is to choose ------------------------------------------------------------------------------------

    def _settings(self) -> tuple[Setting, ...]:
        few = tuple((count, number(count)) for count in (1, 2, 3, 4, 6, 8))
        return (
            self._setting(
                "at_once",
                self.tr("Guests at once"),
                self.tr("Of each connection. Each takes a process of its own on this machine."),
                few,
            ),
            self._setting(
                "reads_per_host",
                self.tr("Reads at once from one host"),
                self.tr("Of a vCenter's datastore files. On libvirt each guest at once is one read."),
                few,
            ),
            self._setting(
                "bytes_per_s",
                self.tr("Bytes a second"),
                self.tr("On average, of each connection: after a look that read more, the next one waits."),
                tuple((mib * 2.0**20, self._rate(mib * 2**20)) for mib in (1, 2, 4, 8, 16, 32, 64, 128, 256)),
            ),
            self._setting(
                "calls_per_s",
                self.tr("Calls a second"),
                self.tr("To the hypervisor, for reading; on average, as bytes."),
                tuple((float(calls), number(calls)) for calls in (5, 10, 25, 50, 100, 200, 500, 1000)),
            ),
            self._setting(
                "changed_s",
                self.tr("Guests whose disks are written to"),
                self.tr("Looked into again after this time; in half of it where a policy asks what is inside."),
                self._times(15, 30, 60, 120, 300, 900, 1800, 3600, 4 * 3600),
            ),
            self._setting(
                "memory_s",
                self.tr("Memory of running guests"),
                self.tr("Where a hypervisor lets it be read: processes, sockets and services that run."),
                self._times(10, 20, 30, 60, 120, 300, 900, 3600),
            ),
            self._setting(
                "idle_s",
                self.tr("The round of all guests"),
                self.tr("Nobody is left for longer, whatever is heard of them."),
                self._times(900, 1800, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 7 * 86400),
            ),
            self._setting(
                "slowest_s",
                self.tr("Guests that cannot be read"),
                self.tr("Tried again after longer and longer, but not longer than this."),
                self._times(300, 900, 1800, 3600, 4 * 3600, 24 * 3600),
            ),
            self._setting(
                "busy_s",
                self.tr("Hosts that are busy"),
                self.tr("One that takes longer for a cheap answer has up to eight times as long between two looks."),
                ((0.0, self.tr("Never mind")), *self._times(0.25, 0.5, 1, 2, 5)),
            ),
            Setting(
                "wanted_in_quiet",
                self.tr("Guests under policies, in quiet hours"),
                self.tr(
                    "Those whose services, applications and the like a policy asks about. “At once” is when a policy"
                    " begins to ask, and when such a guest is new or switched on. Nobody else is looked into in quiet"
                    " hours, but for “Look now”, which always works. What changes meanwhile is noticed at their end:"
                    " a service that is stopped, too, unless looks go on."
                ),
                (
                    (InQuiet.AT_ONCE, self.tr("Looked into at once only")),
                    (InQuiet.ALL, self.tr("Looks go on as ever")),
                    (InQuiet.NONE, self.tr("Left alone like others")),
                ),
                defaults=DEFAULTS,
            ),
        )

    def _setting(self, name: str, title: str, help: str, values: tuple[tuple[float, str], ...]) -> Setting:
        return Setting(name, title, help, ((None, self._own(name, dict(values))), *values), defaults=DEFAULTS)

    def _own(self, name: str, titles: dict[float, str]) -> str:
        """What the providers have of their own: those that are connected, or else those that there are."""
        used = {each.provider for each in self._desk.replica.connections()} & PACES.keys() or PACES.keys() - {"demo"}
        own = {provider: getattr(PACES[provider], name) for provider in sorted(used)}
        words = {provider: titles.get(value) or str(value) for provider, value in own.items()}
        if len(set(words.values())) == 1:
            return self.tr("As usual: {0}").format(next(iter(words.values())))
        said = ", ".join(f"{NAMES[provider]} {word}" for provider, word in words.items())
        return self.tr("As usual: {0}").format(said)

    def _times(self, *seconds: float) -> tuple[tuple[float, str], ...]:
        return tuple((float(each), self._time(each)) for each in seconds)

    def _time(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("{0} s").format(QLocale().toString(float(seconds), "g", 3))
        if seconds < 3600:
            return self.tr("{0} min").format(number(int(seconds) // 60))
        if seconds < 2 * 86400:
            return self.tr("{0} h").format(number(int(seconds) // 3600))
        return self.tr("{0} days").format(number(int(seconds) // 86400))

    def _rate(self, bytes_per_s: int) -> str:
        return self.tr("{0}/s").format(size(bytes_per_s))

    # --- choosing ---------------------------------------------------------------------------------------------------

    def _choose(self, setting: Setting, value: Any) -> None:
        self._put(setting.title, self.choose, {setting.name: setting.of(self.chosen)}, {setting.name: value})

    def _choose_quiet(self, spans: tuple[Span, ...]) -> None:
        quiet = Quiet(spans, own_zone()) if spans else Quiet()
        self._put(self.tr("Quiet hours"), self.choose, {"quiet": self.chosen.quiet}, {"quiet": quiet})

    def _reset(self) -> None:
        names = [each.name for each in msgspec.structs.fields(ChosenPace)]
        before, after = ({name: getattr(pace, name) for name in names} for pace in (self.chosen, DEFAULTS))
        self._put(self.tr("Reset pace and quiet hours"), self.choose, before, after)

    def choose(self, **values: Any) -> None:
        """Shows these at once, and tells them to the engine; where it refuses them, what it has is shown again."""
        self.chosen = msgspec.structs.replace(self.chosen, **values)
        self.standing.refused("")
        self._show()
        setting = self._desk.engine.call("set_pace", pace=msgspec.to_builtins(self.chosen))
        self._desk.errands.run(setting, self.tr("Set the pace of looking into guests"), self._failed)

    def _failed(self, error: VmiError) -> None:
        self.standing.refused(str(error))
        self._is_known = False
        self._look()

    # --- showing ----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if not self._desk.replica.link.up:
            self._is_known = False
        elif not self._is_known:
            asking = self._ask_engine()
            what = self.tr("Ask for the pace of looking into guests")
            self._desk.errands.run(asking, what, lambda error: self.standing.refused(str(error)), quiet=True)
        self._show()

    async def _ask_engine(self) -> None:
        self.chosen = msgspec.convert(await self._desk.engine.call("pace"), ChosenPace)
        self._is_known = True
        self._show()

    def _refreshed(self, delta: Delta) -> None:
        if any(entity.startswith("connection/") for entity in delta.before):
            for row in self.choices:
                if isinstance(row.control, QComboBox) and row.setting.default is None:
                    values: dict[float, str] = dict(row.setting.values[1:])
                    row.control.setItemText(0, self._own(row.setting.name, values))

    def _show(self) -> None:
        for row in self.choices:
            row.show_value(row.setting.of(self.chosen))
            row.setEnabled(self._is_known)
        self.quiet.show_quiet(self.chosen.quiet)
        for whole in (self.quiet, self._all_of_it):
            whole.setEnabled(self._is_known)


class StandingRow(SearchedRow):
    """How it goes now, a line for each connection; and what went wrong."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._words = RoundWords()
        self.words = self.tr("pace now quiet waiting busy")
        self.said = PlainLabel("", Tone.MUTED).wrapped()
        self.said.setAccessibleName(self.tr("How guests are looked into now"))
        self.error = PlainLabel("", Tone.WARNING).wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(PlainLabel(self.tr("How guests are looked into now")))
        column.addWidget(self.said)
        column.addWidget(self.error)
        desk.replica.rounds_moved.connect(self._show)
        desk.replica.link_moved.connect(self._show)
        self.refused("")
        self._show()

    def refused(self, why: str) -> None:
        """Says why something could not be done; empty: it could."""
        self.error.setText(visible(why, 500))
        self.error.setVisible(bool(why))

    def _show(self) -> None:
        replica = self._desk.replica
        names = {each.id: visible(each.name, 60) for each in replica.connections()}
        lines = [f"{names[id]}: {self._words.said(round_)}" for id, round_ in replica.rounds.items() if id in names]
        self.said.setText("\n".join(sorted(lines)) or self.tr("No connection's guests are looked into."))


class QuietRow(SearchedRow):
    """Quiet hours as a picture, and as a text that says the same."""

    def __init__(self, choose: Callable[[tuple[Span, ...]], None]) -> None:
        super().__init__()
        self._choose = choose
        self._shown = Quiet()
        self.words = self.tr("quiet hours week days weekend night office time")
        self.picture = WeekPicture()
        self.text = QLineEdit(placeholderText=self.tr("never quiet"))
        self.text.setAccessibleName(self.tr("Quiet hours as text"))
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setAutoDefault(False)
        self.reset.setAccessibleName(self.tr("Reset {0}").format(self.tr("Quiet hours")))
        self.reset.clicked.connect(lambda: choose(()))
        self.error = PlainLabel("", Tone.WARNING).wrapped()
        self.zone = PlainLabel("", Tone.MUTED).wrapped()
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.text, 1)
        line.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(PlainLabel(self.tr("Quiet hours")))
        column.addWidget(self.picture)
        column.addLayout(line)
        column.addWidget(self.error)
        column.addWidget(self.zone)
        self.picture.painted.connect(choose)
        self.text.editingFinished.connect(self._read)
        self.text.textEdited.connect(lambda _: self._wrong(""))
        self.show_quiet(self._shown)

    def show_quiet(self, quiet: Quiet) -> None:
        """What the engine has, or is being told."""
        self._shown = quiet
        self.picture.show_spans(quiet.spans)
        self.text.setText(written(self.picture.spans, self._names()))
        self._wrong("")
        self.reset.setVisible(bool(quiet.spans))
        zone = quiet.zone or own_zone() or self.tr("this machine")
        self.zone.setText(
            self.tr("Drag over days and hours, or write them: {0}.").format(written(EXAMPLE, self._names()))
            + " "
            + self.tr("The clock is that of {0}; summer time is minded.").format(visible(zone, 60))
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(QLocale().dayName(day, QLocale.FormatType.ShortFormat).rstrip(".") for day in range(1, 8))

    def _read(self) -> None:
        try:
            spans = read(self.text.text(), self._names())
        except InputError as error:
            self._wrong(str(error))
            return
        if spans != self.picture.spans:
            self._choose(spans)
        else:
            self.show_quiet(self._shown)  # as it is written here

    def _wrong(self, why: str) -> None:
        self.error.setText(why)
        self.error.setVisible(bool(why))
        if bool(self.text.property("wrong")) != bool(why):
            self.text.setProperty("wrong", bool(why))
            self.text.style().unpolish(self.text)
            self.text.style().polish(self.text)


def own_zone() -> str:
    """The time zone of whoever looks at this window; empty where only the system knows it."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return ""
