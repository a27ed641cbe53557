"""Following one server over one session: discovery, changes as they come, and looks at what no change is told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pyVmomi import vim, vmodl

from vmi_console.collectors.provider import Sink
from vmi_console.collectors.vsphere import events, hardware, machine, network, places, snapshots
from vmi_console.collectors.vsphere.errors import words
from vmi_console.collectors.vsphere.events import Happened
from vmi_console.collectors.vsphere.load import Loads, memory_of
from vmi_console.collectors.vsphere.picture import VM_KIND, Picture
from vmi_console.collectors.vsphere.session import Caller, Session
from vmi_console.collectors.vsphere.tags import Tags, TagsRefused
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import Parser, Told
from vmi_console.collectors.vsphere.watching import Page, Update, Watching, on, retrieve, slices, vim_type
from vmi_console.errors import Unreachable
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Attribution, Batch, Seen
from vmi_console.estate.identity import EntityId, canonical_uuid
from vmi_console.estate.records import VM, Host, State
from vmi_console.estate.vlan import Vlan

_log = logging.getLogger(__name__)

COALESCE_S = 0.2
"""Between two calls for changes: what comes in between comes in one answer."""

HARDWARE_CALLERS = 2
"""While the answer for one slice of VMs is parsed, the server prepares the next."""

HARDWARE_SLICE = 100
PING_S = 5.0
SILENCE_S = 10.0
TAGS_S = 60.0
PORTS_S = 300.0
PUBLISHED_S = 1800.0
SAMPLE_S = 10.0
MOST_EVENTS = 1000

_PRIVILEGES = "give the user the role Read-only at the root, with “propagate to children”: see docs/vsphere.md"


class Demand:
    """What the engine wants beside the changes, and how far the events were read; it outlives sessions."""

    def __init__(self) -> None:
        self.watched: frozenset[EntityId] = frozenset()
        self.watching = asyncio.Event()
        self.resync = asyncio.Event()
        self.last_event: Happened | None = None


class Following:
    """One run over one session."""

    def __init__(self, session: Session, sink: Sink, demand: Demand, tags: Tags | None) -> None:
        self._session = session
        self._content = session.content
        self._sink = sink
        self._demand = demand
        self._tags = tags
        self._calls = session.caller("calls")
        self._hardware = [session.caller(f"hardware-{number + 1}") for number in range(HARDWARE_CALLERS)]
        self._reporting = asyncio.Lock()  # of two overlapping reports the older might arrive last
        self._discovered = False
        self._unseen: list[Happened] = []
        self._ports_due = asyncio.Event()
        self._tags_due = asyncio.Event()
        self._refused: set[str] = set()
        self._picture: Picture

    async def run(self) -> None:
        """Until cancelled, or the session is lost. Raises an exception group of what ended it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_condition())
            endpoint = await self._endpoint()
            self._picture = Picture(endpoint)
            await self._sink.identified(endpoint, str(self._content.about.fullName))
            around = await self._watch_places()
            machines = Watching(self._session.caller("machines"), self._content, {VM_KIND: machine.WATCHED})
            await self._discover(around, machines)
            tasks.create_task(self._follow_places(around))
            tasks.create_task(self._follow_machines(machines))
            for each in (self._ping, self._sweep_tags, self._sweep_ports, self._sweep_published, self._sample):
                tasks.create_task(each())
            tasks.create_task(self._resync())

    async def _endpoint(self) -> str:
        """A vCenter's instanceUuid, or the UUID of a single host's hardware."""
        if self._session.is_vcenter:
            uuid = canonical_uuid(str(self._content.about.instanceUuid or ""))
        else:
            path = "summary.hardware.uuid"
            found = await retrieve(
                self._calls, self._content, "HostSystem", ["ha-host"], [path], lambda _, told: told.get(path)
            )
            uuid = canonical_uuid(next(iter(found.values()), None))
        if uuid is None:
            raise Unreachable(
                f"{self._session.target.where} does not say which one it is: it has no UUID",
                "see about.instanceUuid of a vCenter, or the hardware's UUID of a single host",
            )
        return uuid

    # --- discovery ----------------------------------------------------------------------------------------------------

    async def _watch_places(self) -> Watching:
        """Begins to watch everything but VMs, and the events."""
        latest: Mapping[str, Parser] = {"latestPage": lambda page: events.happened(page, self._picture.entity)}
        watched = {**places.WATCHED, "EventHistoryCollector": latest}
        single = [collector] if (collector := await self._collect_events()) is not None else []
        if self._content.customFieldsManager is not None:
            watched[places.FIELDS] = places.CUSTOM_FIELDS
            single.append(self._content.customFieldsManager)
        return Watching(self._session.caller("places"), self._content, watched, single)

    async def _collect_events(self) -> Any:
        """A collector of the events we want, which belongs to this session; None where there is none to be had."""

        def ask(line: Line) -> Any:
            manager = on(line, self._content.eventManager)
            collector = manager.CreateCollectorForEvents(vim.event.EventFilterSpec(eventTypeId=list(events.WANTED)))
            collector.SetCollectorPageSize(events.PAGE_EVENTS)
            return collector

        return await self._optional("events", ask) if self._content.eventManager is not None else None

    async def _discover(self, around: Watching, machines: Watching) -> None:
        """Everything there is: what VMs lie in first, since it is little and there at once."""
        await self._sink.discovery_begins()
        more = True
        while more:
            page = await around.wait("list folders, hosts and networks")
            self._take_places(page.updates)
            more = page.more
        records, _ = self._picture.places.touched()
        await self._report(records, Seen.DISCOVERY)
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(machines.wait("list the VMs"))
            tasks.create_task(self._read_tags())
            tasks.create_task(self._read_ports())
        page = first.result()
        while True:
            changed, unread, _ = self._picture.take_machines(page.updates)
            for moids in slices(sorted(changed), MAX_BATCH * HARDWARE_CALLERS):
                await self._read_hardware([moid for moid in moids if moid in unread])
                await self._report_vms(moids, Seen.DISCOVERY)
            if not page.more:
                break
            page = await machines.wait("list the VMs")
        await self._sink.discovery_ends()
        await self._report_events()
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
                for moids in slices(sorted(self._picture.machines), MAX_BATCH * HARDWARE_CALLERS):
                    await self._read_hardware(moids)
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
            await self._read_hardware(sorted(unread))
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
            async with self._reporting:
                records, all_of_them = self._picture.places.touched()
                removed = self._picture.gone_places(records) if all_of_them else ()
                await self._report(records, Seen.EVENT, removed)
            await self._report_events()
            if shaped:
                for moids in slices(sorted(self._picture.machines), MAX_BATCH):
                    await self._report_vms(moids, Seen.EVENT)

    async def _next(self, watching: Watching) -> Page:
        return await watching.wait("wait for changes")

    def _take_places(self, updates: Iterable[Update]) -> bool:
        """Takes in changes of places; events among them are kept for `_report_events`."""
        others = []
        for update in updates:
            if update.kind == "EventHistoryCollector":
                self._unseen.extend(update.told.get("latestPage") or ())
            else:
                others.append(update)
        return self._picture.take_places(others)

    async def _report_events(self) -> None:
        """Tells who did what since the last event that was seen, and fills the gap where a page did not reach back."""
        unseen = {each.key: each for each in self._unseen}
        self._unseen = []
        last = self._demand.last_event
        fresh = [unseen[key] for key in sorted(unseen) if last is None or key > last.key]
        if last is None:  # whatever led to the estate as it was found is no change of it
            self._demand.last_event = fresh[-1] if fresh else Happened(key=-1, at=None)
            return
        if not fresh:
            return
        self._demand.last_event = fresh[-1]
        if len(fresh) >= events.PAGE_EVENTS:
            fresh = await self._fill_gap(last, fresh)
        attributions = [each for event in fresh for each in event.attributions]
        for some in slices(attributions, MAX_BATCH):
            await self._tell(some)
        if any(event.ports_changed for event in fresh):
            self._ports_due.set()
        if any(event.tags_changed for event in fresh):
            self._tags_due.set()

    async def _tell(self, attributions: Sequence[Attribution]) -> None:
        async with self._reporting:
            await self._sink.report(Batch(attributions=tuple(attributions), seen=Seen.EVENT))

    async def _fill_gap(self, last: Happened, fresh: list[Happened]) -> list[Happened]:
        """All events after `last`: more of them happened than a page holds."""

        def ask(line: Line) -> tuple[Happened, ...]:
            since = vim.event.EventFilterSpec.ByTime(beginTime=last.at)
            spec = vim.event.EventFilterSpec(eventTypeId=list(events.WANTED), time=since, maxCount=MOST_EVENTS)
            found = on(line, self._content.eventManager).QueryEvents(spec)
            return events.happened(found or (), self._picture.entity)

        missed = await self._optional("earlier events", ask) or ()
        by_key = {each.key: each for each in (*missed, *fresh) if each.key > last.key}
        return [by_key[key] for key in sorted(by_key)]

    # --- what no update brings ----------------------------------------------------------------------------------------

    async def _read_hardware(self, moids: Sequence[str]) -> None:
        """Devices, settings and snapshots' sizes of these VMs, in slices, several at once."""
        portions = iter(list(slices(moids, HARDWARE_SLICE)))

        async def read_some(caller: Caller) -> None:
            for portion in portions:
                await self._read_slice(caller, portion)

        async with asyncio.TaskGroup() as tasks:
            for caller in self._hardware[: -(-len(moids) // HARDWARE_SLICE)]:
                tasks.create_task(read_some(caller))

    async def _read_slice(self, caller: Caller, moids: Sequence[str]) -> None:
        def read(_: str, told: Told) -> hardware.Hardware:
            device, extra = (told.get(path) for path in machine.HARDWARE)
            return hardware.hardware(device, extra)

        def measure(moid: str, told: Told) -> dict[str, int] | None:
            layout = told.get(machine.LAYOUT)
            known = self._picture.machines.get(moid, {}).get(machine.SNAPSHOT) or ()
            return snapshots.sizes(layout, known) if layout is not None else None

        found = await retrieve(caller, self._content, VM_KIND, moids, machine.HARDWARE, read)
        sizes: dict[str, dict[str, int] | None] = {}
        if layered := self._picture.with_snapshots(moids):
            sizes = await retrieve(caller, self._content, VM_KIND, layered, [machine.LAYOUT], measure)
        for moid, parts in found.items():
            self._picture.fetched(moid, parts, sizes.get(moid))

    async def _read_ports(self) -> bool:
        """The ports that have a VLAN of their own, where a portgroup lets them; True if that is news."""
        overrides: dict[tuple[str, str], Vlan] = {}
        for switch, keys in self._picture.places.switches_with_overrides().items():
            overrides.update(await self._optional("port settings", self._fetch_ports(switch, keys)) or {})
        return self._picture.put_overrides(overrides)

    def _fetch_ports(self, switch: str, portgroups: list[str]) -> Callable[[Line], dict[tuple[str, str], Vlan]]:
        kind = vim_type(self._picture.places.kind(switch) or "DistributedVirtualSwitch")

        def ask(line: Line) -> dict[tuple[str, str], Vlan]:
            criteria = vim.dvs.PortCriteria(portgroupKey=portgroups, inside=True)
            found = {}
            for port in kind(switch, line).FetchDVPorts(criteria) or ():
                own = network.override(port.config.setting if port.config is not None else None)
                if own is not None:
                    found[str(port.dvsUuid), str(port.key)] = own
            return found

        return ask

    async def _read_tags(self) -> set[str]:
        """Who has which tags; gives the VMs whose tags are others now. A server that does not tell leaves them be."""
        if self._tags is None:
            return set()
        try:
            return self._picture.put_tags(await self._tags.read())
        except TagsRefused as refusal:
            self._note_refusal("tags", str(refusal))
            return set()

    async def _sweep_tags(self) -> None:
        while True:
            await _due(self._tags_due, TAGS_S)
            await self._report_vms(sorted(await self._read_tags()), Seen.POLL)

    async def _sweep_ports(self) -> None:
        while True:
            await _due(self._ports_due, PORTS_S)
            if await self._read_ports():
                for moids in slices(sorted(self._picture.machines), MAX_BATCH):
                    await self._report_vms(moids, Seen.POLL)

    async def _sweep_published(self) -> None:
        """What guests publish moves without the configuration's version; and so do a snapshot's sizes."""
        while True:
            await asyncio.sleep(PUBLISHED_S)
            due = sorted({*self._picture.publishing(), *self._picture.with_snapshots(self._picture.machines)})
            for moids in slices(due, HARDWARE_SLICE):
                await self._read_hardware(moids)
                await self._report_vms(moids, Seen.POLL)
                await asyncio.sleep(1.0)

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

    async def _optional[T](self, what: str, ask: Callable[[Line], T]) -> T | None:
        """A call that this server or this user may well be refused; None if so, and it is noted."""

        def asked(line: Line) -> T | Refusal:
            try:
                return ask(line)
            except vim.fault.NotAuthenticated:
                raise
            except vmodl.MethodFault as fault:
                return Refusal(words(fault))

        answer = await self._calls.call(f"read {what}", asked)
        if isinstance(answer, Refusal):
            self._note_refusal(what, answer.why)
            return None
        return answer

    def _note_refusal(self, what: str, why: str) -> None:
        if what not in self._refused:
            self._refused.add(what)
            _log.warning("%s does not tell %s: %s", self._session.target.where, what, why)

    # --- reporting ----------------------------------------------------------------------------------------------------

    async def _report_vms(self, moids: Collection[str], seen: Seen) -> None:
        async with self._reporting:
            await self._report(self._picture.vms(moids), seen)

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
                advice = "the server may hang, or the network be cut; it is asked again all the time"
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


class Refusal:
    """Why an optional call was refused."""

    def __init__(self, why: str) -> None:
        self.why = why


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
