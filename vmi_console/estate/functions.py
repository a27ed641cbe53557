"""The schema of the query language, second part: its functions, declared once each."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from vmi_console.estate.attributes import Attribute, Context, Kind, parse_address
from vmi_console.estate.differences import key_of
from vmi_console.estate.facts import Application, Looked, Service
from vmi_console.estate.hardening import is_kept
from vmi_console.estate.inside import guest_setting, has_module, has_process, has_user, listens
from vmi_console.estate.patterns import Pattern, glob
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView, ImageItems
from vmi_console.estate.versions import Condition

_NAMES_REMEMBERED = 20_000

type Evaluation = Callable[[VM, Context, datetime], Any]
"""A function with its arguments: its value for one VM at a moment, or None where it is not known."""


@dataclass(frozen=True)
class Parameter:
    """What a function takes: an attribute of one of `kinds`, or a text where there are none."""

    name: str
    kinds: tuple[Kind, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class Function:
    """One function. `make` takes the arguments and raises `ValueError` where one is wrong.

    A function with `tests_text` is asked of every text of its first argument: `make` takes the other arguments, and
    gives a test of a case-folded text.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Kind
    help: str
    example: str
    make: Callable[..., Callable[..., Any]]
    reads: tuple[str, ...] = ()  # beyond its attribute arguments
    unit: str = ""
    tests_text: bool = False
    by_clock: bool = False  # its value changes as time passes

    @property
    def signature(self) -> str:
        """As a person would write it: `has_application(name, version="")`."""
        shown = (name.name if name.default is None else f'{name.name}="{name.default}"' for name in self.parameters)
        return f"{self.name}({', '.join(shown)})"


def any_of(verdicts: Iterator[bool | None]) -> bool | None:
    """True if one is, unknown if none is and one is unknown."""
    unknown = False
    for verdict in verdicts:
        if verdict:
            return True
        unknown = unknown or verdict is None
    return None if unknown else False


def _age(attribute: Attribute) -> Evaluation:
    def evaluate(vm: VM, context: Context, now: datetime) -> float | None:
        time = attribute.value(vm, context)
        return None if time is None else (now - time).total_seconds() / 86_400

    return evaluate


def _count(attribute: Attribute) -> Evaluation:
    def evaluate(vm: VM, context: Context, _: datetime) -> int | None:
        members = attribute.value(vm, context)
        return None if members is None or None in members else len(set(members))

    return evaluate


def _known(attribute: Attribute) -> Evaluation:
    def evaluate(vm: VM, context: Context, _: datetime) -> bool:
        value = attribute.value(vm, context)
        return value is not None and not (attribute.kind.is_set and None in value)

    return evaluate


def _attribute(key: str) -> Evaluation:
    return lambda vm, _context, _now: vm.attributes.get(key, "")


def _setting(key: str) -> Evaluation:
    if not is_kept(key := key.strip()):
        raise ValueError(f"“{key}” is not among the advanced settings that are kept, such as isolation.* or tools.*")
    wanted = key.casefold()

    def evaluate(vm: VM, _context: Context, _now: datetime) -> str | None:
        if vm.settings is None:
            return None
        if (exact := vm.settings.get(key)) is not None:
            return exact
        return next((value for known, value in vm.settings.items() if known.casefold() == wanted), "")

    return evaluate


def _in_subnet(cidr: str) -> Evaluation:
    try:
        subnet = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        raise ValueError(f"“{cidr}” is not a subnet such as 10.0.0.0/8") from None

    version, low, high = subnet.version, int(subnet.network_address), int(subnet.broadcast_address)

    def evaluate(vm: VM, _context: Context, _now: datetime) -> bool | None:
        unknown = False
        for nic in vm.nics:
            unknown = unknown or not nic.addresses
            for address in nic.addresses:
                parsed = parse_address(address.ip)
                if parsed is None:
                    unknown = True
                elif parsed[0] == version and low <= parsed[1] <= high:
                    return True
        return None if unknown else False

    return evaluate


