"""One `Guest` of what several sources said of one machine, with software images that many guests share.

A set that one source can speak of is that source's. Services are what the disk says of each, and whether the memory
saw it run. What could not be read stays *unreadable*: nothing that runs must look as if it were not there. Where disk
and memory cannot be of one machine, that is said, and nothing of the one is put into what the other says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from vmi_console.estate.contradictions import of_another_machine
from vmi_console.estate.differences import by_key, key_of
from vmi_console.estate.facts import (
    FACT_SETS,
    NOT_LOOKED,
    FactSet,
    Guest,
    Look,
    Looked,
    OperatingSystem,
    Service,
    SoftwareImage,
)
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.records import Part, Source
from vmi_console.introspection.findings import OF_MEMORY, Findings

CLOSE_ENOUGH = 0.2
"""The part of an image's items in which a guest may differ and still be called based on it."""

_WITHOUT_PROCESSES = frozenset({"timer", "socket", "path", "target", "mount", "automount", "swap", "device", "slice"})
"""Kinds of systemd units that never have one."""

_IMAGES_REMEMBERED = 2_000


class Said(msgspec.Struct, frozen=True):
    """What one source came to: its findings, or why there are none; neither where it was not asked."""

    source: Source
    findings: Findings | None = None
    failure: str = ""
    at: datetime | None = None

    def set(self, field: str) -> FactSet[Part]:
        """One set, with its source and time; unreadable where the source as a whole was."""
        if self.findings is None:
            if not self.failure:
                return NOT_LOOKED
            return FactSet(status=Looked.UNREADABLE, because=self.failure, source=self.source, read_at=self.at)
        facts: FactSet[Part] = getattr(self.findings, field)
        if facts.status is Looked.NOT_YET:
            return facts
        return msgspec.structs.replace(facts, source=self.source, read_at=self.at)


def merged(vm: EntityId, name: str, disk: Said, memory: Said, looks: tuple[Look, ...] = ()) -> Guest:
    """The guest of a VM called `name`. A source that was not asked leaves its sets *not looked yet*."""
    sets: dict[str, FactSet[Part]] = {}
    for field in FACT_SETS:
        sets[field] = (memory if field in OF_MEMORY else disk).set(field)
    on_disk: FactSet[OperatingSystem] = disk.set("os")  # type: ignore[assignment]
    in_memory: FactSet[OperatingSystem] = memory.set("os")  # type: ignore[assignment]
    apart = of_another_machine(on_disk.items[0], in_memory.items[0]) if on_disk.items and in_memory.items else None
    if apart is None:
        sets["services"] = _services(disk.set("services"), memory.set("services"))  # type: ignore[arg-type,assignment]
        sets["os"] = _system(on_disk, in_memory)  # type: ignore[assignment]
    return Guest(
        id=_guest_id(vm),
        name=name,
        vm=vm,
        looks=looks,
        contradictions=() if apart is None else (apart,),
        **sets,  # type: ignore[arg-type]
    )


def _guest_id(vm: EntityId) -> EntityId:
    return entity_id("guest", endpoint_of(vm), native_of(vm))


def _services(disk: FactSet[Service], memory: FactSet[Service]) -> FactSet[Service]:
    if disk.status is not Looked.READ or memory.status is not Looked.READ:
        return disk
    running = {service.name for service in memory.items if service.running}
    known = [msgspec.structs.replace(each, running=_runs(each, running)) for each in disk.items]
    there = {service.name: service for service in disk.items}
    others = (_seen_running(name, there) for name in sorted(running) if name not in there)
    doubt = "; ".join(dict.fromkeys(filter(None, (disk.doubt, memory.doubt))))
    return msgspec.structs.replace(disk, items=(*known, *others), doubt=doubt)


def _runs(service: Service, running: set[str]) -> bool | None:
    """Whether it runs; None where no process could show it.

    That is so of services that do their work once and end, and of what is no service at all: timers, sockets, mounts.
    """
    name = _unit_name(service) if service.state == "alias" else service.name
    if name in running:
        return True
    return None if service.once or _suffix(name) in _WITHOUT_PROCESSES or name.endswith("@") else False


