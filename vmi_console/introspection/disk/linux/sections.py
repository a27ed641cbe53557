"""Files of `[Section]` and `Key=value` lines, where a key may come several times: systemd, NetworkManager, desktop."""

from __future__ import annotations

from collections.abc import Iterator

_MOST_LINES = 20_000


class Sections:
    """What such a file says; sections and keys as they are written."""

    def __init__(self, text: str) -> None:
        self._values: dict[tuple[str, str], list[str]] = {}
        for section, key, value in _settings(text):
            if value:
                self._values.setdefault((section, key), []).append(value)
            else:
                self._values[section, key] = []  # an empty value forgets those before it (systemd.syntax(7))

    def add(self, text: str) -> None:
        """Reads a drop-in on top."""
        for (section, key), values in Sections(text)._values.items():
            mine = self._values.setdefault((section, key), [])
            if not values:
                mine.clear()
            mine.extend(values)

    def all(self, section: str, key: str) -> list[str]:
        """The values of a key, in their order."""
        return self._values.get((section, key), [])

    def last(self, section: str, key: str, default: str = "") -> str:
        values = self.all(section, key)
        return values[-1] if values else default

    def words(self, section: str, key: str) -> list[str]:
        """The values of a key, each split at blanks."""
        return [word for value in self.all(section, key) for word in value.split()]

    def keys(self, section: str) -> Iterator[str]:
        return (key for owner, key in self._values if owner == section)

    def flag(self, section: str, key: str) -> bool:
        return self.last(section, key).lower() in ("yes", "true", "on", "1", "y", "t")


def _settings(text: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    pending: list[str] = []
    for line in text.splitlines()[:_MOST_LINES]:
        line = line.strip()
        if line[:1] in ("#", ";"):
            continue  # also within a continued line
        if line.endswith("\\"):
            pending.append(line[:-1].rstrip())
            continue
        if pending:
            line = " ".join((*pending, line))
            pending.clear()
        if line[:1] == "[" and line[-1:] == "]":
            section = line[1:-1]
        else:
            key, equals, value = line.partition("=")
            if equals:
                yield section, key.rstrip(), value.lstrip()
