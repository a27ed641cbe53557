"""The language of the window: the system's where it was translated, English otherwise."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).parents[2] / "translations"


def install(app: QApplication, language: str = "") -> None:
    """Loads translations, Qt's own too; of the system's language unless another is named, such as `de`.

    English has a file as well, for its plurals. Numbers and dates stay as the system has them.
    """
    locale = QLocale(language) if language else QLocale()
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for file, chosen, folder in (
        ("vmi-console", QLocale(QLocale.Language.English), str(FOLDER)),
        ("qtbase", locale, qt),
        ("vmi-console", locale, str(FOLDER)),
    ):
        translator = QTranslator(app)
        if translator.load(chosen, file, "_", folder):
            app.installTranslator(translator)
