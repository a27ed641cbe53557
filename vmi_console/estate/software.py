"""What is installed and what runs in a guest, put together from its software image and its own difference to it.

45,000 guests of 400 packages each are 18 million items; kept as images and differences they are a million, most of
them shared. A view looks into both where they lie and never builds the whole set unless it is iterated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from vmi_console.estate.differences import Difference, by_key, key_of, part_differences
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, Service, SoftwareImage
from vmi_console.estate.records import Part

Item = TypeVar("Item", bound=Part)


class ImageItems(Generic[Item]):
    """The items of one kind in one image, found by name and by key; shared by all guests of the image."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.items = items

    @cached_property
    def by_name(self) -> dict[str, tuple[Item, ...]]:
        return _grouped(list(map(name_of, self.items)), self.items)

    @cached_property
    def by_key(self) -> dict[str, tuple[Item, ...]]:
        return _grouped(list(map(key_of, self.items)), self.items)

    @cached_property
    def spellings(self) -> dict[str, tuple[str, ...]]:
        """How names are spelt here, by their folded case."""
        names = tuple(self.by_name)
        return _grouped(list(map(str.casefold, names)), names)


def _grouped[T](keys: Sequence[str], values: Sequence[T]) -> dict[str, tuple[T, ...]]:
    """The values by their keys, nearly all of which are different."""
    grouped: dict[str, tuple[T, ...]] = dict(zip(keys, zip(values, strict=True), strict=True))
    if len(grouped) < len(keys):
        grouped = {}
        for key, value in zip(keys, values, strict=True):
            grouped[key] = (*grouped.get(key, ()), value)
    return grouped


class Image:
    """A software image, indexed."""

    def __init__(self, image: SoftwareImage) -> None:
        self.applications = ImageItems(image.applications)
        self.services = ImageItems(image.services)


class FactView(msgspec.Struct, Generic[Item], frozen=True, gc=False):
    """One set of facts as it is, base and difference put together."""

    facts: FactSet[Item]
    image: ImageItems[Item] | None
    own_names: tuple[str, ...]  # of `facts.items`, so that a search for an absent name touches no item

    @property
    def status(self) -> Looked:
        """Whether the set could be read; *not looked yet* also while its image has not been reported."""
        return self.facts.status if self.image is not None or self.facts.base is None else Looked.NOT_YET

    @property
    def because(self) -> str:
        """Why the set is not there to be read."""
        if self.facts.base is not None and self.image is None:
            return "the software image it is based on was not reported"
        return self.facts.because

    def find(self, name: str) -> tuple[Item, ...]:
        """The items of this name: none, one, or several (architectures, package managers, versions)."""
        inherited = self.image.by_name.get(name, ()) if self.image is not None else ()
        own: tuple[Item, ...] = ()
        if name in self.own_names:
            own = tuple([item for item, called in zip(self.facts.items, self.own_names, strict=True) if called == name])
        if not inherited or not (own or self.facts.removed):
            return inherited or own
        if len(inherited) == 1 and not own:  # as nearly always: worth a short way
            return () if key_of(inherited[0]) in self.facts.removed else inherited
        gone = {*self.facts.removed, *map(key_of, own)}
        return (*(item for item in inherited if key_of(item) not in gone), *own)

    def names(self) -> Iterator[str]:
        """The names of all items, repeated where several share one."""
        return map(name_of, self)

    def __iter__(self) -> Iterator[Item]:
        if self.image is not None:
            gone = {*self.facts.removed, *map(key_of, self.facts.items)}
            yield from (item for item in self.image.items if key_of(item) not in gone)
        yield from self.facts.items

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Software(msgspec.Struct, frozen=True, gc=False):
    """The applications and services of one guest, and all else that was found in it."""

    guest: Guest
    applications: FactView[Application]
    services: FactView[Service]

    def facts(self, field: str) -> FactView[Any]:
        """The set of facts in this field of `Guest`."""
        match field:
            case "applications":
                return self.applications
            case "services":
                return self.services
            case _:
                return view(getattr(self.guest, field))


def view[Item: Part](facts: FactSet[Item], image: ImageItems[Item] | None = None) -> FactView[Item]:
    """A view of `facts`, whose base, if it names one, is `image` (None if that is not known)."""
    return FactView(facts, image if facts.base is not None else None, tuple(map(name_of, facts.items)))


def name_of(item: Part) -> str:
    """An item's name; sockets, which have none, go by their key."""
    name: str | None = getattr(item, "name", None)
    return key_of(item) if name is None else name


def fact_differences[Item: Part](path: str, before: FactView[Item], after: FactView[Item]) -> Iterator[Difference]:
    """What differs between two readings of one set of facts; nothing unless both could be read.

    Where both have the same image, only their own differences to it are looked at.
    """
    if before.facts == after.facts and before.image is after.image:
        return iter(())
    if before.status is not Looked.READ or after.status is not Looked.READ:
        return iter(())
    if before.image is None or before.image is not after.image:
        return part_differences(path, before, after)
    keys = {key_of(item) for item in {*before.facts.items} ^ {*after.facts.items}}
    keys |= {*before.facts.removed} ^ {*after.facts.removed}
    ordered = sorted(keys)
    return part_differences(path, _at(before, ordered), _at(after, ordered))


def _at[Item: Part](facts: FactView[Item], keys: Iterable[str]) -> Iterator[Part]:
    """The items of these keys."""
    own = by_key(facts.facts.items)
    for key in keys:
        if key in own:
            yield from own[key]
        elif facts.image is not None and key not in facts.facts.removed:
            yield from facts.image.by_key.get(key, ())
