"""Whom sudo and doas let do everything as root.

By sudoers(5) and doas.conf(5). A rule that lets somebody run only certain commands makes no administrator, though such
a command may be a way to become one; which host a rule is for is left aside, since most name all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading

SUDOERS = "/etc/sudoers"
DOAS = "/etc/doas.conf"
_VENDOR = "/usr/etc/sudoers"  # SUSE's, where /etc has none
_MOST_FILES = 200
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd)_Alias\s+(.+)")
_RUNAS = re.compile(r"^\(([^)]*)\)\s*")
_TAG = re.compile(r"^[A-Z_]+\s*:\s*")
_OPTION = re.compile(r"^(?:ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)=\S+\s+")
_BLANK = re.compile(r"(?<!\\)\s+")
_NEXT_HOST = re.compile(r"\s:[^:=,()]+=")
_DEEPEST_ALIAS = 10
_MOST_COMMANDS = 2_000
_LONGEST_ID = 10  # digits of an id of 32 bits


class Granted(msgspec.Struct, frozen=True):
    """Who may do everything."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    uids: frozenset[int] = frozenset()
    gids: frozenset[int] = frozenset()
    everybody: bool = False


def granted(reading: Reading) -> Granted:
    """What both programs' rules give. Raises `Unreadable` where a file of rules is there and cannot be read."""
    who: dict[str, bool] = {}
    rules: list[str] = []
    for path in (SUDOERS, _VENDOR):
        with suppress(Absent):  # no sudo, or nothing that anybody has changed
            rules = [*_logical_lines(reading, path, [0])]
            break
    aliases = _aliases(rules)
    for rule in rules:
        for name, allowed in _rule(rule, aliases):
            who.pop(name, None)  # the last rule counts
            who[name] = allowed
    names = {name for name, allowed in who.items() if allowed} | {*_doas(reading)}
    return Granted(
        users=frozenset(name for name in names if name[0] not in "%#+"),
        groups=frozenset(name[1:] for name in names if name.startswith("%") and name[1:2] not in ("", "#", ":")),
        uids=frozenset(_numbers(names, "#")),
        gids=frozenset(_numbers(names, "%#")),
        everybody="ALL" in names,
    )


def _numbers(names: set[str], mark: str) -> Iterator[int]:
    for name in names:
        number = name.removeprefix(mark)
        if number != name and number.isdecimal() and len(number) <= _LONGEST_ID:
            yield int(number)


def _logical_lines(reading: Reading, path: str, files: list[int]) -> Iterator[str]:
    """Lines put together where they are continued, without comments, those of included files in their place."""
    files[0] += 1
    if files[0] > _MOST_FILES:
        raise Unreadable("sudo's rules are spread over too many files")
    text = reading.text(path).replace("\\\n", " ")
    for line in text.splitlines():
        line = line.strip()
        if match := re.match(r"[#@](include|includedir)\s+(.+)", line):
            named = posixpath.join(posixpath.dirname(path), match[2].strip().strip('"'))
            for file in [named] if match[1] == "include" else _of_folder(reading, named):
                try:
                    yield from _logical_lines(reading, file, files)
                except Absent:
                    continue
        elif not re.match(r"#(?!\d)", line):
            yield re.sub(r"\s#(?!\d).*", "", line)


def _of_folder(reading: Reading, path: str) -> Iterator[str]:
    """The files that sudo reads in a folder: names with a dot, or a tilde at the end, are left out."""
    return (file for name, file in reading.known_files(path) if "." not in name and not name.endswith("~"))


def _aliases(rules: list[str]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        if match := _ALIAS.match(rule):
            for definition in re.split(r"(?<!\\):", match[2]):
                name, equals, members = definition.partition("=")
                if equals:
                    found[match[1], name.strip()] = _list(members)
    return found


def _rule(rule: str, aliases: dict[tuple[str, str], list[str]]) -> Iterator[tuple[str, bool]]:
    """Whom a rule is about, and whether it lets them do everything as root."""
    if not rule or rule.startswith("Defaults") or _ALIAS.match(rule):
        return
    head, equals, commands = rule.partition("=")
    if not equals:
        return
    # The users end where the hosts begin: at the first blank outside of a list.
    users, blank, _ = _BLANK.sub("\n", ",".join(_list(head)), count=1).partition("\n")
    if not blank:
        return
    answers = [_everything(part, aliases) for part in _NEXT_HOST.split(commands)]
    allowed = next((answer for answer in reversed(answers) if answer is not None), None)
    if allowed is None:
        return
    for name in _expanded("User", _list(users), aliases):
        if name.startswith("!"):
            yield name[1:], False
        elif name:
            yield name, allowed


def _everything(commands: str, aliases: dict[tuple[str, str], list[str]]) -> bool | None:
    """Whether commands as written are all, as root; False where all are forbidden, None where only some are meant."""
    runas, answer = "root", None
    for command in _commands(commands):
        if match := _RUNAS.match(command):
            runas, command = match[1].partition(":")[0].strip() or "root", command[match.end() :]
        while match := _OPTION.match(command) or _TAG.match(command):
            command = command[match.end() :]
        as_whom = {*_expanded("Runas", _list(runas), aliases)}
        if not as_whom & {"ALL", "root", "#0"} or as_whom & {"!root", "!#0"}:
            continue
        expanded = [*_expanded("Cmnd", [command], aliases)]
        if "ALL" in expanded:
            answer = True
        elif "!ALL" in expanded:
            answer = False
    return answer


def _commands(text: str) -> Iterator[str]:
    """The members of a list of commands; a comma within parentheses, where it parts names, does not end one."""
    if text.count(",") > _MOST_COMMANDS:
        raise Unreadable("a rule of sudo names too many commands")
    begin, depth, before = 0, 0, ""
    for at, character in enumerate(text):
        if character in "()":
            depth += 1 if character == "(" else -1
        elif character == "," and depth <= 0 and before != "\\":
            yield text[begin:at].strip()
            begin = at + 1
        before = character
    yield text[begin:].strip()


def _expanded(kind: str, names: list[str], aliases: dict[tuple[str, str], list[str]], depth: int = 0) -> Iterator[str]:
    for name in names:
        negated = name.startswith("!")
        members = aliases.get((kind, name.lstrip("!").strip()))
        if members is None or depth >= _DEEPEST_ALIAS:
            yield name
        else:
            for member in _expanded(kind, members, aliases, depth + 1):
                yield f"!{member}" if negated else member


def _list(text: str) -> list[str]:
    return [part.strip().strip('"') for part in text.split(",") if part.strip()][:1000]


def _doas(reading: Reading) -> Iterator[str]:
    """Whom doas lets run any command as root: `permit [options] identity [as target]`, groups as `:name`."""
    who: dict[str, bool] = {}
    paths = [DOAS, *(path for name, path in reading.known_files("/etc/doas.d") if name.endswith(".conf"))]
    for path in paths:
        try:
            text = reading.text(path)
        except Absent:
            continue
        for line in text.splitlines():
            words = re.sub(r"setenv\s*\{[^}]*\}", "", line.partition("#")[0]).split()
            if not words or words[0] not in ("permit", "deny"):
                continue
            rest = [word for word in words[1:] if word not in ("nopass", "nolog", "persist", "keepenv")]
            if not rest:
                continue
            target = rest[rest.index("as") + 1] if "as" in rest[:-1] else "root"
            if target == "root" and "cmd" not in rest:
                who[rest[0].replace(":", "%", 1) if rest[0].startswith(":") else rest[0]] = words[0] == "permit"
    return (name for name, allowed in who.items() if allowed)
