"""What is inside a guest, each set of facts with its source, its age, and whether it could be read at all.

Package and service sets are large and alike: 45,000 VMs made from 500 images differ from their image by a few
packages. So a `FactSet` may name a `SoftwareImage` as its base and hold only the difference; `Inventory.software`
puts the two together.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

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
    doubt: str = ""  # why what was read may be older than it looks, such as a journal that could not be replayed
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
    source_version: str = ""  # its version, where different
    build: str = ""  # what else tells builds apart: an RPM's module, a snap's revision, a flatpak's branch

    @property
    def key(self) -> str:
        return f"{self.manager}:{self.name}:{self.arch}"


class Service(Part):
    """A service (systemd unit, SysV script, Windows service). None means not known."""

    name: str
    enabled: bool | None = None
    running: bool | None = None
    state: str = ""  # the service manager's own word: enabled, masked, static, auto, …
    unit: str = ""  # the file that defines it, or the program that a Windows service runs
    once: bool = False  # it does its work when it is started, and ends: nobody can see whether it did

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
    password: str = ""  # set, none, locked; empty where not known. Never the hash
    shell: str = ""
    keys: tuple[str, ...] | None = None  # fingerprints (SHA256:…) of the SSH keys that open it; None where not known

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
    executable: str | None = None
    container: str | None = None  # the id of the container that it runs in

    @property
    def key(self) -> str:
        return f"{self.pid}:{self.name}"


class Socket(Part):
    """A listening socket."""

    protocol: str
    port: int
    address: str = ""
    process: str | None = None
    network: str = ""  # where it is not in the guest's own: the container that has that network, or the kernel's number

    @property
    def key(self) -> str:
        return f"{self.protocol}:{self.address}:{self.port}" + (f"@{self.network}" if self.network else "")


class OperatingSystem(Part):
    """The guest's operating system as found inside."""

    name: str
    version: str = ""
    kernel: str = ""
    family: str = ""
    hostname: str = ""
    id: str = ""  # as the system itself writes it: debian, rhel, alpine, windows
    kernels: tuple[str, ...] = ()  # installed; `kernel` is the one that runs, or that would be started
    booted_at: datetime | None = None
    software_changed_at: datetime | None = None  # when a package manager last did something

    @property
    def key(self) -> str:
        return self.name


class GuestAddress(Part):
    """An address that the guest's own configuration gives to one of its interfaces."""

    interface: str
    address: str  # with its prefix where that is known; `dhcp` where it is asked for
    mac: str | None = None

    @property
    def key(self) -> str:
        return f"{self.interface}:{self.address}"


class Setting(Part):
    """One setting inside the guest that security turns on, such as `sshd.PermitRootLogin` or `firewall.public`."""

    name: str
    value: str

    @property
    def key(self) -> str:
        return self.name


class Autostart(Part):
    """Something that is run by itself: a cron line, a timer, a scheduled task, a run key."""

    name: str  # where it is written down
    command: str = ""
    schedule: str = ""  # in the words of whatever runs it
    user: str | None = None

    @property
    def key(self) -> str:
        return f"{self.name}:{self.command}"


class KernelModule(Part):
    """Code that was loaded into the guest's kernel."""

    name: str
    size_bytes: int | None = None
    taints: str = ""  # the kernel's letters: O out of tree, E unsigned, P proprietary

    @property
    def key(self) -> str:
        return self.name


class Sign(Part):
    """A sign that somebody tampered with the guest, such as a process that hides from its own kernel's lists."""

    name: str  # of the comparison that failed: hidden process, hidden module, system call table
    detail: str = ""

    @property
    def key(self) -> str:
        return f"{self.name}:{self.detail}"


class Contradiction(Part):
    """Two sources that say different things of one matter."""

    matter: str  # operating system, hostname, …
    one: str  # source and what it says, such as “tools: Ubuntu”
    other: str

    @property
    def key(self) -> str:
        return self.matter


class Look(Part):
    """One source that was asked, whether it could be read, and what that cost the hypervisor."""

    source: Source
    way: str  # how it was read: blockPeek, backup, datastore file, memoryPeek, …
    status: Looked = Looked.NOT_YET
    because: str = ""
    at: datetime | None = None
    read_bytes: int = 0
    calls: int = 0
    seconds: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.source}:{self.way}"


NOT_LOOKED: FactSet[Any] = FactSet()
"""A set that nobody has looked for."""


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
    addresses: FactSet[GuestAddress] = NOT_LOOKED
    settings: FactSet[Setting] = NOT_LOOKED
    autostart: FactSet[Autostart] = NOT_LOOKED
    modules: FactSet[KernelModule] = NOT_LOOKED
    signs: FactSet[Sign] = NOT_LOOKED
    contradictions: tuple[Contradiction, ...] = ()
    looks: tuple[Look, ...] = ()  # what each source cost, at the last look


FACT_SETS = (
    *("os", "applications", "services", "patches", "users", "processes", "sockets"),
    *("addresses", "settings", "autostart", "modules", "signs"),
)
"""The fields of `Guest` that are sets of facts."""
