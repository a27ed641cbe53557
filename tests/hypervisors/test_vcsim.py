"""The simulated vCenter itself: what other tests rely on when they use it."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from pyVmomi import vim, vmodl

from tests.hypervisors.conftest import eventually
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import ALICE, MALLORY, OPERATOR, Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Certificate, Faults, Reply
from tests.hypervisors.vcsim.vcenter import ADDRESS, Size, Vcenter

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

Query = vmodl.query.PropertyCollector
TINY = Size(datacenters=1, clusters=1, hosts=2, standalone=0, pools=1, vms=2, portgroups=2)
NEW_MAC = "00:50:56:3f:00:01"


@pytest.fixture(autouse=True)
def mended(vcenter: Vcenter) -> Iterator[None]:
    yield
    vcenter.start()


@pytest.fixture
def alice(vcenter: Vcenter) -> Iterator[VcenterAdministrator]:
    with vcenter.administrator() as administrator:
        yield administrator


def everything(client: VcenterAdministrator, kind: type, *paths: str) -> Any:
    """A specification that selects all of a kind, and any that come later."""
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [kind], True)
    traversal = Query.TraversalSpec(path="view", type=vim.view.ContainerView, skip=False)
    return Query.FilterSpec(
        propSet=[Query.PropertySpec(type=kind, pathSet=list(paths))],
        objectSet=[Query.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
    )


def read(client: VcenterAdministrator, kind: type, *paths: str) -> list[Any]:
    result = client.content.propertyCollector.RetrieveContents([everything(client, kind, *paths)])
    return list(result)


def properties(content: Any) -> dict[str, Any]:
    return {one.name: one.val for one in content.propSet}


def some_vm(client: VcenterAdministrator, role: str = "web", datacenter: str = "fra") -> str:
    """A running one; a clean start of the estate is the same each time, and tests leave enough of them."""
    for name in client.names(vim.VirtualMachine):
        if name.startswith(f"{datacenter}-{role}-") and client.vm(name).runtime.powerState == "poweredOn":
            return name
    raise AssertionError(f"no running {datacenter}-{role}")


def shown(vcenter: Vcenter) -> x509.Certificate:
    text = ssl.get_server_certificate((ADDRESS, vcenter.port), timeout=10)
    return x509.load_pem_x509_certificate(text.encode())


# --- what is there --------------------------------------------------------------------------------------------------


def test_estate_looks_like_one(alice: VcenterAdministrator) -> None:
    paths = ("name", "config", "guest", "runtime.powerState", "snapshot", "resourcePool", "customValue")
    vms = [properties(content) for content in read(alice, vim.VirtualMachine, *paths)]
    assert len(vms) >= 60
    assert len({vm["config"].instanceUuid for vm in vms}) == len(vms)
    macs = [
        device.macAddress
        for vm in vms
        for device in vm["config"].hardware.device
        if isinstance(device, vim.vm.device.VirtualEthernetCard)
    ]
    assert len(set(macs)) == len(macs) > len(vms)
    assert {vm["runtime.powerState"] for vm in vms} == {"poweredOn", "poweredOff"}
    assert any(vm["config"].template and "resourcePool" not in vm for vm in vms)
    assert any("snapshot" in vm for vm in vms)
    assert any(vm["guest"].ipAddress and vm["guest"].hostName for vm in vms)
    assert any(option.key == "guestinfo.appInfo" for vm in vms for option in vm["config"].extraConfig)
    assert {type(pool.obj) for pool in read(alice, vim.ResourcePool, "name")} == {vim.ResourcePool, vim.VirtualApp}


def test_portgroups_have_vlans_of_every_kind(alice: VcenterAdministrator) -> None:
    def vlan(name: str) -> Any:
        return alice.find(vim.Network, name).config.defaultPortConfig.vlan

    assert vlan("fra-web-110").vlanId == 110
    assert [(one.start, one.end) for one in vlan("fra-trunk").vlanId] == [(110, 199), (300, 300)]
    assert vlan("fra-pvlan-isolated").pvlanId == 401
    assert vlan("fra-untagged").vlanId == 0
    ids = set()
    for host in read(alice, vim.HostSystem, "config.network.portgroup"):
        ids |= {
            one.spec.vlanId for one in properties(host)["config.network.portgroup"] if one.spec.name == "Management VMs"
        }
    assert ids == {20, 21}


def test_single_host(tmp_path: Path) -> None:
    with Vcenter(tmp_path, Size(esx=True, vms=3), bound=True) as host, host.administrator() as root:
        assert root.content.about.apiType == "HostAgent"
        assert len(root.names(vim.VirtualMachine)) == 3


# --- who may do what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        (Account(OPERATOR.name, "wrong", OPERATOR.role), vim.fault.InvalidLogin),
        (Account("nobody@vsphere.local", "wrong", OPERATOR.role), vim.fault.InvalidLogin),
        (accounts.LOCKED, vim.fault.InvalidLogin),
        (accounts.STRANGER, vim.fault.NoPermission),
    ],
)
def test_login_is_refused(vcenter: Vcenter, account: Account, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        vcenter.administrator(account)


def test_reader_reads_only(vcenter: Vcenter) -> None:
    with vcenter.administrator(OPERATOR) as reader:
        vm = some_vm(reader)
        with pytest.raises(vim.fault.NoPermission):
            reader.power_off(vm)
        with pytest.raises(vim.fault.NoPermission):
            reader.custom_attribute(vm, "Owner", "me")
        with pytest.raises(LabError, match="403"):
            reader.tag(vm, "pci")
        assert reader.vm(vm).runtime.powerState == "poweredOn"


def test_nothing_without_a_session(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    vcenter.control.expire_sessions()
    with pytest.raises(vim.fault.NotAuthenticated):
        alice.names(vim.VirtualMachine)


# --- what an administrator does, and the events that say who ----------------------------------------------------------


def mac(client: VcenterAdministrator, vm: str) -> str:
    return client.nics(vm)[0]


ACTS: dict[str, Callable[[VcenterAdministrator, str], None]] = {
    "VmReconfiguredEvent": lambda who, vm: who.move_nic(vm, mac(who, vm), "fra-app-120"),
    "VmPoweredOffEvent": lambda who, vm: who.power_off(vm),
    "VmPoweredOnEvent": lambda who, vm: who.reset(vm),
    "VmSuspendedEvent": lambda who, vm: who.suspend(vm),
    "VmMigratedEvent": lambda who, vm: who.migrate(vm, elsewhere(who, vm)),
    "VmRenamedEvent": lambda who, vm: who.rename(vm, f"{vm}-renamed"),
    "VmCreatedEvent": lambda who, vm: who.create(f"{vm}-new", NEW_MAC, "fra-web-110", vm),
    "VmRemovedEvent": lambda who, vm: who.remove(vm),
    "TaskEvent": lambda who, vm: who.snapshot(vm, "mine"),
    "CustomFieldValueChangedEvent": lambda who, vm: who.custom_attribute(vm, "Owner", "Mallory"),
    "DVPortgroupReconfiguredEvent": lambda who, _: who.vlan("fra-voice-150", 151),
    "DVPortgroupRenamedEvent": lambda who, _: who.rename_portgroup("fra-storage-140", "fra-storage"),
    "DVPortgroupCreatedEvent": lambda who, _: who.create_portgroup("fra-dvs-01", "fra-new-7", 7),
    "DvsPortReconfiguredEvent": lambda who, vm: who.block_port(vm, mac(who, vm), True),
    "HostDisconnectedEvent": lambda who, _: who.disconnect_host("edge01.ams.example.net"),
    "com.vmware.cis.tagging.attach": lambda who, vm: who.tag(vm, "sox"),
}


def elsewhere(client: VcenterAdministrator, vm: str) -> str:
    host = client.vm(vm).runtime.host
    return next(str(other.name) for other in host.parent.host if other != host)


@pytest.mark.parametrize("kind", ACTS)
def test_events_say_who(vcenter: Vcenter, alice: VcenterAdministrator, kind: str) -> None:
    collector = alice.content.eventManager.CreateCollectorForEvents(vim.event.EventFilterSpec(eventTypeId=[kind]))
    collector.ResetCollector()
    with vcenter.administrator(MALLORY) as mallory:
        ACTS[kind](mallory, some_vm(mallory))
    events = collector.ReadNextEvents(100)
    assert {event.userName for event in events} == {MALLORY.actor}
    assert alice.content.eventManager.latestEvent is not None


def test_events_are_read_on_from_where_one_stopped(alice: VcenterAdministrator) -> None:
    manager, vm = alice.content.eventManager, some_vm(alice, "db")
    by_entity = vim.event.EventFilterSpec.ByEntity(entity=alice.vm(vm), recursion="self")
    collector = manager.CreateCollectorForEvents(vim.event.EventFilterSpec(entity=by_entity))
    collector.ResetCollector()
    for number in range(15):
        alice.title(vm, str(number))
    first, rest, none = collector.ReadNextEvents(20), collector.ReadNextEvents(20), collector.ReadNextEvents(20)
    keys = [event.key for event in (*first, *rest)]
    assert (len(first), len(rest), len(none)) == (20, 10, 0)
    assert keys == sorted(keys)
    assert len(manager.QueryEvents(vim.event.EventFilterSpec(entity=by_entity))) >= 30


def test_networks_know_their_vms_after_a_move(alice: VcenterAdministrator) -> None:
    vm = some_vm(alice, "app")
    address = mac(alice, vm)
    for network in ("fra-dmz-170", "Backup"):
        alice.move_nic(vm, address, network)
        joined = alice.find(vim.Network, network, beside=alice.vm(vm))
        assert list(alice.vm(vm).network) == [joined]
        assert alice.vm(vm) in joined.vm
    assert alice.vm(vm) not in alice.find(vim.Network, "fra-dmz-170").vm


def test_ports_have_settings_of_their_own(alice: VcenterAdministrator) -> None:
    vm = some_vm(alice, "pay")
    address = mac(alice, vm)
    alice.move_nic(vm, address, "fra-dmz-170")
    alice.block_port(vm, address, True)
    alice.port_vlan(vm, address, 171)
    portgroup = alice.find(vim.Network, "fra-dmz-170")

    def ports() -> list[Any]:
        criteria = vim.dvs.PortCriteria(portgroupKey=[portgroup.key], inside=True)
        found = portgroup.config.distributedVirtualSwitch.FetchDVPorts(criteria)
        return [one for one in found if one.connectee.connectedEntity == alice.vm(vm)]

    [port] = ports()
    assert (port.config.setting.blocked.value, port.config.setting.vlan.vlanId) == (True, 171)
    assert not port.config.setting.vlan.inherited
    alice.move_nic(vm, address, "fra-web-110")
    alice.move_nic(vm, address, "fra-dmz-170")
    [port] = ports()
    assert port.config.setting.vlan.inherited, "a port that was left forgets its settings"
    alice.move_nic(vm, address, "fra-web-110")
    with pytest.raises(vim.fault.ConflictingConfiguration):
        alice.port_vlan(vm, address, 171)


def test_standard_portgroups_change_on_one_host(alice: VcenterAdministrator) -> None:
    host, other = "esx01-01.fra.example.net", "esx01-02.fra.example.net"
    alice.host_vlan(host, "Backup", 31)

    def vlan(name: str) -> int:
        portgroups = alice.host(name).config.network.portgroup
        return int(next(one.spec.vlanId for one in portgroups if one.spec.name == "Backup"))

    assert (vlan(host), vlan(other)) == (31, 30)


def test_hardware_changes_move_the_version(alice: VcenterAdministrator) -> None:
    vm = some_vm(alice, "build", "ams")
    before = alice.vm(vm).config.changeVersion
    alice.add_nic(vm, NEW_MAC, "ams-web-110")
    added = alice.vm(vm).config.changeVersion
    assert NEW_MAC in alice.nics(vm)
    alice.remove_nic(vm, NEW_MAC)
    assert NEW_MAC not in alice.nics(vm)
    assert len({before, added, alice.vm(vm).config.changeVersion}) == 3


# --- the Automation API ----------------------------------------------------------------------------------------------


class Automation:
    """One connection to the Automation API, which logs in as `account` unless that is None."""

    def __init__(self, vcenter: Vcenter, account: Account | None) -> None:
        self._connection = http.client.HTTPSConnection(ADDRESS, vcenter.port, context=_trust(vcenter))
        self.session = ""
        if account is not None:
            pair = base64.b64encode(f"{account.name}:{account.password}".encode()).decode()
            status, self.session = self.ask("POST", "/api/session", headers={"Authorization": f"Basic {pair}"})
            assert status == http.client.CREATED

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status, and the answer from JSON."""
        sent = {"vmware-api-session-id": self.session, **(headers or {})}
        self._connection.request(method, path, json.dumps(body), sent)
        response = self._connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vcenter]:
    """A small vCenter that is new enough for /api."""
    with Vcenter(tmp_path_factory.mktemp("newer"), TINY, api_version="8.0.2.0", bound=True) as vcenter:
        yield vcenter


