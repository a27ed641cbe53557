"""The addresses that a guest's own configuration gives to its interfaces.

Every program that may configure them is asked: ifupdown (interfaces(5)), netplan, NetworkManager's keyfiles
(nm-settings-keyfile(5)), the ifcfg files of Red Hat and SUSE, systemd-networkd (systemd.network(5)). Secrets that
lie in the same files are passed over.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import posixpath
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from vmi_console.estate.facts import GuestAddress
from vmi_console.introspection.disk.files import Kind
from vmi_console.introspection.disk.linux.assignments import assignments
from vmi_console.introspection.disk.linux.sections import Sections
from vmi_console.introspection.disk.reading import Reading, lines, word

FOLDERS = (
    *("/etc/network", "/etc/network/interfaces.d", "/etc/netplan", "/etc/NetworkManager/system-connections"),
    *("/etc/sysconfig/network-scripts", "/etc/sysconfig/network", "/etc/systemd/network"),
)
DHCP = "dhcp"
AUTOMATIC = "auto"  # by router advertisements
_LONGEST_YAML, _MOST_YAML = 64 << 10, 16  # bytes in a file of netplan, and such files
_DEEPEST_YAML = 20  # brackets within brackets: the parser takes the square of that
_MOST_FILES = 500
_MOST_ADDRESSES = 5_000
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_YES = frozenset(("yes", "true", "on", "1"))


def addresses(reading: Reading) -> list[GuestAddress]:
    """Interfaces and addresses, each pair once, without loopback."""
    found: dict[str, GuestAddress] = {}
    for of_program in (_of_ifupdown, _of_netplan, _of_network_manager, _of_ifcfg, _of_networkd):
        for interface, address, mac in of_program(reading):
            if not address or interface == "lo" or len(found) >= _MOST_ADDRESSES:
                continue
            fact = GuestAddress(interface=word(interface), address=word(address), mac=_mac(mac))
            if fact.key not in found or found[fact.key].mac is None:
                found[fact.key] = fact
    return [*found.values()]


_Found = Iterator[tuple[str, str, str]]  # interface, address, MAC (may be empty)


# --- ifupdown ---------------------------------------------------------------------------------------------------------


def _of_ifupdown(reading: Reading) -> _Found:
    interface, family, method, mac, given, netmask = "", "", "", "", list[str](), ""

    def done() -> _Found:
        match method:
            case "dhcp":
                yield interface, DHCP, mac
            case "auto":
                yield interface, AUTOMATIC, mac
            case "static":
                for address in given:
                    yield interface, _with_prefix(address, netmask), mac

    for line in [*_interfaces_lines(reading, "/etc/network/interfaces", [_MOST_FILES]), "iface end"]:
        key, *words = line.split()
        if key in ("iface", "auto", "mapping") or key.startswith(("allow-", "no-auto", "no-scripts", "rename")):
            yield from done()
            interface, family, method, mac, given, netmask = "", "", "", "", [], ""
            if key == "iface" and len(words) >= 3:
                interface, family, method = words[0], words[1], words[2]
        elif key == "address" and words and family in ("inet", "inet6"):
            given.append(words[0])
        elif key == "netmask" and words:
            netmask = words[0]
        elif key in ("hwaddress", "hwaddr") and words:
            mac = words[-1]


def _interfaces_lines(reading: Reading, path: str, budget: list[int]) -> Iterator[str]:
    budget[0] -= 1
    text = reading.any_text(path) if budget[0] >= 0 else None
    for line in lines((text or "").replace("\\\n", " ")):
        key, _, named = line.partition(" ")
        if key not in ("source", "source-directory"):
            yield line
            continue
        pattern = posixpath.join("/etc/network", named.strip())
        folder, name = (pattern, "*") if key == "source-directory" else posixpath.split(pattern)
        for file, below in reading.any_files(folder):
            usual = re.fullmatch(r"[A-Za-z0-9_-]+", file) or key == "source"
            if fnmatch.fnmatchcase(file, name) and usual and not file.startswith("."):
                yield from _interfaces_lines(reading, below, budget)


# --- netplan ----------------------------------------------------------------------------------------------------------


def _of_netplan(reading: Reading) -> _Found:
    files: dict[str, str] = {}  # of two of one name that in /etc counts, and later names add to earlier ones
    for folder in ("/usr/lib/netplan", "/lib/netplan", "/etc/netplan"):
        files |= {name: path for name, path in reading.any_files(folder) if name.endswith(".yaml")}
    devices: dict[str, dict[str, Any]] = {}
    if len(files) > _MOST_YAML:
        reading.doubt(f"netplan has more than {_MOST_YAML} files")
    for _, path in sorted(files.items())[:_MOST_YAML]:
        network = _mapping(_yaml(reading, path).get("network"))
        for kind, named in network.items():
            if kind in ("version", "renderer"):
                continue
            for name, device in _mapping(named).items():
                known = devices.setdefault(str(name), {})
                for key, value in _mapping(device).items():
                    known[key] = [*known[key], *value] if _both_lists(known.get(key), value) else value
    for name, device in devices.items():
        mac = str(device.get("macaddress") or _mapping(device.get("match")).get("macaddress") or "")
        name = str(device.get("set-name") or name)
        for key in ("dhcp4", "dhcp6"):
            if str(device.get(key, "")).lower() in _YES:
                yield name, DHCP, mac
        addresses = device.get("addresses")
        for address in addresses if isinstance(addresses, list) else ():
            yield name, str(next(iter(address), "") if isinstance(address, dict) else address), mac


def _both_lists(one: Any, other: Any) -> bool:
    return isinstance(one, list) and isinstance(other, list)


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


class _Yaml(YAML):
    def official_plug_ins(self) -> list[str]:
        """None: they would be looked for in files, which this process may not open."""
        return []


def _yaml(reading: Reading, path: str) -> dict[Any, Any]:
    text = reading.any_text(path, _LONGEST_YAML)
    if text is None:
        return {}
    if re.search(r"(?m)(?:^|[\s\[{,:-])[&*][A-Za-z0-9]", text):
        reading.doubt(f"{path} has anchors or aliases, which netplan does not need")
        return {}
    if _depth(text) > _DEEPEST_YAML:
        reading.doubt(f"{path} is nested too deeply")
        return {}
    try:
        return _mapping(_Yaml(typ="safe", pure=True).load(text))
    except (YAMLError, ValueError, TypeError, RecursionError, OverflowError):
        reading.doubt(f"{path} is no YAML")
        return {}


def _depth(text: str) -> int:
    """How deep brackets are nested, those in quotes and comments too."""
    opened = accumulate(1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text))
    return max(opened, default=0)


# --- NetworkManager ---------------------------------------------------------------------------------------------------


def _of_network_manager(reading: Reading) -> _Found:
    for folder in ("/usr/lib/NetworkManager/system-connections", "/etc/NetworkManager/system-connections"):
        for _, path in reading.any_files(folder)[:_MOST_FILES]:
            connection = Sections(reading.any_text(path) or "")
            interface = connection.last("connection", "interface-name") or connection.last("connection", "id")
            mac = ""
            for kind in ("ethernet", "802-3-ethernet", "wifi", "802-11-wireless"):
                mac = mac or connection.last(kind, "cloned-mac-address") or connection.last(kind, "mac-address")
            for family in ("ipv4", "ipv6"):
                method = connection.last(family, "method")
                if method == "auto" and family == "ipv4":
                    yield interface, DHCP, mac
                elif method in ("auto", "dhcp"):
                    yield interface, AUTOMATIC if method == "auto" else DHCP, mac
                for key in connection.keys(family):
                    if re.fullmatch(r"address(?:es)?\d*", key):
                        for value in connection.last(family, key).split(";"):
                            yield interface, value.partition(",")[0].strip(), mac


# --- Red Hat's and SUSE's files ---------------------------------------------------------------------------------------


def _of_ifcfg(reading: Reading) -> _Found:
    for folder in ("/etc/sysconfig/network-scripts", "/etc/sysconfig/network"):
        for name, path in reading.any_files(folder)[:_MOST_FILES]:
            if not name.startswith("ifcfg-") or re.search(r"~|\.(?:bak|orig|rpm|old)", name):
                continue
            told = assignments(reading.any_text(path) or "")
            interface = told.get("DEVICE") or told.get("NAME") or name.removeprefix("ifcfg-")
            mac = told.get("MACADDR") or told.get("HWADDR") or told.get("LLADDR") or ""
            if "dhcp" in told.get("BOOTPROTO", "").lower():
                yield interface, DHCP, mac
            if told.get("IPV6_AUTOCONF", "").lower() in _YES:
                yield interface, AUTOMATIC, mac
            for key, value in told.items():
                if match := re.fullmatch(r"IPADDR(_?\w*)", key):
                    prefix = told.get(f"PREFIX{match[1]}") or told.get(f"PREFIXLEN{match[1]}")
                    yield interface, _with_prefix(value, prefix or told.get(f"NETMASK{match[1]}", "")), mac
                elif key in ("IPV6ADDR", "IPV6ADDR_SECONDARIES"):
                    for address in value.split():
                        yield interface, address, mac


# --- systemd-networkd -------------------------------------------------------------------------------------------------


def _of_networkd(reading: Reading) -> _Found:
    for entry in reading.any_folder("/etc/systemd/network")[:_MOST_FILES]:
        if not entry.name.endswith(".network") or entry.kind is Kind.FOLDER:
            continue
        network = Sections(reading.any_text(f"/etc/systemd/network/{entry.name}") or "")
        for name, path in reading.any_files(f"/etc/systemd/network/{entry.name}.d"):
            if name.endswith(".conf"):
                network.add(reading.any_text(path) or "")
        mac = network.last("Link", "MACAddress") or network.last("Match", "MACAddress")
        interface = network.last("Match", "Name") or mac or entry.name.removesuffix(".network")
        if network.last("Network", "DHCP").lower() not in ("", "no", "false", "off", "0", "none"):
            yield interface, DHCP, mac
        for address in (*network.words("Network", "Address"), *network.words("Address", "Address")):
            yield interface, address, mac


# --- all of them ------------------------------------------------------------------------------------------------------


def _with_prefix(address: str, netmask: str) -> str:
    """An address with its prefix length, which may be given as a mask.

    >>> _with_prefix("10.0.0.5", "255.255.255.0"), _with_prefix("10.0.0.5/24", ""), _with_prefix("10.0.0.5", "")
    ('10.0.0.5/24', '10.0.0.5/24', '10.0.0.5')
    """
    if "/" in address or not netmask:
        return address
    try:
        return f"{address}/{ipaddress.ip_network(f'0.0.0.0/{netmask}', strict=False).prefixlen}"
    except ValueError:
        return f"{address}/{netmask}" if netmask.isdecimal() and int(netmask[:4]) <= 128 else address


def _mac(text: str) -> str | None:
    """
    >>> _mac("52-54-00-1A-B0-01"), _mac("permanent")
    ('52:54:00:1a:b0:01', None)
    """
    mac = text.strip().lower().replace("-", ":")
    return mac if _MAC.fullmatch(mac) else None
