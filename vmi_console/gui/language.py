"""The language of the window: the system's where it was translated, English otherwise."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).parents[2] / "translations"


def install(app: QApplication, locale: QLocale | None = None) -> None:
    """Loads translations, Qt's own too. English has a file as well, for its plurals."""
    locale = locale or QLocale()
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for file, chosen, folder in (
        ("vmi-console", QLocale(QLocale.Language.English), str(FOLDER)),
        ("qtbase", locale, qt),
        ("vmi-console", locale, str(FOLDER)),
    ):
        translator = QTranslator(app)
        if translator.load(chosen, file, "_", folder):
            app.installTranslator(translator)
