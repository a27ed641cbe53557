"""Redaction: nobody is named any more, and what belonged together still does."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import console, eventually
from tests.unit.review.chance import BEGIN, Maker
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate import records as outside
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, Process, SoftwareImage, User
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.estate.records import VM, Address, Connection, Host, Network, Nic
from vmi_console.history import snapshot_file
from vmi_console.policy.findings import finding_id
from vmi_console.policy.shipped import DEMO
from vmi_console.review import redacted_texts as texts
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment
from vmi_console.review.pseudonyms import COMMON, WELL_KNOWN_USERS, Pseudonyms
from vmi_console.review.redaction import redacted

MARK = "zq"
"""Begins whatever must not be seen."""


def secret_texts(struct: type[Any], field: str) -> str:
    """Something that names somebody wherever that may stand; in texts that stay, words of software."""
    rule = texts.FIELDS.get(struct, {}).get(field)
    if rule is texts.keep or rule is texts.item_key or (struct, field) == (VM, "settings"):
        return "word"
    if rule is texts.program:
        return f"/home/{MARK}{next(_numbers)}/{MARK}{next(_numbers)}"
    if field in ("uuid", "instance_uuid"):
        return f"{next(_numbers):08x}-aaaa-bbbb-cccc-1234567890ab"
    if field == "mac":
        return f"52:54:00:{next(_numbers):06x}"[:9] + ":".join(f"{next(_numbers):06x}"[i : i + 2] for i in (0, 2, 4))
    return f"{MARK}{next(_numbers)}"


_numbers = itertools.count(0xA00001)


@pytest.mark.parametrize("number", range(25))
def test_nothing_that_could_name_somebody_is_left(tmp_path: Path, number: int) -> None:
    moment = Maker(number, secret_texts).moment()
    before = list(strings(moment))
    assert any(MARK in text for text in before)
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, redacted(moment))
    content = unpacked(path)
    assert MARK not in content
    for text in before:
        if re.search(r"-aaaa-|52:54:00:|endpoint\d|\w+-\d+/\d+$", text):
            assert text not in content


def test_names_are_taken_out_of_texts_that_stay() -> None:
    vm = VM(id=of("vm", "1"), name="ledger-07", nics=(Nic(key="0", addresses=(Address(ip="10.4.5.6"),)),))
    guest = Guest(
        id=of("guest", "1"),
        name="ledger-07",
        vm=of("vm", "1"),
        users=read(User(name="mallory"), User(name="root")),
        applications=read(Application(name="agent-for-all"), Application(name="ledger-07", version="10.4.5.6")),
        processes=read(Process(pid=1, name="serve ledger-07 to mallory", command="x --host 10.4.5.6", user="root")),
    )
    other = redacted(Moment(at=BEGIN, records=(guest, vm), title="of ledger-07", selection='name == "ledger-07"'))
    again, machine = other.records
    assert isinstance(again, Guest)
    assert isinstance(machine, VM)
    assert [user.name for user in again.users.items] == ["user-0001", "root"]
    assert [each.name for each in again.applications.items] == ["agent-for-all", machine.name]
    assert again.applications.items[1].version == machine.nics[0].addresses[0].ip
    assert again.processes.items[0].name == f"serve {machine.name} to user-0001"
    assert again.processes.items[0].command == ""
    assert (other.title, other.selection, other.redacted) == ("", texts.LEFT_OUT, True)
    assert other.lacks


def test_changes_say_where_something_changed_and_no_more() -> None:
    vm = of("vm", "1")
    told = {
        "power": ("on", "off"),
        "nics[52:54:00:01:02:03].mac": ("52:54:00:01:02:03", "52:54:00:01:02:04"),
        "nics[4000].vlan": ({"mode": "access", "ranges": ((1, 1),)}, {"mode": "access", "ranges": ((2, 2),)}),
        "nics[4000]": (None, {"key": "4000", "mac": "52:54:00:01:02:03", "network_name": "cardholder"}),
        "tags": (["cardholder"], ["cardholder", "pci"]),
        "attributes[owner]": ("mallory", "alice"),
        "annotation": ("call mallory", ""),
        "something[mallory].else": ("mallory", "mallory"),
        "snapshots[before mallory]": (None, {"key": "before mallory", "name": "before mallory"}),
    }
    changes = [
        Change(number=i, entity=vm, name="web", action=Action.CHANGED, path=path, before=b, after=a, observed_at=BEGIN)
        for i, (path, (b, a)) in enumerate(told.items())
    ]
    changes.append(Change(number=99, entity=vm, name="web", action=Action.REMOVED, observed_at=BEGIN, actor="mallory"))
    other = redacted(Moment(at=BEGIN, records=(VM(id=vm, name="web"),), changes=tuple(changes)))
    (machine,) = other.records
    shown = {change.path: (change.before, change.after) for change in other.changes[:-1]}
    assert shown["power"] == ("on", "off")
    assert shown["nics[4000].vlan"] == told["nics[4000].vlan"]
    tags = shown["tags"]
    assert tags[0] == tags[1][:1]
    assert len(tags[1]) == 2
    assert "attributes[attribute-0001]" in shown
    assert shown["annotation"] == ("", "")
    assert shown[""] == (texts.LEFT_OUT, texts.LEFT_OUT)  # what was not understood
    everything = repr(other.changes)
    assert not re.search("mallory|alice|cardholder|pci|01:02:0[34]|web", everything)
    assert {change.entity for change in other.changes} == {machine.id}
    assert other.changes[-1].actor == shown["attributes[attribute-0001]"][0]  # the same one


def test_words_of_software_that_are_also_tags_or_values_stay() -> None:
    vm = VM(id=of("vm", "1"), name="ledger-07", tags=("nginx",), attributes={"arch": "x86_64"})
    host = outside.Host(id=of("host", "1"), name="rack-9", cpu_model="x86_64")
    guest = Guest(id=of("guest", "1"), name="", vm=vm.id, applications=read(Application(name="nginx")))
    machine, other, inside = redacted(Moment(at=BEGIN, records=(vm, host, guest))).records
    assert isinstance(machine, VM)
    assert (machine.tags, machine.attributes) == (("tag-0001",), {"attribute-0001": "value-0001"})
    assert isinstance(other, outside.Host)
    assert other.cpu_model == "x86_64"
    assert isinstance(inside, Guest)
    assert inside.applications.items[0].name == "nginx"


def test_every_field_with_text_has_a_rule() -> None:
    """A record with a new field would else be redacted in part only; it cannot be redacted at all."""
    for struct, fields in texts.FIELDS.items():
        assert set(fields) <= set(struct.__struct_fields__)
    secretive = Secretive(id=of("vm", "1"), name="a", motto="b")
    with pytest.raises(TypeError, match="nothing says what becomes"):
        redacted(Moment(at=BEGIN, records=(), decisions=(secretive,)))  # type: ignore[arg-type]


class Secretive(outside.Record):
    """What no rule speaks of."""

    motto: str = ""


async def test_the_demo_estate_for_strangers(tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.vmisnap", tmp_path / "redacted.vmisnap"
    async with console(PrivateEngine(None, DEMO), findings=True) as one:
        await one.add("demo://?story=off&changes_per_second=0")
        await eventually(lambda: one.open_findings and one.posture is not None and not one.posture.evaluating)
        await one.client.call("snapshot", path=str(plain))
        told = await one.client.call("snapshot", path=str(other), redact=True)
    assert told["redacted"]
    snapshots.write(other, redacted(snapshots.read(plain)))
    before, after = snapshots.read(plain), snapshots.read(other)
    content = unpacked(other).casefold()
    words = set(re.findall(r"[^\s,;=()\[\]{}<>\"'/\\@:|\x00-\x1f]+", content))
    for name in names(before):
        if len(name) > 3 and name.casefold() not in COMMON:
            assert name.casefold() not in words, name
    there = set(re.findall(r"[0-9a-f.:-]+", content))
    assert not {address.partition("/")[0] for address in addresses(before)} & there

    assert [kind_of(record.id) for record in after.records] == [kind_of(record.id) for record in before.records]
    turned = {record.id: other.id for record, other in zip(before.records, after.records, strict=True)}
    assert len(set(turned.values())) == len(turned)
    assert sizes(before) == sizes(after)
    assert Counter(turned[finding.vm] for finding in before.findings) == Counter(each.vm for each in after.findings)
    assert all(each.id == finding_id(each.policy, each.rule, each.vm) for each in after.findings)
    assert networks_of(before) == networks_of(after)
    assert [packages(each) for each in before.records] == [packages(each) for each in after.records]


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_addresses_stay_as_near_as_they_were(seed: int) -> None:
    chance = Maker(seed).chance
    other = Pseudonyms()
    bases = ("10.1.0.0", "10.1.2.0", "172.20.0.0", "192.168.7.0", "100.70.1.0", "203.0.113.0", "8.8.0.0")
    given = {str(ipaddress.IPv4Address(base) + chance.randrange(700)) for base in bases for _ in range(12)}
    turned = {ip: ipaddress.ip_address(other.address(ip)) for ip in given}
    assert len(set(turned.values())) == len(given)
    assert not set(map(str, turned.values())) & given
    for one, another in itertools.combinations(sorted(given), 2):
        for length in (16, 20, 24, 27, 30):
            net = ipaddress.ip_network(f"{one}/{length}", strict=False)
            there = ipaddress.ip_network(f"{turned[one]}/{length}", strict=False)
            assert (ipaddress.ip_address(another) in net) == (turned[another] in there)
    for ip in given:
        assert turned[ip] in ipaddress.ip_network(other.address(str(ipaddress.ip_network(f"{ip}/24", strict=False))))


@pytest.mark.parametrize("ip", ["127.0.0.1", "0.0.0.0", "0.0.0.0/0", "::1", "::", "224.0.0.251", "255.255.255.255"])
def test_addresses_that_are_everybodys_stay(ip: str) -> None:
    assert Pseudonyms().address(ip) == ip


def test_other_addresses() -> None:
    other = Pseudonyms()
    one, two = (ipaddress.ip_interface(other.address(ip)) for ip in ("2001:db8:1:2::5/64", "2001:db8:1:2::6/64"))
    assert one.network == two.network
    assert one.ip != two.ip
    assert other.address("fe80::1%eth0").endswith("%eth0")
    assert other.address("::ffff:10.0.0.1") == f"::ffff:{other.address('10.0.0.1')}"
    macs = [other.mac(f"52:54:00:00:00:{last:02x}") for last in range(256)]
    assert len(set(macs)) == 256
    assert all(mac.startswith("52:54:00:") for mac in macs)
    assert Pseudonyms({"vm-0001"}).name("web", "vm") == "vm-0002"
    assert other.path("[store] web/web.vmdk", "path") == "[datastore-0001] path-0001/path-0001.vmdk"
    assert other.user("CORP\\mallory").startswith("domain-")
    assert other.user("root@pam").startswith("root@")


# --- looking at moments -----------------------------------------------------------------------------------------------


def of(kind: str, native: str) -> EntityId:
    return entity_id(kind, "here", native)


def read(*items: Any) -> FactSet[Any]:
    return FactSet(status=Looked.READ, items=items)


def unpacked(path: Path) -> str:
    """All that is in a file, as text."""
    parts: list[str] = []
    with snapshot_file.reading(path) as file:
        for block in file.blocks():
            parts.append(block.content.decode("utf-8", "replace"))
        for table in snapshot_file.SCHEMA:
            if table != snapshot_file.BLOCKS:
                for rows in file.rows(table, tuple[Any, ...]):
                    parts.append(repr(rows))
    return "\n".join(parts)


def strings(value: Any) -> Iterator[str]:
    """Every text in a struct."""
    match value:
        case str():
            yield value
        case tuple() | list():
            for each in value:
                yield from strings(each)
        case dict():
            yield from strings([*value, *value.values()])
        case msgspec.Struct():
            for field in value.__struct_fields__:
                yield from strings(getattr(value, field))


def names(moment: Moment) -> Iterator[str]:
    for record in moment.records:
        if not isinstance(record, SoftwareImage | Connection):
            yield record.name
        match record:
            case VM():
                yield from record.folder.split("/")
                yield from record.tags
                yield from record.attributes.values()
                yield record.guest.hostname or ""
                yield from (disk.path or "" for disk in record.disks)
            case Guest():
                yield from (user.name for user in record.users.items if user.name.casefold() not in WELL_KNOWN_USERS)
            case Host():
                yield record.serial or ""
        yield endpoint_of(record.id) if kind_of(record.id) != "connection" else ""
        yield native_of(record.id)


def addresses(moment: Moment) -> set[str]:
    found: set[str] = set()
    for record in moment.records:
        match record:
            case VM(nics=nics):
                found.update(nic.mac for nic in nics if nic.mac)
                found.update(address.ip for nic in nics for address in nic.addresses)
                found.update(filter(None, (record.uuid, record.instance_uuid)))
            case Host():
                found.update(record.addresses)
                found.update(filter(None, (record.uuid,)))
            case Network():
                found.update(record.subnets)
    return found


def sizes(moment: Moment) -> list[Any]:
    """How many VMs share what."""
    vms = [record for record in moment.records if isinstance(record, VM)]
    shared: list[Any] = [
        (
            *(vm.host, ("folder", vm.folder), *(("tag", tag) for tag in vm.tags)),
            *(each for nic in vm.nics for each in (nic.network, nic.switch)),
            *(disk.datastore for disk in vm.disks),
        )
        for vm in vms
    ]
    counts = Counter(itertools.chain.from_iterable(shared))
    return [[counts[each] for each in some] for some in shared]


def networks_of(moment: Moment) -> list[list[bool]]:
    """Of every card, whether its addresses are in the subnets of its network."""
    networks = {record.id: record for record in moment.records if isinstance(record, Network)}
    found = []
    for record in moment.records:
        for nic in record.nics if isinstance(record, VM) else ():
            network = networks.get(nic.network) if nic.network is not None else None
            nets = [ipaddress.ip_network(each) for each in network.subnets] if network is not None else []
            found.append([any(ipaddress.ip_address(each.ip) in net for net in nets) for each in nic.addresses])
    return found


def packages(record: AnyRecord) -> object:
    match record:
        case SoftwareImage():
            return record.applications
        case Guest():
            return record.applications.items, record.applications.removed
        case _:
            return None
