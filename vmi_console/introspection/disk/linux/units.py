"""systemd's units with their states, as `systemctl list-unit-files` and `is-enabled` say them, from files alone.

The rules are those of systemd's src/shared/install.c (`unit_file_lookup_state`): a name is found along the search path
and followed through links; it is enabled where a link that its `[Install]` section would make is in /etc, indirect
where only other links lead to it, and static where nothing could enable it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property

import msgspec

from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.linux.sections import Sections
from vmi_console.introspection.disk.linux.unit_folders import (
    CONFIGURED,
    Folder,
    Install,
    UnitFolders,
    install,
    instance_of,
    is_template,
    is_unit,
    may_stand_for,
    parts,
    template_of,
)
from vmi_console.introspection.disk.reading import Reading

KINDS = (".service", ".socket", ".timer", ".path")
"""Units that are started or start others. Targets, mounts and slices only group them."""
_MOST_LINKS = 64  # that are followed, as systemd does
_NOTHING = Sections("")
_NOT_AT_BOOT = (
    *("rescue.", "emergency.", "initrd", "halt.", "poweroff.", "reboot.", "soft-reboot.", "kexec.", "shutdown."),
    *("umount.", "final.", "sleep.", "suspend", "hibernate.", "hybrid-sleep.", "exit.", "system-update"),
    *("factory-reset.", "runlevel0.", "runlevel1.", "runlevel6.", "debug-"),
)
"""How targets begin that are not reached by a start of the system as it usually is."""


class Unit(msgspec.Struct, frozen=True):
    """A unit that a file or link in the search path, or a wish for an instance, makes known."""

    name: str
    path: str  # of the file that defines it, or of the link that masks it
    state: str  # as systemctl says it
    enabled: bool | None  # whether it comes up by itself with the system; None where only others could tell
    through: str = ""  # the unit that starts it, where it is not enabled itself
    content: Sections = _NOTHING


class _Found(msgspec.Struct, frozen=True):
    """Where a name leads to."""

    name: str  # at the end of the aliases
    path: str
    content: Sections = _NOTHING
    masked: bool = False
    bad: bool = False


class Units:
    """All units of one guest. Raises `Unreadable` where a folder of unit files cannot be listed, or has no end."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._folders = UnitFolders(reading)
        self._contents: dict[str, Sections | None] = {}
        self._found: dict[str, _Found] = {}

    def __bool__(self) -> bool:
        return bool(self._folders.folders)

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.known.values())

    def get(self, name: str) -> Unit | None:
        return self.known.get(name)

    @cached_property
    def known(self) -> dict[str, Unit]:
        """Every unit of `KINDS` by its name."""
        paths = {name: path for name, path in self._folders.names() if name.endswith(KINDS)}
        for name in self._wished_instances():
            paths.setdefault(name, "")
        units = {name: self._unit(name, path) for name, path in paths.items()}
        return self._with_triggers({name: unit for name, unit in units.items() if unit is not None})

    @cached_property
    def default_target(self) -> str:
        """The target that the system starts into; empty where that is not known."""
        for folder in self._folders.folders:
            if (target := folder.links.get("default.target")) is not None:
                return posixpath.basename(target)
        return ""

    def _wished_instances(self) -> set[str]:
        """Instances that are wanted by something and have no file of their own."""
        return {
            name
            for folder in self._folders.folders
            for name in folder.wishes
            if name.endswith(KINDS) and template_of(name)
        }

    def _unit(self, name: str, path: str) -> Unit | None:
        found = self._follow(name)
        if found.bad and not path:
            return None  # an instance is wanted whose template is not there
        state = self._state(name, found)
        return Unit(
            name=name,
            path=path if found.masked or found.bad else found.path,
            state=state,
            enabled=self._enabled(name, found, state),
            content=found.content,
        )

    # --- states ------------------------------------------------------------------------------------------------------

    def _state(self, name: str, found: _Found) -> str:
        if found.bad:
            return "bad"
        if found.masked:
            return "masked"
        if name != posixpath.basename(found.path) and not template_of(found.name):
            return "alias"
        rules = install(found.content)
        state = self._linked(found, rules, known=True)
        if state:
            return state
        if self._linked(found, rules, known=False):
            return "indirect"
        if rules.has_rules:
            return "disabled"
        return "indirect" if rules.also else "static"

    def _linked(self, found: _Found, rules: Install, known: bool) -> str:
        """The state that links in the search path give; with `known`, only those that enabling would make count."""
        outside, same_name_configured, below = False, False, False
        for folder in self._folders.folders:
            leads, same_name = _leads(folder, found.name, rules, known, below)
            if leads and folder.path == CONFIGURED:
                return "enabled"
            outside = outside or leads
            same_name_configured = same_name_configured or (same_name and not leads and folder.path == CONFIGURED)
            below = below or found.path.startswith(f"{folder.path}/")
        if outside and template_of(found.name):
            return "static"
        return "linked" if same_name_configured else ""

    def _enabled(self, name: str, found: _Found, state: str) -> bool | None:
        match state:
            case "enabled":
                return True
            case "masked":
                return False
            case "bad":
                return None
            case _ if self._wished_at_boot(name) or self._wished_at_boot(found.name):
                return True
            case "alias":
                own_name = posixpath.basename(found.path)
                return self._enabled(own_name, found, self._state(own_name, found))
            case "static":
                return None
            case _:
                return False

    def _wished_at_boot(self, name: str) -> bool:
        return any(
            not owner.startswith(_NOT_AT_BOOT) and owner.endswith(".target")
            for folder in self._folders.folders
            for owner in folder.wishes.get(name, ())
        )

    # --- sockets, timers and paths start services --------------------------------------------------------------------

    def _with_triggers(self, units: dict[str, Unit]) -> dict[str, Unit]:
        starters: dict[str, str] = {}
        for unit in units.values():
            if unit.enabled and unit.state != "alias":
                for started in _started_by(unit):
                    starters.setdefault(self._follow(started).name, unit.name)
                    starters.setdefault(started, unit.name)
        for name, unit in units.items():
            # An alias is started by what starts the unit that it stands for.
            starter = starters.get(name) or (
                starters.get(posixpath.basename(unit.path)) if unit.state == "alias" else ""
            )
            if starter and not unit.enabled and unit.state not in ("masked", "bad"):
                units[name] = msgspec.structs.replace(unit, enabled=True, through=starter)
        return units

    # --- from a name to a file ---------------------------------------------------------------------------------------

    def _follow(self, name: str) -> _Found:
        if name not in self._found:
            self._found[name] = self._followed(name)
        return self._found[name]

    def _followed(self, name: str) -> _Found:
        bad = _Found(name, "", bad=True)
        path = self._place(name)
        for _ in range(_MOST_LINKS):
            if not path:
                return bad
            folder, base = posixpath.split(path)
            owner = next((known for known in self._folders.folders if known.path == folder), None)
            target = owner.links.get(base) if owner is not None else self._outer_target(path)
            if target is None:
                return self._read(name, path)
            aim = self._folders.aim(path, target)
            if aim == "/dev/null":
                return _Found(name, path, masked=True)
            other = posixpath.basename(aim)
            if not self._folders.within(aim) or other == name:
                path = aim  # linked from elsewhere, or under its own name
                continue
            if not is_unit(other) or not may_stand_for(name, other):
                return bad
            if template_of(name) and is_template(other):
                other = instance_of(other, parts(name)[1] or "")
                if other == name:
                    path = aim
                    continue
            name, path = other, self._place(other)
        return bad

    def _place(self, name: str) -> str:
        for wanted in filter(None, (name, template_of(name))):
            if (folder := self._folders.find(wanted)) is not None:
                return "" if wanted in folder.others else f"{folder.path}/{wanted}"
        return ""

    def _outer_target(self, path: str) -> str | None:
        """What a link outside the search path says; None where it is a file, or missing."""
        try:
            return self._reading.target(path)
        except (Absent, Unreadable):
            return None

    def _read(self, name: str, path: str) -> _Found:
        content = self._content(path)
        if content is None:
            return _Found(name, path, bad=True)
        if content is _NOTHING:
            return _Found(name, path, masked=True)
        dropins = [*self._folders.dropins(name)]
        if dropins:
            content = Sections(self._reading.any_text(path) or "")
            for text in dropins:
                content.add(text)
        return _Found(name, path, content)

    def _content(self, path: str) -> Sections | None:
        """A unit file; `_NOTHING` where it is empty, which masks it; None where it is not there or cannot be read."""
        if path not in self._contents:
            text = self._reading.any_text(path)
            self._contents[path] = None if text is None else Sections(text) if text else _NOTHING
        return self._contents[path]


