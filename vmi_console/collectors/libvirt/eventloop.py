"""libvirt's own event loop, one for each process, on a thread of its own.

It must be registered before the first connection is opened; events and keep-alive depend on it.
"""

from __future__ import annotations

import functools
import logging
import threading

import libvirt

_log = logging.getLogger(__name__)


@functools.cache
def start() -> None:
    """Registers and runs the loop; once, however often it is called."""
    libvirt.registerErrorHandler(_ignore, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=_run, name="libvirt-events", daemon=True).start()


def _run() -> None:
    while True:
        if libvirt.virEventRunDefaultImpl() < 0:
            _log.error("libvirt's event loop failed; no events arrive, only polls see changes")
            return


def _ignore(_context: object, _error: object) -> None:
    """libvirt would print every error beside raising it."""
