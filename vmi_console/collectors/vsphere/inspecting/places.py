"""Where a VM's datastores are: what a URL of one of their files is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.values import Told, name, number, text, truth
from vmi_console.collectors.vsphere.watching import retrieve

HIGHEST = 64
"""Folders inside one another; more than any vCenter has."""

_PATHS = ("name", "summary.type", "summary.freeSpace", "summary.accessible", "parent")


class Datastore(msgspec.Struct, frozen=True):
    """One datastore."""

    name: str
    kind: str  # VMFS, NFS, vsan, VVOL, …
    free_bytes: int | None
    accessible: bool
    datacenter: str  # its inventory path, without the root folder


class Places:
    """The datastores of one session."""

    def __init__(self, caller: Caller, content: Any) -> None:
        self._caller = caller
        self._content = content
        self._paths: dict[str, str] = {}  # inventory paths, by managed object id

    async def datastores(self, moids: Sequence[str]) -> dict[str, Datastore]:
        """Those that may be seen, as they are now. Raises as `Caller.call`."""
        if not moids:
            return {}
        told = await retrieve(
            self._caller, self._content, "Datastore", moids, _PATHS, lambda _, properties: dict(properties)
        )
        return {moid: await self._datastore(properties) for moid, properties in told.items() if "name" in properties}

    async def _datastore(self, told: Told) -> Datastore:
        return Datastore(
            name=name(told["name"]),
            kind=text(told.get("summary.type")) or "",
            free_bytes=number(told.get("summary.freeSpace")),
            accessible=truth(told.get("summary.accessible")) is not False,
            datacenter=await self._datacenter(told.get("parent")),
        )

    async def _datacenter(self, above: Any) -> str:
        """The inventory path of the datacenter that something is in, from what is above it; empty where unknown."""
        for _ in range(HIGHEST):
            if above is None:
                break
            if above._wsdlName == "Datacenter":
                return await self._path(above)
            _, above = await self._look(above)
        return ""

    async def _path(self, reference: Any) -> str:
        """Names joined by slashes, as vSphere escapes them."""
        key = str(reference._moId)
        if key not in self._paths:
            parts: list[str] = []
            above = reference
            while above is not None and above._moId != self._content.rootFolder._moId and len(parts) < HIGHEST:
                called, above = await self._look(above)
                parts.append(called)
            self._paths[key] = "/".join(reversed(parts))
        return self._paths[key]

    async def _look(self, reference: Any) -> tuple[str, Any]:
        """Something's name, and what is above it."""
        key = str(reference._moId)
        found = await retrieve(
            self._caller, self._content, str(reference._wsdlName), [key], ("name", "parent"),
            lambda _, told: (str(told.get("name") or ""), told.get("parent")),
        )  # fmt: skip
        return found.get(key, ("", None))
