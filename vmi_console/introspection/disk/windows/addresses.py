"""The addresses that Windows gives to its interfaces: those that were typed in, and what DHCP gave last."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from vmi_console.estate.facts import GuestAddress
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import Registry

_INTERFACES = "Services\\Tcpip\\Parameters\\Interfaces"
_NAMES = "Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}"
_MOST = 5_000


def addresses(registry: Registry, reading: Reading) -> list[GuestAddress]:
    """Interfaces and addresses, each pair once. Raises `Unreadable`."""
    control = registry.control_set(reading)
    interfaces, names = control.find(_INTERFACES), control.find(_NAMES)
    found: dict[str, GuestAddress] = {}
    for key in interfaces.subkeys() if interfaces is not None else ():
        name = _name(key, names)
        for address in _addresses(key):
            fact = GuestAddress(interface=name, address=address)
            found.setdefault(fact.key, fact)
        if len(found) > _MOST:
            raise Unreadable(f"there are more than {_MOST} addresses")
    return [*found.values()]


def _name(interface: Key, names: Key | None) -> str:
    """What people call an interface; else its identifier."""
    connection = names.find(f"{interface.name}\\Connection") if names is not None else None
    return word((connection.text("Name") if connection is not None else "") or interface.name)


def _addresses(interface: Key) -> Iterator[str]:
    if interface.number("EnableDHCP"):
        yield "dhcp"
        yield from _pairs(interface.texts("DhcpIPAddress"), interface.texts("DhcpSubnetMask"))
    else:
        yield from _pairs(interface.texts("IPAddress"), interface.texts("SubnetMask"))


def _pairs(found: list[str], masks: list[str]) -> Iterator[str]:
    for place, text in enumerate(found):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            continue
        if address.is_unspecified:
            continue  # none was given yet
        try:
            yield str(ipaddress.ip_interface(f"{address}/{masks[place].strip()}"))
        except (ValueError, IndexError):
            yield str(address)