def test_tags_are_made_and_attached_over_the_newer_api(newer: Vcenter) -> None:
    tagging = "/api/cis/tagging"
    with closing(Automation(newer, ALICE)) as alice, newer.administrator() as soap:
        made, category = alice.ask(
            "POST",
            f"{tagging}/category",
            {"name": "Zone", "description": "", "cardinality": "SINGLE", "associable_types": []},
        )
        assert made == http.client.CREATED
        spec = {"name": "north", "description": "", "category_id": category}
        _, tag = alice.ask("POST", f"{tagging}/tag", spec)
        assert alice.ask("POST", f"{tagging}/tag", spec)[1]["error_type"] == "ALREADY_EXISTS"
        assert alice.ask("GET", f"{tagging}/tag/{tag}")[1]["name"] == "north"
        vm = {"type": "VirtualMachine", "id": soap.vm(some_vm(soap))._moId}

        def attached() -> object:
            (answer,) = alice.ask(
                "POST", f"{tagging}/tag-association?action=list-attached-objects-on-tags", {"tag_ids": [tag]}
            )[1]
            return answer["object_ids"]

        for action, objects in (("attach", [vm]), ("detach", None)):
            done = alice.ask("POST", f"{tagging}/tag-association/{tag}?action={action}", {"object_id": vm})
            assert done == (http.client.NO_CONTENT, None)
            assert attached() == objects
        assert alice.ask("DELETE", "/api/session") == (http.client.NO_CONTENT, None)
        assert alice.ask("GET", f"{tagging}/tag")[0] == http.client.UNAUTHORIZED


