"""Sockets that listen, and whose they are, through the tables of open files of all processes.

That way sockets of every network namespace are seen. Those that the kernel opened for itself come from `listeners`.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import msgspec

from vmi_console.estate.facts import Socket
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.listeners import listeners
from vmi_console.introspection.memory.paths import Files
from vmi_console.introspection.memory.tasks import Task, changed
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

MOST_FILES = 262_144
"""Open files that are looked at, of all processes together."""

_FEWEST = 64
"""Files for which every process has room (NR_OPEN_DEFAULT)."""

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
    opened = _opened(kernel, _open_files(kernel, tasks, owners))
    own = {place: owners[file] for file, place in opened.items()}
    listening = listeners(kernel)
    shape = _Shape(kernel)
    kernel.fetch(own.keys() | listening, shape.size)
    found: dict[str, Socket] = {}
    for place in (*own, *(listening - own.keys())):
        try:
            endpoint = shape.read(place)
        except Absent:
            continue
        if endpoint is not None:
            task = own.get(place)
            each = Socket(
                protocol=endpoint.protocol,
                port=endpoint.port,
                address=endpoint.address,
                process=task.name if task is not None else None,
                network=_network(kernel, endpoint, containers.get(task.pid, "") if task is not None else ""),
            )
            found.setdefault(each.key, each)
    return tuple(sorted(found.values(), key=lambda each: (each.protocol, each.port, each.address, each.network)))


def _network(kernel: Kernel, endpoint: _Endpoint, container: str) -> str:
    """Whose network it is, where that is not the guest's own: the container's, or the kernel's number of it."""
    if endpoint.network == kernel.symbol("init_net"):
        return ""
    if container:
        return container
    try:
        return f"net:[{kernel.u32(endpoint.network + kernel.build.at('net.ns.inum'))}]"
    except Absent:
        return "net:[?]"


def _open_files(kernel: Kernel, tasks: Iterable[Task], owners: dict[int, Task]) -> list[int]:
    """Addresses of open files (struct file). Of those that several processes have open, the oldest is the owner.

    Raises `Unreadable` where some of them cannot be looked at: a socket that is not found must not be there.
    """
    holders: dict[int, Task] = {}
    for task in sorted(tasks, key=lambda task: (task.started_ns, task.pid)):
        if task.files:
            holders.setdefault(task.files, task)
    arrays = _arrays(kernel, holders)
    opened: list[int] = []
    failed = [holders[files] for files in holders.keys() - arrays.keys()]
    for files, (begin, number) in arrays.items():
        try:
            raw = kernel.read(begin, 8 * number)
        except Absent:
            failed.append(holders[files])
            continue
        for (file,) in _u64.iter_unpack(raw):
            if file and file not in owners:
                owners[file] = holders[files]
                opened.append(file)
        if len(opened) > MOST_FILES:
            raise Unreadable(f"more than {MOST_FILES:,} files are open in this guest")
    if failed and (still := len(failed) - len(changed(kernel, failed))):
        raise Unreadable(f"the open files of {still} processes could not be read")
    return opened


def _arrays(kernel: Kernel, holders: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Where each table of open files (struct files_struct) has its pointers, and how many."""
    at = kernel.build.at
    table, most, array = at("files_struct.fdt"), at("fdtable.max_fds"), at("fdtable.fd")
    holders = tuple(holders)
    kernel.fetch(holders, kernel.build.types.size("files_struct"))
    tables: dict[int, int] = {}
    for files in holders:
        with contextlib.suppress(Absent):
            tables[files] = kernel.u64(files + table)
    kernel.fetch(tables.values(), kernel.build.types.size("fdtable"))
    arrays: dict[int, tuple[int, int]] = {}
    for files, place in tables.items():
        with contextlib.suppress(Absent):
            number = kernel.u32(place + most)
            if number <= MOST_FILES:
                arrays[files] = kernel.u64(place + array), number
    kernel.fetch((begin for begin, number in arrays.values()), 8 * _FEWEST)
    return arrays


def _opened(kernel: Kernel, files: list[int]) -> dict[int, int]:
    """The sockets (struct sock) among open files, by file."""
    shape = Files(kernel)
    operations = kernel.symbol("socket_file_ops")
    kernel.fetch(files, shape.size)
    places: dict[int, int] = {}
    for address in files:
        with contextlib.suppress(Absent):
            file = shape.read(address)
            if file.operations == operations and file.private:
                places[address] = file.private
    sk = kernel.build.at("socket.sk")
    kernel.fetch((place + sk for place in places.values()), 8)
    found: dict[int, int] = {}
    for address, place in places.items():
        with contextlib.suppress(Absent):
            if socket := kernel.u64(place + sk):
                found[address] = socket
    return found


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
