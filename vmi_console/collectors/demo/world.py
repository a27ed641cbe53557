"""The demo estate itself: a pure function of its parameters, the moment it began, and the commands given since.

Every role process builds a world of its own and brings it to the present; at any moment they are equal. What was
never touched is not kept but made again when somebody looks (see `machines`).
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec.structs import replace

from vmi_console.collectors.demo import story
from vmi_console.collectors.demo.commands import Command, Occurrence, parse
from vmi_console.collectors.demo.drift import Drift
from vmi_console.collectors.demo.layout import Layout
from vmi_console.collectors.demo.machines import Machines
from vmi_console.collectors.demo.parameters import Failure, Parameters
from vmi_console.collectors.demo.software import Inside, Software
from vmi_console.errors import CommandRefused
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Host, Network, Nic


class Order(NamedTuple):
    """A command that somebody gave, and when it takes effect. The earlier of two at one moment has the lower rank."""

    at: datetime
    rank: int
    key: str
    name: str
    arguments: dict[str, Any]


def endpoint_id(seed: int, started_at: datetime) -> str:
    """What identifies a demo hypervisor: no two worlds that began at different moments are the same."""
    return f"demo-{seed}-{hashlib.blake2b(started_at.isoformat().encode(), digest_size=4).hexdigest()}"


class World:
    """The estate at the moment `now`."""

    def __init__(self, parameters: Parameters, started_at: datetime) -> None:
        self.started_at = started_at
        self.now = started_at
        self.endpoint = endpoint_id(parameters.seed, started_at)
        self.layout = Layout(parameters, self.endpoint, started_at)
        self.machines = Machines(parameters, self.layout, started_at)
        self.software = Software(parameters, self.endpoint, self.machines)
        self.next_number = parameters.vms  # of the machine that is made next
        self.networks = {network.id: network for network in self.layout.networks}
        self.kept: dict[tuple[EntityId, str], tuple[Nic, ...]] = {}  # NICs as they were when a snapshot was taken
        self.forbids = parameters.fail is Failure.FORBIDDEN
        self.inside: dict[int, Inside] = {}
        self.outcomes: dict[str, Occurrence | CommandRefused] = {}  # of orders, by their key

        self._hosts = {host.id: host for host in self.layout.hosts}
        self._touched: dict[int, VM | None] = {}  # machines that are not as on the first day; None: removed
        self._residents: dict[EntityId, set[int]] = {}  # of hosts whose machines are not those of the first day
        self._ports = 1 << 24  # of distributed switches, above those of the first day
        self._steps = story.STORY if parameters.story else ()
        self._next_step = 0
        self._drift = Drift(parameters)
        self._next_drift = 0
        self._drift_due = self._drift.second(0)
        self._orders: list[Order] = []

    # --- what there is ----------------------------------------------------------------------------------------

    def containers(self) -> Iterator[AnyRecord]:
        """Everything but VMs, outermost first."""
        return itertools.chain(
            self.layout.datacenters,
            self.layout.clusters,
            self.layout.datastores,
            self.layout.switches,
            self.networks.values(),
            self._hosts.values(),
        )

    def container_count(self) -> int:
        return sum(1 for _ in self.containers())

    def vm_count(self) -> int:
        return self.next_number - sum(1 for vm in self._touched.values() if vm is None)

    def vms(self) -> Iterator[VM]:
        """Every VM, in the order they were made. The world may change between two of them."""
        number = 0
        while number < self.next_number:
            vm = self.vm_by_number(number)
            if vm is not None:
                yield vm
            number += 1

    def vm_by_number(self, number: int) -> VM | None:
        if number in self._touched:
            return self._touched[number]
        return self.machines.make(number) if 0 <= number < self.machines.count else None

    def vm(self, vm: EntityId) -> VM | None:
        """A VM by id, or None where there is none (any more)."""
        number = self.machines.number(vm)
        return None if number is None else self.vm_by_number(number)

    def number(self, vm: EntityId) -> int:
        """The number of a VM of this world."""
        number = self.machines.number(vm)
        assert number is not None
        return number

    def host(self, host: EntityId | None) -> Host:
        """A host of this world by id."""
        assert host is not None
        return self._hosts[host]

    def known_host(self, host: EntityId) -> Host | None:
        return self._hosts.get(host)

    def number_of_host(self, vm: VM) -> int:
        """The number of the host that a VM is on."""
        return self.layout.host_number(self.host(vm.host).id)

    def cluster_hosts(self, vm: VM) -> list[Host]:
        """The hosts of the cluster that a VM is in."""
        cluster = self.layout.cluster_of_host(self.number_of_host(vm))
        return [self._hosts[self.layout.host_id(number)] for number in self.layout.hosts_of_cluster(cluster)]

    def residents(self, host: EntityId) -> Iterator[VM]:
        """The VMs on a host."""
        for number in sorted(self._resident_numbers(host)):
            vm = self.vm_by_number(number)
            if vm is not None:
                yield vm

    def guest(self, vm: VM) -> Guest:
        """What an inspector finds inside a VM now."""
        number = self.number(vm.id)
        return self.software.guest(vm, number, self.inside.get(number, Inside()), self.now)

    def image(self, vm: VM) -> SoftwareImage:
        """The image that a VM was made from."""
        return self.software.image(self.software.image_number(self.number(vm.id)))

    # --- finding what a command names -------------------------------------------------------------------------

    def find_vm(self, text: str) -> VM:
        """A VM by id or name; raises `CommandRefused`."""
        vm = self.vm(EntityId(text))
        if vm is not None:
            return vm
        found = {number: vm for number, vm in self._touched.items() if vm is not None and vm.name == text}
        first_day = self.machines.number_of_name(text)
        if first_day is not None and first_day not in self._touched:
            found[first_day] = self.machines.make(first_day)
        if len(found) == 1:
            return found.popitem()[1]
        if found:
            ids = ", ".join(vm.id for vm in found.values())
            raise CommandRefused(f"{len(found)} VMs are called “{text[:80]}”", f"name one by its id: {ids[:400]}")
        raise CommandRefused(f"there is no VM “{text[:80]}”", "name a VM by its id or name")

    def find_host(self, text: str) -> Host:
        """A host by id or name; raises `CommandRefused`."""
        known = self._hosts.get(EntityId(text))
        host = known or next((host for host in self._hosts.values() if host.name == text), None)
        if host is None:
            some = ", ".join(host.name for host in itertools.islice(self._hosts.values(), 10))
            raise CommandRefused(f"there is no host “{text[:80]}”", f"hosts are {some}")
        return host

    def find_network(self, text: str, vm: VM | None = None) -> Network:
        """A network by id or name, in the datacenter of `vm` if one is given; raises `CommandRefused`."""
        datacenter = None if vm is None else self.host(vm.host).datacenter
        near = [network for network in self.networks.values() if datacenter in (None, network.datacenter)]
        found = [network for network in near if text in (network.id, network.name)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(network.id for network in found)
            raise CommandRefused(f"{len(found)} networks are called “{text[:80]}”", f"name one by its id: {ids}")
        names = ", ".join(sorted({network.name for network in near}))
        where = "" if vm is None else f" where {vm.name[:80]} is"
        raise CommandRefused(f"there is no network “{text[:80]}”{where}", f"networks are {names}")

    # --- changing it: for commands ----------------------------------------------------------------------------

    def put(self, vm: VM) -> None:
        """Replaces a VM, or adds the one of number `next_number`."""
        assert vm.host is not None
        number = self.number(vm.id)
        before = self.vm_by_number(number)
        if before is None or before.host != vm.host:
            self._move(number, None if before is None else before.host, vm.host)
        self._touched[number] = vm
        self.next_number = max(self.next_number, number + 1)

    def remove(self, vm: VM) -> None:
        number = self.number(vm.id)
        self._move(number, vm.host, None)
        self._touched[number] = None
        self.inside.pop(number, None)

    def put_host(self, host: Host) -> None:
        self._hosts[host.id] = host

    def moved(self, nic: Nic, network: Network) -> Nic:
        """A NIC in another network; ports belong to distributed switches."""
        self._ports += 1
        return replace(nic, network=network.id, port=str(self._ports) if network.switch else None)

    def plugged(self, vm: VM, nic: Nic, up: bool) -> Nic:
        """A NIC of a VM with its cable in or out; a guest that is reached has an address."""
        addresses = nic.addresses
        if up and not addresses and nic.network is not None:
            addresses = self.machines.address(self.number(vm.id), self.networks[nic.network].name)
        return replace(nic, connected=up, link_up=up, addresses=addresses if up else ())

    def _resident_numbers(self, host: EntityId) -> set[int]:
        known = self._residents.get(host)
        return known if known is not None else self.machines.first_residents(self.layout.host_number(host))

    def _move(self, number: int, before: EntityId | None, after: EntityId | None) -> None:
        if before is not None:
            self._residents.setdefault(before, self._resident_numbers(before)).discard(number)
        if after is not None:
            self._residents.setdefault(after, self._resident_numbers(after)).add(number)

    # --- time -------------------------------------------------------------------------------------------------

    def schedule(self, orders: Iterable[Order]) -> None:
        """Takes commands to be carried out when `advance` comes to their time; all later than `now`."""
        for order in orders:
            assert order.at > self.now
            heapq.heappush(self._orders, order)

    def advance(self, until: datetime) -> list[Occurrence]:
        """Lets everything happen up to and including a moment, in order; costs nothing where nothing happens."""
        occurrences: list[Occurrence] = []
        last = (until - self.started_at).total_seconds()
        while (due := self._due()) is not None and due <= last:
            occurrence = self._happen(due)
            if occurrence is not None:
                occurrences.append(occurrence)
        self.now = max(self.now, until)
        return occurrences

    def _due(self) -> float | None:
        """The second of the next thing to happen."""
        times = [self._second(self._orders[0])] if self._orders else []
        if self._next_step < len(self._steps):
            times.append(self._steps[self._next_step].second)
        if self._drift_due is not None:
            times.append(self._drift_due)
        return min(times, default=None)

    def _second(self, order: Order) -> float:
        return (order.at - self.started_at).total_seconds()

    def _happen(self, due: float) -> Occurrence | None:
        """Carries out the one thing that is due: of several, the story's first, then drift's, then people's."""
        at = self.started_at + timedelta(seconds=due)
        command: Command | None
        if self._next_step < len(self._steps) and self._steps[self._next_step].second == due:
            command = self._steps[self._next_step].command
            self._next_step += 1
        elif self._drift_due == due:
            command = self._drift.command(self, self._next_drift)
            self._next_drift += 1
            self._drift_due = self._drift.second(self._next_drift)
        else:
            return self._obey(heapq.heappop(self._orders))
        if command is None:
            return None
        try:
            return command.apply(self, at)
        except CommandRefused:  # a small estate lacks some of the story's cast; people may have been there first
            return None

    def _obey(self, order: Order) -> Occurrence | None:
        try:
            occurrence = parse(order.name, order.arguments).apply(self, order.at)
        except CommandRefused as refusal:
            self.outcomes[order.key] = refusal
            return None
        self.outcomes[order.key] = occurrence
        return occurrence
