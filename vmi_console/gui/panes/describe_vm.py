"""What a pane says about a virtual machine."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject

from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Address, Disk, Nic, NicKind, Power, Snapshot
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Table
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import POWER, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, Wording, clock, moment, number, size
from vmi_console.plain_text import visible


class VmSheet(QObject):
    """Sections and tables of one VM."""

    def __init__(self, replica: Replica, wording: Wording) -> None:
        super().__init__()
        self._replica = replica
        self._wording = wording

    def sections(self, vm: VM) -> tuple[Section, ...]:
        return (self._machine(vm), self._guest(vm), self._hardware(vm), self.load(vm.id), self._identity(vm))

    def tables(self, vm: VM) -> tuple[Table, ...]:
        return self._nics(vm), self._disks(vm), self._snapshots(vm)

    # --- sections -------------------------------------------------------------------------------------------------

    def _machine(self, vm: VM) -> Section:
        age = self._wording.age(vm.id)
        facts = [
            Fact(self.tr("Power"), POWER[vm.power].word, age, POWER[vm.power].tone),
            Fact(self.tr("Host"), self._wording.name(vm.host), age),
            Fact(self.tr("Booted"), moment(vm.booted_at) if vm.power is not Power.OFF else UNKNOWN, age),
            Fact(self.tr("Created"), moment(vm.created_at), age),
        ]
        if vm.access is not Access.CONNECTED:
            facts.insert(1, Fact(self.tr("Access"), look(vm).word, age, Tone.WARNING))
        if vm.folder:
            facts.append(Fact(self.tr("Folder"), visible(vm.folder, 120), age))
        if vm.resource_pool:
            facts.append(Fact(self.tr("Resource pool"), visible(vm.resource_pool, 120), age))
        tags = visible(", ".join(vm.tags), 160)
        facts.append(Fact(self.tr("Tags"), tags or self.tr("none"), age, Tone.PLAIN if tags else Tone.MUTED))
        if vm.labels:
            facts.append(Fact(self.tr("Labels"), visible(", ".join(vm.labels), 160), self.tr("put here by operators")))
        if vm.annotation:
            facts.append(Fact(self.tr("Notes"), visible(vm.annotation), age))
        return Section(self.tr("Virtual machine"), tuple(facts))

    def _guest(self, vm: VM) -> Section:
        guest = vm.guest
        tip = " · ".join(filter(None, (self._wording.source(guest.source), self._wording.ago(guest.read_at))))
        tip = tip or self._wording.age(vm.id)
        tools = self.tr("not known") if guest.tools is None else guest.tools.value
        if guest.tools_version:
            tools = f"{tools} ({visible(guest.tools_version, 40)})"
        addresses = [address.ip for nic in vm.nics for address in nic.addresses]
        return Section(
            self.tr("Guest"),
            (
                Fact(self.tr("System"), visible(guest.os or guest.os_id or UNKNOWN, 120), tip),
                Fact(self.tr("Kernel"), visible(guest.kernel or UNKNOWN, 80), tip),
                Fact(self.tr("Host name"), visible(guest.hostname or UNKNOWN, 120), tip),
                Fact(self.tr("Addresses"), visible(", ".join(addresses), 160) or UNKNOWN, tip),
                Fact(self.tr("Tools"), tools, tip),
            ),
        )

    def _hardware(self, vm: VM) -> Section:
        age = self._wording.age(vm.id)
        firmware = visible(vm.firmware or UNKNOWN, 40)
        if vm.secure_boot:
            firmware = self.tr("{0}, secure boot").format(firmware)
        facts = [
            Fact(self.tr("Virtual CPUs"), UNKNOWN if vm.vcpus is None else number(vm.vcpus), age),
            Fact(self.tr("Memory"), size(vm.memory_bytes), age),
            Fact(self.tr("Disks"), size(_sum(disk.capacity_bytes for disk in vm.disks if disk.device == "disk")), age),
            Fact(self.tr("Firmware"), firmware, age),
            Fact(self.tr("Machine"), visible(vm.hardware or UNKNOWN, 80), age),
        ]
        facts += [
            Fact(
                self.tr("Passed through") if device.passthrough else self.tr("Device"),
                visible(" ".join(filter(None, (device.type, device.label))), 120),
                age,
            )
            for device in vm.devices[:12]
        ]
        return Section(self.tr("Hardware"), tuple(facts))

    def load(self, entity: EntityId) -> Section:
        """The newest load of a host or VM."""
        sample = self._replica.samples.get(entity)
        cpu = memory = disk = net = UNKNOWN
        tip = ""
        if sample is not None:
            tip = self.tr("measured {0}").format(self._wording.ago(sample.at))
            if sample.cpu_percent is not None:
                cpu = f"{sample.cpu_percent:.0f} %"
            if sample.memory_used_bytes is not None:
                memory = self.tr("{0} of {1}").format(size(sample.memory_used_bytes), size(sample.memory_bytes))
            if sample.disk_read_bytes_per_s is not None:
                disk = _flow(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s)
            if sample.net_receive_bytes_per_s is not None:
                net = _flow(sample.net_receive_bytes_per_s, sample.net_transmit_bytes_per_s)
        return Section(
            self.tr("Load"),
            (
                Fact(self.tr("CPU"), cpu, tip),
                Fact(self.tr("Memory"), memory, tip),
                Fact(self.tr("Disk read, write"), disk, tip),
                Fact(self.tr("Network in, out"), net, tip),
            ),
        )

    def _identity(self, vm: VM) -> Section:
        age = self._wording.age(vm.id)
        facts = [Fact(self.tr("UUID"), visible(vm.uuid or UNKNOWN, 60), age)]
        if vm.instance_uuid:
            facts.append(Fact(self.tr("Instance UUID"), visible(vm.instance_uuid, 60), age))
        facts += [Fact(visible(key, 40), visible(value, 160), age) for key, value in list(vm.attributes.items())[:12]]
        return Section(self.tr("Identity"), tuple(facts))

    # --- tables ---------------------------------------------------------------------------------------------------

    def _nics(self, vm: VM) -> Table:
        columns = (
            self.tr("Card"),
            self.tr("Network"),
            self.tr("VLAN"),
            self.tr("MAC"),
            self.tr("IP addresses"),
            self.tr("Link"),
            self.tr("Switch"),
            self.tr("Filter"),
            self.tr("Moved"),
        )
        changes = [change for change in reversed(self._replica.changes) if change.entity == vm.id]
        lines = tuple(Line(nic.key, (*self.nic_cells(nic), self._move(nic, changes)), nic.network) for nic in vm.nics)
        return Table(self.tr("Network cards"), columns, (15, 13, 11, 19, 16, 6, 13, 12, 30), lines, self.tr("None."))

    def _move(self, nic: Nic, changes: list[Change]) -> Cell:
        """When the card last came to another VLAN or network, from where, and who did it, as far as the log goes."""
        vlan, network = f"nics[{nic.key}].vlan", f"nics[{nic.key}].network"
        moves = [change for change in changes if change.path in (vlan, network)]
        if not moves:
            return Cell("")
        newest = moves[0].observed_at  # both may change at once: the VLAN is what counts
        move = next((one for one in moves if one.path == vlan and one.observed_at == newest), moves[0])
        before, after = self._wording.value(move.before), self._wording.value(move.after)
        at = clock(move.occurred_at or move.observed_at)
        when = self.tr("{0} by {1}").format(at, visible(move.actor, 60)) if move.actor else at
        tip = "\n".join(f"{self._wording.action(one)}: {self._told(one)}" for one in moves[:8])
        return Cell(f"{before} → {after} · {when}", tip, Tone.MUTED)

    def _told(self, change: Change) -> str:
        before, after = self._wording.value(change.before), self._wording.value(change.after)
        who = visible(change.actor, 60) if change.actor else self.tr("by whom is not known")
        return f"{before} → {after} · {moment(change.occurred_at or change.observed_at)} · {who}"

    def nic_cells(self, nic: Nic) -> tuple[Cell, ...]:
        """Card, network, VLAN, MAC, addresses, link, switch, filter."""
        network = nic.network_name or nic.source or (self._wording.name(nic.network) if nic.network else "")
        where = ""
        if nic.port_vlan is not None:
            where = self.tr("set on the port itself, over the network's own")
        model = visible(" · ".join(filter(None, (nic.model, nic.device))), 80)
        link, tone = self._link(nic)
        return (
            Cell(visible(nic.label or nic.key, 60), model),
            Cell(visible(network, 80) or UNKNOWN, nic.type.value),
            Cell(self._wording.vlan(nic.vlan), where, Tone.ACCENT if nic.port_vlan is not None else Tone.PLAIN),
            Cell(nic.mac or UNKNOWN),
            Cell(
                visible(", ".join(address.ip for address in nic.addresses), 120) or UNKNOWN,
                "\n".join(self._address(address) for address in nic.addresses),
            ),
            Cell(link, tone=tone),
            Cell(self._wording.name(nic.switch) if nic.switch else UNKNOWN),
            Cell(visible(nic.filter, 60) if nic.filter else self.tr("none"), tone=_muted_if(not nic.filter)),
        )

    def _link(self, nic: Nic) -> tuple[str, Tone]:
        if nic.type is NicKind.NONE:
            return self.tr("not plugged in"), Tone.MUTED
        if nic.connected is False:
            return self.tr("disconnected"), Tone.WARNING
        if nic.link_up is False:
            return self.tr("link down"), Tone.WARNING
        if nic.connected or nic.link_up:
            return self.tr("up"), Tone.GOOD
        return UNKNOWN, Tone.MUTED

    def _address(self, address: Address) -> str:
        length = f"/{address.prefix}" if address.prefix is not None else ""
        return f"{visible(address.ip, 60)}{length} · {self._wording.source(address.source)}"

    def _disks(self, vm: VM) -> Table:
        columns = (
            self.tr("Disk"),
            self.tr("Capacity"),
            self.tr("Used"),
            self.tr("Format"),
            self.tr("Bus"),
            self.tr("Datastore"),
            self.tr("Path"),
        )
        lines = tuple(Line(disk.key, self._disk(disk), disk.datastore) for disk in vm.disks)
        return Table(self.tr("Disks"), columns, (16, 11, 11, 10, 10, 18, 40), lines, self.tr("None."))

    def _disk(self, disk: Disk) -> tuple[Cell, ...]:
        path = UNKNOWN if disk.path is None else visible(disk.path, 200) or self.tr("empty drive")
        traits = [
            word
            for is_so, word in (
                (disk.readonly, self.tr("read-only")),
                (disk.shareable, self.tr("shared")),
                (disk.encrypted, self.tr("encrypted")),
            )
            if is_so
        ]
        name = visible(disk.label or disk.key, 60)
        return (
            Cell(name if disk.device == "disk" else f"{name} ({visible(disk.device, 20)})", ", ".join(traits)),
            Cell(size(disk.capacity_bytes), number=True),
            Cell(size(disk.allocated_bytes), number=True),
            Cell(visible(disk.format or UNKNOWN, 20)),
            Cell(visible(disk.bus or UNKNOWN, 20)),
            Cell(self._wording.name(disk.datastore) if disk.datastore else UNKNOWN),
            Cell(path, "\n".join((path, *(self.tr("on {0}").format(visible(parent)) for parent in disk.backing)))),
        )

    def _snapshots(self, vm: VM) -> Table:
        columns = (self.tr("Snapshot"), self.tr("Taken"), self.tr("Size"), self.tr("State"), self.tr("Description"))
        lines = tuple(Line(snapshot.key, self._snapshot(snapshot)) for snapshot in vm.snapshots)
        return Table(self.tr("Snapshots"), columns, (28, 26, 11, 14, 30), lines, self.tr("None."))

    def _snapshot(self, snapshot: Snapshot) -> tuple[Cell, ...]:
        name = visible(snapshot.name or snapshot.key, 80)
        return (
            Cell(self.tr("{0} (current)").format(name) if snapshot.current else name),
            Cell(moment(snapshot.created_at), self._wording.ago(snapshot.created_at)),
            Cell(size(snapshot.size_bytes), number=True),
            Cell(POWER[snapshot.power].word if snapshot.power else UNKNOWN),
            Cell(visible(snapshot.description, 160)),
        )


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = [count for count in sizes if count is not None]
    return sum(known) if known else None


def _flow(one: float | None, other: float | None) -> str:
    return " · ".join(f"{size(round(rate))}/s" if rate is not None else UNKNOWN for rate in (one, other))


def _muted_if(muted: bool) -> Tone:
    return Tone.MUTED if muted else Tone.PLAIN