def _leads(folder: Folder, name: str, rules: Install, known: bool, below: bool) -> tuple[bool, bool]:
    """Whether a link in this folder leads to a unit, and whether one of its own name does.

    `below`: the folder comes after the one that the unit's file is in, so that links of its own name mean nothing.
    """
    expected = {name, *rules.aliases}
    if rules.default_instance and is_template(name):
        expected.add(instance_of(name, rules.default_instance))
    if name in folder.wishes:
        return True, False
    if is_template(name) and any(
        template_of(wished) == name and (not known or wished in expected) for wished in folder.wishes
    ):
        return True, False
    same_name = False
    for link, target in folder.links.items():
        by_path, by_target = not below and link == name, posixpath.basename(target) == name
        if by_path and by_target:
            same_name = True
        elif (by_path or by_target) and (not known or link in expected):
            return True, same_name
    return False, same_name


def _started_by(unit: Unit) -> Iterator[str]:
    """The services that a socket, timer or path starts."""
    stem, _, kind = unit.name.rpartition(".")
    match kind:
        case "socket":
            named = unit.content.words("Socket", "Service")
            yield from named
            if not named:
                yield f"{stem}@.service" if unit.content.flag("Socket", "Accept") else f"{stem}.service"
        case "timer" | "path":
            named = unit.content.words(kind.title(), "Unit")
            yield from named or (f"{stem}.service",)
