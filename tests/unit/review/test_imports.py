"""Imports: what RVTools and virsh wrote is read as it was meant, and what somebody broke does no harm."""

from __future__ import annotations

import csv
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.unit.reports.estates import demo, of_vms
from vmi_console.cli.main import run
from vmi_console.errors import InputError
from vmi_console.estate.records import Filter, Host, Network, Power, ToolsState
from vmi_console.estate.vlan import access
from vmi_console.reports.report import Kind, write_report
from vmi_console.review import snapshots
from vmi_console.review.comparison import compare
from vmi_console.review.imports import libvirt_xml, rvtools, sheets

UUID = "5031aaaa-9c1e-7e4a-2f60-000000000001"
VCENTER = "7f2c1d9e-3b54-4c8e-9a51-0d6c2f1b8a70"
ROWS: dict[str, list[dict[str, object]]] = {
    "vInfo": [
        {
            "VM": "web-01", "Powerstate": "poweredOn", "Template": "False", "DNS Name": "web-01.example",
            "CPUs": "4", "Memory": "8,192", "PowerOn": "2026/02/01 10:00:00", "Firmware": "bios",
            "EFI Secure boot": "False", "HW version": "19", "Host": "esx1", "Cluster": "c1", "Datacenter": "d1",
            "Folder": "prod", "OS according to the VMware Tools": "Debian GNU/Linux 12 (64-bit)", "VM ID": "vm-7",
            "SMBIOS UUID": "4231aaaa-9c1e-7e4a-2f60-000000000001", "VM UUID": UUID, "VI SDK Server": "vc",
            "VI SDK UUID": VCENTER,
        },
        {"VM": "=cmd|'/c calc'!A1", "Powerstate": "?", "CPUs": "many", "VM ID": "vm-8", "VI SDK UUID": VCENTER},
    ],
    "vDisk": [
        {"VM": "web-01", "Disk": "Hard disk 1", "Capacity MB": "40.960", "Raw": "False", "VM ID": "vm-7",
         "Path": "[ds1] web-01/web-01.vmdk", "VI SDK UUID": VCENTER},
    ],
    "vNetwork": [
        {"VM": "web-01", "NIC label": "Network adapter 1", "Adapter": "Vmxnet3", "Network": "pg20",
         "Switch": "vSwitch0", "Connected": "True", "Mac Address": "00:50:56:AA:BB:CC", "IPv4 Address": "10.0.0.7",
         "VM ID": "vm-7", "VI SDK UUID": VCENTER},
    ],
    "vPort": [
        {"Host": "esx1", "Port Group": "pg20", "Switch": "vSwitch0", "VLAN": "20", "VI SDK UUID": VCENTER},
        {"Host": "esx2", "Port Group": "pg20", "Switch": "vSwitch0", "VLAN": "4095", "VI SDK UUID": VCENTER},
    ],
    "vTools": [{"Tools": "toolsOld", "Tools Version": "12345", "VM ID": "vm-7", "VI SDK UUID": VCENTER}],
    "vDatastore": [{"Name": "ds1", "Capacity MB": 1000, "Object ID": "datastore-3", "VI SDK UUID": VCENTER}],
}  # fmt: skip


def workbook(path: Path, prefix: str = "", tables: dict[str, list[dict[str, object]]] = ROWS) -> Path:
    book = openpyxl.Workbook()
    for name, rows in tables.items():
        sheet = book.create_sheet(prefix + name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    book.save(path)
    return path


def folder(path: Path, delimiter: str, encoding: str) -> Path:
    path.mkdir()
    for name, rows in ROWS.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (path / f"RVTools_tab{name}.csv").open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, columns, delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("form", ["xlsx", "old xlsx", "csv", "csv;"])
def test_each_form_of_an_export_is_the_same_estate(tmp_path: Path, form: str) -> None:
    path = (
        workbook(tmp_path / "a.xlsx", "tab" if form.startswith("old") else "")
        if form.endswith("xlsx")
        else folder(tmp_path / "a", ";" if form.endswith(";") else ",", "utf-16" if form.endswith(";") else "utf-8")
    )
    moment = rvtools.read(path)
    vm, odd = of_vms(moment)
    assert vm.id == f"vm/{VCENTER}/vm-7"
    assert (vm.power, vm.vcpus, vm.memory_bytes, vm.hardware) == (Power.ON, 4, 8 << 30, "vmx-19")
    assert vm.booted_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert (vm.guest.tools, vm.guest.hostname) == (ToolsState.OUTDATED, "web-01.example")
    (card,), (disk,) = vm.nics, vm.disks
    assert (card.key, card.mac, card.vlan, card.addresses[0].ip) == (
        "4000",
        "00:50:56:aa:bb:cc",
        access(20),
        "10.0.0.7",
    )
    assert (disk.capacity_bytes, disk.datastore) == (40 << 30, f"datastore/{VCENTER}/datastore-3")
    assert (odd.power, odd.vcpus, odd.memory_bytes, odd.firmware) == (Power.UNKNOWN, None, None, None)
    (network,) = (each for each in moment.records if isinstance(each, Network))
    assert network.vlan is None
    assert set(network.host_vlans.values()) == {access(20), access(4095)}
    assert {each.name for each in moment.records if isinstance(each, Host)} == {"esx1", "esx2"}
    assert "the table vSnapshot" in moment.lacks


def test_what_the_console_exports_it_reads_again_as_the_same_estate(tmp_path: Path) -> None:
    one = demo()
    write_report(Kind("xlsx"), one, tmp_path / "demo.xlsx")
    again = rvtools.read(tmp_path / "demo.xlsx")
    assert {vm.id for vm in of_vms(again)} == {vm.id for vm in of_vms(one)}
    told = {item.path for item in compare(one, again).items() if item.path.split(".")[0] in {"power", "vcpus", "host"}}
    assert not told
    assert not {item.path for item in compare(one, again).items() if item.vm and item.path.endswith((".vlan", ".mac"))}
    assert compare(again, rvtools.read(tmp_path / "demo.xlsx")).is_empty


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * (8 << 20))
    return path


