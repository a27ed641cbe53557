"""Where two sources say different things of one guest: both are shown, and neither is believed more."""

from __future__ import annotations

from collections.abc import Iterator

from vmi_console.estate.facts import Contradiction, Guest, Looked, OperatingSystem
from vmi_console.estate.records import VM, Source

_SYSTEMS = {
    "windows": ("windows",),
    "ubuntu": ("ubuntu",),
    "debian": ("debian",),
    "rhel": ("red hat", "rhel"),
    "centos": ("centos",),
    "fedora": ("fedora",),
    "rocky": ("rocky",),
    "almalinux": ("almalinux", "alma linux"),
    "ol": ("oracle linux",),
    "sles": ("suse linux enterprise", "sles"),
    "opensuse": ("opensuse",),
    "alpine": ("alpine",),
    "arch": ("arch linux",),
    "freebsd": ("freebsd",),
}
"""What a system is called in texts, by the id that it has of itself."""


def contradictions(vm: VM, guest: Guest) -> tuple[Contradiction, ...]:
    """What the hypervisor or the guest's tools say, and what was found inside, where the two cannot both be so; and
    where what was found inside contradicts itself."""
    if guest.os.status is not Looked.READ or not guest.os.items:
        return guest.contradictions
    return (*guest.contradictions, *_contradictions(vm, guest.os.items[0], guest.os.source or Source.DISK))


def of_another_machine(disk: OperatingSystem, memory: OperatingSystem) -> Contradiction | None:
    """Where the memory is of a system that is not on the disk: one of both is another machine's, or it was started from
    something else."""
    if not disk.family or not memory.family or disk.family == memory.family:
        return None
    return Contradiction(
        matter="operating system in memory",
        one=f"{Source.DISK}: {disk.name} {disk.version}".strip(),
        other=f"{Source.MEMORY}: {memory.name} {memory.kernel}".strip(),
    )


def _contradictions(vm: VM, inside: OperatingSystem, source: Source) -> Iterator[Contradiction]:
    told = vm.guest
    outside = told.source or Source.HYPERVISOR

    def differ(matter: str, one: str, other: str) -> Contradiction:
        return Contradiction(matter=matter, one=f"{outside}: {one}", other=f"{source}: {other}")

    said, found = _system(told.os or ""), _system(f"{inside.id} {inside.name}")
    if said and found and said != found:
        yield differ("operating system", told.os or "", f"{inside.name} {inside.version}".strip())
    elif told.family and inside.family and told.family != inside.family:
        yield differ("operating system", told.family, inside.family)
    if told.hostname and inside.hostname and _first(told.hostname) != _first(inside.hostname):
        yield differ("hostname", told.hostname, inside.hostname)
    if told.kernel and inside.kernel and told.kernel != inside.kernel:
        yield differ("kernel", told.kernel, inside.kernel)


def _system(text: str) -> str:
    """The id of the system that a text speaks of; empty where it speaks of none that is known here.

    >>> _system("Debian GNU/Linux 12 (64-bit)"), _system("Other Linux")
    ('debian', '')
    """
    lower = text.lower()
    return next((system for system, names in _SYSTEMS.items() if any(name in lower for name in names)), "")


def _first(hostname: str) -> str:
    """A host's own name, without its domain."""
    return hostname.partition(".")[0].lower()
