"""How the round of a connection's guests goes, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QLocale, QObject

from vmi_console.gui.wording import number
from vmi_console.introspection.rounds import Standing


class RoundWords(QObject):
    """What the settings, the guest pane and the connections say of it."""

    def said(self, standing: Standing) -> str:
        """In one line."""
        if standing.quiet:
            return self.tr("{0}: {1}").format(self.quiet(standing), self._waiting(standing.waiting))
        told = self._under_way(standing)
        if standing.slowness > 1:
            slowness = QLocale().toString(standing.slowness, "f", 1)
            told += " · " + self.tr("its host is busy: all wait {0} times as long").format(slowness)
        return told

    def quiet(self, standing: Standing) -> str:
        """That it is quiet, and until when."""
        if standing.quiet_until is None:
            return self.tr("always quiet")
        return self.tr("quiet until {0}").format(self._when(standing.quiet_until))

    def _waiting(self, guests: int) -> str:
        return self.tr("no guest waits") if not guests else self.tr("%Ln guest(s) wait", "", guests)

    def _under_way(self, standing: Standing) -> str:
        guests = self.tr("%Ln guest(s)", "", standing.guests)
        if not standing.under_way:
            return guests
        return self.tr("{0}, {1} being looked into").format(guests, number(standing.under_way))

    def _when(self, at: datetime) -> str:
        """The time of day in local time, with the day where it is not today."""
        local = at.astimezone()
        said = f"{local:%H:%M}"
        if local.date() == datetime.now(UTC).astimezone().date():
            return said
        return f"{QLocale().dayName(local.isoweekday(), QLocale.FormatType.ShortFormat)} {said}"