def test_the_newer_api_lets_nobody_do_what_they_may_not(newer: Vcenter) -> None:
    with closing(Automation(newer, OPERATOR)) as operator, closing(Automation(newer, None)) as nobody:
        spec = {"name": "mine", "description": "", "cardinality": "SINGLE", "associable_types": []}
        status, answer = operator.ask("POST", "/api/cis/tagging/category", spec)
        assert (status, answer["error_type"]) == (http.client.FORBIDDEN, "UNAUTHORIZED")
        status, answer = nobody.ask("GET", "/api/cis/tagging/tag")
        assert (status, answer["error_type"]) == (http.client.UNAUTHORIZED, "UNAUTHENTICATED")
        newer.control.expire_sessions()
        assert operator.ask("GET", "/api/cis/tagging/tag")[0] == http.client.UNAUTHORIZED


def test_an_older_vcenter_has_no_newer_api(vcenter: Vcenter) -> None:
    with closing(http.client.HTTPSConnection(ADDRESS, vcenter.port, context=_trust(vcenter))) as connection:
        connection.request("POST", "/api/session")
        assert connection.getresponse().status == http.client.NOT_FOUND


def _trust(vcenter: Vcenter) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(vcenter.folder / "certificate.pem"))


# --- reading and watching -------------------------------------------------------------------------------------------


