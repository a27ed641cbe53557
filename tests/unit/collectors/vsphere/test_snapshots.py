"""Snapshots, and how large they have grown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import ref
from vmi_console.collectors.vsphere.snapshots import LONGEST_LOOK, lasting, measured, settled, sizes, snapshots
from vmi_console.estate.records import Disk, Power, Snapshot

_layout = vim.vm.FileLayoutEx
AT = datetime(2026, 3, 1, tzinfo=UTC)


def node(moid: str, *children: Any) -> Any:
    return vim.vm.SnapshotTree(
        snapshot=ref(vim.vm.Snapshot, moid),
        name=moid.upper(),
        description="",
        createTime=AT,
        state="poweredOn",
        childSnapshotList=list(children),
    )


def info(current: str, *roots: Any) -> Any:
    return vim.vm.SnapshotInfo(currentSnapshot=ref(vim.vm.Snapshot, current), rootSnapshotList=list(roots))


def chain(*files: int) -> Any:
    return _layout.DiskLayout(key=2000, chain=[_layout.DiskUnit(fileKey=[file]) for file in files])


def test_the_whole_forest_parents_first() -> None:
    found = snapshots(info("c", node("a", node("b", node("c"))), node("d")))
    assert [(each.key, each.parent, each.current) for each in found] == [
        ("a", None, False),
        ("b", "a", False),
        ("c", "b", True),
        ("d", None, False),
    ]
    assert (found[0].name, found[0].created_at, found[0].power) == ("A", AT, Power.ON)


def test_a_snapshot_is_as_large_as_what_was_written_since() -> None:
    known = snapshots(info("b", node("a", node("b"))))
    layout = _layout(
        file=[
            _layout.FileInfo(key=key, size=size, name="", type="", uniqueSize=size)
            for key, size in ((1, 1000), (2, 20), (3, 300), (11, 1), (12, 5), (13, 2))
        ],
        disk=[chain(1, 2, 3)],
        snapshot=[
            _layout.SnapshotLayout(key=ref(vim.vm.Snapshot, "a"), dataKey=11, memoryKey=12, disk=[chain(1)]),
            _layout.SnapshotLayout(key=ref(vim.vm.Snapshot, "b"), dataKey=13, memoryKey=-1, disk=[chain(1, 2)]),
        ],
    )
    found = sizes(layout, known)
    assert found == {"a": 20 + 1 + 5, "b": 300 + 2}
    assert [each.size_bytes for each in measured(known, found)] == [26, 302]


def test_a_tree_without_end_ends() -> None:
    deep = node("x")
    for _ in range(200):
        deep = node("x", deep)
    assert len(snapshots(info("x", deep))) <= 100


OURS = "vmi-console-0123456789abcdef"


def made(key: str, name: str, parent: str | None = None, *, current: bool = False, ago: float = 5.0) -> Snapshot:
    return Snapshot(
        key=key, name=name, parent=parent, current=current, created_at=datetime.now(UTC) - timedelta(seconds=ago)
    )


def test_a_look_leaves_no_trace() -> None:
    disk = Disk(key="2000", label="", path="[a] a/a-000002.vmdk", backing=("[a] a/a-000001.vmdk", "[a] a/a.vmdk"))
    other = Disk(key="2001", label="", path="[a] a/b.vmdk")
    known = (made("s1", "before", ago=9e4), made("s2", OURS, "s1", current=True))
    kept, disks = lasting(known), settled((disk, other), known)
    assert [(each.key, each.current) for each in kept] == [("s1", True)]
    assert [(each.path, each.backing) for each in disks] == [
        ("[a] a/a-000001.vmdk", ("[a] a/a.vmdk",)),
        ("[a] a/b.vmdk", ()),
    ]


def test_what_was_made_since_a_look_began_is_seen() -> None:
    known = (made("s1", OURS), made("s2", "mine", "s1", current=True))
    disk = Disk(key="2000", label="", path="[a] a/a-000002.vmdk", backing=("[a] a/a-000001.vmdk", "[a] a/a.vmdk"))
    kept, disks = lasting(known), settled((disk,), known)
    assert [(each.key, each.parent, each.current) for each in kept] == [("s2", None, True)]
    assert disks == (disk,)


def test_what_a_look_left_behind_is_shown() -> None:
    known = (made("s1", OURS, current=True, ago=LONGEST_LOOK.total_seconds() + 1),)
    assert lasting(known) == known


def test_only_the_names_of_looks_pass() -> None:
    known = (made("s1", "vmi-console-mine", current=True),)
    assert lasting(known) == known
