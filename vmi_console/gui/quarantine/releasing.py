"""The dialog before a release: exactly as it was, or a choice where that cannot be."""

from __future__ import annotations

import msgspec
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import moment
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine
from vmi_console.response.ward import Choice, Outlook


class ReleaseDialog(QDialog):
    """Asks whether the VM is still as the quarantine left it; only if it is not, a person must choose."""

    def __init__(self, parent: QWidget, desk: Desk, quarantine: Quarantine) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quarantine = quarantine
        name = visible(quarantine.vm_name, 60)
        self.setWindowTitle(self.tr("Release"))
        self.setMinimumWidth(520)
        title = PlainLabel(self.tr("Release {0}").format(name))
        title.setFont(title_font(self.font()))
        since = self.tr("In quarantine since {0}, by {1}: {2}").format(
            moment(quarantine.opened_at), visible(quarantine.by, 60), visible(quarantine.reason, 300)
        )
        self.outlook = PlainLabel(self.tr("Looking at the VM…")).wrapped()
        self.choices = QButtonGroup(self)
        self._options: dict[Choice, QRadioButton] = {}
        for choice, text in (
            (Choice.FORCE, self.tr("Put it back all the same: what was changed meanwhile is overwritten")),
            (Choice.KEEP, self.tr("Leave it as it is now, and consider the quarantine over")),
        ):
            option = self._options[choice] = QRadioButton(text)
            option.hide()
            self.choices.addButton(option)
            option.toggled.connect(self._enable)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(self.tr("Why now (optional)"))
        self.reason.setAccessibleName(self.tr("Reason"))
        buttons = Buttons()
        self.accept_button = QPushButton(self.tr("Release"))
        self.accept_button.setAutoDefault(False)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(since, Tone.MUTED).wrapped())
        layout.addWidget(self.outlook)
        for option in self._options.values():
            layout.addWidget(option)
        layout.addWidget(self.reason)
        layout.addStretch(1)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        self._known: Outlook | None = None
        self._enable()
        look = self.tr("Look whether {0} can be given back").format(name)
        self._asking = desk.errands.run(self._fetch(), look, self._refused, quiet=True)
        self.finished.connect(lambda _: self._asking.cancel())

    async def _fetch(self) -> None:
        answer = await self._desk.engine.call("release_outlook", vm=self._quarantine.vm)
        self._show(msgspec.convert(answer, Outlook))

    def _show(self, outlook: Outlook) -> None:
        self._known = outlook
        exact = outlook.trusted and not outlook.changed
        if exact:
            self.outlook.setText(self.tr("It is as the quarantine left it: everything is put back exactly as it was."))
        elif not outlook.trusted:
            said = self.tr(
                "The record that another console left with the VM is not signed with a key that this one knows."
            )
            self.outlook.setText(said)
        else:
            self.outlook.setText(self.tr("It was changed since it was put into quarantine. What shall be done?"))
        self.outlook.set_tone(Tone.PLAIN if exact else Tone.WARNING)
        for option in self._options.values():
            option.setVisible(not exact)
        self._enable()
        fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    def _refused(self, error: VmiError) -> None:
        self.outlook.setText(visible(str(error), 400))
        self.outlook.set_tone(Tone.BAD)

    @property
    def choice(self) -> Choice | None:
        """What was decided; None where nothing is yet."""
        if self._known is None:
            return None
        if self._known.trusted and not self._known.changed:
            return Choice.EXACT
        return next((choice for choice, option in self._options.items() if option.isChecked()), None)

    def _enable(self) -> None:
        self.accept_button.setEnabled(self.choice is not None)

    def _accept(self) -> None:
        if (choice := self.choice) is None:
            return
        work = self._desk.engine.call(
            "release", vm=self._quarantine.vm, reason=self.reason.text().strip(), choice=choice.value
        )
        self._desk.errands.run(work, self.tr("Release {0}").format(visible(self._quarantine.vm_name, 60)))
        self.accept()
