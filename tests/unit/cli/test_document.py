"""The JSON document: every word of it is a promise to somebody's script."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vmi_console.cli.document import Document, document, vlan_field
from vmi_console.cli.schema import schemas
from vmi_console.cli.sheets import sheets
from vmi_console.estate import records
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVIL = "evil\x1b[2J\u202e\x9b31m"


def estate() -> list[AnyRecord]:
    """One of each, referring to each other."""
    cluster = records.Cluster(id=entity_id("cluster", "e", "c"), name="prod")
    host = records.Host(
        id=entity_id("host", "e", "h"), name="kvm1", cluster=cluster.id, memory_bytes=3 << 30, cpu_threads=8
    )
    switch = records.Switch(id=entity_id("switch", "e", "s"), name="br0")
    network = records.Network(
        id=entity_id("network", "e", "n"), name="web", vlan=access(110), switch=switch.id, hosts=(host.id,)
    )
    datastore = records.Datastore(id=entity_id("datastore", "e", "d"), name="images", capacity_bytes=1 << 40)
    vm = records.VM(
        id=entity_id("vm", "e", "v"),
        name=EVIL,
        power=records.Power.ON,
        uuid="6695eb01-f6a4-8304-79aa-97f2502e193f",
        host=host.id,
        vcpus=2,
        memory_bytes=(2 << 30) + 1,
        nics=(
            records.Nic(
                key="52:54:00:00:00:01",
                mac="52:54:00:00:00:01",
                network=network.id,
                vlan=access(110),
                connected=True,
                addresses=(records.Address(ip="10.0.0.1"), records.Address(ip="10.0.0.1")),
            ),
            records.Nic(key="1", source="br7", addresses=(records.Address(ip="10.0.0.2"),)),
        ),
        disks=(records.Disk(key="vda", path="/a.qcow2", capacity_bytes=5, format="qcow2", datastore=datastore.id),),
        guest=records.GuestSummary(os="Debian", hostname="web"),
        tags=("pci",),
        snapshots=(records.Snapshot(key="1", name="first"), records.Snapshot(key="2", name="second", parent="1")),
    )
    bare = records.VM(id=entity_id("vm", "elsewhere", "x"), name="bare", host=EntityId("host/elsewhere/gone"))
    connection = records.Connection(
        id=entity_id("connection", "console", "1"), name="Lab", uri="qemu:///system", provider="libvirt", endpoint="e"
    )
    return [vm, bare, host, cluster, network, switch, datastore, connection]


def written() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(msgspec.json.encode(document(estate(), NOW)))
    return content


def test_a_vm_tells_where_it_is_and_what_it_has() -> None:
    vm = written()["vms"][1]
    expected = {
        "id": "vm/e/v",
        "name": EVIL,
        "uuid": "6695eb01-f6a4-8304-79aa-97f2502e193f",
        "power": "on",
        "host": "kvm1",
        "cluster": "prod",
        "connection": "Lab",
        "connection_id": "connection/console/1",
        "vcpus": 2,
        "memory_mb": 2048,
        "tags": ["pci"],
    }
    assert {key: vm[key] for key in expected} == expected
    first, second = vm["nics"]
    assert (first["mac"], first["network"], first["vlan"], first["connected"], first["ips"]) == (
        "52:54:00:00:00:01", "web", 110, True, ["10.0.0.1"],
    )  # fmt: skip
    assert (second["network"], second["vlan"], second["connected"]) == ("br7", None, None)
    (disk,) = vm["disks"]
    assert (disk["path"], disk["capacity_bytes"], disk["format"], disk["datastore"]) == (
        "/a.qcow2",
        5,
        "qcow2",
        "images",
    )
    assert (vm["guest"]["os"], vm["guest"]["hostname"], vm["guest"]["ips"]) == (
        "Debian",
        "web",
        ["10.0.0.1", "10.0.0.2"],
    )
    assert [(each["name"], each["parent"]) for each in vm["snapshots"]] == [("first", None), ("second", "first")]


def test_what_is_not_known_is_null() -> None:
    vm = written()["vms"][0]
    unknown = ("uuid", "host", "cluster", "connection", "vcpus", "memory_mb")
    assert {key: vm[key] for key in unknown} == dict.fromkeys(unknown)
    assert vm["host_id"] == "host/elsewhere/gone"
    assert vm["power"] == "unknown"


def test_the_other_lists() -> None:
    content = written()
    assert (content["schema"], content["generated_at"]) == (1, "2026-03-01T00:00:00Z")
    assert content["hosts"][0] | {"name": "kvm1", "cluster": "prod", "memory_mb": 3072} == content["hosts"][0]
    network = content["networks"][0]
    assert (network["name"], network["vlan"], network["switch"], network["hosts"]) == ("web", 110, "br0", ["kvm1"])
    assert content["datastores"][0]["capacity_bytes"] == 1 << 40
    assert (content["connections"][0]["uri"], content["connections"][0]["state"]) == ("qemu:///system", "connecting")


@pytest.mark.parametrize(
    ("vlan", "told"),
    [
        (None, None),
        (UNTAGGED, 0),
        (access(1), 1),
        (access(4094), 4094),
        (trunk([(20, 20), (1, 10)]), "1-10,20"),
        (trunk([(30, 30)], native=5), "30"),
        (Vlan(VlanMode.PRIVATE, ((101, 101),)), 101),
    ],
)
def test_vlans(vlan: Vlan | None, told: int | str | None) -> None:
    assert vlan_field(vlan) == told


def test_the_document_reads_back_as_its_schema_says() -> None:
    content = msgspec.json.encode(document(estate(), NOW))
    assert msgspec.json.encode(msgspec.json.decode(content, type=Document)) == content


def test_the_schemas_in_docs_are_those_of_the_code() -> None:
    folder = Path(__file__).parents[3] / "docs" / "schema"
    assert {name: (folder / name).read_bytes() for name in schemas()} == schemas()


def test_tables_hold_no_trap_for_a_terminal() -> None:
    text = sheets(document(estate(), NOW))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "evil␛[2J⟨U+202E⟩⟨U+009B⟩31m" in text
    heading, header, *rows = next(part for part in text.split("\n\n") if part.startswith("Virtual")).splitlines()
    assert heading == "Virtual machines (2)"
    column = header.index("POWER")
    assert [row[column:].split()[0] for row in rows] == ["unknown", "on"]
