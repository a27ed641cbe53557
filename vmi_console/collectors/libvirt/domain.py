"""Domain XML → VM (libvirt: formatdomain).

What is not in the definition, such as whether the domain runs, is laid over the record by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.device import devices
from vmi_console.collectors.libvirt.disk import disks
from vmi_console.collectors.libvirt.interface import nics
from vmi_console.collectors.libvirt.markup import attribute, cut, integer, own, text_of, yes
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import canonical_uuid
from vmi_console.estate.records import VM, Access, GuestSummary, Power, Snapshot, Source, ToolsState

MAX_NAME_CHARACTERS = 10_000
MAX_ATTRIBUTES = 256
MAX_ATTRIBUTE_CHARACTERS = 1_000

AGENT_CHANNEL = "org.qemu.guest_agent.0"

RECORD_NAMESPACE = "urn:vmi-console:quarantine"
"""Of the metadata in which a quarantine's record is left with the VM, for other consoles to find."""

RECORD_NAME = "VMI Console quarantine"
MAX_RECORD_CHARACTERS = 64 * 1024
"""As an attribute of the VM. It has two definitions in it, compressed, and could not be read if it were cut."""

_EFI_LOADER = re.compile(r"ovmf|aavmf|edk2|efi", re.IGNORECASE)
_OS_ID = re.compile(r"https?://([\w.-]+/[\w./-]+)")
_FAMILIES = {
    "microsoft.com": "windows",
    "freebsd.org": "bsd",
    "openbsd.org": "bsd",
    "netbsd.org": "bsd",
    "dragonflybsd.org": "bsd",
    "apple.com": "macos",
    "oracle.com/solaris": "solaris",
    "sun.com": "solaris",
    "illumos.org": "solaris",
}


def vm(text: str, around: Surroundings) -> VM:
    """The record of one definition. Raises `Unreadable` where the text is no XML or not of a domain."""
    domain = markup.document(text)
    if domain.tag != "domain":
        raise markup.Unreadable("it does not describe a domain")
    name = cut(domain.findtext("name"), MAX_NAME_CHARACTERS)
    uuid = canonical_uuid(domain.findtext("uuid"))
    hardware = domain.find("devices")
    system = domain.find("os")
    firmware = _firmware(system)
    return VM(
        id=around.vm(uuid or name),
        name=name,
        power=Power.UNKNOWN,
        uuid=uuid,
        host=around.host,
        resource_pool=text_of(domain.find("resource"), "partition"),
        annotation=cut(domain.findtext("description")),
        vcpus=_vcpus(domain.find("vcpu")),
        memory_bytes=markup.size(domain.find("memory")),
        firmware=firmware,
        secure_boot=_secure_boot(system, firmware),
        hardware=attribute(system, "type", "machine"),
        nics=nics(hardware, around),
        disks=disks(hardware, around),
        devices=devices(hardware),
        guest=_guest(domain, hardware),
        attributes=_attributes(domain, system),
    )


def unreadable(uuid: str, name: str, around: Surroundings) -> VM:
    """A VM that exists, and of which nothing else could be read."""
    return VM(
        id=around.vm(uuid),
        name=cut(name, MAX_NAME_CHARACTERS),
        access=Access.INVALID,
        uuid=canonical_uuid(uuid),
        host=around.host,
    )


def agent_connected(record: VM) -> bool:
    """Whether the guest's agent has opened its channel."""
    return record.guest.tools is ToolsState.RUNNING


def snapshot(text: str, current: str | None = None) -> Snapshot:
    """`<domainsnapshot>` → Snapshot; `current` is the current one's name. Raises `Unreadable`."""
    element = markup.document(text)
    if element.tag != "domainsnapshot":
        raise markup.Unreadable("it does not describe a snapshot")
    name = cut(element.findtext("name"))
    seconds = integer(element.findtext("creationTime"))
    return Snapshot(
        key=name,
        name=name,
        parent=text_of(element, "parent/name"),
        current=name == current,
        created_at=datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < 2**33 else None,
        description=cut(element.findtext("description")),
        power=_SNAPSHOT_POWER.get(text_of(element, "state") or ""),
    )


_SNAPSHOT_POWER = {
    "running": Power.ON,
    "blocked": Power.ON,
    "paused": Power.PAUSED,
    "shutdown": Power.ON,
    "shutoff": Power.OFF,
    "crashed": Power.CRASHED,
    "pmsuspended": Power.SUSPENDED,
    "disk-snapshot": Power.ON,
}


def _vcpus(vcpu: Element | None) -> int | None:
    """What the guest has now: `current`, else the maximum."""
    if vcpu is None:
        return None
    current = integer(vcpu.get("current"))
    number = integer(vcpu.text) if current is None else current
    return number if number is not None and number > 0 else None


def _firmware(system: Element | None) -> str | None:
    """`efi` or `bios`; None for guests that have neither (containers, paravirtual ones, other architectures)."""
    if system is None:
        return None
    chosen = system.get("firmware")
    if chosen in ("efi", "bios"):
        return chosen
    loader = system.find("loader")
    if loader is not None:
        if loader.get("type") == "pflash" or _EFI_LOADER.search(loader.text or ""):
            return "efi"
        if loader.get("type") == "rom":
            return "bios"
    is_pc = text_of(system, "type") == "hvm" and attribute(system, "type", "arch") in ("i686", "x86_64")
    return "bios" if is_pc and loader is None else None


