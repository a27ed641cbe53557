"""One of Microsoft's monthly documents of security updates (CVRF, by its MSRC), as far as it is about Windows.

It is JSON or XML. A vulnerability names products by numbers, which the document's product tree explains, and for them
remedies: the number of an update, what it replaces, and the build of Windows that has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from vmi_console.policy.advisories import cvss
from vmi_console.policy.advisories.osv import WORDS
from vmi_console.policy.judgement import Severity

MOST_PRODUCTS = 50_000
MOST_FLAWS = 20_000
MOST_REMEDIES = 10_000  # of one vulnerability
_LONGEST = 300
_LONGEST_LIST = 5_000

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}", re.ASCII)
_UPDATE = re.compile(r"\s*(?:KB)?([0-9]{6,8})\s*", re.ASCII | re.IGNORECASE)
_REPLACED = re.compile(r"(?<![0-9])[0-9]{6,8}(?![0-9])", re.ASCII)
_BUILD = re.compile(r"\s*([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{4,6}\.[0-9]{1,6})\s*", re.ASCII)
_BESIDE_THE_NAME = re.compile(
    r"\(server core installation\)|for (?:x64|arm64|arm|itanium|32-bit)(?:-based)? systems|service pack [0-9]\b|"
    r"\bversion\b|^microsoft\b"
)
_LATER_NAMES = {"windows 11": "windows 11 21h2"}
"""Of a product that had no version in its name as long as there was no other."""

_AFFECTED = (3, "Known Affected")
_FIX = (2, "Vendor Fix")
_SEVERITY = (3, "Severity")
"""Types are numbers in JSON, which count the words that XML has."""


class _Text(msgspec.Struct, frozen=True, rename="pascal"):
    value: str | None = None


class _Product(msgspec.Struct, frozen=True, rename={"id": "ProductID", "value": "Value"}):
    id: str
    value: str | None = None


class _Tree(msgspec.Struct, frozen=True, rename="pascal"):
    full_product_name: tuple[_Product, ...]


class _Status(msgspec.Struct, frozen=True, rename={"products": "ProductID", "type": "Type"}):
    type: int | str = ""
    products: tuple[str, ...] | None = None


class _Threat(msgspec.Struct, frozen=True, rename={"products": "ProductID", "type": "Type", "said": "Description"}):
    type: int | str = ""
    said: _Text | None = None
    products: tuple[str, ...] | None = None


class _Score(msgspec.Struct, frozen=True, rename={"products": "ProductID", "vector": "Vector"}):
    vector: str | None = None
    products: tuple[str, ...] | None = None


class _Remedy(
    msgspec.Struct,
    frozen=True,
    rename={
        "products": "ProductID",
        "type": "Type",
        "said": "Description",
        "replaced": "Supercedence",
        "build": "FixedBuild",
    },
):
    type: int | str = ""
    said: _Text | None = None
    replaced: str | None = None
    build: str | None = None
    products: tuple[str, ...] | None = None


class _Vulnerability(
    msgspec.Struct,
    frozen=True,
    rename={
        "name": "CVE",
        "statuses": "ProductStatuses",
        "threats": "Threats",
        "scores": "CVSSScoreSets",
        "remedies": "Remediations",
    },
):
    name: str | None = None
    statuses: tuple[_Status, ...] | None = None
    threats: tuple[_Threat, ...] | None = None
    scores: tuple[_Score, ...] | None = None
    remedies: tuple[_Remedy, ...] | None = None


class _Document(msgspec.Struct, frozen=True, rename="pascal"):
    product_tree: _Tree
    vulnerability: tuple[_Vulnerability, ...]


class Remedy(msgspec.Struct, frozen=True, gc=False):
    """An update that fixes a vulnerability, and the build that Windows has with it. At least one of both is told."""

    products: frozenset[str]
    update: str = ""  # KB…
    build: tuple[int, ...] = ()  # of four numbers
    replaced: tuple[str, ...] = ()  # updates that it contains: KB…


class Flaw(msgspec.Struct, frozen=True, gc=False):
    """A vulnerability of Windows as one document tells of it. Products are named as `product_name` does."""

    name: str
    products: frozenset[str]
    remedies: tuple[Remedy, ...]
    severity: Severity | None


class Bulletin(msgspec.Struct, frozen=True):
    """What a document says."""

    products: frozenset[str]
    flaws: tuple[Flaw, ...]


_decoder = msgspec.json.Decoder(_Document)


def is_bulletin(content: bytes) -> bool:
    """Whether it looks like one; nothing else that data sets are made of is XML, or has a product tree."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or b'"ProductTree"' in content


def bulletin(content: bytes) -> Bulletin:
    """Raises `ValueError` that says what is wrong with it."""
    try:
        text = content.decode("utf-8-sig")
        document = _of_xml(text) if text.lstrip()[:1] == "<" else _decoder.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ElementTree.ParseError) as error:
        raise ValueError(f"it is no document of security updates (CVRF): {error}") from None
    if len(document.product_tree.full_product_name) > MOST_PRODUCTS:
        raise ValueError(f"it has more than {MOST_PRODUCTS:,} products")
    if len(document.vulnerability) > MOST_FLAWS:
        raise ValueError(f"it has more than {MOST_FLAWS:,} vulnerabilities")
    names = {
        each.id: product_name(each.value)
        for each in document.product_tree.full_product_name
        if each.value and len(each.value) <= _LONGEST
    }
    windows = {number: name for number, name in names.items() if name.startswith("windows ")}
    flaws = tuple(flaw for each in document.vulnerability if (flaw := _flaw(each, windows)) is not None)
    return Bulletin(products=frozenset(windows.values()), flaws=flaws)


