"""The panes that a selection can be looked at with, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Cluster, Connection, Datacenter, Datastore, Host, Network
from vmi_console.gui.panes.pane import PaneKind
from vmi_console.gui.panes.sheet_pane import Describers, LivePane, SheetPane
from vmi_console.gui.panes.sheets import host, places, vm_network, vm_parts, vm_summary


def _title(text: object) -> Callable[[], str]:
    return lambda: QCoreApplication.translate("Panes", str(text))


def _one_of(*kinds: type) -> Callable[[tuple[AnyRecord, ...]], bool]:
    """Fits one record of these kinds."""
    return lambda records: len(records) == 1 and isinstance(records[0], kinds)


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

KINDS: tuple[PaneKind, ...] = (SUMMARY, NETWORK, HARDWARE, STORAGE, SNAPSHOTS)
