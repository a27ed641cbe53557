"""The sets of facts about a guest as lists: what their columns are, and what is said where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import QObject

from vmi_console.estate.facts import (
    Application,
    Autostart,
    FactSet,
    Guest,
    GuestAddress,
    KernelModule,
    Looked,
    Patch,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)
from vmi_console.estate.records import Part
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.panes.newest import NewestChanges
from vmi_console.gui.panes.process_tree import family
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import FACT_SETS, UNKNOWN, Wording, moment, size
from vmi_console.plain_text import visible


class FactSets(QObject):
    """Knows the sets by the names of their fields in `Guest`."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._wording = Wording(replica)
        self.newest = NewestChanges()
        self._depths: dict[str, int] = {}  # of processes, by their keys
        self.titles = {field: self._wording.fact_set(field) for field in FACT_SETS}

    def of(self, guest: Guest, field: str) -> FactSet[Part]:
        """One set of a guest."""
        return cast(FactSet[Part], getattr(guest, field))

    def make_list(self, field: str) -> ItemList[Part]:
        """An empty list with the columns of a set."""
        return ItemList(self.titles[field], self._columns(field))

    def fill(self, shown: ItemList[Part], field: str, guest: Guest | None, *, asking: bool, failure: str) -> None:
        """Shows the set of a guest, or says why there is none."""
        if guest is None:
            shown.items.show_items(())
            never = self.tr("Nobody has looked inside this guest yet.")
            shown.say("", self.tr("Looking it up…") if asking else failure or never)
            return
        facts = self.of(guest, field)
        items = facts.items if facts.status is Looked.READ else ()
        if field == "processes":
            items = self._below_their_parents(cast(tuple[Process, ...], items))
        shown.items.show_items((str(getattr(item, "key", "")), item) for item in items)
        read = facts.status is Looked.READ
        why = self.tr("There are none.") if read else self._wording.looked(facts)
        unreadable = facts.status is Looked.UNREADABLE
        shown.say(failure or self._wording.looked(facts), why, Tone.WARNING if failure or unreadable else Tone.MUTED)

    def _below_their_parents(self, processes: tuple[Process, ...]) -> tuple[Process, ...]:
        hanging = family(processes)
        self._depths = {process.key: depth for process, depth in hanging}
        return tuple(process for process, _ in hanging)

    # --- columns --------------------------------------------------------------------------------------------------

    def _columns(self, field: str) -> tuple[Column[Any], ...]:
        match field:
            case "applications":
                return self._applications()
            case "services":
                return self._services()
            case "users":
                return self._users()
            case "patches":
                return self._patches()
            case "processes":
                return self._processes()
            case "sockets":
                return self._sockets()
            case "addresses":
                return self._addresses()
            case "settings":
                return self._settings()
            case "autostart":
                return self._autostart()
            case "modules":
                return self._modules()
            case _:
                return self._signs()

    def _applications(self) -> tuple[Column[Application], ...]:
        return (
            Column(self.tr("Application"), 36, lambda item: visible(item.name, 120)),
            Column(self.tr("Version"), 30, lambda item: visible(item.version, 80) or UNKNOWN),
            Column(self.tr("Architecture"), 14, lambda item: visible(item.arch, 30) or UNKNOWN),
            Column(self.tr("Source package"), 24, lambda item: visible(item.source_name or item.name, 80)),
            Column(self.tr("Installed by"), 14, lambda item: visible(item.manager, 30) or UNKNOWN),
            Column(self.tr("Newest change"), 30, self.newest.text, self.newest.order),
        )

    def _services(self) -> tuple[Column[Service], ...]:
        yes_no = self._wording.yes_no
        return (
            Column(self.tr("Service"), 44, lambda item: visible(item.name, 120)),
            Column(self.tr("Starts by itself"), 16, lambda item: yes_no(item.enabled)),
            Column(self.tr("Runs"), 12, lambda item: yes_no(item.running)),
            Column(self.tr("State"), 20, lambda item: visible(item.state, 40) or UNKNOWN),
            Column(self.tr("Unit"), 44, lambda item: visible(item.unit, 120) or UNKNOWN),
        )

    def _users(self) -> tuple[Column[User], ...]:
        yes_no = self._wording.yes_no
        return (
            Column(self.tr("User"), 36, lambda item: visible(item.name, 120)),
            Column(
                self.tr("Number"),
                12,
                lambda item: UNKNOWN if item.uid is None else str(item.uid),
                lambda item: -1 if item.uid is None else item.uid,
                number=True,
            ),
            Column(self.tr("Administrator"), 16, lambda item: yes_no(item.administrator)),
            Column(self.tr("Locked"), 16, lambda item: yes_no(item.locked)),
            Column(self.tr("Password"), 14, lambda item: visible(item.password, 20) or UNKNOWN),
            Column(self.tr("SSH keys"), 12, *_count(lambda item: item.keys), number=True),
            Column(self.tr("Shell"), 30, lambda item: visible(item.shell, 80) or UNKNOWN),
        )

    def _patches(self) -> tuple[Column[Patch], ...]:
        return (
            Column(self.tr("Patch"), 44, lambda item: visible(item.name, 120)),
            Column(
                self.tr("Installed"),
                26,
                lambda item: moment(item.installed_at),
                lambda item: item.installed_at.timestamp() if item.installed_at is not None else 0.0,
            ),
        )

    def _processes(self) -> tuple[Column[Process], ...]:
        return (
            Column(self.tr("PID"), 8, lambda item: str(item.pid), lambda item: item.pid, number=True),
            Column(
                self.tr("Process"),
                28,
                lambda item: visible(item.name, 80),
                depth=lambda item: self._depths.get(item.key, 0),
            ),
            Column(self.tr("User"), 16, lambda item: visible(item.user or UNKNOWN, 60)),
            Column(self.tr("Service"), 20, lambda item: visible(item.service or UNKNOWN, 60)),
            Column(self.tr("Command"), 60, lambda item: visible(item.command, 400) or UNKNOWN),
        )

    def _sockets(self) -> tuple[Column[Socket], ...]:
        return (
            Column(self.tr("Port"), 8, lambda item: str(item.port), lambda item: item.port, number=True),
            Column(self.tr("Protocol"), 10, lambda item: visible(item.protocol, 20)),
            Column(self.tr("Address"), 28, lambda item: visible(item.address, 60) or self.tr("any")),
            Column(self.tr("Process"), 30, lambda item: visible(item.process or UNKNOWN, 80)),
            Column(self.tr("Network"), 24, lambda item: visible(item.network, 80) or self.tr("the guest's own")),
        )

    def _addresses(self) -> tuple[Column[GuestAddress], ...]:
        return (
            Column(self.tr("Interface"), 24, lambda item: visible(item.interface, 60)),
            Column(self.tr("Address"), 44, lambda item: visible(item.address, 80)),
            Column(self.tr("MAC"), 24, lambda item: visible(item.mac or UNKNOWN, 30)),
        )

    def _settings(self) -> tuple[Column[Setting], ...]:
        return (
            Column(self.tr("Setting"), 44, lambda item: visible(item.name, 120)),
            Column(self.tr("Value"), 60, lambda item: visible(item.value, 200)),
        )

    def _autostart(self) -> tuple[Column[Autostart], ...]:
        return (
            Column(self.tr("Written down in"), 36, lambda item: visible(item.name, 120)),
            Column(self.tr("When"), 24, lambda item: visible(item.schedule, 80) or UNKNOWN),
            Column(self.tr("User"), 14, lambda item: visible(item.user or UNKNOWN, 60)),
            Column(self.tr("Command"), 60, lambda item: visible(item.command, 400) or UNKNOWN),
        )

    def _modules(self) -> tuple[Column[KernelModule], ...]:
        return (
            Column(self.tr("Kernel module"), 36, lambda item: visible(item.name, 80)),
            Column(
                self.tr("Size"), 14, lambda item: size(item.size_bytes), lambda item: item.size_bytes or 0, number=True
            ),
            Column(self.tr("Taints"), 20, lambda item: visible(item.taints, 20)),
        )

    def _signs(self) -> tuple[Column[Sign], ...]:
        return (
            Column(self.tr("Sign"), 36, lambda item: visible(item.name, 120)),
            Column(self.tr("What was seen"), 80, lambda item: visible(item.detail, 400)),
        )


def _count(
    parts: Callable[[Any], tuple[str, ...] | None],
) -> tuple[Callable[[Any], str], Callable[[Any], int]]:
    """How many there are, as text and to sort by; not known is less than none."""

    def text(item: Any) -> str:
        found = parts(item)
        return UNKNOWN if found is None else str(len(found))

    def rank(item: Any) -> int:
        found = parts(item)
        return -1 if found is None else len(found)

    return text, rank
