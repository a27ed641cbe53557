"""Quarantine on a real libvirtd: what worked between guests stops, works again, and definitions are what they were."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import libvirt
import msgspec
import pytest

from tests.hypervisors.conftest import eventually
from tests.hypervisors.lab import definitions, packages
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.collectors import libvirt as provider
from vmi_console.collectors import quarantine
from vmi_console.collectors.libvirt.acting.measures import FILTER
from vmi_console.collectors.libvirt.domain import RECORD_NAMESPACE
from vmi_console.collectors.protocol import Role, Start
from vmi_console.collectors.quarantine import Done, Hold, Image, Mode, Request, Survey
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Grants
from vmi_console.response.quarantine import passed_meanwhile

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

DB, WEB = definitions.DB, definitions.WEB
BOTH_WAYS = {"ping", "tcp"}
INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE
SECURE = libvirt.VIR_DOMAIN_XML_SECURE
RECORD = 'signed: {"by": "alice", "why": "<telnetd> & more"}'


class Ward:
    """One domain, and the four commands about it."""

    def __init__(self, lab: Laboratory, connection: libvirt.virConnect, name: str) -> None:
        self.lab, self.connection = lab, connection
        self.domain = connection.lookupByName(name)
        self.vm = entity_id("vm", "lab", self.domain.UUIDString())

    def request(self, mode: Mode = Mode.ISOLATE, network: str = "") -> Request:
        return Request(vm=self.vm, mode=mode, network=network, record=RECORD)

    def survey(self, request: Request, granted: bool = True) -> Survey:
        return self._ask(quarantine.SURVEY, request, Survey, granted)

    def verify(self, request: Request) -> Survey:
        return self._ask(quarantine.VERIFY, request, Survey)

    def isolate(self, request: Request, image: Image | None, granted: bool = True) -> Done:
        return self._ask(quarantine.ISOLATE, msgspec.structs.replace(request, image=image), Done, granted)

    def restore(self, request: Request, before: Image, after: Image, force: bool = False) -> Done:
        return self._ask(
            quarantine.RESTORE, msgspec.structs.replace(request, image=after, before=before, force=force), Done
        )

    @property
    def stored(self) -> str:
        """What `virsh dumpxml --inactive --security-info` shows."""
        text: str = self.domain.XMLDesc(INACTIVE | SECURE)
        return text

    def _ask[T](self, command: str, request: Request, answer: type[T], granted: bool = True) -> T:
        start = Start(role=Role.ACTOR, uri=self.lab.uri, grants=Grants(quarantine=granted))
        arguments = msgspec.to_builtins(request)
        return msgspec.convert(asyncio.run(provider.actor(start).act(command, arguments)), answer)


@pytest.fixture
def connection(lab: Laboratory) -> Iterator[libvirt.virConnect]:
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    with closing(lab.libvirtd.connect()) as connection:
        yield connection


@pytest.fixture
def web(lab: Laboratory, connection: libvirt.virConnect) -> Iterator[Ward]:
    """The guest that db talks with. What a test that failed left behind does not spoil the next one."""
    lab.start()
    ward = Ward(lab, connection, "web")
    stored = ward.stored
    yield ward
    if ward.stored != stored:
        ward.domain.destroy()
        connection.defineXML(stored)


@contextmanager
def defined(lab: Laboratory, connection: libvirt.virConnect, devices: str, name: str = "ward") -> Iterator[Ward]:
    """A domain of the test's own with these devices, shut off."""
    machine = "<os><type arch='x86_64' machine='q35'>hvm</type></os>"
    domain = connection.defineXML(
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>{machine}"
        f"<devices>{devices}<memballoon model='none'/></devices></domain>"
    )
    try:
        yield Ward(lab, connection, name)
    finally:
        if domain.isActive():
            domain.destroy()
        domain.undefine()


def reaches(lab: Laboratory) -> set[str]:
    """How db reaches web, over both networks."""
    return lab.reach("db", WEB.lan_address) | lab.reach("db", WEB.vlan_address)


