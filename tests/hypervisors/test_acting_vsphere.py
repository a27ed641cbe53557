"""Quarantine on the simulated vCenter: cards are closed, looked at again, and given back as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from pyVmomi import vim

from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Faults, Reply
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from vmi_console.collectors import quarantine
from vmi_console.collectors import vsphere as provider
from vmi_console.collectors.protocol import Role, Start
from vmi_console.collectors.quarantine import Done, Hold, Image, Mode, Request, Survey
from vmi_console.collectors.vsphere.acting import enforcing
from vmi_console.collectors.vsphere.machine import RECORD_FIELD
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Grants

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

RECORD = 'signed: {"by": "alice", "why": "<telnetd> & more"}'
QUARANTINE = "fra-quarantine"


class Ward:
    """One VM, and the four commands about it."""

    def __init__(self, vcenter: Vcenter, admin: VcenterAdministrator, name: str) -> None:
        self.vcenter, self.admin, self.name = vcenter, admin, name
        self.handle = admin.vm(name)
        self.vm = entity_id("vm", "vcenter", self.handle._moId)

    def request(self, mode: Mode = Mode.ISOLATE, network: str = "") -> Request:
        return Request(vm=self.vm, mode=mode, network=network, record=RECORD)

    def survey(self, request: Request, account: Account = accounts.ALICE) -> Survey:
        return self._ask(quarantine.SURVEY, request, Survey, account)

    def verify(self, request: Request) -> Survey:
        return self._ask(quarantine.VERIFY, request, Survey)

    def isolate(self, request: Request, image: Image | None, account: Account = accounts.ALICE) -> Done:
        return self._ask(quarantine.ISOLATE, msgspec.structs.replace(request, image=image), Done, account)

    def restore(self, request: Request, before: Image, after: Image, force: bool = False) -> Done:
        return self._ask(
            quarantine.RESTORE, msgspec.structs.replace(request, image=after, before=before, force=force), Done
        )

    def _ask[T](self, command: str, request: Request, answer: type[T], account: Account = accounts.ALICE) -> T:
        start = Start(
            role=Role.ACTOR,
            uri=self.vcenter.uri_for(account),
            secret=account.password,
            trusted=(fingerprint(self.vcenter),),
            grants=Grants(quarantine=True),
        )
        arguments = msgspec.to_builtins(request)
        return msgspec.convert(asyncio.run(provider.actor(start).act(command, arguments)), answer)

    # --- as a vSphere client sees it ---

    @property
    def cards(self) -> dict[int, Any]:
        devices = self.handle.config.hardware.device
        return {device.key: device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)}

    @property
    def wiring(self) -> dict[int, object]:
        """Everything about the cards that a release must bring back; the ports are the switch's to give."""
        return {key: (_plugged(device.backing), _connected(device.connectable)) for key, device in self.cards.items()}

    @property
    def networks(self) -> set[str]:
        return {network.name for network in self.handle.network}

    def holds(self, answer: Survey | Done) -> list[Hold]:
        """Of its cards, without the side ways."""
        keys = {str(key) for key in self.cards}
        return [channel.hold for channel in answer.channels if channel.key in keys]

    @property
    def mac(self) -> str:
        return str(next(iter(self.cards.values())).macAddress)

    def port(self, card: int | None = None) -> Any:
        """The port of a card, or else of the first, as the switch has it."""
        port = (self.cards[card] if card is not None else next(iter(self.cards.values()))).backing.port
        switch = next(
            each
            for each in (
                self.admin.find(vim.DistributedVirtualSwitch, name)
                for name in self.admin.names(vim.DistributedVirtualSwitch)
            )
            if each.uuid == port.switchUuid
        )
        return switch.FetchPorts(vim.dvs.PortCriteria(portKey=[port.portKey]))[0]

    @property
    def record(self) -> str:
        keys = {field.key for field in self.admin.content.customFieldsManager.field if field.name == RECORD_FIELD}
        return next((value.value for value in self.handle.customValue if value.key in keys), "")


def _plugged(backing: Any) -> object:
    if isinstance(backing, vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo):
        return backing.port.switchUuid, backing.port.portgroupKey
    return backing.deviceName, backing.network._moId


def _connected(info: Any) -> tuple[bool, bool, bool]:
    return info.connected, info.startConnected, info.allowGuestControl


def fingerprint(vcenter: Vcenter) -> str:
    digits = vcenter.fingerprint
    return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))


def holds(answer: Survey | Done) -> set[Hold]:
    return {channel.hold for channel in answer.channels}


@pytest.fixture
def alice(vcenter: Vcenter) -> Iterator[VcenterAdministrator]:
    vcenter.start()
    with vcenter.administrator() as administrator:
        yield administrator
    vcenter.start()


