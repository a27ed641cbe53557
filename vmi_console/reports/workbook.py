"""A workbook (.xlsx) with RVTools' tabs, and tabs of the console's own: findings, compliance, applications.

Rows are written as they are made, so that memory does not grow with the estate. Every text goes in as a text cell by
`write_string`, which no spreadsheet runs, however it begins.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from vmi_console.plain_text import visible
from vmi_console.reports.progress import Progress
from vmi_console.reports.rvtools import Rows
from vmi_console.reports.rvtools_columns import TABS
from vmi_console.reports.subject import Subject
from vmi_console.reports.tables import TABLES, Value

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
"""Of one tab, beside its headings: what spreadsheets can hold."""

WIDTHS = (10, 42)
TIMES = "yyyy/mm/dd hh:mm:ss"


def write_workbook(subject: Subject, path: Path, progress: Progress) -> None:
    """Writes the workbook. Raises `OSError`, `GivenUp`.

    What it is put together from lies beside it meanwhile, in a folder that is gone with whatever ends this.
    """
    progress.expect(len(subject.vms) * 12 + len(subject.findings) * 2 + 1)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".vmi-console-") as folder:
        options = {
            "constant_memory": True,
            "default_date_format": TIMES,
            "remove_timezone": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "use_zip64": True,
            "tmpdir": folder,
        }
        book = xlsxwriter.Workbook(str(path), options)
        try:
            _fill(_Sheets(book, progress), subject)
            book.close()
        except BaseException as error:
            book.fileclosed = True  # what was begun is thrown away: it has no file to close
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            if isinstance(error, FileCreateError) and isinstance(error.args[0], OSError):
                raise error.args[0] from None
            raise


def _fill(sheets: _Sheets, subject: Subject) -> None:
    rows = Rows(subject)
    for name, columns in TABS.items():
        cells = rows.tab(name)()
        sheets.write(name, columns, ([row.get(column) for column in columns] for row in cells))
    sheets.write("Findings", FINDINGS, _findings(subject))
    sheets.write("Compliance", COMPLIANCE, _compliance(subject))
    sheets.write("Not known", NOT_KNOWN, _not_known(subject))
    sheets.write("Applications", APPLICATIONS, TABLES["software"].rows(subject))
    sheets.write("About", ("Matter", "Value"), _about(subject))


class _Sheets:
    """Adds sheets to a workbook."""

    def __init__(self, book: Any, progress: Progress) -> None:
        self._book = book
        self._progress = progress
        self._heading = book.add_format({"bold": True, "bottom": 1})

    def write(self, name: str, columns: Sequence[str], rows: Iterator[Sequence[Value]]) -> None:
        """A sheet with a line of headings that stays in sight and can be filtered by."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for position, column in enumerate(columns):
            sheet.set_column(position, position, min(max(WIDTHS[0], len(column) + 3), WIDTHS[1]))
            sheet.write_string(0, position, column, self._heading)
        number = 0
        for number, row in enumerate(_largest(rows), 1):
            self._progress.step()
            for position, value in enumerate(row):
                if value is not None:
                    _put(sheet, number, position, value)
        sheet.autofilter(0, 0, number, len(columns) - 1)


def _put(sheet: Any, row: int, column: int, value: Value) -> None:
    match value:
        case str():
            if value:
                sheet.write_string(row, column, visible(value, LONGEST_CELL))
        case bool():
            sheet.write_boolean(row, column, value)
        case datetime():
            if value.year >= 1900:  # spreadsheets know none before
                sheet.write_datetime(row, column, value)
            else:
                sheet.write_string(row, column, value.isoformat())
        case _:
            sheet.write_number(row, column, value)


FINDINGS = ("VM", "Severity", "Stage", "Policy", "Check", "Evidence", "Verdict now", "Since", "Who", "VM ID")
COMPLIANCE = (*("Policy", "Severity", "VMs", "Pass", "Fail", "Waived", "Unknown", "Score %", "Coverage %", "File"),)
NOT_KNOWN = ("Policy", "Check", "Because", "VMs")
APPLICATIONS = ("Name", "Version", "Architecture", "Package manager", "VMs")


def _findings(subject: Subject) -> Iterator[Sequence[Value]]:
    for each in subject.findings:
        yield (
            *(each.vm_name, each.severity.value, each.stage.value, each.policy, each.title, each.evidence),
            *(each.verdict.value, each.opened_at, each.actor, each.vm),
        )


def _compliance(subject: Subject) -> Iterator[Sequence[Value]]:
    compliance = subject.compliance
    for name, severity, members, score, file in (
        *((each.name, each.severity.value, each.members, each.score, each.file) for each in compliance.policies),
        ("all", None, None, compliance.score, None),
    ):
        yield (
            *(name, severity, members, score.passed, score.failed, score.waived, score.unknown),
            *(_rounded_down(score.percent), _rounded_down(score.coverage_percent), file),
        )


def _rounded_down(percent: float | None) -> float | None:
    """Only what is whole is shown as 100."""
    return None if percent is None else int(percent * 10) / 10


def _not_known(subject: Subject) -> Iterator[Sequence[Value]]:
    for each in subject.compliance.unknown:
        yield each.policy, each.title, each.because, each.vms


def _largest(rows: Iterator[Sequence[Value]]) -> Iterator[Sequence[Value]]:
    """So many rows as a tab can hold; the last one says that there are more."""
    for number, row in enumerate(rows, 1):
        if number == MOST_ROWS:
            yield ("… there are more rows than a spreadsheet can hold: export tables as CSV or Parquet",)
            return
        yield row


def _about(subject: Subject) -> Iterator[Sequence[Value]]:
    moment = subject.moment
    yield "Estate as it was at (UTC)", moment.at
    yield "VMs", len(subject.vms)
    yield "Chosen", str(subject.scope)
    yield "Title", moment.title or None
    yield "Made by", moment.source or None
    for lack in moment.lacks:
        yield "Not known", lack
    yield "Empty cells", "not known, or not told by this kind of hypervisor"
    yield "Times", "UTC"
