"""How fast the inventory takes in an estate of 45,000 VMs, and how much memory that takes.

Times are of the processor, since the inventory never waits; decoding is measured beside it to tell a slow machine.
"""

from __future__ import annotations

import gc
import itertools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, Service, SoftwareImage
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Address, Disk, GuestSummary, Host, Network, Nic, NicKind, Power
from vmi_console.estate.vlan import access

VMS = 45_000
HOSTS = 2_500
NETWORKS = 400
IMAGES = 500
PACKAGES = 400
SERVICES = 60
OWN_PACKAGES = 20
NOW = datetime(2026, 3, 1, tzinfo=UTC)

type Measurements = list[tuple[str, float, str]]


def of(kind: str, number: int) -> EntityId:
    return entity_id(kind, "7f2c1d9e-3b54-4c8e-9a51-0d6c2f1b8a70", f"{kind}-{number}")


def host(number: int) -> Host:
    return Host(id=of("host", number), name=f"esx{number:04}.lab.example", uuid=f"host-uuid-{number}")


def network(number: int, vlan: int = 0) -> Network:
    return Network(id=of("network", number), name=f"pg-{number:03}", vlan=access(vlan or number + 1))


def vm(number: int, **fields: object) -> VM:
    nics = tuple(
        Nic(
            key=f"{4000 + card}",
            label=f"Network adapter {card + 1}",
            mac=f"00:50:56:{number >> 8 & 255:02x}:{number & 255:02x}:{card:02x}",
            model="vmxnet3",
            type=NicKind.PORTGROUP,
            network=of("network", (number + card) % NETWORKS),
            connected=True,
            addresses=(Address(ip=f"10.{card}.{number >> 8}.{number & 255}", prefix=16),),
        )
        for card in range(2)
    )
    disks = tuple(
        Disk(
            key=f"{2000 + disk}",
            label=f"Hard disk {disk + 1}",
            path=f"[datastore-{number % 100}] web-{number:05}/web-{number:05}_{disk}.vmdk",
            capacity_bytes=40 << 30,
            format="vmdk",
            bus="scsi",
            datastore=of("datastore", number % 100),
        )
        for disk in range(2)
    )
    values: dict[str, object] = {
        "name": f"web-{number:05}",
        "power": Power.ON,
        "uuid": f"4231{number:04x}-9c1e-7e4a-2f60-{number:012x}",
        "instance_uuid": f"5031{number:04x}-9c1e-7e4a-2f60-{number:012x}",
        "host": of("host", number % HOSTS),
        "folder": f"Production/Tier {number % 5}",
        "vcpus": 4,
        "memory_bytes": 8 << 30,
        "hardware": "vmx-19",
        "config_version": "2026-03-01T00:00:00Z",
        "nics": nics,
        "disks": disks,
        "guest": GuestSummary(os="Debian GNU/Linux 12", hostname=f"web-{number:05}", family="linux"),
        "tags": (f"tier-{number % 5}", "linux"),
    }
    return VM(id=of("vm", number), **{**values, **fields})  # type: ignore[arg-type]


def image(number: int) -> SoftwareImage:
    packages = tuple(
        Application(name=f"package-{package}", version=f"1.{(package * number) % 7}", arch="amd64", manager="dpkg")
        for package in range(PACKAGES)
    )
    services = tuple(Service(name=f"service-{s}.service", enabled=True, running=True) for s in range(SERVICES))
    return SoftwareImage(id=of("softwareimage", number), name=str(number), applications=packages, services=services)


