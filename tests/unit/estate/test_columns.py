"""Columns say of VMs what their records say, whatever happened to the estate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.estate.builders import (
    NOON,
    Estate,
    application,
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
from vmi_console.estate.columns import Column, Columns, Content, names_in, outcome
from vmi_console.estate.facts import Application
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import parse
from vmi_console.estate.records import NicKind, Power

QUERIES = tuple(
    map(
        parse,
        (
            'power == "on"',
            'power != "on" or "pci" in tags',
            'not ("pci" in tags and 10 in vlans)',
            '10 in vlans and age(created) > 10 and host == "alpha"',
            'name == "v1" or host == "alpha" and not ("n1" in networks)',
            'has_application("nginx") or vcpus > 1',
            'has_application("telnetd", "< 2") and power == "on"',
            'not (glob(name, "v*") and (template or vcpus == 1))',
            "2 <= vcpus <= 4 and known(created)",
            "True",
            "False or not template",
        ),
    )
)

natives = st.sampled_from([f"v{number}" for number in range(1, 9)])
vms = st.builds(
    lambda native, networks, tags, power, on, created, vcpus: vm(
        native,
        nics=tuple(nic(str(place), at, port_vlan=None, type=NicKind.PORTGROUP) for place, at in enumerate(networks)),
        tags=tags,
        power=power,
        host=on,
        created_at=created,
        vcpus=vcpus,
    ),
    natives,
    st.lists(st.sampled_from([None, *map(network_id, ("n1", "n2"))]), max_size=2),
    st.sampled_from([(), ("pci",), ("linux", "pci")]),
    st.sampled_from(list(Power)),
    st.sampled_from([None, host_id("h1"), host_id("h2")]),
    st.sampled_from([None, NOON - timedelta(days=9), NOON - timedelta(days=30)]),
    st.sampled_from([None, 1, 2, 8]),
)
items = st.sets(st.sampled_from([("telnetd", "1"), ("telnetd", "3"), ("nginx", "")]), max_size=2).map(
    lambda found: tuple(application(name, version) for name, version in dict(sorted(found)).items())
)
guests = st.builds(
    lambda native, own, based, removed: guest(
        native, applications=read(*own, base=image_id("i1") if based else None, removed=removed if based else ())
    ),
    natives,
    items,
    st.booleans(),
    st.sampled_from([(), ("dpkg:telnetd:amd64",), ("dpkg:nginx:amd64",)]),
)
networks = st.builds(network, st.sampled_from(["n1", "n2"]), st.sampled_from([None, 10, 20]))
hosts = st.builds(host, st.sampled_from(["h1", "h2"]), name=st.sampled_from(["alpha", "beta"]))
images = items.map(lambda own: image("i1", *own))
gone = st.sampled_from([*(vm_id(f"v{number}") for number in range(1, 9)), EntityId("guest/vc/v1"), image_id("i1")])


@given(st.lists(st.one_of(vms, vms, vms, guests, networks, hosts, images, gone, st.just("ask"), st.just("tidy"))))
def test_asked_of_all_at_once_a_query_finds_whom_it_finds_one_by_one(story: list[Any]) -> None:
    estate = Estate()
    columns = Columns(estate.inventory)

    def ask() -> None:
        for query in QUERIES:
            rows = outcome(query.sieve.rows(columns, estate.now, columns.everybody))
            assert set(columns.ids(rows)) == set(query.filter(estate.inventory.vms(), estate.inventory, estate.now))

    for step in story:
        match step:
            case "ask":
                ask()
            case "tidy":
                columns, kept = columns.tidied()
                assert kept.count(1) == len(columns)
            case str():
                applied = estate.tell(removed=(EntityId(step),))
                columns.follow(applied.records, applied.removed)
            case _:
                applied = estate.tell(step)
                columns.follow(applied.records, applied.removed)
    ask()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 700)), max_size=900))
def test_a_column_knows_the_rows_of_every_content(puts: list[tuple[int, int]]) -> None:
    column, plain = Column(31), dict[int, int]()
    for number, (row, content) in enumerate(puts):
        if number % 7:
            column.put(row, content)
            plain[row] = content
        else:
            column.clear(row)
            plain.pop(row, None)
    for low in (0, 350):
        meant = bytearray(
            users > 0 and content >= low for content, users in zip(column.contents, column.users, strict=True)
        )
        assert column.rows(meant) == sum(1 << 8 * row for row, content in plain.items() if content >= low)
    assert {column.contents[number] for number in column.used(list(plain))} == set(plain.values())


def test_a_column_of_more_contents_than_a_byte_counts_finds_them_all() -> None:
    column = Column(1_000)
    for row in range(1_000):
        column.put(row, f"content {row}")
    for row in (0, 254, 255, 256, 511, 999):
        meant = bytearray(content == f"content {row}" for content in column.contents)
        assert column.rows(meant) == 1 << 8 * row


def test_what_is_different_for_nearly_everybody_gets_no_column_until_the_estate_has_doubled() -> None:
    estate = Estate()
    columns = Columns(estate.inventory)
    name = Content("vm.name", lambda vm, _: vm.name)
    for start, kept in ((0, True), (4_000, False), (5_000, False)):
        for number in range(start, start + (4_000 if start == 0 else 1_000)):
            applied = estate.tell(vm(str(number), name=f"vm {number}"))
            columns.follow(applied.records, applied.removed)
        assert (outcome(columns.column(name)) is not None) == kept


@given(st.text(":ab", max_size=4), st.text(":ab", max_size=8), st.text(":ab", max_size=4))
def test_the_name_of_an_application_is_among_those_that_its_key_may_hold(manager: str, name: str, arch: str) -> None:
    key = Application(name=name, version="1", arch=arch, manager=manager).key
    assert name in names_in(key)
