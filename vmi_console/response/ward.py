"""The ward: every VM in quarantine, and the one way by which VMs come in and go out.

Each step is in the journal before the call that takes it, and its outcome after it; one thing at a time is done to a
VM. Nothing here decides that a VM belongs in quarantine: people do, and `automatic`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from vmi_console.collectors.quarantine import SURVEY, Hold, Image, Mode, Request, Survey
from vmi_console.errors import CommandRefused
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.policy.displaced import Displacement, kept_of
from vmi_console.response import records
from vmi_console.response.acts import Actors, Acts
from vmi_console.response.audit import Act
from vmi_console.response.chart import Chart, now
from vmi_console.response.journal import Journal
from vmi_console.response.keys import Keys
from vmi_console.response.lease import Leases
from vmi_console.response.plan import Plan, Planned, Plans, made
from vmi_console.response.quarantine import Case, Quarantine, Stage
from vmi_console.response.records import Standing
from vmi_console.response.rounds import Rounds, is_changed
from vmi_console.response.strangers import Strangers
from vmi_console.wire.tasks import Tasks


class Choice(StrEnum):
    """What a person wants of a release."""

    EXACT = "exact"  # restore only what is as the quarantine left it
    FORCE = "force"  # restore although the VM was changed meanwhile, or the record is not to be trusted
    KEEP = "keep"  # leave the VM as it is, and consider the quarantine over


class Order(NamedTuple):
    """Who wants a VM in quarantine, and why."""

    by: str
    reason: str
    policy: str = ""
    finding: str = ""
    evidence: str = ""
    reasserts: bool = False


class Outlook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a VM can be given back exactly: `changed`, or not `trusted`, and a person must choose."""

    quarantine: Quarantine
    changed: bool = False
    trusted: bool = True


