"""The network of a virtual machine: each card in full, the rules of its filters, and where its cards were moved."""

from __future__ import annotations

from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import VM, Filter, FirewallRule, Nic
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Sheet, Table
from vmi_console.gui.panes.sheets.nics import NicDescriber
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, number
from vmi_console.plain_text import visible

DEEPEST = 8  # filters that include others


class VmNetwork(NicDescriber[VM]):
    """One section for each card, then the rules in force, then the moves."""

    def describe(self, vm: VM) -> Sheet:
        changes = (change for change in self.changes_of(vm.id) if change.path.startswith("nics"))
        empty = self.tr("No network card has changed, as far as the log goes.")
        tables = [self.changes_table(self.tr("Changes of the network"), changes, empty)]
        if any(nic.filter for nic in vm.nics):
            tables.insert(0, self._rules(vm))
        return Sheet(sections=tuple(self._nic(vm, nic) for nic in vm.nics), tables=tuple(tables))

    def _nic(self, vm: VM, nic: Nic) -> Section:
        age = self.wording.age(vm.id)
        link, tone = self.link(nic)
        known = self.find(nic.network) is not None
        overrides = nic.port_vlan is not None
        facts = [
            Fact(self.tr("Network"), self.network_of(nic), age, leads=nic.network if known else None),
            Fact(self.tr("VLAN"), self.wording.vlan(nic.vlan), age, Tone.ACCENT if overrides else Tone.PLAIN),
            Fact(self.tr("VLAN from"), self.vlan_origin(vm, nic), age),
            Fact(self.tr("Switch"), self.name(nic.switch), age),
            Fact(self.tr("MAC"), nic.mac or UNKNOWN, age),
        ]
        for place, address in enumerate(nic.addresses[:8]):
            text, tip = self.addresses((address,))
            length = f"/{address.prefix}" if address.prefix is not None else ""
            said = f"{text}{length} · {self.wording.source(address.source)}"
            facts.append(Fact(self.tr("Addresses") if place == 0 else "", said, tip))
        if not nic.addresses:
            facts.append(Fact(self.tr("Addresses"), UNKNOWN, age))
        facts += [
            Fact(self.tr("Link"), link, age, tone),
            Fact(
                self.tr("Blocked"), self.wording.yes_no(nic.blocked), age, Tone.WARNING if nic.blocked else Tone.PLAIN
            ),
            Fact(self.tr("At power-on"), self._at_power_on(nic), age),
            self._filter(nic, age),
            self.text(self.tr("Model"), nic.model, age, 60),
            self.text(self.tr("Reached by"), self.wording.nic_kind(nic.type), age, 60),
        ]
        if nic.port is not None:
            facts.append(self.text(self.tr("Port"), nic.port, age, 60))
        if nic.device:
            facts.append(self.text(self.tr("Host's side"), nic.device, age, 60))
        return Section(visible(nic.label or nic.key, 60), tuple(facts))

    def _at_power_on(self, nic: Nic) -> str:
        if nic.connect_at_power_on is None:
            return UNKNOWN
        return self.tr("connected") if nic.connect_at_power_on else self.tr("not connected")

    def _filter(self, nic: Nic, age: str) -> Fact:
        parameters = ", ".join(f"{key}={value}" for key, value in nic.filter_parameters)
        if not nic.filter:
            unknown = nic.filter is None
            return Fact(self.tr("Filter"), UNKNOWN if unknown else self.tr("none"), age, Tone.MUTED)
        return Fact(self.tr("Filter"), visible(" · ".join(filter(None, (nic.filter, parameters))), 160), age)

    # --- firewall rules -------------------------------------------------------------------------------------------

    def _rules(self, vm: VM) -> Table:
        columns = (
            self.tr("Filter"),
            self.tr("Order"),
            self.tr("Action"),
            self.tr("Direction"),
            self.tr("Protocol"),
            self.tr("Source"),
            self.tr("Destination"),
            self.tr("Comment"),
        )
        filters = self._filters(vm)
        lines: list[Line] = []
        for one in filters:
            ordered = sorted(one.rules, key=lambda rule: rule.priority or 0)
            lines += [Line(f"{one.id} {place}", self._rule(one, rule)) for place, rule in enumerate(ordered)]
        empty = self.tr("The filter has no rules.") if filters else self.tr("The filter's rules are not known.")
        return Table(self.tr("Firewall rules"), columns, (20, 8, 10, 10, 10, 24, 24, 20), tuple(lines), empty)

    def _filters(self, vm: VM) -> list[Filter]:
        """The filters of the cards and those they include, each once."""
        named = self._filters_by_name(vm.id)
        waiting = [(nic.filter, 0) for nic in vm.nics if nic.filter]
        found: dict[EntityId, Filter] = {}
        while waiting:
            name, depth = waiting.pop(0)
            one = named.get(name)
            if one is not None and one.id not in found:
                found[one.id] = one
                self.find(one.id)
                waiting += [(other, depth + 1) for other in one.includes if depth < DEEPEST]
        return list(found.values())

    def _filters_by_name(self, vm: EntityId) -> dict[str, Filter]:
        if not self.replica.counts["filter"]:
            return {}
        prefix = f"filter/{endpoint_of(vm)}/"
        ids = (entity for entity in self.replica.records if entity.startswith(prefix))
        return {one.name: one for entity in ids if isinstance(one := self.replica.records[entity], Filter)}

    def _rule(self, one: Filter, rule: FirewallRule) -> tuple[Cell, ...]:
        any_ = self.tr("any")
        drops = rule.action in ("drop", "reject")
        return (
            Cell(visible(one.name, 60), tone=Tone.MUTED),
            Cell(UNKNOWN if rule.priority is None else number(rule.priority), number=True),
            Cell(visible(rule.action, 20), tone=Tone.PLAIN, icon="state-unsupported" if drops else ""),
            Cell(visible(rule.direction, 20)),
            Cell(visible(rule.protocol or any_, 20)),
            Cell(" ".join(filter(None, (visible(rule.source or any_, 60), _ports(rule.source_ports))))),
            Cell(" ".join(filter(None, (visible(rule.destination or any_, 60), _ports(rule.destination_ports))))),
            Cell(visible(rule.comment, 120)),
        )


def _ports(ports: tuple[int, int] | None) -> str:
    if ports is None:
        return ""
    low, high = ports
    return f":{low}" if low == high else f":{low}–{high}"
