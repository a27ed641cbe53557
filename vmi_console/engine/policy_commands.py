"""What clients may ask about policies and findings (see `commands`)."""

from __future__ import annotations

import asyncio
import typing
import uuid
from collections.abc import Collection, Generator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.engine.policies import Policies, operator
from vmi_console.engine.protocol import DocumentText
from vmi_console.errors import CommandRefused, InputError, QueryError
from vmi_console.estate.identity import EntityId
from vmi_console.plain_text import visible
from vmi_console.policy import saving
from vmi_console.policy.advisories.standing import AdvisoriesInForce
from vmi_console.policy.baselines import name_of
from vmi_console.policy.documents import Document, document
from vmi_console.policy.explanations import PolicyExplained, explained
from vmi_console.policy.folder import is_inside
from vmi_console.policy.groups import Explanation, Groups
from vmi_console.policy.policies import Group, Policy
from vmi_console.policy.preview import Preview, previewing
from vmi_console.policy.reading import Unreadable, read_file
from vmi_console.policy.scores import Score
from vmi_console.policy.waivers import Waiver

PREVIEW_SLICE_SECONDS = 0.004
MOST_LISTED = 10_000


class BaselineStanding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A baseline, and of how many VMs a known-good state was taken; its findings have `policy` for their policy."""

    name: str
    policy: str
    file: str
    gold: str = ""
    taken: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    by: str = ""  # who took the newest


class AdvisoriesLoaded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many known vulnerabilities were loaded, and for which systems, such as `debian:12`."""

    advisories: int
    systems: tuple[str, ...]


