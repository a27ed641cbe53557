"""What the settings dialog is made of: single choices, and things that are not one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QPushButton, QWidget

from vmi_console.gui.dialogs.sections import Setting
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone

CONTROL = 220  # least width of what is chosen with


class SearchedRow(QWidget):
    """What the search finds by its words."""

    words = ""


class Row(SearchedRow):
    """One setting: what it is, what it does, what is chosen, and the way back to what it was at first."""

    def __init__(self, setting: Setting, choose: Callable[[Any], None]) -> None:
        super().__init__()
        self.setting = setting
        self._choose = choose
        self.words = " ".join((setting.title, setting.help, *(title for _, title in setting.values)))
        self.control: QCheckBox | QComboBox
        if setting.values:
            self.control = QComboBox()
            for _, title in setting.values:
                self.control.addItem(title)
            self.control.setMinimumWidth(CONTROL)
            self.control.activated.connect(lambda row: choose(setting.values[row][0]))
        else:
            self.control = QCheckBox(setting.title)
            self.control.clicked.connect(lambda checked: choose(checked))
        self.control.setAccessibleName(setting.title)
        self.control.setAccessibleDescription(" ".join(filter(None, (setting.help, setting.why_not))))
        self.control.setEnabled(not setting.why_not)
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setAutoDefault(False)
        self.reset.setToolTip(self.tr("Back to what it was at first"))
        self.reset.setAccessibleName(self.tr("Reset {0}").format(setting.title))
        self.reset.clicked.connect(lambda: choose(setting.default))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when a value is no longer the first one
        self.reset.setSizePolicy(policy)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GROUP)
        grid.setVerticalSpacing(2)
        if setting.values:
            label = PlainLabel(setting.title).wrapped()
            label.setBuddy(self.control)
            grid.addWidget(label, 0, 0)
            grid.addWidget(self.control, 0, 1)
        else:
            grid.addWidget(self.control, 0, 0, 1, 2)
        grid.addWidget(self.reset, 0, 2)
        for number, (text, tone) in enumerate(((setting.help, Tone.MUTED), (setting.why_not, Tone.WARNING)), 1):
            if text:
                grid.addWidget(PlainLabel(text, tone).wrapped(), number, 0, 1, 3)
        grid.setColumnStretch(0, 1)

    def show_value(self, value: Any) -> None:
        """What is chosen now; one that another version wrote and this one does not list is shown as it is."""
        if isinstance(self.control, QCheckBox):
            self.control.setChecked(bool(value))
        else:
            values = [each for each, _ in self.setting.values]
            self.control.setCurrentIndex(values.index(value) if value in values else -1)
            self.control.setPlaceholderText(str(value))
        self.reset.setVisible(value != self.setting.default)


class ButtonRow(QWidget):
    """Something that is not one value, and what can be done about it."""

    def __init__(self, title: str, help: str, buttons: tuple[tuple[str, Callable[[], object]], ...]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.addWidget(PlainLabel(title).wrapped(), 0, 0)
        for number, (text, do) in enumerate(buttons, 1):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{text} {title}")
            button.clicked.connect(lambda _=False, do=do: do())
            grid.addWidget(button, 0, number)
        grid.addWidget(PlainLabel(help, Tone.MUTED).wrapped(), 1, 0, 1, len(buttons) + 1)
        grid.setColumnStretch(0, 1)