def product_name(text: str) -> str:
    """A product without what does not decide which updates it gets: its processor, its form, its service pack.

    >>> product_name("Windows 10 Version 22H2 for x64-based Systems")
    'windows 10 22h2'
    >>> product_name("Windows Server 2016  (Server Core installation)")
    'windows server 2016'
    """
    name = " ".join(_BESIDE_THE_NAME.sub(" ", text.casefold()).split())
    return _LATER_NAMES.get(name, name)


type _Named = Callable[[Iterable[str] | None], frozenset[str]]


def _flaw(told: _Vulnerability, windows: dict[str, str]) -> Flaw | None:
    """None where it is about nothing of Windows."""

    def named(numbers: Iterable[str] | None) -> frozenset[str]:
        return frozenset(windows[number] for number in numbers or () if number in windows)

    if told.remedies is not None and len(told.remedies) > MOST_REMEDIES:
        raise ValueError(f"a vulnerability has more than {MOST_REMEDIES:,} remedies")
    fixes = [each for each in told.remedies or () if each.type in _FIX]
    remedies = tuple(_remedies((each, named(each.products)) for each in fixes))
    affected = [each.products for each in told.statuses or () if each.type in _AFFECTED]
    affected += [each.products for each in fixes]
    products = frozenset().union(*map(named, affected))
    if not products:
        return None
    if told.name is None or not _CVE.fullmatch(told.name.strip()):
        return None  # an advisory (ADV…), which tells of no vulnerability but of what has none
    return Flaw(name=told.name.strip(), products=products, remedies=remedies, severity=_severity(told, named))


def _remedies(fixes: Iterable[tuple[_Remedy, frozenset[str]]]) -> Iterator[Remedy]:
    for each, products in fixes:
        if not products:
            continue
        said = _UPDATE.fullmatch((each.said.value or "")[:_LONGEST]) if each.said is not None else None
        build = _BUILD.fullmatch((each.build or "")[:_LONGEST])
        if said is None and build is None:
            continue
        told = each.replaced or ""
        replaced = _REPLACED.findall(told) if len(told) <= _LONGEST_LIST else []  # a part might end within a number
        yield Remedy(
            products=products,
            update=f"KB{said[1]}" if said is not None else "",
            build=tuple(map(int, build[1].split("."))) if build is not None else (),
            replaced=tuple(f"KB{number}" for number in replaced),
        )


def _severity(told: _Vulnerability, named: _Named) -> Severity | None:
    """The worst that is told of a Windows: scores first, and words where there are none."""
    vectors = (each.vector for each in told.scores or () if each.vector and (not each.products or named(each.products)))
    scores = [score for vector in vectors if (score := cvss.base_score(vector[:_LONGEST])) is not None]
    if scores:
        return cvss.severity(max(scores))
    words = [
        WORDS.get(each.said.value.strip().lower())
        for each in told.threats or ()
        if each.type in _SEVERITY and each.said is not None and each.said.value and named(each.products)
    ]
    return max((word for word in words if word is not None), key=lambda severity: severity.rank, default=None)


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Entities, with which a short document can be made to fill any memory, exist in a DTD only."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("it declares a document type, which these documents never do")


def _of_xml(text: str) -> _Document:
    """The same document out of the other form. Names count without their namespaces, which differ by version."""
    # The letters of a DTD may also stand harmlessly in a description, so they only choose the slower, watchful builder.
    builder = _WithoutDoctype() if "<!DOCTYPE" in text else None
    root = ElementTree.fromstring(text, ElementTree.XMLParser(target=builder))
    if _local(root) != "cvrfdoc":
        raise ValueError("it is no document of security updates (CVRF): its root is none")
    products = tuple(
        _Product(id=each.get("ProductID", ""), value=each.text)
        for each in root.iter()
        if _local(each) == "FullProductName"
    )
    flaws = tuple(_vulnerability(each) for each in root if _local(each) == "Vulnerability")
    return _Document(product_tree=_Tree(full_product_name=products), vulnerability=flaws)


def _vulnerability(element: Element) -> _Vulnerability:
    return _Vulnerability(
        name=_text(element, "CVE"),
        statuses=tuple(
            _Status(type=each.get("Type", ""), products=_texts(each, "ProductID"))
            for each in _parts(element, "ProductStatuses")
        ),
        threats=tuple(
            _Threat(
                type=each.get("Type", ""),
                said=_Text(value=_text(each, "Description")),
                products=_texts(each, "ProductID"),
            )
            for each in _parts(element, "Threats")
        ),
        scores=tuple(
            _Score(vector=_text(each, "Vector"), products=_texts(each, "ProductID"))
            for each in _parts(element, "CVSSScoreSets")
        ),
        remedies=tuple(
            _Remedy(
                type=each.get("Type", ""),
                said=_Text(value=_text(each, "Description")),
                replaced=_text(each, "Supercedence"),
                build=_text(each, "FixedBuild"),
                products=_texts(each, "ProductID"),
            )
            for each in _parts(element, "Remediations")
        ),
    )


def _parts(element: Element, name: str) -> Iterator[Element]:
    """What the lists of this name hold."""
    return (part for each in element if _local(each) == name for part in each)


def _texts(element: Element, name: str) -> tuple[str, ...]:
    return tuple((each.text or "").strip() for each in element if _local(each) == name)


def _text(element: Element, name: str) -> str | None:
    return next(iter(_texts(element, name)), None)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
