"""Reports from the window, by a real engine: one now, and those of the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from tests.gui.test_review import Stage, stage
from vmi_console.estate.records import VM
from vmi_console.gui.reports.schedule import JobDialog, ScheduleDialog
from vmi_console.gui.reports.writing import ReportDialog
from vmi_console.reports.report import Kind

__all__ = ["stage"]


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files that the desktop was asked to open."""
    paths: list[str] = []

    class Handler(QObject):
        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            paths.append(url.toLocalFile())

    handler = Handler()
    QDesktopServices.setUrlHandler("file", handler, "open")  # type: ignore[arg-type]  # as its stub has it, it fails
    yield paths
    QDesktopServices.unsetUrlHandler("file")


async def test_what_the_search_finds_as_a_workbook(stage: Stage, opened: list[str], tmp_path: Path) -> None:
    window, replica = stage.window, stage.replica
    await stage.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
    await stage.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
    window.search.setText('power == "on"')
    await stage.until(lambda: replica.matches)
    window.write_report()
    dialog = window.findChild(ReportDialog)
    assert dialog is not None
    assert dialog.scope.found.isChecked()
    assert not dialog.scope.selected.isEnabled()
    assert not dialog.kind.table.isVisible()
    dialog.kind.show(Kind.CSV, "nics")
    assert dialog.kind.table.isVisible()
    dialog.kind.show(Kind.WORKBOOK, "vms")
    wanted = {record.name for entity in replica.matches if isinstance(record := replica.records[entity], VM)}
    path = tmp_path / "running.xlsx"
    dialog.save_to(str(tmp_path / "running"))
    await stage.until(lambda: path.exists() and window.notices.other.isVisible())
    sheet = openpyxl.load_workbook(path, read_only=True)["vInfo"]
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == wanted
    await stage.until(lambda: opened)
    assert Path(opened[0]) == path


async def test_what_cannot_be_written_is_told_in_the_dialog(stage: Stage, tmp_path: Path) -> None:
    stage.window.write_report()
    dialog = stage.window.findChild(ReportDialog)
    assert dialog is not None
    dialog.save_to(str(tmp_path / "missing" / "report"))
    await stage.until(dialog.message.text)
    assert "cannot be written" in dialog.message.text()
    assert dialog.write.isEnabled()
    dialog.reject()


async def test_a_report_is_scheduled_written_and_removed(stage: Stage, tmp_path: Path) -> None:
    def written() -> list[Path]:
        return list(tmp_path.glob("Monday-audit-*.ocsf.jsonl"))

    stage.window.open_schedule()
    dialog = stage.window.findChild(ScheduleDialog)
    assert dialog is not None
    assert not dialog.edit.isEnabled()
    await stage.until(dialog.empty.isVisible)
    dialog.add.trigger()
    form = dialog.findChild(JobDialog)
    assert form is not None
    form.name.setText("Monday audit")
    form.folder.setText(str(tmp_path))
    form.kind.show(Kind.EVENTS, "vms")
    form.query.setText('powr == "on"')
    form.accept()
    await stage.until(form.message.text)  # refused, and what was typed is still there
    assert "did you mean power?" in form.message.text()
    assert form.isVisible()
    form.query.clear()
    form.accept()
    await stage.until(lambda: dialog.jobs)
    assert dialog.list.isVisible()
    assert not dialog.empty.isVisible()
    assert dialog.selected() == dialog.jobs[0]
    dialog.run.trigger()
    await stage.until(lambda: written() and dialog.message.text())
    dialog.switch.trigger()
    await stage.until(lambda: not dialog.jobs[0].enabled)
    dialog.remove.trigger()
    await stage.until(lambda: not dialog.jobs)
    assert written()
    dialog.close()
