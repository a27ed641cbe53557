"""The ways to arrange the estate: for each, the places that a record has in the tree.

An arrangement is a function from a record to paths. The forest makes the nodes that a path needs, takes away those
that nothing needs any more, and asks again for records whose surroundings moved; so one VM that changes its VLAN
moves one row. Nothing here remembers anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.effective import network_vlan
from vmi_console.estate.identity import EntityId, entity_id, kind_of, native_of
from vmi_console.estate.records import VM, Cluster, Connection, Datacenter, Datastore, Host, Network, Nic
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.gui.states import Look, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.forest import Forest, Heading, Path, Places, natural

FOLDERS_DEEP = 20
"""Levels of folders that become levels of the tree; what is deeper is named in one."""


@dataclass(frozen=True)
class Arrangement:
    """One way to arrange. `name` is the one in preferences; `places` gives what a record hangs under, or nothing."""

    name: str
    source_title: object  # marked for translation
    source_help: object
    places: Places

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Arrangement", str(self.source_title))

    @property
    def help(self) -> str:
        return QCoreApplication.translate("Arrangement", str(self.source_help))


# --- by location --------------------------------------------------------------------------------------------------

_LEVELS = ("connection", "datacenter", "cluster", "host", "vm")


def _by_location(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    wanted: tuple[EntityId | None, ...] = ()
    match record:
        case Connection():
            return ((),)
        case VM():
            wanted = (record.host,)
        case Host():
            wanted = (record.cluster, record.datacenter)
        case Cluster():
            wanted = (record.datacenter,)
        case Datacenter():
            pass
        case Network() | Datastore():
            return _below_its_heading(record, forest)
        case _:
            return ()
    for entity in wanted:
        if entity is not None and _is_above(entity, record) and forest.has(entity):
            return ((entity,),)
    home = forest.home(record.id)
    return () if home is None else ((home,),)


def _is_above(entity: EntityId, record: AnyRecord) -> bool:
    """What a record names as its place must be of a higher level: nobody gets the tree to go round in circles."""
    kind = kind_of(entity)
    return kind in _LEVELS and _LEVELS.index(kind) < _LEVELS.index(record.kind)


def _below_its_heading(record: Network | Datastore, forest: Forest) -> tuple[Path, ...]:
    if isinstance(record, Network) and record.parent is not None and forest.has(record.parent):
        parent = forest.record(record.parent)
        if isinstance(parent, Network) and parent.parent is None:
            return ((record.parent,),)
    home = forest.home(record.id)
    return () if home is None else ((home, _sort_of_thing(home, f"{record.kind}s")),)


@lru_cache(maxsize=1024)
def _sort_of_thing(home: EntityId, kind: str) -> Heading:
    return Heading(_under(home, kind), kind, None, {"networks": "6", "datastores": "7"}[kind])


# --- by network and VLAN ------------------------------------------------------------------------------------------

_VLAN_RANKS = {VlanMode.ACCESS: "1", VlanMode.PRIVATE: "2", VlanMode.TRUNK: "3", VlanMode.NONE: "4"}


def _by_network(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    """A VM hangs under each network it is plugged into, in the VLAN that is in effect at that card."""
    if isinstance(record, Connection):
        return ((),)
    if not isinstance(record, VM | Network) or (home := forest.home(record.id)) is None:
        return ()
    if isinstance(record, Network):
        return tuple((home, _vlan(home, vlan)) for vlan in _vlans(record, forest))
    if not record.nics:
        return ((home, _without(home, "network", "9")),)
    paths: dict[tuple[EntityId, str], Path] = {}  # two cards may be plugged in alike
    for nic in record.nics:
        vlan = _vlan(home, nic.vlan)
        plug = _plug(vlan, nic, forest)
        paths[vlan.id, plug if isinstance(plug, str) else plug.id] = (home, vlan, plug)
    return tuple(paths.values())


def _vlans(network: Network, forest: Forest) -> list[Vlan | None]:
    """The VLANs that a network gives to ports: one, or those of its hosts."""
    above = forest.record(network.parent) if network.parent is not None else None
    parent = above if isinstance(above, Network) else None
    found = dict.fromkeys(network_vlan(network, host, parent) for host in (None, *network.host_vlans))
    return [vlan for vlan in found if vlan is not None] or [None]


def _plug(vlan: Heading, nic: Nic, forest: Forest) -> EntityId | Heading:
    if nic.network is not None and forest.has(nic.network):
        return nic.network
    return _socket(vlan.id, nic.network_name or nic.source or "")


@lru_cache(maxsize=8192)
def _vlan(home: EntityId, vlan: Vlan | None) -> Heading:
    rank = "8" if vlan is None else _VLAN_RANKS[vlan.mode] + natural(str(vlan))
    return Heading(_under(home, f"vlan:{'' if vlan is None else vlan}"), "vlan", vlan, rank)


@lru_cache(maxsize=8192)
def _socket(vlan: EntityId, name: str) -> Heading:
    return Heading(EntityId(f"{vlan}/{name}"), "network", name, f"5{natural(name)}")


# --- by folder, by resource pool ----------------------------------------------------------------------------------


def _by_folder(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    return _along(record, record.folder if isinstance(record, VM) else None, "folder", forest)


def _by_pool(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    return _along(record, record.resource_pool if isinstance(record, VM) else None, "pool", forest)


def _along(record: AnyRecord, path: str | None, kind: str, forest: Forest) -> tuple[Path, ...]:
    if isinstance(record, Connection):
        return ((),)
    if not isinstance(record, VM) or (home := forest.home(record.id)) is None:
        return ()
    return ((home, *_levels(home, kind, path or "")),)


@lru_cache(maxsize=16384)
def _levels(home: EntityId, kind: str, path: str) -> tuple[Heading, ...]:
    names = [name for name in path.split("/", FOLDERS_DEEP) if name]
    if not names:
        return (_without(home, kind, "9"),)
    return tuple(
        Heading(_under(home, f"{kind}:{'/'.join(names[:level])}"), kind, name.replace("%2f", "/"), f"1{natural(name)}")
        for level, name in enumerate(names, 1)
    )


# --- by tag, by state: the same headings for all connections ------------------------------------------------------

_EVERYWHERE = entity_id("connection", "", "all")


def _by_tag(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    if not isinstance(record, VM) or forest.home(record.id) is None:
        return ()
    tags = dict.fromkeys((*record.tags, *record.labels))
    return tuple((_tag(tag),) for tag in tags if tag) or ((_without(_EVERYWHERE, "tag", "9"),),)


@lru_cache(maxsize=8192)
def _tag(tag: str) -> Heading:
    return Heading(_under(_EVERYWHERE, f"tag:{tag}"), "tag", tag, f"1{natural(tag)}")


def _by_state(record: AnyRecord, forest: Forest) -> tuple[Path, ...]:
    if not isinstance(record, VM) or forest.home(record.id) is None:
        return ()
    return ((_state(look(record)),),)


_TONES = (Tone.BAD, Tone.WARNING, Tone.ACCENT, Tone.PLAIN, Tone.GOOD, Tone.MUTED)


@lru_cache(maxsize=64)
def _state(state: Look) -> Heading:
    rank = f"{_TONES.index(state.tone)}{state.source_word}"
    return Heading(_under(_EVERYWHERE, f"state:{state.source_word}"), "state", state, rank)


# --- the ways there are -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _without(home: EntityId, kind: str, rank: str) -> Heading:
    return Heading(_under(home, f"no-{kind}"), f"no-{kind}", None, rank)


def _under(home: EntityId, native: str) -> EntityId:
    return entity_id("heading", native_of(home), native)


LOCATION = Arrangement(
    "location",
    QT_TRANSLATE_NOOP("Arrangement", "by location"),
    QT_TRANSLATE_NOOP("Arrangement", "Datacenters, clusters, hosts and their virtual machines; networks and storage"),
    _by_location,
)
NETWORK = Arrangement(
    "network",
    QT_TRANSLATE_NOOP("Arrangement", "by network and VLAN"),
    QT_TRANSLATE_NOOP("Arrangement", "Each virtual machine under every network it is plugged into, by effective VLAN"),
    _by_network,
)
FOLDER = Arrangement(
    "folder",
    QT_TRANSLATE_NOOP("Arrangement", "by folder"),
    QT_TRANSLATE_NOOP("Arrangement", "The folders of the hypervisor's own inventory"),
    _by_folder,
)
POOL = Arrangement(
    "pool",
    QT_TRANSLATE_NOOP("Arrangement", "by resource pool"),
    QT_TRANSLATE_NOOP("Arrangement", "Resource pools and partitions"),
    _by_pool,
)
TAG = Arrangement(
    "tag",
    QT_TRANSLATE_NOOP("Arrangement", "by tag"),
    QT_TRANSLATE_NOOP("Arrangement", "Each virtual machine under every tag and label it has, over all connections"),
    _by_tag,
)
STATE = Arrangement(
    "state",
    QT_TRANSLATE_NOOP("Arrangement", "by state"),
    QT_TRANSLATE_NOOP("Arrangement", "What is crashed, paused, running or off, over all connections"),
    _by_state,
)
ARRANGEMENTS = {way.name: way for way in (LOCATION, NETWORK, FOLDER, POOL, TAG, STATE)}
"""All of them by name, in the order in which they are offered."""
