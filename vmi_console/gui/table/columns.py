"""The columns of the table of VMs, each declared once: what a cell says, what it is sorted by, what a file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt

from vmi_console.estate.records import VM
from vmi_console.gui.table.facts import Facts
from vmi_console.gui.table.order import Value
from vmi_console.gui.theme import Tone


def _plain(facts: Facts, vm: VM) -> Tone:
    return Tone.PLAIN


@dataclass(frozen=True)
class Column:
    """One column.

    `text` is what a cell says: `UNKNOWN` where it is not known, empty where there is none. `value` is what it is
    sorted by; None where there is nothing to compare. `figure` is what a file holds in place of the text, in `unit`.
    """

    name: str  # in settings
    source_title: object  # marked for translation
    characters: int  # how much room it wants at first, in figures
    text: Callable[[Facts, VM], str]
    value: Callable[[Facts, VM], Value | None]
    number: bool = False
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    tone: Callable[[Facts, VM], Tone] = _plain
    tip: Callable[[Facts, VM], Iterable[str]] | None = None
    figure: Callable[[Facts, VM], str] | None = None
    unit: str = ""

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Columns", str(self.source_title))

    @property
    def heading(self) -> str:
        """The title in a file."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


_MIDDLE = Qt.TextElideMode.ElideMiddle

COLUMNS = (
    Column(
        "name",
        QT_TRANSLATE_NOOP("Columns", "Name"),
        18,
        Facts.name,
        Facts.name_order,
        elide=_MIDDLE,
        tip=Facts.about,
    ),
    Column("state", QT_TRANSLATE_NOOP("Columns", "State"), 12, Facts.state, Facts.state_rank, tone=Facts.state_tone),
    Column("connection", QT_TRANSLATE_NOOP("Columns", "Connection"), 18, Facts.connection, Facts.connection_order),
    Column("host", QT_TRANSLATE_NOOP("Columns", "Host"), 16, Facts.host, Facts.host_order),
    Column("cluster", QT_TRANSLATE_NOOP("Columns", "Cluster"), 16, Facts.cluster, Facts.cluster_order),
    Column("datacenter", QT_TRANSLATE_NOOP("Columns", "Datacenter"), 16, Facts.datacenter, Facts.datacenter_order),
    Column("folder", QT_TRANSLATE_NOOP("Columns", "Folder"), 20, Facts.folder, Facts.folder_order, elide=_MIDDLE),
    Column(
        "networks",
        QT_TRANSLATE_NOOP("Columns", "Networks"),
        16,
        Facts.networks,
        Facts.networks_order,
        tip=Facts.cards,
    ),
    Column("vlans", QT_TRANSLATE_NOOP("Columns", "VLANs"), 9, Facts.vlans, Facts.vlan_order, tip=Facts.cards),
    Column("macs", QT_TRANSLATE_NOOP("Columns", "MAC addresses"), 20, Facts.macs, Facts.mac_order, tip=Facts.cards),
    Column(
        "addresses",
        QT_TRANSLATE_NOOP("Columns", "IP addresses"),
        16,
        Facts.addresses,
        Facts.address_order,
        tip=Facts.cards,
    ),
    Column("guest", QT_TRANSLATE_NOOP("Columns", "Guest system"), 16, Facts.system, Facts.system_order, tip=Facts.told),
    Column(
        "tools",
        QT_TRANSLATE_NOOP("Columns", "Tools"),
        16,
        Facts.tools,
        Facts.tools_rank,
        tone=Facts.tools_tone,
        tip=Facts.told,
    ),
    Column(
        "hostname",
        QT_TRANSLATE_NOOP("Columns", "Host name"),
        22,
        Facts.hostname,
        Facts.hostname_order,
        elide=_MIDDLE,
        tip=Facts.told,
    ),
    Column(
        "vcpus",
        QT_TRANSLATE_NOOP("Columns", "vCPUs"),
        7,
        Facts.vcpus,
        Facts.vcpu_count,
        number=True,
        figure=Facts.vcpu_figure,
    ),
    Column(
        "memory",
        QT_TRANSLATE_NOOP("Columns", "Memory"),
        9,
        Facts.memory,
        Facts.memory_bytes,
        number=True,
        figure=Facts.memory_figure,
        unit="GiB",
    ),
    Column("disks", QT_TRANSLATE_NOOP("Columns", "Disks"), 7, Facts.disks, Facts.disk_count, number=True),
    Column(
        "capacity",
        QT_TRANSLATE_NOOP("Columns", "Capacity"),
        10,
        Facts.capacity,
        Facts.capacity_bytes,
        number=True,
        figure=Facts.capacity_figure,
        unit="GiB",
    ),
    Column(
        "snapshots",
        QT_TRANSLATE_NOOP("Columns", "Snapshots"),
        10,
        Facts.snapshots,
        Facts.snapshot_count,
        number=True,
        tip=Facts.snapshot_names,
    ),
    Column(
        "snapshot_age",
        QT_TRANSLATE_NOOP("Columns", "Oldest snapshot"),
        16,
        Facts.snapshot_age,
        Facts.snapshot_seconds,
        tip=Facts.snapshot_names,
        figure=Facts.snapshot_figure,
        unit="UTC",
    ),
    Column("tags", QT_TRANSLATE_NOOP("Columns", "Tags"), 20, Facts.tags, Facts.tag_order),
    Column("labels", QT_TRANSLATE_NOOP("Columns", "Labels"), 20, Facts.labels, Facts.label_order),
    Column("hardware", QT_TRANSLATE_NOOP("Columns", "Hardware version"), 16, Facts.hardware, Facts.hardware_order),
    Column("uuid", QT_TRANSLATE_NOOP("Columns", "UUID"), 38, Facts.uuid, Facts.uuid_order, elide=_MIDDLE),
    Column(
        "created",
        QT_TRANSLATE_NOOP("Columns", "Created"),
        16,
        Facts.created,
        Facts.created_at,
        tip=Facts.created_exactly,
        figure=Facts.created_figure,
        unit="UTC",
    ),
    Column(
        "booted",
        QT_TRANSLATE_NOOP("Columns", "Booted"),
        16,
        Facts.booted,
        Facts.booted_at,
        tip=Facts.booted_exactly,
        figure=Facts.booted_figure,
        unit="UTC",
    ),
    Column(
        "changed",
        QT_TRANSLATE_NOOP("Columns", "Changed"),
        16,
        Facts.changed,
        Facts.changed_at,
        tip=Facts.changed_exactly,
        figure=Facts.changed_figure,
        unit="UTC",
    ),
    Column(
        "change",
        QT_TRANSLATE_NOOP("Columns", "Last change"),
        36,
        Facts.change,
        Facts.change_order,
        elide=_MIDDLE,  # what it became, and who did it, is at the end
        tip=Facts.changed_exactly,
    ),
    Column("notes", QT_TRANSLATE_NOOP("Columns", "Notes"), 30, Facts.notes, Facts.notes_order),
)
"""All there are, in the order in which the operator chooses from them."""

BY_NAME = {column.name: column for column in COLUMNS}

DEFAULT = ("name", "state", "host", "networks", "vlans", "changed", "change", "addresses", "guest")
"""What is shown until the operator chooses."""

NAME = COLUMNS[0]


def chosen(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these names that there are, each once; those of `DEFAULT` where none is left."""
    there = tuple(BY_NAME[name] for name in dict.fromkeys(names) if name in BY_NAME)
    return there or tuple(BY_NAME[name] for name in DEFAULT)