def a_ward(vcenter: Vcenter, alice: VcenterAdministrator, cards: int = 1, power: str = "poweredOn") -> Ward:
    """A VM of Frankfurt whose cards are all connected to ports of the distributed switch."""
    for name in alice.names(vim.VirtualMachine):
        ward = Ward(vcenter, alice, name)
        if not name.startswith("fra-") or ward.handle.config.template or ward.handle.runtime.powerState != power:
            continue
        found = list(ward.cards.values())
        if len(found) >= cards and all(
            isinstance(card.backing, vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo)
            and card.connectable.connected
            for card in found
        ):
            return ward
    raise AssertionError(f"no VM with {cards} cards that is {power}")


@pytest.fixture
def ward(vcenter: Vcenter, alice: VcenterAdministrator) -> Ward:
    return a_ward(vcenter, alice)


# --- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "network"),
    [(Mode.ISOLATE, QUARANTINE), (Mode.ISOLATE, ""), (Mode.ISOLATE, "VM Network"), (Mode.DISCONNECT, "")],
)
@pytest.mark.parametrize("power", ["poweredOn", "poweredOff"])
def test_vm_is_closed_and_given_back(
    vcenter: Vcenter, alice: VcenterAdministrator, mode: Mode, network: str, power: str
) -> None:
    ward = a_ward(vcenter, alice, cards=2 if power == "poweredOn" else 1, power=power)
    wiring, request = ward.wiring, ward.request(mode, network)
    before = ward.survey(request)
    assert not before.problems
    assert len(before.steps) == len(ward.cards)
    assert holds(before) == {Hold.HELD}
    assert ward.wiring == wiring
    done = ward.isolate(request, before.image)
    assert not done.notes
    assert holds(done) == {Hold.HELD}
    assert done.image.record == ward.record == RECORD
    if network:
        assert ward.networks == {network}
    elif mode is Mode.ISOLATE:
        assert ward.wiring == wiring
        assert ward.port().config.setting.blocked.value
        assert not ward.port().config.setting.blocked.inherited
    else:
        later = {_connected(card.connectable)[1:] for card in ward.cards.values()}
        assert later == {(False, False)}, "neither at power-on nor by the guest"
        if power == "poweredOn":
            assert not any(card.connectable.connected for card in ward.cards.values())
    verified = ward.verify(request)
    assert holds(verified) == {Hold.HELD}
    assert verified.image.version == done.image.version
    restored = ward.restore(request, before.image, done.image)
    assert not restored.notes
    assert restored.image.version == before.image.version
    assert ward.wiring == wiring
    assert ward.port().config.setting.blocked.inherited
    assert ward.record == ""


def test_suspended_vm_goes_on(ward: Ward) -> None:
    request = ward.request(Mode.PAUSE)
    before = ward.survey(request).image
    done = ward.isolate(request, before)
    assert ward.handle.runtime.powerState == "suspended"
    assert holds(done) == {Hold.HELD}
    ward.admin.resume(ward.name)
    assert ward.holds(ward.verify(request)) == [Hold.NOT_HELD]
    ward.admin.suspend(ward.name)
    ward.restore(request, before, done.image)
    assert ward.handle.runtime.powerState == "poweredOn"


def test_cards_of_a_suspended_vm_cannot_be_changed(ward: Ward) -> None:
    ward.admin.suspend(ward.name)
    assert "suspended" in ward.survey(ward.request(Mode.DISCONNECT)).problems[0]
    assert not ward.survey(ward.request()).problems, "but its port can be blocked"
    ward.admin.resume(ward.name)


