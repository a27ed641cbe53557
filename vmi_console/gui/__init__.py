"""The window."""

from vmi_console.gui.app import Options, Scheme, Screenshot, run

__all__ = ["Options", "Scheme", "Screenshot", "run"]
