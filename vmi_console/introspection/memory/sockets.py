"""Sockets that listen, and whose they are, through the tables of open files of all processes.

That way sockets of every network namespace are seen. Sockets that the kernel itself opened (NFS, WireGuard) are not:
they belong to no process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import msgspec

from vmi_console.estate.facts import Socket
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.paths import Files
from vmi_console.introspection.memory.tasks import Task
from vmi_console.introspection.memory.unreadable import Absent

MOST_FILES = 262_144
"""Open files that are looked at, of all processes together."""

_MOST_OF_ONE = 65_536

_IPV4, _IPV6 = 2, 10
_STREAM, _DATAGRAM = 1, 2
_TCP, _UDP = 6, 17
_CLOSED, _LISTENING = 7, 10  # enum tcp_states; a UDP socket that talks to one peer only is ESTABLISHED

_u16, _u64 = struct.Struct("<H"), struct.Struct("<Q")


class _Endpoint(msgspec.Struct, frozen=True, gc=False):
    protocol: str
    address: str
    port: int
    network: int  # struct net


def sockets(kernel: Kernel, tasks: Iterable[Task], containers: dict[int, str]) -> tuple[Socket, ...]:
    """`containers` are those of processes by pid: what listens in another network is named after them."""
    owners: dict[int, Task] = {}
    opened = _open_files(kernel, tasks, owners)
    endpoints = _endpoints(kernel, opened)
    inode = kernel.build.at("net.ns.inum") if kernel.build.has("net.ns.inum") else None
    own = kernel.symbol("init_net")
    found: dict[str, Socket] = {}
    for file, endpoint in endpoints.items():
        task = owners[file]
        network = ""
        if endpoint.network != own:
            network = containers.get(task.pid, "")
            if not network and inode is not None:
                network = f"net:[{kernel.u32(endpoint.network + inode)}]"
        each = Socket(
            protocol=endpoint.protocol,
            port=endpoint.port,
            address=endpoint.address,
            process=task.name,
            network=network,
        )
        found.setdefault(each.key, each)
    return tuple(sorted(found.values(), key=lambda each: (each.protocol, each.port, each.address, each.network)))


def _open_files(kernel: Kernel, tasks: Iterable[Task], owners: dict[int, Task]) -> list[int]:
    """Addresses of open files (struct file). Of those that several processes have open, the oldest is the owner."""
    at = kernel.build.at
    table = at("files_struct.fdt")
    most, array = at("fdtable.max_fds"), at("fdtable.fd")
    holders: dict[int, Task] = {}
    for task in sorted(tasks, key=lambda task: (task.started_ns, task.pid)):
        if task.files:
            holders.setdefault(task.files, task)
    kernel.fetch(holders, kernel.build.types.size("files_struct"))
    tables: dict[int, int] = {}
    for files in holders:
        try:
            tables[files] = kernel.u64(files + table)
        except Absent:
            continue
    kernel.fetch(tables.values(), kernel.build.types.size("fdtable"))
    arrays: dict[int, tuple[int, int]] = {}
    for files, place in tables.items():
        try:
            arrays[files] = kernel.u64(place + array), min(kernel.u32(place + most), _MOST_OF_ONE)
        except Absent:
            continue
    kernel.fetch((begin for begin, number in arrays.values() if number <= 512), 8 * 64)
    opened: list[int] = []
    for files, (begin, number) in arrays.items():
        try:
            raw = kernel.read(begin, 8 * number)
        except Absent:
            continue
        for (file,) in _u64.iter_unpack(raw):
            if file and file not in owners:
                owners[file] = holders[files]
                opened.append(file)
        if len(opened) > MOST_FILES:
            break
    return opened


def _endpoints(kernel: Kernel, opened: list[int]) -> dict[int, _Endpoint]:
    """By file, of those that are listening sockets."""
    files = Files(kernel)
    operations = kernel.symbol("socket_file_ops")
    kernel.fetch(opened, files.size)
    places: dict[int, int] = {}
    for address in opened:
        try:
            file = files.read(address)
        except Absent:
            continue
        if file.operations == operations and file.private:
            places[address] = file.private
    sk = kernel.build.at("socket.sk")
    kernel.fetch(places.values(), sk + 8)
    inner: dict[int, int] = {}
    for address, place in places.items():
        try:
            inner[address] = kernel.u64(place + sk)
        except Absent:
            continue
    shape = _Shape(kernel)
    kernel.fetch((each for each in inner.values() if each), shape.size)
    endpoints = {}
    for address, place in inner.items():
        try:
            endpoint = shape.read(place)
        except Absent:
            continue
        if endpoint is not None:
            endpoints[address] = endpoint
    return endpoints


class _Shape:
    """Where in a socket (struct sock) is what."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        at = kernel.build.at
        self._family = at("sock.__sk_common.skc_family")
        self._state = at("sock.__sk_common.skc_state")
        self._port = at("sock.__sk_common.skc_num")
        self._v4 = at("sock.__sk_common.skc_rcv_saddr")
        self._network = at("sock.__sk_common.skc_net.net")
        # A kernel without IPv6 has no such member, and no such socket.
        self._v6 = kernel.build.first("sock.__sk_common.skc_v6_rcv_saddr", "sock.__sk_common.skc_rcv_saddr")
        self._type = at("sock.sk_type")
        self._protocol = at("sock.sk_protocol")
        self.size = 16 + max(
            *(self._family, self._state, self._port, self._v4, self._network, self._v6, self._type, self._protocol)
        )

    def read(self, address: int) -> _Endpoint | None:
        raw = self._kernel.read(address, self.size)
        (family,) = _u16.unpack_from(raw, self._family)
        (port,) = _u16.unpack_from(raw, self._port)
        if family not in (_IPV4, _IPV6) or not port:
            return None
        kind = (_u16.unpack_from(raw, self._type)[0], raw[self._protocol], raw[self._state])
        if kind == (_STREAM, _TCP, _LISTENING):
            protocol = "tcp"
        elif kind == (_DATAGRAM, _UDP, _CLOSED):
            protocol = "udp"
        else:
            return None
        text = (
            str(IPv4Address(raw[self._v4 : self._v4 + 4]))
            if family == _IPV4
            else str(IPv6Address(raw[self._v6 : self._v6 + 16]))
        )
        return _Endpoint(protocol, text, port, _u64.unpack_from(raw, self._network)[0])
