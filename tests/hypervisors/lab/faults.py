"""What can go wrong with a libvirtd, done to the real one. The guests outlive all of it; `restart` undoes all of it."""

from __future__ import annotations

import signal
import sys

from tests.hypervisors.lab import silence
from tests.hypervisors.lab.daemons import Libvirtd
from tests.hypervisors.lab.namespace import Namespace
from tests.hypervisors.lab.place import Place

_SILENCE = str(silence.__file__)


class Faults:
    """Each call comes back when the fault is in effect."""

    def __init__(self, place: Place, namespace: Namespace, libvirtd: Libvirtd) -> None:
        self._place = place
        self._namespace = namespace
        self._libvirtd = libvirtd

    def freeze(self) -> None:
        """Who is connected hears nothing more; who connects waits."""
        self._libvirtd.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._libvirtd.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends libvirtd at once; its socket stays behind and refuses."""
        self._libvirtd.end(signal.SIGKILL)

    def leave(self) -> None:
        """Ends libvirtd in good order, and its socket goes with it."""
        self._clear()

    def refuse(self) -> None:
        """A socket is there, and nobody listens on it."""
        self._clear()
        self._namespace.run(sys.executable, "-c", _BIND, str(self._place.socket))

    def silent(self) -> None:
        """Somebody accepts on the socket, and never answers."""
        self._clear()
        self._namespace.run(sys.executable, _SILENCE, str(self._place.socket))

    def password(self, user: str, password: str) -> None:
        """libvirtd demands this user's password (SASL, SCRAM-SHA-256)."""
        self._clear()
        self._libvirtd.start(password=(user, password))

    def restart(self) -> None:
        """libvirtd as it should be, whatever was there before."""
        self._clear()
        self._libvirtd.start()

    def _clear(self) -> None:
        """Nobody is on the socket, and the socket is gone."""
        self._libvirtd.end(signal.SIGTERM)
        silent = [process.pid for process in self._namespace.processes() if _SILENCE in process.arguments]
        self._namespace.end(silent, signal.SIGKILL)
        self._place.socket.unlink(missing_ok=True)


_BIND = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
