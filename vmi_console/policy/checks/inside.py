"""What checks of a guest's software share: whether it could be looked at, and what a demand such as
`auditd >= 1:3.0 | audit` means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from vmi_console.estate.attributes import Context
from vmi_console.estate.columns import Columns, Content, Rows, Steps
from vmi_console.estate.differences import key_of
from vmi_console.estate.facts import Application, FactSet, Service
from vmi_console.estate.facts import Looked as Status
from vmi_console.estate.identity import EntityId
from vmi_console.estate.patterns import glob
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView, ImageItems
from vmi_console.estate.versions import Condition
from vmi_console.policy.check import Estate
from vmi_console.policy.checks.parameters import Mistake, Names, is_pattern
from vmi_console.policy.checks.tally import named
from vmi_console.policy.judgement import Judgement, unknown

Item = TypeVar("Item", Application, Service)

_DEMAND = re.compile(r"\s*([^<>=!|]+?)\s*((?:[<>=!]).*)?", re.DOTALL)
_NAMES_REMEMBERED = 20_000
_SETS_REMEMBERED = 5_000
_AS_THE_IMAGE: FactSet[Any] = FactSet(status=Status.READ, base=EntityId("softwareimage"))


def looked_into(vm: VM, estate: Context, field: str) -> FactView[Any] | str:
    """A set of facts of the VM's guest (`applications`, …), or why nobody can tell what is in it."""
    software = estate.software(vm.id)
    if software is None:
        return "nobody has looked into the guest yet"
    facts = software.facts(field)
    match facts.status:
        case Status.READ:
            return facts
        case Status.UNREADABLE:
            return f"the guest's {field} are unreadable: {named(facts.because) or 'nobody said why'}"
        case _:
            return named(facts.because) or f"nobody has looked at the guest's {field} yet"


class Named(Generic[Item]):
    """The items of a guest that a name or pattern means; what a software image holds is found once for all guests."""

    def __init__(self, pattern: str) -> None:
        matches = glob(pattern.strip())
        self._exact = None if is_pattern(pattern) else pattern.strip().casefold()
        self._matches: Callable[[str], bool] = lru_cache(_NAMES_REMEMBERED)(lambda name: bool(matches(name.casefold())))
        self._in_images: WeakKeyDictionary[ImageItems[Item], tuple[str, ...]] = WeakKeyDictionary()

    def __call__(self, facts: FactView[Item]) -> tuple[Item, ...]:
        return self.among(facts, facts.own_names)

    def among(self, facts: FactView[Item], own_names: Iterable[str]) -> tuple[Item, ...]:
        """The items, where it is known of which of the guest's own names this may be one."""
        own: list[str] = [name for name in own_names if self._matches(name)]
        names: tuple[str, ...] = self._in_image(facts.image) if facts.image is not None else ()
        if own:
            names = tuple(dict.fromkeys((*names, *own)))
        if len(names) == 1:
            return facts.find(names[0])
        return tuple([item for name in sorted(names) for item in facts.find(name)])

    def in_image(self, image: ImageItems[Item]) -> tuple[Item, ...]:
        """The items of a guest that has just what the image has."""
        names = self._in_image(image)
        if len(names) == 1:
            return image.by_name[names[0]]
        return tuple([item for name in sorted(names) for item in image.by_name[name]])

    def _in_image(self, image: ImageItems[Item]) -> tuple[str, ...]:
        if self._exact is not None:
            return image.spellings.get(self._exact, ())
        found = self._in_images.get(image)
        if found is None:
            found = self._in_images[image] = tuple([name for name in image.by_name if self._matches(name)])
        return found


type Looked = ImageItems[Any] | str | None
"""What guests have in common: their software image, or why nobody can tell what is in them. None: an own set."""


def _looked(vm: VM, context: Context, field: str) -> Looked:
    facts = looked_into(vm, context, field)
    return facts if isinstance(facts, str) else facts.image


SOFTWARE = {
    field: Content(f"the image of its {field}", partial(_looked, field=field), of_guest=True)
    for field in ("applications", "services")
}


