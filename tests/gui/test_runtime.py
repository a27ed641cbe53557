"""Errands and mishaps: what is under way, how it ended, and defects that are told once."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from vmi_console.errors import CommandRefused, VmiError
from vmi_console.gui import mishaps, runtime
from vmi_console.gui.mishaps import Mishap, Mishaps, doing
from vmi_console.gui.runtime import Errands, Outcome


async def settled(errands: Errands) -> None:
    await eventually(lambda: not errands.under_way)


async def test_an_errand_is_under_way_and_then_done() -> None:
    moves: list[int] = []
    errands = Errands(lambda error: None)
    errands.moved.connect(lambda: moves.append(len(errands.under_way)))
    errand = errands.run(asyncio.sleep(0), "wait")
    assert (errand.name, errand.outcome, errand.ended_at) == ("wait", Outcome.UNDER_WAY, None)
    await settled(errands)
    assert errand.outcome is Outcome.DONE
    assert errand.ended_at is not None
    assert errand.ended_at >= errand.started_at
    assert (list(errands.ended), moves) == ([errand], [1, 0])
    errands.forget()
    assert not errands.ended


async def test_what_fails_says_why_and_can_be_done_again() -> None:
    told: list[VmiError] = []
    errands = Errands(told.append)
    runs: list[int] = []

    async def refused() -> None:
        runs.append(1)
        raise CommandRefused("the host said no", "ask it nicely")

    def again() -> None:
        errands.run(refused(), "ask", again=again)

    again()
    await settled(errands)
    (errand,) = errands.ended
    assert (errand.outcome, errand.detail) == (Outcome.FAILED, "the host said no (ask it nicely)")
    assert errand.again is not None
    errand.again()
    await settled(errands)
    assert (len(runs), len(told)) == (2, 2)


@pytest.mark.parametrize("begun", [True, False])
async def test_an_errand_can_be_given_up(begun: bool) -> None:
    errands = Errands(lambda error: None)
    errand = errands.run(asyncio.sleep(60), "wait")
    if begun:
        await asyncio.sleep(0)
    errand.cancel()
    await settled(errands)
    assert errand.outcome is Outcome.CANCELLED
    errand.cancel()
    assert errand.outcome is Outcome.CANCELLED


async def test_closing_gives_up_what_is_under_way() -> None:
    errands = Errands(lambda error: None)
    errand = errands.run(asyncio.sleep(60), "wait")
    await errands.close()
    await settled(errands)
    assert errand.outcome is Outcome.CANCELLED


async def test_only_the_last_ones_are_kept() -> None:
    errands = Errands(lambda error: None)
    for number in range(runtime.KEPT + 5):
        errands.run(asyncio.sleep(0), str(number))
    await settled(errands)
    assert [errands.ended[0].name, len(errands.ended)] == ["5", runtime.KEPT]


# --- mishaps --------------------------------------------------------------------------------------------------------


def stumble(over: str) -> None:
    raise ValueError(over)


def test_the_same_defect_is_told_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Mishap] = []
    known = Mishaps()
    known.happened.connect(told.append)
    for over in ("a stone", "a step"):
        try:
            stumble(over)
        except ValueError as error:
            known.note(error, "walk")
    try:
        with doing("jump"):
            stumble("a stone")
    except ValueError as error:
        known.note(error, "the event loop")
    assert [(mishap.doing, mishap.what, mishap.count) for mishap in told] == [
        ("walk", "ValueError: a stone", 2),
        ("jump", "ValueError: a stone", 1),
    ]
    assert "stumble" in told[0].trace
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING, logging.ERROR]


def test_a_flood_of_defects_is_not_kept() -> None:
    known = Mishaps()
    for number in range(mishaps.KEPT + 10):
        known.note(ValueError(str(number)))
    assert len(known.all) == mishaps.KEPT


def test_a_defect_of_an_errand_is_told_with_its_name_and_the_console_goes_on(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    known, told = Mishaps(), list[str]()
    done: list[str] = []
    failures: list[Any] = []

    async def main() -> None:
        errands = Errands(failures.append)

        async def broken() -> None:
            stumble("a stone")

        first = errands.run(broken(), "Reconnect")
        errands.run(broken(), "Reconnect")
        QTimer.singleShot(0, qapp, lambda: stumble("a timer"))
        thread = threading.Thread(target=stumble, args=("a thread",), name="postman")
        thread.start()
        await settled(errands)
        await eventually(lambda: len(known.all) == 3)
        thread.join()
        assert (first.outcome, first.detail) == (Outcome.FAILED, "ValueError: a stone")
        await errands.close()
        done.append("all")

    with caplog.at_level(logging.CRITICAL):
        known.happened.connect(lambda mishap: told.append(str(mishap)))
        runtime.run(qapp, main(), known)
    assert done == ["all"]
    assert not failures
    assert sorted((mishap.doing, mishap.what, mishap.count) for mishap in known.all) == [
        ("", "ValueError: a timer", 1),
        ("Reconnect", "ValueError: a stone", 2),
        ("postman", "ValueError: a thread", 1),
    ]
    assert sorted(told) == ["ValueError: a stone", "ValueError: a thread", "ValueError: a timer"]


def test_what_is_due_when_the_loop_ends_waits_for_its_next_run(qapp: QApplication) -> None:
    loop = runtime.Loop(qapp)
    steps: list[asyncio.AbstractEventLoop] = []

    def step() -> None:
        steps.append(asyncio.get_running_loop())
        if len(steps) < 20:
            loop.call_soon(step)

    async def begin() -> None:
        step()

    async def go_on() -> None:
        await eventually(lambda: len(steps) == 20)

    try:
        loop.run_until_complete(begin())
        assert len(steps) < 20
        loop.run_until_complete(go_on())
        assert steps == [loop] * 20
    finally:
        loop.close()


def test_a_loop_that_qt_ends_says_so(qapp: QApplication) -> None:
    loop = runtime.Loop(qapp)
    QTimer.singleShot(0, qapp.quit)
    forever = loop.create_task(asyncio.sleep(60))
    try:
        with pytest.raises(runtime.LoopCutOff):
            loop.run_until_complete(forever)
        forever.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(forever)
    finally:
        loop.close()
