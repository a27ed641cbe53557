"""What virsh itself dumps of a real libvirtd, imported: the same machines that the console's own reader sees there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.console import aside, eventually
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.test_libvirt_reader import a_reader
from tests.unit.collectors.libvirt.recording import running
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Datastore, Filter, Network, Nic, Power
from vmi_console.review.imports import libvirt_xml
from vmi_console.review.moment import Moment

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(240),
    pytest.mark.skipif(shutil.which("virsh") is None, reason="virsh is not installed"),
]


class Virsh:
    """The command, on one connection, and the folder into which it dumps."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri = uri
        self._folder = folder
        folder.mkdir()

    def __call__(self, *words: str) -> str:
        told = subprocess.run(
            ["virsh", "--connect", self._uri, "--quiet", *words], capture_output=True, text=True, timeout=60, check=True
        )
        return told.stdout

    def names(self, *words: str) -> list[str]:
        return self(*words, "--name").split()

    def dump(self, file: str, *words: str) -> None:
        (self._folder / f"{file}.xml").write_text(self(*words))

    def dump_all(self) -> None:
        """As somebody would in a loop of their shell, the stored definitions beside those in force."""
        for name in self.names("list", "--all"):
            self.dump(f"domain-{name}", "dumpxml", name)
            self.dump(f"a-stored-{name}", "dumpxml", "--inactive", name)
        for name in self.names("net-list", "--all"):
            self.dump(f"net-{name}", "net-dumpxml", name)
        for name in self.names("pool-list", "--all"):
            self.dump(f"pool-{name}", "pool-dumpxml", name)
            for number, line in enumerate(self("vol-list", name).splitlines()):
                self.dump(f"vol-{name}-{number}", "vol-dumpxml", line.split()[-1])

    def dump_filters(self) -> None:
        """The test driver has none."""
        for line in self("nwfilter-list").splitlines():
            self.dump(f"filter-{line.split()[-1]}", "nwfilter-dumpxml", line.split()[0])


def of[Kind: AnyRecord](moment: Moment, kind: type[Kind]) -> dict[str, Kind]:
    return {record.name: record for record in moment.records if isinstance(record, kind)}


def card_of(card: Nic) -> tuple[object, ...]:
    """What a definition says of a card, its network by that one's own id."""
    network = None if card.network is None else card.network.split("/", 2)[2]
    return card.key, card.mac, card.type, network, card.source, card.port_vlan, card.filter, card.connected


async def test_what_virsh_dumps_is_what_the_reader_sees(lab: Laboratory, tmp_path: Path) -> None:
    virsh = Virsh(lab.uri, tmp_path / "dumps")
    await aside(virsh.dump_all)
    await aside(virsh.dump_filters)
    moment = await aside(lambda: libvirt_xml.read(tmp_path / "dumps"))
    assert not any("could not be read" in each for each in moment.lacks)
    imported = of(moment, VM)
    async with running(a_reader(lab)) as recording:
        await eventually(lambda: all(recording.vm(name) is not None for name in imported))
        seen = {name: vm for name in imported if (vm := recording.vm(name)) is not None}
        assert len(seen) >= 5
        for name, vm in seen.items():
            told = imported[name]
            for field in (
                "uuid",
                "vcpus",
                "memory_bytes",
                "firmware",
                "hardware",
                "annotation",
                "attributes",
                "devices",
            ):
                assert getattr(told, field) == getattr(vm, field), (name, field)
            assert list(map(card_of, told.nics)) == list(map(card_of, vm.nics))
            assert [(disk.key, disk.path, disk.format, disk.backing) for disk in told.disks] == [
                (disk.key, disk.path, disk.format, disk.backing) for disk in vm.disks
            ]
            sizes = {disk.path: disk.capacity_bytes for disk in told.disks if disk.capacity_bytes is not None}
            assert sizes == {disk.path: disk.capacity_bytes for disk in vm.disks if disk.path in sizes}
            assert told.power is Power.UNKNOWN, "a dump does not say whether it runs or is paused"
        assert any(disk.capacity_bytes for disk in imported["web"].disks)
    assert of(moment, Network).keys() >= {"lab-lan", "lab-apart", "lab-trunk"}
    (pool,) = of(moment, Datastore).values()
    assert imported["web"].disks[0].datastore == pool.id
    assert list(of(moment, Filter)) == ["lab-no-spoofing"]


def test_the_test_driver_is_read_too(tmp_path: Path) -> None:
    virsh = Virsh("test:///default", tmp_path / "dumps")
    virsh.dump_all()
    moment = libvirt_xml.read(tmp_path / "dumps")
    assert list(of(moment, VM)) == ["test"]
    assert list(of(moment, Network)) == ["default"]
    assert list(of(moment, Datastore)) == ["default-pool"]
    assert not any("could not be read" in each for each in moment.lacks)