class Verdicts(Generic[Item]):
    """What is said of a set of facts by names that count.

    Thousands of guests share an image and differ from it in what does not count: they are judged as their image is,
    once. And of what counts there are few different sets: each is judged once.
    """

    def __init__(self, patterns: Iterable[str], judge: Callable[[FactView[Item]], Judgement]) -> None:
        patterns = [pattern.strip() for pattern in patterns]
        self._named: tuple[Named[Item], ...] = tuple(map(Named, patterns))
        self._names = frozenset(pattern.casefold() for pattern in patterns if not is_pattern(pattern))
        self._patterns = tuple(glob(pattern) for pattern in patterns if is_pattern(pattern))
        self._counts = Names(patterns).match
        self._judge: Callable[[FactView[Item]], Judgement] = judge
        self._of_images: WeakKeyDictionary[ImageItems[Item], tuple[frozenset[str], Judgement]] = WeakKeyDictionary()
        self._of_items: dict[tuple[tuple[Item, ...], ...], tuple[frozenset[str], Judgement]] = {}

    def __call__(self, facts: FactView[Item]) -> Judgement:
        """The judgement of facts that could be read."""
        own = [name for name in facts.own_names if self._counts(name)]
        if facts.image is not None and not own:
            keys, judgement = self._of_image(facts.image)
            if keys.isdisjoint(facts.facts.removed):
                return judgement
        return self._of_set(tuple([named.among(facts, own) for named in self._named]), facts)[1]

    def of_all(self, looked: Looked, field: str) -> Judgement | None:
        """What is said of all guests with this in common that differ from it in nothing that counts."""
        if isinstance(looked, str):
            return unknown(looked, field)
        return None if looked is None else self._of_image(looked)[1]

    def apart(self, columns: Columns, field: str) -> Steps[Rows]:
        """The rows of guests that may differ from their image in something that counts."""
        return columns.deviating(field, self._names, self._patterns)

    def _of_image(self, image: ImageItems[Item]) -> tuple[frozenset[str], Judgement]:
        """The keys that count, and what is said of a guest that has just what the image has."""
        found = self._of_images.get(image)
        if found is None:
            items = tuple([named.in_image(image) for named in self._named])
            found = self._of_images[image] = self._of_set(items, FactView[Item](_AS_THE_IMAGE, image, ()))
        return found

    def _of_set(self, items: tuple[tuple[Item, ...], ...], facts: FactView[Item]) -> tuple[frozenset[str], Judgement]:
        """The keys of the items that count, which are some of these facts, and what is said of them."""
        found = self._of_items.get(items)
        if found is None:
            if len(self._of_items) > _SETS_REMEMBERED:
                self._of_items.clear()
            keys = frozenset(key_of(item) for some in items for item in some)
            found = self._of_items[items] = keys, self._judge(facts)
        return found


def judged[Item: (Application, Service)](vm: VM, estate: Estate, field: str, verdicts: Verdicts[Item]) -> Judgement:
    """What is said of the VM's facts in this field, or that nobody can tell."""
    facts = looked_into(vm, estate, field)
    return unknown(facts, field) if isinstance(facts, str) else verdicts(facts)


class Demand:
    """A name or pattern and what its version must be. Raises `Mistake` for a text that says neither.

    >>> Demand("auditd >= 1:3.0", "required", 0).name
    'auditd'
    """

    def __init__(self, text: str, *path: str | int) -> None:
        match = _DEMAND.fullmatch(text)
        if match is None:
            advice = "write a name, and after it a version such as >= 1:3.0 if only some are meant"
            raise Mistake(f"“{text}” names nothing", *path, advice=advice)
        self.text = text.strip()
        self.name: str = match[1]
        try:
            self.condition = Condition(match[2] or "")
        except ValueError as error:
            raise Mistake(str(error), *path, advice="write for example >= 1:3.0, < 3.1") from None
        self.items: Named[Application] = Named(self.name)

    def held_by(self, facts: FactView[Application]) -> Iterator[tuple[Application, bool | None]]:
        """The applications of this name, each with whether its version is one that is meant."""
        for item in self.items(facts):
            yield item, self.condition(item.version, item.manager)


def demands(texts: Iterable[str], field: str) -> tuple[Demand, ...]:
    """The demands of a list. Raises `Mistake`."""
    return tuple(Demand(text, field, position) for position, text in enumerate(texts))


def alternatives(texts: Iterable[str], field: str) -> tuple[tuple[Demand, ...], ...]:
    """The demands of a list whose items may be alternatives, such as `auditd | audit >= 3`. Raises `Mistake`."""
    return tuple(
        tuple(Demand(part, field, position) for part in text.split("|")) for position, text in enumerate(texts)
    )