def _secure_boot(system: Element | None, firmware: str | None) -> bool | None:
    """Whether unsigned boot loaders are refused; None where the definition leaves it to the firmware's defaults."""
    if system is None or firmware != "efi":
        return False if firmware == "bios" else None
    features = {name: feature for feature in system.iterfind("firmware/feature") if (name := feature.get("name"))}
    for name in ("enrolled-keys", "secure-boot"):
        if name in features and (enabled := yes(features[name], "enabled")) is not True:
            return enabled
    loader = system.find("loader")
    return True if "secure-boot" in features else yes(loader, "secure") if loader is not None else None


def _guest(domain: Element, hardware: Element | None) -> GuestSummary:
    """The operating system that the definition's author named, and the agent's channel.

    A channel says only while the domain runs whether the agent has opened it; without one no agent can be reached.
    Other hypervisors than QEMU have other ways, which libvirt does not tell of.
    """
    os_id = family = None
    if (metadata := domain.find("metadata")) is not None:
        for element in metadata.iterfind("{*}libosinfo/{*}os"):
            os_id = cut(element.get("id"), MAX_ATTRIBUTE_CHARACTERS) or None
    if os_id is not None and (match := _OS_ID.match(os_id)) is not None:
        family = next((name for prefix, name in _FAMILIES.items() if match[1].startswith(prefix)), "linux")
    channels = hardware.findall("channel") if hardware is not None else []
    targets = (channel.find("target") for channel in channels)
    channel = next((each for each in targets if each is not None and each.get("name") == AGENT_CHANNEL), None)
    tools = {"connected": ToolsState.RUNNING, "disconnected": ToolsState.NOT_RUNNING}.get(
        channel.get("state", "") if channel is not None else ""
    )
    if channel is None and domain.get("type") in ("kvm", "qemu", "hvf"):
        tools = ToolsState.NOT_INSTALLED
    return GuestSummary(
        os=_os_name(os_id),
        os_id=os_id,
        family=family,
        tools=tools,
        source=Source.HYPERVISOR if os_id or tools else None,
    )


def _os_name(os_id: str | None) -> str | None:
    """`http://debian.org/debian/12` → `debian 12`: libosinfo's ids are addresses of vendor, product and version."""
    if os_id is None or (match := _OS_ID.match(os_id)) is None:
        return None
    return " ".join(match[1].split("/")[1:]).strip() or None


def _attributes(domain: Element, system: Element | None) -> dict[str, str]:
    """Title, type, architecture, QEMU arguments and whatever management tools wrote into the metadata, bounded."""
    found: dict[str, str] = {}
    for name, value in _named_values(domain, system):
        if len(found) == MAX_ATTRIBUTES:
            break
        key, number = name, 1
        while key in found:
            number += 1
            key = f"{name}#{number}"
        found[key] = cut(value, MAX_RECORD_CHARACTERS if name == RECORD_NAME else MAX_ATTRIBUTE_CHARACTERS)
    return found


def _named_values(domain: Element, system: Element | None) -> Iterator[tuple[str, str]]:
    for name, value in (
        ("title", text_of(domain, "title")),
        ("type", own(domain, "type")),
        ("architecture", attribute(system, "type", "arch")),
        ("launch security", attribute(domain, "launchSecurity", "type")),
        ("qemu arguments", _qemu_arguments(domain)),
    ):
        if value:
            yield name, value
    metadata = domain.find("metadata")
    for root in metadata if metadata is not None else ():
        if root.tag.startswith(f"{{{RECORD_NAMESPACE}}}"):
            yield RECORD_NAME, root.text or ""
        elif markup.local(root.tag) not in ("", "libosinfo"):
            yield from _leaves(root)


def _qemu_arguments(domain: Element) -> str:
    """What is passed to QEMU past libvirt's own understanding."""
    lines = (child for child in domain if markup.local(child.tag) == "commandline")
    arguments = (each for line in lines for each in line if markup.local(each.tag) == "arg")
    return " ".join(each.get("value", "") for each in arguments)


def _leaves(root: Element) -> Iterator[tuple[str, str]]:
    """The texts and attributes below a metadata element, by path; without recursion, since anybody may nest deeply."""
    waiting = [(root, markup.local(root.tag)[:MAX_ATTRIBUTE_CHARACTERS])]
    while waiting:
        element, path = waiting.pop()
        if element.text and element.text.strip():
            yield path, element.text
        for name, value in element.attrib.items():
            yield f"{path}@{markup.local(name)}"[:MAX_ATTRIBUTE_CHARACTERS], value
        if len(path) < MAX_ATTRIBUTE_CHARACTERS:
            children = [child for child in element if markup.local(child.tag)]
            waiting.extend((child, f"{path}/{markup.local(child.tag)}") for child in reversed(children))
