"""The engine as its clients know it: real processes, from a client's call to a role on the demo estate and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.console import Console, console, eventually
from vmi_console.engine import protocol
from vmi_console.engine.client import DEAD_SECONDS
from vmi_console.engine.engines import FirstOf, PrivateEngine, RunningEngine
from vmi_console.errors import EngineUnavailable, VmiError, WireError
from vmi_console.estate.changes import Action
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Health, Power, State
from vmi_console.settings import Workspace
from vmi_console.wire import local
from vmi_console.wire.channel import PROTOCOL, Channel, Hello
from vmi_console.wire.child import end
from vmi_console.wire.program import command
from vmi_console.wire.tasks import Tasks

CALM = "demo://?hosts=2&vms=20&story=off"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def stale(one: Console) -> list[Health]:
    """What was told of it while its connection did not answer."""
    return [health for health in one.healths if health.state is State.STALE]


async def test_an_estate_arrives_and_changes_live() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        assert len(one.vms) == 20
        assert not [change for change in one.changes if change.entity.startswith("vm/")], "a discovery is no change"
        running = next(vm for vm in one.vms if vm.power is Power.ON)
        await one.client.call("act", entity=running.id, command="power_off", arguments={"by": "s.tester"})
        await eventually(lambda: one.vm(running.name).power is Power.OFF)
        change = next(change for change in one.changes if change.entity == running.id and change.path == "power")
        assert (change.before, change.after, change.actor) == ("on", "off", "s.tester")
        assert change.occurred_at is not None


@pytest.mark.slow
async def test_what_is_watched_is_sampled_and_nothing_else() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        running = next(vm for vm in one.vms if vm.power is Power.ON)
        one.client.watch([running.id])
        await eventually(lambda: len(one.samples) >= 2)
        assert {sample.entity for sample in one.samples} == {running.id}


async def test_a_standing_search_follows_the_estate() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        one.client.search(1, 'power == "on"')
        on = {vm.id for vm in one.vms if vm.power is Power.ON}
        await eventually(lambda: one.matches == on)
        some = next(iter(on))
        await one.client.call("act", entity=some, command="power_off")
        await eventually(lambda: one.matches == on - {some})
        one.client.search(1, "")
        other = one.vms[0]
        one.client.search(2, other.name)
        await eventually(lambda: other.id in one.matches)


async def test_facts_from_inside_guests_are_asked_for() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        running = next(vm for vm in one.vms if vm.power is Power.ON)
        await one.client.call("inspect", vm=running.id)
        guest = await one.client.call("guest", vm=running.id)
        assert len(guest["applications"]["items"]) > 20
        assert {"name", "version"} <= guest["applications"]["items"][0].keys()


@pytest.mark.slow
async def test_a_reader_killed_is_stale_and_comes_back_with_the_same_estate() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        before = {vm.id: vm for vm in one.vms}
        pid = await one.role("reader")
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: stale(one))
        assert {vm.id for vm in one.vms} == before.keys(), "the last known VMs stay"
        assert all("signal 9" in health.reason for health in stale(one))
        await eventually(lambda: one.state() is State.LIVE)
        assert {vm.id for vm in one.vms} == before.keys()
        assert await one.role("reader", after=pid) != pid


@pytest.mark.slow
async def test_a_reader_that_hangs_is_ended_and_replaced() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        pid = await one.role("reader")
        os.kill(pid, signal.SIGSTOP)
        await eventually(lambda: stale(one))
        await eventually(lambda: one.state() is State.LIVE, seconds=30)
        assert not alive(pid)


@pytest.mark.slow
async def test_an_engine_killed_is_told_and_replaced() -> None:
    engine = PrivateEngine(None)
    async with console(engine) as one:
        await one.add(CALM)
        roles = [await one.role("reader"), await one.role("inspector")]
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: not one.links[-1].up)
        assert "signal 9" in one.links[-1].reason
        assert len(one.vms) == 20, "what was known stays"
        with pytest.raises(EngineUnavailable):
            await one.client.call("status")
        await eventually(lambda: one.links[-1].up)
        assert engine.pid != first
        await eventually(lambda: not any(map(alive, roles)))  # nobody's children stay behind


@pytest.mark.slow
async def test_an_engine_that_hangs_is_replaced() -> None:
    engine = PrivateEngine(None)
    async with console(engine) as one:
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        await eventually(lambda: not one.links[-1].up, seconds=30)
        assert "does not answer" in one.links[-1].reason
        await eventually(lambda: "hangs" in one.links[-1].reason or one.links[-1].up, seconds=30)
        await eventually(lambda: one.links[-1].up)
        assert not alive(first)


@pytest.mark.slow
async def test_who_was_held_up_itself_does_not_take_its_engine_for_dead() -> None:
    engine = PrivateEngine(None)
    async with console(engine) as one:
        first = engine.pid
        time.sleep(DEAD_SECONDS + 1)  # noqa: ASYNC251 - that is what it is about
        await asyncio.sleep(1.5)
        assert (engine.pid, [link.up for link in one.links]) == (first, [True])


async def test_roles_end_when_the_client_is_gone() -> None:
    engine = PrivateEngine(None)
    async with console(engine) as one:
        await one.add(CALM)
        assert engine.pid is not None
        pids = [engine.pid, await one.role("reader"), await one.role("inspector")]
    await eventually(lambda: not any(map(alive, pids)))


@pytest.mark.slow
async def test_two_clients_of_a_listening_engine_see_the_same(tmp_path: Path) -> None:
    path = tmp_path / "engine"
    process = await asyncio.create_subprocess_exec(
        *command("engine", "--listen", str(path), "--workspace", str(tmp_path / "workspace"))
    )
    try:
        await eventually(path.exists)
        async with console(RunningEngine(path)) as one, console(RunningEngine(path)) as other:
            await one.add(CALM)
            await eventually(lambda: other.state() is State.LIVE)
            assert other.records == one.records
            vm = next(vm for vm in one.vms if vm.power is Power.ON)
            await other.client.call("act", entity=vm.id, command="rename", arguments={"name": "renamed-by-other"})
            await eventually(lambda: one.records[vm.id].name == "renamed-by-other")
            await eventually(lambda: other.records == one.records)
    finally:
        process.terminate()
        await end(process, grace=10)
    assert process.returncode == 0
    assert not path.exists()


async def test_one_that_is_told_to_end_the_moment_it_listens_ends_in_order(tmp_path: Path) -> None:
    path, workspace = tmp_path / "engine", tmp_path / "workspace"
    script = (
        "import os, signal; from pathlib import Path; from vmi_console.engine.main import run_listening; "
        "from vmi_console.settings import Workspace; "
        f"run_listening(Workspace.at(Path({str(workspace)!r})), Path({str(path)!r}), "
        "lambda: os.kill(os.getpid(), signal.SIGTERM))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await end(process, grace=20)
    assert process.returncode == 0
    assert not path.exists()


async def test_a_running_engine_is_preferred_and_a_private_one_takes_over(tmp_path: Path) -> None:
    private = PrivateEngine(None)
    async with console(FirstOf(RunningEngine(tmp_path / "nobody"), private)) as one:
        assert private.pid is not None
        assert one.links[-1].up


async def test_an_engine_of_another_version_is_named_and_not_bypassed(tmp_path: Path) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel: Channel[protocol.ToEngine] = Channel(reader, writer, protocol.ToEngine)
        with contextlib.suppress(WireError):
            await channel.greet(Hello(protocol=PROTOCOL + 1, program="99.0"))

    listener = await local.listen(tmp_path / "engine", greet)
    one = Console(FirstOf(RunningEngine(listener.path), PrivateEngine(None)))
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        await eventually(lambda: one.links)
    await listener.close()
    assert not one.links[-1].up
    assert "99.0" in one.links[-1].reason


@pytest.mark.slow
async def test_a_saved_connection_is_known_at_the_next_start(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path)) as one:
        connection = await one.add(CALM, saved=True, name="my demo")
        vms = {vm.id for vm in one.vms}
        await one.client.call("set_labels", entities=sorted(vms)[:1], labels=["mine"])
    saved = Workspace.at(tmp_path).connections
    saved.write_text(saved.read_text().replace(CALM, f"{CALM}&latency_ms=60000"))
    async with console(PrivateEngine(tmp_path)) as two:
        assert [known.id for known in two.connections] == [connection]
        assert vms <= two.records.keys(), "the last known VMs are there before anything answers"
        assert [vm.id for vm in two.vms if vm.labels == ("mine",)] == sorted(vms)[:1]
        await two.client.call("remove_connection", id=connection)
        await eventually(lambda: not two.records)
    async with console(PrivateEngine(tmp_path)) as three:
        assert not three.records


async def test_a_second_engine_on_one_workspace_says_why_not(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path)):
        other = Console(PrivateEngine(tmp_path))
        async with Tasks() as tasks:
            tasks.start(other.client.run(), "a second console")
            await eventually(lambda: other.links and not other.links[-1].up)
        assert "another" in other.links[-1].reason
        assert other.links[-1].advice


@pytest.mark.slow
async def test_health_states_of_a_person_s_concern() -> None:
    async with console(PrivateEngine(None)) as one:
        connection = await one.client.call("add_connection", uri=f"{CALM}&fail=credentials", saved=False)
        await eventually(lambda: one.state() is State.CREDENTIALS)
        await one.client.call("provide_secret", id=connection, secret="wrong")
        await eventually(lambda: "does not accept this password" in one.connections[0].health.reason)
        assert one.state() is State.CREDENTIALS
        await one.client.call("provide_secret", id=connection, secret="demo")
        await eventually(lambda: one.state() is State.LIVE)
        await one.client.call("remove_connection", id=connection)
        connection = await one.client.call("add_connection", uri=f"{CALM}&fail=trust", saved=False)
        await eventually(lambda: one.state() is State.TRUST)
        certificate = one.connections[0].health.certificate
        assert certificate is not None
        await one.client.call("trust", id=connection, fingerprint=certificate.fingerprint)
        await eventually(lambda: one.state() is State.LIVE)


async def test_a_secret_is_not_shown_to_another_address() -> None:
    async with console(PrivateEngine(None)) as one:
        uri = f"{CALM}&fail=credentials"
        connection = await one.client.call("add_connection", uri=uri, secret="demo", saved=False)
        await eventually(lambda: one.state() is State.LIVE)
        await one.client.call("edit_connection", id=connection, name="elsewhere", uri=f"{uri}&seed=7", grants={})
        await eventually(lambda: one.state() is State.CREDENTIALS)


IMPOSSIBLE: tuple[tuple[str, dict[str, object], str], ...] = (
    ("no_such_command", {}, "no command"),
    ("_parameters", {}, "no command"),
    ("add_connection", {}, "uri"),
    ("add_connection", {"uri": "gopher://x"}, "gopher"),
    ("add_connection", {"uri": 7}, "uri"),
    ("add_connection", {"uri": "qemu+ssh://root:secret@kvm1/system"}, "holds a password"),
    ("remove_connection", {"id": "connection/console/none"}, "no such connection"),
    ("act", {"entity": "vm/none/1", "command": "power_off"}, "no connection"),
    ("changes", {"count": 10**9}, "too many"),
)


async def test_a_command_that_cannot_be_carried_out_says_why(subtests: pytest.Subtests) -> None:
    async with console(PrivateEngine(None)) as one:
        for name, arguments, words in IMPOSSIBLE:
            with subtests.test(name, arguments=arguments), pytest.raises(VmiError, match=words):
                await one.client.call(name, **arguments)


async def test_one_endpoint_is_connected_once() -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        with pytest.raises(VmiError, match="connected already"):
            await one.client.call("add_connection", uri=CALM, saved=False)


@pytest.mark.slow
async def test_history_survives_a_restart(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path)) as one:
        await one.add(CALM)
        vm = one.vms[0]
        await one.client.call("act", entity=vm.id, command="rename", arguments={"name": "new-name"})
        await eventually(lambda: one.records[vm.id].name == "new-name")
    async with console(PrivateEngine(tmp_path)) as two:
        await eventually(lambda: any(change.path == "name" for change in two.changes))
        renamed = next(change for change in two.changes if change.path == "name")
        assert (renamed.entity, renamed.action, renamed.after) == (EntityId(vm.id), Action.CHANGED, "new-name")
        numbers = [change.number for change in two.changes]
        assert numbers == sorted(set(numbers))
