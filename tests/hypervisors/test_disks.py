"""Disks made by the tools that make real ones: every image format, partition table, volume and file system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.unit.introspection.disk import disks
from tests.unit.introspection.disk.disks import empty, ext4, partitioned, run
from vmi_console.introspection.disk import file_systems, images, opening, volumes
from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.mounted import Mounted
from vmi_console.introspection.disk.ntfs_folders import DamagedFolder

pytestmark = pytest.mark.lab

LONG = b"".join(number.to_bytes(4) for number in range(200_000))
RUNNING = "its log was not replayed, as the guest was running or did not shut down"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return disks.root(
        tmp_path_factory.mktemp("disk") / "root",
        {"etc/hello": b"hello\n", "etc/long": LONG},
        {
            "usr/absolute": "/etc/hello",
            "usr/relative": "../etc/hello",
            "usr/loop": "loop",
            "usr/out": "../../../etc/hello",
        },
    )


@pytest.fixture(scope="module")
def disk(root: Path) -> Path:
    """A partitioned disk with one ext4 file system."""
    return partitioned(root.parent / "disk.img", [ext4(root.parent / "ext4.img", root)])


_files: list[BinaryIO] = []


@pytest.fixture(autouse=True)
def files_are_closed() -> Iterator[None]:
    yield
    while _files:
        _files.pop().close()


def beside(path: Path) -> Callable[[str], BinaryIO]:
    """Opens files by their names in one folder, until the test is over."""

    def other(name: str) -> BinaryIO:
        _files.append((path.parent / name).open("rb"))
        return _files[-1]

    return other


def opened(*paths: Path) -> Mounted:
    """The files of a machine with these disks."""
    streams = []
    for path in paths:
        other = beside(path)
        image = images.opened(other(path.name), other)
        streams.append((image.disk, image.disk.seek(0, 2)))
    return opening.opened(volumes.search(streams))


def assert_whole(files: Mounted) -> None:
    assert files.read("/etc/hello") == b"hello\n"
    assert files.read("/etc/long") == LONG
    assert {entry.name for entry in files.entries("/etc")} >= {"hello", "long"}


# --- images -----------------------------------------------------------------------------------------------------------

FORMATS = (
    "raw",
    "qcow2",
    "qcow2 -c",
    "qcow2 -c -o compression_type=zstd",
    "qcow2 -o cluster_size=4k",
    "vmdk",
    "vmdk -o subformat=streamOptimized",
    "vmdk -o subformat=monolithicFlat",
    "vmdk -o subformat=twoGbMaxExtentSparse",
    "vmdk -o subformat=twoGbMaxExtentFlat",
    "vpc",
    "vpc -o subformat=fixed",
    "vhdx",
    "vhdx -o subformat=fixed",
    "vdi",
    "vdi -o static=on",
)


@pytest.mark.parametrize("form", FORMATS)
def test_every_image_format_holds_the_same_disk(disk: Path, tmp_path: Path, form: str) -> None:
    kind, *options = form.split()
    image = tmp_path / f"disk.{kind}"
    run("qemu-img", "convert", "-O", kind, *options, disk, image)
    assert_whole(opened(image))


@pytest.mark.parametrize("kind", ["qcow2", "vmdk"])
def test_what_is_behind_an_image_is_found(disk: Path, tmp_path: Path, kind: str) -> None:
    run("qemu-img", "convert", "-O", kind, disk, tmp_path / "base")
    for name, behind in (("one", "base"), ("two", "one")):
        run("qemu-img", "create", "-q", "-f", kind, "-b", behind, "-F", kind, tmp_path / name)
    assert_whole(opened(tmp_path / "two"))


def test_an_image_may_be_longer_than_what_is_behind_it(disk: Path, tmp_path: Path) -> None:
    run("qemu-img", "convert", "-O", "qcow2", disk, tmp_path / "base")
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base", "-F", "qcow2", tmp_path / "longer", "1G")
    image = images.opened(beside(tmp_path / "longer")("longer"), beside(tmp_path / "longer"))
    assert image.disk.seek(0, 2) == 1 << 30
    image.disk.seek(disk.stat().st_size - 4096)
    assert image.disk.read(1 << 20) == disk.read_bytes()[-4096:].ljust(1 << 20, b"\0")


def test_a_qcow2_of_a_kind_that_is_not_read_is_refused(disk: Path, tmp_path: Path) -> None:
    run("qemu-img", "convert", "-O", "qcow2", "-o", "extended_l2=on", disk, tmp_path / "extended")
    with pytest.raises(Unreadable, match="extended_l2=off"):
        opened(tmp_path / "extended")


def test_an_image_says_what_it_wants_and_may_be_refused(disk: Path, tmp_path: Path) -> None:
    run("qemu-img", "convert", "-O", "qcow2", disk, tmp_path / "base")
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", tmp_path / "base", "-F", "qcow2", tmp_path / "overlay")
    asked = []

    def refuse(name: str) -> BinaryIO:
        asked.append(name)
        raise OSError(f"{name} may not be opened")

    with pytest.raises(Unreadable, match="base may not be opened"), (tmp_path / "overlay").open("rb") as file:
        images.opened(file, refuse)
    assert asked == ["base"], "by its name alone, whatever path the image has"


def test_a_raw_disk_behind_an_image_is_not_taken_for_an_image(disk: Path, tmp_path: Path) -> None:
    """A guest may write onto its raw disk what looks like an image that names another file."""
    raw = tmp_path / "raw.img"
    raw.write_bytes(disk.read_bytes())
    evil = tmp_path / "evil"
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "secret", "-F", "raw", "-u", evil, "64M")
    raw.write_bytes(evil.read_bytes()[:512] + raw.read_bytes()[512:])
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "raw.img", "-F", "raw", tmp_path / "overlay")
    asked = []

    def other(name: str) -> BinaryIO:
        asked.append(name)
        return beside(raw)(name)

    with (tmp_path / "overlay").open("rb") as file:
        images.opened(file, other)
    assert asked == ["raw.img"]


@pytest.mark.parametrize("size", [0, 100, 511, 4096])
def test_a_file_that_is_no_disk_is_said_to_be_none(tmp_path: Path, size: int) -> None:
    path = tmp_path / "short.img"
    path.write_bytes(b"x" * size)
    with pytest.raises(Unreadable, match="no file system"):
        opened(path)


# --- volumes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["gpt", "dos"])
def test_partitions_are_found(root: Path, tmp_path: Path, label: str) -> None:
    assert_whole(opened(partitioned(tmp_path / "disk.img", [ext4(tmp_path / "volume", root)], label)))


def test_a_disk_without_partitions_is_a_volume(root: Path, tmp_path: Path) -> None:
    assert_whole(opened(ext4(tmp_path / "volume", root)))


@contextmanager
def loops(*paths: Path) -> Iterator[list[str]]:
    made = [run("losetup", "--find", "--show", path).strip() for path in paths]
    try:
        yield made
    finally:
        for device in made:
            run("losetup", "--detach", device)


@pytest.fixture(scope="module")
def physical(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two physical volumes with one logical volume that lies on both."""
    folder = tmp_path_factory.mktemp("lvm")
    paths = [empty(folder / f"physical-{number}", 80) for number in (1, 2)]
    with loops(*paths) as devices:
        only = "|".join(device.rpartition("/")[2] for device in devices)
        settings = f'devices {{ use_devicesfile=0 filter=["a|/dev/({only})$|","r|.*|"] }} activation {{ udev_sync=0 }}'
        lvm = ("--driverloaded", "n", "--config", settings)
        run("lvm", "pvcreate", "-q", "-ff", "-y", *lvm, *devices)
        run("lvm", "vgcreate", "-q", *lvm, "vg-x", *devices)
        run("lvm", "lvcreate", "-q", "-an", "-Zn", "-Wn", "-y", *lvm, "-l", "30", "-n", "root", "vg-x")
    content = ext4(folder / "volume", root, mebibytes=100).read_bytes()
    extent, first = 4 * disks.MIB, 19  # of the first physical volume, the rest on the second
    for path, part in zip(paths, (content[: first * extent], content[first * extent :]), strict=True):
        with path.open("r+b") as file:
            file.seek(disks.MIB)
            file.write(part)
    return paths


