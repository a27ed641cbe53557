"""A document as tables for a person at a terminal."""

from __future__ import annotations

from vmi_console.cli.document import Document, VmDocument
from vmi_console.cli.terminal import paint, table

GIB = 1 << 30

type Sheet = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Heading, names of the columns, rows."""


def sheets(document: Document, *, colour: bool = False) -> str:
    """Connections, hosts, VMs, networks and datastores, each under a heading; what is empty is left out."""
    return "\n\n".join(
        f"{paint(f'{heading} ({len(rows)})', 'bold', colour)}\n{table(header, rows, colour=colour)}"
        for heading, header, rows in _sheets(document)
        if rows
    )


def _sheets(document: Document) -> list[Sheet]:
    return [
        ("Connections", ("NAME", "STATE", "PRODUCT", "REASON"), [
            (each.name, each.state, each.product or "", each.reason) for each in document.connections
        ]),
        ("Hosts", ("NAME", "STATE", "CLUSTER", "CPUS", "MEMORY", "PRODUCT"), [
            (each.name, each.state, each.cluster or "", _known(each.cpu_threads), _mib(each.memory_mb),
             each.product or "")
            for each in document.hosts
        ]),
        ("Virtual machines", ("NAME", "POWER", "HOST", "CPUS", "MEMORY", "NETWORKS", "ADDRESSES", "GUEST"), [
            (each.name, each.power, each.host or "", _known(each.vcpus), _mib(each.memory_mb), _networks(each),
             ", ".join(each.guest.ips), each.guest.os or "")
            for each in document.vms
        ]),
        ("Networks", ("NAME", "TYPE", "VLAN", "SWITCH OR BRIDGE"), [
            (each.name, each.type, _vlan(each.vlan), each.switch or each.bridge or "") for each in document.networks
        ]),
        ("Datastores", ("NAME", "TYPE", "CAPACITY", "FREE"), [
            (each.name, each.type or "", _gib(each.capacity_bytes), _gib(each.free_bytes))
            for each in document.datastores
        ]),
    ]  # fmt: skip


def _networks(vm: VmDocument) -> str:
    return ", ".join(f"{nic.network or nic.type} ({_vlan(nic.vlan)})" for nic in vm.nics)


def _vlan(vlan: int | str | None) -> str:
    return "?" if vlan is None else "untagged" if vlan == 0 else str(vlan)


def _known(number: int | None) -> str:
    return "?" if number is None else str(number)


def _mib(size: int | None) -> str:
    return "?" if size is None else f"{size:,} MiB"


def _gib(size_bytes: int | None) -> str:
    return "?" if size_bytes is None else f"{size_bytes / GIB:,.1f} GiB"