def test_pages(alice: VcenterAdministrator) -> None:
    collector = alice.content.propertyCollector
    specification = everything(alice, vim.VirtualMachine, "name")
    result = collector.RetrievePropertiesEx([specification], Query.RetrieveOptions(maxObjects=10))
    found = list(result.objects)
    assert len(found) == 10
    while result.token:
        result = collector.ContinueRetrievePropertiesEx(result.token)
        found += result.objects
    assert len({one.obj for one in found}) == len(found) == len(read(alice, vim.VirtualMachine, "name"))


def test_updates_tell_what_changed_and_nothing_else(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    with vcenter.administrator(OPERATOR) as reader:
        collector = reader.content.propertyCollector.CreatePropertyCollector()
        collector.CreateFilter(everything(reader, vim.VirtualMachine, "name", "runtime.powerState"), False)
        version, pages = "", 0
        while True:
            update = collector.WaitForUpdatesEx(version, Query.WaitOptions(maxObjectUpdates=10, maxWaitSeconds=0))
            version, pages = update.version, pages + 1
            assert len(update.filterSet[0].objectSet) <= 10
            if not update.truncated:
                break
        assert pages > 5
        assert collector.WaitForUpdatesEx(version, Query.WaitOptions(maxWaitSeconds=0)) is None

        def heard(act: Callable[[], None]) -> list[tuple[str, str, dict[str, Any]]]:
            nonlocal version
            act()
            update = collector.WaitForUpdatesEx(version, Query.WaitOptions(maxWaitSeconds=20))
            version = update.version
            objects = update.filterSet[0].objectSet
            return [(one.kind, one.obj._moId, {c.name: c.val for c in one.changeSet}) for one in objects]

        vm = some_vm(alice, "dc", "ams")
        identity = alice.vm(vm)._moId
        assert heard(lambda: alice.power_off(vm)) == [("modify", identity, {"runtime.powerState": "poweredOff"})]
        assert heard(lambda: alice.rename(vm, "other")) == [("modify", identity, {"name": "other"})]
        [(kind, _, values)] = heard(lambda: alice.create("entering", NEW_MAC, "ams-web-110", "other"))
        assert (kind, values) == ("enter", {"name": "entering", "runtime.powerState": "poweredOff"})
        assert [kind for kind, *_ in heard(lambda: alice.remove("entering"))] == ["leave"]


def test_waiting_ends_with_the_session(vcenter: Vcenter, tmp_path: Path) -> None:
    script = tmp_path / "wait.py"
    script.write_text(_WAIT)
    with subprocess.Popen(
        [sys.executable, str(script), str(vcenter.port)], stdout=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waits\n"
        vcenter.control.expire_sessions()
        assert waiting.communicate(timeout=30)[0] == "NotAuthenticated\n"


_WAIT = f"""
import sys
from pyVmomi import vim, vmodl
from tests.hypervisors.vcsim.accounts import OPERATOR
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
collector = VcenterAdministrator({ADDRESS!r}, int(sys.argv[1]), OPERATOR).content.propertyCollector
version = collector.WaitForUpdatesEx("", None).version
print("waits", flush=True)
try:
    collector.WaitForUpdatesEx(version, None)
except vim.fault.NotAuthenticated as fault:
    print(type(fault).__name__.rpartition(".")[2])
"""


def test_requests_are_counted(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    before = vcenter.control.requests()["RetrieveProperties"]
    read(alice, vim.VirtualMachine, "name")
    after = vcenter.control.requests()["RetrieveProperties"]
    assert after.requests == before.requests + 1
    assert after.response_bytes > before.response_bytes + 1000


# --- faults ---------------------------------------------------------------------------------------------------------


@contextmanager
def faulty(vcenter: Vcenter, faults: Faults) -> Iterator[None]:
    vcenter.control.faults(faults)
    try:
        yield
    finally:
        vcenter.control.faults(Faults())


@pytest.mark.parametrize("reply", [Reply.DROP, Reply.GARBAGE, Reply.HALF, Reply.UNAVAILABLE])
def test_replies_go_wrong_and_right_again(vcenter: Vcenter, alice: VcenterAdministrator, reply: Reply) -> None:
    with faulty(vcenter, Faults(reply=reply)), pytest.raises(Exception):  # noqa: B017, PT011 - pyVmomi lets anything through
        read(alice, vim.VirtualMachine, "name")
    assert read(alice, vim.VirtualMachine, "name")


def test_faults_may_concern_one_method(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    with faulty(vcenter, Faults(reply=Reply.DROP, methods=("WaitForUpdatesEx",))):
        assert read(alice, vim.VirtualMachine, "name")
        with pytest.raises((OSError, http.client.HTTPException)):
            alice.content.propertyCollector.WaitForUpdatesEx("", None)


def test_silence(vcenter: Vcenter) -> None:
    with (
        faulty(vcenter, Faults(reply=Reply.SILENCE)),
        socket.create_connection((ADDRESS, vcenter.port)) as plain,
        _trust(vcenter).wrap_socket(plain, server_hostname=ADDRESS) as caller,
    ):
        caller.sendall(b"GET /sdk/vimServiceVersions.xml HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.settimeout(1)
        with pytest.raises(TimeoutError):
            caller.recv(1)


def test_half_the_tree_may_not_be_read(vcenter: Vcenter, alice: VcenterAdministrator) -> None:
    everyone = read(alice, vim.VirtualMachine, "name")
    with faulty(vcenter, Faults(denied=("Amsterdam",))):
        found = read(alice, vim.VirtualMachine, "name")
        missing = [one for one in found if one.missingSet]
        assert 0 < len(missing) < len(found) == len(everyone)
        assert {type(one.fault) for vm in missing for one in vm.missingSet} == {vim.fault.NoPermission}
        with pytest.raises(vim.fault.NoPermission):
            assert missing[0].obj.name
    with faulty(vcenter, Faults(denied=("Amsterdam",), hidden=True)):
        assert len(read(alice, vim.VirtualMachine, "name")) == len(everyone) - len(missing)


def test_certificates(vcenter: Vcenter) -> None:
    original = shown(vcenter)
    assert (
        original.fingerprint(original.signature_hash_algorithm or pytest.fail("unsigned")).hex() == vcenter.fingerprint
    )
    vcenter.control.certificate(Certificate.CHANGED)
    assert shown(vcenter) != original
    vcenter.control.certificate(Certificate.EXPIRED)
    assert shown(vcenter).not_valid_after_utc < datetime.now(UTC)
    vcenter.start()
    assert shown(vcenter) == original


# --- start and stop -------------------------------------------------------------------------------------------------


def identities(vcenter: Vcenter) -> tuple[str, list[tuple[str, str]]]:
    with vcenter.administrator(ALICE) as client:
        vms = read(client, vim.VirtualMachine, "config.instanceUuid")
        return client.content.about.instanceUuid, sorted(
            (one.obj._moId, properties(one)["config.instanceUuid"]) for one in vms
        )


def test_killed_and_started_it_is_the_same(tmp_path: Path) -> None:
    with Vcenter(tmp_path, TINY, bound=True) as vcenter:
        before = (vcenter.uri, vcenter.fingerprint, identities(vcenter))
        vcenter.kill()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ADDRESS, vcenter.port))
        vcenter.start()
        assert (vcenter.uri, vcenter.fingerprint, identities(vcenter)) == before


def test_frozen_it_is_thawed_by_a_start(tmp_path: Path) -> None:
    with Vcenter(tmp_path, TINY, bound=True) as vcenter:
        pid = vcenter.pid
        vcenter.freeze()
        with pytest.raises(TimeoutError):
            ssl.get_server_certificate((ADDRESS, vcenter.port), timeout=1)
        vcenter.start()
        assert shown(vcenter)
        assert vcenter.pid == pid


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    files = set(Path("/dev/shm").glob("vcsim-*"))
    vcenter = Vcenter(tmp_path / "one", TINY, bound=True)
    with vcenter:
        with Vcenter(tmp_path / "other", TINY, bound=True) as other:
            assert other.port != vcenter.port
            assert identities(other)[0] != identities(vcenter)[0]
        assert set(Path("/dev/shm").glob("vcsim-*")) > files
    vcenter.stop()
    assert vcenter.pid is None
    assert {path.name for path in vcenter.folder.iterdir()} == {"log", "lock"}
    assert set(Path("/dev/shm").glob("vcsim-*")) == files


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.hypervisors.vcsim.vcenter import Vcenter;"
        "Vcenter(Path(sys.argv[1]), bound=True).start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    vcenter = Vcenter(tmp_path)
    assert vcenter.port
    eventually(lambda: vcenter.pid is None)
    vcenter.stop()


def test_it_listens_on_loopback_only(vcenter: Vcenter) -> None:
    listening = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        address, port = line.split()[1].split(":")
        if int(port, 16) == vcenter.port and line.split()[3] == "0A":
            listening.add(socket.inet_ntoa(int(address, 16).to_bytes(4, "little")))
    assert listening == {ADDRESS}


def test_no_secret_is_on_a_command_line(vcenter: Vcenter) -> None:
    command = Path(f"/proc/{vcenter.pid}/cmdline").read_text()
    assert not [account for account in accounts.EVERYBODY if account.password in command]
