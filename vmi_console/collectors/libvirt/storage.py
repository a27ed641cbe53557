"""Pool XML → Datastore, and what a volume's says (libvirt: formatstorage)."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.markup import attribute, cut, own, text_of
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import canonical_uuid, entity_id
from vmi_console.estate.records import Datastore


def pool(text: str, around: Surroundings, *, active: bool | None = None) -> Datastore:
    """The record of one pool. Raises `Unreadable` where the text is no XML or not of a pool.

    An inactive pool's sizes are zero, which says nothing: they become None.
    """
    element = markup.document(text)
    if element.tag != "pool":
        raise markup.Unreadable("it does not describe a storage pool")
    name = cut(element.findtext("name")) or text_of(element, "source/name") or ""
    capacity = markup.size(element.find("capacity"), "bytes") or None
    return Datastore(
        id=entity_id("datastore", around.endpoint, canonical_uuid(element.findtext("uuid")) or name),
        name=name,
        type=own(element, "type"),
        path=text_of(element, "target/path") or _source(element),
        capacity_bytes=capacity,
        free_bytes=markup.size(element.find("available"), "bytes") if capacity else None,
        accessible=active,
        hosts=(around.host,) if around.host else (),
    )


class Volume(NamedTuple):
    """What a definition says of one volume."""

    path: str
    capacity_bytes: int | None
    allocated_bytes: int | None
    format: str | None


def volume(text: str) -> Volume:
    """One volume of a pool (libvirt: formatstorage). Raises `Unreadable` where the text is no XML or not of one."""
    element = markup.document(text)
    if element.tag != "volume":
        raise markup.Unreadable("it does not describe a volume")
    path = text_of(element, "target/path") or text_of(element, "key")
    if path is None:
        raise markup.Unreadable("it does not say where the volume is")
    return Volume(
        path=path,
        capacity_bytes=markup.size(element.find("capacity"), "bytes"),
        allocated_bytes=markup.size(element.find("allocation"), "bytes"),
        format=attribute(element, "target/format", "type"),
    )


def _source(element: Element) -> str | None:
    """Where a pool without a folder on the host takes its volumes from."""
    host = attribute(element, "source/host", "name")
    name = text_of(element, "source/name") or attribute(element, "source/device", "path")
    return ":".join(filter(None, (host, name))) or attribute(element, "source/adapter", "name")
