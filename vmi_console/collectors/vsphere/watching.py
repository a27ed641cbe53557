"""Following objects through a property collector of our own: all they are at first, and then whatever changes.

See “PropertyCollector.WaitForUpdatesEx” in the API reference. An answer's objects are parsed on the thread that asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from pyVmomi import vim, vmodl

from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import Parser, Told, parsed

_query = vmodl.query.PropertyCollector

PAGE_OBJECTS = 250
"""A page is what memory holds twice: as pyVmomi's objects, and parsed."""

ASSIGNED = re.compile(rb"<op>assign</op>")
"""What nearly every change of a property is: it need not be said, and parsed, of each."""

NOTHING = re.compile(rb"(?!)")

LONGEST_WAIT_S = 10
MOST_UNKNOWN = 30
"""Properties that a server may not know before we do not believe it any more."""

type Watched = Mapping[str, Mapping[str, Parser]]
"""For each type of object, by its name on the wire: the paths that are watched, each with its parser."""


class Update(msgspec.Struct, frozen=True, gc=False):
    """What became of one object. In `told`, None stands for a property that is unset now."""

    kind: str
    moid: str
    told: Told
    entered: bool = False
    left: bool = False
    forbidden: bool = False  # the user may not see some of it


class Page(msgspec.Struct, frozen=True, gc=False):
    """An answer: `more` follow at once where it is truncated."""

    updates: tuple[Update, ...] = ()
    more: bool = False


class Watching:
    """One property collector with one filter. Used by one task."""

    def __init__(
        self,
        caller: Caller,
        content: Any,
        watched: Watched,
        single: Iterable[Any] = (),
        spared: re.Pattern[bytes] = ASSIGNED,
    ) -> None:
        """Watches all objects of those types below the root folder, and the `single` ones beside.

        What is `spared` of the answers is not parsed (see `Line.call_sparing`).
        """
        self._caller = caller
        self._root = content.rootFolder
        self._views = content.viewManager
        self._default = content.propertyCollector
        self._watched = {kind: dict(paths) for kind, paths in watched.items()}
        self._single = tuple(single)
        self._spared = spared
        self._collector: str | None = None
        self._version = ""

    async def wait(self, doing: str) -> Page:
        """What has changed, or an empty page after `LONGEST_WAIT_S`. The first pages are all there is.

        Raises `CollectorError`, `SessionEnded`.
        """
        for _ in range(MOST_UNKNOWN):
            if self._collector is None:
                unknown = await self._caller.call(doing, self._begin)
            else:
                unknown = None
            if unknown is None:
                result = await self._caller.call(doing, self._wait, owed=not self._version)
                if isinstance(result, Page):
                    return result
                unknown = result
            self._forget(unknown)
        raise ValueError("the server knows too few properties")

    def _forget(self, path: str) -> None:
        """Does without a property that the server's version does not have."""
        for paths in self._watched.values():
            paths.pop(path, None)
        self._collector, self._version = None, ""

    # --- on the caller's thread ---------------------------------------------------------------------------------------

    def _begin(self, line: Line) -> str | None:
        """Makes the collector; gives the name of a property that the server does not know."""
        kinds = [vim_type(kind) for kind in self._watched]
        contained = [kind for kind in kinds if issubclass(kind, vim.ManagedEntity)]
        view = on(line, self._views).CreateContainerView(on(line, self._root), contained, True)
        collector = on(line, self._default).CreatePropertyCollector()
        through = _query.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        objects = [_query.ObjectSpec(obj=view, skip=True, selectSet=[through])]
        objects += [_query.ObjectSpec(obj=on(line, each)) for each in self._single]
        properties = [
            _query.PropertySpec(type=vim_type(kind), pathSet=sorted(paths), all=False)
            for kind, paths in self._watched.items()
        ]
        try:
            collector.CreateFilter(_query.FilterSpec(objectSet=objects, propSet=properties), False)
        except vmodl.query.InvalidProperty as fault:
            return str(fault.name)
        self._collector = collector._moId
        return None

    def _wait(self, line: Line) -> Page | str:
        options = _query.WaitOptions(maxObjectUpdates=PAGE_OBJECTS, maxWaitSeconds=LONGEST_WAIT_S)
        collector = _query(self._collector, line)
        try:
            answer = line.call_sparing(self._spared, collector, "WaitForUpdatesEx", self._version, options)
        except vmodl.query.InvalidProperty as fault:
            return str(fault.name)
        if answer is None:
            return Page()
        updates = tuple(self._update(each) for part in answer.filterSet for each in part.objectSet)
        self._version = str(answer.version)
        return Page(updates, bool(answer.truncated))

    def _update(self, update: Any) -> Update:
        kind = str(update.obj._wsdlName)
        parsers = self._watched.get(kind) or self._inherited(type(update.obj))
        told: Told = {
            str(change.name): parsed(parsers, change.name, change.val if change.op in (None, "assign", "add") else None)
            for change in update.changeSet
        }
        missing = [each.fault for each in update.missingSet]
        return Update(
            kind=kind,
            moid=str(update.obj._moId),
            told=told,
            entered=update.kind == "enter",
            left=update.kind == "leave",
            forbidden=any(isinstance(fault, vim.fault.NoPermission) for fault in missing),
        )

    def _inherited(self, kind: type) -> Mapping[str, Parser]:
        """The parsers of a type that is watched as one of its bases."""
        for watched, parsers in self._watched.items():
            if issubclass(kind, vim_type(watched)):
                return parsers
        return {}


