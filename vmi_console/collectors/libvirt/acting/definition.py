"""A domain's definition, stored or in force, as far as quarantine looks at it and changes it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.domain import RECORD_NAMESPACE
from vmi_console.collectors.libvirt.interface import mac
from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, own, unique

_PLUG = ("source", "virtualport", "vlan")

type Identity = tuple[str | None, tuple[tuple[str, str], ...]]
"""The MAC and the place on the bus: two cards of one VM may have the same MAC."""


@dataclass(frozen=True)
class Card:
    """A network card as one definition has it."""

    key: str  # as in the record
    number: int
    element: Element

    @cached_property
    def identity(self) -> Identity:
        address = self.element.find("address")
        return mac(self.element), tuple(sorted(address.attrib.items())) if address is not None else ()

    @property
    def link(self) -> str:
        """`up` or `down`."""
        return attribute(self.element, "link", "state") or "up"

    @property
    def filter(self) -> str | None:
        """The name of its nwfilter."""
        return attribute(self.element, "filterref", "filter")

    @property
    def device(self) -> str | None:
        """The interface of the host that the card of a running domain is at."""
        return attribute(self.element, "target", "dev")

    @property
    def network(self) -> str | None:
        """The libvirt network it is plugged into; None where it is plugged into something else."""
        return attribute(self.element, "source", "network")

    @property
    def portgroup(self) -> str | None:
        """Of that network."""
        return attribute(self.element, "source", "portgroup")

    @property
    def parts(self) -> dict[str, str]:
        """What quarantine may change of it, each in a form that is the same in the stored definition and in force."""
        filterref = self.element.find("filterref")
        return {
            "link": self.link,
            "filter": _canonical(filterref) if filterref is not None else "",
            "plug": self._plug,
        }

    @property
    def _plug(self) -> str:
        source = self.element.find("source")
        if source is None:
            return self.element.get("type", "")
        if self.network is not None:  # in force it is told with what the network came to
            return f"network {self.network}/{self.portgroup or ''}"
        return f"{self.element.get('type')} {_canonical(source)}"

    @property
    def title(self) -> str:
        """For people: its number, address, and what it is plugged into."""
        source = self.element.find("source")
        where = "/".join(filter(None, (self.network, self.portgroup))) or (
            next(filter(None, (own(source, name) for name in ("bridge", "dev", "path"))), "")
            if source is not None
            else ""
        )
        return f"NIC {self.number + 1} ({', '.join(filter(None, (mac(self.element), where)))})"


class Definition:
    """One definition. Raises `Unreadable` where the text is no XML or not of a domain."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = markup.document(text)
        if self.root.tag != "domain":
            raise markup.Unreadable("it does not describe a domain")

    @cached_property
    def cards(self) -> dict[Identity, Card]:
        """In the definition's order, which is the record's."""
        elements = self.root.findall("devices/interface")[:MAX_PARTS]
        keys = unique(mac(element) or f"nic{number}" for number, element in enumerate(elements))
        cards = (Card(key, number, element) for number, (key, element) in enumerate(zip(keys, elements, strict=True)))
        return {card.identity: card for card in cards}

    @property
    def has_metadata(self) -> bool:
        return self.root.find("metadata") is not None

    def without_record(self) -> str:
        """The definition in a canonical form, without the record that this console left in it."""
        root = copy.deepcopy(self.root)
        metadata = root.find("metadata")
        if metadata is not None:
            for record in metadata.findall(f"{{{RECORD_NAMESPACE}}}*"):
                metadata.remove(record)
            if not len(metadata):
                root.remove(metadata)
        return _canonical(root)


def version(stored: Definition | None, running: Definition | None) -> str:
    """Of what is stored, and of how the cards in force differ from that; the same before and after a power cycle.

    What libvirt itself writes into a running definition (ports, aliases, the guest's memory) is no change of it.
    """
    digest = hashlib.sha256()
    if stored is not None:
        digest.update(stored.without_record().encode())
    if running is not None:
        for line in _differences(stored, running):
            digest.update(line.encode() + b"\0")
    return digest.hexdigest()


def _differences(stored: Definition | None, running: Definition) -> Iterator[str]:
    known = stored.cards if stored is not None else {}
    for identity, card in running.cards.items():
        if identity not in known:
            yield f"only in force {identity} {card.parts}"
        elif known[identity].parts != card.parts:
            yield f"in force {identity} {card.parts}"
    yield from (f"not in force {identity}" for identity in known if identity not in running.cards)


def _canonical(element: Element) -> str:
    return ElementTree.canonicalize(ElementTree.tostring(element, encoding="unicode"), strip_text=True)


# --- a card's XML, changed ----------------------------------------------------------------------------------------


def editable(card: Card) -> Element:
    """A copy of the card that libvirt takes back as an update.

    In force a card on a network is described as what the network came to; an update must name the network.
    """
    element = copy.deepcopy(card.element)
    source = element.find("source")
    if source is not None and card.network is not None:
        element.set("type", "network")
        for name in set(source.attrib) - {"network", "portgroup"}:
            del source.attrib[name]
    return element


def set_link(element: Element, state: str | None) -> None:
    """`up` or `down`; None: nothing is said of the link, which is up then."""
    _drop(element, "link")
    if state is not None:
        ElementTree.SubElement(element, "link", state=state)


def set_filter(element: Element, filterref: Element | None) -> None:
    """None: without a filter."""
    _drop(element, "filterref")
    if filterref is not None:
        element.append(copy.deepcopy(filterref))


def set_plug(element: Element, like: Element, *, running: bool) -> None:
    """Plugs it in as `like` is. A card that runs keeps the identity of its port on a switch that has such."""
    port = element.find("virtualport")
    for name in _PLUG:
        _drop(element, name)
    element.set("type", like.get("type", "network"))
    for name in _PLUG:
        element.extend(copy.deepcopy(child) for child in like.findall(name))
    if running and port is not None and like.find("virtualport") is not None:
        _drop(element, "virtualport")
        element.append(port)


def text_of(element: Element) -> str:
    """The card as libvirt takes it."""
    return ElementTree.tostring(element, encoding="unicode")


def _drop(element: Element, name: str) -> None:
    for child in element.findall(name):
        element.remove(child)