def tag_of(lab: Laboratory, port: str) -> str:
    """The VLAN that the switch has for a port."""
    words = ("ovs-vsctl", "get", "port", port, "tag")
    return lab.namespace.run(*words, environment=packages.environment()).strip()


def holds(answer: Survey | Done) -> set[Hold]:
    return {channel.hold for channel in answer.channels}


def holds_still(done: Done, verified: Survey) -> bool:
    """Whether no frame has passed since, but for the host's own."""
    return {channel.hold for channel in passed_meanwhile(done.channels, verified.channels)} == {Hold.HELD}


def interface(source: str, kind: str = "network", mac: str = "52:54:00:1a:b0:71", model: str = "virtio") -> str:
    return f"<interface type='{kind}'><mac address='{mac}'/>{source}<model type='{model}'/></interface>"


LAN = f"<source network='{definitions.LAN}'/>"

# --- two real guests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "network"),
    [(Mode.ISOLATE, ""), (Mode.ISOLATE, definitions.APART), (Mode.DISCONNECT, ""), (Mode.PAUSE, "")],
)
def test_guest_is_cut_off_and_given_back_exactly(web: Ward, mode: Mode, network: str) -> None:
    lab, request, stored = web.lab, web.request(mode, network), web.stored
    assert reaches(lab) == BOTH_WAYS
    before = web.survey(request)
    assert not before.problems
    assert before.steps
    assert web.stored == stored
    done = web.isolate(request, before.image)
    assert holds(done) == {Hold.HELD}
    assert not done.notes
    assert done.image.record == RECORD
    assert reaches(lab) == set()
    verified = web.verify(request)
    assert holds(verified) == {Hold.HELD}
    assert holds_still(done, verified), "no frame passed"
    assert verified.image.version == done.image.version
    restored = web.restore(request, before.image, done.image)
    assert not restored.notes
    assert restored.image.version == before.image.version
    assert web.stored == stored
    assert restored.image.record == ""
    assert FILTER not in web.connection.listNWFilters()
    eventually(lambda: reaches(lab) == BOTH_WAYS)


def test_connection_that_is_open_stops_too(web: Ward) -> None:
    """A filter that let established connections pass would be none."""
    request = web.request()
    lab = web.lab
    command = lab.namespace.command(["busybox", "timeout", "60", "busybox", "nc", WEB.lan_address, "80"])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"GET /cgi-bin/name HTTP/1.0\r\n")
        client.stdin.flush()
        eventually(lambda: "ESTABLISHED" in lab.namespace.run("busybox", "netstat", "-tn"))
        before = web.survey(request).image
        done = web.isolate(request, before)
        client.stdin.write(b"\r\n")
        client.stdin.flush()
        assert holds_still(done, web.verify(request))
        web.restore(request, before, done.image)
        assert b"200 OK" in client.stdout.read(), "TCP repeats itself until the guest is back"


def test_isolation_outlives_a_power_cycle(web: Ward) -> None:
    request, stored = web.request(), web.stored
    before = web.survey(request).image
    done = web.isolate(request, before)
    web.domain.destroy()
    off = web.verify(request)
    assert off.image.power == "off"
    assert off.image.version == done.image.version
    web.domain.create()
    on = web.verify(request)
    assert holds(on) == {Hold.HELD}
    assert on.image.version == done.image.version
    web.restore(request, before, done.image)
    assert web.stored == stored
    web.lab.start()
    eventually(lambda: reaches(web.lab) == BOTH_WAYS)


def test_paused_guest_goes_on(web: Ward) -> None:
    request = web.request(Mode.PAUSE)
    before = web.survey(request).image
    done = web.isolate(request, before)
    assert done.image.power == "paused"
    web.domain.resume()
    assert holds(web.verify(request)) == {Hold.NOT_HELD}
    web.domain.suspend()
    assert web.restore(request, before, done.image).image.power == "on"


# --- what others do meanwhile ---------------------------------------------------------------------------------------


