"""Sockets that the network itself knows to listen, by its own tables: also those that belong to no process.

The kernel opens some for itself (NFS, WireGuard, SMB); they are in no table of open files.
"""

from __future__ import annotations

from collections.abc import Iterator

from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.unreadable import Absent, Torn, Unreadable

_TRIES = 4
_MOST_BUCKETS = 1 << 20
_MOST_SOCKETS = 1 << 18
_NULLS = 1  # the end of a chain is no null pointer but an odd number


def listeners(kernel: Kernel) -> set[int]:
    """Addresses (struct sock) of TCP sockets that listen and of UDP sockets that have a port.

    Raises `Unreadable` where a chain cannot be followed to its end, though it was tried more than once.
    """
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            kernel.forget()
        try:
            return {*_tcp(kernel), *_udp(kernel)}
        except (Torn, Absent) as error:
            reason = error.message
    raise Unreadable(f"the network's tables of sockets were not found whole in {_TRIES} tries: {reason}")


def _tcp(kernel: Kernel) -> Iterator[int]:
    at, types = kernel.build.at, kernel.build.types
    table = kernel.symbol("tcp_hashinfo")
    bucket, first = types.size("inet_listen_hashbucket"), at("inet_listen_hashbucket.nulls_head")
    if kernel.build.has("inet_hashinfo.listening_hash"):  # until 5.18
        begin, number = table + at("inet_hashinfo.listening_hash"), types.length("inet_hashinfo", "listening_hash")
    else:
        begin = kernel.u64(table + at("inet_hashinfo.lhash2"))
        number = kernel.u32(table + at("inet_hashinfo.lhash2_mask")) + 1
    yield from _chains(kernel, begin, number, bucket, first, at("sock.__sk_common.skc_nulls_node"))


def _udp(kernel: Kernel) -> Iterator[int]:
    at, types = kernel.build.at, kernel.build.types
    table = kernel.symbol("udp_table")
    begin, number = kernel.u64(table + at("udp_table.hash")), kernel.u32(table + at("udp_table.mask")) + 1
    yield from _chains(kernel, begin, number, types.size("udp_hslot"), at("udp_hslot.head"), at(_LINK))


_LINK = "sock.__sk_common.skc_node"


def _chains(kernel: Kernel, begin: int, number: int, size: int, first: int, link: int) -> Iterator[int]:
    """All members of a table of `number` chains, each of which begins `first` bytes into `size` bytes."""
    if number > _MOST_BUCKETS:
        raise Torn("a table of sockets is larger than any can be")
    if begin >= 1 << 63:
        kernel.fetch([begin], number * size)
    raw = kernel.read(begin, number * size)
    found = 0
    for place in range(first, len(raw), size):
        entry = int.from_bytes(raw[place : place + 8], "little")
        while entry and not entry & _NULLS:
            found += 1
            if found > _MOST_SOCKETS:
                raise Torn("a chain of sockets has no end")
            yield entry - link
            entry = kernel.u64(entry)