class _Held[Item: Application | Service]:
    """Whether a guest has an item whose name matches a pattern and of which something holds.

    What holds of an image is found once for all its guests, most of which differ from it in nothing that matters.
    """

    def __init__(self, pattern: str, holds: Callable[[Item], bool | None]) -> None:
        if not pattern.strip():
            raise ValueError("a name is missing")
        self._matches = glob(pattern)
        self._holds: Callable[[Item], bool | None] = holds
        self._others: set[str] = set()  # names that are known not to match
        self._of_images: WeakKeyDictionary[ImageItems[Item], tuple[list[str], frozenset[str], bool | None]] = (
            WeakKeyDictionary()
        )

    def __call__(self, facts: FactView[Item]) -> bool | None:
        """The answer for facts that could be read."""
        own: Collection[str] = () if self._others.issuperset(facts.own_names) else self._named(facts.own_names)
        names: Collection[str] = own
        if facts.image is not None:
            of_image = self._of_image(facts.image)
            if not own and of_image[1].isdisjoint(facts.facts.removed):
                return of_image[2]
            names = {*own, *of_image[0]}
        return any_of(self._holds(item) for name in names for item in facts.find(name))

    def _named(self, names: Iterable[str]) -> list[str]:
        # A few thousand names are all there are in most estates, and each comes up in thousands of guests.
        if len(self._others) > _NAMES_REMEMBERED:
            self._others.clear()
        found = []
        for name in dict.fromkeys(names):
            if self._matches(name.casefold()):
                found.append(name)
            else:
                self._others.add(name)
        return found

    def _of_image(self, image: ImageItems[Item]) -> tuple[list[str], frozenset[str], bool | None]:
        """The names and keys of the items in an image, and the answer for a guest that has just what the image has."""
        found = self._of_images.get(image)
        if found is None:
            names = self._named(image.by_name)
            items = [item for name in names for item in image.by_name[name]]
            held = any_of(self._holds(item) for item in items)
            found = self._of_images[image] = names, frozenset(key_of(item) for item in items), held
        return found


def _has_application(pattern: str, version: str) -> Evaluation:
    condition = Condition(version)
    held: _Held[Application] = _Held(pattern, lambda item: condition(item.version, item.manager))

    def evaluate(vm: VM, context: Context, _: datetime) -> bool | None:
        software = context.software(vm.id)
        if software is None or software.applications.status is not Looked.READ:
            return None
        return held(software.applications)

    return evaluate


def _service(holds: Callable[[Service], bool | None]) -> Callable[[str], Evaluation]:
    def make(pattern: str) -> Evaluation:
        held: _Held[Service] = _Held(pattern, holds)

        def evaluate(vm: VM, context: Context, _: datetime) -> bool | None:
            software = context.software(vm.id)
            if software is None or software.services.status is not Looked.READ:
                return None
            return held(software.services)

        return evaluate

    return make


_TEXTUAL = (Kind.TEXT, Kind.VERSION, Kind.TEXTS)
_ANY = tuple(Kind)
_SETS = tuple(kind for kind in Kind if kind.is_set)