def test_vm_that_was_started_meanwhile_is_connected_again(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    ward = a_ward(vcenter, alice, power="poweredOff")
    request = ward.request(Mode.DISCONNECT)
    before = ward.survey(request).image
    done = ward.isolate(request, before)
    alice.power_on(ward.name)
    ward.restore(request, before, done.image, force=True)
    assert {_connected(card.connectable)[:2] for card in ward.cards.values()} == {(True, True)}
    alice.power_off(ward.name)


def test_port_with_settings_of_its_own_is_blocked_where_it_is(ward: Ward) -> None:
    """It would lose them if the card left it."""
    ward.admin.move_nic(ward.name, ward.mac, "fra-dmz-170")
    ward.admin.port_vlan(ward.name, ward.mac, 175)
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    done = ward.isolate(request, before)
    assert holds(done) == {Hold.HELD}
    assert ward.networks == {"fra-dmz-170"}
    assert ward.port().config.setting.blocked.value
    ward.restore(request, before, done.image)
    assert ward.port().config.setting.vlan.vlanId == 175
    assert ward.port().config.setting.blocked.inherited


def test_port_that_was_blocked_before_stays_so(ward: Ward) -> None:
    ward.admin.block_port(ward.name, ward.mac, True)
    request = ward.request(Mode.DISCONNECT)
    before = ward.survey(request).image
    done = ward.isolate(request, before)
    ward.restore(request, before, done.image)
    assert ward.port().config.setting.blocked.value
    ward.admin.block_port(ward.name, ward.mac, False)


def test_standard_port_is_disconnected_since_it_cannot_be_blocked(ward: Ward) -> None:
    ward.admin.move_nic(ward.name, ward.mac, "VM Network")
    wiring, request = ward.wiring, ward.request()
    before = ward.survey(request)
    assert "disconnect" in before.steps[0]
    done = ward.isolate(request, before.image)
    assert _connected(next(iter(ward.cards.values())).connectable) == (False, False, False)
    ward.restore(request, before.image, done.image)
    assert ward.wiring == wiring


def test_trunk_is_no_quarantine_network(ward: Ward) -> None:
    request = ward.request(network="fra-trunk")
    before = ward.survey(request)
    assert ward.holds(before) == [Hold.NOT_HELD]
    assert "trunk" in before.channels[0].because


# --- what others do meanwhile ---------------------------------------------------------------------------------------


def test_vm_changed_since_it_was_looked_at_is_left_alone(ward: Ward) -> None:
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    ward.admin.add_nic(ward.name, "00:50:56:3f:0a:01", "fra-app-120")
    with pytest.raises(CommandRefused, match="was changed since"):
        ward.isolate(request, before)
    again = ward.survey(request).image
    done = ward.isolate(request, again)
    ward.admin.remove_nic(ward.name, "00:50:56:3f:0a:01")
    with pytest.raises(CommandRefused, match="was changed since"):
        ward.restore(request, again, done.image)
    forced = ward.restore(request, again, done.image, force=True)
    assert any("not there any more" in note for note in forced.notes)
    assert QUARANTINE not in ward.networks


def test_what_a_guest_publishes_is_no_change(ward: Ward) -> None:
    """It moves vCenter's own changeVersion."""
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    ward.admin.setting(ward.name, "guestinfo.appInfo", "{}")
    done = ward.isolate(request, before)
    ward.admin.setting(ward.name, "guestinfo.appInfo", "")
    assert not ward.restore(request, before, done.image).notes


def test_opened_card_is_noticed_and_closed_again(ward: Ward) -> None:
    wiring, request = ward.wiring, ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    ward.isolate(request, before)
    ward.admin.move_nic(ward.name, ward.mac, "fra-app-120")
    opened = ward.verify(request)
    assert ward.holds(opened) == [Hold.NOT_HELD]
    again = ward.isolate(request, opened.image)
    assert holds(again) == {Hold.HELD}
    ward.restore(request, before, again.image)
    assert ward.wiring == wiring


def test_card_that_was_added_is_not_held(ward: Ward) -> None:
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    done = ward.isolate(request, before)
    ward.admin.add_nic(ward.name, "00:50:56:3f:0a:02", "fra-app-120")
    assert ward.holds(ward.verify(request)) == [Hold.HELD, Hold.NOT_HELD]
    ward.admin.remove_nic(ward.name, "00:50:56:3f:0a:02")
    ward.restore(request, before, done.image)


def test_vm_at_work_is_tried_again(ward: Ward, vcenter: Vcenter) -> None:
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    vcenter.control.faults(Faults(busy=2))
    done = ward.isolate(request, before)
    assert holds(done) == {Hold.HELD}
    ward.restore(request, before, done.image)


def test_vm_that_stays_at_work_is_refused(ward: Ward, vcenter: Vcenter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcing, "PATIENCE_S", 1.0)
    wiring, request = ward.wiring, ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    vcenter.control.faults(Faults(busy=1000))
    with pytest.raises(CommandRefused, match="something else is at work"):
        ward.isolate(request, before)
    assert (ward.wiring, ward.record) == (wiring, ""), "nothing was changed, and it does not look so either"


def test_change_between_reading_and_writing_is_seen_by_the_lock(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody moves the card after it was looked at, and before the change is written."""
    request = ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    plan = enforcing._plan
    moved: list[bool] = []

    def slow(*arguments: Any) -> Iterator[Any]:
        steps = list(plan(*arguments))
        if not moved:
            moved.append(True)
            ward.admin.move_nic(ward.name, ward.mac, "fra-untagged")
        return iter(steps)

    monkeypatch.setattr(enforcing, "_plan", slow)
    with pytest.raises(CommandRefused, match="was changed since"):
        ward.isolate(request, before)
    assert ward.networks == {"fra-untagged"}


# --- killed half-way ------------------------------------------------------------------------------------------------


class Killed(Exception):
    """Nothing is done after this, as after SIGKILL."""


@contextmanager
def killed_before(number: int) -> Iterator[None]:
    """The actor is gone before its n-th write: a task, or the record."""
    left = [number]

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed
            return write(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_task", "_leave_record"):
            patch.setattr(enforcing.Enforcement, name, dying(getattr(enforcing.Enforcement, name)))
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("network", ["", QUARANTINE])
@pytest.mark.parametrize("number", [1, 2])
def test_isolating_and_release_that_were_killed_are_finished(ward: Ward, network: str, number: int) -> None:
    """Record, cards; and back. The first image still brings everything back."""
    wiring, request = ward.wiring, ward.request(network=network)
    before = ward.survey(request).image
    with killed_before(number):
        ward.isolate(request, before)
    found = ward.verify(request)
    assert ward.holds(found) == [Hold.NOT_HELD]
    assert found.image.record == (RECORD if number > 1 else ""), "whoever finds it half way can tell"
    done = ward.isolate(request, found.image)
    assert holds(done) == {Hold.HELD}
    with killed_before(number):
        ward.restore(request, before, done.image)
    restored = ward.restore(request, before, ward.verify(request).image)
    assert restored.image.version == before.version
    assert ward.wiring == wiring
    assert ward.port().config.setting.blocked.inherited
    assert ward.record == ""


# --- what is refused ------------------------------------------------------------------------------------------------


def test_user_without_the_right_is_told_which_is_missing(ward: Ward) -> None:
    request = ward.request(network=QUARANTINE)
    surveyed = ward.survey(request, accounts.OPERATOR)
    assert "VirtualMachine.Config.EditDevice" in surveyed.problems[0]
    assert surveyed.image.version == ward.survey(request).image.version
    with pytest.raises(CommandRefused, match="EditDevice"):
        ward.isolate(request, surveyed.image, accounts.OPERATOR)


def test_missing_network_is_a_problem(ward: Ward) -> None:
    request = ward.request(network="ams-quarantine")
    surveyed = ward.survey(request)
    assert "ams-quarantine" in surveyed.problems[0]
    with pytest.raises(CommandRefused, match="cannot be quarantined"):
        ward.isolate(request, surveyed.image)


def test_vm_that_is_gone_is_told(vcenter: Vcenter, alice: VcenterAdministrator, ward: Ward) -> None:
    alice.create("fra-passing", "00:50:56:3f:0a:03", "fra-app-120", ward.name)
    passing = Ward(vcenter, alice, "fra-passing")
    request = passing.request(network=QUARANTINE)
    before = passing.survey(request).image
    alice.remove("fra-passing")
    with pytest.raises(CommandRefused, match="not there any more"):
        passing.isolate(request, before)


def test_powered_off_vm_cannot_be_suspended(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    ward = a_ward(vcenter, alice, power="poweredOff")
    assert ward.survey(ward.request(Mode.PAUSE)).problems


def test_lost_answer_is_told_and_not_tried_again(ward: Ward, vcenter: Vcenter) -> None:
    """The change was made, and nobody heard of it: the next look tells, and a release gives back."""
    wiring, request = ward.wiring, ward.request(network=QUARANTINE)
    before = ward.survey(request).image
    asked = vcenter.control.requests()["ReconfigVM_Task"].requests
    vcenter.control.faults(Faults(reply=Reply.DROP, methods=("ReconfigVM_Task",)))
    with pytest.raises(CommandRefused):
        ward.isolate(request, before)
    vcenter.control.faults(Faults())
    assert vcenter.control.requests()["ReconfigVM_Task"].requests == asked + 1
    now = ward.verify(request)
    assert holds(now) == {Hold.HELD}
    ward.restore(request, before, now.image)
    assert ward.wiring == wiring


def test_single_host_has_no_place_for_a_record(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Vcenter(tmp_path_factory.mktemp("esx"), Size(esx=True), bound=True) as host, host.administrator() as admin:
        name = next(
            name for name in admin.names(vim.VirtualMachine) if admin.vm(name).runtime.powerState == "poweredOn"
        )
        ward = Ward(host, admin, name)
        wiring, request = ward.wiring, ward.request()
        before = ward.survey(request)
        done = ward.isolate(request, before.image)
        assert holds(done) == {Hold.HELD}
        assert any("no record" in note for note in done.notes)
        ward.restore(request, before.image, done.image)
        assert ward.wiring == wiring
