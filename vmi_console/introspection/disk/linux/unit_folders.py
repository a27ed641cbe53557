"""The folders of systemd's unit files, and what lies in them: files, links, drop-ins, and who wants whom.

The search path is that of systemd.unit(5) for the system, without what is only there while the guest runs. Each folder
is listed once.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import msgspec

from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.linux.sections import Sections
from vmi_console.introspection.disk.reading import Reading

CONFIGURED = "/etc/systemd/system"
PATH = (
    "/etc/systemd/system.control",
    CONFIGURED,
    "/etc/systemd/system.attached",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
)
_WISHES = (".wants", ".requires", ".upholds")
_NAME = re.compile(
    r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]*)?"
    r"\.(?:service|socket|target|device|mount|automount|swap|timer|path|slice|scope)"
)
_LONGEST_NAME = 255
_MOST = 5_000  # names in one folder, and wishes in it; a large system has a tenth of that


class Folder(msgspec.Struct):
    """One folder of the search path."""

    path: str
    files: set[str]
    links: dict[str, str]  # name: target as it is written
    others: set[str]  # names that are neither, which keep a unit from being found further down the path
    dropins: set[str]  # the units that have a folder of drop-ins here
    wishes: dict[str, set[str]]  # what is wanted, required or upheld: the names of those that do


class UnitFolders:
    """All folders together. Raises `Unreadable` where one is there and cannot be listed."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._merged = _is_link(reading, "/lib")
        self.folders = [
            folder
            for path in PATH
            if not (self._merged and path.startswith("/lib/"))
            if (folder := self._folder(path)) is not None
        ]
        self._paths = {folder.path for folder in self.folders}

    def names(self) -> Iterator[tuple[str, str]]:
        """Name and path of every unit file, each name once, where it is found first."""
        seen: set[str] = set()
        for folder in self.folders:
            for name in sorted({*folder.files, *folder.links}):
                if name not in seen and is_unit(name):
                    seen.add(name)
                    yield name, f"{folder.path}/{name}"

    def within(self, path: str) -> bool:
        """Whether a file lies directly in one of the folders."""
        return posixpath.dirname(path) in self._paths

    def find(self, name: str) -> Folder | None:
        """The first folder that has something under this name."""
        for folder in self.folders:
            if name in folder.files or name in folder.links or name in folder.others:
                return folder
        return None

    def aim(self, path: str, target: str) -> str:
        """What a link at `path` points to, as an absolute path."""
        absolute = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return f"/usr{absolute}" if self._merged and absolute.startswith("/lib/") else absolute

    def dropins(self, name: str) -> Iterator[str]:
        """The texts of a unit's drop-ins in the order of their names; the first of a name on the path counts."""
        wanted = {name} | ({template} if (template := template_of(name)) else set())
        paths: dict[str, str] = {}
        for folder in self.folders:
            for owner in sorted(wanted & folder.dropins):
                for file, path in self._reading.known_files(f"{folder.path}/{owner}.d"):
                    if file.endswith(".conf"):
                        paths.setdefault(file, path)
        for _, path in sorted(paths.items()):
            if (text := self._reading.known_text(path)) is not None:
                yield text

    def _folder(self, path: str) -> Folder | None:
        try:
            entries = self._reading.folder(path)
        except Absent:
            return None
        if len(entries) > _MOST:
            raise Unreadable(f"{path} holds more than {_MOST} names")
        folder = Folder(path, set(), {}, set(), set(), {})
        for entry in entries:
            if len(entry.name) > _LONGEST_NAME:
                continue
            match entry.kind:
                case Kind.FILE:
                    folder.files.add(entry.name)
                case Kind.LINK:
                    target = self._reading.any_target(f"{path}/{entry.name}")
                    if target is not None:
                        folder.links[entry.name] = target
                    else:
                        folder.others.add(entry.name)
                case Kind.FOLDER if entry.name.endswith(".d"):
                    folder.dropins.add(entry.name.removesuffix(".d"))
                case Kind.FOLDER if entry.name.endswith(_WISHES):
                    owner = entry.name.rpartition(".")[0]
                    for wished in self._reading.folder(f"{path}/{entry.name}"):
                        if wished.kind is Kind.LINK and is_unit(wished.name):
                            folder.wishes.setdefault(wished.name, set()).add(owner)
                    if len(folder.wishes) > _MOST:
                        raise Unreadable(f"more than {_MOST} units are wanted in {path}")
                case _:
                    folder.others.add(entry.name)
        return folder


def is_unit(name: str) -> bool:
    """Whether a file's name is that of a unit (systemd's unit_name_is_valid).

    >>> is_unit("getty@.service"), is_unit("README"), is_unit("a b.service")
    (True, False, False)
    """
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def template_of(name: str) -> str:
    """The template of an instance; empty where it is none.

    >>> template_of("getty@tty1.service"), template_of("getty@.service"), template_of("cron.service")
    ('getty@.service', '', '')
    """
    prefix, instance, kind = parts(name)
    return f"{prefix}@.{kind}" if instance else ""


def is_template(name: str) -> bool:
    """Whether a name is that of a template, such as `getty@.service`."""
    return parts(name)[1] == ""


def parts(name: str) -> tuple[str, str | None, str]:
    """A unit's name before the at sign, its instance, and its kind; a template's instance is empty, others have none.

    >>> parts("getty@tty1.service"), parts("getty@.service"), parts("cron.service")
    (('getty', 'tty1', 'service'), ('getty', '', 'service'), ('cron', None, 'service'))
    """
    stem, _, kind = name.rpartition(".")
    prefix, at, instance = stem.partition("@")
    return prefix, instance if at else None, kind


def may_stand_for(alias: str, name: str) -> bool:
    """Whether systemd takes a link from one name to another: kinds must agree, and instances where both have one."""
    _, ours, kind = parts(alias)
    _, theirs, other_kind = parts(name)
    return kind == other_kind and (ours == theirs or (bool(ours) and theirs == ""))


def instance_of(template: str, instance: str) -> str:
    """The instance of a template.

    >>> instance_of("getty@.service", "tty1")
    'getty@tty1.service'
    """
    prefix, _, rest = template.partition("@")
    return f"{prefix}@{instance}{rest}"


def _is_link(reading: Reading, path: str) -> bool:
    try:
        return reading.entry(path, follow=False).kind is Kind.LINK
    except (Absent, Unreadable):
        return False


class Install(msgspec.Struct, frozen=True):
    """What a unit file says of how it is enabled."""

    aliases: frozenset[str]
    has_rules: bool
    also: tuple[str, ...]
    default_instance: str


def install(unit: Sections) -> Install:
    """The `[Install]` section."""
    aliases = frozenset(unit.words("Install", "Alias"))
    wishes = [key for key in ("WantedBy", "RequiredBy", "UpheldBy") if unit.words("Install", key)]
    return Install(
        aliases=aliases,
        has_rules=bool(aliases or wishes),
        also=tuple(unit.words("Install", "Also")),
        default_instance=unit.last("Install", "DefaultInstance"),
    )