_ALL = (
    Function(
        "has_application",
        (Parameter("name"), Parameter("version", default="")),
        Kind.TRUTH,
        "An installed package or application has this name (a pattern with * and ?), and a version that fulfils the "
        "condition, by the rules of its package manager.",
        'has_application("telnetd", "< 0.17-50")',
        _has_application,
        ("applications",),
    ),
    Function(
        "has_service",
        (Parameter("name"),),
        Kind.TRUTH,
        "A service has this name (a pattern with * and ?).",
        'has_service("auditd*")',
        _service(lambda _: True),
        ("services",),
    ),
    Function(
        "service_running",
        (Parameter("name"),),
        Kind.TRUTH,
        "A service of this name (a pattern) runs.",
        'service_running("sshd*")',
        _service(lambda service: service.running),
        ("services",),
    ),
    Function(
        "service_enabled",
        (Parameter("name"),),
        Kind.TRUTH,
        "A service of this name (a pattern) is started with the guest.",
        'service_enabled("telnet*")',
        _service(lambda service: service.enabled),
        ("services",),
    ),
    Function(
        "has_process",
        (Parameter("name"), Parameter("user", default="")),
        Kind.TRUTH,
        "A process runs whose name, or program, is this (a pattern); as this user, by name or number, where one is "
        "given.",
        'has_process("xmrig*")',
        has_process,
        ("processes", "users"),
    ),
    Function(
        "has_user",
        (Parameter("name"),),
        Kind.TRUTH,
        "The guest has a local account of this name (a pattern).",
        'has_user("guest*")',
        has_user,
        ("users",),
    ),
    Function(
        "listens",
        (Parameter("port"), Parameter("protocol", default="")),
        Kind.TRUTH,
        "Something in the guest listens on this port, or on one of a range, by tcp, udp or either; on any address.",
        'listens("8000-8100")',
        listens,
        ("sockets",),
    ),
    Function(
        "has_module",
        (Parameter("name"),),
        Kind.TRUTH,
        "A module of this name (a pattern) is loaded into the guest's kernel.",
        'has_module("usb_storage")',
        has_module,
        ("modules",),
    ),
    Function(
        "guest_setting",
        (Parameter("key"),),
        Kind.TEXT,
        "A setting inside the guest, of sshd, firewalls, SELinux, AppArmor or the kernel; empty where it is not set.",
        'guest_setting("sshd.PermitRootLogin") == "yes"',
        guest_setting,
        ("settings", "services"),
    ),
    Function(
        "in_subnet",
        (Parameter("subnet"),),
        Kind.TRUTH,
        "One of its IP addresses is in this subnet.",
        'in_subnet("10.0.0.0/8")',
        _in_subnet,
        ("ips",),
    ),
    Function(
        "glob",
        (Parameter("attribute", _TEXTUAL), Parameter("pattern")),
        Kind.TRUTH,
        "The text, or a member of the set, matches the whole pattern: * any characters, ? one, [abc] one of these.",
        'glob(name, "web-*")',
        glob,
        tests_text=True,
    ),
    Function(
        "matches",
        (Parameter("attribute", _TEXTUAL), Parameter("pattern")),
        Kind.TRUTH,
        "The regular expression is found in the text, or in a member of the set.",
        r'matches(name, r"^web-\d+$")',
        lambda pattern: Pattern(pattern).search,
        tests_text=True,
    ),
    Function(
        "age",
        (Parameter("time", (Kind.TIME,)),),
        Kind.NUMBER,
        "How long ago that was, in days.",
        "age(created) > 2 * weeks",
        _age,
        unit="days",
        by_clock=True,
    ),
    Function(
        "attribute",
        (Parameter("key"),),
        Kind.TEXT,
        "A custom attribute or metadata of the hypervisor by its exact key; empty where the VM has none of that key.",
        'attribute("owner") == "web team"',
        _attribute,
        ("attributes",),
    ),
    Function(
        "setting",
        (Parameter("key"),),
        Kind.TEXT,
        "An advanced setting of the VM, in lower or upper case; empty where it is not set, unknown where nothing tells "
        "of settings. Those that hardening guides speak of are kept.",
        'setting("isolation.tools.copy.disable") != "TRUE"',
        _setting,
        ("settings",),
    ),
    Function(
        "count",
        (Parameter("set", _SETS),),
        Kind.NUMBER,
        "How many different members the set has.",
        "count(networks) > 1",
        _count,
    ),
    Function(
        "known",
        (Parameter("attribute", _ANY),),
        Kind.TRUTH,
        "Whether the attribute is known, and all members of a set are.",
        "not known(os)",
        _known,
    ),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _ALL}
"""By name, in the order of the reference."""