def test_a_logical_volume_on_two_disks_is_put_together(physical: list[Path]) -> None:
    assert_whole(opened(*physical))
    assert_whole(opened(*reversed(physical)))


def test_a_logical_volume_of_which_half_is_missing_is_said_so(physical: list[Path]) -> None:
    with pytest.raises(Unreadable, match="not found"):
        opened(physical[0])


def test_an_encrypted_volume_is_not_an_empty_one(tmp_path: Path) -> None:
    path = empty(tmp_path / "luks.img", 8)
    with path.open("r+b") as file:
        file.write(b"LUKS\xba\xbe\x00\x02")
    with pytest.raises(Unreadable, match="encrypted"):
        opened(path)


def test_other_file_systems_are_where_the_guest_mounts_them(root: Path, tmp_path: Path) -> None:
    boot = empty(tmp_path / "boot.img", 64)
    run("mkfs.vfat", "-n", "EFI", boot)
    run("mcopy", "-i", boot, root / "etc/hello", "::KERNEL.TXT")
    table = (
        "# a comment\nUUID=nobody / ext4 defaults 0 1\nLABEL=EFI /boot vfat defaults 0 2\n"
        "proc /proc proc defaults 0 0\nUUID=dead-beef /srv ext4 defaults 0 2\nUUID=dead-bee2 /opt ext4 nofail 0 2\n"
    )
    with_table = disks.root(
        tmp_path / "root", {"etc/hello": b"hello\n", "etc/long": LONG, "etc/fstab": table.encode(), "boot/hidden": b""}
    )
    files = opened(partitioned(tmp_path / "disk.img", [boot, ext4(tmp_path / "system", with_table)]))
    assert_whole(files)
    assert [entry.name for entry in files.entries("/boot")] == ["KERNEL.TXT"]
    assert files.read("/boot/KERNEL.TXT") == b"hello\n"
    assert files.doubts == ("/srv (UUID=dead-beef) is on none of the disks that were looked at",)


