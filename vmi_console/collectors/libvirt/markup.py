"""Reading libvirt's XML without trusting it.

A definition may hold what a guest's owner wrote (names, titles, metadata), so nothing here raises for a bad value: a
number that is none, or is larger than a record can hold, is None; texts are cut. Only a document that cannot be read at
all raises `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MAX_DOCUMENT_CHARACTERS = 16 * 1024 * 1024  # libvirt's own protocol carries no longer strings
MAX_TEXT_CHARACTERS = 16 * 1024
MAX_PARTS = 1024  # of one kind in one document: more NICs or disks than any bus of a VM has places for
MAX_INTEGER = 2**63 - 1

_DECIMAL = re.compile(r"\s*[+-]?[0-9]{1,19}\s*")
_UNIT = re.compile(r"(?:b|bytes?)?|([kmgtpe])(i?b)?", re.IGNORECASE)


class Unreadable(ValueError):
    """The text is no XML document, or one that this console refuses to read."""


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Entities, and with them entity bombs and files of the reader's machine, exist in a DTD only."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise Unreadable("it declares a document type, which libvirt never does")


def document(text: str) -> Element:
    """The root element. Raises `Unreadable`."""
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise Unreadable(f"it is longer than {MAX_DOCUMENT_CHARACTERS} characters")
    # The letters of a DTD may also stand harmlessly in metadata, so they only choose the slower, watchful builder.
    builder = _WithoutDoctype() if "<!DOCTYPE" in text else None
    try:
        return ElementTree.fromstring(text, ElementTree.XMLParser(target=builder))
    except (ElementTree.ParseError, ValueError) as error:
        raise Unreadable(str(error)) from error


def cut(text: str | None, limit: int = MAX_TEXT_CHARACTERS) -> str:
    """A text as a record may hold it: bounded, without surrounding white space."""
    return (text or "").strip()[:limit]


def text_of(parent: Element | None, path: str) -> str | None:
    """The text of the first element at `path`; None where there is no such element or no text in it."""
    if parent is None or (found := parent.find(path)) is None:
        return None
    return cut(found.text) or None if found.text else None


# These two are called some thirty times for each VM of an estate. A path of one name is looked up in C, a longer one in
# Python and ten times slower: ask the child element where several things are asked of it.


def attribute(parent: Element | None, path: str, name: str) -> str | None:
    """An attribute of the first element at `path`; None where absent or empty."""
    if parent is None or (found := parent.find(path)) is None:
        return None
    value = found.get(name)
    return value.strip()[:MAX_TEXT_CHARACTERS] or None if value else None


def own(element: Element, name: str) -> str | None:
    """An attribute of the element itself; None where absent or empty."""
    value = element.get(name)
    return value.strip()[:MAX_TEXT_CHARACTERS] or None if value else None


def first_own(element: Element, names: Iterable[str]) -> str | None:
    """The first of these attributes that the element has."""
    for name in names:
        if (value := own(element, name)) is not None:
            return value
    return None


def integer(text: str | None) -> int | None:
    """A decimal number that a record can hold (64 bits, signed)."""
    if not text or not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if -MAX_INTEGER <= number <= MAX_INTEGER else None


def size(element: Element | None, default_unit: str = "KiB") -> int | None:
    """A size in bytes from `<memory unit='GiB'>2</memory>`.

    Units are libvirt's (`virScaleInteger`): b, bytes, KB (1000) and k, KiB (1024) up to EB, E, EiB, in any case.
    """
    if element is None:
        return None
    number = integer(element.text)
    unit = _UNIT.fullmatch((element.get("unit") or default_unit).strip())
    if number is None or number < 0 or unit is None:
        return None
    letter, suffix = unit.groups()
    base = 1000 if suffix is not None and suffix.lower() == "b" else 1024
    scaled = number * base ** ("kmgtpe".index(letter.lower()) + 1) if letter else number
    return scaled if scaled <= MAX_INTEGER else None


def yes(element: Element, name: str) -> bool | None:
    """A yes/no (or on/off) attribute; None where absent or neither."""
    return {"yes": True, "on": True, "no": False, "off": False}.get(element.get(name, ""))


def device_address(address: Element | None) -> str | None:
    """A PCI address such as `0000:06:02.0` from `<address domain= bus= slot= function=>` (hex or decimal)."""
    if address is None or address.get("type", "pci") != "pci":
        return None
    domain, bus = _number(address.get("domain", "0")), _number(address.get("bus", ""))
    slot, function = _number(address.get("slot", "0")), _number(address.get("function", "0"))
    if domain is None or bus is None or slot is None or function is None:
        return None
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _number(text: str) -> int | None:
    try:
        number = int(text[:20], 0)
    except ValueError:
        return integer(text)  # decimal with leading zeros
    return number if 0 <= number <= 0xFFFFFFFF else None


def unique(keys: Iterable[str]) -> list[str]:
    """The keys, with `#2`, `#3`, … behind those that occurred before: parts of a record need keys of their own.

    >>> unique(["vda", "vdb", "vda"])
    ['vda', 'vdb', 'vda#2']
    """
    seen: dict[str, int] = {}
    result = []
    for key in keys:
        seen[key] = count = seen.get(key, 0) + 1
        result.append(key if count == 1 else f"{key}#{count}")
    return result


def local(tag: object) -> str:
    """An element's name without its namespace (comments and processing instructions have none)."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
