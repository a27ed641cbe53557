"""What can be set, declared once: the settings dialog, its search, and what “Reset” goes back to all come from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QLocale, QObject, QTime
from PySide6.QtWidgets import QSystemTrayIcon

from vmi_console.gui import language
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.preferences import Choices, Scheme
from vmi_console.policy.judgement import Severity

DEFAULTS = Choices()


class Part(StrEnum):
    """What a section has besides settings, made by the dialog."""

    NONE = ""
    CONNECTIONS = "connections"
    COLUMNS = "columns"
    OUTPUTS = "outputs"
    INTROSPECTION = "introspection"
    HISTORY = "history"
    DATA = "data"
    SAFE_MODE = "safe mode"


@dataclass(frozen=True)
class Setting:
    """One choice: a switch, or one of several values with their names. `why_not` says why it has no effect here.

    `name` is a field of the preferences, or of whatever else `defaults` is.
    """

    name: str
    title: str
    help: str = ""
    values: tuple[tuple[Any, str], ...] = ()  # empty: on or off
    why_not: str = ""
    defaults: object = DEFAULTS

    def of(self, choices: object) -> Any:
        return getattr(choices, self.name)

    @property
    def default(self) -> Any:
        return self.of(self.defaults)


@dataclass(frozen=True)
class Section:
    """Settings that belong together. `words` are found by the search beside the title."""

    title: str
    icon: str
    settings: tuple[Setting, ...] = ()
    part: Part = Part.NONE
    words: str = ""


def matches(text: str, *told: str) -> bool:
    """Whether every word that was typed is somewhere in what is told.

    >>> matches("dark col", "Colours", "light or dark")
    True
    """
    there = " ".join(told).casefold()
    return all(word in there for word in text.casefold().split())


class Sections(QObject):
    """The sections in the operator's language."""

    def all(self) -> tuple[Section, ...]:
        return (
            Section(
                self.tr("Connections"),
                "network",
                part=Part.CONNECTIONS,
                words=self.tr("address password permissions vCenter libvirt add edit"),
            ),
            Section(self.tr("Appearance"), "appearance", (self._colours(), self._language())),
            Section(self.tr("Refresh"), "reconnect", (self._refresh(),)),
            Section(self.tr("Columns"), "columns", part=Part.COLUMNS, words=self.tr("table of virtual machines order")),
            Section(self.tr("Notifications"), "bell", self._notifications()),
            Section(
                self.tr("Outputs and alerts"),
                "export",
                part=Part.OUTPUTS,
                words=self.tr("syslog webhook file JSON sensor Suricata EVE tell outside"),
            ),
            Section(
                self.tr("Introspection"),
                "search",
                part=Part.INTROSPECTION,
                words=self.tr("guests advisories vulnerabilities OSV KEV CVE CVRF Microsoft"),
            ),
            Section(
                self.tr("History"),
                "state-recorded",
                part=Part.HISTORY,
                words=self.tr("past retention age days size GiB disk compact"),
            ),
            Section(
                self.tr("Data folder"),
                "storage",
                part=Part.DATA,
                words=self.tr("history log size file workspace layout"),
            ),
            Section(self.tr("Safe mode"), "state-trust", part=Part.SAFE_MODE, words=self.tr("start without settings")),
        )

    def _colours(self) -> Setting:
        return Setting(
            "scheme",
            self.tr("Colours"),
            self.tr("Light or dark, or as the system has them."),
            (
                (Scheme.SYSTEM, self.tr("As the system")),
                (Scheme.LIGHT, self.tr("Light")),
                (Scheme.DARK, self.tr("Dark")),
            ),
        )

    def _language(self) -> Setting:
        names = {code: QLocale(code).nativeLanguageName() for code in language.available()}
        languages = tuple((code, name[:1].upper() + name[1:]) for code, name in names.items())
        return Setting(
            "language",
            self.tr("Language"),
            self.tr("Of all texts, from the next start on. Numbers and dates stay as the system has them."),
            (("", self.tr("As the system")), *languages),
        )

    def _refresh(self) -> Setting:
        return Setting(
            "refresh_milliseconds",
            self.tr("Show what changed"),
            self.tr(
                "How often the window is brought up to date. Nothing is missed between: this is only about showing."
            ),
            (
                (100, self.tr("10 times a second")),
                (250, self.tr("4 times a second")),
                (1000, self.tr("Every second")),
                (5000, self.tr("Every 5 seconds")),
            ),
        )

    def _notifications(self) -> tuple[Setting, ...]:
        trayless = "" if QSystemTrayIcon.isSystemTrayAvailable() else self.tr("This desktop has no tray.")
        return (
            Setting(
                "notify",
                self.tr("Tell me what happens"),
                self.tr("New findings; connections and engines that fail or recover while another window is in front."),
            ),
            Setting(
                "notify_from",
                self.tr("Findings"),
                self.tr("New ones that are less severe are listed without a message."),
                (
                    (Severity.LOW, self.tr("All")),
                    *(
                        (one, self.tr("{0} and worse").format(SEVERITY[one].word))
                        for one in (Severity.MEDIUM, Severity.HIGH)
                    ),
                    (Severity.CRITICAL, self.tr("Only critical")),
                ),
            ),
            Setting(
                "quiet_from",
                self.tr("Quiet hours from"),
                self.tr("What happens then is told at their end, if it still matters."),
                ((None, self.tr("Never quiet")), *_hours()),
            ),
            Setting("quiet_until", self.tr("Quiet hours until"), "", _hours()),
            Setting("notify_sound", self.tr("With a sound"), self.tr("The system's own.")),
            Setting(
                "close_to_tray",
                self.tr("Go on in the tray when the window is closed"),
                self.tr("“Quit” in its menu ends the program."),
                why_not=trayless,
            ),
        )


def _hours() -> tuple[tuple[int, str], ...]:
    """Every full hour of a day, as the language writes it."""
    short = QLocale.FormatType.ShortFormat
    return tuple((hour, QLocale().toString(QTime(hour, 0), short)) for hour in range(24))
