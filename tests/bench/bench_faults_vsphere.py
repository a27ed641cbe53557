"""The window's longest pause while a vCenter dies, hangs, stutters, forgets, refuses, or is not the one it was.

Needs govmomi (see tests/hypervisors/README.md). A fault that comes to a live connection must be said and look stale,
with the last known VMs still there, and must be over by itself when the vCenter is well again; what waits for a person
must say for what.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from tests.bench.figures import Figure
from tests.bench.scene import Act
from tests.bench.stage import Stage, listening_engine
from tests.console import aside, eventually, linked
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account, Role
from tests.hypervisors.vcsim.control import Certificate, Faults, Reply
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole
from vmi_console.collectors.vsphere.live import SHORTEST_SESSION_S
from vmi_console.engine.engines import RunningEngine
from vmi_console.estate.records import Connection, State
from vmi_console.gui.app import Options
from vmi_console.gui.preferences import Scheme

ESTATE = Size(clusters=3, hosts=4, pools=2, vms=50)
PATIENCE_S = 120.0
BROKEN_S = 8.0
SLOW_S = 15.0
WRONG = Account(accounts.MALLORY.name, "wrong", Role.ADMINISTRATOR)


class Fault(msgspec.Struct, frozen=True):
    """What went wrong when, what the window said of it, and how long after it was over everything was live."""

    act: Act
    said: State
    reason: str
    live_after_s: float | None = None


def measure() -> Iterator[Figure]:
    """One figure for each fault, beside the longest pause of an empty loop in the same time."""
    faults: list[Fault] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Vcenter(Path(folder) / "vcsim", ESTATE, bound=True) as vcenter,
        listening_engine(Path(folder)) as socket,
    ):
        engine = RunningEngine(socket)

        async def break_all(stage: Stage) -> None:
            await eventually(lambda: stage.replica.link.up, seconds=60)
            async with linked(VcenterConsole(engine)) as one:
                await _Breaking(vcenter, stage, one, faults).all()

        stage = Stage(Options(engines=engine, scheme=Scheme.LIGHT))
        stage.play(lambda stage: aside(lambda: asyncio.run(break_all(stage))))
    for fault in faults:
        after = "" if fault.live_after_s is None else f"; live again {fault.live_after_s:.1f} s after it was over"
        what = f"longest pause of the window, {fault.act.name}"
        yield stage.pause(what, fault.act, f"; {fault.said}: {fault.reason}{after}")


class _Breaking:
    """Breaks one thing after the other, and looks at what the window makes of it."""

    def __init__(self, vcenter: Vcenter, stage: Stage, one: VcenterConsole, faults: list[Fault]) -> None:
        self._vcenter = vcenter
        self._stage = stage
        self._console = one
        self._faults = faults
        one.vcenter = vcenter

    async def all(self) -> None:
        await self._console.connect()
        await self._until(State.LIVE)
        known = self._stage.replica.counts["vm"]
        vcenter, control = self._vcenter, self._vcenter.control
        await self._comes_and_goes("killed and restarted", lambda: aside(vcenter.kill), lambda: aside(vcenter.start))
        for reply in (Reply.DROP, Reply.GARBAGE, Reply.HALF, Reply.SILENCE):
            broken = partial(self._set, Faults(reply=reply))
            await self._comes_and_goes(f"answers: {reply}", broken, partial(self._set, Faults()))
        await self._comes_and_goes("frozen", lambda: aside(vcenter.freeze), lambda: aside(vcenter.thaw))
        await self._slow()
        await asyncio.sleep(SHORTEST_SESSION_S)  # a session that ends at once is not begun anew at once
        await self._expires()
        for what, account in (("wrong password", WRONG), ("locked account", accounts.LOCKED)):
            await self._waits_for_a_person(what, State.CREDENTIALS, account)
        await self._waits_for_a_person("unknown certificate", State.TRUST, None)
        control.certificate(Certificate.EXPIRED)
        await self._waits_for_a_person("expired certificate", State.TRUST, None)
        control.certificate(Certificate.CHANGED)
        await self._reconnected("changed certificate", State.TRUST)
        control.certificate(Certificate.ORIGINAL)
        await self._reconnected("no permission on half the tree", State.DEGRADED, Faults(denied=("Frankfurt",)))
        assert self._stage.replica.counts["vm"] == known

    # --- faults -------------------------------------------------------------------------------------------------------

    async def _comes_and_goes(
        self, what: str, act: Callable[[], Awaitable[None]], mend: Callable[[], Awaitable[None]]
    ) -> None:
        known, began = self._stage.replica.counts["vm"], time.monotonic()
        await act()
        await self._until(State.STALE)
        health = self._shown().health
        await asyncio.sleep(BROKEN_S)
        await self._remembered_as_stale(known)
        await mend()
        mended = time.monotonic()
        await self._until(State.LIVE)
        ended = time.monotonic()
        self._faults.append(Fault(Act(what, began, ended), State.STALE, health.reason, ended - mended))

    async def _slow(self) -> None:
        """Two seconds for each answer: a change is seen all the same."""
        began = time.monotonic()
        await self._set(Faults(delay_ms=2000))
        vm = self._console.a_vm()
        await self._console.act(lambda admin: admin.title(vm.name, "slowly"))
        done = time.monotonic()
        await eventually(lambda: self._console.now(vm).annotation == "slowly", seconds=PATIENCE_S)
        seen = time.monotonic() - done
        await asyncio.sleep(SLOW_S)
        state = self._shown().health.state
        await self._set(Faults())
        act = Act("2 s for each answer", began, time.monotonic())
        self._faults.append(Fault(act, state, f"a change after {seen:.1f} s"))

    async def _expires(self) -> None:
        began = time.monotonic()
        logins = self._vcenter.control.requests()["Login"].requests
        self._vcenter.control.expire_sessions()
        await eventually(lambda: self._vcenter.control.requests()["Login"].requests > logins, seconds=PATIENCE_S)
        await self._until(State.LIVE)
        ended = time.monotonic()
        act = Act("session expired", began, ended)
        self._faults.append(Fault(act, State.LIVE, "logged in again", ended - began))

    async def _waits_for_a_person(self, what: str, state: State, account: Account | None) -> None:
        """Another connection that does not get in; without an account nobody has trusted its certificate."""
        began = time.monotonic()
        given = account or accounts.ALICE
        uri = self._vcenter.uri_for(given)
        call = self._console.client.call
        known = await call("add_connection", uri=uri, secret=given.password, saved=False, name=what)
        await self._until(State.TRUST, known)
        if account is not None:
            certificate = self._shown(known).health.certificate
            assert certificate is not None
            await call("trust", id=known, fingerprint=certificate.fingerprint)
        await self._until(state, known)
        await asyncio.sleep(BROKEN_S)
        health = self._shown(known).health
        assert health.state is state, "it waits"
        await call("remove_connection", id=known)
        self._faults.append(Fault(Act(what, began, time.monotonic()), state, health.reason))

    async def _reconnected(self, what: str, state: State, faults: Faults | None = None) -> None:
        """It shows when the connection is made anew, and is over when it is made anew again."""
        known, began = self._shown().id, time.monotonic()
        await self._set(faults or Faults())
        await self._console.client.call("reconnect", id=known)
        await self._until(state)
        health = self._shown().health
        await asyncio.sleep(BROKEN_S)
        self._vcenter.control.certificate(Certificate.ORIGINAL)
        await self._set(Faults())
        await self._console.client.call("reconnect", id=known)
        mended = time.monotonic()
        await self._until(State.LIVE)
        ended = time.monotonic()
        self._faults.append(Fault(Act(what, began, ended), state, health.reason, ended - mended))

    # --- what the window shows ----------------------------------------------------------------------------------------

    def _shown(self, connection: str = "") -> Connection:
        """A connection as the window knows it; any unless it is named."""
        found = self._stage.replica.connections()
        return next(each for each in found if connection in ("", each.id))

    async def _until(self, state: State, connection: str = "") -> None:
        def shown() -> bool:
            found = self._stage.replica.connections()
            return any(each.health.state is state for each in found if connection in ("", each.id))

        await eventually(shown, seconds=PATIENCE_S)

    async def _remembered_as_stale(self, known: int) -> None:
        replica, vm = self._stage.replica, self._console.a_vm()
        assert replica.counts["vm"] == known, "the last known VMs stay"
        assert replica.is_stale(vm.id), "and look it"

    async def _set(self, faults: Faults) -> None:
        await aside(lambda: self._vcenter.control.faults(faults))
