"""The panes that a selection can be looked at with, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Cluster, Connection, Datacenter, Datastore, Host, Network
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.policy_pane import PolicyPane
from vmi_console.gui.panes.charts import ChartsPane
from vmi_console.gui.panes.comparison import ComparisonPane
from vmi_console.gui.panes.guest import GuestPane
from vmi_console.gui.panes.members import HOLDS_VMS, MembersPane
from vmi_console.gui.panes.pane import Pane, PaneKind
from vmi_console.gui.panes.raw import RawPane
from vmi_console.gui.panes.settings import SettingsPane
from vmi_console.gui.panes.sheet_pane import Describers, LivePane, SheetPane
from vmi_console.gui.panes.sheets import host, places, vm_network, vm_parts, vm_summary
from vmi_console.gui.timeline.pane import TimelinePane

type Fits = Callable[[tuple[AnyRecord, ...]], bool]


def _title(text: object) -> Callable[[], str]:
    return lambda: QCoreApplication.translate("Panes", str(text))


def _one_of(*kinds: type) -> Fits:
    """Fits one record of these kinds."""
    return lambda records: len(records) == 1 and isinstance(records[0], kinds)


def _several_of_a_kind(records: tuple[AnyRecord, ...]) -> bool:
    return len(records) > 1 and len({type(record) for record in records}) == 1


def _measured(records: tuple[AnyRecord, ...]) -> bool:
    return any(isinstance(record, VM | Host) for record in records)


def _kind(name: str, text: object, make: Callable[[Desk], Pane], fits: Fits) -> PaneKind:
    return PaneKind(name, _title(text), make, fits)


def _sheet(name: str, text: object, describers: Describers, pane: type[SheetPane] = SheetPane) -> PaneKind:
    title = _title(text)
    return PaneKind(name, title, lambda desk: pane(desk, title(), describers), _one_of(*describers))


SUMMARY = _sheet(
    "summary",
    QT_TRANSLATE_NOOP("Panes", "Summary"),
    {
        VM: vm_summary.VmSummary,
        Host: host.HostSummary,
        Network: places.NetworkSummary,
        Datastore: places.DatastoreSummary,
        Cluster: places.ClusterSummary,
        Datacenter: places.DatacenterSummary,
        Connection: places.ConnectionSummary,
    },
    LivePane,
)
NETWORK = _sheet("network", QT_TRANSLATE_NOOP("Panes", "Network"), {VM: vm_network.VmNetwork, Host: host.HostNetwork})
HARDWARE = _sheet(
    "hardware", QT_TRANSLATE_NOOP("Panes", "Hardware"), {VM: vm_parts.VmHardware, Host: host.HostHardware}
)
STORAGE = _sheet("storage", QT_TRANSLATE_NOOP("Panes", "Storage"), {VM: vm_parts.VmStorage, Host: host.HostStorage})
SNAPSHOTS = _sheet("snapshots", QT_TRANSLATE_NOOP("Panes", "Snapshots"), {VM: vm_parts.VmSnapshots})

COMPARISON = _kind("comparison", QT_TRANSLATE_NOOP("Panes", "Comparison"), ComparisonPane, _several_of_a_kind)
MEMBERS = _kind("members", QT_TRANSLATE_NOOP("Panes", "Virtual machines"), MembersPane, _one_of(*HOLDS_VMS))
CHARTS = _kind("charts", QT_TRANSLATE_NOOP("Panes", "Charts"), ChartsPane, _measured)
GUEST = _kind("guest", QT_TRANSLATE_NOOP("Panes", "Guest"), GuestPane, _one_of(VM))
SETTINGS = _kind("settings", QT_TRANSLATE_NOOP("Panes", "Settings"), SettingsPane, _one_of(VM))
POLICY = _kind("policy", QT_TRANSLATE_NOOP("Panes", "Policy"), PolicyPane, _one_of(VM))
TIMELINE = _kind(
    "timeline",
    QT_TRANSLATE_NOOP("Panes", "Timeline"),
    TimelinePane,
    _one_of(VM, Host, Network, Datastore, Cluster, Datacenter),
)
RAW = _kind("raw", QT_TRANSLATE_NOOP("Panes", "Raw"), RawPane, bool)

KINDS: tuple[PaneKind, ...] = (
    SUMMARY,
    COMPARISON,
    MEMBERS,
    NETWORK,
    GUEST,
    CHARTS,
    HARDWARE,
    STORAGE,
    SNAPSHOTS,
    SETTINGS,
    POLICY,
    TIMELINE,
    RAW,
)