class Ward:
    """The quarantines of one engine: open from `open` to `close`.

    What is done to a VM is done to its end or to that of the ward: whoever ordered it may be gone before.
    `vm_of` gives what the estate tells of a VM; `tell` is called with each quarantine that is another now, `forget`
    with the id of what was found and is no more.
    """

    def __init__(
        self,
        actors: Actors,
        journal: Journal,
        keys: Keys,
        leases: Leases,
        vm_of: Callable[[EntityId], VM | None],
        tell: Callable[[Quarantine], None],
        forget: Callable[[str], None],
    ) -> None:
        self._actors = actors
        self._keys = keys
        self._leases = leases
        self._tell = tell
        self._chart = Chart(journal, leases, self._told)
        self._vm_of = vm_of
        self._acts = Acts(actors, self._chart, lambda vm: vm_of(vm) is not None)
        self._rounds = Rounds(self._chart, self._acts)
        self._strangers = Strangers(actors, self._chart, keys, tell, forget)
        self._plans = Plans()
        self._deeds = Tasks()

    async def open(self) -> int:
        """Takes up what the journal says is under way; gives how many cases it cannot read. Raises `StorageError`."""
        self._rounds.start()
        return await self._chart.open()

    async def close(self) -> None:
        """Stops following; what is under way is in the journal."""
        await self._rounds.close()
        await self._strangers.close()
        await self._deeds.close()
        self._leases.close()

    # --- who is in ------------------------------------------------------------------------------------------------

    def all(self) -> list[Quarantine]:
        """Everything that is not closed, and what was found of others."""
        return [*(case.quarantine for case in self._chart), *self._strangers.all()]

    def of(self, vm: EntityId) -> Quarantine | None:
        """The quarantine that a VM is in."""
        case = self._chart.get(vm)
        return case.quarantine if case is not None else self._strangers.get(vm)

    def displacement(self, vm: EntityId) -> Displacement | None:
        """What its quarantine does to a VM; None where nobody knows, or there is nothing (any more)."""
        case = self._chart.get(vm)
        if case is None or case.was is None:
            return None
        quarantine = case.quarantine
        under_way = quarantine.stage in (Stage.ISOLATING, Stage.UNCERTAIN)
        held = frozenset(channel.key for channel in quarantine.channels if channel.hold is Hold.HELD)
        return Displacement(mode=quarantine.mode, before=case.was, cards=None if under_way else held)

    def count(self, policy: str = "") -> int:
        """How many VMs are in quarantine, by one policy or at all."""
        quarantines = (case.quarantine for case in self._chart)
        return sum(each.stage.counts and policy in ("", each.policy) for each in quarantines)

    # --- in -------------------------------------------------------------------------------------------------------

    async def plan(self, vm: EntityId, mode: Mode, network: str = "", finding: Order | None = None) -> Plan:
        """What would be done to a VM; `finding` is why, where a policy wants it. Raises `CollectorError`."""
        survey = await self._actors.ask(SURVEY, Request(vm=vm, mode=mode, network=network), Survey)
        plan, image = made(survey, mode, network, now())
        if (case := self._chart.get(vm)) is not None:
            plan = replace(plan, problems=(*plan.problems, f"it is in quarantine already ({case.quarantine.stage})"))
        if finding is not None:
            plan = replace(plan, policy=finding.policy, finding=finding.finding, evidence=finding.evidence)
        plan = replace(plan, in_quarantine=self.count(plan.policy))
        self._plans.keep(Planned(plan, image))
        return plan

    async def confirm(self, token: str, by: str, reason: str, reasserts: bool) -> Quarantine:
        """Carries out a plan that a person has confirmed; why a policy wanted it is kept with it. Raises `VmiError`."""
        plan = self._plans.get(token, now())
        order = Order(by, reason, plan.policy, plan.finding, plan.evidence, reasserts)
        return await self.isolate(token, order)

    async def isolate(self, token: str, order: Order) -> Quarantine:
        """Carries out a plan, and says what came of it. Raises `VmiError` where nothing was begun."""
        plan, image = self._plans.take(token, now())
        if plan.problems:
            raise CommandRefused(f"{plan.vm_name} cannot be put into quarantine: {'; '.join(plan.problems)}")
        return await self._deeds.to_the_end(self._isolate(plan, image, order), "a quarantine")

    async def _isolate(self, plan: Plan, image: Image, order: Order) -> Quarantine:
        async with self._chart.alone_with(plan.vm):
            if plan.vm in self._chart:
                raise CommandRefused(f"{plan.vm_name} is in quarantine already", "release it first")
            self._chart.take_lease(plan.vm)
            try:
                case = await self._admitted(plan, image, order)
                await self._chart.write(case, Act.ISOLATE, "begun", order.by, *plan.steps)
            except BaseException:
                self._chart.leave_lease(plan.vm)
                raise
            self._strangers.drop(plan.vm)
            return await self._acts.isolate(case, image)

    async def reassert(self, vm: EntityId, by: str) -> Quarantine:
        """Isolates again what was undone. Raises `VmiError` where nothing was begun."""
        return await self._deeds.to_the_end(self._reassert(vm, by), "a quarantine")

    async def _reassert(self, vm: EntityId, by: str) -> Quarantine:
        async with self._chart.alone_with(vm):
            case = self._chart.of(vm)
            if not case.quarantine.stage.is_settled:
                raise CommandRefused(f"{case.quarantine.vm_name} is {case.quarantine.stage}", "wait until that is over")
            self._chart.take_lease(vm)
            found = await self._acts.look(case)
            return await self._acts.again(case, found.image, by)

    # --- out ------------------------------------------------------------------------------------------------------

    async def outlook(self, vm: EntityId) -> Outlook:
        """Looks whether a VM can be given back exactly. Raises `CollectorError`."""
        async with self._chart.alone_with(vm):
            case, standing = await self._case_of(vm)
            found = await self._acts.look(case)
            return Outlook(
                quarantine=case.quarantine, changed=is_changed(case, found), trusted=standing is Standing.OURS
            )

    async def release(self, vm: EntityId, by: str, reason: str, choice: Choice) -> Quarantine:
        """Gives a VM back, and says what came of it. Raises `VmiError` where nothing was begun."""
        return await self._deeds.to_the_end(self._release(vm, by, reason, choice), "a release")

    async def _release(self, vm: EntityId, by: str, reason: str, choice: Choice) -> Quarantine:
        async with self._chart.alone_with(vm):
            if choice is Choice.KEEP:
                return await self._keep(vm, by, reason)
            case, standing = await self._case_of(vm)
            self._chart.take_lease(vm)
            try:
                found = await self._acts.look(case)
                if choice is not Choice.FORCE:
                    _refuse_unless_exact(case, standing, found)
                case = replace(case.now(Stage.RELEASING, now()), releasing=True)
                await self._chart.write(case, Act.RELEASE, "begun", by, why=reason)
            except BaseException:
                self._chart.leave_lease(vm)
                raise
            self._strangers.drop(vm)
            return await self._acts.give_back(case, found.image, by, force=choice is Choice.FORCE)

    # --- what becomes known ---------------------------------------------------------------------------------------

    def live(self, endpoint: str) -> None:
        """An endpoint answers: what was left half-done there is finished."""
        self._rounds.live(endpoint)

    def silent(self, endpoint: str) -> None:
        """An endpoint does not answer."""
        self._rounds.silent(endpoint)

    def published(
        self,
        vms: Iterable[AnyRecord],
        removed: Iterable[EntityId],
        changes: Iterable[Change],
        amendments: Iterable[Amendment],
    ) -> None:
        """The estate is another now."""
        for record in vms:
            if isinstance(record, VM):
                self._strangers.seen(record)
        for entity in removed:
            self._strangers.gone(entity)
        self._rounds.changed(changes, amendments)

    # --- how ------------------------------------------------------------------------------------------------------

    def _told(self, quarantine: Quarantine) -> None:
        self._tell(quarantine)
        if quarantine.stage.is_closed:
            self._strangers.see_again(quarantine.vm)

    async def _admitted(self, plan: Plan, image: Image, order: Order) -> Case:
        quarantine = Quarantine(
            id=uuid.uuid4().hex,
            vm=plan.vm,
            vm_name=plan.vm_name,
            mode=plan.mode,
            stage=Stage.ISOLATING,
            since=now(),
            opened_at=now(),
            by=order.by,
            reason=order.reason,
            network=plan.network,
            policy=order.policy,
            finding=order.finding,
            evidence=order.evidence,
            reasserts=order.reasserts,
        )
        record = records.Record(
            quarantine=quarantine.id,
            vm=plan.vm,
            mode=plan.mode,
            at=quarantine.opened_at,
            by=order.by,
            reason=order.reason,
            before=image,
            network=plan.network,
            policy=order.policy,
        )
        text = records.written(record, await self._keys.signing())
        closed = tuple(channel.key for channel in plan.channels if channel.already)
        known = self._vm_of(plan.vm)
        return Case(
            quarantine=quarantine,
            before=replace(image, record=""),
            record=text,
            closed_before=closed,
            was=kept_of(known) if known is not None else None,
        )

    async def _case_of(self, vm: EntityId) -> tuple[Case, Standing]:
        """What is to be released: this console's own case, or one by the record that another left."""
        if (case := self._chart.get(vm)) is not None:
            return case, Standing.OURS
        return await self._strangers.adopt(vm)

    async def _keep(self, vm: EntityId, by: str, reason: str) -> Quarantine:
        if (found := self._strangers.get(vm)) is not None:
            await self._chart.note(Act.KEEP, "left as it is", found, by, reason)
            self._strangers.dismiss(vm)
            return replace(found, stage=Stage.KEPT, since=now())
        case = self._chart.of(vm).now(Stage.KEPT, now(), because="somebody decided to leave the VM as it is")
        return await self._chart.conclude(case, Act.KEEP, by, reason)


def _refuse_unless_exact(case: Case, standing: Standing, found: Survey) -> None:
    name = case.quarantine.vm_name
    if standing is not Standing.OURS:
        raise CommandRefused(
            f"the record with {name} is not to be trusted: {standing}",
            "find out where it would plug the VM in; then release it by force, or keep it as it is",
        )
    if is_changed(case, found):
        what = "; ".join(each.what for each in case.quarantine.noticed) or "nobody saw how"
        raise CommandRefused(
            f"{name} was changed while it was in quarantine: {what}",
            "force restores what it was before all the same; keep leaves it as it is",
        )
