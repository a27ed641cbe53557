"""One look on top of the platform: colours, spacing, type. What they mean is in docs/design.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from vmi_console.gui.preferences import Scheme

PICTURES = Path(__file__).parents[2] / "resources" / "icons"
ROW = 24  # height of a row in trees and tables, pixels at 100 %
GAP = 8  # between things that belong together
GROUP = 16  # between groups
BOUNDLESS = (1 << 24) - 1  # the largest size that Qt takes: QWIDGETSIZE_MAX of qwidget.h


class Tone(StrEnum):
    """What a colour says. Never alone: an icon's shape and a word say the same."""

    PLAIN = "plain"
    MUTED = "muted"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as #rrggbb. Texts reach a contrast of 4.5:1 on `window`, `surface` and `selected`."""

    window: str  # behind everything
    surface: str  # of lists and panes
    raised: str  # of buttons, fields and banners
    line: str  # between areas
    text: str
    muted: str
    accent: str
    on_accent: str
    selected: str
    hover: str
    good: str
    warning: str
    bad: str

    def tone(self, tone: Tone) -> str:
        return self.text if tone is Tone.PLAIN else str(getattr(self, tone.value))


LIGHT = Colours(
    window="#f3f4f6",
    surface="#ffffff",
    raised="#ffffff",
    line="#d9dde3",
    text="#1b1f26",
    muted="#565f6c",
    accent="#0a5bc4",
    on_accent="#ffffff",
    selected="#dce8f8",
    hover="#f0f3f7",
    good="#146c2e",
    warning="#865300",
    bad="#b3261e",
)

DARK = Colours(
    window="#16181c",
    surface="#1c1f24",
    raised="#262a31",
    line="#343a43",
    text="#e4e7eb",
    muted="#a0a9b5",
    accent="#7db1ff",
    on_accent="#0c1a30",
    selected="#243a58",
    hover="#24282f",
    good="#6ccb85",
    warning="#e3b04b",
    bad="#ff8a80",
)


_QT_SCHEMES = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The colours in force. They follow the system unless the operator chose; `changed` says that they did."""

    changed = Signal()
    current: ClassVar[Theme]

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        Theme.current = self
        self._app = app
        self.colours = LIGHT
        app.setStyle("Fusion")
        app.setFont(_tabular(app.font()))
        self._follow()
        app.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, scheme: Scheme) -> None:
        """Light, dark, or what the system says."""
        chosen = _QT_SCHEMES[scheme]
        self._app.styleHints().setColorScheme(chosen)
        self._follow(chosen if scheme is not Scheme.SYSTEM else self._app.styleHints().colorScheme())

    def _follow(self, scheme: Qt.ColorScheme | None = None) -> None:
        scheme = scheme or self._app.styleHints().colorScheme()
        self.colours = DARK if scheme is Qt.ColorScheme.Dark else LIGHT
        self._app.setPalette(_palette(self.colours))
        self._app.setStyleSheet(_style_sheet(self.colours))
        self.changed.emit()


def colours() -> Colours:
    """The colours in force."""
    return Theme.current.colours


def _tabular(font: QFont) -> QFont:
    """Figures of one width, so that columns of numbers line up and live numbers stand still."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def title_font(font: QFont) -> QFont:
    """The second of the two type sizes: a third larger, for the name of what a pane shows."""
    title = QFont(font)
    title.setPointSizeF(font.pointSizeF() * 1.35)
    title.setWeight(QFont.Weight.DemiBold)
    return title


def _palette(theme: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for part, colour in (
        (role.Window, theme.window),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.hover),
        (role.Button, theme.raised),
        (role.ToolTipBase, theme.raised),
        (role.WindowText, theme.text),
        (role.Text, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipText, theme.text),
        (role.BrightText, theme.bad),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.selected),
        (role.HighlightedText, theme.text),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Light, theme.raised),
        (role.Midlight, theme.hover),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.line),
    ):
        palette.setColor(part, QColor(colour))
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(theme.muted))
    return palette


