"""What is done to a VM: isolated, looked at, given back; and finished, where it was interrupted.

Whoever calls has written the intention into the journal and is alone with the VM. Whatever comes back, whether an
answer, a refusal or silence, the VM is looked at with another actor before anything is said of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec.structs import replace

from vmi_console.collectors.quarantine import ISOLATE, RESTORE, VERIFY, Channel, Done, Image, Mode, Request, Survey
from vmi_console.errors import CollectorError
from vmi_console.estate.identity import EntityId
from vmi_console.response.audit import Act
from vmi_console.response.chart import Chart, now
from vmi_console.response.quarantine import Case, Quarantine, Stage, open_ways, passed_meanwhile, stage_of
from vmi_console.response.recovery import Progress, of_isolating, of_releasing

LOOKS = 3
"""At a VM of which frames still went through after its ways were closed."""

BETWEEN_LOOKS_S = 1.0

LATE_FRAMES = ("frames that were on their way reached the guest after it was isolated, and none since",)


class Actors(Protocol):
    """Whoever acts on hypervisors, where that was granted."""

    async def ask[T](self, command: str, request: Request, answer: type[T], /) -> T:
        """Has an actor carry out one of the four commands. Raises `CollectorError`."""


class Acts:
    """The acts of one engine."""

    def __init__(self, actors: Actors, chart: Chart, is_there: Callable[[EntityId], bool]) -> None:
        """`is_there` says whether a VM is known of."""
        self._actors = actors
        self._chart = chart
        self._is_there = is_there

    async def look(self, case: Case) -> Survey:
        """How a VM is now. Raises `CollectorError`."""
        return await self._ask(VERIFY, case, Survey)

    async def isolate(self, case: Case, image: Image) -> Quarantine:
        """Isolates a VM as it was looked at."""
        try:
            done = await self._ask(ISOLATE, case, Done, image=image)
        except CollectorError as error:
            return await self._after_failed_isolation(case, error)
        return await self._verify(case, done)

    async def again(self, case: Case, image: Image, by: str) -> Quarantine:
        """Isolates once more what was undone. Raises `StorageError`."""
        case = replace(case, quarantine=replace(case.quarantine, tries=case.quarantine.tries + 1))
        case = case.now(Stage.ISOLATING, now())
        await self._chart.write(case, Act.REASSERT, "begun", by)
        return await self.isolate(case, image)

    async def give_back(self, case: Case, image: Image, by: str, *, force: bool = False) -> Quarantine:
        """Restores a VM that was looked at to what it was before."""
        try:
            done = await self._ask(RESTORE, case, Done, image=image, force=force)
        except CollectorError as error:
            return await self._after_failed_release(case, error, by)
        case = case.now(Stage.RELEASED, now(), channels=done.channels, notes=done.notes)
        return await self._chart.conclude(case, Act.RELEASE, by)

    async def finish(self, case: Case) -> None:
        """Ends an act of which nobody knows how far it came. Raises `StorageError`."""
        try:
            self._chart.take_lease(case.quarantine.vm)
            found = await self.look(case)
        except CollectorError as error:
            because = f"it was interrupted, and cannot be looked at: {error.message}"
            self._chart.hold(case.now(Stage.UNCERTAIN, now(), because=because, advice=error.advice))
            return
        if case.releasing:
            await self._finish_releasing(case, found)
        else:
            await self._finish_isolating(case, found)

    async def deleted(self, case: Case) -> Quarantine:
        """A VM was deleted before it was isolated."""
        case = case.now(Stage.FAILED, now(), because="the VM was deleted before it was isolated")
        return await self._chart.conclude(case, Act.ISOLATE)

    async def _finish_isolating(self, case: Case, found: Survey) -> None:
        progress = of_isolating(case, found)
        changed = case.after is None and found.image.version != case.before.version
        if progress is Progress.NOT_BEGUN and changed:
            because = "the console was interrupted before it changed anything, and the VM was changed since"
            case = case.now(Stage.FAILED, now(), because=because, advice="plan it anew")
            await self._chart.conclude(case, Act.ISOLATE)
        elif progress is Progress.DONE:
            await self._verify(case, Done(image=found.image, channels=found.channels))
        else:
            case = case.now(Stage.ISOLATING, now())
            await self._chart.write(case, Act.ISOLATE, "taken up again", case.quarantine.by)
            await self.isolate(case, found.image)

    async def _finish_releasing(self, case: Case, found: Survey) -> None:
        if of_releasing(case, found) is Progress.DONE:
            case = case.now(Stage.RELEASED, now(), channels=found.channels)
            await self._chart.conclude(case, Act.RELEASE)
        else:
            case = case.now(Stage.RELEASING, now())
            await self._chart.write(case, Act.RELEASE, "taken up again", case.quarantine.by)
            # What the console itself has changed is given back, and what somebody has changed since then stays.
            image = found.image if case.after is None else case.after
            force = image.version != found.image.version
            await self.give_back(case, image, case.quarantine.by, force=force)

    async def _verify(self, case: Case, done: Done) -> Quarantine:
        case = replace(case, after=done.image)
        try:
            found, channels, notes = await self._look_until_quiet(case, done)
        except CollectorError as error:
            case = case.now(
                Stage.UNCERTAIN,
                now(),
                channels=done.channels,
                notes=done.notes,
                because=f"it was isolated, and could not be looked at after that: {error.message}",
                advice=error.advice,
            )
            return await self._chart.conclude(case, Act.ISOLATE)
        because = "" if case.quarantine.mode is Mode.OBSERVE else open_ways(channels)
        return await self._settle(case, found, because=because, channels=channels, notes=(*done.notes, *notes))

    async def _look_until_quiet(self, case: Case, done: Done) -> tuple[Survey, tuple[Channel, ...], tuple[str, ...]]:
        """How the VM is, its ways with what went through them at last, and notes. Raises `CollectorError`.

        What was let through before the ways were closed waits in a guest's queue until the guest takes it, all at once:
        only a way on which frames go on and on is open.
        """
        before = done.channels
        notes: tuple[str, ...] = ()
        for number in range(LOOKS):
            if number:
                await asyncio.sleep(BETWEEN_LOOKS_S)
            found = await self.look(case)
            channels = passed_meanwhile(before, found.channels)
            if channels == found.channels:
                return found, channels, notes
            before, notes = found.channels, LATE_FRAMES
        return found, channels, ()

    async def _after_failed_isolation(self, case: Case, error: CollectorError) -> Quarantine:
        try:
            found = await self.look(case)
        except CollectorError as blind:
            if case.after is None and not self._is_there(case.quarantine.vm):
                return await self.deleted(case)
            return await self._chart.conclude(_lost_sight(case, error, blind), Act.ISOLATE)
        if of_isolating(case, found) is Progress.NOT_BEGUN and case.after is None:
            because = f"nothing was changed: {error.message}"
            case = case.now(Stage.FAILED, now(), because=because, advice=error.advice)
            return await self._chart.conclude(case, Act.ISOLATE)
        return await self._settle(case, found, because=error.message, advice=error.advice)

    async def _after_failed_release(self, case: Case, error: CollectorError, by: str) -> Quarantine:
        try:
            found = await self.look(case)
        except CollectorError as blind:
            return await self._chart.conclude(_lost_sight(case, error, blind), Act.RELEASE, by)
        match of_releasing(case, found):
            case Progress.DONE | Progress.TO_TIDY as progress:
                if progress is Progress.TO_TIDY:
                    with suppress(CollectorError):  # the VM is free: what is left behind closes nothing
                        await self._ask(RESTORE, case, Done, image=found.image)
                case = case.now(Stage.RELEASED, now(), channels=found.channels, notes=(error.message,))
                return await self._chart.conclude(case, Act.RELEASE, by)
            case Progress.NOT_BEGUN:
                because = f"it was not released: {error.message}"
                return await self._settle(case, found, act=Act.RELEASE, because=because, advice=error.advice)
            case Progress.HALF_DONE:
                because = f"it was released in part only: {error.message}"
                advice = "release it again, or put it back into quarantine"
                meant_open = replace(case, held=())  # or what has been given back would be taken for undone
                return await self._settle(
                    meant_open, found, act=Act.RELEASE, stage=Stage.UNDONE, because=because, advice=advice
                )

    async def _settle(
        self, case: Case, found: Survey, *, act: Act = Act.ISOLATE, stage: Stage | None = None, **more: object
    ) -> Quarantine:
        """The VM is in quarantine as it was found."""
        more = {"channels": found.channels, **more, "verified_at": now()}
        channels = more["channels"]
        assert isinstance(channels, tuple)
        stage = stage or stage_of(case.quarantine.mode, channels)
        case = replace(case, after=found.image, releasing=False).now(stage, now(), **more)
        return await self._chart.conclude(case, act)

    async def _ask[T](
        self, command: str, case: Case, answer: type[T], *, image: Image | None = None, force: bool = False
    ) -> T:
        quarantine = case.quarantine
        request = Request(
            vm=quarantine.vm,
            mode=quarantine.mode,
            network=quarantine.network,
            image=image,
            before=case.before,
            record=case.record,
            force=force,
        )
        return await self._actors.ask(command, request, answer)


def _lost_sight(case: Case, error: CollectorError, blind: CollectorError) -> Case:
    because = error.message if error.message == blind.message else f"{error.message}; {blind.message}"
    return case.now(Stage.UNCERTAIN, now(), because=because, advice=error.advice)
