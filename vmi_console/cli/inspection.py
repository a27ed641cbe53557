"""The JSON document of a guest, as `inspect` prints it: facts turned into a form made for scripts.

Described in docs/json.md; docs/schema/inspect.json is generated from the structs here. Fields may be added; none is
renamed or given another meaning without `SCHEMA` being raised. `null` means *not known*, everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, dataclass_transform

import msgspec

from vmi_console.estate import facts
from vmi_console.estate.facts import FACT_SETS, FactSet, Guest, Looked
from vmi_console.estate.identity import EntityId

SCHEMA = 1


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class OsDocument(_Part):
    """The operating system."""

    name: str
    version: str | None
    id: Annotated[str | None, msgspec.Meta(description="as the system writes it: debian, rhel, alpine, windows")]
    family: str | None
    kernel: Annotated[str | None, msgspec.Meta(description="the one that runs, or that would be started")]
    kernels: Annotated[tuple[str, ...], msgspec.Meta(description="those installed")]
    booted_at: datetime | None
    software_changed_at: Annotated[
        datetime | None, msgspec.Meta(description="when a package manager last did something")
    ]


class PackageDocument(_Part):
    """An installed package or application."""

    name: str
    version: str | None
    arch: str | None
    source: Annotated[str, msgspec.Meta(description="the source package; often the package's own name")]
    source_version: str | None
    manager: Annotated[str, msgspec.Meta(description="dpkg, rpm, apk, pacman, snap, flatpak, windows, …")]
    build: Annotated[str, msgspec.Meta(description="what else tells builds apart, such as a snap's revision")]


class ServiceDocument(_Part):
    """A service."""

    name: str
    enabled: bool | None
    running: bool | None
    state: Annotated[
        str | None, msgspec.Meta(description="the service manager's own word: enabled, masked, static, auto, …")
    ]
    unit: Annotated[str | None, msgspec.Meta(description="the file that defines it, or the program it runs")]


class PatchDocument(_Part):
    """An installed update with an identity of its own."""

    name: str
    installed_at: datetime | None


class ProcessDocument(_Part):
    """A process that runs."""

    pid: int
    parent: int | None
    name: str
    command: str
    user: str | None
    started_at: datetime | None
    service: str | None
    executable: str | None
    container: str | None


class UserDocument(_Part):
    """A local account."""

    name: str
    uid: int | None
    administrator: bool | None
    locked: bool | None
    password: Annotated[str | None, msgspec.Meta(description="set, none or locked. Never the hash")]
    shell: str | None
    keys: Annotated[tuple[str, ...] | None, msgspec.Meta(description="fingerprints of SSH keys that open it")]


class SocketDocument(_Part):
    """A listening socket."""

    protocol: str
    address: str
    port: int
    process: str | None
    network: Annotated[
        str | None,
        msgspec.Meta(
            description="where it is not in the guest's own: the container that has it, or the kernel's number"
        ),
    ]


class AddressDocument(_Part):
    """An address that the guest's own configuration gives to an interface."""

    interface: str
    address: Annotated[str, msgspec.Meta(description="with its prefix where that is known; dhcp: asked for")]
    mac: str | None


class SettingDocument(_Part):
    """A setting that security turns on."""

    name: str
    value: str


class AutostartDocument(_Part):
    """Something that is run by itself."""

    name: Annotated[str, msgspec.Meta(description="where it is written down")]
    command: str
    schedule: str
    user: str | None


class ModuleDocument(_Part):
    """Code that was loaded into the kernel."""

    name: str
    size_bytes: int | None
    taints: str


class SignDocument(_Part):
    """A sign that somebody tampered with the guest."""

    name: str
    detail: str


class ContradictionDocument(_Part):
    """Two sources that say different things."""

    matter: str
    one: str
    other: str


class SetDocument(_Part):
    """How one of the lists above came about."""

    status: Annotated[str, msgspec.Meta(description="read, unreadable or not looked yet")]
    because: Annotated[str, msgspec.Meta(description="why unreadable")]
    doubt: Annotated[str, msgspec.Meta(description="why it may be older than it looks")]
    source: str | None
    read_at: datetime | None


class SourceDocument(_Part):
    """Something that was asked, and what that cost."""

    kind: Annotated[str, msgspec.Meta(description="disk, memory, tools or hypervisor")]
    way: Annotated[str, msgspec.Meta(description="how it was read: file, blockPeek, backup, …")]
    status: Annotated[str, msgspec.Meta(description="read, unreadable or not looked yet")]
    because: str
    at: datetime | None
    read_bytes: int
    calls: int
    seconds: float


