"""libvirt's own event loop, one for each process, on a thread of its own.

It must be registered before the first connection is opened; events and keep-alive depend on it.
"""

from __future__ import annotations

import functools
import logging
import threading
import time

import libvirt

_log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""Between two tries of a loop that fails."""


@functools.cache
def start() -> None:
    """Registers and runs the loop; once, however often it is called."""
    libvirt.registerErrorHandler(_ignore, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=_run, name="libvirt-events", daemon=True).start()


def _run() -> None:
    failing = False
    while True:
        failed = libvirt.virEventRunDefaultImpl() < 0
        if failed and not failing:
            _log.error("libvirt's event loop failed: until it works again only polls see changes")
        failing = failed
        if failing:
            time.sleep(PAUSE_SECONDS)


def _ignore(_context: object, _error: object) -> None:
    """libvirt would print every error beside raising it."""
