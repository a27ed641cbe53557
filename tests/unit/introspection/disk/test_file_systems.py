"""File systems that say what cannot be: nothing is read of a size that is made up, and damage is never absence."""

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


def test_what_is_behind_damage_in_a_folder_is_not_absent(tmp_path: Path) -> None:
    names = {f"number-{number}" for number in range(400)}
    made = root(tmp_path / "root", {f"/etc/folder/{name}": b"" for name in names})
    disk = ext4(tmp_path / "disk", made, "-b", "1024")
    run("e2fsck", "-f", "-y", "-D", disk, may_fail=True)  # makes the folder a hashed one

    def folder() -> set[str]:
        with disk.open("rb") as volume:
            etc = file_systems.ext(volume, disk.stat().st_size).root.child("etc")
            node = etc.child("folder") if etc is not None else None
            assert node is not None
            return {each.name for each in node.children()}

    assert folder() == names
    second = run("debugfs", "-R", "blocks /etc/folder", disk).split()[1]
    with disk.open("r+b") as file:
        file.seek(int(second) * 1024 + 4)
        file.write(bytes(2))
    with pytest.raises(ValueError, match="damaged at byte 1,024"):
        folder()
