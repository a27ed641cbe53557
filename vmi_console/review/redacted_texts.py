"""What becomes of each text in a moment that is redacted: one rule for each field of each type.

A field that is not here cannot be redacted, and so is an error, not a leak.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vmi_console.collectors.quarantine import Channel
from vmi_console.estate import facts as inside
from vmi_console.estate import records as outside
from vmi_console.estate.facts import FACT_SETS
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.check import CHECKS
from vmi_console.policy.decisions import Armed
from vmi_console.policy.findings import Acknowledgement, Finding
from vmi_console.policy.joining import Origin
from vmi_console.policy.waivers import Waiver
from vmi_console.response.quarantine import Noticed, Quarantine
from vmi_console.review.pseudonyms import Pseudonyms

LEFT_OUT = "(left out)"

type Rule = Callable[[Pseudonyms, str], str]


def named(word: str) -> Rule:
    """Another name: this word, and a number."""
    return lambda other, text: other.name(text, word)


def keep(other: Pseudonyms, text: str) -> str:
    """What software, hardware and the words of a hypervisor are called; names that are known are replaced in it."""
    return other.text(text)


def drop(other: Pseudonyms, text: str) -> str:
    """Nothing of it."""
    return ""


def left_out(other: Pseudonyms, text: str) -> str:
    """A word in its place, which says that there was something."""
    return LEFT_OUT if text else ""


def path(other: Pseudonyms, text: str) -> str:
    """Another path of a file."""
    return other.path(text, "path")


def folder(other: Pseudonyms, text: str) -> str:
    """Another path of folders."""
    return other.path(text, "folder")


def program(other: Pseudonyms, text: str) -> str:
    """Where a program or a unit lies: what systems and packages bring with them stays."""
    return other.text(text) if _SYSTEM_PLACES.match(text) else other.path(text, "path")


_SYSTEM_PLACES = re.compile(
    r"/(?:usr/(?!local/|home/)|s?bin/|lib(?:32|64)?/|etc/(?:systemd|init\.d|xdg|cron\.\w+)/|run/systemd/)"
    r"|[A-Z]:\\(?:Windows|Program Files(?: \(x86\))?)\\|[\w.@-]+$",
    re.IGNORECASE,
)


def machine(other: Pseudonyms, text: str) -> str:
    """Another name of a VM, or its name in the network."""
    return other.host_name(text, "vm")


def host(other: Pseudonyms, text: str) -> str:
    """Another name of a host, or one of its addresses."""
    return other.host_name(text, "host")


def address(other: Pseudonyms, text: str) -> str:
    """Another IP address or network; words that stand for any stay."""
    return text if text in ("", "*", "dhcp", "any", "auto", "none") else other.address(text)


_PLAIN_KEY = re.compile(
    r"\d{1,6}|(?:[hsv]d|xvd|nvme|fd|md)[a-z0-9]{1,4}|(?:net|virtio-?disk|sata|scsi|ide|usb)[\d-]{1,8}"
)
_PLAIN_LABEL = re.compile(
    r"(?:Hard disk|Network adapter|CD/DVD drive|Floppy drive|USB \w+|SATA \w+|SCSI \w+) \d+|" + _PLAIN_KEY.pattern
)


def key(other: Pseudonyms, text: str) -> str:
    """What tells a part from its siblings, unless it is a mere number or place."""
    return text if _PLAIN_KEY.fullmatch(text) or not text else other.opaque(text)


def label(other: Pseudonyms, text: str) -> str:
    """What a hypervisor calls a card or disk by itself; nothing of any other."""
    return text if _PLAIN_LABEL.fullmatch(text) else ""


_PLAIN_VALUE = re.compile(
    r"-?\d[\d.,]*[kKmMgGtT]?|true|false|yes|no|on|off|enabled?|disabled?|none|any|all|default|permissive|enforcing|"
    r"active|inactive|running|stopped|present|absent|allow|deny|accept|drop|reject|prohibit-password|without-password|"
    r"forced-commands-only|[a-z0-9-]+@openssh\.com",
    re.IGNORECASE,
)


def value(other: Pseudonyms, text: str) -> str:
    """A value, unless it is a word or number that every system has."""
    return text if not text or _PLAIN_VALUE.fullmatch(text) else other.name(text, "value")


_SCHEDULE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|[\d*/,\-:. @~])+"
    r"|@?(?:reboot|hourly|daily|weekly|monthly|quarterly|yearly|annually|midnight|boot|startup|login|logon))",
    re.IGNORECASE,
)


def schedule(other: Pseudonyms, text: str) -> str:
    """When something runs, in the words of cron and systemd."""
    return text if not text or _SCHEDULE.fullmatch(text) else LEFT_OUT


def variable(other: Pseudonyms, text: str) -> str:
    """The name of a variable of a network filter."""
    return text if re.fullmatch(r"[A-Z][A-Z0-9_]{0,30}", text) else other.opaque(text)


def user(other: Pseudonyms, text: str) -> str:
    """Another user."""
    return other.user(text)


def opaque(other: Pseudonyms, text: str) -> str:
    """Something without meaning, the same for the same."""
    return other.opaque(text)


def finding(other: Pseudonyms, text: str) -> str:
    """The id that the finding has afterwards."""
    return other.given.get(text) or other.opaque(text)


def fingerprint(other: Pseudonyms, text: str) -> str:
    """Another fingerprint of a key."""
    return f"SHA256:{other.opaque(text)}"


def mac(other: Pseudonyms, text: str) -> str:
    """Another MAC address of the same maker."""
    return other.mac(text)


def interface(other: Pseudonyms, text: str) -> str:
    """Another network interface or bridge."""
    return other.interface(text)


def interface_or_mac(other: Pseudonyms, text: str) -> str:
    """What a card is plugged into on its host: an interface, or a path."""
    return other.path(text, "path") if "/" in text else other.interface(text)


def item_key(other: Pseudonyms, text: str) -> str:
    """The key of an application or service of a software image that a guest lacks, such as `dpkg:sudo:amd64`."""
    return ":".join(other.text(each) for each in text.split(":"))


def uri(other: Pseudonyms, text: str) -> str:
    """Another address of the same kind of hypervisor."""
    scheme, separator, rest = text.partition("://")
    return f"{scheme}{separator}{other.name(rest, 'endpoint')}" if separator else other.name(text, "endpoint")


def endpoint(other: Pseudonyms, text: str) -> str:
    """Another identity of what answers; its driver stays."""
    if text in ("", "console"):
        return text
    machine, dot, driver = text.rpartition(".")
    if dot and re.fullmatch(r"[a-z]{1,12}", driver):
        return f"{other.opaque(machine)}.{driver}"
    return other.opaque(text)


def packet_filter(other: Pseudonyms, text: str) -> str:
    """libvirt's own filters keep their names."""
    return text if _LIBVIRT_FILTERS.fullmatch(text) else other.name(text, "filter")


