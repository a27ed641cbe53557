"""What checks of a guest's software share: whether it could be looked at, and what a demand such as
`auditd >= 1:3.0 | audit` means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from vmi_console.estate.differences import key_of
from vmi_console.estate.facts import Application, FactSet, Looked, Service
from vmi_console.estate.identity import EntityId
from vmi_console.estate.patterns import glob
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView, ImageItems
from vmi_console.estate.versions import Condition
from vmi_console.policy.check import Estate
from vmi_console.policy.checks.parameters import Mistake, Names, is_pattern
from vmi_console.policy.checks.tally import named
from vmi_console.policy.judgement import Judgement, Verdict, unknown

Item = TypeVar("Item", Application, Service)

_DEMAND = re.compile(r"\s*([^<>=!|]+?)\s*((?:[<>=!]).*)?", re.DOTALL)
_NAMES_REMEMBERED = 20_000


def looked_into(vm: VM, estate: Estate, field: str) -> FactView[Any] | str:
    """A set of facts of the VM's guest (`applications`, …), or why nobody can tell what is in it."""
    software = estate.software(vm.id)
    if software is None:
        return "nobody has looked into the guest yet"
    facts = software.facts(field)
    match facts.status:
        case Looked.READ:
            return facts
        case Looked.UNREADABLE:
            return f"the guest's {field} are unreadable: {named(facts.because) or 'nobody said why'}"
        case _:
            return named(facts.because) or f"nobody has looked at the guest's {field} yet"


_folded: WeakKeyDictionary[ImageItems[Any], dict[str, tuple[str, ...]]] = WeakKeyDictionary()


def _spellings(image: ImageItems[Any], name: str) -> tuple[str, ...]:
    """How an image spells a name that is given in folded case; every demand asks for some, so they share the index."""
    index = _folded.get(image)
    if index is None:
        index = _folded[image] = {}
        for each in image.by_name:
            index[each.casefold()] = (*index.get(each.casefold(), ()), each)
    return index.get(name, ())


class Named(Generic[Item]):
    """The items of a guest that a name or pattern means; what a software image holds is found once for all guests."""

    def __init__(self, pattern: str) -> None:
        matches = glob(pattern.strip())
        self._exact = None if is_pattern(pattern) else pattern.strip().casefold()
        self._matches: Callable[[str], bool] = lru_cache(_NAMES_REMEMBERED)(lambda name: bool(matches(name.casefold())))
        self._in_images: WeakKeyDictionary[ImageItems[Item], tuple[str, ...]] = WeakKeyDictionary()

    def __call__(self, facts: FactView[Item]) -> Iterator[Item]:
        names = {name for name in facts.own_names if self._matches(name)}
        if facts.image is not None:
            names.update(self._in_image(facts.image))
        for name in sorted(names):
            yield from facts.find(name)

    def _in_image(self, image: ImageItems[Item]) -> tuple[str, ...]:
        if self._exact is not None:
            return _spellings(image, self._exact)
        found = self._in_images.get(image)
        if found is None:
            found = self._in_images[image] = tuple(name for name in image.by_name if self._matches(name))
        return found


class Verdicts(Generic[Item]):
    """What is said of a set of facts by names that count.

    Thousands of guests share an image and differ from it in what does not count: they are judged as their image is,
    once.
    """

    def __init__(self, patterns: Iterable[str], judge: Callable[[FactView[Item]], Judgement]) -> None:
        patterns = [pattern.strip() for pattern in patterns]
        self._named: tuple[Named[Item], ...] = tuple(map(Named, patterns))
        self._counts = Names(patterns).match
        self._judge: Callable[[FactView[Item]], Judgement] = judge
        self._never_count: set[str] = set()
        self._of_images: WeakKeyDictionary[ImageItems[Item], tuple[frozenset[str], Judgement]] = WeakKeyDictionary()

    def __call__(self, facts: FactView[Item]) -> Judgement:
        """The judgement of facts that could be read."""
        if facts.image is not None and self._differs_in_nothing(facts.own_names):
            found = self._of_images.get(facts.image)
            if found is None:
                found = self._of_images[facts.image] = self._of_image(facts.image)
            if found[0].isdisjoint(facts.facts.removed):
                return found[1]
        return self._judge(facts)

    def _differs_in_nothing(self, names: tuple[str, ...]) -> bool:
        """Whether none of a guest's own names counts."""
        if self._never_count.issuperset(names):
            return True
        if len(self._never_count) > _NAMES_REMEMBERED:
            self._never_count.clear()
        idle = {name for name in names if not self._counts(name)}
        self._never_count |= idle
        return len(idle) == len(set(names))

    def _of_image(self, image: ImageItems[Item]) -> tuple[frozenset[str], Judgement]:
        """The keys that count, and what is said of a guest that has just what the image has."""
        alone = FactView[Item](FactSet(status=Looked.READ, base=EntityId("softwareimage")), image, ())
        keys = frozenset(key_of(item) for names in self._named for item in names(alone))
        return keys, self._judge(alone)


def suspects[Item: (Application, Service)](
    vms: Sequence[VM], estate: Estate, field: str, verdicts: Verdicts[Item]
) -> Sequence[VM]:
    """The VMs of whose facts in this field it is not said that they pass."""
    found = []
    for vm in vms:
        software = estate.software(vm.id)
        facts: FactView[Item] | None = getattr(software, field, None)
        if facts is None or facts.status is not Looked.READ or verdicts(facts).verdict is not Verdict.PASS:
            found.append(vm)
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
