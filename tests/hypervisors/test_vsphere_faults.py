"""A vCenter that dies, hangs, stutters, forgets, refuses, or is not the one it was: said, stale, and recovered from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console import aside, eventually
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account, Role
from tests.hypervisors.vcsim.control import Certificate, Faults, Reply
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console
from vmi_console.collectors.vsphere.live import SHORTEST_SESSION_S
from vmi_console.estate.records import State

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@pytest.fixture
async def one(vcenter: Vcenter) -> AsyncIterator[VcenterConsole]:
    await aside(vcenter.start)
    async with vcenter_console(vcenter) as one:
        yield one
    await aside(vcenter.start)


async def stale_and_remembered(one: VcenterConsole, known: int) -> None:
    await eventually(lambda: one.state() is State.STALE, seconds=60)
    health = one.connections[0].health
    assert health.reason
    assert health.prospects
    assert health.since is not None
    assert len(one.vms) == known, "the last known VMs stay"


def of_the_estate(one: VcenterConsole) -> list[str]:
    return [f"{change.name} {change.path}" for change in one.changes if change.entity.startswith(("vm/", "network/"))]


# --- it does not answer as it should ------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [Reply.DROP, Reply.GARBAGE, Reply.HALF, Reply.SILENCE, Reply.UNAVAILABLE])
async def test_bad_answers_are_said_and_got_over(vcenter: Vcenter, one: VcenterConsole, reply: Reply) -> None:
    await one.connect()
    known = len(one.vms)
    vcenter.control.faults(Faults(reply=reply))
    await stale_and_remembered(one, known)
    vcenter.control.faults(Faults())
    await eventually(lambda: one.state() is State.LIVE, seconds=90)
    vm = one.a_vm()
    await one.act(lambda admin: admin.title(vm.name, f"after {reply}"))
    await eventually(lambda: one.now(vm).annotation == f"after {reply}")
    assert {line for line in of_the_estate(one) if "annotation" not in line} == set()


async def test_a_frozen_vcenter_thaws(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    known = len(one.vms)
    await aside(vcenter.freeze)
    await stale_and_remembered(one, known)
    await aside(vcenter.thaw)
    await eventually(lambda: one.state() is State.LIVE, seconds=90)
    assert of_the_estate(one) == []


async def test_a_killed_vcenter_comes_back_with_the_same_estate(tmp_path: Path) -> None:
    with Vcenter(tmp_path, bound=True) as vcenter:
        async with vcenter_console(vcenter) as one:
            await one.connect()
            known = {vm.id: vm.name for vm in one.vms}
            await aside(vcenter.kill)
            await stale_and_remembered(one, len(known))
            await aside(vcenter.start)
            await eventually(lambda: one.state() is State.LIVE, seconds=90)
            assert {vm.id: vm.name for vm in one.vms} == known


async def test_a_slow_vcenter_is_only_slow(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    vcenter.control.faults(Faults(delay_ms=2000))
    vm = one.a_vm()
    await one.act(lambda admin: admin.title(vm.name, "slowly"))
    await eventually(lambda: one.now(vm).annotation == "slowly", seconds=60)
    assert one.state() is State.LIVE


async def test_a_slow_vcenter_is_discovered(vcenter: Vcenter, one: VcenterConsole) -> None:
    vcenter.control.faults(Faults(delay_ms=1000))
    await one.connect()
    assert one.vms


async def test_an_expired_session_is_begun_anew(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    logins = vcenter.control.requests()["Login"].requests
    await asyncio.sleep(SHORTEST_SESSION_S)  # one that ends at once is not begun anew at once
    vcenter.control.expire_sessions()
    await eventually(lambda: vcenter.control.requests()["Login"].requests > logins, seconds=60)
    await eventually(lambda: one.state() is State.LIVE, seconds=60)
    vm = one.a_vm()
    await one.act(lambda admin: admin.title(vm.name, "in the second session"))
    await eventually(lambda: one.now(vm).annotation == "in the second session")
    assert {line for line in of_the_estate(one) if "annotation" not in line} == set()


async def test_a_short_break_costs_no_second_look(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    before = vcenter.control.requests()
    vcenter.control.faults(Faults(reply=Reply.DROP))
    await eventually(lambda: one.state() is State.STALE, seconds=60)
    vcenter.control.faults(Faults())
    await eventually(lambda: one.state() is State.LIVE, seconds=60)
    after = vcenter.control.requests()
    for method in ("Login", "CreateFilter", "RetrievePropertiesEx"):
        assert after[method].requests == before[method].requests, "it goes on from where it was"


# --- it does not let us in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account(accounts.OPERATOR.name, "wrong", Role.READER), "refused the user name or password"),
        (accounts.LOCKED, "locked"),
        (accounts.STRANGER, "may not"),
    ],
)
async def test_it_asks_for_another_password(
    vcenter: Vcenter, one: VcenterConsole, account: Account, words: str
) -> None:
    await one.client.call("add_connection", uri=vcenter.uri_for(account), secret=account.password, saved=False)
    await eventually(lambda: one.state() is State.TRUST)
    await one.trust()
    await eventually(lambda: one.state() is State.CREDENTIALS)
    health = one.connections[0].health
    assert words in health.reason + health.advice


async def test_without_a_password_it_asks_and_goes_on(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.client.call("add_connection", uri=vcenter.uri, saved=False)
    await eventually(lambda: one.state() is State.TRUST)
    await one.trust()
    await eventually(lambda: one.state() is State.CREDENTIALS)
    assert accounts.OPERATOR.name in one.reason()
    await one.client.call("provide_secret", id=one.connections[0].id, secret=accounts.OPERATOR.password)
    await eventually(lambda: one.state() is State.LIVE, seconds=60)


async def test_what_may_not_be_seen_is_said(vcenter: Vcenter, one: VcenterConsole) -> None:
    vcenter.control.faults(Faults(denied=("Frankfurt",)))
    await one.client.call("add_connection", uri=vcenter.uri, secret=accounts.OPERATOR.password, saved=False)
    await eventually(lambda: one.state() is State.TRUST)
    await one.trust()
    await eventually(lambda: one.state() is State.DEGRADED, seconds=60)
    assert "no permission to see all of" in one.reason()
    assert "VMs" in one.reason()
    assert "Read-only" in one.connections[0].health.advice
    assert any(vm.name.startswith("ams-") for vm in one.vms)


# --- it is not who it was -----------------------------------------------------------------------------------------


async def test_an_unknown_certificate_waits_for_a_person_and_nothing_is_sent(
    vcenter: Vcenter, one: VcenterConsole
) -> None:
    logins = vcenter.control.requests().get("Login")
    await one.client.call("add_connection", uri=vcenter.uri, secret=accounts.OPERATOR.password, saved=False)
    await eventually(lambda: one.state() is State.TRUST)
    shown = one.connections[0].health.certificate
    assert shown is not None
    assert shown.fingerprint.replace(":", "") == vcenter.fingerprint
    assert shown.subject
    assert " to " in shown.validity
    assert shown.previous == ""
    assert vcenter.control.requests().get("Login") == logins


async def test_a_changed_certificate_is_refused_with_both_side_by_side(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    vcenter.control.certificate(Certificate.CHANGED)
    await one.client.call("reconnect", id=one.connections[0].id)
    await eventually(lambda: one.state() is State.TRUST, seconds=60)
    shown = one.connections[0].health.certificate
    assert shown is not None
    assert shown.previous.replace(":", "") == vcenter.fingerprint
    assert shown.fingerprint != shown.previous
    assert "another certificate" in one.reason()
    vcenter.control.certificate(Certificate.ORIGINAL)
    await one.client.call("reconnect", id=one.connections[0].id)
    await eventually(lambda: one.state() is State.LIVE, seconds=60)


async def test_a_certificate_that_changes_during_a_session_ends_it(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    vcenter.control.certificate(Certificate.CHANGED)
    vcenter.control.faults(Faults(reply=Reply.DROP))  # so that connections have to be made anew
    await eventually(lambda: one.state() is State.STALE, seconds=60)
    vcenter.control.faults(Faults())
    await eventually(lambda: one.state() is State.TRUST, seconds=60)


async def test_an_expired_certificate_is_said_to_be(vcenter: Vcenter, one: VcenterConsole) -> None:
    vcenter.control.certificate(Certificate.EXPIRED)
    await one.client.call("add_connection", uri=vcenter.uri, secret="", saved=False)
    await eventually(lambda: one.state() is State.TRUST)
    assert "has expired" in one.reason()
