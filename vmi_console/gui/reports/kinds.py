"""What a report can be, in words; and the part of a form that chooses it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QFormLayout

from vmi_console.reports.report import Kind
from vmi_console.reports.tables import TABLES


def kind_words() -> dict[Kind, str]:
    """By their kinds, as a list of choices has them."""

    return {
        Kind.PAGE: QCoreApplication.translate("ReportKinds", "Report as a page (HTML)"),
        Kind.PDF: QCoreApplication.translate("ReportKinds", "Report as PDF"),
        Kind.WORKBOOK: QCoreApplication.translate("ReportKinds", "Workbook with the tabs of RVTools (Excel)"),
        Kind.BILL: QCoreApplication.translate("ReportKinds", "Bill of materials (CycloneDX)"),
        Kind.EVENTS: QCoreApplication.translate("ReportKinds", "Events (OCSF)"),
        Kind.CSV: QCoreApplication.translate("ReportKinds", "Table (CSV)"),
        Kind.PARQUET: QCoreApplication.translate("ReportKinds", "Table (Parquet)"),
    }


class KindChoice:
    """Two rows of a form: the kind of report, and which table where it is one."""

    def __init__(self, form: QFormLayout, kind_label: str, table_label: str) -> None:
        self.kind = QComboBox()
        for each, words in kind_words().items():
            self.kind.addItem(words, each.value)
        self.table = QComboBox()
        for name in TABLES:
            self.table.addItem(name.capitalize(), name)
        form.addRow(kind_label, self.kind)
        form.addRow(table_label, self.table)
        self._form = form
        self.kind.currentIndexChanged.connect(lambda _: self._follow())
        self._follow()

    def _follow(self) -> None:
        self._form.setRowVisible(self.table, self.chosen in (Kind.CSV, Kind.PARQUET))

    @property
    def chosen(self) -> Kind:
        """The kind."""
        return Kind(self.kind.currentData())

    @property
    def table_name(self) -> str:
        """Of which table it is, where it is one."""
        return str(self.table.currentData())

    def show(self, kind: Kind, table: str) -> None:
        """Chooses these."""
        self.kind.setCurrentIndex(self.kind.findData(kind.value))
        self.table.setCurrentIndex(max(0, self.table.findData(table)))
