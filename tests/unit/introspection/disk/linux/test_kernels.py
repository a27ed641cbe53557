from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import Link, reading
from vmi_console.introspection.disk.linux.kernels import Kernels, kernels

DEBIAN = {f"/boot/vmlinuz-6.1.0-{number}-amd64": "" for number in (9, 18, 21)} | {
    f"/lib/modules/6.1.0-{number}-amd64/": "" for number in (9, 18, 21)
}
GRUB = """\
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
else
   set default="DEFAULT"
fi
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1234' {
\tlinux\t/boot/vmlinuz-6.1.0-21-amd64 root=UUID=1234 ro quiet
\tinitrd\t/boot/initrd.img-6.1.0-21-amd64
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-1234' {
\tmenuentry 'Debian, with Linux 6.1.0-18' $menuentry_id_option 'gnulinux-6.1.0-18' {
\t\tlinux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=1234 ro single
\t}
}
"""


def test_the_newest_is_meant_where_no_boot_loader_tells(tmp_path: Path) -> None:
    assert kernels(reading(tmp_path, DEBIAN)) == Kernels(
        ("6.1.0-9-amd64", "6.1.0-18-amd64", "6.1.0-21-amd64"), "6.1.0-21-amd64", None
    )


def test_grub_starts_its_first_entry(tmp_path: Path) -> None:
    found = kernels(reading(tmp_path, DEBIAN | {"/boot/grub/grub.cfg": GRUB.replace("DEFAULT", "0")}))
    assert (found.starts, found.command_line) == ("6.1.0-21-amd64", "root=UUID=1234 ro quiet")


def test_grub_starts_what_was_saved(tmp_path: Path) -> None:
    files = {
        "/boot/grub/grub.cfg": GRUB.replace("DEFAULT", "${saved_entry}"),
        "/boot/grub/grubenv": "# GRUB Environment Block\nsaved_entry=gnulinux-advanced-1234>gnulinux-6.1.0-18\n####",
    }
    found = kernels(reading(tmp_path, DEBIAN | files))
    assert (found.starts, found.command_line) == ("6.1.0-18-amd64", "root=UUID=1234 ro single")


@pytest.mark.parametrize("wanted", ["²", "9" * 5000, "7", "nothing>such", "\0"])
def test_what_grub_does_not_have_is_its_first_entry(tmp_path: Path, wanted: str) -> None:
    files = {"/boot/grub/grub.cfg": GRUB.replace("DEFAULT", wanted)}
    assert kernels(reading(tmp_path, DEBIAN | files)).starts == "6.1.0-21-amd64"


def test_what_is_to_be_started_once_comes_first(tmp_path: Path) -> None:
    files = {
        "/boot/grub/grub.cfg": GRUB.replace("DEFAULT", "0"),
        "/boot/grub/grubenv": "next_entry=gnulinux-6.1.0-18\n",
    }
    assert kernels(reading(tmp_path, DEBIAN | files)).starts == "6.1.0-18-amd64"


def test_entries_of_the_boot_loader_specification(tmp_path: Path) -> None:
    files = {
        "/boot/vmlinuz-0-rescue-abc": "",
        "/boot/grub2/grubenv": "saved_entry=abc-5.14.0-362.el9.x86_64\n",
    }
    for release in ("5.14.0-362.el9.x86_64", "5.14.0-427.el9.x86_64"):
        files |= {
            f"/boot/vmlinuz-{release}": "",
            f"/lib/modules/{release}/": "",
            f"/boot/loader/entries/abc-{release}.conf": (
                f"title RHEL\nversion {release}\nlinux /vmlinuz-{release}\noptions root=/dev/sda1 {release}\n"
            ),
        }
    found = kernels(reading(tmp_path, files))
    assert found.installed == ("5.14.0-362.el9.x86_64", "5.14.0-427.el9.x86_64")
    assert (found.starts, found.command_line) == (
        "5.14.0-362.el9.x86_64",
        "root=/dev/sda1 5.14.0-362.el9.x86_64",
    )
    (tmp_path / "boot/grub2/grubenv").unlink()
    assert kernels(reading(tmp_path, {})).starts == "5.14.0-427.el9.x86_64"


def test_a_flavour_stands_for_the_kernel_whose_modules_are_there(tmp_path: Path) -> None:
    extlinux = "DEFAULT menu.c32\nLABEL lts\n  LINUX vmlinuz-lts\n  APPEND root=/dev/vda quiet\n"
    files = {"/boot/vmlinuz-lts": "", "/lib/modules/6.6.32-0-lts/": "", "/boot/extlinux.conf": extlinux}
    assert kernels(reading(tmp_path, files)) == Kernels(("6.6.32-0-lts",), "6.6.32-0-lts", "root=/dev/vda quiet")


def test_a_system_without_a_kernel(tmp_path: Path) -> None:
    assert kernels(reading(tmp_path, {"/vmlinuz": Link("boot/vmlinuz-1")})) == Kernels()
