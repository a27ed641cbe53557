"""What is said of virtual network cards, wherever they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vmi_console.estate.changes import Change
from vmi_console.estate.effective import GUEST_TAGGING, WITHOUT_PORT
from vmi_console.estate.records import VM, Address, Network, Nic, NicKind, Record
from vmi_console.gui.panes.sheets.describer import Describer
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, clock
from vmi_console.plain_text import visible

AT_ONCE = timedelta(seconds=2)  # changes of one card this close to each other are one move


class NicDescriber[Subject: Record](Describer[Subject]):
    """Words for network cards."""

    def network_of(self, nic: Nic) -> str:
        """What the card is plugged into."""
        if nic.type is NicKind.NONE:
            return self.tr("not plugged in")
        return visible(nic.network_name or nic.source or "", 80) or (self.name(nic.network) if nic.network else UNKNOWN)

    def vlan_origin(self, vm: VM, nic: Nic) -> str:
        """Where the card's effective VLAN comes from."""
        network = self.find(nic.network)
        if nic.port_vlan is not None:
            return self.tr("set on the port itself, over the network's own")
        if nic.network is None and nic.type in WITHOUT_PORT:
            return self.tr("has no Ethernet port")
        if not isinstance(network, Network):
            return self.tr("not known")
        own = network.host_vlans.get(vm.host) if vm.host is not None else None
        if GUEST_TAGGING in (own, network.vlan):
            return self.tr("the guest tags: {0} passes all (4095)").format(self.name(nic.network))
        if own is not None and own != network.vlan:
            return self.tr("{0}, as set on {1}").format(self.name(nic.network), self.name(vm.host))
        if network.vlan is None and own is None and network.parent is not None:
            return self.tr("{0}, through {1}").format(self.name(network.parent), self.name(nic.network))
        return self.name(nic.network)

    def link(self, nic: Nic) -> tuple[str, Tone]:
        """Whether frames pass."""
        if nic.type is NicKind.NONE:
            return self.tr("not plugged in"), Tone.MUTED
        if nic.connected is False:
            return self.tr("disconnected"), Tone.WARNING
        if nic.link_up is False:
            return self.tr("link down"), Tone.WARNING
        if nic.connected or nic.link_up:
            return self.tr("up"), Tone.GOOD
        return UNKNOWN, Tone.MUTED

    def addresses(self, addresses: Iterable[Address]) -> tuple[str, str]:
        """Addresses in one line, and each with its source for a tooltip."""
        known = tuple(addresses)
        lines = []
        for address in known:
            length = f"/{address.prefix}" if address.prefix is not None else ""
            lines.append(f"{visible(address.ip, 60)}{length} · {self.wording.source(address.source)}")
        return visible(", ".join(address.ip for address in known), 160) or UNKNOWN, "\n".join(lines)

    def moves(self, nic: Nic, changes: Iterable[Change]) -> list[Change]:
        """The changes (newest first) that brought the card to another VLAN or network."""
        paths = (f"nics[{nic.key}].vlan", f"nics[{nic.key}].network")
        return [change for change in changes if change.path in paths]

    def last_move(self, moves: list[Change]) -> tuple[Change | None, Change | None]:
        """Of these the newest change of VLAN and of network, where both came at once."""
        vlan = next((change for change in moves if change.path.endswith(".vlan")), None)
        network = next((change for change in moves if change.path.endswith(".network")), None)
        if vlan is not None and network is not None:
            apart = vlan.observed_at - network.observed_at
            if apart > AT_ONCE:
                network = None
            elif apart < -AT_ONCE:
                vlan = None
        return vlan, network

    def moved_when(self, change: Change) -> str:
        """When and by whom."""
        at = clock(change.occurred_at or change.observed_at)
        return self.tr("{0} by {1}").format(at, visible(change.actor, 60)) if change.actor else at
