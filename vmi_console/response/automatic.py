"""What policies want put into quarantine: proposals that wait for a person, and countdowns that a person can stop.

By itself it acts only for a policy whose content an operator has armed, within the policy's limits, and after its
countdown; whatever speaks against that turns the countdown into a proposal, which says so. Proposals are not kept: at
a start the open findings give them anew, and none of those counts down by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from msgspec.structs import replace

from vmi_console.collectors.quarantine import Mode
from vmi_console.errors import CommandRefused, VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.policy.demands import InForce
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import Automatic as Wanted
from vmi_console.policy.policies import Respond
from vmi_console.response.audit import Act, Entry
from vmi_console.response.chart import entry, now
from vmi_console.response.limits import allowed, exceeded
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Order
from vmi_console.wire.tasks import Tasks

GIVEN_BACK = "the VM was in quarantine before, and somebody gave it back"


class Policies(Protocol):
    """The policies in force."""

    def in_force(self, policy: str) -> InForce:
        """One of them. Raises `CommandRefused`."""

    def may_act(self, policy: str) -> bool:
        """Whether an operator has armed it, as it is now."""


class Quarantining(Protocol):
    """The ward, as it is seen from here."""

    def of(self, vm: EntityId) -> Quarantine | None:
        """The quarantine that a VM is in."""

    def count(self, policy: str = "") -> int:
        """How many VMs are in quarantine by a policy."""

    async def plan(self, vm: EntityId, mode: Mode, network: str = "", finding: Order | None = None) -> Plan:
        """What would be done."""

    async def isolate(self, token: str, order: Order) -> Quarantine:
        """Does it."""


@dataclass(slots=True)
class Proposal:
    """A VM that a policy wants in quarantine."""

    quarantine: Quarantine
    finding: Finding
    timer: asyncio.TimerHandle | None = None
    begun: bool = False  # it is being put into quarantine


class Automatic:
    """Hears of findings (`policy.findings.FindingsListener`), and proposes or acts."""

    def __init__(
        self,
        ward: Quarantining,
        policies: Policies,
        network_of: Callable[[EntityId], str],
        tell: Callable[[Quarantine], None],
        forget: Callable[[str], None],
        note: Callable[[Entry], None],
    ) -> None:
        """`network_of` gives the quarantine network chosen for a VM's connection; `note` writes into the audit."""
        self._ward = ward
        self._policies = policies
        self._network_of = network_of
        self._tell = tell
        self._forget = forget
        self._note = note
        self._proposals: dict[EntityId, Proposal] = {}
        self._meanwhile: dict[EntityId, Finding] = {}  # the last that opened of a VM in quarantine
        self._passing: set[str] = set()  # findings that come and go, while they are gone
        self._given_back: set[str] = set()  # findings for which a VM was in quarantine, and somebody ended that
        self._one_at_a_time = asyncio.Lock()  # or two would count the same VMs
        self._tasks = Tasks()

    async def close(self) -> None:
        """Counts down no longer."""
        for proposal in self._proposals.values():
            _stop_timer(proposal)
        await self._tasks.close()

    def all(self) -> Iterable[Quarantine]:
        """What waits for a person or a moment."""
        return [proposal.quarantine for proposal in self._proposals.values()]

    def resume(self, findings: Iterable[Finding], past: Iterable[Quarantine]) -> None:
        """Proposes what was open before this start, but for findings that have had their quarantine."""
        self._given_back.update(each.finding for each in past if each.finding and each.stage is not Stage.FAILED)
        for finding in findings:
            if finding.id not in self._given_back and (respond := self._response_to(finding)) is not None:
                self._propose(finding, respond, "it was found before the console was started")

    # --- what becomes known ---------------------------------------------------------------------------------------

    def findings_moved(
        self, opened: Sequence[Finding], changed: Sequence[Finding], closed: Sequence[Finding], /
    ) -> None:
        for finding in closed:
            self._passing.discard(finding.id)
            self._withdraw(finding)
        failing_again = [finding for finding in changed if self._follow(finding)]
        for finding in (*opened, *failing_again):
            respond = self._response_to(finding)
            if respond is None or finding.vm in self._proposals:
                continue
            if self._ward.of(finding.vm) is not None:
                self._meanwhile[finding.vm] = finding
                continue
            against = self._against(finding, respond)
            if respond.quarantine is Wanted.AUTOMATIC and not against:
                self._count_down(finding, respond)
            else:
                self._propose(finding, respond, against)

    def _follow(self, finding: Finding) -> bool:
        """Takes in an open finding that is another now; whether it fails again, one that comes and goes."""
        if finding.verdict is Verdict.PASS:
            self._passing.add(finding.id)
            self._withdraw(finding)
            return False
        if self._is_of(finding):
            self._proposals[finding.vm].finding = finding
        again = finding.id in self._passing and finding.verdict is Verdict.FAIL
        if again:
            self._passing.discard(finding.id)
        return again

    def quarantined(self, quarantine: Quarantine) -> None:
        """What became of a VM in quarantine, whoever wanted that."""
        if (proposal := self._proposals.pop(quarantine.vm, None)) is not None:
            _stop_timer(proposal)
            self._forget(proposal.quarantine.id)
        if quarantine.stage in (Stage.RELEASED, Stage.KEPT):
            self._given_back.add(quarantine.finding)
            meanwhile = self._meanwhile.pop(quarantine.vm, None)
            if meanwhile is not None and (respond := self._response_to(meanwhile)) is not None:
                self._propose(meanwhile, respond, GIVEN_BACK)

    # --- what a person does ---------------------------------------------------------------------------------------

    def proposed(self, vm: EntityId) -> Order | None:
        """Why a policy wants a VM in quarantine; None where none does."""
        proposal = self._proposals.get(vm)
        return None if proposal is None else _order(proposal, "")

    def allowed(self, policy: str) -> int | None:
        """How many VMs a policy allows in quarantine at once; None where it is not in force."""
        try:
            known = self._policies.in_force(policy)
        except CommandRefused:
            return None
        return allowed(known.policy.respond.limit, known.members)

    def stop(self, id: str, by: str, reason: str) -> Quarantine:
        """Drops a proposal, or stops its countdown. Raises `CommandRefused` where there is none (any more)."""
        for vm, proposal in self._proposals.items():
            if proposal.quarantine.id == id:
                if proposal.begun:
                    name = proposal.quarantine.vm_name
                    raise CommandRefused(f"{name} is being put into quarantine at this moment", "release it after that")
                del self._proposals[vm]
                _stop_timer(proposal)
                stopped = replace(proposal.quarantine, stage=Stage.STOPPED, since=now(), due=None)
                self._note(entry(Act.STOP, Stage.STOPPED, stopped, by, reason))
                self._tell(stopped)
                return stopped
        raise CommandRefused("nothing is to be stopped any more", "see the list: it may be in quarantine by now")

    # --- how ------------------------------------------------------------------------------------------------------

    def _response_to(self, finding: Finding) -> Respond | None:
        """What a finding's policy wants done about it, if anything."""
        if not finding.is_open or finding.verdict is not Verdict.FAIL:
            return None
        try:
            policy = self._policies.in_force(finding.policy).policy
        except CommandRefused:
            return None
        return policy.respond if policy.enabled and policy.respond.quarantine is not Wanted.NEVER else None

    def _against(self, finding: Finding, respond: Respond) -> str:
        """What speaks against acting without asking."""
        policy = finding.policy
        if respond.quarantine is not Wanted.AUTOMATIC:
            return ""
        if finding.id in self._given_back:
            return GIVEN_BACK
        if not self._policies.may_act(policy):
            return "the policy is not armed: nobody has allowed it to act as it is now"
        counting = sum(
            each.quarantine.stage is Stage.COUNTDOWN and each.quarantine.policy == policy
            for each in self._proposals.values()
        )
        return self._beyond_limit(policy, respond, counting)

    def _beyond_limit(self, policy: str, respond: Respond, counting: int) -> str:
        members = self._policies.in_force(policy).members
        return exceeded(respond.limit, members, self._ward.count(policy) + counting)

    def _count_down(self, finding: Finding, respond: Respond) -> None:
        due = now() + timedelta(seconds=respond.after_seconds)
        proposal = Proposal(_quarantine(finding, respond, Stage.COUNTDOWN), finding)
        proposal.quarantine = replace(proposal.quarantine, due=due, network=self._network_of(finding.vm))
        loop = asyncio.get_running_loop()
        proposal.timer = loop.call_later(respond.after_seconds, self._is_due, finding.vm)
        self._proposals[finding.vm] = proposal
        self._tell(proposal.quarantine)

    def _propose(self, finding: Finding, respond: Respond, because: str) -> None:
        quarantine = _quarantine(finding, respond, Stage.ASKED)
        quarantine = replace(quarantine, because=because, network=self._network_of(finding.vm))
        self._proposals[finding.vm] = Proposal(quarantine, finding)
        self._tell(quarantine)

    def _is_due(self, vm: EntityId) -> None:
        if vm in self._proposals:
            self._tasks.start(self._act(vm), "an automatic quarantine")

    async def _act(self, vm: EntityId) -> None:
        async with self._one_at_a_time:
            proposal = self._proposals.get(vm)
            if proposal is None:
                return
            respond = self._response_to(proposal.finding)
            if respond is None or respond.quarantine is not Wanted.AUTOMATIC:
                self._ask(proposal, "the policy no longer wants that, or nobody can tell now whether it still fails")
                return
            if not self._policies.may_act(proposal.finding.policy):
                self._ask(proposal, "the policy was edited or disarmed meanwhile")
                return
            if beyond := self._beyond_limit(proposal.finding.policy, respond, 0):
                self._ask(proposal, beyond)
                return
            try:
                await self._isolate(vm, proposal, respond)
            except VmiError as error:
                self._ask(proposal, f"it could not be done: {error.message}", error.advice)

    async def _isolate(self, vm: EntityId, proposal: Proposal, respond: Respond) -> None:
        order = _order(proposal, f"policy “{proposal.finding.policy}”")
        plan = await self._ward.plan(vm, respond.mode, proposal.quarantine.network, order)
        if self._proposals.get(vm) is not proposal:
            return  # stopped at the last moment
        proposal.begun = True  # from here on nobody is told that it was stopped
        outcome = await self._ward.isolate(plan.token, order)
        if outcome.stage is Stage.FAILED:
            self._proposals.setdefault(vm, proposal)
            self._ask(proposal, outcome.because, outcome.advice)

    def _ask(self, proposal: Proposal, because: str, advice: str = "") -> None:
        _stop_timer(proposal)
        proposal.begun = False
        proposal.quarantine = replace(
            proposal.quarantine, stage=Stage.ASKED, since=now(), because=because, advice=advice, due=None
        )
        self._tell(proposal.quarantine)

    def _is_of(self, finding: Finding) -> bool:
        proposal = self._proposals.get(finding.vm)
        return proposal is not None and proposal.finding.id == finding.id

    def _withdraw(self, finding: Finding) -> None:
        if (waiting := self._meanwhile.get(finding.vm)) is not None and waiting.id == finding.id:
            del self._meanwhile[finding.vm]
        if self._is_of(finding):
            proposal = self._proposals.pop(finding.vm)
            _stop_timer(proposal)
            self._forget(proposal.quarantine.id)


def _order(proposal: Proposal, by: str) -> Order:
    finding = proposal.finding
    return Order(
        by=by,
        reason=finding.title,
        policy=finding.policy,
        finding=finding.id,
        evidence=finding.evidence,
        reasserts=proposal.quarantine.reasserts,
    )


def _quarantine(finding: Finding, respond: Respond, stage: Stage) -> Quarantine:
    at = now()
    return Quarantine(
        id=f"proposed/{finding.id}",
        vm=finding.vm,
        vm_name=finding.vm_name,
        mode=respond.mode,
        stage=stage,
        since=at,
        opened_at=at,
        by=f"policy “{finding.policy}”",
        reason=finding.title,
        policy=finding.policy,
        finding=finding.id,
        evidence=finding.evidence,
        reasserts=respond.reassert,
    )


def _stop_timer(proposal: Proposal) -> None:
    if proposal.timer is not None:
        proposal.timer.cancel()
        proposal.timer = None
