"""The events of a session: who did what since the last one that was seen, in this session or an earlier one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from pyVmomi import vim

from vmi_console.collectors.vsphere import events
from vmi_console.collectors.vsphere.events import Happened
from vmi_console.collectors.vsphere.picture import Picture
from vmi_console.collectors.vsphere.ports import PortKey
from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import Parser
from vmi_console.collectors.vsphere.watching import on, slices
from vmi_console.estate.changes import MAX_BATCH, Attribution

KIND = "EventHistoryCollector"
MOST_EVENTS = 1000
"""A server gives no more in one answer."""

SEEN_KEPT = 1000
"""How far an event may come behind others, in keys."""


class Chronicle:
    """Tells authors, and notes what events say must be asked for again."""

    def __init__(
        self, caller: Caller, content: Any, picture: Picture, tell: Callable[[Sequence[Attribution]], Awaitable[None]]
    ) -> None:
        self.ports_due = asyncio.Event()
        self.tags_due = asyncio.Event()
        self.alarms_due = asyncio.Event()
        self.ports: set[PortKey] = set()  # with `ports_due`: which
        self._caller = caller
        self._manager = content.eventManager
        self._picture = picture
        self._tell = tell
        self._unseen: dict[int, Happened] = {}
        self._seen: set[int] = set()  # keys of this session's events: one may come after one with a higher key
        self._floor: int | None = None  # nothing at or below it is news to this session

    @property
    def watched(self) -> dict[str, Parser]:
        """What of the collector is watched."""
        return {"latestPage": lambda page: events.happened(page, self._picture.entity)}

    async def collector(self) -> Any:
        """A collector of the events we want, which belongs to this session; None where there is none to be had."""

        def ask(line: Line) -> Any:
            spec = vim.event.EventFilterSpec(eventTypeId=list(events.WANTED))
            collector = on(line, self._manager).CreateCollectorForEvents(spec)
            collector.SetCollectorPageSize(events.PAGE_EVENTS)
            return collector

        return await self._caller.optional("events", ask) if self._manager is not None else None

    def take(self, page: Sequence[Happened]) -> None:
        """Keeps the latest page for `report`."""
        self._unseen.update((each.key, each) for each in page)

    async def report(self) -> None:
        """Tells who did what since the last event that was seen, and fills the gap where a page did not reach back."""
        unseen, self._unseen = self._unseen, {}
        memory = self._picture.memory
        last = memory.last_event
        if self._floor is None:
            self._floor = last.key if last is not None else max(unseen, default=-1)
        fresh = [unseen[key] for key in sorted(unseen) if last is None or self._is_news(unseen[key])]
        self._seen = {key for key in self._seen | unseen.keys() if key > max(unseen, default=0) - SEEN_KEPT}
        if last is None:  # whatever led to the estate as it was found is no change of it
            memory.last_event = fresh[-1] if fresh else Happened(key=-1, at=None)
            return
        if not fresh:
            return
        memory.last_event = max(last, fresh[-1], key=lambda each: each.key)
        if len(fresh) >= events.PAGE_EVENTS:
            fresh = await self._fill_gap(last, fresh)
        self._note_dues(fresh)
        for some in slices([*self._attributions(fresh)], MAX_BATCH):
            await self._tell(some)

    def _is_news(self, event: Happened) -> bool:
        assert self._floor is not None
        return event.key > self._floor and event.key not in self._seen

    async def _fill_gap(self, last: Happened, fresh: list[Happened]) -> list[Happened]:
        """All that happened since `last`, which is more than a page holds."""

        def ask(line: Line) -> tuple[Happened, ...]:
            since = vim.event.EventFilterSpec.ByTime(beginTime=last.at)
            spec = vim.event.EventFilterSpec(eventTypeId=list(events.WANTED), time=since, maxCount=MOST_EVENTS)
            found = on(line, self._manager).QueryEvents(spec)
            return events.happened(found or (), self._picture.entity)

        missed = await self._caller.optional("earlier events", ask)
        if missed is None or len(missed) >= MOST_EVENTS:  # nobody knows what the others would have said
            self.ports.update(self._picture.memory.port_keys())
            self.ports_due.set()
        by_key = {each.key: each for each in (*filter(self._is_news, missed or ()), *fresh)}
        self._seen |= by_key.keys()
        return [by_key[key] for key in sorted(by_key)]

    def _note_dues(self, fresh: Sequence[Happened]) -> None:
        for event in fresh:
            self.ports.update(self._picture.ports_named(event.switch, event.ports))
        for due, is_due in (
            (self.ports_due, bool(self.ports)),
            (self.tags_due, any(event.tags_changed for event in fresh)),
            (self.alarms_due, any(event.alarms_changed for event in fresh)),
        ):
            if is_due:
                due.set()

    def _attributions(self, fresh: Sequence[Happened]) -> Iterator[Attribution]:
        for event in fresh:
            yield from event.attributions
            if event.actor and event.ports:
                yield from self._at_ports(event)

    def _at_ports(self, event: Happened) -> Iterator[Attribution]:
        """An event that names ports speaks of the cards at them."""
        for key in self._picture.ports_named(event.switch, event.ports):
            if (plugged := self._picture.memory.plugged(key)) is not None:
                moid, card = plugged
                yield Attribution(
                    entity=self._picture.entity("vm", moid),
                    paths=tuple(f"nics[{card}].{field}" for field in events.OF_PORT),
                    actor=event.actor,
                    occurred_at=event.at,
                    event=event.name,
                )
