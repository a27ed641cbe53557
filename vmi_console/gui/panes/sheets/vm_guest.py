"""The overview of what is known from inside a guest: by the hypervisor's word, and by looking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vmi_console.estate.facts import FactSet, Guest, Look, Looked
from vmi_console.estate.records import VM
from vmi_console.gui.panes.sheet import Card, Cell, Fact, Line, Remark, Section, Sheet, Table
from vmi_console.gui.panes.sheets.nics import NicDescriber
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import FACT_SETS, UNKNOWN, moment, number, size
from vmi_console.plain_text import visible


class VmGuest(NicDescriber[VM]):
    """Two sections that may disagree, and what was looked at.

    `found` is what the engine answered last; `waits` says what the next look waits for, if it waits.
    """

    def __init__(self, replica: Replica) -> None:
        super().__init__(replica)
        self.found: Guest | None = None
        self.waits = ""

    def describe(self, vm: VM) -> Sheet:
        sections = (self._told(vm), self._inside())
        return Sheet(cards=self._contradictions(), sections=sections, tables=(self._looked(), self._costs()))

    def _contradictions(self) -> tuple[Card, ...]:
        """What two sources cannot both be right about."""
        if self.found is None or not self.found.contradictions:
            return ()
        remarks = tuple(
            Remark(f"{visible(each.matter, 60)}: {visible(each.one, 120)} ≠ {visible(each.other, 120)}")
            for each in self.found.contradictions
        )
        return (Card(self.tr("Sources that contradict each other"), "state-degraded", remarks, Tone.WARNING),)

    def _told(self, vm: VM) -> Section:
        guest = vm.guest
        source = self.wording.source(guest.source) or self.tr("told by the hypervisor")
        tip = " · ".join(filter(None, (source, self.wording.ago(guest.read_at))))
        facts = [
            self.text(self.tr("System"), guest.os or guest.os_id, tip),
            self.text(self.tr("Kernel"), guest.kernel, tip),
            self.text(self.tr("Host name"), guest.hostname, tip),
            Fact(self.tr("Tools"), self.wording.tools(guest), tip),
        ]
        addresses = [address for nic in vm.nics for address in nic.addresses]
        for place, address in enumerate(addresses[:12]):
            text, _ = self.addresses((address,))
            said = f"{text} · {self.wording.source(address.source)}"
            facts.append(Fact(self.tr("Addresses") if place == 0 else "", said))
        if not addresses:
            facts.append(Fact(self.tr("Addresses"), UNKNOWN))
        return Section(self.tr("Told from outside"), tuple(facts))

    def _inside(self) -> Section:
        section = self._found_inside()
        if not self.waits:
            return section
        waits = Fact(self.tr("Next look"), self.tr("waits: {0}").format(self.waits), tone=Tone.MUTED)
        return replace(section, facts=(*section.facts, waits))

    def _found_inside(self) -> Section:
        title = self.tr("Found inside")
        if self.found is None:
            return Section(title, (Fact(self.tr("System"), self.tr("not looked yet"), tone=Tone.MUTED),))
        facts = self.found.os
        tip = self.wording.looked(facts)
        if facts.status is not Looked.READ or not facts.items:
            tone = Tone.WARNING if facts.status is Looked.UNREADABLE else Tone.MUTED
            return Section(title, (Fact(self.tr("System"), tip, tone=tone),))
        system = facts.items[0]
        return Section(
            title,
            (
                self.text(self.tr("System"), f"{system.name} {system.version}".strip(), tip),
                self.text(self.tr("Kernel"), system.kernel, tip),
                self.text(self.tr("Host name"), system.hostname, tip),
                Fact(self.tr("Started"), moment(system.booted_at), self.wording.ago(system.booted_at)),
                Fact(
                    self.tr("Last change"),
                    moment(system.software_changed_at),
                    self.wording.ago(system.software_changed_at),
                ),
                self.text(self.tr("Source"), self.wording.source(facts.source), tip),
                Fact(self.tr("Looked"), moment(facts.read_at), self.wording.ago(facts.read_at)),
            ),
        )

    def _looked(self) -> Table:
        columns = (self.tr("Facts"), self.tr("Found"), self.tr("State"), self.tr("Looked"))
        lines = tuple(
            Line(field, (Cell(self.wording.fact_set(field)), *self._set(getattr(self.found, field, None))))
            for field in FACT_SETS
        )
        return Table(self.tr("What was looked at"), columns, (20, 10, 60, 26), lines, "")

    def _set(self, facts: FactSet[Any] | None) -> tuple[Cell, ...]:
        if facts is None:
            return Cell(UNKNOWN, number=True), Cell(self.tr("not looked yet"), tone=Tone.MUTED), Cell(UNKNOWN)
        read = facts.status is Looked.READ
        tone = Tone.WARNING if facts.status is Looked.UNREADABLE else Tone.PLAIN if read else Tone.MUTED
        return (
            Cell(number(len(facts.items)) if read else UNKNOWN, number=True),
            Cell(self.wording.looked(facts), tone=tone, icon="state-degraded" if tone is Tone.WARNING else ""),
            Cell(moment(facts.read_at)),
        )

    def _costs(self) -> Table:
        """What the last look cost the hypervisor, by source and way."""
        columns = (
            self.tr("Source"),
            self.tr("Way"),
            self.tr("Read"),
            self.tr("Calls"),
            self.tr("Took"),
            self.tr("State"),
        )
        looks = self.found.looks if self.found is not None else ()
        lines = tuple(
            Line(
                look.key,
                (
                    Cell(self.wording.source(look.source)),
                    Cell(visible(look.way, 40) or UNKNOWN),
                    Cell(size(look.read_bytes), number=True),
                    Cell(number(look.calls), number=True),
                    Cell(self.tr("{0} s").format(f"{look.seconds:.2f}"), number=True),
                    self._outcome(look),
                ),
            )
            for look in looks
        )
        empty = self.tr("Nothing was read at the last look: nothing had been written since.")
        return Table(self.tr("What the last look cost"), columns, (30, 18, 12, 10, 10, 56), lines, empty)

    def _outcome(self, look: Look) -> Cell:
        if look.status is Looked.READ:
            return Cell(self.tr("read"), self.wording.ago(look.at))
        because = visible(look.because, 200) or self.tr("not known why")
        return Cell(self.tr("unreadable: {0}").format(because), tone=Tone.WARNING, icon="state-degraded")
