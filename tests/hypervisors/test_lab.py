"""The lab itself: what other tests rely on when they use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from xml.etree import ElementTree

import libvirt
import pytest

from tests.hypervisors.conftest import eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import LabError, Place

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

DB, WEB = definitions.DB, definitions.WEB

# Opens the connection that is its argument, with a user and password if there are two more; a process of its own,
# since nothing else can give up waiting.
_OPEN = """
import sys, libvirt
def answer(wanted, words):
    for each in wanted:
        each[4] = words[0] if each[0] == libvirt.VIR_CRED_AUTHNAME else words[1]
    return 0
kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE]
libvirt.registerErrorHandler(lambda context, error: None, None)
try:
    connection = libvirt.openAuth(sys.argv[1], [kinds, answer, sys.argv[2:]], 0)
except libvirt.libvirtError as error:
    sys.exit(f"{error.get_error_code()} {error}")
print(len(connection.listAllDomains()))
"""


@pytest.fixture(autouse=True)
def mended(lab: Laboratory) -> Iterator[None]:
    """libvirtd answers and the guests run, after each of these tests."""
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    yield
    lab.start()


@pytest.fixture
def connection(lab: Laboratory) -> Iterator[libvirt.virConnect]:
    with closing(lab.libvirtd.connect()) as connection:
        yield connection


@contextmanager
def caller(lab: Laboratory, *credentials: str) -> Iterator[subprocess.Popen[str]]:
    """A process that connects from outside."""
    with subprocess.Popen(
        [sys.executable, "-c", _OPEN, lab.uri, *credentials],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def complaint(lab: Laboratory, *credentials: str) -> str:
    """What a caller that cannot connect says; empty when it can."""
    with caller(lab, *credentials) as process:
        return process.communicate(timeout=60)[1]


def waits(process: subprocess.Popen[str]) -> bool:
    """Whether it is still without an answer after many times of what an answer takes."""
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return True
    return False


def interface(connection: libvirt.virConnect, domain: str, mac: str) -> ElementTree.Element | None:
    root = ElementTree.fromstring(connection.lookupByName(domain).XMLDesc())
    return root.find(f"devices/interface/mac[@address='{mac}']/..")


def guest_pids(lab: Laboratory) -> set[int]:
    return {process.pid for process in lab.processes() if process.program.startswith("qemu-system")}


# --- what is there --------------------------------------------------------------------------------------------------


def test_guests_have_addresses_and_reach_each_other(lab: Laboratory) -> None:
    addresses = {guest.name: lab.address(guest.name) for guest in definitions.GUESTS}
    assert addresses == {guest.name: guest.lan_address for guest in definitions.GUESTS}
    assert lab.reach("web", addresses["db"]) == {"ping", "tcp"}
    assert lab.reach("db", addresses["web"]) == {"ping", "tcp"}


def test_tagged_and_untagged_ends_of_a_vlan_meet(lab: Laboratory) -> None:
    assert lab.reach("web", DB.vlan_address) == {"ping", "tcp"}


def test_running_interfaces_carry_their_vlans(lab: Laboratory, connection: libvirt.virConnect) -> None:
    access, trunk = (interface(connection, guest.name, guest.vlan_mac) for guest in (WEB, DB))
    assert access is not None
    assert trunk is not None
    assert [tag.get("id") for tag in access.iterfind("vlan/tag")] == ["110"]
    assert [tag.get("id") for tag in trunk.iterfind("vlan/tag")] == ["110", "120", "130"]


def test_estate_has_something_of_everything(connection: libvirt.virConnect) -> None:
    assert {domain.name() for domain in connection.listAllDomains()} == {"web", "db", "archive", "firewall", "bare"}
    networks = {network.name() for network in connection.listAllNetworks()}
    assert networks == {definitions.LAN, definitions.APART, definitions.TRUNK}
    filtered = interface(connection, "web", WEB.lan_mac)
    assert filtered is not None
    assert filtered.find(f"filterref[@filter='{definitions.FILTER}']") is not None
    assert connection.lookupByName("db").snapshotListNames() == ["fresh"]
    volumes = connection.storagePoolLookupByName(definitions.POOL).listVolumes()
    assert {"web.raw", "db.qcow2", "archive.qcow2"} <= set(volumes)


def test_nothing_listens_outside(lab: Laboratory) -> None:
    """The machine itself has neither the lab's bridges nor its addresses."""
    shown = subprocess.run(["ip", "-brief", "address"], capture_output=True, text=True, check=True).stdout
    assert "br-lan" not in shown
    assert "192.168.110.1" not in shown
    assert "192.168.110.1" in lab.namespace.run("ip", "-brief", "address")


