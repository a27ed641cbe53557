"""What is installed in guests, as a CycloneDX 1.6 bill of materials (ECMA-424), one for a VM or for many.

The VMs are components; operating systems, packages and services are there once, however many VMs have them, and the
dependencies say who has which. A package is known by its package URL. `compositions` say of which VMs nobody could
tell, so that what is missing is not taken for absent. Written piece by piece: memory grows with what is different, not
with the estate.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from vmi_console import __version__
from vmi_console.estate.facts import Application, Guest, Looked, OperatingSystem, Service
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.estate.software import Software
from vmi_console.policy.advisories.index import Vulnerability, system_id
from vmi_console.reports.json_lines import encoded, utf8
from vmi_console.reports.progress import Progress
from vmi_console.reports.purl import TYPES, purl
from vmi_console.reports.subject import Subject, addresses

SPECIFICATION = "1.6"
LONGEST_VERSION = 1024
"""Characters that the schema allows; package URLs have it whole."""
FROM_SYSTEM = frozenset(TYPES)


def write_sbom(subject: Subject, path: Path, progress: Progress) -> None:
    """Writes the bill of materials. Raises `OSError`, `GivenUp`."""
    progress.expect(len(subject.vms) * 2 + 1)
    with path.open("wb") as file:
        _Bill(subject, progress).write(file)


class _Bill:
    """Gathers what is different, then writes it and who has it."""

    def __init__(self, subject: Subject, progress: Progress) -> None:
        self._subject = subject
        self._progress = progress
        self._refs: dict[tuple[str, str, Application], str] = {}  # by system and package
        self._components: dict[str, dict[str, Any]] = {}
        self._services: dict[str, dict[str, Any]] = {}
        self._vulnerabilities: dict[str, tuple[Vulnerability, set[str]]] = {}

    def write(self, file: BinaryIO) -> None:
        """Two passes over the VMs: what there is, and who has it."""
        vms = self._subject.vms
        known: list[EntityId] = []
        unknown: list[EntityId] = []
        file.write(b'{"bomFormat":"CycloneDX","specVersion":' + encoded(SPECIFICATION))
        file.write(b',"serialNumber":' + encoded(f"urn:uuid:{uuid.uuid4()}") + b',"version":1')
        file.write(b',"metadata":' + encoded(self._metadata()))
        file.write(b',"components":')
        _array(file, self._machines(known, unknown))
        file.write(b',"services":')
        _array(file, iter(self._services.values()))
        file.write(b',"dependencies":')
        _array(file, self._dependencies(vms))
        file.write(b',"compositions":')
        _array(file, iter(_compositions(known, unknown)))
        if self._subject.advisories is not None:
            file.write(b',"vulnerabilities":')
            _array(file, self._vulnerable())
        file.write(b"}\n")

    def _metadata(self) -> dict[str, Any]:
        subject = self._subject
        name = subject.vms[0].name if len(subject.vms) == 1 else subject.moment.title or "estate"
        return {
            "timestamp": _stamp(subject.at),
            "lifecycles": [{"phase": "operations"}],
            "tools": {"components": [{"type": "application", "name": "vmi-console", "version": __version__}]},
            "component": {
                "type": "platform",
                "bom-ref": "estate",
                "name": name,
                "properties": [{"name": "vmi:scope", "value": str(subject.scope)}],
            },
        }

    # --- components -----------------------------------------------------------------------------------------------

    def _machines(self, known: list[EntityId], unknown: list[EntityId]) -> Iterator[dict[str, Any]]:
        """Each VM, then everything that any of them has."""
        for vm in self._subject.vms:
            self._progress.step()
            guest, software = self._subject.estate.guest(vm.id), self._subject.software(vm)
            if guest is not None and software is not None:
                self._parts(guest, software)
            read = software is not None and software.applications.status is Looked.READ
            (known if read else unknown).append(vm.id)
            yield _machine(vm, software)
        yield from self._components.values()

    def _parts(self, guest: Guest, software: Software) -> list[str]:
        """The references of everything in a guest; takes up what is new."""
        system = guest.os.items[0] if guest.os.status is Looked.READ and guest.os.items else None
        parts = [] if system is None else [self._system(system)]
        if software.applications.status is Looked.READ:
            parts += [self._package(application, system) for application in software.applications]
        if software.services.status is Looked.READ:
            parts += [self._service(service) for service in software.services]
        return list(dict.fromkeys(parts))

    def _system(self, system: OperatingSystem) -> str:
        name = system_id(system) or system.name
        ref = f"os:{name}:{system.version}"
        if ref not in self._components:
            self._components[ref] = {
                "type": "operating-system",
                "bom-ref": ref,
                "name": name,
                "version": system.version[:LONGEST_VERSION],
                "description": system.name,
            }
        return ref

    def _package(self, application: Application, system: OperatingSystem | None) -> str:
        kind = "" if system is None else system.id
        version = "" if system is None else system.version
        key = (kind, version, application)
        ref = self._refs.get(key)
        if ref is not None:
            return ref
        address = purl(application, system)
        ref = self._refs[key] = address if not application.build else f"{address}#{utf8(application.build)}"
        if ref not in self._components:
            properties = {
                "vmi:manager": application.manager,
                "vmi:source": application.source_name,
                "vmi:source-version": application.source_version,
                "vmi:build": application.build,
            }
            self._components[ref] = {
                "type": "library" if application.manager in FROM_SYSTEM else "application",
                "bom-ref": ref,
                "name": application.name,
                "version": application.version[:LONGEST_VERSION],
                "purl": address,
                "properties": [{"name": name, "value": value} for name, value in properties.items() if value],
            }
            if system is not None:
                self._look_up(ref, application, system)
        return ref

    def _look_up(self, ref: str, application: Application, system: OperatingSystem) -> None:
        """What is known to be wrong with a package."""
        advisories = self._subject.advisories
        name = None if advisories is None else advisories.system(system)
        if advisories is None or name is None:
            return
        for each in advisories.of(name, application):
            self._vulnerabilities.setdefault(each.name, (each, set()))[1].add(ref)

    def _service(self, service: Service) -> str:
        states = {"enabled": service.enabled, "running": service.running, "state": service.state or None}
        ref = f"service:{service.name}:" + ",".join(f"{key}={value}" for key, value in states.items())
        if ref not in self._services:
            self._services[ref] = {
                "bom-ref": ref,
                "name": service.name,
                "properties": [
                    {"name": f"vmi:{key}", "value": str(value).lower()}
                    for key, value in states.items()
                    if value is not None
                ],
            }
        return ref

    # --- who has which --------------------------------------------------------------------------------------------

    def _dependencies(self, vms: Iterable[VM]) -> Iterator[dict[str, Any]]:
        yield {"ref": "estate", "dependsOn": [vm.id for vm in vms]}
        for vm in vms:
            self._progress.step()
            guest, software = self._subject.estate.guest(vm.id), self._subject.software(vm)
            if guest is not None and software is not None:
                yield {"ref": vm.id, "dependsOn": self._parts(guest, software)}
            else:
                yield {"ref": vm.id}

    def _vulnerable(self) -> Iterator[dict[str, Any]]:
        for name, (told, refs) in sorted(self._vulnerabilities.items()):
            notes = (
                [{"name": "vmi:exploited", "value": str(told.exploited).lower()}] if told.exploited is not None else []
            )
            yield {
                "bom-ref": f"vulnerability:{name}",
                "id": name,
                "ratings": [{"severity": "unknown" if told.severity is None else told.severity.value}],
                "recommendation": f"update to {told.fixed}" if told.fixed else None,
                "affects": [{"ref": ref} for ref in sorted(refs)],
                "properties": notes,
            }


def _machine(vm: VM, software: Software | None) -> dict[str, Any]:
    """A VM as a component, with how sure what is said of it is."""
    properties = {
        "vmi:uuid": vm.uuid,
        "vmi:power": vm.power.value,
        "vmi:addresses": " ".join(addresses(vm)) or None,
        "vmi:applications": Looked.NOT_YET.value if software is None else software.applications.status.value,
        "vmi:because": None if software is None else software.applications.because or None,
        "vmi:services": Looked.NOT_YET.value if software is None else software.services.status.value,
    }
    return {
        "type": "device",
        "bom-ref": vm.id,
        "name": vm.name,
        "properties": [{"name": name, "value": value} for name, value in properties.items() if value is not None],
    }


def _compositions(known: list[EntityId], unknown: list[EntityId]) -> list[dict[str, Any]]:
    """Package managers do not know everything that is in a guest; of some guests nothing is known."""
    told = [("incomplete", known), ("unknown", unknown)]
    return [{"aggregate": aggregate, "dependencies": vms} for aggregate, vms in told if vms]


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _array(file: BinaryIO, items: Iterator[dict[str, Any]]) -> None:
    """A JSON array, one element a line."""
    file.write(b"[")
    for number, item in enumerate(items):
        file.write(b",\n" if number else b"\n")
        file.write(encoded(item))
    file.write(b"]")
