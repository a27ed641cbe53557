"""The virtual machines on a host, plugged into a network, or with disks on a datastore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from PySide6.QtWidgets import QVBoxLayout, QWidget

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Datastore, Host, Network, Nic
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.panes.sheets.nics import NicDescriber
from vmi_console.gui.replica import Delta, references
from vmi_console.gui.states import look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, number, size
from vmi_console.plain_text import visible


class Member(NamedTuple):
    """A VM as it was found; of those in a network, with the card that is plugged in."""

    vm: VM
    nic: Nic | None = None


class MembersPane(Pane):
    """A list for each kind of place, made when it is first needed. A double click shows the VM."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._words: NicDescriber[VM] = NicDescriber(desk.replica)
        self._lists: dict[str, ItemList[Member]] = {}
        self._kind = ""  # of the place that is shown
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def shown(self) -> ItemList[Member] | None:
        """The one that is shown."""
        return self._lists.get(self._kind)

    def bring_up_to_date(self) -> None:
        place = self.desk.replica.records.get(self.entities[0])
        if place is None:
            return
        members = self._lists.get(place.kind) or self._make(place)
        if self._kind != place.kind:
            self._kind = place.kind
            for kind, other in self._lists.items():
                other.setVisible(kind == place.kind)
        members.items.show_items(self._members(place))
        stale = self.desk.replica.is_stale(place.id)
        members.say(
            self._words.wording.age(place.id) if stale else "",
            self.tr("There is no virtual machine here."),
            Tone.WARNING,
        )

    def concerns(self, delta: Delta) -> bool:
        place = self.entities[0]
        if place in delta.before:
            return True
        records = self.desk.replica.records
        return any(
            record is not None and place in references(record)
            for entity, before in delta.before.items()
            for record in (before, records.get(entity))
        )

    def _members(self, place: AnyRecord) -> Iterator[tuple[str, Member]]:
        records = self.desk.replica.records
        found = [vm for entity in self.desk.replica.referring(place.id, "vm") if isinstance(vm := records[entity], VM)]
        for vm in sorted(found, key=lambda vm: vm.name):
            if not isinstance(place, Network):
                yield vm.id, Member(vm)
                continue
            for nic in vm.nics:
                if nic.network == place.id:
                    yield f"{vm.id} {nic.key}", Member(vm, nic)

    def _make(self, place: AnyRecord) -> ItemList[Member]:
        columns = (*self._columns_of_all(), *self._columns_at(place))
        made = self._lists[place.kind] = ItemList(self.tr("Virtual machines"), columns)
        made.activated.connect(lambda member: self.chosen.emit(member.vm.id))
        self._layout.addWidget(made)
        self.setFocusProxy(made)
        return made

    # --- columns --------------------------------------------------------------------------------------------------

    def _columns_of_all(self) -> tuple[Column[Member], ...]:
        return (
            Column(
                self.tr("Virtual machine"),
                28,
                lambda member: visible(member.vm.name, 80),
                icon=lambda member: look(member.vm).icon,
                tone=self._tone,
            ),
            Column(self.tr("State"), 14, lambda member: self._words.wording.state(member.vm), tone=self._muted),
        )

    def _columns_at(self, place: AnyRecord) -> tuple[Column[Member], ...]:
        words = self._words
        match place:
            case Network():
                return (
                    self._of_card(self.tr("Card"), 20, lambda nic: visible(nic.label or nic.key, 60)),
                    self._of_card(self.tr("VLAN"), 14, lambda nic: words.wording.vlan(nic.vlan)),
                    self._of_card(self.tr("MAC"), 20, lambda nic: nic.mac or UNKNOWN),
                    self._of_card(self.tr("IP addresses"), 28, lambda nic: words.addresses(nic.addresses)[0]),
                    self._of_card(self.tr("Link"), 16, lambda nic: words.link(nic)[0]),
                )
            case Datastore():
                return (
                    self._of_disks(self.tr("Capacity here"), "capacity_bytes"),
                    self._of_disks(self.tr("Allocated here"), "allocated_bytes"),
                )
            case _:
                return (
                    Column(
                        self.tr("CPUs"),
                        7,
                        lambda member: UNKNOWN if member.vm.vcpus is None else number(member.vm.vcpus),
                        lambda member: member.vm.vcpus or -1,
                        number=True,
                    ),
                    Column(
                        self.tr("Memory"),
                        11,
                        lambda member: size(member.vm.memory_bytes),
                        lambda member: member.vm.memory_bytes or -1,
                        number=True,
                    ),
                    Column(self.tr("VLANs"), 16, self._vlans),
                    Column(self.tr("IP addresses"), 28, self._addresses),
                    Column(self.tr("System"), 28, lambda member: visible(member.vm.guest.os or UNKNOWN, 80)),
                )

    def _of_card(self, title: str, width: int, text: Callable[[Nic], str]) -> Column[Member]:
        return Column(title, width, lambda member: text(member.nic) if member.nic is not None else UNKNOWN)

    def _of_disks(self, title: str, field: str) -> Column[Member]:
        total = partial(self._total, field)
        return Column(title, 16, lambda member: size(total(member)), lambda member: total(member) or -1, number=True)

    def _total(self, field: str, member: Member) -> int | None:
        sizes = [getattr(disk, field) for disk in member.vm.disks if disk.datastore == self.entities[0]]
        known = [count for count in sizes if count is not None]
        return sum(known) if known else None

    def _vlans(self, member: Member) -> str:
        vlans = dict.fromkeys(self._words.wording.vlan(nic.vlan) for nic in member.vm.nics)
        return ", ".join(vlans) or self.tr("none")

    def _addresses(self, member: Member) -> str:
        return self._words.addresses(address for nic in member.vm.nics for address in nic.addresses)[0]

    def _tone(self, member: Member) -> Tone:
        """Of the icon."""
        stale = self.desk.replica.is_stale(member.vm.id) and look(member.vm).tone is Tone.GOOD
        return Tone.MUTED if stale else look(member.vm).tone

    def _muted(self, member: Member) -> Tone:
        """Of the word: what is as usual is quiet."""
        seen = look(member.vm)
        return Tone.MUTED if seen.calm or self.desk.replica.is_stale(member.vm.id) else seen.tone


HOLDS_VMS = (Host, Network, Datastore)
"""The places that VMs are found at."""