def guest(number: int, extra: tuple[Application, ...] = ()) -> Guest:
    chance = random.Random(number)
    own = tuple(
        Application(name=f"own-{chance.randrange(3000)}", version="2.0", arch="amd64", manager="dpkg")
        for _ in range(OWN_PACKAGES // 2)
    )
    gone = tuple(f"dpkg:package-{chance.randrange(PACKAGES)}:amd64" for _ in range(OWN_PACKAGES // 2))
    base = of("softwareimage", number % IMAGES)
    return Guest(
        id=of("guest", number),
        name=f"web-{number:05}",
        vm=of("vm", number),
        applications=FactSet(status=Looked.READ, read_at=NOW, items=own + extra, base=base, removed=gone),
        services=FactSet(status=Looked.READ, read_at=NOW, base=base),
    )


def frames(records: Iterator[AnyRecord], seen: Seen) -> list[bytes]:
    """The records as they come over the wire, each with strings of its own."""
    return [
        msgspec.msgpack.encode(Batch(records=records, seen=seen)) for records in itertools.batched(records, MAX_BATCH)
    ]


def resident_mib() -> float:
    """The memory of this process, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def load(inventory: Inventory, encoded: list[bytes]) -> tuple[float, float]:
    """Decodes and applies frames; gives the seconds of all applying and of the longest one."""
    decoder = msgspec.msgpack.Decoder(Batch)
    total = longest = 0.0
    for frame in encoded:
        batch = decoder.decode(frame)
        begin = time.process_time()
        inventory.apply(batch, NOW)
        spent = time.process_time() - begin
        total, longest = total + spent, max(longest, spent)
    return total, longest


def each_ms(inventory: Inventory, records: list[AnyRecord]) -> float:
    """The mean time of applying records one by one, ms."""
    begin = time.process_time()
    for record in records:
        assert inventory.apply(Batch(records=(record,)), NOW).changes
    return (time.process_time() - begin) * 1000 / len(records)


def measure() -> Measurements:
    """What was measured: (what, figure, unit)."""
    results: Measurements = []
    places: list[AnyRecord] = [*map(network, range(NETWORKS)), *map(host, range(HOSTS))]
    encoded = frames(itertools.chain(places, map(vm, range(VMS))), Seen.DISCOVERY)
    inventory = Inventory(itertools.count(1).__next__)
    del places
    gc.collect()
    before = resident_mib()
    total, longest = load(inventory, encoded)
    gc.collect()
    begin = time.process_time()
    for frame in encoded:
        msgspec.msgpack.decode(frame, type=Batch)
    results.append((f"decode {VMS:,} VMs, for comparison", time.process_time() - begin, "s"))
    results.append((f"apply {VMS:,} VMs, first discovery", total, "s"))
    results.append(("longest frame of it", longest * 1000, "ms"))
    results.append(("memory they take", resident_mib() - before, "MiB"))
    total, longest = load(inventory, encoded)
    results.append((f"apply {VMS:,} VMs again, nothing changed", total, "s"))
    numbers = random.Random(1).sample(range(VMS), 5000)
    results.append(("one power change", each_ms(inventory, [vm(number, power=Power.OFF) for number in numbers]), "ms"))
    moved = [vm(number, host=of("host", 7)) for number in numbers if number % HOSTS != 7]
    results.append(("one vMotion", each_ms(inventory, list(moved)), "ms"))
    results.append(
        (
            "one VLAN edit with 225 VMs behind it",
            each_ms(inventory, [network(number, 4000) for number in range(20)]),
            "ms",
        )
    )
    del encoded
    before = resident_mib()
    results += measure_guests(inventory)
    gc.collect()
    results.append((f"memory that {VMS:,} guests take", resident_mib() - before, "MiB"))
    results.append(("memory in all", resident_mib(), "MiB"))
    return results


def measure_guests(inventory: Inventory) -> Measurements:
    """Software of all guests: taken in, searched, changed."""
    results: Measurements = []
    total, _ = load(inventory, frames(map(image, range(IMAGES)), Seen.INSPECTION))
    spent = 0.0
    for start in range(0, VMS, 1000):  # not all encoded at once: it is the inventory that is measured
        spent += load(inventory, frames(map(guest, range(start, start + 1000)), Seen.INSPECTION))[0]
    results.append((f"apply {VMS:,} guests", total + spent, "s"))
    for name in ("own-77", "package-77", "nowhere"):
        begin = time.process_time()
        for each in inventory.vms():
            software = inventory.software(each.id)
            assert software is not None
            software.applications.find(name)
        results.append((f"find an application ({name}) in all", (time.process_time() - begin) * 1000, "ms"))
    telnetd = (Application(name="telnetd", version="0.17", arch="amd64", manager="dpkg"),)
    results.append(
        ("one package installed", each_ms(inventory, [guest(number, telnetd) for number in range(2000)]), "ms")
    )
    return results


if __name__ == "__main__":
    for what, figure, unit in measure():
        print(f"{what:45} {figure:10.3f} {unit}")
