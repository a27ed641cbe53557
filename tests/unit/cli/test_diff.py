"""`vmi-console diff`: its exit codes, and that no name in it does anything to a terminal or a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from tests.unit.estate.builders import NOON, host, vm
from tests.unit.reports.estates import hostile
from tests.unit.review.administrator import Administrator
from vmi_console.cli import diff
from vmi_console.cli.main import run
from vmi_console.estate.facts import FactSet, Guest, Looked, Socket
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Device, Disk, Host, Nic, Snapshot
from vmi_console.estate.vlan import access
from vmi_console.review import snapshots
from vmi_console.review.comparison import Comparison, compare
from vmi_console.review.moment import Moment

HOSTS = ("a", "esx-01"), ("b", "esx-02"), ("c", "esx-01")


def files(folder: Path, before: Moment, after: Moment) -> tuple[str, str]:
    snapshots.write(folder / "a.vmisnap", before)
    snapshots.write(folder / "b.vmisnap", after)
    return str(folder / "a.vmisnap"), str(folder / "b.vmisnap")


def test_it_ends_like_diff_and_its_json_is_the_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    admin = Administrator(5)
    before = admin.moment()
    admin.begin()
    admin.work(25)
    first, second = files(tmp_path, before, admin.moment())
    assert run(["diff", first, first]) == 0
    assert "nothing is different" in capsys.readouterr().out
    assert run(["diff", first, second, "--format", "json"]) == 1
    told = msgspec.json.decode(capsys.readouterr().out, type=Comparison)
    assert {(each.entity, each.path) for each in told.items()} == {each[:2] for each in admin.expected()}
    networks = [each for each in told.items() if each.path == "vlan"]
    assert networks
    assert {each.actor for each in networks} == {"erika"}
    assert run(["diff", first, str(tmp_path / "none.vmisnap")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_what_refers_to_an_entity_is_told_by_its_name() -> None:
    one, other, twin = (msgspec.structs.replace(host(each), name=name) for each, name in HOSTS)

    def moment(where: Host) -> Moment:
        return Moment(at=NOON, records=(one, other, twin, vm("v", host=where.id)))

    comparison = compare(moment(one), moment(other))
    assert comparison.names == {one.id: "esx-01", other.id: "esx-02"}
    for form in ("table", "html"):
        text = diff.shown(comparison, form, colour=False)
        assert "esx-02" in text
        assert one.id not in text
    text = diff.shown(compare(moment(one), moment(twin)), "table", colour=False)
    assert one.id in text, "two of one name are told apart"
    assert twin.id in text


@pytest.mark.parametrize("form", ["table", "html"])
def test_a_part_that_came_or_went_is_told_in_words(form: str) -> None:
    card = Nic(key="4001", label="Network adapter 2", mac="00:50:56:00:00:01", network_name="prod-db", vlan=access(120))
    bare = vm("v")
    whole = msgspec.structs.replace(
        bare,
        nics=(card,),
        disks=(Disk(key="vdb", path="/pool/b.qcow2"),),
        snapshots=(Snapshot(key="snapshot-7", name="before patch day"),),
        devices=(Device(key="d", type="pci", label="GPU"),),
    )
    guest = Guest(id=EntityId("guest/e/v"), name=bare.name, vm=bare.id, sockets=FactSet(status=Looked.READ))
    telnet = Socket(protocol="tcp", address="::", port=23, process="telnetd")
    heard = msgspec.structs.replace(guest, sockets=FactSet(status=Looked.READ, items=(telnet,)))
    one, other = Moment(at=NOON, records=(bare, guest)), Moment(at=NOON, records=(whole, heard))
    names = (
        *("Network adapter 2 (prod-db, VLAN 120)", "vdb (/pool/b.qcow2)", "before patch day", "GPU"),
        "tcp [::]:23 (telnetd)",
    )
    for comparison in (compare(one, other), compare(other, one)):
        text = diff.shown(comparison, form, colour=False)
        for name in names:
            assert name in text
        assert '"key"' not in text
        assert "&quot;key" not in text


@pytest.mark.parametrize("form", ["table", "json", "html"])
def test_names_that_want_to_do_harm_do_none(form: str) -> None:
    one = hostile()
    other = tuple(
        msgspec.structs.replace(each, annotation=each.annotation + "!", tags=(each.name, "new"))
        for each in one.records
        if isinstance(each, VM)
    )
    comparison = compare(one, msgspec.structs.replace(one, records=other, lacks=()))
    text = diff.shown(comparison, form, colour=False)
    text.encode()
    assert "alert(1)" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    if form == "html":
        tags: set[str] = set()

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                tags.add(tag)
                assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

        Reader().feed(text)
        assert not tags & {"script", "img", "iframe", "object", "link"}