def _seen_running(name: str, there: Mapping[str, Service]) -> Service:
    """A service that the disk does not list: an instance of a template, or one that was made while the guest ran."""
    template = there.get(f"{name.partition('@')[0]}@") if "@" in name else None
    if template is None:
        return Service(name=name, running=True, state="transient")
    return Service(name=name, enabled=template.enabled, running=True, state="instance", unit=template.unit)


def _unit_name(service: Service) -> str:
    return service.unit.rpartition("/")[2].removesuffix(".service")


def _suffix(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""


def _system(disk: FactSet[OperatingSystem], memory: FactSet[OperatingSystem]) -> FactSet[OperatingSystem]:
    """The disk knows the system, the memory which kernel of it runs and since when."""
    if memory.status is not Looked.READ or not memory.items:
        return disk
    if disk.status is not Looked.READ or not disk.items:
        return memory if disk.status is Looked.NOT_YET else disk
    seen = memory.items[0]
    known = disk.items[0]
    system = msgspec.structs.replace(
        known,
        kernel=seen.kernel or known.kernel,
        booted_at=seen.booted_at or known.booted_at,
        hostname=seen.hostname or known.hostname,
    )
    return msgspec.structs.replace(disk, items=(system, *disk.items[1:]))


# --- software images --------------------------------------------------------------------------------------------------


class Images:
    """The software images of one endpoint: what guests have in common is told once."""

    def __init__(self) -> None:
        self._by_system: dict[tuple[str, str], dict[EntityId, SoftwareImage]] = {}

    def based(self, guest: Guest) -> tuple[SoftwareImage | None, Guest]:
        """The guest as a difference to an image, and the image where it is one that was not given before."""
        if guest.applications.status is not Looked.READ or not guest.applications.items:
            return None, guest
        system = guest.os.items[0] if guest.os.items else OperatingSystem(name="")
        known = self._by_system.setdefault((system.id or system.name, system.version), {})
        best, differing = None, len(guest.applications.items) * CLOSE_ENOUGH
        own = frozenset(guest.applications.items)
        for image in known.values():
            distance = len(own.symmetric_difference(image.applications))
            if distance <= differing:
                best, differing = image, distance
        new = None
        if best is None:
            best = new = _image(guest, system)
            known[best.id] = best
            while len(known) > _IMAGES_REMEMBERED:
                del known[next(iter(known))]
        return new, _difference(guest, best)


def _image(guest: Guest, system: OperatingSystem) -> SoftwareImage:
    """What is alike in every guest made from it: without what runs at the moment."""
    applications = guest.applications.items
    services: tuple[Service, ...] = ()
    if guest.services.status is Looked.READ:
        services = guest.services.items
    content = msgspec.msgpack.encode((applications, services))
    native = hashlib.blake2b(content, digest_size=16).hexdigest()
    name = f"{system.name} {system.version}".strip() or "software"
    return SoftwareImage(
        id=entity_id("softwareimage", endpoint_of(guest.vm), native),
        name=name,
        applications=applications,
        services=services,
    )


def _difference(guest: Guest, image: SoftwareImage) -> Guest:
    applications = _less(guest.applications, image.id, image.applications)
    services = guest.services
    if services.status is Looked.READ:
        services = _less(services, image.id, image.services)
    return msgspec.structs.replace(guest, applications=applications, services=services)


def _less[Item: Part](facts: FactSet[Item], base: EntityId, image: tuple[Item, ...]) -> FactSet[Item]:
    """The set as its difference to an image's items: an item replaces those of the image that have its key."""
    wanted, there = by_key(facts.items), by_key(image)
    changed = {key for key, items in wanted.items() if items != there.get(key)}
    return msgspec.structs.replace(
        facts,
        base=base,
        items=tuple(item for item in facts.items if key_of(item) in changed),
        removed=tuple(key for key in there if key not in wanted),
    )
