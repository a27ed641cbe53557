"""The language of the window: the system's where it was translated, English otherwise, or the one that was chosen."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).parents[2] / "translations"
PSEUDO = "pseudo"
"""No language: every text twice as long, marked, and the window mirrored. What still reads well, will in any."""

_PLACEHOLDER = re.compile(r"(%L?n|\{\d*\}|&)")


def available() -> tuple[str, ...]:
    """The languages that there are translations for, by their codes."""
    return tuple(sorted(file.stem.removeprefix("vmi-console_") for file in FOLDER.glob("vmi-console_*.qm")))


def install(app: QApplication, language: str = "") -> None:
    """Loads translations, Qt's own too; of the system's language unless another is named, such as `de`.

    English has a file as well, for its plurals. Numbers and dates stay as the system has them.
    """
    pseudo = language == PSEUDO
    locale = QLocale(language) if language and not pseudo else QLocale()
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for file, chosen, folder in (
        ("vmi-console", QLocale(QLocale.Language.English), str(FOLDER)),
        ("qtbase", locale, qt),
        ("vmi-console", locale, str(FOLDER)),
    ):
        translator = QTranslator(app)
        if translator.load(chosen, file, "_", folder):
            app.installTranslator(translator)
    if pseudo:
        app.installTranslator(Stretched(app))
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)


class Stretched(QTranslator):
    """The pseudo-language."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._english = QTranslator(self)
        self._english.load(QLocale(QLocale.Language.English), "vmi-console", "_", str(FOLDER))

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        english = self._english.translate(context, text, disambiguation, n) or text
        return stretched(english)


def stretched(text: str) -> str:
    """Twice as long, between brackets; placeholders stay and are said once.

    >>> stretched("{0} of {1}")
    '[{0} of {1}  of ]'
    """
    padding = _PLACEHOLDER.sub("", text)
    return f"[{text} {padding}]" if text.strip() else text