# --- the administrator ----------------------------------------------------------------------------------------------


def test_administrator_moves_an_interface_between_vlans(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with lab.administrator() as administrator:
        administrator.move_nic("web", WEB.vlan_mac, definitions.TRUNK, "vlan120")
        assert lab.reach("web", DB.vlan_address) == set()
        administrator.move_nic("web", WEB.vlan_mac, definitions.TRUNK, "vlan110")
    eventually(lambda: lab.reach("web", DB.vlan_address) == {"ping", "tcp"})


def test_administrator_moves_an_interface_to_another_network(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with lab.administrator() as administrator:
        administrator.move_nic("db", DB.lan_mac, definitions.APART)
        moved = interface(connection, "db", DB.lan_mac)
        assert moved is not None
        assert moved.find(f"source[@network='{definitions.APART}']") is not None
        assert lab.reach("web", lab.address("db")) == set()
        administrator.move_nic("db", DB.lan_mac, definitions.LAN)
    eventually(lambda: lab.reach("web", lab.address("db")) == {"ping", "tcp"})


def test_administrator_adds_and_removes_an_interface(lab: Laboratory, connection: libvirt.virConnect) -> None:
    mac = "52:54:00:1a:b0:99"
    with lab.administrator() as administrator:
        administrator.add_nic("web", mac, definitions.TRUNK, "vlan120")
        assert interface(connection, "web", mac) is not None
        administrator.remove_nic("web", mac)
    eventually(lambda: interface(connection, "web", mac) is None)


def test_administrator_pulls_a_cable_and_swaps_a_filter(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with lab.administrator() as administrator:
        administrator.link("web", WEB.vlan_mac, "down")
        assert lab.reach("web", DB.vlan_address) == set()
        administrator.link("web", WEB.vlan_mac, "up")
        eventually(lambda: lab.reach("web", DB.vlan_address) == {"ping", "tcp"})
        administrator.filter("web", WEB.lan_mac)
        bare = interface(connection, "web", WEB.lan_mac)
        assert bare is not None
        assert bare.find("filterref") is None
        administrator.filter("web", WEB.lan_mac, definitions.FILTER)


def test_administrator_makes_a_guest_and_removes_it(lab: Laboratory, connection: libvirt.virConnect) -> None:
    with lab.administrator() as administrator:
        administrator.create("newcomer", "52:54:00:1a:b0:77")
        administrator.rename("newcomer", "settler")
        administrator.title("settler", "Lives here now")
        administrator.power_on("settler")
        eventually(lambda: lab.address("settler"))
        administrator.shut_down("settler")
        eventually(lambda: not connection.lookupByName("settler").isActive())
        administrator.remove("settler")
    assert "settler" not in {domain.name() for domain in connection.listAllDomains()}


def test_events_arrive(lab: Laboratory) -> None:
    command = [sys.executable, "-m", "tests.hypervisors.lab", "--dir", str(lab.place.root), "events"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        try:
            assert watcher.stdout.readline() == "connected\n"
            with lab.administrator() as administrator:
                administrator.suspend("db")
                administrator.resume("db")
                administrator.title("db", "Watched")
            assert [watcher.stdout.readline() for _ in range(3)] == [
                "lifecycle db suspended\n",
                "lifecycle db resumed\n",
                "metadata db\n",
            ]
        finally:
            watcher.terminate()


# --- faults ---------------------------------------------------------------------------------------------------------


def test_frozen_libvirtd_answers_when_thawed(lab: Laboratory) -> None:
    lab.faults.freeze()
    with caller(lab) as process:
        assert waits(process)
        lab.faults.thaw()
        assert process.communicate(timeout=60) == ("5\n", "")


def test_silent_listener_never_answers(lab: Laboratory) -> None:
    lab.faults.silent()
    with caller(lab) as process:
        assert waits(process)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("kill", "Connection refused"), ("refuse", "Connection refused"), ("leave", "No such file or directory")],
)
def test_absent_libvirtd_is_told_apart(lab: Laboratory, fault: str, words: str) -> None:
    before = guest_pids(lab)
    strike: Callable[[], None] = getattr(lab.faults, fault)
    strike()
    assert words in complaint(lab)
    lab.faults.restart()
    assert complaint(lab) == ""
    assert guest_pids(lab) == before
    assert lab.reach("web", DB.vlan_address) == {"ping", "tcp"}


def test_password_is_demanded(lab: Laboratory) -> None:
    lab.faults.password("operator", "right")
    authentication_failed = str(libvirt.VIR_ERR_AUTH_FAILED)
    assert complaint(lab, "operator", "wrong").startswith(authentication_failed)
    assert complaint(lab, "nobody", "right").startswith(authentication_failed)
    assert complaint(lab, "operator", "right") == ""


# --- start and stop -------------------------------------------------------------------------------------------------


def test_start_mends_what_is_broken(lab: Laboratory, connection: libvirt.virConnect) -> None:
    connection.lookupByName("db").destroy()
    lab.faults.kill()
    lab.start()
    assert lab.reach("web", DB.vlan_address) == {"ping", "tcp"}


def test_second_lab_stands_beside_the_first_and_leaves_nothing(lab: Laboratory, tmp_path: Path) -> None:
    other = Laboratory(tmp_path)
    other.start()
    assert other.reach("web", DB.vlan_address) == {"ping", "tcp"}
    with closing(other.libvirtd.connect()) as there, closing(lab.libvirtd.connect()) as here:
        hosts = {ElementTree.fromstring(each.getCapabilities()).findtext("host/uuid") for each in (here, there)}
        assert len(hosts) == 2
        assert here.lookupByName("web").UUIDString() != there.lookupByName("web").UUIDString()
    other.faults.freeze()
    pids = [process.pid for process in other.processes()]
    assert len(pids) >= 7  # libvirtd, two of dnsmasq, two of Open vSwitch, two guests
    other.stop()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert {path.name for path in tmp_path.iterdir()} == {"lock", "log"}
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
    other.stop()
    assert lab.reach("web", DB.vlan_address) == {"ping", "tcp"}


def test_half_made_lab_is_cleaned_up(tmp_path: Path) -> None:
    """The start is killed once libvirtd runs, long before the guests do."""
    laboratory = Laboratory(tmp_path)
    start = [sys.executable, "-m", "tests.hypervisors.lab", "--dir", str(tmp_path), "start"]
    with subprocess.Popen(start, stdout=subprocess.DEVNULL) as process:
        eventually(lambda: laboratory.libvirtd.runs)
        process.kill()
    assert not laboratory.runs
    half_made = [process.pid for process in laboratory.processes()]
    laboratory.start()
    assert laboratory.reach("web", DB.vlan_address) == {"ping", "tcp"}
    assert not set(half_made) & {process.pid for process in laboratory.processes()}
    keeper = laboratory.namespace.init
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not laboratory.processes())
    laboratory.stop()


def test_socket_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="107 bytes"):
        Place(tmp_path / ("deep" * 30))
