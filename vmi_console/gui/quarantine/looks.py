"""How stages of a quarantine and ways to the world look, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject
from PySide6.QtWidgets import QComboBox

from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.states import Look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, number
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Stage

STAGE = {
    Stage.ASKED: Look("state-trust", QT_TRANSLATE_NOOP("State", "proposed"), Tone.WARNING),
    Stage.COUNTDOWN: Look("state-stale", QT_TRANSLATE_NOOP("State", "about to begin"), Tone.WARNING),
    Stage.ISOLATING: Look("state-connecting", QT_TRANSLATE_NOOP("State", "isolating"), Tone.ACCENT),
    Stage.ISOLATED: Look("lock", QT_TRANSLATE_NOOP("State", "isolated"), Tone.ACCENT),
    Stage.PARTLY: Look("unlock", QT_TRANSLATE_NOOP("State", "partly isolated"), Tone.BAD),
    Stage.OBSERVED: Look("finding-acknowledged", QT_TRANSLATE_NOOP("State", "observed"), Tone.ACCENT),
    Stage.UNDONE: Look("unlock", QT_TRANSLATE_NOOP("State", "undone by somebody"), Tone.BAD),
    Stage.RELEASING: Look("state-connecting", QT_TRANSLATE_NOOP("State", "releasing"), Tone.ACCENT),
    Stage.UNCERTAIN: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "uncertain"), Tone.BAD),
    Stage.GONE: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "VM gone"), Tone.WARNING),
    Stage.FOUND: Look("info", QT_TRANSLATE_NOOP("State", "found, of another console"), Tone.WARNING),
    Stage.RELEASED: Look("check", QT_TRANSLATE_NOOP("State", "released"), Tone.GOOD),
    Stage.KEPT: Look("check", QT_TRANSLATE_NOOP("State", "left as it is"), Tone.MUTED),
    Stage.FAILED: Look("state-unsupported", QT_TRANSLATE_NOOP("State", "refused"), Tone.BAD),
    Stage.STOPPED: Look("stop", QT_TRANSLATE_NOOP("State", "stopped"), Tone.MUTED),
}

HOLD = {
    Hold.HELD: Look("lock", QT_TRANSLATE_NOOP("State", "held"), Tone.GOOD),
    Hold.NOT_HELD: Look("unlock", QT_TRANSLATE_NOOP("State", "not held"), Tone.BAD),
    Hold.UNKNOWN: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "not known"), Tone.WARNING),
}


class QuarantineWords(QObject):
    """Modes in words, ways to the world as a table."""

    def mode(self, mode: Mode) -> str:
        return {
            Mode.ISOLATE: self.tr("Isolate"),
            Mode.DISCONNECT: self.tr("Disconnect"),
            Mode.PAUSE: self.tr("Pause"),
            Mode.OBSERVE: self.tr("Observe only"),
        }[mode]

    def effect(self, mode: Mode) -> str:
        """What a mode does."""
        return {
            Mode.ISOLATE: self.tr("it keeps running on a quarantine network, or behind a filter that drops everything"),
            Mode.DISCONNECT: self.tr("it keeps running, with every network card unplugged"),
            Mode.PAUSE: self.tr("it stops where it is, with its memory, and does not answer"),
            Mode.OBSERVE: self.tr("nothing is changed; it is only listed and watched"),
        }[mode]

    def mode_box(self, mode: Mode) -> QComboBox:
        """What a mode is chosen with, each with its effect."""
        box = QComboBox()
        box.setAccessibleName(self.tr("Mode"))
        for each in (Mode.ISOLATE, Mode.DISCONNECT, Mode.PAUSE, Mode.OBSERVE):
            box.addItem(f"{self.mode(each)} – {self.effect(each)}", each.value)
        box.setCurrentIndex(max(0, box.findData(mode.value)))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(30)  # however long a language makes the effect
        return box

    def channels(self, channels: Iterable[Channel]) -> Table:
        """Each way to the world, what is open first."""
        columns = self.tr("Way to the world"), self.tr("Held"), self.tr("Frames"), self.tr("Because")
        ranks = {Hold.NOT_HELD: 0, Hold.UNKNOWN: 1, Hold.HELD: 2}
        lines = tuple(
            Line(each.key, self._channel(each)) for each in sorted(channels, key=lambda each: ranks[each.hold])
        )
        return Table(self.tr("Ways to the world"), columns, (26, 15, 12, 36), lines, self.tr("It has none."))

    def _channel(self, channel: Channel) -> tuple[Cell, ...]:
        look = HOLD[channel.hold]
        why = ": ".join(filter(None, (visible(channel.because, 300), visible(channel.advice, 300))))
        frames = UNKNOWN if channel.frames is None else number(channel.frames)
        return (
            Cell(visible(channel.title, 120)),
            Cell(look.word, tone=look.tone, icon=look.icon),
            Cell(frames, self.tr("Sent and received so far"), Tone.MUTED, number=True),
            Cell(why, tone=Tone.MUTED if channel.hold is Hold.HELD else Tone.PLAIN),
        )
