"""The simulator as a whole: start, stop, look."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import msgspec

from tests.hypervisors.lab.place import DEFAULT_DIRECTORY, LONGEST_SOCKET_PATH, LabError, exclusive
from tests.hypervisors.vcsim import accounts, program
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Certificate, Control, Faults

ADDRESS = "127.0.0.1"
FOLDER = DEFAULT_DIRECTORY / "vcsim"

_MEMORY = Path("/dev/shm")
_PATIENCE_S = 180.0  # 10,000 VMs take half a minute on a busy machine


@dataclass(frozen=True)
class Size:
    """How much of everything there is; the defaults make 14 hosts and 64 VMs.

    `vms` is how many there are in a resource pool, and on a host outside of clusters. With `esx` it is a single ESXi
    host, and only `vms` counts.
    """

    esx: bool = False
    datacenters: int = 2
    clusters: int = 2
    hosts: int = 3
    standalone: int = 1
    pools: int = 2
    vms: int = 5
    portgroups: int = 8

    def arguments(self) -> list[str]:
        counts = {key: value for key, value in vars(self).items() if key != "esx"}
        return [*(["-esx"] if self.esx else []), *(f"-{key}={value}" for key, value in counts.items())]


class _Ready(msgspec.Struct):
    port: int


class Vcenter:
    """One simulator in a folder of its own. Starting twice or stopping twice is harmless.

    A start after a kill brings back the same port, certificate, UUIDs and estate; what was changed in the estate is
    forgotten. A start after a stop finds another port and certificate. With `bound` it ends with the process that
    started it, however that ends.
    """

    def __init__(
        self, folder: Path = FOLDER, size: Size | None = None, *, api_version: str = "6.5", bound: bool = False
    ) -> None:
        self.folder = folder.absolute()
        self.size = size or Size()
        self.control = Control(self.folder / "control")
        if len(os.fsencode(self.folder / "control")) > LONGEST_SOCKET_PATH:
            raise LabError(f"{self.folder} is too deep: the path of a Unix socket has at most 107 bytes")
        self._api_version = api_version
        self._bound = bound
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens, or listened when it ran last; raises `LabError` if it never did."""
        try:
            return int((self.folder / "port").read_text())
        except FileNotFoundError:
            raise LabError(f"no simulator was ever started in {self.folder}") from None

    @property
    def uri(self) -> str:
        """What a console connects to; the password is that of `accounts.OPERATOR`."""
        return self.uri_for(accounts.OPERATOR)

    def uri_for(self, account: Account) -> str:
        return f"vsphere://{quote(account.name)}@{ADDRESS}:{self.port}/"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate it starts with, in hexadecimal."""
        text = (self.folder / "certificate.pem").read_text()
        pem = text[: text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")]
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    @property
    def pid(self) -> int | None:
        """Of the simulator that runs in this folder, frozen or not."""
        with suppress(FileNotFoundError, ValueError, PermissionError):
            pid = int((self.folder / "pid").read_text())
            if Path(f"/proc/{pid}/cwd").readlink() == self.folder:
                return pid
        return None

    def start(self) -> None:
        """Starts it and waits until it answers; mends what a fault left behind where it runs already."""
        binary = program.build()
        with self._locked():
            if self.pid is None:
                self._launch(binary)
            else:
                self._mend()

    def stop(self) -> None:
        """Ends it and removes everything but its log."""
        if not self.folder.is_dir():
            return
        with self._locked():
            self._end(signal.SIGTERM)
            for path in self.folder.iterdir():
                if path.name not in ("log", "lock"):
                    _remove(path)

    def administrator(self, account: Account = accounts.ALICE) -> VcenterAdministrator:
        """Somebody who changes things behind the console's back, on a connection of their own."""
        return VcenterAdministrator(ADDRESS, self.port, account)

    def kill(self) -> None:
        """It is gone at once (SIGKILL), and its port refuses; `start` brings it back to the same port."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It stops answering (SIGSTOP); who connects waits."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def mend(self) -> None:
        """It runs and answers as it should, whatever was wrong; sessions that live go on."""
        self.start()

    def _mend(self) -> None:
        self.thaw()
        self.control.faults(Faults())
        self.control.certificate(Certificate.ORIGINAL)

    def _launch(self, binary: Path) -> None:
        for leftover in ("ready", "control", "datastores"):
            _remove(self.folder / leftover)
        self._make_datastores()
        accounts.write(self.folder / "users.json")
        with suppress(LabError):
            self._spawn(binary, self.port)
            return
        self._spawn(binary, 0)

    def _make_datastores(self) -> None:
        """The folder of the VMs' files, which are empty and many: in memory where that can be had."""
        datastores = self.folder / "datastores"
        if os.access(_MEMORY, os.W_OK):
            datastores.symlink_to(tempfile.mkdtemp(prefix="vcsim-", dir=_MEMORY))
        else:
            datastores.mkdir()

    def _spawn(self, binary: Path, port: int) -> None:
        with (self.folder / "log").open("wb") as log:
            self._child = subprocess.Popen(
                [
                    str(binary),
                    f"-dir={self.folder}",
                    f"-port={port}",
                    f"-identity={self.folder}",
                    f"-api-version={self._api_version}",
                    *(["-bound"] if self._bound else []),
                    *self.size.arguments(),
                ],
                cwd=self.folder,
                env={**os.environ, "TMPDIR": str(self.folder)},
                stdin=subprocess.PIPE if self._bound else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self._child.pid))
        self._await(self._child)
        ready = msgspec.json.decode((self.folder / "ready").read_bytes(), type=_Ready)
        (self.folder / "port").write_text(str(ready.port))

    def _await(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not (self.folder / "ready").exists():
            if child.poll() is not None:
                raise LabError(f"the simulator ended: {(self.folder / 'log').read_text()[-1000:]}")
            if time.monotonic() > deadline:
                self._end(signal.SIGKILL)
                raise LabError(f"the simulator does not get ready; see {self.folder / 'log'}")
            time.sleep(0.05)

    def _signal(self, number: signal.Signals) -> None:
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _end(self, number: signal.Signals) -> None:
        """Waits until it is gone; one that is frozen ends too."""
        self._signal(number)
        self.thaw()
        deadline = time.monotonic() + 10
        while self.pid is not None:
            if self._child is not None:
                self._child.poll()  # or it stays a zombie
            if time.monotonic() > deadline:
                self._signal(signal.SIGKILL)
            time.sleep(0.02)
        if self._child is not None:
            self._child.wait()
            if self._child.stdin is not None:
                self._child.stdin.close()
            self._child = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One start or stop at a time."""
        with exclusive(self.folder / "lock"):
            yield


def _remove(path: Path) -> None:
    """Removes a file or folder, and with a link what it leads to; harmless if nothing is there."""
    if path.is_dir():
        shutil.rmtree(path.resolve(), ignore_errors=True)
    if path.is_symlink() or path.exists():
        path.unlink()
