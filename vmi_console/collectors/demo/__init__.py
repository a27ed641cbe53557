"""The demo provider: a simulated estate, deterministic by seed, that lives, takes commands and can misbehave.

Its roles are processes of their own and share nothing but a file (`chronicle`); each makes the same `world` from it.
See docs/demo.md.
"""

from __future__ import annotations

from vmi_console.collectors.demo.acting import DemoActor
from vmi_console.collectors.demo.inspecting import DemoInspector
from vmi_console.collectors.demo.reading import DemoReader
from vmi_console.collectors.protocol import Start

__all__ = ["actor", "inspector", "reader"]


def reader(start: Start) -> DemoReader:
    """Live inventory; raises `ConnectionUriError`."""
    return DemoReader(start)


def inspector(start: Start) -> DemoInspector:
    """Facts from inside guests; raises `ConnectionUriError`."""
    return DemoInspector(start)


def actor(start: Start) -> DemoActor:
    """Acts on the estate; raises `ConnectionUriError`."""
    return DemoActor(start)
