"""What the engine judged, as the window knows it: findings by id and by VM, and how the policies stand.

Fed by the client's listener like the replica, and as calm: what moved is told at most four times a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from vmi_console.engine import protocol
from vmi_console.estate.identity import EntityId
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity

REFRESH_MS = 250


class Moves(msgspec.Struct, frozen=True):
    """What happened since the last one: `before` has every finding that came (None), changed or was forgotten."""

    before: dict[str, Finding | None]
    vms: frozenset[EntityId] = frozenset()  # that have or had them
    opened: tuple[Finding, ...] = ()  # since the window was opened, and not known to be open before


class Verdicts(QObject):
    """Findings by id, resolved ones of late among them; `open_of` and `worst_of` answer at once for any VM."""

    moved = Signal(object)  # Moves
    posture_moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings: dict[str, Finding] = {}
        self.posture = protocol.Posture()
        self.judged = False  # an engine has said how the policies stand
        self.open: Counter[Severity] = Counter()
        self._of_vm: dict[EntityId, dict[str, None]] = {}  # all that are kept
        self._worst: dict[EntityId, Severity] = {}  # of VMs with open ones
        self._before: dict[str, Finding | None] = {}
        self._since = datetime.now(UTC)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    # --- questions ------------------------------------------------------------------------------------------------

    def of_vm(self, vm: EntityId) -> list[Finding]:
        """All that are kept of a VM, in no order."""
        return [self.findings[each] for each in self._of_vm.get(vm, ())]

    def open_of(self, vm: EntityId) -> list[Finding]:
        """Those of a VM that ask for something."""
        return [finding for finding in self.of_vm(vm) if finding.is_open]

    def worst_of(self, vm: EntityId) -> Severity | None:
        """The severity of the worst open finding of a VM."""
        return self._worst.get(vm)

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst open finding of all."""
        return next((severity for severity in reversed(Severity) if self.open[severity]), None)

    @property
    def troubled(self) -> Collection[EntityId]:
        """VMs with open findings."""
        return self._worst.keys()

    # --- the client's listener ------------------------------------------------------------------------------------

    def take(self, message: protocol.Findings) -> None:
        """Findings came, changed, or were forgotten; `replaces`: those not mentioned from now on are gone."""
        if message.replaces:
            self._before = {**self.findings, **self._before}
            self.findings, self._of_vm, self._worst, self.open = {}, {}, {}, Counter()
        for finding in message.findings:
            self._put(finding.id, finding)
        for each in message.forgotten:
            self._put(each, None)
        if not self._timer.isActive():
            self._timer.start()

    def stand(self, posture: protocol.Posture) -> None:
        """How the estate stands against its policies."""
        self.judged = True
        if posture != self.posture:
            self.posture = posture
            self.posture_moved.emit()

    # --- the window's side ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Tells what moved since the last time, now."""
        self._timer.stop()
        before, self._before = self._before, {}
        before = {each: was for each, was in before.items() if was != self.findings.get(each)}
        if before:
            known = (finding for each, was in before.items() for finding in (was, self.findings.get(each)))
            vms = frozenset(finding.vm for finding in known if finding is not None)
            self.moved.emit(Moves(before, vms, tuple(self._opened(before))))

    def _opened(self, before: dict[str, Finding | None]) -> Iterator[Finding]:
        for each, was in before.items():
            finding = self.findings.get(each)
            if finding is None or not finding.is_open or finding.opened_at < self._since:
                continue
            if was is None or not was.is_open:
                yield finding

    def _put(self, identity: str, finding: Finding | None) -> None:
        known = self.findings.get(identity)
        self._before.setdefault(identity, known)
        if known is not None:
            self._unlist(known)
        if finding is None:
            self.findings.pop(identity, None)
        else:
            self.findings[identity] = finding
            self._of_vm.setdefault(finding.vm, {})[identity] = None
            if finding.is_open:
                self.open[finding.severity] += 1
                worst = self._worst.get(finding.vm)
                if worst is None or worst.rank < finding.severity.rank:
                    self._worst[finding.vm] = finding.severity

    def _unlist(self, finding: Finding) -> None:
        listed = self._of_vm[finding.vm]
        del listed[finding.id]
        if not listed:
            del self._of_vm[finding.vm]
        if finding.is_open:
            self.open[finding.severity] -= 1
            if self._worst[finding.vm] is finding.severity:
                self._worst.pop(finding.vm)
                for other in self.open_of(finding.vm):
                    worst = self._worst.get(finding.vm)
                    if worst is None or worst.rank < other.severity.rank:
                        self._worst[finding.vm] = other.severity