class InspectionDocument(_Part):
    """What is inside one guest. A list that is null was not read, `sets` says why; an empty one is known empty."""

    schema: int
    generated_at: datetime
    name: Annotated[str, msgspec.Meta(description="of the VM, or of the file")]
    vm: Annotated[str | None, msgspec.Meta(description="the VM's id; null for files")]
    os: OsDocument | None
    hostname: str | None
    packages: tuple[PackageDocument, ...] | None
    services: tuple[ServiceDocument, ...] | None
    patches: tuple[PatchDocument, ...] | None
    processes: tuple[ProcessDocument, ...] | None
    users: tuple[UserDocument, ...] | None
    sockets: tuple[SocketDocument, ...] | None
    addresses: tuple[AddressDocument, ...] | None
    settings: tuple[SettingDocument, ...] | None
    autostart: tuple[AutostartDocument, ...] | None
    modules: tuple[ModuleDocument, ...] | None
    signs: tuple[SignDocument, ...] | None
    contradictions: tuple[ContradictionDocument, ...]
    sets: Annotated[dict[str, SetDocument], msgspec.Meta(description="by the names of the lists above, and os")]
    sources: tuple[SourceDocument, ...]


def inspection(guest: Guest, vm: EntityId | None, generated_at: datetime) -> InspectionDocument:
    """The document of a guest whose sets are whole (not differences to a software image)."""
    system = guest.os.items[0] if guest.os.status is Looked.READ and guest.os.items else None
    return InspectionDocument(
        schema=SCHEMA,
        generated_at=generated_at,
        name=guest.name,
        vm=vm,
        os=None if system is None else _same(OsDocument, system),
        hostname=(system.hostname or None) if system is not None else None,
        packages=_items(guest.applications, _package),
        services=_items(guest.services, lambda each: _same(ServiceDocument, each)),
        patches=_items(guest.patches, lambda each: _same(PatchDocument, each)),
        processes=_items(guest.processes, lambda each: _same(ProcessDocument, each)),
        users=_items(guest.users, lambda each: _same(UserDocument, each)),
        sockets=_items(guest.sockets, lambda each: _same(SocketDocument, each)),
        addresses=_items(guest.addresses, lambda each: _same(AddressDocument, each)),
        settings=_items(guest.settings, lambda each: _same(SettingDocument, each)),
        autostart=_items(guest.autostart, lambda each: _same(AutostartDocument, each)),
        modules=_items(guest.modules, lambda each: _same(ModuleDocument, each)),
        signs=_items(guest.signs, lambda each: _same(SignDocument, each)),
        contradictions=tuple(_same(ContradictionDocument, each) for each in guest.contradictions),
        sets={_NAMES.get(field, field): _set(getattr(guest, field)) for field in FACT_SETS},
        sources=tuple(
            SourceDocument(
                kind=look.source,
                way=look.way,
                status=look.status,
                because=look.because,
                at=look.at,
                read_bytes=look.read_bytes,
                calls=look.calls,
                seconds=look.seconds,
            )
            for look in guest.looks
        ),
    )


_UNKNOWN_IF_EMPTY = frozenset({"version", "id", "family", "kernel", "state", "unit", "password", "shell", "network"})

_NAMES = {"applications": "packages"}


def _package(application: facts.Application) -> PackageDocument:
    return PackageDocument(
        name=application.name,
        version=application.version or None,
        arch=application.arch or None,
        source=application.source_name or application.name,
        source_version=application.source_version or application.version or None,
        manager=application.manager,
        build=application.build,
    )


def _items[T, D](items: FactSet[T], document: Callable[[T], D]) -> tuple[D, ...] | None:
    return tuple(document(each) for each in items.items) if items.status is Looked.READ else None


def _same[D: msgspec.Struct](form: type[D], record: msgspec.Struct) -> D:
    """The document whose fields are those of the record, whose empty texts may mean that nothing is known."""
    values = {field: getattr(record, field) for field in form.__struct_fields__}
    return form(
        **{field: None if value == "" and field in _UNKNOWN_IF_EMPTY else value for field, value in values.items()}
    )


def _set(facts: FactSet[object]) -> SetDocument:
    return SetDocument(
        status=facts.status,
        because=facts.because,
        doubt=facts.doubt,
        source=facts.source,
        read_at=facts.read_at,
    )
