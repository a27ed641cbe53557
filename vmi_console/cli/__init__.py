"""The command line: a client of the engine like any other."""

from vmi_console.cli.main import run

__all__ = ["run"]
