"""The summary of a virtual machine: what it is, where it is, what is inside, what changed and who did it."""

from __future__ import annotations

from datetime import timedelta

from vmi_console.collectors.quarantine import RECORD_PREFIX
from vmi_console.estate.changes import Change
from vmi_console.estate.records import VM, Access, Nic, Power, ToolsState
from vmi_console.gui.panes.sheet import Card, Fact, Remark, Section, Sheet
from vmi_console.gui.panes.sheets.nics import NicDescriber
from vmi_console.gui.states import POWER, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, moment, number, size
from vmi_console.plain_text import visible

CARDS = 8
"""Network cards that have a card in the summary: all of them are in the network pane."""

SNAPSHOT_GETS_OLD = timedelta(days=3)
"""VMware advises to keep no snapshot for longer (knowledge base 1025279)."""


class VmSummary(NicDescriber[VM]):
    """Figures of load; a card for each network card and for what needs attention; facts; newest changes."""

    def describe(self, vm: VM) -> Sheet:
        changes = list(self.changes_of(vm.id))
        cards = (
            *self._attention(vm),
            *self.alarms(vm),
            *(self._nic(vm, nic, changes) for nic in vm.nics[:CARDS]),
            *self._snapshots(vm),
        )
        return Sheet(
            figures=self.load(vm.id),
            cards=cards,
            sections=(self._machine(vm), self._inside(vm), self._size(vm)),
            tables=(self.newest_changes(vm.id),),
        )

    # --- cards ----------------------------------------------------------------------------------------------------

    def _nic(self, vm: VM, nic: Nic, changes: list[Change]) -> Card:
        link, tone = self.link(nic)
        vlan, network = self.last_move(self.moves(nic, changes))
        place = self.network_of(nic)
        if network is not None:
            place = f"{self.wording.value(network.before)} → {place}"
        tag = self.wording.vlan(nic.vlan)
        if vlan is not None:
            tag = f"{self.wording.value(vlan.before)} → {tag}"
        move = vlan or network
        where = Remark(
            self.tr("{0} · VLAN {1}").format(place, tag),
            self.tr("VLAN from: {0}").format(self.vlan_origin(vm, nic)),
            Tone.PLAIN if move is None else Tone.ACCENT,
            strong=True,
        )
        addresses, sources = self.addresses(nic.addresses)
        remarks = [where, Remark(f"{nic.mac or UNKNOWN} · {addresses}", sources, Tone.MUTED)]
        if nic.blocked:
            remarks.append(Remark(self.tr("blocked: its port lets nothing pass"), tone=Tone.WARNING))
        if tone is Tone.WARNING:
            remarks.append(Remark(link, tone=tone))
        if move is not None:
            told = "\n".join(self.told(change) for change in (vlan, network) if change is not None)
            remarks.append(Remark(self.tr("changed {0}").format(self.moved_when(move)), told))
        leads = nic.network if self.find(nic.network) is not None else None
        return Card(visible(nic.label or nic.key, 60), "network", tuple(remarks), Tone.MUTED, leads)

    def _snapshots(self, vm: VM) -> tuple[Card, ...]:
        if not vm.snapshots:
            return ()
        taken = [snapshot.created_at for snapshot in vm.snapshots if snapshot.created_at is not None]
        sizes = [snapshot.size_bytes for snapshot in vm.snapshots if snapshot.size_bytes is not None]
        oldest = min(taken, default=None)
        old = oldest is not None and self.replica.now - oldest > SNAPSHOT_GETS_OLD
        age = self.tr("oldest {0}").format(self.wording.ago(oldest)) if oldest is not None else ""
        held = self.tr("{0} in all").format(size(sum(sizes))) if sizes else ""
        remarks = (
            Remark(" · ".join(filter(None, (age, held))) or UNKNOWN, tone=Tone.WARNING if old else Tone.PLAIN),
            Remark(visible(", ".join(snapshot.name for snapshot in vm.snapshots), 120), tone=Tone.MUTED),
        )
        title = self.tr("%Ln snapshot(s)", "", len(vm.snapshots))
        return (Card(title, "snapshot", remarks, Tone.WARNING if old else Tone.MUTED),)

    def _attention(self, vm: VM) -> tuple[Card, ...]:
        """What keeps the console from seeing this VM as it is."""
        if vm.access is Access.CONNECTED:
            return ()
        remark = Remark(self.tr("the hypervisor itself cannot tell how this VM is"), tone=Tone.WARNING)
        return (Card(look(vm).word, "state-degraded", (remark,), Tone.WARNING),)

    # --- facts ----------------------------------------------------------------------------------------------------

    def _machine(self, vm: VM) -> Section:
        age = self.wording.age(vm.id)
        facts = [
            Fact(self.tr("Power"), POWER[vm.power].word, age, POWER[vm.power].tone),
            self.leading(self.tr("Host"), vm.host, age),
            Fact(self.tr("Booted"), moment(vm.booted_at) if vm.power is not Power.OFF else UNKNOWN, age),
            Fact(self.tr("Created"), moment(vm.created_at), age),
        ]
        if vm.folder:
            facts.append(self.text(self.tr("Folder"), vm.folder, age))
        if vm.resource_pool:
            facts.append(self.text(self.tr("Resource pool"), vm.resource_pool, age))
        tags = visible(", ".join(vm.tags), 160)
        facts.append(Fact(self.tr("Tags"), tags or self.tr("none"), age, Tone.PLAIN if tags else Tone.MUTED))
        if vm.labels:
            facts.append(self.text(self.tr("Labels"), ", ".join(vm.labels), self.tr("put here by operators"), 160))
        told = [(key, value) for key, value in vm.attributes.items() if not value.startswith(RECORD_PREFIX)]
        facts += [self.text(visible(key, 40), value, age, 160) for key, value in told[:4]]
        if vm.annotation:
            facts.append(self.text(self.tr("Notes"), vm.annotation, age, 240))
        return Section(self.tr("Virtual machine"), tuple(facts))

    def _inside(self, vm: VM) -> Section:
        guest = vm.guest
        tip = " · ".join(filter(None, (self.wording.source(guest.source), self.wording.ago(guest.read_at))))
        tip = tip or self.wording.age(vm.id)
        tools = self.wording.tools(guest)
        tone = Tone.WARNING if guest.tools is ToolsState.OUTDATED else Tone.PLAIN
        addresses, sources = self.addresses(address for nic in vm.nics for address in nic.addresses)
        return Section(
            self.tr("Guest"),
            (
                self.text(self.tr("System"), guest.os or guest.os_id, tip),
                self.text(self.tr("Kernel"), guest.kernel, tip),
                self.text(self.tr("Host name"), guest.hostname, tip),
                Fact(self.tr("Addresses"), addresses, sources or tip),
                Fact(self.tr("Tools"), tools, tip, tone),
            ),
        )

    def _size(self, vm: VM) -> Section:
        age = self.wording.age(vm.id)
        disks = [disk.capacity_bytes for disk in vm.disks if disk.device == "disk" and disk.capacity_bytes is not None]
        through = sum(device.passthrough for device in vm.devices)
        facts = [
            Fact(self.tr("Virtual CPUs"), UNKNOWN if vm.vcpus is None else number(vm.vcpus), age),
            Fact(self.tr("Memory"), size(vm.memory_bytes), age),
            Fact(self.tr("Disks"), size(sum(disks)) if disks else UNKNOWN, age),
            Fact(self.tr("Network cards"), number(len(vm.nics)), age),
            Fact(self.tr("Firmware"), self.wording.firmware(vm), age),
        ]
        if through:
            facts.append(Fact(self.tr("Passed through"), self.tr("%Ln device(s)", "", through), age))
        return Section(self.tr("Size"), tuple(facts))
