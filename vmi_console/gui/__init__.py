"""The window."""

from vmi_console.gui.app import Options, Screenshot, run

__all__ = ["Options", "Screenshot", "run"]