class Unknown(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A judgement that nobody can make now, and why."""

    policy: str
    rule: str
    title: str
    vm: EntityId
    vm_name: str
    because: str


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    policies: Policies


class PolicyCommands:
    """Commands about policies and findings."""

    def __init__(self, engine: Backend) -> None:
        self._of_policies = engine

    # --- findings -------------------------------------------------------------------------------------------------

    async def acknowledge(self, findings: tuple[str, ...], note: str = "") -> None:
        """Notes that somebody has seen these findings; on disk when it returns."""
        await self._policies.acknowledge(findings, note)

    async def unacknowledge(self, findings: tuple[str, ...]) -> None:
        """Takes acknowledgements back."""
        await self._policies.take_back(findings)

    async def waive(
        self,
        justification: str,
        expires_at: datetime,
        vm: EntityId | None = None,
        group: str = "",
        policy: str = "",
        rule: str = "",
    ) -> str:
        """Lets all findings be so that fit everything named, until a time; gives the waiver's id."""
        waiver = Waiver(
            id=uuid.uuid4().hex,
            justification=justification.strip(),
            by=operator(),
            at=datetime.now(UTC),
            expires_at=expires_at,
            vm=vm,
            group=group,
            policy=policy,
            rule=rule,
        )
        await self._policies.waive(waiver)
        return waiver.id

    async def end_waiver(self, waiver: str) -> None:
        """Ends a waiver before its time."""
        await self._policies.end_waiver(waiver)

    async def waivers(self) -> list[Waiver]:
        """All waivers, those that have expired among them."""
        return self._policies.ledger.waivers()

    async def unknowns(self, policy: str = "", vm: EntityId | None = None, most: int = 1000) -> list[Unknown]:
        """What counts against coverage: judgements nobody can make, of one policy or VM, or of all."""
        estate = self._policies.estate
        told: list[Unknown] = []
        for each in self._policies.evaluation.policies():
            if policy and each.policy.name != policy:
                continue
            for demand in each.demands:
                found = demand.unknown if vm is None else {vm: demand.unknown[vm]} if vm in demand.unknown else {}
                for entity, judgement in found.items():
                    if len(told) >= min(most, MOST_LISTED):
                        return told
                    record = estate.vm(entity)
                    told.append(
                        Unknown(
                            policy=each.policy.name,
                            rule=demand.rule.key,
                            title=demand.title,
                            vm=entity,
                            vm_name=record.name if record is not None else "",
                            because=judgement.because,
                        )
                    )
        return told

    async def scores(self, vms: tuple[EntityId, ...]) -> dict[EntityId, Score]:
        """How some VMs stand, each with its coverage."""
        if len(vms) > MOST_LISTED:
            raise InputError(f"{len(vms):,} VMs at once are too many", f"ask for at most {MOST_LISTED:,}")
        return {vm: self._policies.score_of(vm) for vm in vms}

    async def explain(self, vm: EntityId, policy: str = "") -> list[PolicyExplained]:
        """Why a VM is a member of a policy (or of each) or not, clause by clause, and what each rule says of it."""
        record = self._policies.estate.vm(vm)
        if record is None:
            raise CommandRefused("there is no such VM", "it may have been removed meanwhile")
        policies = self._policies
        chosen = [policies.in_force(policy)] if policy else list(policies.evaluation.policies())
        return explained(chosen, record, policies.evaluation, policies.estate, policies.now())

    async def memberships(self, vm: EntityId) -> list[Explanation]:
        """Of every group of the folder, whether a VM belongs to it, and why or why not, clause by clause."""
        policies = self._policies
        record = policies.estate.vm(vm)
        if record is None:
            raise CommandRefused("there is no such VM", "it may have been removed meanwhile")
        now = policies.now()
        return [policies.groups.named(name).explain(record, policies.estate, now) for name in policies.groups.names()]

    # --- policies -------------------------------------------------------------------------------------------------

    async def open_policies(self, folder: str) -> None:
        """Judges by the policies of another folder from now on."""
        await self._policies.open_folder(Path(folder))

    async def load_advisories(self, path: str, kev: str = "") -> AdvisoriesLoaded:
        """Judges by these known vulnerabilities from now on: a folder, zip or file as OSV has them, and a KEV file.

        They lie on the engine's machine. A whole distribution takes a minute; what is wrong with a file is told.
        """
        loaded = await self._policies.load_advisories(Path(path), Path(kev) if kev else None)
        return AdvisoriesLoaded(advisories=loaded.count, systems=tuple(sorted(loaded.systems)))

    async def advisories(self) -> AdvisoriesInForce:
        """By which known vulnerabilities guests are judged now."""
        policies, files = self._policies, self._policies.advisory_files
        if files is None:
            return AdvisoriesInForce(reading=policies.reads_advisories)
        loaded = policies.estate.advisories
        return AdvisoriesInForce(
            path=files.path,
            kev=files.kev,
            changed_at=await asyncio.to_thread(_changed_at, files.path),
            kev_changed_at=await asyncio.to_thread(_changed_at, files.kev) if files.kev else None,
            advisories=0 if loaded is None else loaded.count,
            systems=() if loaded is None else tuple(sorted(loaded.systems)),
            reading=policies.reads_advisories,
            problem=policies.advisories_problem,
        )

    async def unload_advisories(self) -> None:
        """Judges by no known vulnerabilities any more, also at the next start."""
        await self._policies.unload_advisories()

    async def policies(self) -> list[DocumentText]:
        """Every document of the folder that is open, as it stands there, with its problems."""
        await self._policies.refresh()
        policies = self._policies
        return await asyncio.to_thread(_texts, policies.folder.path, policies.folder.documents, policies.policies.stale)

    async def save_policy(self, file: str, text: str, was: str | None = None) -> None:
        """Writes a document of the folder; `was` is the digest of the text that was edited, None for a new file."""
        await asyncio.to_thread(saving.save, self._policies.folder.path / _inside(file), text, was)
        await self._policies.refresh()

    async def delete_policy(self, file: str, was: str) -> None:
        """Takes a document out of the folder; `was` is the digest of the text that is not wanted any more."""
        await asyncio.to_thread(saving.delete, self._policies.folder.path / _inside(file), was)
        await self._policies.refresh()

    async def members(self, policy: str) -> list[EntityId]:
        """Who is a member of a policy in force."""
        return self._policies.evaluation.members(self._policies.in_force(policy).policy.name)

    async def preview(self, text: str, file: str = "draft.yaml", most: int = 200) -> Preview:
        """What a document would mean if it said this: members, and who would newly fail or pass.

        It is compared with the policy of the same name that is in force, or else with nothing. Cancelling the call
        ends the work.
        """
        policies = self._policies
        draft = document(text, file)
        if draft.said is None:
            return Preview(problems=draft.problems)
        said = draft.said
        try:
            if isinstance(said, Group):
                others = [group for group in policies.policies.groups if group.name != said.name]
                membership = Groups([*others, said]).membership(said)
            else:
                membership = policies.groups.membership(said.members)
        except QueryError as error:
            return Preview(problems=(draft.in_members(error),))
        active = next((each for each in policies.evaluation.policies() if each.policy.name == said.name), None)
        steps = previewing(
            said if isinstance(said, Policy) else None,
            membership,
            active if isinstance(said, Policy) else None,
            policies.estate,
            policies.now(),
            min(most, MOST_LISTED),
        )
        return await _in_slices(steps)

    async def baselines(self) -> list[BaselineStanding]:
        """The baselines of the folder, and what was taken for them."""
        told = []
        for baseline, states in self._policies.baselines():
            known = sorted(states.of_vm.values(), key=lambda each: each.at)
            told.append(
                BaselineStanding(
                    name=baseline.name,
                    policy=name_of(baseline.name),
                    file=baseline.file,
                    gold=baseline.gold,
                    taken=len(known),
                    oldest=known[0].at if known else None,
                    newest=known[-1].at if known else None,
                    by=known[-1].by if known else "",
                )
            )
        return told

    async def take_baseline(self, baseline: str, vms: tuple[EntityId, ...] = ()) -> int:
        """Takes the present state of VMs (all members without any, or the gold VM) as known to be good.

        For VMs that have drifted this accepts their state as the new baseline. Gives of how many.
        """
        return await self._policies.take(baseline, vms)

    async def arm(self, policy: str) -> None:
        """Lets a policy, exactly as it is now, respond by itself."""
        await self._policies.arm(policy)

    async def disarm(self, policy: str) -> None:
        """Lets a policy ask again before it responds."""
        await self._policies.disarm(policy)

    @property
    def _policies(self) -> Policies:
        return self._of_policies.policies


async def _in_slices[T](steps: Generator[None, None, T]) -> T:
    """Goes through all steps, giving others their turn every few milliseconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PREVIEW_SLICE_SECONDS
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        if loop.time() >= deadline:
            await asyncio.sleep(0)
            deadline = loop.time() + PREVIEW_SLICE_SECONDS


def _changed_at(path: str) -> datetime | None:
    """When a file or folder was changed last; None where it is gone or out of reach."""
    try:
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    except OSError:
        return None


def _inside(file: str) -> Path:
    """The name of a policy file, relative to the folder. Raises `InputError` for one that leads elsewhere."""
    if not is_inside(file):
        raise InputError(
            f"{visible(file, 200)} is no name of a policy file", "give it a name such as web-servers.yaml in the folder"
        )
    return Path(file)


def _texts(folder: Path, documents: Iterable[Document], stale: Collection[str]) -> list[DocumentText]:
    """The documents with their texts; one that cannot be read has an empty one."""
    told = []
    for one in documents:
        try:
            text = read_file(folder / one.file, one.file)
        except Unreadable:
            text = ""
        said = one.said
        told.append(
            DocumentText(
                file=one.file,
                text=text,
                digest=saving.digest(text),
                kind=type(said).__name__.lower() if said is not None else "",
                name=said.name if said is not None else "",
                stale=one.file in stale,
                problems=one.problems,
            )
        )
    return told
