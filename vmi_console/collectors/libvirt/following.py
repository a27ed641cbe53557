"""Following one endpoint over one session: discovery, events, polls for what has none, addresses and samples."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from vmi_console.collectors.demand import Demand
from vmi_console.collectors.libvirt import events
from vmi_console.collectors.libvirt.events import Topic
from vmi_console.collectors.libvirt.load import Counters, sample
from vmi_console.collectors.libvirt.picture import Picture
from vmi_console.collectors.libvirt.session import THREADS, Session
from vmi_console.collectors.provider import Sink
from vmi_console.errors import Unreachable
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Sample, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Snapshot, Source, State

COALESCE_S = 0.05  # events come in bursts: a start alone is three
POLL_S = 4.0  # of definitions: no event tells that an interface, a network or a filter was changed
SLOW_ROUNDS = 8  # polls between two looks at pools, filters and the host's own interfaces
SIZES_ROUNDS = 75  # … at the sizes of disks, which the daemon opens every image for
ADDRESSES_S = 15.0
EAGER_ADDRESSES_S = 3.0  # while a guest has just been started
EAGER_FOR_S = 45.0
AGENTS_S = 20.0
AGENT_AGAIN_S = 300.0
SAMPLE_S = 2.0
PING_S = 2.0
SILENCE_S = 6.0

_NETWORK_KINDS = ("network", "switch")


class Following:
    """One run over one session."""

    def __init__(self, session: Session, sink: Sink, demand: Demand) -> None:
        self._session = session
        self._survey = session.survey
        self._sink = sink
        self._demand = demand
        self._looking = asyncio.Lock()  # of two overlapping looks the older might be reported last
        self._discovered = False
        self._news = asyncio.Event()
        self._dirty: set[str] = set()
        self._networks_due = False
        self._pools_due = False
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._eager_until = 0.0
        self._picture: Picture

    async def run(self) -> None:
        """Until cancelled, or the connection is lost. Raises an exception group of what ended it."""
        try:
            await self._run()
        finally:
            self._lost.cancel()  # what events still arrive are nobody's business any more

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._notice_silence())
            tasks.create_task(self._end_when_lost())
            # Before discovery, so that nothing falls between.
            await self._session.call(events.subscribe, self._survey.connection, self._notifier())
            facts = await self._session.call(self._survey.host)
            target = self._session.target
            endpoint = target.endpoint(facts.uuid)
            self._picture = Picture(endpoint, facts, target.where)
            await self._sink.identified(endpoint, facts.product)
            await self._discover()
            for each in (self._ping, self._follow_events, self._poll, self._resync, self._find_addresses, self._sample):
                tasks.create_task(each())
            if self._session.writable:
                tasks.create_task(self._ask_agents())

    # --- discovery and looking again ----------------------------------------------------------------------------------

    async def _discover(self) -> None:
        async with self._looking:
            picture = self._picture
            listed = await self._session.call(self._survey.domains)
            networks = await self._session.call(self._survey.networks)
            bridges = await self._session.call(self._survey.bridges)
            pools = await self._session.call(self._survey.pools)
            filters = await self._session.call(self._survey.filters)
            leases = await self._session.call(self._survey.leases)
            picture.forget_reports()
            picture.fingerprints.clear()
            picture.list_domains(listed)
            picture.put_networks(networks, bridges)
            stores, _ = picture.put_pools(pools)
            picture.put_leases(leases or ())
            # Switches and bridges come last: which of their ports are guests' is not known before the guests are.
            places = [picture.host_record(), *picture.defined_networks(), *stores, *picture.filter_records(filters)]
            await self._sink.discovery_begins(len(places) + len(listed))
            await self._report(places, Seen.DISCOVERY)
            await self._read(list(listed), Seen.DISCOVERY, measured=True)
            await self._report(picture.network_records(), Seen.DISCOVERY)
            await self._sink.discovery_ends()
        self._discovered = True
        await self._sink.condition(State.LIVE)

    async def _resync(self) -> None:
        while True:
            await self._demand.resync.wait()
            self._demand.resync.clear()
            await self._discover()

    async def _look(self, wanted: Collection[str] | None, seen: Seen) -> None:
        """Lists the domains, reads those wanted (None: all) and those whose entry has changed, and reports."""
        async with self._looking:
            picture = self._picture
            known = picture.listed
            listed = await self._session.call(self._survey.domains)
            changed = picture.list_domains(listed)
            if any(listed[uuid].active and not (uuid in known and known[uuid].active) for uuid in changed):
                self._eager_until = time.monotonic() + EAGER_FOR_S
            removed = picture.gone(("vm",), map(picture.around.vm, listed))
            chosen = list(listed) if wanted is None else [uuid for uuid in listed if uuid in wanted or uuid in changed]
            new = changed - known.keys()
            await self._read([uuid for uuid in chosen if uuid in new], seen, removed, measured=True)
            await self._read([uuid for uuid in chosen if uuid not in new], seen, changed=changed)
            await self._report_networks(seen)

    async def _read(
        self,
        uuids: Sequence[str],
        seen: Seen,
        removed: tuple[EntityId, ...] = (),
        changed: Collection[str] = (),
        measured: bool = False,
    ) -> None:
        """Reads definitions, several at once, and reports each portion as it comes."""
        if removed:
            await self._sink.report(Batch(removed=removed, seen=seen))
        portions = iter([uuids[start : start + MAX_BATCH] for start in range(0, len(uuids), MAX_BATCH)])

        async def read_some() -> None:
            for portion in portions:
                await self._read_portion(portion, seen, changed, measured)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(THREADS, -(-len(uuids) // MAX_BATCH))):
                tasks.create_task(read_some())

    async def _read_portion(self, uuids: Sequence[str], seen: Seen, changed: Collection[str], measured: bool) -> None:
        picture = self._picture
        known = {uuid: picture.fingerprints[uuid] for uuid in uuids if uuid in picture.fingerprints}
        definitions = await self._session.call(self._survey.definitions, uuids, known, picture.around)
        touched = picture.define(definitions) | (set(uuids) & set(changed))
        with_snapshots = [uuid for uuid in uuids if picture.listed[uuid].has_snapshots]
        snapshots: dict[str, tuple[Snapshot, ...]] = {}
        if with_snapshots:
            snapshots = await self._session.call(self._survey.snapshots, with_snapshots, dict(picture.snapshots))
        touched |= picture.put_snapshots(uuids, snapshots)
        if measured:
            picture.put_sizes(await self._session.call(self._survey.sizes, frozenset(uuids)))
        await self._report(picture.vms(uuid for uuid in uuids if uuid in touched), seen)

    async def _report(self, records: Iterable[AnyRecord], seen: Seen, removed: tuple[EntityId, ...] = ()) -> None:
        fresh = self._picture.news(records)
        for start in range(0, len(fresh), MAX_BATCH):
            await self._sink.report(Batch(records=fresh[start : start + MAX_BATCH], removed=removed, seen=seen))
            removed = ()
        if removed:
            await self._sink.report(Batch(removed=removed, seen=seen))

    async def _report_networks(self, seen: Seen) -> None:
        records = self._picture.network_records()
        gone = self._picture.gone(_NETWORK_KINDS, (record.id for record in records))
        await self._report(records, seen, gone)

    async def _look_at_networks(self, seen: Seen) -> None:
        """Networks, and the domains plugged into them where their names now mean others."""
        async with self._looking:
            networks = await self._session.call(self._survey.networks)
            bridges = await self._session.call(self._survey.bridges)
            moved = self._picture.put_networks(networks, bridges)
            await self._report_networks(seen)
            if moved:
                await self._read(list(self._picture.listed), seen)

    async def _look_at_pools(self, seen: Seen) -> None:
        async with self._looking:
            stores, moved = self._picture.put_pools(await self._session.call(self._survey.pools))
            gone = self._picture.gone(("datastore",), (store.id for store in stores))
            await self._report(stores, seen, gone)
            if moved:
                await self._read(list(self._picture.listed), seen)

    async def _look_at_the_rest(self) -> None:
        async with self._looking:
            records = self._picture.filter_records(await self._session.call(self._survey.filters))
            gone = self._picture.gone(("filter",), (record.id for record in records))
            self._picture.put_host(await self._session.call(self._survey.host))
            await self._report([*records, self._picture.host_record()], Seen.POLL, gone)

    # --- what starts a look -------------------------------------------------------------------------------------------

    def _notifier(self) -> events.Notify:
        loop = asyncio.get_running_loop()

        def notify(topic: Topic, about: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody cares any more
                loop.call_soon_threadsafe(self._note, topic, about)

        return notify

    def _note(self, topic: Topic, about: str) -> None:
        if self._lost.done():
            return
        if topic is Topic.CLOSED:
            self._lost.set_result(about)
            return
        self._sink.contact()
        if topic is Topic.DOMAIN:
            self._dirty.add(about)
        elif topic is Topic.NETWORKS:
            self._networks_due = True
        else:
            self._pools_due = True
        self._news.set()

    async def _follow_events(self) -> None:
        pause = COALESCE_S
        while True:
            await self._news.wait()
            await asyncio.sleep(pause)
            self._news.clear()
            begun = time.monotonic()
            if self._networks_due:
                self._networks_due = False
                await self._look_at_networks(Seen.EVENT)
            if self._pools_due:
                self._pools_due = False
                await self._look_at_pools(Seen.EVENT)
            if self._dirty:
                dirty, self._dirty = self._dirty, set()
                await self._look(dirty, Seen.EVENT)
            # On a host where a look takes long, a storm of events must not make it look all the time.
            pause = min(1.0, max(COALESCE_S, time.monotonic() - begun))

    async def _poll(self) -> None:
        rounds = 0
        pause = POLL_S
        while True:
            await asyncio.sleep(pause)
            begun = time.monotonic()
            rounds += 1
            await self._look_at_networks(Seen.POLL)
            await self._look(None, Seen.POLL)
            if rounds % SLOW_ROUNDS == 0:
                await self._look_at_pools(Seen.POLL)
                await self._look_at_the_rest()
            if rounds % SIZES_ROUNDS == 0:
                await self._measure_disks()
            took = time.monotonic() - begun
            pause = max(POLL_S - took, took)  # never busier than idle

    async def _measure_disks(self) -> None:
        picture = self._picture
        async with self._looking:
            picture.put_sizes(await self._session.call(self._survey.sizes, frozenset(picture.listed)))
            await self._report(picture.vms(picture.listed), Seen.POLL)

    # --- guests -------------------------------------------------------------------------------------------------------

    async def _find_addresses(self) -> None:
        while True:
            eager = time.monotonic() < self._eager_until
            await asyncio.sleep(EAGER_ADDRESSES_S if eager else ADDRESSES_S)
            picture = self._picture
            running = picture.running()
            leases = await self._session.call(self._survey.leases)
            if leases is not None:
                picture.put_leases(leases)
            else:  # the driver does not list a network's leases, but may tell those of a domain
                found = await self._session.call(self._survey.addresses, running, Source.LEASE)
                picture.put_addresses(Source.LEASE, found)
            picture.put_addresses(Source.ARP, await self._session.call(self._survey.addresses, running, Source.ARP))
            async with self._looking:
                await self._report(picture.vms(picture.running()), Seen.POLL)

    async def _ask_agents(self) -> None:
        asked: dict[str, float] = {}
        while True:
            for uuid in self._picture.agents():
                if time.monotonic() - asked.get(uuid, float("-inf")) < AGENT_AGAIN_S:
                    continue
                asked[uuid] = time.monotonic()
                facts = await self._session.ask_agent(self._survey.ask_agent, uuid)
                if facts is not None and uuid in self._picture.listed:
                    self._picture.put_agent(uuid, facts)
                    async with self._looking:
                        await self._report(self._picture.vms([uuid]), Seen.POLL)
            asked = {uuid: at for uuid, at in asked.items() if uuid in self._picture.agents()}
            await asyncio.sleep(AGENTS_S)

    # --- samples ------------------------------------------------------------------------------------------------------

    async def _sample(self) -> None:
        before: dict[EntityId, Counters] = {}
        while True:
            await self._demand.watching.wait()
            begun = time.monotonic()
            watched = self._demand.watched
            now = await self._count(watched)
            at = datetime.now(UTC)
            samples: list[Sample] = [sample(entity, before.get(entity), count, at) for entity, count in now.items()]
            if samples:
                await self._sink.samples(samples)
            before = now
            await asyncio.sleep(max(0.0, SAMPLE_S - (time.monotonic() - begun)))

    async def _count(self, watched: frozenset[EntityId]) -> dict[EntityId, Counters]:
        picture = self._picture
        counts: dict[EntityId, Counters] = {}
        if picture.host_id in watched:
            cpus = picture.host_record().cpu_threads
            counts[picture.host_id] = await self._session.call(self._survey.host_load, cpus)
        if watched - {picture.host_id}:
            for uuid, count in (await self._session.call(self._survey.loads)).items():
                if (entity := picture.around.vm(uuid)) in watched:
                    counts[entity] = count
        return counts

    # --- the connection itself ----------------------------------------------------------------------------------------

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            if self._session.idle_s >= PING_S:
                await self._session.call(self._survey.ping)

    async def _notice_silence(self) -> None:
        silent = False
        while True:
            await asyncio.sleep(0.5)
            if not silent and self._session.silent_s > SILENCE_S:
                silent = True
                since = datetime.now().astimezone() - timedelta(seconds=self._session.silent_s)
                where = self._session.target.where
                await self._sink.condition(
                    State.STALE,
                    f"libvirt on {where} has not answered since {since:%H:%M:%S}",
                    "the daemon may hang or the network be cut",
                )
            elif silent and self._session.silent_s == 0.0:
                silent = False
                await self._sink.condition(State.LIVE if self._discovered else State.CONNECTING)

    async def _end_when_lost(self) -> None:
        reason = await self._lost
        raise Unreachable(
            f"the connection to libvirt on {self._session.target.where} is gone: {reason}",
            "if this lasts, see the daemon's log",
        )
