"""What was searched for lately, the newest first, kept from one start to the next."""

from __future__ import annotations

import msgspec

from vmi_console.gui.preferences import Preferences

NAME = "searches"
MOST = 20


class SearchHistory:
    """Texts that were searched for and led somewhere: noted when the operator leaves them, not at every key."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @property
    def texts(self) -> list[str]:
        stored = self._preferences.remembered(NAME)
        if stored is None:
            return []
        try:
            return msgspec.json.decode(stored.data(), type=list[str])[:MOST]
        except msgspec.MsgspecError:  # of another version: costs no more than what it held
            return []

    def note(self, text: str) -> None:
        """Puts a text first."""
        texts = self.texts
        if text and texts[:1] != [text]:
            kept = [text, *(other for other in texts if other != text)]
            self._preferences.remember(NAME, msgspec.json.encode(kept[:MOST]))
