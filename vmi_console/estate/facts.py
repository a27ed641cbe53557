"""What is inside a guest, each set of facts with its source, its age, and whether it could be read at all.

Package and service sets are large and alike: 45,000 VMs made from 500 images differ from their image by a few
packages. So a `FactSet` may name a `SoftwareImage` as its base and hold only the difference; `Inventory.software`
puts the two together.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Part, Record, Source

T = TypeVar("T")


class Looked(StrEnum):
    """*Unreadable* and *not looked yet* are different from *absent*, all the way into verdicts."""

    READ = "read"
    UNREADABLE = "unreadable"
    NOT_YET = "not looked yet"


class FactSet(msgspec.Struct, Generic[T], frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One set of facts of one guest from one source.

    The set is `items` alone, or, where `base` names a `SoftwareImage`: the image's items without those whose key is in
    `removed`, and `items` added (an item replaces the image's item of the same key).
    """

    status: Looked = Looked.NOT_YET
    because: str = ""  # why unreadable
    source: Source | None = None
    read_at: datetime | None = None
    items: tuple[T, ...] = ()
    base: EntityId | None = None
    removed: tuple[str, ...] = ()


class Application(Part):
    """An installed package or application. Its key is manager, name and architecture."""

    name: str
    version: str = ""
    arch: str = ""
    manager: str = ""  # dpkg, rpm, apk, windows, …
    source_name: str = ""  # the source package that advisories name, where different

    @property
    def key(self) -> str:
        return f"{self.manager}:{self.name}:{self.arch}"


class Service(Part):
    """A service (systemd unit, SysV script, Windows service). None means not known."""

    name: str
    enabled: bool | None = None
    running: bool | None = None
    state: str = ""  # the service manager's own word: enabled, masked, static, auto, …

    @property
    def key(self) -> str:
        return self.name


class Patch(Part):
    """An installed update that has an identity of its own, such as a Windows hotfix."""

    name: str
    installed_at: datetime | None = None

    @property
    def key(self) -> str:
        return self.name


class User(Part):
    """A local account."""

    name: str
    uid: int | None = None
    administrator: bool | None = None
    locked: bool | None = None

    @property
    def key(self) -> str:
        return self.name


class Process(Part):
    """A process that runs in the guest."""

    pid: int
    name: str
    parent: int | None = None
    command: str = ""
    user: str | None = None
    started_at: datetime | None = None
    service: str | None = None

    @property
    def key(self) -> str:
        return f"{self.pid}:{self.name}"


class Socket(Part):
    """A listening socket."""

    protocol: str
    port: int
    address: str = ""
    process: str | None = None

    @property
    def key(self) -> str:
        return f"{self.protocol}:{self.address}:{self.port}"


class OperatingSystem(Part):
    """The guest's operating system as found inside."""

    name: str
    version: str = ""
    kernel: str = ""
    family: str = ""
    hostname: str = ""

    @property
    def key(self) -> str:
        return self.name


class SoftwareImage(Record):
    """A set of applications and services that many guests share. Its native id is a digest of its content."""

    applications: tuple[Application, ...] = ()
    services: tuple[Service, ...] = ()


class Guest(Record):
    """Everything found inside one guest. Its native id is the VM's; `name` is the VM's name when it was looked at."""

    vm: EntityId
    os: FactSet[OperatingSystem] = msgspec.field(default_factory=FactSet)
    applications: FactSet[Application] = msgspec.field(default_factory=FactSet)
    services: FactSet[Service] = msgspec.field(default_factory=FactSet)
    patches: FactSet[Patch] = msgspec.field(default_factory=FactSet)
    users: FactSet[User] = msgspec.field(default_factory=FactSet)
    processes: FactSet[Process] = msgspec.field(default_factory=FactSet)
    sockets: FactSet[Socket] = msgspec.field(default_factory=FactSet)
