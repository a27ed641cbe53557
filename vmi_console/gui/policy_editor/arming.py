"""Whether the policy that is open may isolate by itself: what that means, and the way there and back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.policy_editor.library import Entry
from vmi_console.gui.theme import GAP, Tone
from vmi_console.gui.wording import clock
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Automatic, Policy, Respond


class ArmingLine(QWidget):
    """Hidden where the policy in force leaves quarantine to people."""

    arm_wanted = Signal()
    disarm_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = PlainLabel().wrapped()
        self.arm = QPushButton(self.tr("Arm…"))
        self.arm.setToolTip(self.tr("Let this policy, exactly as it is, isolate VMs by itself"))
        self.disarm = QPushButton(self.tr("Disarm"))
        self.disarm.setToolTip(self.tr("Let this policy ask before it isolates"))
        for button in (self.arm, self.disarm):
            button.setAutoDefault(False)
        self.arm.clicked.connect(lambda: self.arm_wanted.emit())
        self.disarm.clicked.connect(lambda: self.disarm_wanted.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GAP, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self._said, 1)
        row.addWidget(self.arm)
        row.addWidget(self.disarm)

    def tell(self, entry: Entry | None) -> None:
        """Says how it stands with a document."""
        standing = entry.standing if entry is not None else None
        automatic = standing is not None and standing.automatic is Automatic.AUTOMATIC
        self.setVisible(automatic)
        if entry is None or standing is None or not automatic:
            return
        armed, edited = standing.armed, entry.is_edited
        stale = entry.stored is not None and entry.stored.stale
        self.arm.setVisible(armed is None)
        self.arm.setEnabled(not edited and not stale and not entry.problems)
        self.disarm.setVisible(armed is not None)
        self._said.set_tone(Tone.WARNING)
        if armed is not None and edited:
            text = self.tr("Armed. Saving this edit disarms it: it will ask until somebody arms it again.")
        elif armed is not None:
            text = self.tr("Armed by {0}, {1}: it isolates by itself.").format(visible(armed.by, 60), clock(armed.at))
        elif edited:
            text = self.tr("It asks before it isolates. Save it, then arm it, to let it act by itself.")
        elif standing.disarmed_by_edit:
            text = self.tr("It was edited since somebody armed it: it asks before it isolates.")
        else:
            text = self.tr("It wants to isolate by itself, and asks until somebody arms it.")
        self._said.setText(text)

    def meaning(self, entry: Entry) -> str:
        """What arming the policy lets it do."""
        said = entry.draft.document.said if entry.draft is not None and entry.draft.document is not None else None
        respond = said.respond if isinstance(said, Policy) else Respond()
        return self.tr(
            "Armed, “{0}” quarantines VMs that fail by itself ({1}), {2} s after they begin to: at most {3} VMs and"
            " {4} % of its members at once; beyond that it asks. Any edit of it, or of a group it uses, disarms it."
        ).format(
            entry.name,
            respond.mode.value,
            round(respond.after_seconds),
            respond.limit.vms,
            f"{respond.limit.percent:g}",
        )
