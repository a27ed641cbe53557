"""What queries mean: every attribute and function over real records, three-valued logic, bulk and single evaluation."""

from __future__ import annotations

import builtins
import itertools
import sys
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from tests.unit.estate.builders import (
    NOON,
    Estate,
    application,
    disk,
    guest,
    host,
    host_id,
    image,
    image_id,
    network,
    network_id,
    nic,
    read,
    vm,
    vm_id,
)
from vmi_console.estate.attributes import ATTRIBUTES, Kind
from vmi_console.estate.facts import (
    Contradiction,
    FactSet,
    KernelModule,
    Looked,
    OperatingSystem,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.identity import entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import Query, parse, parse_search
from vmi_console.estate.records import (
    VM,
    Alarm,
    AlarmStatus,
    Cluster,
    Connection,
    Datacenter,
    Datastore,
    Device,
    GuestSummary,
    Health,
    HostState,
    Power,
    Snapshot,
    State,
    Switch,
    ToolsState,
)
from vmi_console.estate.vlan import trunk

WEB, BARE = vm_id("web"), vm_id("bare")


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    """`web`, of which everything is known, and `bare`, of which its collector knows nothing but the name."""
    estate = Estate(web=("mine",))
    datastore = Datastore(id=entity_id("datastore", "vc", "ssd"), name="ssd-1")
    switch = Switch(id=entity_id("switch", "vc", "dvs"), name="dvs-1")
    datacenter = Datacenter(id=entity_id("datacenter", "vc", "zh"), name="Zürich")
    cluster = Cluster(id=entity_id("cluster", "vc", "prod"), name="Prod", datacenter=datacenter.id)
    web = vm(
        "web",
        name="Web-01",
        power=Power.ON,
        uuid="4c4c4544-0000-0000-0000-000000000001",
        host=host_id("esx"),
        folder="customers/a",
        resource_pool="gold",
        autostart=True,
        annotation="owner: Bob",
        created_at=NOON - timedelta(days=30),
        booted_at=NOON - timedelta(days=2),
        vcpus=4,
        memory_bytes=8 * 2**30,
        firmware="efi",
        secure_boot=False,
        hardware="vmx-19",
        nics=(
            nic(
                "52:54:00:12:34:56",
                network_id("dmz"),
                ips=("10.1.1.7", "fe80::1"),
                connected=True,
                filter="clean-traffic",
            ),
            nic("52:54:00:12:34:57", network_id("trunk"), ips=("192.168.7.1",), connected=False, filter=""),
        ),
        disks=(
            disk("vda", path="/srv/web.qcow2", capacity_bytes=40 * 2**30, format="qcow2", datastore=datastore.id),
            disk("sda", device="cdrom", path="/srv/install.iso"),
        ),
        devices=(Device(key="1", type="usb"),),
        snapshots=(Snapshot(key="1", created_at=NOON - timedelta(days=10), size_bytes=3 << 30),),
        guest=GuestSummary(
            os="Debian GNU/Linux 12", family="linux", kernel="6.1.0-18", hostname="web-01", tools=ToolsState.RUNNING
        ),
        tags=("PCI", "prod"),
        attributes={"owner": "Web team"},
        settings={"isolation.tools.copy.disable": "TRUE"},
        alarms=(Alarm(key="alarm-6", name="Virtual machine CPU usage", status=AlarmStatus.RED),),
    )
    estate.tell(
        Connection(
            id=entity_id("connection", "console", "1"),
            name="Lab",
            uri="vsphere://lab",
            provider="vsphere",
            endpoint="vc",
            health=Health(state=State.LIVE),
        ),
        datastore,
        switch,
        datacenter,
        cluster,
        host(
            "esx",
            name="esx-01",
            cluster=cluster.id,
            datacenter=datacenter.id,
            location="rack 7",
            state=HostState.CONNECTED,
        ),
        network("dmz", 30, name="DMZ", switch=switch.id),
        network("trunk", trunk([(100, 200)]), name="Trunk", switch=switch.id),
        web,
        vm("bare", power=Power.UNKNOWN, nics=(nic("x", mac=None),)),
        image("debian", application("telnetd", "0.17-42"), application("openssh-server", "1:9.2p1-2")),
        guest(
            "web",
            applications=read(application("auditd", "1:3.0.9-1"), base=image_id("debian")),
            services=read(
                Service(name="auditd.service", enabled=True, running=None), Service(name="cron.service", running=True)
            ),
            os=read(
                OperatingSystem(
                    name="Debian GNU/Linux",
                    booted_at=NOON - timedelta(days=1),
                    software_changed_at=NOON - timedelta(days=20),
                )
            ),
            users=read(
                User(name="root", administrator=True),
                User(name="Bob", administrator=True),
                User(name="alice", administrator=False, uid=1000),
            ),
            processes=read(
                Process(pid=1, name="systemd", user="0", executable="/usr/lib/systemd/systemd"),
                Process(
                    pid=9, name="prometheus-node", user="1000", executable="/opt/prometheus-node-exporter (deleted)"
                ),
            ),
            sockets=read(
                Socket(protocol="tcp", port=22, address="0.0.0.0", process="sshd"),
                Socket(protocol="udp", port=8053, address="127.0.0.1"),
            ),
            modules=read(KernelModule(name="dm_crypt"), KernelModule(name="usb_storage")),
            settings=read(Setting(name="sshd.PermitRootLogin", value="No")),
            signs=read(Sign(name="hidden process", detail="7"), Sign(name="hidden process", detail="8")),
            contradictions=(Contradiction(matter="hostname", one="tools: a", other="disk: b"),),
        ),
        guest("bare", applications=FactSet(status=Looked.UNREADABLE, because="encrypted")),
    )
    return estate.inventory


def verdict(inventory: Inventory, text: str, entity: str = WEB) -> bool | None:
    record = inventory.get(entity)  # type: ignore[arg-type]
    assert isinstance(record, VM)
    return parse(text).evaluate(record, inventory, NOON)


TRUE_OF_WEB = [
    'name == "WEB-01"',
    'name != "web-02"',
    '"eb-0" in name',
    'name in ["a", "web-01"]',
    'name not in ("a", "b")',
    'id == "vm/vc/web"',
    'uuid == "4C4C4544-0000-0000-0000-000000000001"',
    'power == "on"',
    'power == "ON"',
    'power in {"on", "paused"}',
    'access == "connected"',
    'connection == "lab"',
    'connection_state == "live"',
    'provider == "vsphere"',
    "not stale",
    "stale == False",
    'datacenter == "zürich"',
    'cluster == "prod"',
    'host == "esx-01"',
    'host_state != "maintenance"',
    '"rack 7" in location',
    'glob(folder, "customers/*")',
    'resource_pool == "gold"',
    "not template and persistent and autostart",
    '"bob" in annotation',
    'created < "2026-02-01"',
    'created <= "2026-01-30T12:00:00+00:00" and created >= "2026-01-30T13:00+01:00"',
    "age(booted) == 2",
    "age(created) > 4 * weeks",
    "48 * hours == age(booted)",
    "2 <= vcpus <= 8",
    "8 > vcpus > 3",
    "vcpus in [2, 4]",
    "memory >= 8 * GiB",
    "memory == 8192 * MiB",
    "memory_mb == 8192 and memory_mb == GiB * 8",
    'firmware == "efi"',
    "not secure_boot",
    'matches(hardware, r"^vmx-\\d+$")',
    '"dmz" in networks and "trunk" in networks',
    "30 in vlans",
    "150 in vlans and 201 not in vlans and 0 not in vlans",
    '"52-54-00-12-34-56" in macs and "5254.0012.3457" in macs',
    '"10.1.1.7" in ips and "FE80:0::1" in ips and "10.1.1.8" not in ips',
    'in_subnet("10.0.0.0/8") and in_subnet("fe80::/10") and not in_subnet("172.16.0.0/12")',
    '"dvs-1" in switches',
    '"clean-traffic" in filters and count(filters) == 1',
    "nic_count == 2 and links_down == 1",
    'glob(disk_paths, "*.ISO")',
    '"qcow2" in disk_formats and "raw" not in disk_formats',
    "disk_bytes == 40 * GiB",
    '"ssd-1" in datastores',
    '"usb" in devices',
    "snapshots == 1",
    "age(oldest_snapshot) == 10",
    '"debian" in os and os_family == "Linux"',
    'kernel > "5.10" and kernel < "6.1.0-20" and kernel in ["6.1.0-18"]',
    "hostname == name",
    'tools == "running"',
    '"pci" in tags and "mine" in tags',
    '"mine" in labels and "pci" not in labels',
    'matches(tags, "^p.i$")',
    'attribute("owner") == "web team" and attribute("Owner") == ""',
    'setting("isolation.tools.copy.disable") == "true" and setting("Isolation.Tools.COPY.disable") != ""',
    'setting("isolation.tools.paste.disable") == ""',
    "snapshot_bytes == 3 * GiB and ports_blocked == 0",
    'glob(alarms, "*cpu*")',
    'has_application("telnetd", "< 0.17-50")',
    'has_application("AUDIT*", ">= 1:3.0") and has_application("openssh-*")',
    'not has_application("telnetd", ">= 0.17-50") and not has_application("ncat")',
    'has_service("auditd*") and not has_service("telnet*")',
    'service_running("cron*") and service_enabled("auditd*")',
    'has_process("SYSTEM?", "root") and has_process("prometheus-node-exporter", "alice")',
    'has_process("*node*", "1000") and not has_process("systemd", "alice") and not has_process("xmrig*")',
    'has_user("bob") and has_user("a*") and not has_user("mallory")',
    'listens("22") and listens("20-30/tcp") and listens("8000-9000", "UDP") and not listens("22", "udp")',
    'has_module("dm-crypt") and has_module("usb*") and not has_module("nf_tables")',
    'guest_setting("SSHD.permitrootlogin") == "no" and guest_setting("sshd.Banner") == ""',
    '"BOB" in administrators and "alice" not in administrators and count(administrators) == 2',
    '"hidden process" in tampering and count(tampering) == 1',
    '"hostname" in contradictions and "kernel" not in contradictions',
    "age(guest_booted) == 1 and age(software_changed) > 19",
    "known(os) and known(vlans)",
    "count(networks) == 2",
    "True and not False",
]


@pytest.mark.parametrize("text", TRUE_OF_WEB)
def test_true_and_its_negation_false(inventory: Inventory, text: str) -> None:
    assert verdict(inventory, text) is True
    assert verdict(inventory, f"not ({text})") is False


UNKNOWN_OF_BARE = [
    'power == "on"',
    'power != "on"',
    'power in ["on", "off"]',
    "age(booted) > 1",
    "vcpus > 2",
    "vcpus not in [2]",
    '"x" in os',
    'kernel == "1"',
    "hostname == name",
    "name == hostname",
    "autostart",
    "secure_boot == False",
    'host == "x"',
    'cluster != "x"',
    "30 in vlans",
    '"10.1.1.7" in ips',
    'in_subnet("10.0.0.0/8")',
    '"52:54:00:12:34:56" in macs',
    '"x" in filters',
    "count(macs) > 0",
    "links_down == 0",
    "age(oldest_snapshot) > 1",
    'has_application("telnetd")',
    'has_service("x")',
    'glob(os, "*")',
    'matches(filters, "x")',
    'setting("isolation.tools.copy.disable") == ""',
    '"x" in alarms',
    'has_process("x")',
    'has_user("x")',
    'listens("1-65535")',
    'has_module("x")',
    'guest_setting("sshd.Port") == ""',
    '"x" in administrators',
    "count(tampering) > 0",
    '"hostname" in contradictions',
    "age(guest_booted) > 1",
    "age(software_changed) > 1",
]


@pytest.mark.parametrize("text", UNKNOWN_OF_BARE)
def test_unknown_and_its_negation_unknown(inventory: Inventory, text: str) -> None:
    assert verdict(inventory, text, BARE) is None
    assert verdict(inventory, f"not ({text})", BARE) is None
    record = inventory.get(BARE)
    assert isinstance(record, VM)
    assert not parse(text).matches(record, inventory)
    assert not parse(f"not ({text})").matches(record, inventory)


def test_what_is_not_known_can_be_asked_for(inventory: Inventory) -> None:
    assert verdict(inventory, "known(power)", BARE) is False
    assert verdict(inventory, "not known(vlans)", BARE) is True
    assert verdict(inventory, "known(name)", BARE) is True


def test_a_known_member_settles_a_set_that_is_partly_unknown() -> None:
    estate = Estate()
    estate.tell(network("n", 30, name="N"), vm("a", nics=(nic("1", network_id("n")), nic("2", filter="f"))))
    assert verdict(estate.inventory, "30 in vlans", vm_id("a")) is True
    assert verdict(estate.inventory, "31 in vlans", vm_id("a")) is None
    assert verdict(estate.inventory, "0 in vlans", vm_id("a")) is None


def test_what_is_not_known_of_an_item_leaves_open_what_hangs_on_it() -> None:
    estate = Estate()
    inside = guest(
        "a",
        users=read(User(name="bob"), User(name="root", administrator=True)),
        processes=read(Process(pid=1, name="sh"), Process(pid=2, name="vi", user="4711")),
        settings=read(Setting(name="sshd.Port", value="22")),
        services=FactSet(status=Looked.UNREADABLE, because="torn"),
    )
    estate.tell(vm("a"), inside)
    for text, said in (
        ('"root" in administrators', True),
        ('"bob" in administrators', None),
        ('has_process("sh")', True),
        ('has_process("sh", "root")', None),
        ('has_process("vi", "4711")', True),
        ('has_process("vi", "4712") or has_process("vi", "root")', False),
        ('has_process("vi", "carol")', None),  # no account of the guest: she may be one of a directory
        ('has_process("bash", "root")', False),
        ('guest_setting("sshd.Port") == "22"', True),
        ('guest_setting("firewall.enabled") == ""', None),  # services decide it, and nobody knows them
    ):
        assert verdict(estate.inventory, text, vm_id("a")) is said, text


VALUES = {"persistent": True, "template": False, "autostart": None}
"""Attributes of `bare` by the verdict each gives."""


@pytest.mark.parametrize(("left", "right"), [*itertools.product(VALUES, repeat=2)])
def test_truth_tables_of_kleene(inventory: Inventory, left: str, right: str) -> None:
    one, other = VALUES[left], VALUES[right]
    both = False if one is False or other is False else None if one is None or other is None else True
    either = True if one is True or other is True else None if one is None or other is None else False
    assert verdict(inventory, f"{left} and {right}", BARE) is both
    assert verdict(inventory, f"{left} or {right}", BARE) is either
    assert verdict(inventory, f"not ({left} and {right})", BARE) is (None if both is None else not both)
    assert verdict(inventory, f"not {left} or not {right}", BARE) is (None if both is None else not both)


@pytest.mark.parametrize("text", [*TRUE_OF_WEB, *UNKNOWN_OF_BARE])
def test_bulk_and_single_evaluation_agree(inventory: Inventory, text: str) -> None:
    for asked in (text, f"not ({text})"):
        query = parse(asked)
        singly = [record.id for record in inventory.vms() if query.evaluate(record, inventory, NOON)]
        assert query.filter(inventory.vms(), inventory, NOON) == singly
        assert [record.id for record in inventory.vms() if query.matches(record, inventory, NOON)] == singly


def test_what_was_remembered_of_one_run_is_not_used_in_the_next() -> None:
    estate = Estate()
    estate.tell(host("h", name="old"), vm("a", host=host_id("h")))
    query = parse('host == "new"')
    assert query.filter(estate.inventory.vms(), estate.inventory) == []
    estate.tell(host("h", name="new"))
    assert query.filter(estate.inventory.vms(), estate.inventory) == [vm_id("a")]


def test_an_image_is_searched_anew_when_it_changes() -> None:
    estate = Estate()
    estate.tell(vm("a"), image("i", application("ssh")), guest("a", applications=read(base=image_id("i"))))
    query = parse('has_application("telnet*")')
    assert query.filter(estate.inventory.vms(), estate.inventory) == []
    estate.tell(image("i", application("telnetd")))
    assert query.filter(estate.inventory.vms(), estate.inventory) == [vm_id("a")]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_each_example_of_an_attribute_is_a_query_that_reads_it(name: str) -> None:
    query = parse(ATTRIBUTES[name].example)
    assert name in query.reads


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_example_of_a_function_is_a_query(name: str) -> None:
    assert name in parse(FUNCTIONS[name].example).text


def test_every_attribute_of_a_vm_that_is_wholly_known_is_known(inventory: Inventory) -> None:
    record = inventory.get(WEB)
    assert isinstance(record, VM)
    values = {name: attribute.value(record, inventory) for name, attribute in ATTRIBUTES.items()}
    assert [name for name, value in values.items() if value is None] == []
    for name, attribute in ATTRIBUTES.items():
        assert isinstance(values[name], tuple | list) == attribute.kind.is_set, name
        if attribute.kind is Kind.CHOICE:
            assert isinstance(values[name], attribute.choices or ()), name


def test_reads_via_and_clock() -> None:
    query = parse('power == "on" and (host == "a" or has_application("x")) and in_subnet("10.0.0.0/8")')
    assert query.reads == {"power", "host", "applications", "ips"}
    assert query.via == {"host"}
    assert not query.by_clock
    assert parse("vcpus > 1 and age(booted) > 3").by_clock
    assert parse('glob(os, "x") and attribute("k") == "v"').reads == {"os", "attributes"}
    assert parse_search("web").reads == {"name", "host", "networks", "macs", "ips"}


def test_explains_clause_by_clause(inventory: Inventory) -> None:
    record = inventory.get(WEB)
    assert isinstance(record, VM)
    text = 'power == "off" or not (age(booted) > 1 and "dmz" in networks) or has_application("telnetd")'
    reasons = parse(text).explain(record, inventory, NOON)
    assert [(reason.clause, reason.verdict) for reason in reasons] == [
        ('power == "off"', False),
        ("age(booted) > 1", True),
        ('"dmz" in networks', True),
        ('has_application("telnetd")', True),
    ]
    assert [text[slice(*reason.span)] for reason in reasons] == [reason.clause for reason in reasons]
    assert reasons[0].values == (("power", '"on"'),)
    assert reasons[1].values == (("booted", "2026-02-27 12:00:00+00:00"), ("age(booted)", "2"))
    assert reasons[2].values == (("networks", '["DMZ", "Trunk"]'),)
    bare = inventory.get(BARE)
    assert isinstance(bare, VM)
    unknown = parse("30 in vlans").explain(bare, inventory)[0]
    assert unknown.verdict is None
    assert unknown.values == (("vlans", "[not known]"),)


def test_explaining_compiles_a_query_only_once(inventory: Inventory) -> None:
    record = inventory.get(WEB)
    assert isinstance(record, VM)
    query = parse('power == "off" and age(booted) > 1')
    compiled = 0

    def watch(_frame: FrameType, event: str, argument: Any) -> None:
        nonlocal compiled
        compiled += event == "c_call" and argument is builtins.compile

    sys.setprofile(watch)
    try:
        first = query.explain(record, inventory, NOON)
        for_the_first = compiled
        assert query.explain(record, inventory, NOON) == first
    finally:
        sys.setprofile(None)
    assert compiled == for_the_first > 0


def test_queries_are_equal_where_their_trees_are() -> None:
    assert parse('power=="on"') == parse("(power  ==  'on')")
    assert len({parse("template"), parse("( template )"), parse("persistent")}) == 2
    assert parse("template") != Query(parse("persistent").tree)


FOUND = [
    ("", {WEB, BARE}),
    ("web", {WEB}),
    ("WEB 10.1", {WEB}),
    ("dmz esx-01", {WEB}),
    ("web nothing", set()),
    ('"web-01"', {WEB}),
    ('"esx 01"', set()),
    ("52-54-00-12-34-56", {WEB}),
    ("5254.0012.3456", {WEB}),
    ("52-54-00-12", {WEB}),
    ("52:54", {WEB}),
    ("10.1.1.7", {WEB}),
    ("template", set()),
    ("in", set()),
    ("web or", set()),
    ("not template", {WEB, BARE}),
    ("template == False", {WEB, BARE}),
    ("(vcpus > 2)", {WEB}),
    ('"pci" in tags', {WEB}),
    ('has_application("telnetd")', {WEB}),
]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_the_search_box_finds(inventory: Inventory, text: str, found: set[str]) -> None:
    query = parse_search(text)
    assert set(query.filter(inventory.vms(), inventory, NOON)) == found
    assert {record.id for record in inventory.vms() if query.matches(record, inventory, NOON)} == found
    assert parse_search(query.text) == query
