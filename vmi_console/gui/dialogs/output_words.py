"""What outputs are called, where they go and how they fare, in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import Wording, clock, moment, number
from vmi_console.plain_text import visible
from vmi_console.policy.judgement import Severity
from vmi_console.response.outputs.choices import AnyOutput, Lines, Syslog, Webhook
from vmi_console.response.outputs.outputs import OutputState


@dataclass(frozen=True)
class Fare:
    """How an output fares: in a word or two, and in a sentence."""

    icon: str
    tone: Tone
    word: str
    sentence: str


class OutputWords(QObject):
    """The words of the page of outputs."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wording = Wording(replica)

    def kind(self, output: AnyOutput) -> str:
        match output:
            case Syslog():
                return self.tr("Syslog")
            case Webhook():
                return self.tr("Webhook")
            case Lines():
                return self.tr("File")

    def place(self, output: AnyOutput) -> str:
        """Where it goes."""
        match output:
            case Syslog(address=address):
                return visible(address, 200)
            case Webhook(url=url):
                return visible(url, 200)
            case Lines(path=path):
                return visible(path, 200)

    def severity(self, severity: Severity) -> str:
        """What an output is told."""
        if severity is Severity.LOW:
            return self.tr("everything")
        if severity is Severity.CRITICAL:
            return self.tr("only critical")
        return self.tr("{0} and worse").format(SEVERITY[severity].word)

    def fare(self, state: OutputState) -> Fare:
        waiting = self.tr("%Ln line(s) wait on disk", "", state.waiting)
        if not state.output.enabled:
            said = self.tr("It is switched off: nothing is told there.")
            return Fare("stop", Tone.MUTED, self.tr("off"), f"{said} {waiting}." if state.waiting else said)
        if state.error:
            since = clock(state.since)
            said = self.tr("It takes nothing since {0}: {1}. It is tried again, and nothing is lost: {2}.")
            return Fare(
                "state-degraded",
                Tone.WARNING,
                self.tr("fails since {0}").format(since),
                said.format(moment(state.since), visible(state.error, 300), waiting),
            )
        if state.last is None:
            said = self.tr("Nothing was told there yet.")
            return Fare(
                "info", Tone.MUTED, self.tr("nothing told yet"), f"{said} {waiting}." if state.waiting else said
            )
        ago = self._wording.ago(state.last)
        told = [self.tr("It last took a line at {0}.").format(moment(state.last))]
        told.append(self.tr("%Ln since the engine started.", "", state.delivered))
        if state.refused:
            told.append(self.tr("%Ln line(s) it refused for good.", "", state.refused))
        if state.waiting:
            told.append(f"{waiting}.")
        return Fare("check", Tone.GOOD, self.tr("told {0}").format(ago), " ".join(told))

    def waiting(self, state: OutputState) -> str:
        return number(state.waiting) if state.waiting else ""

    def tested(self, output: AnyOutput) -> str:
        """What a test that went well proves, and no more than that."""
        match output:
            case Syslog(address=address) if address.startswith("udp:"):
                return self.tr(
                    "It was sent. UDP does not tell whether it arrived: look for “a test of this output” at the"
                    " receiver."
                )
            case Syslog():
                return self.tr("It was handed over: look for “a test of this output” at the receiver.")
            case Webhook():
                return self.tr("The receiver took it.")
            case Lines():
                return self.tr("It is in the file.")
