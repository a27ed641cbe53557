"""What anybody would write: the fewest calls that fetch what the libvirt reader discovers, and no more care than that.

One list, one call for states, one definition for each domain, the lists of what is transient, starts by itself, is
saved or has snapshots; networks and pools; the same fields of the definitions, as plain dictionaries.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import libvirt


def discover(connection: libvirt.virConnect) -> dict[str, Any]:
    """Everything about the domains of a connection, by UUID, and their networks and pools by name."""
    every = connection.getAllDomainStats(
        libvirt.VIR_DOMAIN_STATS_STATE, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
    )
    sizes = connection.getAllDomainStats(
        libvirt.VIR_DOMAIN_STATS_BLOCK, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
    )
    blocks = {domain.UUIDString(): stats for domain, stats in sizes}
    marked = {
        name: {domain.UUIDString() for domain in connection.listAllDomains(flag)}
        for name, flag in {
            "transient": libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
            "autostart": libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
            "saved": libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
            "snapshots": libvirt.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
        }.items()
    }
    found: dict[str, Any] = {
        "host": [connection.getInfo(), connection.getHostname(), connection.getCapabilities()],
        "networks": [ElementTree.fromstring(each.XMLDesc()) for each in connection.listAllNetworks()],
        "pools": [ElementTree.fromstring(each.XMLDesc()) for each in connection.listAllStoragePools()],
        "domains": {},
    }
    for handle, stats in every:
        uuid = handle.UUIDString()
        record = _parsed(ElementTree.fromstring(handle.XMLDesc()))
        record["state"] = stats["state.state"]
        record["blocks"] = blocks.get(uuid)
        record.update({name: uuid in uuids for name, uuids in marked.items()})
        found["domains"][uuid] = record
    return found


def _parsed(root: ElementTree.Element) -> dict[str, Any]:
    return {
        "name": root.findtext("name"),
        "title": root.findtext("title"),
        "description": root.findtext("description"),
        "vcpus": int(root.findtext("vcpu") or 0),
        "memory": int(root.findtext("memory") or 0) * 1024,
        "partition": root.findtext("resource/partition"),
        "machine": _attribute(root, "os/type", "machine"),
        "arch": _attribute(root, "os/type", "arch"),
        "firmware": _attribute(root, "os", "firmware"),
        "loader": root.findtext("os/loader"),
        "os": [each.get("id") for each in root.iterfind("metadata/{*}libosinfo/{*}os")],
        "agent": [each.get("state") for each in root.iterfind("devices/channel/target")],
        "nics": [_nic(each) for each in root.iterfind("devices/interface")],
        "disks": [_disk(each) for each in root.iterfind("devices/disk")],
        "devices": [
            (each.tag, each.get("type"), each.get("model"))
            for each in root.find("devices") or ()
            if each.tag not in ("interface", "disk", "controller")
        ],
    }


def _nic(interface: ElementTree.Element) -> dict[str, Any]:
    source = interface.find("source")
    return {
        "type": interface.get("type"),
        "mac": _attribute(interface, "mac", "address"),
        "model": _attribute(interface, "model", "type"),
        "source": dict(source.attrib) if source is not None else None,
        "vlan": [each.get("id") for each in interface.iterfind("vlan/tag")],
        "link": _attribute(interface, "link", "state"),
        "filter": _attribute(interface, "filterref", "filter"),
        "device": _attribute(interface, "target", "dev"),
    }


def _disk(disk: ElementTree.Element) -> dict[str, Any]:
    source = disk.find("source")
    return {
        "type": disk.get("type"),
        "device": disk.get("device"),
        "source": dict(source.attrib) if source is not None else None,
        "target": _attribute(disk, "target", "dev"),
        "bus": _attribute(disk, "target", "bus"),
        "format": _attribute(disk, "driver", "type"),
        "readonly": disk.find("readonly") is not None,
        "encrypted": disk.find("encryption") is not None,
        "serial": disk.findtext("serial"),
        "backing": [dict(each.attrib) for each in disk.iterfind(".//backingStore/source")],
    }


def _attribute(root: ElementTree.Element, path: str, name: str) -> str | None:
    found = root.find(path)
    return found.get(name) if found is not None else None
