"""How long queries over 45,000 VMs take, beside plain Python that somebody might write by hand.

The hand-written functions do less: they know no case, no unknown values and no other spelling.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from tests.bench.figures import Figure
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.columns import Columns, outcome
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, Service, SoftwareImage
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import Query, complete, parse, parse_search
from vmi_console.estate.records import VM, Address, Disk, GuestSummary, Host, Network, Nic, NicKind, Power, Snapshot
from vmi_console.estate.vlan import access

VMS = 45_000
HOSTS = 2_500
NETWORKS = 200
IMAGES = 50
PACKAGES = 400
ROUNDS = 15
THREE_CLAUSES_MS = 15.0
TAGS = ("prod", "test", "pci", "web", "db", "gold", "backup", "dmz")


def _inventory() -> Inventory:
    """An inventory of records that came over the wire."""
    chance = random.Random(7)
    inventory = Inventory(itertools.count(1).__next__)
    records: Iterator[AnyRecord] = itertools.chain(
        (Host(id=entity_id("host", "vc", str(number)), name=f"esx-{number:04}.example") for number in range(HOSTS)),
        map(_network, range(1, NETWORKS + 1)),
        (_vm(number, chance) for number in range(VMS)),
        map(_image, range(IMAGES)),
        map(_guest, range(VMS)),
    )
    decoder = msgspec.msgpack.Decoder(Batch)
    now = datetime.now(UTC)
    for batch in itertools.batched(records, MAX_BATCH):
        wired = msgspec.msgpack.encode(Batch(records=batch, seen=Seen.DISCOVERY))
        inventory.apply(decoder.decode(wired), now)
    return inventory


def _network(number: int) -> Network:
    return Network(id=entity_id("network", "vc", str(number)), name=f"VLAN {number}", vlan=access(number))


def _vm(number: int, chance: random.Random) -> VM:
    vlans = [chance.randint(1, 200) for _ in range(2)]
    return VM(
        id=entity_id("vm", "vc", f"vm-{number}"),
        name=f"{chance.choice(('web', 'db', 'app', 'cache'))}-{number:05}",
        power=Power.ON if chance.random() < 0.8 else Power.OFF,
        uuid=f"4c4c4544-0000-0000-0000-{number:012x}",
        host=entity_id("host", "vc", str(number % HOSTS)),
        folder="prod/tenants",
        created_at=datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=number % 9000),
        vcpus=chance.choice((1, 2, 4, 8)),
        memory_bytes=chance.choice((2, 4, 8, 16)) * 2**30,
        nics=tuple(
            Nic(
                key=f"400{index}",
                mac=f"00:50:56:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
                type=NicKind.PORTGROUP,
                network=entity_id("network", "vc", str(vlan)),
                connected=True,
                addresses=(Address(ip=f"10.{vlan}.{number >> 8 & 255}.{number & 255}"),),
            )
            for index, vlan in enumerate(vlans)
        ),
        disks=tuple(
            Disk(
                key=str(index), path=f"[ssd-{index}] vm-{number}/{index}.vmdk", capacity_bytes=40 * 2**30, format="vmdk"
            )
            for index in range(2)
        ),
        snapshots=(Snapshot(key="1", created_at=datetime(2026, 1, 1, tzinfo=UTC)),) if number % 9 == 0 else (),
        guest=GuestSummary(os="Debian GNU/Linux 12", family="linux", hostname=f"vm{number}", kernel="6.1.0-18-amd64"),
        tags=tuple(sorted(chance.sample(TAGS, chance.randint(0, 4)))),
    )


def _image(number: int) -> SoftwareImage:
    return SoftwareImage(
        id=entity_id("softwareimage", "vc", str(number)),
        name=f"image {number}",
        applications=tuple(
            Application(name=f"package-{index}", version=f"1.{number}-{index}", manager="dpkg")
            for index in range(PACKAGES)
        ),
        services=tuple(Service(name=f"service-{index}", enabled=True, running=True) for index in range(40)),
    )


def _guest(number: int) -> Guest:
    """One guest of an image, from which it differs by 20 packages."""
    image = entity_id("softwareimage", "vc", str(number % IMAGES))
    own = tuple(Application(name=f"package-{index}", version="1.99-1", manager="dpkg") for index in range(20))
    return Guest(
        id=entity_id("guest", "vc", f"vm-{number}"),
        name=f"vm-{number}",
        vm=entity_id("vm", "vc", f"vm-{number}"),
        applications=FactSet(status=Looked.READ, base=image, items=own),
        services=FactSet(status=Looked.READ, base=image),
    )


def _by_hand(inventory: Inventory) -> dict[str, Callable[[VM], object]]:
    """Queries of three clauses, and what somebody might write instead."""

    def host_name(vm: VM) -> str:
        host = inventory.get(vm.host) if vm.host else None
        return host.name if host else ""

    now = datetime.now(UTC)
    return {
        'power == "on" and "pci" in tags and 30 in vlans': lambda vm: (
            vm.power == "on" and "pci" in vm.tags and any(nic.vlan is not None and 30 in nic.vlan for nic in vm.nics)
        ),
        '30 in vlans and "pci" in tags and power == "on"': lambda vm: (
            any(nic.vlan is not None and 30 in nic.vlan for nic in vm.nics) and "pci" in vm.tags and vm.power == "on"
        ),
        'host == "esx-0007.example" and memory >= 8 * GiB and vcpus > 2': lambda vm: (
            host_name(vm) == "esx-0007.example" and (vm.memory_bytes or 0) >= 2**33 and (vm.vcpus or 0) > 2
        ),
        'glob(name, "web-*") and os_family == "linux" and snapshots > 0': lambda vm: (
            vm.name.startswith("web-") and vm.guest.family == "linux" and len(vm.snapshots) > 0
        ),
        'age(created) > 100 and not template and "web" in name': lambda vm: (
            vm.created_at is not None and (now - vm.created_at).days > 100 and not vm.template and "web" in vm.name
        ),
    }


OTHERS = (
    'in_subnet("10.30.0.0/16") and power != "on"',
    '"10.30.1.1" in ips',
    '"dmz" not in tags and "VLAN 7" in networks',
    r'matches(name, r"^web-0+\d7$")',
    'has_application("package-7", "< 1.20") and power == "on"',
    'has_application("telnetd")',
)
WORDS = ("web 0007", "10.30.", "52-54-00")


def measure() -> Iterable[Figure]:
    """Queries of the search box and of policies over the whole estate, over one VM, and while they are typed."""
    inventory = _inventory()
    vms = list(inventory.vms())
    columns = Columns(inventory)
    by_hand = _by_hand(inventory)
    for text, function in by_hand.items():
        best, median = _timed(lambda function=function: [vm.id for vm in vms if function(vm)])  # type: ignore[misc]
        yield _figure(columns, vms, parse(text), f"; by hand {best:.1f}, median {median:.1f}", THREE_CLAUSES_MS)
    for text in OTHERS:
        yield _figure(columns, vms, parse(text))
    for text in WORDS:
        yield _figure(columns, vms, parse_search(text))
    yield _one_vm(inventory, vms[30], (*by_hand, *OTHERS))
    text = next(iter(by_hand))
    yield Figure("parse and check a query of three clauses", _timed(lambda: parse(text))[0], "ms", None)
    slowest = max(_timed(lambda cursor=cursor: complete(text, cursor))[0] for cursor in range(len(text) + 1))  # type: ignore[misc]
    yield Figure("slowest completion while it is typed", slowest, "ms", 5.0)


def _figure(columns: Columns, vms: list[VM], query: Query, beside: str = "", goal: float | None = None) -> Figure:
    """As the engine asks it, by columns that are there; beside it without them, and with plain Python."""
    scanned, _ = _timed(lambda: query.filter(vms, columns.inventory))
    found = set(query.filter(vms, columns.inventory))

    def ask() -> list[EntityId]:
        now = datetime.now(UTC)
        return columns.ids(outcome(query.sieve.rows(columns, now, columns.everybody)))

    assert set(ask()) == found
    best, median = _timed(ask)
    beside = f"median {median:.1f}; finds {len(found):,}; one by one {scanned:.1f}{beside}"
    return Figure(query.text, best, "ms", goal, beside)


def _one_vm(inventory: Inventory, vm: VM, texts: tuple[str, ...]) -> Figure:
    queries = [parse(f"vcpus != {number} and ({texts[number % len(texts)]})") for number in range(100)]
    now = datetime.now(UTC)
    best, median = _timed(lambda: [query.evaluate(vm, inventory, now) for query in queries])
    return Figure("one VM against 100 queries", best, "ms", 1.0, f"median {median:.2f}")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """The best and the median of some rounds after a first one, in ms of the processor, since queries never wait."""
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return min(took), sorted(took)[len(took) // 2]


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what:64} {figure.value:8.2f} {figure.unit}  {figure.beside}")
