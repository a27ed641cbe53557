"""What was found inside guests: their facts, the software images they share, and what changes from look to look."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vmi_console.estate.differences import Difference, field_differences
from vmi_console.estate.facts import FACT_SETS, Guest, Looked, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.indexes import Index
from vmi_console.estate.software import FactView, Image, Software, fact_differences, view

TOLD_FACTS = tuple(field for field in FACT_SETS if field != "processes")
"""The sets whose items are followed; processes come and go by the second."""


class Guests:
    """The facts of all guests, by their VMs."""

    def __init__(self) -> None:
        self._software: dict[EntityId, Software] = {}
        self._images: dict[EntityId, Image] = {}
        self._by_image = Index()
        self._last_read: dict[tuple[EntityId, str], FactView[Any]] = {}

    def software(self, vm: EntityId) -> Software | None:
        """The software of a VM; None if nobody looked."""
        return self._software.get(vm)

    def users(self, image: EntityId) -> Collection[EntityId]:
        """The VMs whose facts are based on an image."""
        return self._by_image[image]

    def put(self, guest: Guest) -> None:
        """Takes in what was found in a guest.

        A set that can no longer be read is remembered as it was, so that what changes meanwhile is told in the end.
        """
        before = self._software.get(guest.vm)
        after = self._view(guest)
        self._software[guest.vm] = after
        self._by_image.move(guest.vm, images(before.guest) if before is not None else (), images(guest))
        if before is not None:
            for field, old, new in moved(before, after):
                if old.status is Looked.READ and new.status is not Looked.READ:
                    self._last_read[guest.vm, field] = old

    def take_away(self, guest: Guest) -> None:
        """Forgets a guest."""
        del self._software[guest.vm]
        self._by_image.move(guest.vm, images(guest), ())
        for field in TOLD_FACTS:
            self._last_read.pop((guest.vm, field), None)

    def put_image(self, image: SoftwareImage) -> None:
        """Takes in an image; guests that were reported before it can be read from now on."""
        self._images[image.id] = Image(image)
        self._look_again(image.id)

    def take_image_away(self, image: SoftwareImage) -> None:
        """Forgets an image: what is based on it cannot be read."""
        del self._images[image.id]
        self._look_again(image.id)

    def differences(self, before: Software, after: Software) -> Iterator[Difference]:
        """What changed in a guest from one look to the next; the first look at a set tells no change."""
        for field, old, new in moved(before, after):
            if old.facts.status is not Looked.NOT_YET:
                yield from field_differences(f"{field}.", old.facts, new.facts)
            if old.status is not Looked.READ and new.status is Looked.READ:
                old = self._last_read.pop((after.guest.vm, field), old)
            yield from fact_differences(field, old, new)

    def _look_again(self, image: EntityId) -> None:
        for vm in self._by_image[image]:
            self._software[vm] = self._view(self._software[vm].guest)

    def _view(self, guest: Guest) -> Software:
        return software_of(guest, self._images)


def software_of(guest: Guest, images: Mapping[EntityId, Image]) -> Software:
    """What a guest has, with what it has from one of these images."""
    applications, services = guest.applications, guest.services
    app_image = images.get(applications.base) if applications.base is not None else None
    service_image = images.get(services.base) if services.base is not None else None
    return Software(
        guest=guest,
        applications=view(applications, app_image.applications if app_image is not None else None),
        services=view(services, service_image.services if service_image is not None else None),
    )


def moved(before: Software, after: Software) -> Iterator[tuple[str, FactView[Any], FactView[Any]]]:
    """The sets of facts that are not the same in two looks: field, before, after."""
    for field in TOLD_FACTS:
        if getattr(before.guest, field) != getattr(after.guest, field):
            yield field, before.facts(field), after.facts(field)


def images(guest: Guest) -> tuple[EntityId, ...]:
    """The software images that a guest's facts are based on, each once."""
    bases = (guest.applications.base, guest.services.base)
    return tuple({base: None for base in bases if base is not None})
