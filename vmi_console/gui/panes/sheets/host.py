"""A host: what it is and how it does, its hardware, its ports and networks, its storage."""

from __future__ import annotations

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Cluster, Datastore, Host, Network, Switch
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Sheet, Table
from vmi_console.gui.panes.sheets.describer import Describer
from vmi_console.gui.states import look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, moment, number, size
from vmi_console.plain_text import visible


class HostSummary(Describer[Host]):
    """Load, state, what runs on it, and what changed."""

    def describe(self, host: Host) -> Sheet:
        age = self.wording.age(host.id)
        vms = list(self.all_of(VM, self.gather(host.id, "vm")))
        _, running = self.running(vm.id for vm in vms)
        vcpus = sum(vm.vcpus or 0 for vm in vms)
        given = sum(vm.memory_bytes or 0 for vm in vms)
        state = Section(
            self.tr("Host"),
            (
                Fact(self.tr("State"), look(host).word, age, look(host).tone),
                self.text(self.tr("Hypervisor"), host.product, age),
                Fact(self.tr("Booted"), moment(host.booted_at), age),
                self.text(self.tr("Addresses"), ", ".join(host.addresses), age),
                self.leading(self.tr("Cluster"), host.cluster, age),
                self.text(self.tr("Location"), host.location, age),
            ),
        )
        inside = Section(
            self.tr("Virtual machines"),
            (
                Fact(self.tr("There"), number(len(vms)), age),
                Fact(self.tr("Running"), number(running), age),
                Fact(self.tr("Virtual CPUs"), number(vcpus), self.tr("of all VMs together")),
                Fact(self.tr("Memory"), size(given), self.tr("of all VMs together")),
            ),
        )
        machine = Section(
            self.tr("Hardware"),
            (
                self.text(self.tr("Model"), " ".join(filter(None, (host.vendor, host.model))), age),
                self.text(self.tr("Processor"), host.cpu_model, age),
                Fact(self.tr("Cores"), UNKNOWN if host.cpu_cores is None else number(host.cpu_cores), age),
                Fact(self.tr("Memory"), size(host.memory_bytes), age),
            ),
        )
        return Sheet(
            figures=self.load(host.id),
            cards=self.alarms(host),
            sections=(state, inside, machine),
            tables=(self.newest_changes(host.id),),
        )


class HostHardware(Describer[Host]):
    """The machine itself."""

    def describe(self, host: Host) -> Sheet:
        age = self.wording.age(host.id)

        def count(label: str, value: int | None) -> Fact:
            return Fact(label, UNKNOWN if value is None else number(value), age)

        speed = UNKNOWN if host.cpu_mhz is None else self.tr("{0} MHz").format(number(host.cpu_mhz))
        return Sheet(
            sections=(
                Section(
                    self.tr("Machine"),
                    (
                        self.text(self.tr("Vendor"), host.vendor, age),
                        self.text(self.tr("Model"), host.model, age),
                        self.text(self.tr("Serial"), host.serial, age),
                        self.text(self.tr("UUID"), host.uuid, age),
                        self.text(self.tr("Location"), host.location, age),
                    ),
                ),
                Section(
                    self.tr("Processor and memory"),
                    (
                        self.text(self.tr("Processor"), host.cpu_model, age),
                        count(self.tr("Sockets"), host.cpu_sockets),
                        count(self.tr("Cores"), host.cpu_cores),
                        count(self.tr("Threads"), host.cpu_threads),
                        Fact(self.tr("Frequency"), speed, age),
                        Fact(self.tr("Memory"), size(host.memory_bytes), age),
                    ),
                ),
            ),
        )


