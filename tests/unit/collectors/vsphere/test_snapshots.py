"""Snapshots, and how large they have grown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import ref
from vmi_console.collectors.vsphere.snapshots import measured, sizes, snapshots
from vmi_console.estate.records import Power

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
