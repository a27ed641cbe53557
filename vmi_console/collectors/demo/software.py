"""What is inside the demo guests: images that many share, and each guest's difference from its own."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from vmi_console.collectors.demo import casting, packages
from vmi_console.collectors.demo.chance import grain
from vmi_console.collectors.demo.machines import Machines, Profile, unreadable
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.estate.facts import (
    Application,
    FactSet,
    Guest,
    Looked,
    OperatingSystem,
    Patch,
    Service,
    SoftwareImage,
    User,
)
from vmi_console.estate.identity import entity_id, native_of
from vmi_console.estate.records import VM, Source

MAX_DIFFERENCE = 20  # packages by which a guest differs from its image on the first day
FEWEST_PACKAGES, SPREAD_OF_PACKAGES = 60, 61


class Inside(msgspec.Struct, frozen=True):
    """What has happened inside one guest since the first day: by name, None where removed."""

    applications: dict[str, Application | None] = {}
    services: dict[str, Service] = {}

    def with_application(self, name: str, application: Application | None) -> Inside:
        return Inside({**self.applications, name: application}, self.services)

    def with_service(self, service: Service) -> Inside:
        return Inside(self.applications, {**self.services, service.name: service})


UNTOUCHED = Inside()


class _Difference(msgspec.Struct, frozen=True):
    """What a guest has that its image has not, by key, and the other way round."""

    items: dict[str, Application]
    removed: tuple[str, ...]


class Software:
    """Images are made when first asked for, and kept; guests are made anew each time they are looked at."""

    def __init__(self, parameters: Parameters, endpoint: str, machines: Machines) -> None:
        self._parameters = parameters
        self._endpoint = endpoint
        self._machines = machines
        self._images: dict[int, SoftwareImage] = {}

    def image_number(self, number: int) -> int:
        """Which image a machine was made from: one of those with its operating system."""
        profile = self._machines.profile(number)
        system = casting.SYSTEMS.index(profile.system)
        alike = range(system, self._parameters.images, len(casting.SYSTEMS))
        return alike[int.from_bytes(profile.chance[20:22]) % len(alike)]

    def image(self, image: int) -> SoftwareImage:
        """An image by its number."""
        if image not in self._images:
            self._images[image] = self._make_image(image)
        return self._images[image]

    def applications(self, number: int, inside: Inside = UNTOUCHED) -> tuple[Application, ...]:
        """Everything installed in a guest, the image's and its own."""
        image = self.image(self.image_number(number))
        difference = self._difference(self._machines.profile(number), image, inside)
        installed = {application.key: application for application in image.applications}
        for key in difference.removed:
            del installed[key]
        return tuple((installed | difference.items).values())

    def guest(self, vm: VM, number: int, inside: Inside, read_at: datetime) -> Guest:
        """What an inspector finds in a guest at `read_at`."""
        profile = self._machines.profile(number)
        guest_id = entity_id("guest", self._endpoint, native_of(vm.id))
        if unreadable(profile.role, profile.ordinal):
            because = "the disk is encrypted with BitLocker and this console has no key"
            return Guest(
                id=guest_id,
                name=vm.name,
                vm=vm.id,
                os=FactSet(status=Looked.UNREADABLE, because=because, source=Source.DISK, read_at=read_at),
                applications=FactSet(status=Looked.UNREADABLE, because=because, source=Source.DISK, read_at=read_at),
                services=FactSet(status=Looked.UNREADABLE, because=because, source=Source.DISK, read_at=read_at),
                patches=FactSet(status=Looked.UNREADABLE, because=because, source=Source.DISK, read_at=read_at),
                users=FactSet(status=Looked.UNREADABLE, because=because, source=Source.DISK, read_at=read_at),
            )
        image = self.image(self.image_number(number))
        difference = self._difference(profile, image, inside)
        system = profile.system
        state = "auto" if system.manager == "windows" else "enabled"
        services = {
            name: Service(name=name, enabled=True, running=True, state=state) for name in profile.role.services
        } | inside.services
        found = OperatingSystem(
            name=system.name,
            version=system.version,
            kernel=system.kernel,
            family=system.family,
            hostname=vm.guest.hostname or "",
        )
        return Guest(
            id=guest_id,
            name=vm.name,
            vm=vm.id,
            os=FactSet(status=Looked.READ, source=Source.DISK, read_at=read_at, items=(found,)),
            applications=FactSet(
                status=Looked.READ,
                source=Source.DISK,
                read_at=read_at,
                items=tuple(difference.items.values()),
                base=image.id,
                removed=difference.removed,
            ),
            services=FactSet(
                status=Looked.READ,
                source=Source.DISK,
                read_at=read_at,
                items=tuple(services.values()),
                base=image.id,
            ),
            patches=FactSet(
                status=Looked.READ, source=Source.DISK, read_at=read_at, items=_patches(profile, vm.created_at)
            ),
            users=FactSet(status=Looked.READ, source=Source.DISK, read_at=read_at, items=_users(profile)),
        )

    # --- how they are made ------------------------------------------------------------------------------------

    def _make_image(self, image: int) -> SoftwareImage:
        system = casting.SYSTEMS[image % len(casting.SYSTEMS)]
        generation = image // len(casting.SYSTEMS)
        chance = grain(self._parameters.seed, "image", image)
        count = self._parameters.packages
        if count is None:
            count = FEWEST_PACKAGES + chance[0] % SPREAD_OF_PACKAGES
        core, more = packages.CORE[system.manager], packages.MORE[system.manager]
        first = int.from_bytes(chance[1:3])
        names = core[:count] + tuple(more[(first + place) % len(more)] for place in range(count - len(core)))
        applications = tuple(packages.package(system.manager, name, chance[3] % 4) for name in names)
        services = packages.SERVICES[system.manager]
        content = msgspec.msgpack.encode((applications, services))
        return SoftwareImage(
            id=entity_id("softwareimage", self._endpoint, hashlib.blake2b(content, digest_size=16).hexdigest()),
            name=f"{system.name}, image {generation + 1}",
            applications=applications,
            services=services,
        )

    def _difference(self, profile: Profile, image: SoftwareImage, inside: Inside) -> _Difference:
        chance, manager = profile.chance, profile.system.manager
        own = [packages.package(manager, name, 0) for name in profile.role.packages]
        changes = chance[22] % (MAX_DIFFERENCE + 1 - len(own))
        in_image = {application.key: application for application in image.applications}
        changeable = image.applications[len(packages.CORE[manager]) :]
        more = packages.MORE[manager]
        removed: dict[str, None] = {}
        for change in range(changes):
            draw = int.from_bytes(chance[23 + change : 25 + change])
            if draw % 3 == 0 or not changeable:
                own.append(packages.package(manager, more[draw % len(more)], 1))
            elif draw % 3 == 1:
                own.append(packages.package(manager, changeable[draw % len(changeable)].name, 6))
            else:
                removed[changeable[draw % len(changeable)].key] = None
        items = {application.key: application for application in own}
        removed = {key: None for key in removed if key not in items}
        for name, application in inside.applications.items():
            if application is not None:
                items[application.key] = application
                removed.pop(application.key, None)
                continue
            for key in [key for key, item in items.items() if item.name == name]:
                del items[key]
            removed |= {key: None for key, item in in_image.items() if item.name == name}
        return _Difference(items, tuple(removed))


def _patches(profile: Profile, created_at: datetime | None) -> tuple[Patch, ...]:
    if profile.system.family != "windows":
        return ()
    missing = profile.chance[44] % 4  # of the newest
    installed_at = created_at + timedelta(days=20) if created_at else None
    return tuple(Patch(name=name, installed_at=installed_at) for name in packages.PATCHES[missing:])


def _users(profile: Profile) -> tuple[User, ...]:
    if profile.system.family == "windows":
        return (
            User(name="Administrator", uid=500, administrator=True, locked=False),
            User(name="Guest", uid=501, administrator=False, locked=True),
            User(name="svc-monitor", uid=1001, administrator=False, locked=False),
        )
    person = casting.ADMINISTRATORS[profile.chance[45] % len(casting.ADMINISTRATORS)]
    return (
        User(name="root", uid=0, administrator=True, locked=True),
        User(name="daemon", uid=1, administrator=False, locked=True),
        User(name="ansible", uid=1000, administrator=True, locked=False),
        User(name=person, uid=1001, administrator=True, locked=False),
    )
