"""The demo estate's answers to what actors are asked about quarantine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vmi_console.collectors.demo.commands import parse
from vmi_console.collectors.demo.commands.quarantine import ATTRIBUTE
from vmi_console.collectors.demo.parameters import parse as parse_uri
from vmi_console.collectors.demo.simulation import Simulation
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.quarantine import Done, Hold, Mode, Request, Survey
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import VM, Power

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
AT = BEGIN + timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    return World(parse_uri("demo://?story=off&hosts=10"), BEGIN)


def do(world: World, command: str, /, **arguments: Any) -> None:
    parse(command, arguments).apply(world, AT)


def survey(world: World, vm: str = "db-01", **request: Any) -> Survey:
    return _ask(world, "survey", vm, Survey, **request)


def isolate(world: World, vm: str = "db-01", **request: Any) -> Done:
    return _ask(world, "isolate", vm, Done, **{"image": survey(world, vm).image, "record": "signed", **request})


def _ask[T](world: World, command: str, vm: str, answer: type[T], **request: Any) -> T:
    arguments = msgspec.to_builtins(Request(vm=world.find_vm(vm).id, **request))
    return msgspec.convert(parse(command, arguments).apply(world, AT).value, answer)


def networks(world: World, vm: VM) -> list[str]:
    return [world.networks[nic.network].name for nic in vm.nics if nic.network]


def test_a_survey_says_what_would_be_done_and_changes_nothing(world: World) -> None:
    before = world.find_vm("db-01")
    found = survey(world)
    assert found.steps == ("Network adapter 1: prod-db → quarantine", "Network adapter 2: backup → quarantine")
    assert [channel.hold for channel in found.channels] == [Hold.HELD, Hold.HELD]
    assert not found.problems
    assert world.find_vm("db-01") == before


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("vm", ["db-01", "legacy-01", "build-04"])
def test_what_is_restored_is_what_was_before(world: World, mode: Mode, vm: str) -> None:
    before = world.find_vm(vm)
    image = survey(world, vm).image
    done = isolate(world, vm, mode=mode)
    isolated = world.find_vm(vm)
    assert isolated.attributes[ATTRIBUTE] == done.image.record == "signed"
    assert all(channel.hold is Hold.HELD for channel in done.channels) == (mode is not Mode.OBSERVE)
    verified = _ask(world, "verify", vm, Survey, mode=mode)
    assert (verified.image, verified.channels) == (done.image, done.channels)
    restored = _ask(world, "restore", vm, Done, mode=mode, before=image, image=done.image)
    assert world.find_vm(vm) == before
    assert restored.image == image


def test_each_mode_does_what_it_says(world: World) -> None:
    isolate(world, "web-01", network="guest-dmz")
    assert networks(world, world.find_vm("web-01")) == ["guest-dmz"]
    isolate(world, "web-02", mode=Mode.DISCONNECT)
    assert not any(nic.connected or nic.connect_at_power_on for nic in world.find_vm("web-02").nics)
    isolate(world, "web-03", mode=Mode.PAUSE)
    assert world.find_vm("web-03").power is Power.PAUSED


def test_a_device_that_is_passed_through_is_not_held(world: World) -> None:
    do(world, "add_device", vm="db-01", label="10G card")
    done = isolate(world)
    assert [channel.hold for channel in done.channels] == [Hold.HELD, Hold.HELD, Hold.NOT_HELD]
    assert "bypasses" in done.channels[2].because


def test_a_vm_that_was_changed_is_refused(world: World) -> None:
    image = survey(world).image
    do(world, "add_nic", vm="db-01", network="test")
    with pytest.raises(CommandRefused, match="changed since"):
        isolate(world, image=image)
    done = isolate(world)
    do(world, "move_nic", vm="db-01", nic="4000", network="test")
    again = _ask(world, "verify", "db-01", Survey)
    assert [channel.hold for channel in again.channels] == [Hold.NOT_HELD, Hold.HELD, Hold.HELD]
    with pytest.raises(CommandRefused, match="changed since"):
        _ask(world, "restore", "db-01", Done, before=image, image=done.image)
    forced = _ask(world, "restore", "db-01", Done, before=image, image=done.image, force=True)
    assert networks(world, world.find_vm("db-01")) == ["prod-db", "backup", "quarantine"]
    assert forced.notes == ("Network adapter 3 was added meanwhile and stays as it is",)


def test_power_and_place_are_no_change_of_the_configuration(world: World) -> None:
    image = survey(world).image
    do(world, "power_off", vm="db-01")
    do(world, "migrate", vm="db-01")
    done = isolate(world, image=image)
    do(world, "power_on", vm="db-01")
    assert networks(world, world.find_vm("db-01")) == ["quarantine", "quarantine"]
    _ask(world, "restore", "db-01", Done, before=image, image=done.image)
    restored = world.find_vm("db-01")
    assert networks(world, restored) == ["prod-db", "backup"]
    assert all(nic.connected and nic.addresses for nic in restored.nics)


def test_what_cannot_be_done_is_a_problem_of_the_plan(world: World) -> None:
    assert "no network “nowhere”" in survey(world, network="nowhere").problems[0]
    do(world, "host_stops", host=str(world.find_vm("db-01").host))
    assert survey(world).problems == ("its host does not answer",)
    forbidden = World(parse_uri("demo://?story=off&fail=forbidden"), BEGIN)
    assert "may look" in survey(forbidden).problems[0]


def test_a_vm_that_is_gone_is_named_so(world: World) -> None:
    image = survey(world, "build-04").image
    do(world, "remove_vm", vm="build-04")
    arguments = msgspec.to_builtins(Request(vm=image.vm, image=image))
    with pytest.raises(CommandRefused, match="not there any more"):
        parse("isolate", arguments).apply(world, AT)


def test_an_estate_with_a_folder_lives_on(tmp_path: Path) -> None:
    parameters = parse_uri(f"demo://?story=off&hosts=1&folder={tmp_path}")
    clock = Moment()
    first = Simulation(parameters, "", clock)
    first.order("rename", {"vm": "web-01", "name": "known-again"})
    clock.now += timedelta(seconds=1)
    second = Simulation(parameters, "", clock)
    assert second.world.endpoint == first.world.endpoint
    assert second.world.find_vm("known-again").id == first.world.find_vm("web-01").id


class Moment:
    """A clock that stands still unless told."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now