async def retrieve[T](
    caller: Caller,
    content: Any,
    kind: str,
    moids: Sequence[str],
    paths: Sequence[str],
    read: Callable[[str, Told], T],
    spared: re.Pattern[bytes] = NOTHING,
) -> dict[str, T]:
    """Properties of these objects, in one call (and those that continue it); `read` parses each on the thread.

    It gets an object's moid and pyVmomi's own values, without what is `spared` (see `Line.call_sparing`). Objects that
    are gone are left out. Raises as `Caller.call`.
    """
    found: dict[str, T] = {}

    def take(answer: Any) -> str | None:
        for each in answer.objects if answer is not None else ():
            moid = str(each.obj._moId)
            found[moid] = read(moid, {str(value.name): value.val for value in each.propSet})
        return str(answer.token) if answer is not None and answer.token else None

    def begin(line: Line) -> str | None:
        managed = vim_type(kind)
        spec = _query.FilterSpec(
            objectSet=[_query.ObjectSpec(obj=managed(moid, line)) for moid in moids],
            propSet=[_query.PropertySpec(type=managed, pathSet=list(paths), all=False)],
            reportMissingObjectsInResults=True,
        )
        options = _query.RetrieveOptions(maxObjects=len(moids))
        collector = on(line, content.propertyCollector)
        return take(line.call_sparing(spared, collector, "RetrievePropertiesEx", [spec], options))

    def go_on(token: str, line: Line) -> str | None:
        collector = on(line, content.propertyCollector)
        return take(line.call_sparing(spared, collector, "ContinueRetrievePropertiesEx", token))

    token = await caller.call("read properties", begin)
    while token is not None:
        token = await caller.call("read properties", partial(go_on, token))
    return found


def on(line: Line, reference: Any) -> Any:
    """The same managed object, to be called over this line."""
    return type(reference)(reference._moId, line)


def vim_type(name: str) -> Any:
    """pyVmomi's class of a managed object type, by its name on the wire."""
    if name in ("DistributedVirtualPortgroup", "VmwareDistributedVirtualSwitch"):
        return getattr(vim.dvs, name)
    if name == "EventHistoryCollector":
        return vim.event.EventHistoryCollector
    if name == "VirtualMachineSnapshot":
        return vim.vm.Snapshot
    if name == "Alarm":
        return vim.alarm.Alarm
    return getattr(vim, name)


def slices[T](items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """In portions of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
