"""What never leaves the console in a file: secrets, and what was allowed and trusted on a connection.

Records hold no secret of the console's own. But people put passwords into command lines, notes and addresses, and what
looks like one is taken out, rather too much than too little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from vmi_console.addresses import LONGEST
from vmi_console.addresses import masked as masked_uri
from vmi_console.collectors.quarantine import RECORD_PREFIX
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import Guest
from vmi_console.estate.records import VM, Connection, Grants
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import AdvisoryFiles, Folder, KeptRecord

MASK = "…"

_WORDS = (
    r"(?:passw(?:or)?d|passwort|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|(?<![a-z])pin)"
)
_RULES = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?<=://)([^/?#@:\s\[]{0,200}):[^\s@/]{1,200}@"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),  # JSON web tokens
    (
        re.compile(
            rf"""(?i)(\b[\w-]{{0,40}}{_WORDS}(?:[_-][\w-]{{0,40}})?["']?\s{{0,9}}[:=]\s{{0,9}})"""
            r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"']+)"""
        ),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(?i)(\s--?(?:[\w-]{{0,40}}[-_])?{_WORDS}\s+)(?!-)\S+"), rf"\1{MASK}"),
    (
        re.compile(
            r"(?i)(\b(?:mysql|mysqldump|mysqladmin|mariadb|mongo\w*|redis-cli|sshpass)\b.{0,200}?\s-[pa])\s*[^\s-]\S*"
        ),
        rf"\1{MASK}",
    ),
)
_HINT = re.compile(r"(?i)pass|pwd|secret|token|key|pin|://|bearer|basic|eyJ|mysql|mariadb|mongo|redis")


def masked(text: str) -> str:
    """A text without what looks like a secret in it.

    >>> masked("backup --password hunter2 --to ftp://me:hunter3@vault/, token=abc")
    'backup --password … --to ftp://me:…@vault/, token=…'
    """
    if _HINT.search(text) is None:
        return text
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def without_secrets(record: AnyRecord) -> AnyRecord:
    """A record as it may be shown to others; the same object where there is nothing to take out."""
    match record:
        case Connection():
            return _connection(record)
        case VM():
            return _vm(record)
        case Guest():
            return _guest(record)
        case _:
            return record


def decision_without_secrets(decision: KeptRecord) -> KeptRecord | None:
    """A decision as it may be shown to others; None for what concerns nobody else: where files lie on this machine."""
    match decision:
        case Folder() | AdvisoryFiles():
            return None
        case KnownGood(record=record, guest=guest):
            return replace(decision, record=_vm(record), guest=None if guest is None else _guest(guest))
        case _:
            return decision


def change_without_secrets(change: Change) -> Change:
    """A change as it may be shown to others."""
    before, after = _value(change.before), _value(change.after)
    if before is change.before and after is change.after:
        return change
    return replace(change, before=before, after=after)


def _connection(connection: Connection) -> Connection:
    health = connection.health
    return replace(
        connection,
        uri=masked_uri(connection.uri, LONGEST),
        name=masked_uri(connection.name, LONGEST),
        grants=Grants(),
        health=replace(health, reason=masked(health.reason), advice=masked(health.advice), certificate=None),
    )


def _vm(vm: VM) -> VM:
    annotation = masked(vm.annotation)
    attributes = {
        name: MASK if value.startswith(RECORD_PREFIX) else masked(f"{name}={value}")[len(name) + 1 :]
        for name, value in vm.attributes.items()
    }
    described = tuple(replace(each, description=masked(each.description)) for each in vm.snapshots)
    if (annotation, attributes, described) == (vm.annotation, vm.attributes, vm.snapshots):
        return vm
    return replace(vm, annotation=annotation, attributes=attributes, snapshots=described)


def _guest(guest: Guest) -> Guest:
    processes = tuple(replace(each, command=masked(each.command)) for each in guest.processes.items)
    autostart = tuple(replace(each, command=masked(each.command)) for each in guest.autostart.items)
    if (processes, autostart) == (guest.processes.items, guest.autostart.items):
        return guest
    return replace(
        guest,
        processes=replace(guest.processes, items=processes),
        autostart=replace(guest.autostart, items=autostart),
    )


def _value(value: Any) -> Any:
    """JSON-like data without secrets; the same object where there is none."""
    match value:
        case str():
            return masked(value)
        case Mapping():
            named = {key: _named(key, each) for key, each in value.items()}
            return named if any(named[key] is not value[key] for key in value) else value
        case list() | tuple():
            taken = [_value(each) for each in value]
            return taken if any(one is not other for one, other in zip(taken, value, strict=True)) else value
        case _:
            return value


def _named(key: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return _value(value)
    if value.startswith(RECORD_PREFIX):
        return MASK
    whole = masked(f"{key}={value}")
    prefix = f"{key}="
    return whole[len(prefix) :] if whole.startswith(prefix) and whole != prefix + value else masked(value)