def _style_sheet(theme: Colours) -> str:
    # A style sheet takes pictures from files, in colours of their own.
    name = "dark" if theme is DARK else "light"
    pictures = PICTURES.as_posix()
    return f"""
    QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
    QMainWindow::separator {{ background: {theme.line}; width: 1px; height: 1px; }}
    QMenuBar {{ background: {theme.window}; border-bottom: 1px solid {theme.line}; }}
    QMenuBar::item {{ padding: 4px 10px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {theme.selected}; }}
    QMenu {{ background: {theme.raised}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 4px 24px 4px 20px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.selected}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::icon:checked {{ background: {theme.selected}; border: 1px solid {theme.accent}; border-radius: 4px; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QToolBar[role="review-bar"] {{ padding: 0; spacing: 0; border: 0; }}
    QToolBar[role="time-bar"] {{ padding: 0; spacing: 0; border: 0; border-top: 1px solid {theme.line}; }}
    QToolBar {{ background: {theme.window}; border: 0; border-bottom: 1px solid {theme.line}; padding: 4px 8px;
        spacing: 8px; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 4px; }}
    QToolButton[role="remedy"] {{ border-color: {theme.line}; padding: 4px 12px; }}
    QToolButton:hover, QToolButton:checked {{ background: {theme.selected}; }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QToolButton[popupMode="2"] {{ padding: 4px 12px; }}
    QToolButton::menu-indicator {{ image: url("{pictures}/arrow-{name}.svg"); width: 12px; height: 12px;
        subcontrol-origin: padding; subcontrol-position: center right; right: 4px; }}
    QToolButton#qt_toolbar_ext_button {{ padding: 0; qproperty-icon: url("{pictures}/arrow-{name}.svg"); }}
    QPushButton {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 4px;
        padding: 4px 12px; min-height: 16px; outline: 0; }}
    QPushButton:hover {{ background: {theme.hover}; }}
    QPushButton:pressed {{ background: {theme.selected}; }}
    QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:checked {{ background: {theme.selected}; border-color: {theme.accent}; }}
    QPushButton:disabled {{ color: {theme.muted}; }}
    QPushButton[role="card"] {{ border-radius: 6px; padding: 0; }}
    QPushButton[primary="true"] {{ background: {theme.accent}; color: {theme.on_accent};
        border-color: {theme.accent}; }}
    QPushButton[primary="true"]:disabled {{ background: {theme.hover}; color: {theme.muted};
        border-color: {theme.line}; }}
    QPushButton[primary="true"]:focus {{ border: 2px solid {theme.text}; padding: 3px 11px; }}
    QLineEdit, QComboBox, QDateEdit {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 4px;
        padding: 3px 6px; min-height: 18px; selection-background-color: {theme.accent};
        selection-color: {theme.on_accent}; }}
    QLineEdit:focus, QComboBox:focus, QDateEdit:focus {{ border-color: {theme.accent}; }}
    QPlainTextEdit {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 4px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
    QPlainTextEdit:focus {{ border-color: {theme.accent}; }}
    QLineEdit[wrong="true"] {{ border-color: {theme.bad}; }}
    QComboBox::drop-down, QDateEdit::drop-down {{ border: 0; width: 20px; }}
    QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url("{pictures}/arrow-{name}.svg"); width: 14px;
        height: 14px; }}
    QCheckBox, QRadioButton {{ spacing: 8px; }}
    QCheckBox::indicator, QListView::indicator, QTableView::indicator {{ width: 14px; height: 14px;
        border: 1px solid {theme.muted}; border-radius: 3px; background: {theme.raised}; }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:checked, QListView::indicator:checked, QTableView::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url("{pictures}/check-{name}.svg"); }}
    QCheckBox::indicator:disabled {{ border-color: {theme.line}; background: {theme.window}; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 8px;
        background: {theme.raised}; }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {theme.accent}; }}
    QRadioButton::indicator:checked {{ border-color: {theme.accent};
        background: qradialgradient(cx: 0.5, cy: 0.5, fx: 0.5, fy: 0.5, radius: 0.5, stop: 0 {theme.on_accent},
        stop: 0.4 {theme.on_accent}, stop: 0.5 {theme.accent}, stop: 1 {theme.accent}); }}
    QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus {{ border-color: {theme.text}; }}
    QRadioButton::indicator:disabled {{ border-color: {theme.line}; background: {theme.window}; }}
    QRadioButton::indicator:checked:disabled {{ border: 4px solid {theme.line}; width: 8px; height: 8px; }}
    QCheckBox:disabled, QRadioButton:disabled {{ color: {theme.muted}; }}
    QProgressBar {{ background: {theme.line}; border: 0; border-radius: 2px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; width: 40px; }}
    QGroupBox {{ border: 1px solid {theme.line}; border-radius: 4px; margin-top: 22px; padding: 4px; }}
    QGroupBox::title {{ subcontrol-origin: margin; subcontrol-position: top left; padding: 0 0 4px 0; }}
    QAbstractItemView {{ background: {theme.surface}; border: 1px solid {theme.surface}; outline: 0;
        selection-background-color: {theme.selected}; selection-color: {theme.text}; }}
    QAbstractItemView:focus {{ border-color: {theme.accent}; }}
    QListView#completions {{ background: {theme.raised}; border: 1px solid {theme.line}; padding: 1px 0; }}
    QTableView::item {{ padding: 0 5px; border: 0; }}
    QTableView::item:selected {{ background: {theme.selected}; color: {theme.text}; }}
    QHeaderView {{ background: {theme.surface}; border: 0; }}
    QHeaderView::section {{ background: {theme.surface}; color: {theme.muted}; border: 0;
        border-bottom: 1px solid {theme.line}; padding: 4px 8px; font-weight: normal; }}
    QHeaderView::section:vertical {{ border-bottom: 0; }}
    QTableCornerButton::section {{ background: {theme.surface}; border: 0; border-bottom: 1px solid {theme.line}; }}
    QScrollArea {{ background: {theme.surface}; border: 1px solid {theme.surface}; }}
    QScrollArea:focus {{ border-color: {theme.accent}; }}
    QSlider {{ border: 1px solid transparent; border-radius: 4px; }}
    QSlider:focus {{ border-color: {theme.accent}; }}
    QWidget#sheet, QWidget#welcome {{ background: {theme.surface}; }}
    QDockWidget {{ titlebar-close-icon: none; }}
    QTabBar {{ background: transparent; }}
    QTabBar::tab {{ background: transparent; color: {theme.muted}; border: 0; border-bottom: 2px solid transparent;
        padding: 5px 12px 4px 12px; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}
    QTabBar::tab:focus {{ color: {theme.accent}; background: {theme.selected}; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; margin: 2px; min-height: 28px;
        min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QFrame[role="review"] {{ background: {theme.selected}; border: 0; border-bottom: 2px solid {theme.accent}; }}
    QFrame[role="banner"] {{ background: {theme.raised}; border: 0; border-bottom: 1px solid {theme.line}; }}
    QFrame[role="said"] {{ background: {theme.raised}; border: 0; border-top: 1px solid {theme.line}; }}
    QFrame[role="popup"] {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 6px; }}
    QFrame[role="popup"] QAbstractItemView {{ background: {theme.raised}; border-color: {theme.raised}; }}
    QFrame[role="hint"] {{ background: {theme.raised}; border: 1px solid {theme.bad}; border-radius: 4px; }}
    QFrame[role="card"] {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 4px; }}
    QFrame[role="line"] {{ background: {theme.line}; border: 0; max-height: 1px; }}
    QLabel[tone="muted"] {{ color: {theme.muted}; }}
    QLabel[tone="bad"] {{ color: {theme.bad}; }}
    QLabel[tone="warning"] {{ color: {theme.warning}; }}
    QLabel[tone="good"] {{ color: {theme.good}; }}
    QLabel[tone="accent"] {{ color: {theme.accent}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    """
