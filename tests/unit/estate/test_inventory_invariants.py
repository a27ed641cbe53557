"""Whatever happened in whatever order: the inventory is what a fresh one would be, and its indexes tell the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.estate.builders import Estate, host, host_id, network, network_id, nic, vm, vm_id
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import VM, Host, Nic, Power
from vmi_console.estate.vlan import access, trunk

HOSTS = ["h1", "h2"]
NETWORKS = ["n1", "n2", "n3"]
VMS = ["v1", "v2", "v3"]

vlans = st.sampled_from([None, access(0), access(10), access(20), access(4095), trunk([(1, 9)])])
hosts = st.sampled_from([None, *map(host_id, HOSTS)])
networks = st.sampled_from([None, *map(network_id, NETWORKS)])
names = st.sampled_from(["alpha", "Beta"])
uuids = st.sampled_from([None, "u1", "u2"])

nics = st.builds(
    nic,
    st.sampled_from(["a", "b"]),
    networks,
    ips=st.sampled_from([(), ("10.0.0.1",), ("10.0.0.2", "10.0.0.1")]),
    port_vlan=st.sampled_from([None, access(5)]),
    mac=st.sampled_from([None, "aa:01", "aa:02"]),
)


def vm_states(native: str) -> st.SearchStrategy[AnyRecord]:
    cards = st.lists(nics, max_size=2, unique_by=lambda card: card.key).map(tuple[Nic, ...])
    return st.builds(
        vm,
        st.just(native),
        name=names,
        host=hosts,
        uuid=uuids,
        instance_uuid=uuids,
        nics=cards,
        power=st.sampled_from(Power),
    )


def network_states(native: str) -> st.SearchStrategy[AnyRecord]:
    on_hosts = st.dictionaries(st.sampled_from([*map(host_id, HOSTS)]), vlans.filter(lambda vlan: vlan is not None))
    return st.builds(network, st.just(native), vlans, name=names, host_vlans=on_hosts, parent=networks)


def host_states(native: str) -> st.SearchStrategy[AnyRecord]:
    return st.builds(
        host, st.just(native), name=names, cluster=st.sampled_from([None, EntityId("cluster/vc/c")]), uuid=uuids
    )


STATES: dict[EntityId, st.SearchStrategy[AnyRecord]] = {
    **{host_id(native): host_states(native) for native in HOSTS},
    **{network_id(native): network_states(native) for native in NETWORKS},
    **{vm_id(native): vm_states(native) for native in VMS},
}

type Step = tuple[EntityId, AnyRecord | None]


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Entities that appear, change and vanish."""
    entities = draw(st.lists(st.sampled_from(sorted(STATES)), max_size=25))
    return [(entity, None if draw(st.integers(0, 5)) == 0 else draw(STATES[entity])) for entity in entities]


def occurrences(story: list[Step], cuts: Iterable[bool]) -> list[list[Step]]:
    """The story in batches, none of which mentions an entity twice."""
    batches: list[list[Step]] = []
    for step, cut in zip(story, cuts, strict=False):
        if cut or not batches or any(step[0] == other for other, _ in batches[-1]):
            batches.append([])
        batches[-1].append(step)
    return batches


def tell(estate: Estate, batch: Iterable[Step]) -> Applied:
    steps = list(batch)
    # records of their own for each inventory: what is given to one belongs to it
    records = (msgspec.convert(msgspec.to_builtins(record), type(record)) for _, record in steps if record is not None)
    return estate.tell(*records, removed=tuple(entity for entity, record in steps if record is None))


CUTS = st.lists(st.booleans(), min_size=25, max_size=25)


@given(stories(), CUTS, st.randoms(use_true_random=False))
def test_the_end_of_any_story_is_the_state_told_at_once(story: list[Step], cuts: list[bool], chance: Random) -> None:
    estate, fresh = Estate(v1=("pci",)), Estate(v1=("pci",))
    for batch in occurrences(story, cuts):
        tell(estate, batch)
    last = [step for step in dict(story).items() if step[1] is not None]
    chance.shuffle(last)
    tell(fresh, last)
    assert by_id(estate.inventory) == by_id(fresh.inventory)
    assert not tell(estate, last)
    check(estate.inventory)
    check(fresh.inventory)


@given(stories(), CUTS)
def test_what_is_said_to_have_changed_is_what_changed(story: list[Step], cuts: list[bool]) -> None:
    estate = Estate()
    replica: dict[EntityId, AnyRecord] = {}
    for batch in occurrences(story, cuts):
        applied = tell(estate, batch)
        for record in applied.records:
            assert replica.get(record.id) != record
            replica[record.id] = record
        for entity in applied.removed:
            del replica[entity]
        touched = {record.id for record in applied.records} | set(applied.removed)
        assert {change.entity for change in applied.changes} <= touched
        assert replica == by_id(estate.inventory)


def by_id(inventory: Inventory) -> dict[EntityId, AnyRecord]:
    return {record.id: record for record in inventory.all()}


def scan[R: (VM, Host)](records: Iterable[R], keys: Callable[[R], Iterable[str | None]]) -> dict[str, set[EntityId]]:
    found: defaultdict[str, set[EntityId]] = defaultdict(set)
    for record in records:
        for key in keys(record):
            if key is not None:
                found[key].add(record.id)
    return found


def check(inventory: Inventory) -> None:
    """Compares every index with a look at all records."""
    vms = [record for record in inventory.all() if isinstance(record, VM)]
    machines = [record for record in inventory.all() if isinstance(record, Host)]
    assert list(inventory.vms()) == vms
    assert set(inventory.of_endpoint("vc")) == {record.id for record in inventory.all()}
    by_host = scan(vms, lambda record: [record.host])
    by_network = scan(vms, lambda record: [card.network for card in record.nics])
    by_mac = scan(vms, lambda record: [card.mac for card in record.nics])
    by_ip = scan(vms, lambda record: [address.ip for card in record.nics for address in card.addresses])
    by_cluster = scan(machines, lambda record: [record.cluster])
    for native in HOSTS:
        assert set(inventory.vms_of_host(host_id(native))) == by_host[host_id(native)]
    for native in NETWORKS:
        assert set(inventory.vms_of_network(network_id(native))) == by_network[network_id(native)]
    for mac in ("aa:01", "aa:02"):
        assert set(inventory.vms_with_mac(mac)) == by_mac[mac]
    for ip in ("10.0.0.1", "10.0.0.2"):
        assert set(inventory.vms_with_ip(ip)) == by_ip[ip]
    cluster = EntityId("cluster/vc/c")
    assert set(inventory.hosts_of_cluster(cluster)) == by_cluster[cluster]
    for record in vms:
        known = {record.uuid, record.instance_uuid} - {None}
        others = {other.id for other in vms if known & {other.uuid, other.instance_uuid}} - {record.id}
        assert {*inventory.sightings(record.id), *inventory.duplicates(record.id)} == others
        on = inventory.get(record.host) if record.host is not None else None
        words = [record.name, *([on.name] if on is not None else [])]
        for card in record.nics:
            words += [word for word in (card.network_name, card.mac) if word is not None]
            words += [address.ip for address in card.addresses]
        assert inventory.haystack(record.id).split("\n") == [word.lower() for word in words]
    for index in (
        inventory._vms.by_host,
        inventory._vms.by_network,
        inventory._vms.by_mac,
        inventory._vms.by_ip,
        inventory._vms.by_uuid,
        inventory._hosts_by_cluster,
        inventory._hosts_by_uuid,
        inventory._portgroups,
    ):
        assert all(entity in inventory for key in index for entity in index[key])
