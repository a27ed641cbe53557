"""Who is who: keys that outlive names, addresses and the way an endpoint was reached.

An `EntityId` is `kind/endpoint/native`:

- *kind* is the record's kind (`vm`, `host`, …);
- *endpoint* identifies what answers for the entity: a vCenter's instanceUuid, an ESXi host's UUID, or, because one
  machine can run several libvirt drivers, `<host uuid>.<driver>`. Never the URI it was reached by;
- *native* is the identifier which that endpoint never gives to anything else: a domain's UUID, a managed object id.

The same VM seen through two endpoints has two ids; its `correlation` (see `records.VM`) joins the sightings.
"""

from __future__ import annotations

from typing import NewType

EntityId = NewType("EntityId", str)


def entity_id(kind: str, endpoint: str, native: str) -> EntityId:
    """The id of an entity; `kind` and `endpoint` contain no slash, `native` may.

    >>> entity_id("vm", "4c4c4544.qemu", "a1")
    'vm/4c4c4544.qemu/a1'
    """
    return EntityId(f"{kind}/{endpoint}/{native}")


def kind_of(entity: EntityId) -> str:
    """The kind part of an id: `vm`, `host`, …"""
    return entity.partition("/")[0]


def endpoint_of(entity: EntityId) -> str:
    """The endpoint part of an id."""
    return entity.split("/", 2)[1]


def native_of(entity: EntityId) -> str:
    """The endpoint's own identifier in an id."""
    return entity.split("/", 2)[2]


def canonical_uuid(text: str | None) -> str | None:
    """A UUID in lower case with hyphens, or None where there is none to speak of.

    All-zero, all-f and malformed ones, which firmware and careless tools produce, identify nothing and give None.
    """
    if not text:
        return None
    digits = text.strip().strip("{}").replace("-", "").replace(" ", "").lower()
    if len(digits) != 32 or any(digit not in "0123456789abcdef" for digit in digits) or len(set(digits)) == 1:
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
