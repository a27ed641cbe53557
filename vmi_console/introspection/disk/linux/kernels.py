"""Which kernels are installed, and which one would be started with what on its command line.

What starts is decided by a boot loader: the Boot Loader Specification's entries (Fedora, RHEL, systemd-boot), GRUB's
own menu (Debian, Ubuntu, SUSE), or extlinux (Alpine). Where none of them is understood the newest one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cmp_to_key

import msgspec

from vmi_console.estate.versions import compare_rpm
from vmi_console.introspection.disk.files import Kind
from vmi_console.introspection.disk.linux.assignments import assignments
from vmi_console.introspection.disk.reading import Reading, lines, word

_LONGEST_MENU = 4 << 20
_IMAGE = re.compile(r"(?:vmlinuz|vmlinux|bzImage|kernel|Image)-(.+)")
MENUS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
ENVIRONMENTS = ("/boot/grub2/grubenv", "/boot/grub/grubenv")
ENTRIES = ("/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries")
_SET_DEFAULT = re.compile(r"""set default=["']?([^"'\n]*)["']?""")
_MENU_ENTRY = re.compile(r"""menuentry\s+(?:'([^']*)'|"([^"]*)")(.*)""")
_ID = re.compile(r"""(?:--id|\$menuentry_id_option)\s+['"]?([^'"\s{]+)""")


class Start(msgspec.Struct, frozen=True):
    """What a boot loader would start."""

    name: str  # by which the entry is chosen
    image: str = ""
    command_line: str = ""


class Kernels(msgspec.Struct, frozen=True):
    """Those of one guest."""

    installed: tuple[str, ...] = ()  # releases, oldest first
    starts: str = ""  # the one that would be started; empty where not known
    command_line: str | None = None


def kernels(reading: Reading) -> Kernels:
    """Releases as `uname -r` would say them."""
    images = {
        entry.name: _release(entry.name) for entry in reading.any_folder("/boot") if entry.kind is not Kind.FOLDER
    }
    modules = [
        entry.name
        for entry in reading.any_folder("/lib/modules")
        if entry.kind is Kind.FOLDER and entry.name[:1].isdigit()
    ]
    booted = {release for release in images.values() if release}
    if modules and not booted <= set(modules):
        # Alpine's vmlinuz-lts is the kernel whose modules are in a folder that ends in -lts.
        booted = {_of_flavour(release, modules) for release in booted}
    installed = sorted(booted | {*modules}, key=cmp_to_key(compare_rpm))
    start = _start(reading)
    image = start.image.rpartition("/")[2] if start else ""
    starts = _of_flavour(_release(image), modules) if image else ""
    if not starts and installed:
        starts = max(booted or installed, key=cmp_to_key(compare_rpm))
    return Kernels(
        installed=tuple(map(word, installed)),
        starts=word(starts),
        command_line=start.command_line[:4096] if start else None,
    )


def _release(image: str) -> str:
    match = _IMAGE.fullmatch(image)
    return match[1] if match and not match[1].endswith((".old", ".hmac")) and "rescue" not in match[1] else ""


def _of_flavour(release: str, modules: list[str]) -> str:
    if release in modules or not release or release[:1].isdigit():
        return release
    fitting = [name for name in modules if name.endswith(f"-{release}")]
    return max(fitting, key=cmp_to_key(compare_rpm)) if fitting else release


def _start(reading: Reading) -> Start | None:
    environment = _environment(reading)
    if entries := [*_specified(reading)]:
        return _chosen(entries, environment.get("saved_entry", ""))
    for path in MENUS:
        menu = reading.any_text(path, _LONGEST_MENU)
        if menu is not None and (entries := [*_menu_entries(menu)]):
            return _chosen(entries, _default(menu, environment))
    for path in ("/boot/extlinux.conf", "/boot/extlinux/extlinux.conf", "/boot/syslinux/syslinux.cfg"):
        text = reading.any_text(path)
        if text is not None and (start := _extlinux(text)):
            return start
    return None


def _environment(reading: Reading) -> dict[str, str]:
    for path in ENVIRONMENTS:
        text = reading.any_text(path)
        if text is not None:
            return assignments(text)
    return {}


def _default(menu: str, environment: dict[str, str]) -> str:
    """What GRUB takes; `next_entry` counts for one start only, and the menu's script prefers it."""
    if environment.get("next_entry"):
        return environment["next_entry"]
    written = [value for value in _SET_DEFAULT.findall(menu) if "next_entry" not in value]
    default = next((value for value in reversed(written) if value), "")
    return environment.get("saved_entry", "") if "saved_entry" in default else default


def _menu_entries(menu: str) -> Iterator[Start]:
    """GRUB's entries in their order, those of submenus too; the name is the title or its id."""
    name, image, command_line = "", "", ""
    for line in lines(menu):
        if match := _MENU_ENTRY.match(line):
            if image:
                yield Start(name, image, command_line)
            identity = _ID.search(match[3])
            name, image, command_line = f"{match[1] or match[2] or ''}\0{identity[1] if identity else ''}", "", ""
        elif name and line.split(None, 1)[0] in ("linux", "linux16", "linuxefi"):
            words = line.split()
            image, command_line = (words[1] if len(words) > 1 else ""), " ".join(words[2:])
    if image:
        yield Start(name, image, command_line)


def _specified(reading: Reading) -> Iterator[Start]:
    """Entries of the Boot Loader Specification, the one that is on top first."""
    for folder in ENTRIES:
        found = []
        for name, path in reading.any_files(folder):
            if not name.endswith(".conf"):
                continue
            fields = dict(
                (key, value.strip())
                for key, _, value in (line.partition(" ") for line in lines(reading.any_text(path) or ""))
            )
            if "linux" in fields:
                title = f"{fields.get('title', '')}\0{name.removesuffix('.conf')}"
                found.append((fields.get("version", name), Start(title, fields["linux"], fields.get("options", ""))))
        found.sort(key=lambda pair: cmp_to_key(compare_rpm)(pair[0]), reverse=True)
        yield from (start for _, start in found)
        if found:
            return


def _chosen(entries: list[Start], wanted: str) -> Start:
    last = wanted.rpartition(">")[2]
    if wanted.isdecimal() and len(wanted) < 5 and int(wanted) < len(entries):
        return entries[int(wanted)]
    return next((entry for entry in entries if last and last in entry.name.split("\0")), entries[0])


def _extlinux(text: str) -> Start | None:
    default, label = "", ""
    images: dict[str, str] = {}
    arguments: dict[str, str] = {}
    for line in lines(text):
        key, _, value = line.partition(" ")
        match key.lower():
            case "default":
                default = value.strip()
            case "label":
                label = value.strip()
            case "linux" | "kernel":
                images[label] = value.strip()
            case "append":
                arguments[label] = value.strip()
    label = default if default in images else next(iter(images), "")
    return Start(label, images[label], arguments.get(label, "")) if label in images else None