def test_vm_changed_since_it_was_looked_at_is_left_alone(web: Ward) -> None:
    request = web.request()
    before = web.survey(request).image
    with web.lab.administrator() as administrator:
        administrator.title("web", "Somebody was here")
        with pytest.raises(CommandRefused, match="was changed since"):
            web.isolate(request, before)
        administrator.title("web", "Lab guest web")
    done = web.isolate(request, web.survey(request).image)
    with web.lab.administrator() as administrator:
        administrator.title("web", "Somebody was here")
        with pytest.raises(CommandRefused, match="was changed since"):
            web.restore(request, before, done.image)
        forced = web.restore(request, before, done.image, force=True)
        assert "Somebody was here" in web.stored
        assert FILTER not in web.stored
        administrator.title("web", "Lab guest web")
    assert not forced.notes
    eventually(lambda: reaches(web.lab) == BOTH_WAYS)


def test_opened_card_is_noticed_and_closed_again(web: Ward) -> None:
    request, stored = web.request(), web.stored
    before = web.survey(request).image
    web.isolate(request, before)
    with web.lab.administrator() as administrator:
        administrator.filter("web", WEB.lan_mac)
    opened = web.verify(request)
    assert [channel.hold for channel in opened.channels] == [Hold.NOT_HELD, Hold.HELD]
    assert web.lab.reach("db", WEB.lan_address) == BOTH_WAYS
    again = web.isolate(request, opened.image)
    assert holds(again) == {Hold.HELD}
    assert web.lab.reach("db", WEB.lan_address) == set()
    web.restore(request, before, again.image)
    assert web.stored == stored


def test_filter_with_a_hole_is_noticed_and_mended(web: Ward) -> None:
    request = web.request()
    before = web.survey(request).image
    done = web.isolate(request, before)
    uuid = web.connection.nwfilterLookupByName(FILTER).UUIDString()
    with web.lab.administrator() as administrator:
        administrator.define_filter(
            f"<filter name='{FILTER}' chain='root' priority='-1000'><uuid>{uuid}</uuid></filter>"
        )
    assert web.lab.reach("db", WEB.lan_address) == BOTH_WAYS
    holed = web.verify(request)
    assert [channel.hold for channel in holed.channels] == [Hold.NOT_HELD, Hold.HELD]
    assert "rules" in holed.channels[0].because
    assert holds(web.isolate(request, holed.image)) == {Hold.HELD}
    assert web.lab.reach("db", WEB.lan_address) == set()
    web.restore(request, before, done.image)


def test_card_that_was_added_is_not_held_and_one_that_was_removed_is_told(
    lab: Laboratory, connection: libvirt.virConnect
) -> None:
    with defined(lab, connection, interface(LAN)) as ward:
        request = ward.request()
        before = ward.survey(request).image
        done = ward.isolate(request, before)
        with lab.administrator() as administrator:
            administrator.add_nic("ward", "52:54:00:1a:b0:72", definitions.LAN)
            assert [each.hold for each in ward.verify(request).channels] == [Hold.HELD, Hold.NOT_HELD]
            administrator.remove_nic("ward", "52:54:00:1a:b0:72")
            administrator.remove_nic("ward", "52:54:00:1a:b0:71")
        assert not ward.verify(request).channels
        with pytest.raises(CommandRefused, match="was changed since"):
            ward.restore(request, before, done.image)
        forced = ward.restore(request, before, done.image, force=True)
        assert any("not there any more" in note for note in forced.notes)


def test_two_vms_share_the_filter_and_the_last_takes_it_away(web: Ward) -> None:
    with defined(web.lab, web.connection, interface(LAN)) as other:
        wards = (web, other)
        before = [ward.survey(ward.request()).image for ward in wards]
        after = [ward.isolate(ward.request(), image).image for ward, image in zip(wards, before, strict=True)]
        web.restore(web.request(), before[0], after[0])
        assert FILTER in web.connection.listNWFilters()
        other.restore(other.request(), before[1], after[1])
        assert FILTER not in web.connection.listNWFilters()


# --- killed half-way ------------------------------------------------------------------------------------------------

WRITES = (
    (libvirt.virConnect, "nwfilterDefineXML"),
    (libvirt.virDomain, "updateDeviceFlags"),
    (libvirt.virDomain, "setMetadata"),
    (libvirt.virConnect, "defineXML"),
    (libvirt.virNWFilter, "undefine"),
)


