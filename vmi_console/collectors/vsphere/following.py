"""Following one server over one session: discovery, changes as they come, and looks at what no change is told of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pyVmomi import vim

from vmi_console.collectors.demand import Demand
from vmi_console.collectors.provider import Sink
from vmi_console.collectors.vsphere import chronicle, machine, places
from vmi_console.collectors.vsphere.chronicle import Chronicle
from vmi_console.collectors.vsphere.endpoint import endpoint_of
from vmi_console.collectors.vsphere.fetching import CALLERS, SLICE, Fetching
from vmi_console.collectors.vsphere.load import Loads, memory_of
from vmi_console.collectors.vsphere.memory import Memory
from vmi_console.collectors.vsphere.picture import VM_KIND, Picture
from vmi_console.collectors.vsphere.session import Session
from vmi_console.collectors.vsphere.tags import Tags, TagsRefused
from vmi_console.collectors.vsphere.values import Parser
from vmi_console.collectors.vsphere.watching import Page, Update, Watching, slices
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Attribution, Batch, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Host, State

COALESCE_S = 0.2
"""Between two calls for changes: what comes in between comes in one answer."""

AT_ONCE = SLICE * CALLERS
"""VMs whose hardware is fetched before they are told of."""

PING_S = 5.0
SILENCE_S = 10.0
TAGS_S = 60.0
SWEEP_S = 1800.0
SAMPLE_S = 10.0

_PRIVILEGES = "give the user the role Read-only at the root, with “propagate to children”: see docs/vsphere.md"


class Following:
    """One run over one session."""

    def __init__(self, session: Session, sink: Sink, demand: Demand, memory: Memory, tags: Tags | None) -> None:
        self._session = session
        self._content = session.content
        self._sink = sink
        self._demand = demand
        self._memory = memory
        self._tags = tags
        self._calls = session.caller("calls")
        self._reporting = asyncio.Lock()  # of two overlapping reports the older might arrive last
        self._discovered = False
        self._picture: Picture
        self._fetching: Fetching
        self._chronicle: Chronicle

    async def run(self) -> None:
        """Until cancelled, or the session is lost. Raises an exception group of what ended it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_condition())
            endpoint = await endpoint_of(self._session, self._calls)
            self._picture = Picture(endpoint, self._memory)
            self._fetching = Fetching(self._session, self._picture)
            self._chronicle = Chronicle(self._calls, self._content, self._picture, self._tell)
            await self._sink.identified(endpoint, str(self._content.about.fullName))
            around = await self._watch_places()
            machines = Watching(self._session.caller("machines"), self._content, {VM_KIND: machine.WATCHED})
            await self._discover(around, machines)
            tasks.create_task(self._follow_places(around))
            tasks.create_task(self._follow_machines(machines))
            for each in (
                self._ping,
                self._reread_tags,
                self._reread_ports,
                self._rename_alarms,
                self._sweep,
                self._sample,
            ):
                tasks.create_task(each())
            tasks.create_task(self._resync())

    # --- discovery ----------------------------------------------------------------------------------------------------

    async def _watch_places(self) -> Watching:
        """Begins to watch everything but VMs, and the events."""
        watched: dict[str, Mapping[str, Parser]] = {**places.WATCHED, chronicle.KIND: self._chronicle.watched}
        single = [collector] if (collector := await self._chronicle.collector()) is not None else []
        if self._content.customFieldsManager is not None:
            watched[places.FIELDS] = places.CUSTOM_FIELDS
            single.append(self._content.customFieldsManager)
        return Watching(self._session.caller("places"), self._content, watched, single, places.SPARED)

    async def _discover(self, around: Watching, machines: Watching) -> None:
        """Everything there is: what VMs lie in first, since it is little and there at once."""
        await self._sink.discovery_begins()
        more = True
        while more:
            page = await around.wait("list folders, hosts and networks")
            self._take_places(page.updates)
            more = page.more
        await self._fetching.alarm_names()
        records, _ = self._picture.places.touched()
        await self._report(records, Seen.DISCOVERY)
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(machines.wait("list the VMs"))
            tasks.create_task(self._read_tags())
        page = first.result()
        while True:
            changed, unread, _ = self._picture.take_machines(page.updates)
            await self._fetching.alarm_names()
            for moids in slices(sorted(changed), AT_ONCE):
                await self._fetching.machines([moid for moid in moids if moid in unread])
                await self._report_vms(moids, Seen.DISCOVERY)
            if not page.more:
                break
            page = await machines.wait("list the VMs")
        self._memory.keep_only(self._picture.machines)
        await self._sink.discovery_ends()
        await self._chronicle.report()
        self._discovered = True
        await self._settle()

    async def _resync(self) -> None:
        """Tells everything again. What is watched is right as it is; what was fetched is fetched again."""
        while True:
            await self._demand.resync.wait()
            self._demand.resync.clear()
            async with self._reporting:
                self._picture.forget_reports()
                await self._sink.discovery_begins(len(self._picture.machines) + self._picture.places.count())
                await self._report(self._picture.places.records(), Seen.DISCOVERY)
                for moids in slices(sorted(self._picture.machines), AT_ONCE):
                    await self._fetching.machines(moids)
                    await self._report(self._picture.vms(moids), Seen.DISCOVERY)
                await self._sink.discovery_ends()
            await self._settle()

    async def _settle(self) -> None:
        """A discovery's end makes the connection live; what is missing is said after it."""
        await self._sink.condition(State.LIVE)
        if hidden := self._hidden():
            await self._sink.condition(State.DEGRADED, hidden, _PRIVILEGES)

    # --- changes ------------------------------------------------------------------------------------------------------

    async def _follow_machines(self, machines: Watching) -> None:
        more = False
        while True:
            if not more:
                await asyncio.sleep(COALESCE_S)
            page = await self._next(machines)
            changed, unread, gone = self._picture.take_machines(page.updates)
            more = page.more
            await self._fetching.alarm_names()
            await self._fetching.machines(sorted(unread))
            removed = self._picture.gone(gone)
            if removed:
                async with self._reporting:
                    await self._sink.report(Batch(removed=removed, seen=Seen.EVENT))
            await self._report_vms(sorted(changed), Seen.EVENT)

    async def _follow_places(self, around: Watching) -> None:
        more = False
        while True:
            if not more:
                await asyncio.sleep(COALESCE_S)
            page = await self._next(around)
            more = page.more
            shaped = self._take_places(page.updates)
            await self._fetching.alarm_names()
            async with self._reporting:
                records, all_of_them = self._picture.places.touched()
                removed = self._picture.gone_places(records) if all_of_them else ()
                await self._report(records, Seen.EVENT, removed)
            await self._chronicle.report()
            if shaped:
                await self._report_vms(sorted(self._picture.machines), Seen.EVENT)

    async def _next(self, watching: Watching) -> Page:
        return await watching.wait("wait for changes")

    def _take_places(self, updates: Iterable[Update]) -> bool:
        """Takes in changes of places, and the events among them."""
        others = []
        for update in updates:
            if update.kind == chronicle.KIND:
                self._chronicle.take(update.told.get("latestPage") or ())
            else:
                others.append(update)
        return self._picture.take_places(others)

    async def _tell(self, attributions: Sequence[Attribution]) -> None:
        async with self._reporting:
            await self._sink.report(Batch(attributions=tuple(attributions), seen=Seen.EVENT))

    # --- what no update brings ----------------------------------------------------------------------------------------

    async def _read_tags(self) -> set[str]:
        """Who has which tags; gives the VMs whose tags are others now. A server that does not tell leaves them be."""
        if self._tags is None:
            return set()
        try:
            return self._picture.put_tags(await self._tags.read())
        except TagsRefused as refusal:
            self._session.note_refusal("tags", str(refusal))
            return set()

    async def _reread_tags(self) -> None:
        while True:
            await _due(self._chronicle.tags_due, TAGS_S)
            await self._report_vms(sorted(await self._read_tags()), Seen.POLL)

    async def _reread_ports(self) -> None:
        """Those that events name."""
        while True:
            await self._chronicle.ports_due.wait()
            self._chronicle.ports_due.clear()
            due, self._chronicle.ports = self._chronicle.ports, set()
            await self._report_vms(sorted(await self._fetching.ports(sorted(due))), Seen.EVENT)

    async def _rename_alarms(self) -> None:
        while True:
            await self._chronicle.alarms_due.wait()
            self._chronicle.alarms_due.clear()
            self._picture.forget_alarm_names()
            if await self._fetching.alarm_names():
                async with self._reporting:
                    await self._report(self._picture.places.records(), Seen.EVENT)
                await self._report_vms(sorted(self._picture.machines), Seen.EVENT)

    async def _sweep(self) -> None:
        """Looks again at what moves untold: what guests publish, a snapshot's size, and ports whose event was missed.

        Half an hour is counted across sessions, or short ones would put it off for ever.
        """
        memory = self._memory
        memory.swept_at = memory.swept_at or time.monotonic()
        while True:
            await asyncio.sleep(max(0.0, memory.swept_at + SWEEP_S - time.monotonic()))
            due = {*self._picture.publishing(), *self._picture.with_snapshots(self._picture.machines)}
            for moids in slices(sorted(self._picture.machines), SLICE):
                read = [moid for moid in moids if moid in due]
                await self._fetching.machines(read)
                moved = await self._fetching.ports(self._picture.ports_of(moid for moid in moids if moid not in due))
                await self._report_vms(sorted({*read, *moved}), Seen.POLL)
                await asyncio.sleep(1.0)
            memory.swept_at = time.monotonic()

    async def _sample(self) -> None:
        loads = Loads(self._session.caller("samples"), self._content)
        while True:
            await self._demand.watching.wait()
            watched = self._demand.watched
            known = (record for entity in watched if (record := self._picture.reported(entity)) is not None)
            samples = await loads.read(memory_of(record for record in known if isinstance(record, (VM, Host))))
            if samples:
                await self._sink.samples(samples)
            await asyncio.sleep(SAMPLE_S)

    # --- reporting ----------------------------------------------------------------------------------------------------

    async def _report_vms(self, moids: Sequence[str], seen: Seen) -> None:
        for some in slices(moids, MAX_BATCH // 2):  # a VM may come with what its guest published
            async with self._reporting:
                await self._report(self._picture.vms(some), seen)

    async def _report(self, records: Iterable[AnyRecord], seen: Seen, removed: tuple[EntityId, ...] = ()) -> None:
        fresh = self._picture.news(records)
        if fresh or removed:
            await self._sink.report(Batch(records=fresh, removed=removed, seen=seen))

    # --- the connection itself ----------------------------------------------------------------------------------------

    async def _ping(self) -> None:
        """Keeps the session alive, and notices a server that is silent while nothing changes."""
        while True:
            await asyncio.sleep(PING_S)
            await self._calls.call(
                "ask the time", lambda line: vim.ServiceInstance("ServiceInstance", line).CurrentTime()
            )

    async def _tell_condition(self) -> None:
        where = self._session.target.where
        while True:
            await asyncio.sleep(0.5)
            trouble, silent_s = self._session.trouble, self._session.silent_s
            if trouble is not None:
                await self._sink.condition(State.STALE, trouble.message, trouble.advice)
            elif silent_s > SILENCE_S:
                since = datetime.now().astimezone() - timedelta(seconds=silent_s)
                advice = "the server may hang, or the network be cut"
                await self._sink.condition(State.STALE, f"{where} has not answered since {since:%H:%M:%S}", advice)
            elif self._discovered and (hidden := self._hidden()):
                await self._sink.condition(State.DEGRADED, hidden, _PRIVILEGES)
            elif self._discovered:
                await self._sink.condition(State.LIVE)

    def _hidden(self) -> str:
        """What the user may not see, in words; empty if nothing is known to be hidden."""
        kinds = [*self._picture.forbidden.values()]
        parts = [
            f"{count} {noun if count == 1 else nouns}"
            for wanted, noun, nouns in _NOUNS
            if (count := sum(kind in wanted for kind in kinds))
        ]
        others = [kind for kind in kinds if not any(kind in wanted for wanted, _, _ in _NOUNS)]
        parts += [f"{len(others)} other objects"] if others else []
        return f"no permission to see all of {', '.join(parts)}" if parts else ""


_NOUNS = (
    (frozenset((VM_KIND,)), "VM", "VMs"),
    (frozenset(("HostSystem",)), "host", "hosts"),
    (places.NETWORKS, "network", "networks"),
    (frozenset(("Datastore",)), "datastore", "datastores"),
)


async def _due(event: asyncio.Event, at_latest_s: float) -> None:
    """Until somebody says so, or the time has come."""
    try:
        async with asyncio.timeout(at_latest_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
