"""File systems that say what cannot be: of a size that is made up nothing is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.disks import ext4, root, run
from vmi_console.introspection.disk import file_systems


@pytest.mark.parametrize(("path", "reason"), [("/etc/link", "leads nowhere"), ("/etc/folder", "is not read")])
def test_a_size_that_is_made_up_costs_nothing(tmp_path: Path, path: str, reason: str) -> None:
    made = root(tmp_path / "root", {"/etc/folder/file": b""}, {"/etc/link": "somewhere/" * 12})
    disk = ext4(tmp_path / "disk", made)
    run("debugfs", "-w", "-R", f"set_inode_field {path} size 9000000000000", disk)
    with disk.open("rb") as volume:
        etc = file_systems.ext(volume, disk.stat().st_size).root.child("etc")
        assert etc is not None
        node = etc.child(path.removeprefix("/etc/"))
        assert node is not None
        assert node.size > 1 << 32
        with pytest.raises(ValueError, match=reason):
            node.link() if path == "/etc/link" else node.child("file")