_LIBVIRT_FILTERS = re.compile(
    r"(?:allow|no|qemu)-[a-z0-9-]*(?:arp|dhcp|ip|ipv4|ipv6|mac|spoofing|multicast|broadcast|announce-self|vmware-esx)"
    r"[a-z0-9-]*|clean-traffic(?:-gateway)?"
)


def rule_key(other: Pseudonyms, text: str) -> str:
    """Of a rule without an id: its kind of check and a digest, or a property. An id is a name that somebody gave."""
    kind = text if text in CHECKS else re.sub(r"-[0-9a-f]+$", "", text)
    return text if kind in CHECKS or text in _PROPERTIES else other.name(text, "rule")


_PROPERTIES = frozenset((*outside.VM.__struct_fields__, *FACT_SETS))


FIELDS: dict[type[Any], dict[str, Rule]] = {
    outside.Connection: {
        "name": named("connection"),
        "uri": uri,
        "provider": keep,
        "endpoint": endpoint,
        "product": keep,
        "quarantine_network": named("network"),
    },
    outside.Health: {"reason": drop, "advice": drop},
    outside.Certificate: dict.fromkeys(("fingerprint", "subject", "validity", "previous"), drop),
    outside.Datacenter: {"name": named("datacenter"), "folder": folder},
    outside.Cluster: {"name": named("cluster")},
    outside.Alarm: {"key": opaque, "name": named("alarm"), "acknowledged_by": user},
    outside.Host: {
        "name": host,
        "uuid": opaque,
        "location": named("location"),
        "vendor": keep,
        "model": keep,
        "serial": opaque,
        "cpu_model": keep,
        "product": keep,
        "addresses": host,
    },
    outside.PhysicalNic: {"key": interface, "mac": mac},
    outside.Switch: {"name": named("switch"), "uplinks": interface},
    outside.Network: {
        "name": named("network"),
        "forward": keep,
        "bridge": interface,
        "subnets": address,
        "filter": packet_filter,
    },
    outside.Datastore: {"name": named("datastore"), "type": keep, "path": path},
    outside.VM: {
        "name": machine,
        "uuid": opaque,
        "instance_uuid": opaque,
        "folder": folder,
        "resource_pool": folder,
        "annotation": drop,
        "firmware": keep,
        "hardware": keep,
        "config_version": opaque,
        "tags": named("tag"),
        "labels": named("label"),
    },
    outside.Nic: {
        "key": key,
        "label": label,
        "mac": mac,
        "model": keep,
        "source": interface_or_mac,
        "port": opaque,
        "filter": packet_filter,
        "device": interface,
        "network_name": named("network"),
    },
    outside.Address: {"ip": address},
    outside.Disk: {
        "key": key,
        "label": label,
        "device": keep,
        "path": path,
        "format": keep,
        "bus": keep,
        "backing": path,
        "serial": opaque,
    },
    outside.Device: {"key": key, "type": keep, "label": drop},
    outside.Snapshot: {
        "key": named("snapshot"),
        "name": named("snapshot"),
        "parent": named("snapshot"),
        "description": drop,
    },
    outside.GuestSummary: {
        "os": keep,
        "os_id": keep,
        "family": keep,
        "kernel": keep,
        "hostname": machine,
        "tools_version": keep,
    },
    outside.Filter: {"name": packet_filter, "includes": packet_filter, "chain": keep},
    outside.FirewallRule: {
        "action": keep,
        "direction": keep,
        "protocol": keep,
        "source": address,
        "destination": address,
        "comment": drop,
    },
    outside.Alert: {
        "name": keep,
        "signature": keep,
        "category": keep,
        "protocol": keep,
        "source": address,
        "destination": address,
        "action": keep,
        "sensor": named("sensor"),
    },
    inside.SoftwareImage: {"name": opaque},
    inside.Application: {
        "name": keep,
        "version": keep,
        "arch": keep,
        "manager": keep,
        "source_name": keep,
        "source_version": keep,
        "build": keep,
    },
    inside.Service: {"name": keep, "state": keep, "unit": program},
    inside.Guest: {"name": machine},
    inside.FactSet: {"because": left_out, "doubt": left_out, "removed": item_key},
    inside.OperatingSystem: {
        "name": keep,
        "version": keep,
        "kernel": keep,
        "family": keep,
        "hostname": machine,
        "id": keep,
        "kernels": keep,
    },
    inside.Patch: {"name": keep},
    inside.User: {"name": user, "password": keep, "shell": program, "keys": fingerprint},
    inside.Process: {
        "name": keep,
        "command": drop,
        "user": user,
        "service": keep,
        "executable": program,
        "container": opaque,
    },
    inside.Socket: {"protocol": keep, "address": address, "process": keep, "network": opaque},
    inside.GuestAddress: {"interface": interface, "address": address, "mac": mac},
    inside.Setting: {"name": keep, "value": value},
    inside.Autostart: {"name": program, "command": drop, "schedule": schedule, "user": user},
    inside.KernelModule: {"name": keep, "taints": keep},
    inside.Sign: {"name": keep, "detail": drop},
    inside.Contradiction: {"matter": keep, "one": left_out, "other": left_out},
    inside.Look: {"way": keep, "because": drop},
    Finding: {
        "id": finding,
        "policy": named("policy"),
        "rule": rule_key,
        "check": keep,
        "title": left_out,
        "vm_name": machine,
        "evidence": left_out,
        "because": left_out,
        "waiver": opaque,
    },
    Origin: {"name": machine, "actor": user},
    Acknowledgement: {"finding": finding, "by": user, "note": drop},
    Waiver: {
        "id": opaque,
        "justification": left_out,
        "by": user,
        "group": named("group"),
        "policy": named("policy"),
        "rule": rule_key,
    },
    Armed: {"policy": named("policy"), "fingerprint": opaque, "by": user},
    KnownGood: {"baseline": named("baseline"), "by": user},
    Quarantine: {
        "id": opaque,
        "vm_name": machine,
        "by": user,
        "reason": left_out,
        "because": left_out,
        "advice": drop,
        "network": named("network"),
        "policy": named("policy"),
        "finding": finding,
        "evidence": left_out,
        "notes": left_out,
    },
    Channel: {"key": key, "title": left_out, "because": left_out, "advice": drop},
    Noticed: {"what": left_out, "actor": user},
}
"""By type and field. Nested structs and ids of entities are found by themselves; dicts have functions of their own."""