# --- file systems -----------------------------------------------------------------------------------------------------


def test_links_stay_inside_the_guest(disk: Path) -> None:
    files = opened(disk)
    for link in ("absolute", "relative", "out"):
        assert files.read(f"/usr/{link}") == b"hello\n"
    assert files.target("/usr/absolute") == "/etc/hello"
    assert files.entry("/usr/absolute", follow=False).kind is Kind.LINK
    with pytest.raises(Unreadable, match="links"):
        files.read("/usr/loop")
    with pytest.raises(Absent):
        files.read("/etc/nothing")
    with pytest.raises(Absent):
        files.read("/etc/hello/below")
    with pytest.raises(Unreadable, match="more than is read"):
        files.read("/etc/long", limit=1000)
    with pytest.raises(Unreadable, match="is a folder"):
        files.read("/etc")


PROTO = """/
0 0
d--755 0 0
etc d--755 0 0
hello ---644 0 0 {root}/etc/hello
long ---644 0 0 {root}/etc/long
$
usr d--755 0 0
$
$
"""


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    run("mount", "-o", "loop", image, place)
    try:
        yield place
    finally:
        run("umount", place)


def test_xfs_is_read_and_says_whether_its_log_was_left_open(root: Path, tmp_path: Path) -> None:
    image = empty(tmp_path / "xfs.img", 320)
    proto = tmp_path / "proto"
    proto.write_text(PROTO.format(root=root))
    run("mkfs.xfs", "-q", "-f", "-p", proto, image)
    assert_whole(opened(image))
    assert opened(image).doubts == ()
    for _ in range(2):
        with mounted(image, tmp_path / "place") as place:
            for number in range(500):
                (place / "etc" / f"file-{number}").write_text("content")
            run("sync", "--file-system", place)
            assert opened(image).doubts == (f"xfs: {RUNNING}",)
        assert opened(image).doubts == ()
    assert opened(image).read("/etc/file-7") == b"content"


def test_btrfs_is_read_with_its_subvolumes(root: Path, tmp_path: Path) -> None:
    image = empty(tmp_path / "btrfs.img", 256)
    run("mkfs.btrfs", "-q", "-f", "-r", root, image)
    assert_whole(opened(image))
    inside = empty(tmp_path / "subvolume.img", 256)
    run("mkfs.btrfs", "-q", "-f", inside)
    with mounted(inside, tmp_path / "place") as place:
        run("btrfs", "subvolume", "create", place / "@")
        run("btrfs", "subvolume", "create", place / "@home")
        run("cp", "-a", f"{root}/.", place / "@")
        (place / "@home" / "somebody").write_text("at home")
        uuid = run("blkid", "-o", "value", "-s", "UUID", inside).strip()
        (place / "@" / "etc" / "fstab").write_text(
            f"UUID={uuid} / btrfs subvol=/@ 0 0\nUUID={uuid} /home btrfs subvol=@home 0 0\n"
        )
        (place / "@" / "home").mkdir()
    files = opened(inside)
    assert_whole(files)
    assert files.read("/home/somebody") == b"at home"