class HostNetwork(Describer[Host]):
    """Physical ports, the switches they belong to, and the networks that VMs can be plugged into."""

    def describe(self, host: Host) -> Sheet:
        networks = self._networks(host)
        return Sheet(tables=(self._ports(host), self._switches(host, networks), self._network_table(host, networks)))

    def _ports(self, host: Host) -> Table:
        lines = tuple(
            Line(
                nic.key,
                (
                    Cell(visible(nic.key, 40)),
                    Cell(
                        self.tr("{0} Mbit/s").format(number(nic.speed_mbps)) if nic.speed_mbps else self.tr("no link"),
                        number=True,
                        tone=Tone.PLAIN if nic.speed_mbps else Tone.MUTED,
                    ),
                    Cell(nic.mac or UNKNOWN),
                    Cell(self.name(nic.switch)),
                ),
            )
            for nic in host.nics
        )
        columns = (self.tr("Port"), self.tr("Speed"), self.tr("MAC"), self.tr("Switch"))
        return Table(self.tr("Network ports"), columns, (14, 16, 22, 30), lines, self.tr("None known."))

    def _switches(self, host: Host, networks: list[Network]) -> Table:
        ids = dict.fromkeys([nic.switch for nic in host.nics] + [network.switch for network in networks])
        lines = []
        for switch in self.all_of(Switch, (one for one in ids if one is not None)):
            cells = (
                Cell(visible(switch.name, 80)),
                Cell(self.wording.switch_kind(switch.type)),
                Cell(UNKNOWN if switch.mtu is None else number(switch.mtu), number=True),
                Cell(visible(", ".join(switch.uplinks), 120) or self.tr("none")),
            )
            lines.append(Line(switch.id, cells))
        columns = (self.tr("Switch"), self.tr("Type"), self.tr("MTU"), self.tr("Uplinks"))
        return Table(self.tr("Switches"), columns, (30, 16, 10, 40), tuple(lines), self.tr("None known."))

    def _networks(self, host: Host) -> list[Network]:
        """Those known to reach this host: by their own word, or because its VMs are plugged in."""
        vms = self.all_of(VM, self.gather(host.id, "vm"))
        used = {nic.network for vm in vms for nic in vm.nics if nic.network is not None}
        cluster = self.find(host.cluster)
        datacenter = host.datacenter or (cluster.datacenter if isinstance(cluster, Cluster) else None)
        near: list[EntityId] = []
        for place in (datacenter, *(nic.switch for nic in host.nics)):
            near += self.gather(place, "network") if place is not None else []
        found = {
            one.id: one
            for one in self.all_of(Network, (*used, *near))
            if one.id in used or host.id in one.hosts or host.id in one.host_vlans
        }
        return sorted(found.values(), key=lambda network: network.name)

    def _network_table(self, host: Host, networks: list[Network]) -> Table:
        here = set(self.gather(host.id, "vm"))
        lines = []
        for network in networks:
            vlan = network.host_vlans.get(host.id, network.vlan)
            cells = (
                self.named_cell(network.id),
                Cell(self.wording.vlan(vlan)),
                Cell(self.wording.network_kind(network.type)),
                Cell(self.name(network.switch)),
                Cell(number(len(here.intersection(self.gather(network.id, "vm")))), number=True),
            )
            lines.append(Line(network.id, cells, network.id))
        columns = (
            self.tr("Network"),
            self.tr("VLAN here"),
            self.tr("Type"),
            self.tr("Switch"),
            self.tr("VMs of this host"),
        )
        return Table(self.tr("Networks"), columns, (30, 14, 22, 24, 16), tuple(lines), self.tr("None known."))


class HostStorage(Describer[Host]):
    """The datastores that its VMs use, and those known to be mounted."""

    def describe(self, host: Host) -> Sheet:
        vms = self.all_of(VM, self.gather(host.id, "vm"))
        used = {disk.datastore for vm in vms for disk in vm.disks if disk.datastore is not None}
        cluster = self.find(host.cluster)
        datacenter = host.datacenter or (cluster.datacenter if isinstance(cluster, Cluster) else None)
        near = self.gather(datacenter, "datastore") if datacenter is not None else []
        found = {
            one.id: one for one in self.all_of(Datastore, (*used, *near)) if one.id in used or host.id in one.hosts
        }
        return Sheet(tables=(self.datastores_table(sorted(found.values(), key=lambda one: one.name)),))
