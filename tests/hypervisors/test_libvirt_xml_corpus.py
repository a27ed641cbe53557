"""Every definition that libvirt tests its own parser with, handed to ours; 40 odd ones have records that were reviewed.

`python -m tests.hypervisors.test_libvirt_xml_corpus` writes the reviewed records anew: read the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.hypervisors import libvirt_corpus
from vmi_console.collectors.libvirt import domain, filter, host, markup, network, storage
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

EXPECTED = Path(__file__).parents[1] / "unit" / "collectors" / "libvirt" / "expected"
AROUND = Surroundings(
    "corpus",
    networks={"default": EntityId("network/corpus/default"), "rednet": EntityId("network/corpus/rednet")},
    portgroups={("rednet", "bob"): EntityId("network/corpus/rednet#bob")},
    pools={"pool-iscsi": EntityId("datastore/corpus/pool-iscsi")},
    pool_folders={"/var/lib/libvirt/images": EntityId("datastore/corpus/images")},
)


@pytest.fixture(scope="module")
def corpus() -> Path:
    """libvirt's folder of tests, fetched where it is not there yet."""
    return libvirt_corpus.corpus()


def test_every_domain_is_read(corpus: Path) -> None:
    read = [domain.vm(path.read_text(encoding="utf-8"), AROUND) for path in libvirt_corpus.domain_files()]
    assert len(read) > 2000
    assert all(vm.name for vm in read)
    assert sum(len(vm.nics) for vm in read) > 500
    assert sum(len(vm.disks) for vm in read) > 1500
    wire = msgspec.msgpack.encode(read)
    assert msgspec.msgpack.decode(wire, type=list[VM]) == read


@pytest.mark.parametrize(
    ("folder", "parse"),
    [
        ("networkxml2xmlin", lambda text: network.network(text, AROUND)),
        ("networkxml2confdata", lambda text: network.network(text, AROUND)),
        ("nwfilterxml2xmlin", lambda text: filter.nwfilter(text, AROUND)),
        ("storagepoolxml2xmlin", lambda text: storage.pool(text, AROUND)),
        ("interfaceschemadata", host.bridge),
        ("nodedevschemadata", host.physical_nic),
        ("capabilityschemadata", host.host_uuid),
    ],
)
def test_every_other_definition_is_read(corpus: Path, folder: str, parse: Callable[[str], object]) -> None:
    files = sorted((corpus / folder).glob("*.xml"))
    assert files
    for path in files:
        parse(path.read_text(encoding="utf-8"))


def test_whatever_else_there_is_gives_a_record_or_is_refused(corpus: Path) -> None:
    """3,500 files: statuses, jobs, volumes, secrets, and some that are meant to be broken."""
    refused = 0
    for path in sorted(corpus.rglob("*.xml")):
        try:
            domain.vm(path.read_text(encoding="utf-8", errors="replace"), AROUND)
        except markup.Unreadable:
            refused += 1
    assert 0 < refused < 1500


@pytest.mark.parametrize("expected", sorted(EXPECTED.glob("*.json")), ids=lambda path: path.stem)
def test_an_odd_definition_gives_the_reviewed_record(corpus: Path, expected: Path) -> None:
    reviewed = json.loads(expected.read_text(encoding="utf-8"))
    assert reviewed["odd"]
    assert record(corpus / reviewed["file"]) == reviewed["record"]


def test_forty_are_reviewed() -> None:
    assert len(list(EXPECTED.glob("*.json"))) == 40


def record(path: Path) -> dict[str, Any]:
    """The VM as it is written into a file of expectations."""
    written: dict[str, Any] = json.loads(msgspec.json.encode(domain.vm(path.read_text(encoding="utf-8"), AROUND)))
    return written


def write(odd: dict[str, str]) -> None:
    """Writes the records of these files of the corpus, each with what is odd about it."""
    for file, why in odd.items():
        name = file.removesuffix(".xml").replace("/", ".")
        text = json.dumps(
            {"file": file, "odd": why, "record": record(libvirt_corpus.corpus() / file)}, indent=1, ensure_ascii=False
        )
        (EXPECTED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    reviewed = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXPECTED.glob("*.json")))
    write({each["file"]: each["odd"] for each in reviewed})