@pytest.fixture(scope="module")
def ntfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A volume with a folder that has blocks of names."""
    folder = tmp_path_factory.mktemp("ntfs")
    image = empty(folder / "ntfs.img", 64)
    run("mkntfs", "-q", "-F", "-L", "SYSTEM", image)
    place = folder / "place"
    place.mkdir()
    run("ntfs-3g", image, place)
    try:
        (place / "Windows/System32/config").mkdir(parents=True)
        (place / "Windows/System32/config/SOFTWARE").write_bytes(LONG)
        for number in range(500):
            (place / f"Windows/System32/library-{number:04}.dll").write_text(str(number))
    finally:
        run("umount", place)
    return image


def test_ntfs_is_read_without_regard_to_case(ntfs: Path, tmp_path: Path) -> None:
    files = opened(partitioned(tmp_path / "disk.img", [ntfs]))
    assert files.read("/windows/SYSTEM32/config/software") == LONG
    assert files.read("/Windows/System32/LIBRARY-0123.DLL") == b"123"
    assert len(list(files.entries("/Windows/System32"))) == 501
    assert files.doubts == ()
    with pytest.raises(Absent):
        files.read("/Windows/System32/library-9999.dll")


def in_blocks(volume: Path, change: Callable[[bytearray, int, int], None]) -> None:
    """Has something changed in every block of names of an NTFS volume: given the block, where its entries begin and
    where they end."""
    content = bytearray(volume.read_bytes())
    for at in range(0, len(content), 4096):
        block = content[at : at + 4096]
        if block[:4] == b"INDX":
            begin, end = (int.from_bytes(block[place : place + 4], "little") for place in (0x18, 0x1C))
            change(block, 0x18 + begin, 0x18 + end)
            content[at : at + 4096] = block
    volume.write_bytes(content)


def lead_to_itself(block: bytearray, begin: int, _end: int) -> None:
    """Every entry of a block says that its own block is below it."""
    while True:
        length, flags = (int.from_bytes(block[begin + at : begin + at + 2], "little") for at in (8, 12))
        if flags & 3 == 2:  # the last one, without a block below: made longer by one
            length = 24
            block[begin + 8 : begin + 10] = length.to_bytes(2, "little")
        block[begin + 12] |= 1
        block[begin + length - 8 : begin + length] = block[0x10:0x18]
        if flags & 2:
            return
        begin += length


def shorter_than_any(block: bytearray, begin: int, _end: int) -> None:
    """The first entry of a block is shorter than an entry can be."""
    block[begin + 8 : begin + 10] = (1).to_bytes(2, "little")


def without_end(block: bytearray, begin: int, _end: int) -> None:
    """The first entry names the block of the highest number, and there are said to be entries past the block's end."""
    block[begin + 12] |= 1
    length = int.from_bytes(block[begin + 8 : begin + 10], "little")
    block[begin + length - 8 : begin + length] = b"\xff" * 7 + b"\x7f"
    block[0x1C:0x20] = (0xFFFFFFFF).to_bytes(4, "little")


@pytest.mark.parametrize("change", [lead_to_itself, shorter_than_any, without_end])
def test_a_hostile_folder_of_ntfs_is_damaged_and_costs_little(
    ntfs: Path, tmp_path: Path, change: Callable[[bytearray, int, int], None]
) -> None:
    volume = tmp_path / "hostile.img"
    volume.write_bytes(ntfs.read_bytes())
    in_blocks(volume, change)
    began = time.process_time()
    with volume.open("rb") as file:
        root = file_systems.ntfs(file, 64 << 20).root
        with pytest.raises((DamagedFolder, EOFError)):
            list(root.children())
        with pytest.raises((DamagedFolder, EOFError)):
            root.child(" ")  # before all others
    with pytest.raises(Unreadable, match="no operating system"):
        opened(partitioned(tmp_path / "disk.img", [volume]))
    assert time.process_time() - began < 2.0, "no test of speed: without bounds it never ends"
