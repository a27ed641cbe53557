"""What a VM has to be read, and what keeps it from being read, as vSphere says it."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from vmi_console.collectors.vsphere.inspecting.machine import File, disks, obstacle
from vmi_console.collectors.vsphere.inspecting.places import Datastore

_disk = vim.vm.device.VirtualDisk
SAN = Datastore(name="san", kind="VMFS", free_bytes=1 << 40, accessible=True, datacenter="fra")


def backing(path: str, kind: Any = _disk.FlatVer2BackingInfo, store: str = "datastore-1", **more: Any) -> Any:
    return kind(fileName=path, datastore=vim.Datastore(store), **more)


def disk(made: Any) -> Any:
    return _disk(key=2000, backing=made, deviceInfo=vim.Description(label="Hard disk 1", summary=""))


def test_a_chain_is_told_from_the_newest_file_on() -> None:
    parent = backing("[san] base/base.vmdk", store="datastore-2")
    (found,) = disks([disk(backing("[san] web/web-000001.vmdk", diskMode="persistent", parent=parent))])
    assert found.chain == (File("datastore-1", "web/web-000001.vmdk"), File("datastore-2", "base/base.vmdk"))
    assert (found.label, found.obstacle, found.independent) == ("Hard disk 1", "", False)


def test_only_files_of_the_vm_may_be_named() -> None:
    parent = backing("[san] base/base.vmdk", store="datastore-2")
    (found,) = disks([disk(backing("[san] web/web-000001.vmdk", parent=parent))])
    counted = (File("datastore-1", "web/odd.vmdk"),)

    def named(called: str) -> list[str]:
        return [f"{each.datastore} {each.path}" for each in found.files_called(called, counted)]

    assert named("base.vmdk") == ["datastore-2 base/base.vmdk"]
    assert named("base-flat.vmdk") == ["datastore-2 base/base-flat.vmdk"]
    assert named("web-000001-sesparse.vmdk") == ["datastore-1 web/web-000001-sesparse.vmdk"]
    assert named("base-s001.vmdk") == ["datastore-2 base/base-s001.vmdk"]
    assert named("odd.vmdk") == ["datastore-1 web/odd.vmdk"]
    assert named("web.vmdk") == named("web.vmx") == named("other-flat.vmdk") == []


def test_names_that_mean_several_files_are_not_guessed() -> None:
    parent = backing("[san] base/web.vmdk", store="datastore-2")
    (found,) = disks([disk(backing("[san] web/web.vmdk", parent=parent))])
    assert len(found.files_called("web.vmdk", ())) == 2


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (backing("[san] a/a.vmdk", _disk.RawDiskMappingVer1BackingInfo), "raw device"),
        (_disk.RawDiskVer2BackingInfo(descriptorFileName="a"), "raw device"),
        (backing("[san] a/a.vmdk", _disk.LocalPMemBackingInfo), "persistent memory"),
        (backing("[san] a/a.vmdk", keyId=vim.encryption.CryptoKeyId(keyId="a")), "encrypted"),
        (_disk.FlatVer2BackingInfo(fileName=""), "no file"),
        (backing("nowhere.vmdk"), "cannot be told"),
    ],
)
def test_disks_that_cannot_be_read(made: Any, words: str) -> None:
    (found,) = disks([disk(made)])
    assert words in found.obstacle
    assert obstacle(found, {"datastore-1": SAN}).startswith("Hard disk 1: ")


@pytest.mark.parametrize(
    ("datastores", "words"),
    [
        ({}, "may not be seen"),
        ({"datastore-1": Datastore("a", "vsan", None, True, "fra")}, "vSAN"),
        ({"datastore-1": Datastore("a", "VVOL", None, True, "fra")}, "virtual volumes"),
        ({"datastore-1": Datastore("a", "PMEM", None, True, "fra")}, "persistent memory"),
        ({"datastore-1": Datastore("a", "VMFS", None, False, "fra")}, "not accessible"),
        ({"datastore-1": SAN}, ""),
    ],
)
def test_datastores_that_cannot_be_read(datastores: dict[str, Datastore], words: str) -> None:
    (found,) = disks([disk(backing("[a] a/a.vmdk"))])
    reason = obstacle(found, datastores)
    assert words in reason
    assert bool(reason) == bool(words)


def test_independent_disks_are_known() -> None:
    (found,) = disks([disk(backing("[a] a/a.vmdk", diskMode="independent_persistent"))])
    assert found.independent
