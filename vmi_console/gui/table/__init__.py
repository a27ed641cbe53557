"""The table of all VMs: columns by choice, sorted, filtered, copied and exported."""

from vmi_console.gui.table.pane import VmTable

__all__ = ["VmTable"]
