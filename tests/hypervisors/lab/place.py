"""Where a lab keeps its files, and what is shared between labs."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
DEFAULT_DIRECTORY = PROJECT / "lab"
CACHE = PROJECT / "lab" / "cache"

LONGEST_SOCKET_PATH = 107  # sun_path of unix(7) has 108 bytes, one of them the terminator
_OTHERS = {"cache", "lock", "vcsim"}  # not ours to clear: shared, held, and a simulator's own
_KEPT_AFTER_STOP = {"log", *_OTHERS}


class LabError(Exception):
    """The lab cannot do what was asked; the message says why, and what to do."""


@dataclass(frozen=True)
class Place:
    """The folder of one lab. Its sub-folders stand in for system folders inside the lab's namespaces."""

    root: Path

    def __post_init__(self) -> None:
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            raise LabError(
                f"{self.root} is too deep: the path of a Unix socket has at most 107 bytes; choose a shorter one"
            )

    @property
    def run(self) -> Path:
        """Seen as /run in the lab."""
        return self.root / "run"

    @property
    def socket(self) -> Path:
        return self.run / "libvirt" / "libvirt-sock"

    @property
    def images(self) -> Path:
        """Disks and memory-resident root file systems; the same path inside and outside."""
        return self.root / "images"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def accounts(self) -> Path:
        """What stands in for files of users and groups."""
        return self.root / "accounts"

    @property
    def complete(self) -> Path:
        """Exists while everything that a start makes has been made."""
        return self.root / "complete"

    @property
    def mounts(self) -> dict[Path, Path]:
        """Folder of ours → where libvirtd expects it."""
        return {
            self.run: Path("/run"),
            self.root / "etc": Path("/etc/libvirt"),
            self.root / "lib": Path("/var/lib/libvirt"),
            self.root / "cache-libvirt": Path("/var/cache/libvirt"),
            self.log: Path("/var/log/libvirt"),
        }

    def uuid(self, name: str) -> uuid.UUID:
        """A UUID that is the same each time, for a thing of this lab; another lab's thing has another."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"file://{self.root}#{name}")

    def prepare(self) -> None:
        """Makes the folders anew; what an earlier lab left is gone."""
        self.clear(keep=_OTHERS)
        for folder in (*self.mounts, self.images, self.accounts):
            folder.mkdir(parents=True)

    def clear(self, keep: set[str] = _KEPT_AFTER_STOP) -> None:
        """Removes all but the logs and the cache."""
        if self.root.is_dir():
            for path in self.root.iterdir():
                if path.name not in keep:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One start or stop at a time."""
        with exclusive(self.root / "lock"):
            yield


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds a lock that the kernel releases when this process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
