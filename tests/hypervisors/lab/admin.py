"""What an administrator does to the lab behind the console's back, with libvirt's own calls.

All changes of a running domain go to it and to its definition, so that they survive a power cycle.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import libvirt

from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.place import LabError

_PATIENCE_S = 60.0


class Administrator:
    """Names are those of domains; interfaces go by their MAC address, in lower case."""

    def __init__(self, connection: libvirt.virConnect, images: Path) -> None:
        self._connection = connection
        self._images = images

    def rename(self, domain: str, name: str) -> None:
        """libvirt renames only what is shut off."""
        self._domain(domain).rename(name, 0)

    def title(self, domain: str, title: str) -> None:
        """Sets the title; an empty one removes it."""
        target = self._domain(domain)
        target.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, title or None, None, None, _everywhere(target))

    def power_on(self, domain: str) -> None:
        self._domain(domain).create()

    def power_off(self, domain: str) -> None:
        """Pulls the plug."""
        self._domain(domain).destroy()

    def shut_down(self, domain: str) -> None:
        """Presses the power button, and comes back before the guest has gone down."""
        self._domain(domain).shutdown()

    def suspend(self, domain: str) -> None:
        self._domain(domain).suspend()

    def resume(self, domain: str) -> None:
        self._domain(domain).resume()

    def move_nic(self, domain: str, mac: str, network: str, portgroup: str = "") -> None:
        """Plugs an interface into another network or portgroup.

        While it runs, libvirt refuses to move it between a Linux bridge and Open vSwitch.
        """
        new = ElementTree.fromstring(self._connection.networkLookupByName(network).XMLDesc())
        vlan = new.find(f"portgroup[@name='{portgroup}']/vlan")
        switched = new.find("virtualport") is not None

        def move(interface: Element) -> None:
            _drop(interface, "source")
            _drop(interface, "vlan")
            if not switched:
                _drop(interface, "virtualport")
            interface.append(_source(network, portgroup))

        def move_running(interface: Element) -> None:
            move(interface)
            if vlan is not None:
                # libvirt 9.0 passes on the interface's own tags only, and would take those of the portgroup away.
                interface.append(vlan)

        self._change_nic(domain, mac, move, move_running)

    def filter(self, domain: str, mac: str, name: str = "") -> None:
        """Puts a filter on an interface; without a name takes it away."""

        def swap(interface: Element) -> None:
            _drop(interface, "filterref")
            if name:
                ElementTree.SubElement(interface, "filterref", filter=name)

        self._change_nic(domain, mac, swap)

    def link(self, domain: str, mac: str, state: str) -> None:
        """Pulls an interface's cable ("down") or plugs it in again ("up")."""

        def plug(interface: Element) -> None:
            _drop(interface, "link")
            ElementTree.SubElement(interface, "link", state=state)

        self._change_nic(domain, mac, plug)

    def add_nic(self, domain: str, mac: str, network: str, portgroup: str = "") -> None:
        interface = Element("interface", type="network")
        ElementTree.SubElement(interface, "mac", address=mac)
        interface.append(_source(network, portgroup))
        ElementTree.SubElement(interface, "model", type="virtio")
        target = self._domain(domain)
        target.attachDeviceFlags(_text(interface), _everywhere(target))

    def remove_nic(self, domain: str, mac: str) -> None:
        """A guest that is still starting does not hear that it shall let the interface go: it is asked again."""
        target = self._domain(domain)
        interface = _text(_interface(target, mac))
        target.detachDeviceFlags(interface, _everywhere(target))
        deadline = time.monotonic() + _PATIENCE_S
        while target.isActive() and _has_interface(target, mac):
            if time.monotonic() > deadline:
                raise LabError(f"{domain} does not let its interface {mac} go")
            time.sleep(1.0)
            with suppress(libvirt.libvirtError):  # it was heard meanwhile, or is not asked again so soon
                target.detachDeviceFlags(interface, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def create(self, name: str, mac: str, network: str = definitions.LAN) -> None:
        """Defines a small guest with one interface; `power_on` boots it."""
        self._connection.defineXML(definitions.newcomer(name, self._images, mac, network))

    def remove(self, domain: str) -> None:
        """Removes a domain with its snapshots' descriptions; pulls the plug first where it runs."""
        target = self._domain(domain)
        if target.isActive():
            target.destroy()
        target.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)

    def snapshot(self, domain: str, name: str) -> None:
        self._domain(domain).snapshotCreateXML(_text(_named("domainsnapshot", name)))

    def portgroup_vlan(self, network: str, portgroup: str, vlan: int) -> None:
        """Gives a network's portgroup another VLAN; interfaces that run keep what they were plugged in with."""
        group = Element("portgroup", name=portgroup)
        ElementTree.SubElement(ElementTree.SubElement(group, "vlan"), "tag", id=str(vlan))
        self._connection.networkLookupByName(network).update(
            libvirt.VIR_NETWORK_UPDATE_COMMAND_MODIFY,
            libvirt.VIR_NETWORK_SECTION_PORTGROUP,
            -1,
            _text(group),
            libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE | libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG,
        )

    def define_filter(self, xml: str) -> None:
        """Defines a network filter or replaces its rules."""
        self._connection.nwfilterDefineXML(xml)

    def _domain(self, name: str) -> libvirt.virDomain:
        return self._connection.lookupByName(name)

    def _change_nic(
        self,
        domain: str,
        mac: str,
        change: Callable[[Element], None],
        change_running: Callable[[Element], None] | None = None,
    ) -> None:
        """Changes the running interface, then the defined one."""
        target = self._domain(domain)
        if target.isActive():
            interface = _interface(target, mac)
            if (port := _interface(target, mac, 0).find("virtualport")) is not None:
                # Without the running port's identity libvirt would have to make another port, and refuses.
                _drop(interface, "virtualport")
                interface.append(port)
            (change_running or change)(interface)
            target.updateDeviceFlags(_text(interface), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        interface = _interface(target, mac)
        change(interface)
        target.updateDeviceFlags(_text(interface), libvirt.VIR_DOMAIN_AFFECT_CONFIG)


def _everywhere(domain: libvirt.virDomain) -> int:
    """The flags that change the definition, and the running domain if it runs."""
    flags: int = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    if domain.isActive():
        flags |= libvirt.VIR_DOMAIN_AFFECT_LIVE
    return flags


def _interface(domain: libvirt.virDomain, mac: str, description: int = libvirt.VIR_DOMAIN_XML_INACTIVE) -> Element:
    """The interface as it is defined (0: as it runs), with its PCI address: two may have the same MAC."""
    root = ElementTree.fromstring(domain.XMLDesc(description))
    for interface in root.iterfind("devices/interface"):
        address = interface.find("mac")
        if address is not None and address.get("address") == mac:
            return interface
    raise LabError(f"{domain.name()} has no interface {mac}")


def _has_interface(domain: libvirt.virDomain, mac: str) -> bool:
    """Whether the running domain has it."""
    try:
        _interface(domain, mac, 0)
    except LabError:
        return False
    return True


def _source(network: str, portgroup: str) -> Element:
    source = Element("source", network=network)
    if portgroup:
        source.set("portgroup", portgroup)
    return source


def _named(tag: str, name: str) -> Element:
    element = Element(tag)
    ElementTree.SubElement(element, "name").text = name
    return element


def _drop(element: Element, name: str) -> None:
    for child in element.findall(name):
        element.remove(child)


def _text(element: Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")
