"""Looking after the VMs in quarantine: what happens to them is noticed, verified, told, and put back where ordered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from msgspec.structs import replace

from vmi_console.collectors.quarantine import Hold, Image, Mode, Survey
from vmi_console.errors import CollectorError, VmiError
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.response.acts import Acts
from vmi_console.response.audit import Act
from vmi_console.response.chart import Chart, now
from vmi_console.response.noticing import Sign, Weight, noticed
from vmi_console.response.quarantine import Case, Noticed, Quarantine, Stage, open_ways, stage_of
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

MOST_TRIES = 3
"""How often what somebody undoes is put back; after that a person must see to it."""

LOOK_AFTER_SECONDS = 1.0
"""How long changes of a VM may gather before it is looked at."""

AGAIN_SECONDS = 30.0
"""How often what is uncertain is looked at again."""

LOOKS_AT_ONCE = 2
NOTICED_AT_MOST = 50
AMENDMENTS_AT_MOST = 1000

type News = list[tuple[Sign, Noticed]]


class Rounds:
    """Follows the VMs of a chart from `start` to `close`."""

    def __init__(self, chart: Chart, acts: Acts) -> None:
        self._chart = chart
        self._acts = acts
        self._news: dict[EntityId, News] = {}
        self._amendments: dict[int, Amendment] = {}  # the last ones, by number: some come while a VM is looked at
        self._timers: dict[EntityId, asyncio.TimerHandle] = {}
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._live: set[str] = set()
        self._tasks = Tasks()

    def start(self) -> None:
        """Begins to look again at what is uncertain."""
        self._tasks.start(self._look_again(), "quarantines that are uncertain")

    async def close(self) -> None:
        """Ends."""
        for timer in self._timers.values():
            timer.cancel()
        await self._tasks.close()

    # --- what becomes known ---------------------------------------------------------------------------------------

    def live(self, endpoint: str) -> None:
        """An endpoint answers: what was left half-done there is finished, and the rest looked at."""
        if endpoint not in self._live:
            self._live.add(endpoint)
            for case in self._chart:
                if endpoint_of(case.quarantine.vm) == endpoint and case.quarantine.stage is not Stage.GONE:
                    self._look_soon(case.quarantine.vm)

    def silent(self, endpoint: str) -> None:
        """An endpoint does not answer."""
        self._live.discard(endpoint)

    def changed(self, changes: Iterable[Change], amendments: Iterable[Amendment] = ()) -> None:
        """The estate has changed, or it turns out who changed it."""
        for change in changes:
            if change.entity in self._chart and (sign := noticed(change)) is not None:
                at = change.occurred_at or change.observed_at
                news = Noticed(at=at, what=sign.what, actor=change.actor, number=change.number)
                self._news.setdefault(change.entity, []).append((sign, news))
                self._look_soon(change.entity)
        for amendment in amendments:
            self._amend(amendment)

    def _amend(self, amendment: Amendment) -> None:
        self._amendments[amendment.number] = amendment
        if len(self._amendments) > AMENDMENTS_AT_MOST:
            del self._amendments[next(iter(self._amendments))]
        for news in self._news.values():
            news[:] = [(sign, _amended(each, amendment)) for sign, each in news]
        for case in self._chart:
            before = case.quarantine.noticed
            after = tuple(_amended(each, amendment) for each in before)
            if after != before:
                self._chart.hold(replace(case, quarantine=replace(case.quarantine, noticed=after)))

    def _amend_late(self, vm: EntityId) -> None:
        """Who did what was noticed, where that was told while the VM was looked at."""
        if (case := self._chart.get(vm)) is None:
            return
        for each in case.quarantine.noticed:
            amendment = self._amendments.get(each.number)
            if amendment is not None and each.actor != amendment.actor:
                self._amend(amendment)

    # --- looking --------------------------------------------------------------------------------------------------

    def _look_soon(self, vm: EntityId) -> None:
        if vm not in self._timers:
            loop = asyncio.get_running_loop()
            self._timers[vm] = loop.call_later(LOOK_AFTER_SECONDS, self._look_now, vm)

    def _look_now(self, vm: EntityId) -> None:
        del self._timers[vm]
        if vm in self._chart:
            self._tasks.start(self._look(vm), "a look at a VM in quarantine")
        else:
            self._news.pop(vm, None)

    async def _look(self, vm: EntityId) -> None:
        async with self._looks:
            if self._chart.is_busy(vm):
                self._look_soon(vm)
                return
            try:
                async with self._chart.alone_with(vm):
                    if (case := self._chart.get(vm)) is not None:
                        await self._attend(case, self._news.pop(vm, []))
                        self._amend_late(vm)
            except VmiError as error:
                log.warning("%s in quarantine could not be looked after: %s", vm, error)

    async def _attend(self, case: Case, news: News) -> None:
        if news and news[-1][0].weight is Weight.GONE:
            await self._is_gone(case, news)
        elif case.quarantine.stage in (Stage.ISOLATING, Stage.RELEASING, Stage.UNCERTAIN):
            await self._acts.finish(case)
            finished = self._chart.get(case.quarantine.vm)
            if news and finished is not None and finished.quarantine.stage.is_settled:
                await self._compare(finished, news)  # what others did meanwhile is told all the same
        else:
            await self._compare(case, news)

    async def _compare(self, case: Case, news: News) -> None:
        """Whether a VM is still held, after something happened to it or nobody looked for a while."""
        quarantine = case.quarantine
        try:
            found = await self._acts.look(case)
        except CollectorError as error:
            self._news.setdefault(quarantine.vm, [])[:0] = news  # told with the next look that succeeds
            self._chart.hold(case.now(quarantine.stage, now(), because=f"it cannot be verified: {error.message}"))
            return
        opened = _opened(case, found)
        stage = stage_of(quarantine.mode, found.channels)
        if stage is Stage.PARTLY and (opened or quarantine.stage is Stage.UNDONE):
            stage = Stage.UNDONE
        worth = _worth_telling(quarantine, found, news)
        case = case.now(
            stage,
            now(),
            channels=found.channels,
            verified_at=now(),
            noticed=(*quarantine.noticed, *worth)[-NOTICED_AT_MOST:],
            because=open_ways(found.channels) if stage in (Stage.PARTLY, Stage.UNDONE) else "",
        )
        puts_back = opened and quarantine.reasserts
        if not worth and stage is quarantine.stage and not (puts_back and quarantine.tries < MOST_TRIES):
            self._chart.hold(case)
            return
        await self._chart.write(case, Act.NOTICE, stage, _who(worth), *(each.what for each in worth))
        if puts_back:
            await self._put_back(case, found.image)

    async def _put_back(self, case: Case, image: Image) -> None:
        quarantine = case.quarantine
        if quarantine.tries >= MOST_TRIES:
            because = f"it was put back {MOST_TRIES} times, and undone again: {quarantine.because}"
            case = case.now(Stage.UNDONE, now(), because=because, advice="find out who does that")
            await self._chart.write(case, Act.REASSERT, "given up")
            return
        self._chart.take_lease(quarantine.vm)
        await self._acts.again(case, image, f"policy “{quarantine.policy}”" if quarantine.policy else quarantine.by)

    async def _is_gone(self, case: Case, news: News) -> None:
        if case.after is None:
            await self._acts.deleted(case)
            return
        told = tuple(each for _, each in news)
        case = case.now(
            Stage.GONE,
            now(),
            because="the VM was deleted while it was in quarantine",
            noticed=(*case.quarantine.noticed, *told)[-NOTICED_AT_MOST:],
        )
        await self._chart.write(case, Act.NOTICE, Stage.GONE, _who(told))

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            for case in self._chart:
                vm = case.quarantine.vm
                waits = case.quarantine.stage is Stage.UNCERTAIN or vm in self._news
                if waits and endpoint_of(vm) in self._live:
                    self._look_soon(vm)


def is_changed(case: Case, found: Survey) -> bool:
    """Whether somebody has configured the VM since the console did."""
    return case.after is not None and found.image.version != case.after.version


def _opened(case: Case, found: Survey) -> bool:
    """Whether a way to the world is open that was closed since the VM is in, or was not there at the last look.

    Not only at the last look: somebody may undo what is being put back, and the VM is found open right after that.
    """
    before = {channel.key: channel.hold for channel in case.quarantine.channels}
    return case.quarantine.mode is not Mode.OBSERVE and any(
        channel.hold is not Hold.HELD and (channel.key in case.held or before.get(channel.key) is not channel.hold)
        for channel in found.channels
    )


def _worth_telling(quarantine: Quarantine, found: Survey, news: News) -> tuple[Noticed, ...]:
    """What others did: not the echo of what closed a way, which is closed still, but the last that opened it."""
    is_open = {channel.key for channel in found.channels if channel.hold is not Hold.HELD}
    last = {(sign.card, sign.field): each for sign, each in news if sign.weight is Weight.ECHO}
    return tuple(
        each
        for sign, each in news
        if sign.weight is not Weight.ECHO
        or (
            last[sign.card, sign.field] is each
            and (sign.card in is_open if sign.card else quarantine.mode is not Mode.PAUSE or bool(is_open))
        )
    )


def _amended(noticed: Noticed, amendment: Amendment) -> Noticed:
    return replace(noticed, actor=amendment.actor) if noticed.number == amendment.number else noticed


def _who(news: Iterable[Noticed]) -> str:
    return ", ".join(dict.fromkeys(each.actor for each in news if each.actor))