def many(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(sheets.MOST_MEMBERS + 1):
            archive.writestr(str(number), b"")
    return path


def entities(path: Path) -> Path:
    """A workbook whose texts are an XML that calls itself into being."""
    workbook(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name, content in parts.items() if b">web-01<" in content)
    declared = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 100 + b'">]>'
    parts[name] = declared + parts[name].replace(b">web-01<", b">&b;<")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("make", [bomb, many, entities])
def test_traps_are_refused(tmp_path: Path, make: object) -> None:
    with pytest.raises(InputError, match="cannot be read as an export of RVTools"):
        rvtools.read(make(tmp_path / "a.xlsx"))  # type: ignore[operator]


def test_rows_far_below_cost_no_more_than_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 1000)
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.create_sheet("vInfo")
    sheet.append(["VM"])
    sheet.cell(row=1_048_576, column=1, value="web")
    book.save(path)
    with pytest.raises(InputError, match="more rows or cells"):
        rvtools.read(path)


DOMAIN = """<domain type='kvm'><name>{name}</name><uuid>{uuid}</uuid><memory unit='GiB'>2</memory><vcpu>2</vcpu>
<os><type arch='x86_64'>hvm</type></os><devices><interface type='network'><mac address='52:54:00:00:00:01'/>
<source network='lan' portgroup='dmz'/></interface><interface type='bridge'><mac address='52:54:00:00:00:02'/>
<source bridge='br0'/></interface><disk type='file' device='disk'><source file='/pool/a.qcow2'/>
<target dev='vda' bus='virtio'/></disk></devices></domain>"""
NETWORK = """<network><name>lan</name><uuid>11111111-2222-3333-4444-555555555555</uuid><vlan><tag id='10'/></vlan>
<portgroup name='dmz'><vlan><tag id='30'/></vlan></portgroup></network>"""
POOL = """<pool type='dir'><name>pool</name><uuid>21111111-2222-3333-4444-555555555555</uuid>
<target><path>/pool</path></target></pool>"""


def dumps(path: Path) -> Path:
    path.mkdir()
    (path / "web.xml").write_text(DOMAIN.format(name="web", uuid="31111111-2222-3333-4444-555555555555"))
    (path / "lan.xml").write_text(NETWORK)
    (path / "pool.xml").write_text(POOL)
    (path / "broken.xml").write_text("<domain><name>")
    (path / "bomb.xml").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><domain>&a;</domain>")
    (path / "other.xml").write_text("<secret/>")
    (path / "nowhere.xml").write_text("<volume/>")
    (path / "volume.xml").write_text(
        "<volume type='file'><name>a.qcow2</name><key>/pool/a.qcow2</key><capacity unit='bytes'>1073741824</capacity>"
        "<allocation unit='KiB'>4</allocation><target><path>/pool/a.qcow2</path></target></volume>"
    )
    (path / "filter.xml").write_text(
        "<filter name='no-spoofing' chain='root'><rule action='drop' direction='in'/></filter>"
    )
    return path


def test_a_folder_of_definitions_is_an_estate(tmp_path: Path) -> None:
    moment = libvirt_xml.read(dumps(tmp_path / "one"))
    (vm,) = of_vms(moment)
    assert (vm.name, vm.power, vm.vcpus, vm.memory_bytes) == ("web", Power.UNKNOWN, 2, 2 << 30)
    assert [card.vlan for card in vm.nics] == [access(30), None]
    assert vm.disks[0].datastore == next(each.id for each in moment.records if each.kind == "datastore")
    assert (vm.disks[0].capacity_bytes, vm.disks[0].allocated_bytes) == (1 << 30, 4096)
    assert [each.name for each in moment.records if isinstance(each, Filter)] == ["no-spoofing"]
    assert "3 files that could not be read" in moment.lacks
    assert compare(moment, libvirt_xml.read(dumps(tmp_path / "two"))).is_empty  # another folder, the same host


def test_of_two_definitions_that_in_force_counts(tmp_path: Path) -> None:
    stored = DOMAIN.format(name="web", uuid="31111111-2222-3333-4444-555555555555")
    (tmp_path / "a-stored.xml").write_text(stored)
    (tmp_path / "b-live.xml").write_text(
        stored.replace("<domain ", "<domain id='3' ").replace(">2</vcpu>", ">4</vcpu>")
    )
    (vm,) = of_vms(libvirt_xml.read(tmp_path))
    assert (vm.vcpus, vm.power) == (4, Power.UNKNOWN)  # it may run, or be paused


def test_the_command_writes_a_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.vmisnap"
    assert run(["import", "libvirt-xml", str(dumps(tmp_path / "one")), "-o", str(out)]) == 0
    assert "libvirt XML" in capsys.readouterr().out
    assert [vm.name for vm in of_vms(snapshots.read(out))] == ["web"]
    assert run(["import", "rvtools", str(workbook(tmp_path / "w.xlsx")), "-o", str(out)]) == 0
    assert {vm.name for vm in of_vms(snapshots.read(out))} == {"web-01", "vm-8"}  # a formula is no name, and is not run
    assert run(["import", "rvtools", str(tmp_path), "-o", str(out)]) == 2
