"""The advanced settings of a virtual machine: names and values, to be searched."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from vmi_console.estate.records import VM
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import Wording
from vmi_console.plain_text import visible


class SettingsPane(Pane):
    """One row for each setting. That they are not known is told from that there are none."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._wording = Wording(desk.replica)
        self.list = ItemList[tuple[str, str]](
            self.tr("Settings"),
            (
                Column(self.tr("Setting"), 50, lambda pair: visible(pair[0], 160)),
                Column(self.tr("Value"), 60, lambda pair: visible(pair[1], 400)),
            ),
        )
        self.setFocusProxy(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)

    def bring_up_to_date(self) -> None:
        vm = self.desk.replica.records.get(self.entities[0])
        if not isinstance(vm, VM):
            return
        self.list.items.show_items((key, (key, value)) for key, value in sorted((vm.settings or {}).items()))
        stale = self.desk.replica.is_stale(vm.id)
        why = (
            self.tr("The settings of this VM are not known: the hypervisor does not tell them.")
            if vm.settings is None
            else self.tr("No advanced setting is set.")
        )
        self.list.say(self._wording.age(vm.id), why, Tone.WARNING if stale else Tone.MUTED)