class Killed(Exception):
    """Nothing is done after this, as after SIGKILL."""


@contextmanager
def killed_before(number: int) -> Iterator[None]:
    """The actor is gone before its n-th write."""
    left = [number]

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed
            return write(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in WRITES:
            patch.setattr(owner, name, dying(getattr(owner, name)))
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_isolating_that_was_killed_is_finished_or_undone(
    lab: Laboratory, connection: libvirt.virConnect, number: int
) -> None:
    """Record, filter, card in force, card stored: what was done is seen, and the first image still brings all back."""
    with defined(lab, connection, interface(LAN)) as ward:
        ward.domain.create()
        stored, request = ward.stored, ward.request()
        before = ward.survey(request).image
        with killed_before(number):
            ward.isolate(request, before)
        found = ward.verify(request)
        assert holds(found) == {Hold.NOT_HELD}
        assert found.image.record == (RECORD if number > 1 else ""), "whoever finds it half way can tell"
        image = found.image
        if number % 2:
            done = ward.isolate(request, image)
            assert holds(done) == {Hold.HELD}
            image = done.image
        restored = ward.restore(request, before, image)
        assert not restored.notes
        assert holds(restored) == {Hold.NOT_HELD}
        assert ward.stored == stored
        assert FILTER not in connection.listNWFilters()


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_release_that_was_killed_is_finished(lab: Laboratory, connection: libvirt.virConnect, number: int) -> None:
    """Card in force, card stored, record, empty element, filter."""
    with defined(lab, connection, interface(LAN)) as ward:
        ward.domain.create()
        stored, request = ward.stored, ward.request()
        before = ward.survey(request).image
        done = ward.isolate(request, before)
        with killed_before(number):
            ward.restore(request, before, done.image)
        restored = ward.restore(request, before, ward.verify(request).image)
        assert restored.image.version == before.version
        assert holds(restored) == {Hold.NOT_HELD}
        assert ward.stored == stored
        assert FILTER not in connection.listNWFilters()


# --- kinds of cards and VMs ----------------------------------------------------------------------------------------


def test_shut_off_vm_is_closed_for_its_next_start(lab: Laboratory, connection: libvirt.virConnect) -> None:
    secret = "<graphics type='vnc' port='-1' autoport='yes' passwd='secret'/>"
    with defined(lab, connection, interface(LAN) + secret) as ward:
        stored, request = ward.stored, ward.request()
        assert "passwd='secret'" in stored
        before = ward.survey(request)
        assert "secret" not in str(before)
        done = ward.isolate(request, before.image)
        assert holds(done) == {Hold.HELD}
        ward.domain.create()
        assert holds(ward.verify(request)) == {Hold.HELD}
        restored = ward.restore(request, before.image, done.image)
        assert holds(restored) == {Hold.NOT_HELD}, "what was stored then is in force now"
        assert ward.stored == stored


@pytest.mark.parametrize(
    ("kind", "source", "model"),
    [
        ("user", "", "virtio"),
        ("ethernet", "", "e1000e"),
        ("bridge", "<source bridge='br-lan'/>", "e1000e"),
        ("network", f"<source network='{definitions.TRUNK}' portgroup='vlan110'/>", "e1000e"),
    ],
)
@pytest.mark.parametrize("network", ["", definitions.APART])
def test_cards_of_every_kind_are_closed_and_given_back(
    lab: Laboratory, connection: libvirt.virConnect, kind: str, source: str, model: str, network: str
) -> None:
    with defined(lab, connection, interface(source, kind, model=model)) as ward:
        ward.domain.create()
        stored, request = ward.stored, ward.request(network=network)
        before = ward.survey(request)
        done = ward.isolate(request, before.image)
        assert not done.notes, "what is planned can be done"
        assert holds(done) == {Hold.HELD}
        assert holds(ward.verify(request)) == {Hold.HELD}
        assert not ward.restore(request, before.image, done.image).notes
        assert ward.stored == stored


def test_running_card_moves_within_its_switch_and_keeps_its_vlan(web: Ward) -> None:
    """libvirt 9.0 takes a port's tags away in an update that does not name them."""
    lab, request = web.lab, web.request(network=f"{definitions.TRUNK}/vlan120")
    before = web.survey(request)
    done = web.isolate(request, before.image)
    assert holds(done) == {Hold.HELD}
    assert tag_of(lab, "web-vlan") == "120"
    assert reaches(lab) == set()
    web.restore(request, before.image, done.image)
    assert tag_of(lab, "web-vlan") == "110"
    eventually(lambda: reaches(lab) == BOTH_WAYS)


def test_what_cannot_be_closed_is_said(lab: Laboratory, connection: libvirt.virConnect) -> None:
    ward = Ward(lab, connection, "firewall")
    stored, request = ward.stored, ward.request()
    before = ward.survey(request)
    expected = {
        "bridge": Hold.HELD,
        "direct": Hold.HELD,
        "user": Hold.HELD,
        "mcast": Hold.HELD,
        "hostdev": Hold.NOT_HELD,
        "vhostuser": Hold.UNKNOWN,
    }
    assert [channel.hold for channel in before.channels] == list(expected.values())
    done = ward.isolate(request, before.image)
    assert [channel.hold for channel in done.channels] == list(expected.values())
    ward.restore(request, before.image, done.image)
    assert ward.stored == stored


def test_transient_vm(lab: Laboratory, connection: libvirt.virConnect) -> None:
    domain = connection.createXML(
        "<domain type='qemu'><name>passing</name><memory unit='MiB'>64</memory>"
        f"<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>{interface(LAN)}</devices></domain>"
    )
    try:
        ward = Ward(lab, connection, "passing")
        request = ward.request()
        before = ward.survey(request).image
        done = ward.isolate(request, before)
        assert holds(done) == {Hold.HELD}
        assert done.image.record == RECORD
        assert not ward.restore(request, before, done.image).notes
    finally:
        domain.destroy()


def test_saved_state_brings_open_cards_back(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with defined(lab, connection, interface(LAN)) as ward:
        ward.domain.create()
        ward.domain.managedSave()
        try:
            request = ward.request()
            surveyed = ward.survey(request)
            assert surveyed.image.power == "suspended"
            assert holds(surveyed) == {Hold.NOT_HELD}
        finally:
            ward.domain.managedSaveRemove()


# --- what is refused ------------------------------------------------------------------------------------------------


def test_without_the_grant_the_console_only_looks(web: Ward) -> None:
    request = web.request()
    surveyed = web.survey(request, granted=False)
    assert surveyed.problems
    assert surveyed.image.version == web.survey(request).image.version
    with pytest.raises(CommandRefused, match="may not act"):
        web.isolate(request, surveyed.image, granted=False)


@pytest.mark.parametrize("network", ["no-such-network", f"{definitions.TRUNK}/no-such-portgroup"])
def test_missing_network_is_a_problem(web: Ward, network: str) -> None:
    request, stored = web.request(network=network), web.stored
    surveyed = web.survey(request)
    assert network.rpartition("/")[2] in surveyed.problems[0]
    with pytest.raises(CommandRefused, match="cannot be quarantined"):
        web.isolate(request, surveyed.image)
    assert web.stored == stored


def test_vm_that_is_gone_is_told(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with defined(lab, connection, "") as ward:
        request = ward.request()
        before = ward.survey(request).image
    with pytest.raises(CommandRefused, match="not there any more"):
        ward.isolate(request, before)


def test_shut_off_vm_cannot_be_paused(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with defined(lab, connection, "") as ward:
        request = ward.request(Mode.PAUSE)
        assert ward.survey(request).problems


def test_record_of_others_in_the_metadata_stays(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with defined(lab, connection, interface(LAN)) as ward:
        mine = "<note>keep me</note>"
        ward.domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, mine, "other", "urn:other", 0)
        stored, request = ward.stored, ward.request()
        before = ward.survey(request).image
        done = ward.isolate(request, before)
        assert RECORD_NAMESPACE in ward.stored
        ward.restore(request, before, done.image)
        assert ward.stored == stored
