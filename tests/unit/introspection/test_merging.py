"""One guest of what disk and memory say; what guests have in common is told once."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from vmi_console.estate.facts import Application, FactSet, Guest, Looked, OperatingSystem, Process, Service
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Source
from vmi_console.estate.software import Image, view
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.merging import Images, Said, merged

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
VM = entity_id("vm", "here", "1")


def read(*items: object) -> FactSet:  # type: ignore[type-arg]
    return FactSet(status=Looked.READ, items=items)


def package(name: str, version: str = "1") -> Application:
    return Application(name=name, version=version, manager="dpkg", arch="amd64")


DEBIAN = OperatingSystem(name="Debian", version="12", id="debian", kernel="6.1.0-1", hostname="web")
SERVICES = (
    Service(name="cron", enabled=True, state="enabled"),
    Service(name="ssh", enabled=False, state="disabled"),
    Service(name="networking", enabled=True, state="enabled", once=True),
    Service(name="crond", enabled=True, state="alias", unit="/usr/lib/systemd/system/cron.service"),
    Service(name="apt-daily.timer", enabled=True, state="enabled"),
    Service(name="getty@", enabled=True, state="enabled", unit="/usr/lib/systemd/system/getty@.service"),
)


def on_disk(**sets: FactSet) -> Said:  # type: ignore[type-arg]
    return Said(Source.DISK, Findings(**{"os": read(DEBIAN), "services": read(*SERVICES), **sets}), at=AT)


def in_memory(**sets: FactSet) -> Said:  # type: ignore[type-arg]
    return Said(Source.MEMORY, Findings(**sets), at=AT)


def test_services_are_the_disks_and_run_as_the_memory_says() -> None:
    seen = (Service(name=name, running=True) for name in ("cron", "session-3.scope", "getty@tty1"))
    memory = in_memory(services=read(*seen))
    services = {each.name: each for each in merged(VM, "web", on_disk(), memory).services.items}
    assert (services["cron"].running, services["cron"].enabled) == (True, True)
    assert services["ssh"].running is False
    assert services["networking"].running is None, "it has done its work, or has not: no process says"
    assert services["crond"].running is True, "which is cron by another name"
    assert services["apt-daily.timer"].running is None
    assert services["getty@"].running is None
    assert (services["getty@tty1"].running, services["getty@tty1"].state) == (True, "instance")
    assert (services["session-3.scope"].running, services["session-3.scope"].state) == (True, "transient")


def test_without_memory_nobody_knows_what_runs() -> None:
    for memory in (Said(Source.MEMORY), Said(Source.MEMORY, failure="no")):
        found = merged(VM, "web", on_disk(), memory)
        assert {each.running for each in found.services.items} == {None}
        status = Looked.UNREADABLE if memory.failure else Looked.NOT_YET
        assert (found.processes.status, found.processes.because) == (status, memory.failure)


def test_what_runs_is_no_list_of_what_there_is() -> None:
    """Of services that do not run the memory says nothing: a set of those that do must not pass for all."""
    memory = in_memory(services=read(Service(name="cron", running=True)), processes=read(Process(pid=1, name="init")))
    found = merged(VM, "web", Said(Source.DISK, failure="encrypted", at=AT), memory)
    assert (found.services.status, found.services.because) == (Looked.UNREADABLE, "encrypted")
    assert (found.processes.status, found.processes.source, found.processes.read_at) == (Looked.READ, Source.MEMORY, AT)


def test_the_system_is_the_disks_and_the_kernel_the_one_that_runs() -> None:
    running = OperatingSystem(name="Linux", kernel="6.1.0-2", booted_at=AT)
    system = merged(VM, "web", on_disk(), in_memory(os=read(running))).os.items[0]
    assert (system.name, system.kernel, system.booted_at, system.hostname) == ("Debian", "6.1.0-2", AT, "web")


def test_every_set_says_where_it_is_from() -> None:
    found = merged(VM, "web", on_disk(applications=read(package("bash"))), in_memory())
    assert (found.applications.source, found.applications.read_at) == (Source.DISK, AT)
    assert found.users.status is Looked.NOT_YET
    assert found.id == EntityId("guest/here/1")


# --- software images --------------------------------------------------------------------------------------------------


def guest(number: int, *applications: Application, services: tuple[Service, ...] = SERVICES) -> Guest:
    vm = entity_id("vm", "here", str(number))
    said = Said(
        Source.DISK,
        Findings(os=read(DEBIAN), applications=read(*applications), services=read(*services)),
        at=AT,
    )
    return merged(vm, f"web-{number}", said, Said(Source.MEMORY))


COMMON = tuple(package(f"package-{number}") for number in range(100))


def whole(guest: Guest, images: dict[EntityId, Image]) -> tuple[set[Application], set[Service]]:
    """Base and difference put together, as the inventory does."""
    applications, services = guest.applications, guest.services
    base = images[applications.base] if applications.base is not None else None
    return (
        set(view(applications, base.applications if base is not None else None)),
        set(view(services, base.services if base is not None else None)),
    )


def test_guests_that_are_alike_are_differences_to_one_image() -> None:
    known = Images()
    told: dict[EntityId, Image] = {}
    guests = {
        1: guest(1, *COMMON),
        2: guest(2, *COMMON, package("own")),
        3: guest(3, *COMMON[3:], package("package-0", "2"), services=SERVICES[:2]),
        4: guest(4, *(package(f"other-{number}") for number in range(50))),
        5: guest(5, *COMMON, package("bash", "1"), package("bash", "2")),
    }
    for number, each in guests.items():
        image, based = known.based(each)
        if image is not None:
            told[image.id] = Image(image)
        assert (image is not None) == (number in (1, 4)), number
        assert whole(based, told) == (set(each.applications.items), set(each.services.items)), number
    assert len(known.based(guests[2])[1].applications.items) == 1
    assert known.based(guests[1])[1].services.items == ()


def test_a_guest_that_could_not_be_read_has_no_image() -> None:
    unread = merged(VM, "web", Said(Source.DISK, failure="encrypted", at=AT), Said(Source.MEMORY))
    assert Images().based(unread) == (None, unread)
    services_alone = msgspec.structs.replace(
        guest(1, *COMMON), services=FactSet(status=Looked.UNREADABLE, because="no")
    )
    image, based = Images().based(services_alone)
    assert image is not None
    assert (image.services, based.services.status) == ((), Looked.UNREADABLE)


def test_nothing_of_another_machines_memory_is_put_into_what_the_disk_says() -> None:
    windows = OperatingSystem(name="Windows Server 2022", version="10.0.20348", family="windows", hostname="files")
    linux = OperatingSystem(name="Linux", kernel="6.1.0-28-amd64", family="linux", hostname="inside")
    disk = on_disk(os=read(windows), services=read(Service(name="LanmanServer", state="auto")))
    found = merged(VM, "files", disk, in_memory(os=read(linux), services=read(Service(name="cron", running=True))))
    assert found.os.items == (windows,)
    assert [(each.name, each.running) for each in found.services.items] == [("LanmanServer", None)]
    (contradiction,) = found.contradictions
    assert contradiction.one == "disk: Windows Server 2022 10.0.20348"
    assert contradiction.other == "memory: Linux 6.1.0-28-amd64"
    same = merged(
        VM, "web", on_disk(os=read(msgspec.structs.replace(DEBIAN, family="linux"))), in_memory(os=read(linux))
    )
    assert same.contradictions == ()
    assert same.os.items[0].hostname == "inside"
