"""States as the window shows them, the same everywhere: the shape of an icon, a word, and a tone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Access, Connection, Host, HostState, Network, Power, State
from vmi_console.gui.theme import Tone


@dataclass(frozen=True)
class Look:
    """How a state looks. `calm` states need no word in a list: their shape is the normal one."""

    icon: str
    source_word: object  # marked for translation
    tone: Tone = Tone.PLAIN
    calm: bool = False

    @property
    def word(self) -> str:
        return QCoreApplication.translate("State", str(self.source_word)) if self.source_word else ""


POWER = {
    Power.ON: Look("vm-on", QT_TRANSLATE_NOOP("State", "running"), Tone.GOOD, calm=True),
    Power.OFF: Look("vm-off", QT_TRANSLATE_NOOP("State", "off"), Tone.MUTED),
    Power.PAUSED: Look("vm-paused", QT_TRANSLATE_NOOP("State", "paused"), Tone.ACCENT),
    Power.SUSPENDED: Look("vm-suspended", QT_TRANSLATE_NOOP("State", "suspended"), Tone.ACCENT),
    Power.CRASHED: Look("vm-crashed", QT_TRANSLATE_NOOP("State", "crashed"), Tone.BAD),
    Power.UNKNOWN: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "state unknown"), Tone.MUTED),
}

ACCESS = {
    Access.DISCONNECTED: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "disconnected"), Tone.WARNING),
    Access.INACCESSIBLE: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "inaccessible"), Tone.WARNING),
    Access.INVALID: Look("vm-crashed", QT_TRANSLATE_NOOP("State", "invalid"), Tone.WARNING),
    Access.ORPHANED: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "orphaned"), Tone.WARNING),
}

TEMPLATE = Look("vm-template", QT_TRANSLATE_NOOP("State", "template"), Tone.MUTED)

HOST = {
    HostState.CONNECTED: Look("host", QT_TRANSLATE_NOOP("State", "connected"), calm=True),
    HostState.NOT_RESPONDING: Look("host-silent", QT_TRANSLATE_NOOP("State", "not responding"), Tone.BAD),
    HostState.DISCONNECTED: Look("host-silent", QT_TRANSLATE_NOOP("State", "disconnected"), Tone.WARNING),
    HostState.MAINTENANCE: Look("host-maintenance", QT_TRANSLATE_NOOP("State", "maintenance"), Tone.ACCENT),
}

CONNECTION = {
    State.CONNECTING: Look("state-connecting", QT_TRANSLATE_NOOP("State", "connecting"), Tone.ACCENT),
    State.LIVE: Look("state-live", QT_TRANSLATE_NOOP("State", "live"), Tone.GOOD, calm=True),
    State.DEGRADED: Look("state-degraded", QT_TRANSLATE_NOOP("State", "degraded"), Tone.WARNING),
    State.STALE: Look("state-stale", QT_TRANSLATE_NOOP("State", "stale"), Tone.WARNING),
    State.CREDENTIALS: Look("state-credentials", QT_TRANSLATE_NOOP("State", "needs a password"), Tone.WARNING),
    State.TRUST: Look("state-trust", QT_TRANSLATE_NOOP("State", "needs trust"), Tone.WARNING),
    State.UNSUPPORTED: Look("state-unsupported", QT_TRANSLATE_NOOP("State", "unsupported"), Tone.BAD),
    State.RECORDED: Look("state-recorded", QT_TRANSLATE_NOOP("State", "recorded"), Tone.ACCENT),
}

STALE = CONNECTION[State.STALE]
INACTIVE = Look("network", QT_TRANSLATE_NOOP("State", "inactive"), Tone.MUTED)
ACTIVE = Look("network", QT_TRANSLATE_NOOP("State", "active"), calm=True)

_THINGS = {
    "datacenter": Look("datacenter", "", calm=True),
    "cluster": Look("cluster", "", calm=True),
    "datastore": Look("storage", "", calm=True),
    "networks": Look("network", "", calm=True),
    "datastores": Look("storage", "", calm=True),
    "network": Look("network", "", calm=True),
    "no-network": Look("network", "", Tone.MUTED, calm=True),
    "vlan": Look("vlan", "", calm=True),
    "folder": Look("folder", "", calm=True),
    "no-folder": Look("folder", "", Tone.MUTED, calm=True),
    "pool": Look("pool", "", calm=True),
    "no-pool": Look("pool", "", Tone.MUTED, calm=True),
    "tag": Look("tag", "", calm=True),
    "no-tag": Look("tag", "", Tone.MUTED, calm=True),
}
_OTHER = Look("info", "", calm=True)


def look(record: AnyRecord) -> Look:
    """How a record's own state looks, whether or not it is known to be so still (see `Replica.is_stale`)."""
    match record:
        case VM(access=access) if access is not Access.CONNECTED:
            return ACCESS[access]
        case VM(template=True):
            return TEMPLATE
        case VM(power=power):
            return POWER[power]
        case Host(state=state):
            return HOST[state]
        case Connection(health=health):
            return CONNECTION[health.state]
        case Network(active=False):
            return INACTIVE
        case Network():
            return ACTIVE
        case _:
            return _THINGS.get(record.kind, _OTHER)


def look_of_group(kind: str) -> Look:
    """Of a heading in the tree that stands for no record."""
    return _THINGS.get(kind, _OTHER)
