"""The reports that are written by themselves: a list of them, and the form of one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QLocale, Qt, QTime
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.reports.kinds import KindChoice, kind_words
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.plain_text import visible
from vmi_console.reports.report import Kind
from vmi_console.reports.schedule import Every, Job


class ScheduleDialog(QDialog):
    """Not modal; whatever is changed is in force at once."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent)
        self._desk = desk
        self.jobs: list[Job] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Scheduled reports"))
        fitting.resize(self, 860, 420)
        about = PlainLabel(
            self.tr("The engine writes them while it runs, and makes up for the last one that it missed."), Tone.MUTED
        ).wrapped()
        columns = (self.tr("Name"), self.tr("Kind"), self.tr("When"), self.tr("Folder"), self.tr("Last"))
        self.list = LinesView(Table(self.tr("Scheduled reports"), columns, (16, 22, 18, 24, 20), (), ""))
        self.empty = PlainLabel(
            self.tr("No report is written by itself yet. Add one: what it is, whom it is about, when, and where to."),
            Tone.MUTED,
        ).wrapped()
        self.empty.hide()  # nobody knows before the engine has answered
        self.list.hide()
        self.message = PlainLabel(tone=Tone.BAD).wrapped(lines=2)
        make = Actions(self).make
        self.add = make(
            self.tr("Add…"), self._add, self.tr("Another report that is written by itself"), "Insert", "add"
        )
        self.edit = make(self.tr("Edit…"), self._edit, self.tr("Change what it says and when"), "F2", "edit")
        self.run = make(self.tr("Write now"), self._run, self.tr("Beside those of the schedule"), "Ctrl+R", "play")
        self.switch = make(self.tr("Switch off"), self._switch, self.tr("Whether it is written"))
        self.remove = make(
            self.tr("Remove"),
            self._remove,
            self.tr("It is written no longer; its files stay"),
            QKeySequence.StandardKey.Delete,
            "remove",
        )
        self._of_one = (self.edit, self.run, self.switch, self.remove)
        self.addActions([self.add, *self._of_one])
        tools = QHBoxLayout()
        tools.setSpacing(GAP)
        for action in (self.add, *self._of_one):
            button = QPushButton(action.text())
            button.setAutoDefault(False)
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            action.changed.connect(partial(_follow, button, action))
            tools.addWidget(button)
        tools.addStretch(1)
        close = Buttons(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(about)
        layout.addLayout(tools)
        layout.addWidget(self.empty)
        layout.addWidget(self.list)
        layout.addWidget(self.message)
        layout.addStretch(1)
        layout.addWidget(close)
        self.list.selectionModel().currentRowChanged.connect(lambda *_: self._tell())
        self.list.activated.connect(lambda _: self.edit.trigger())
        self._tell()
        self._ask(self._fetch())

    def selected(self) -> Job | None:
        """The report at the current row."""
        row = self.list.currentIndex().row()
        return self.jobs[row] if 0 <= row < len(self.jobs) else None

    def _ask(self, work: Coroutine[Any, Any, None]) -> None:
        self.message.setText("")
        self._desk.errands.run(work, self.tr("Scheduled reports"), self._failed)

    def _failed(self, error: VmiError) -> None:
        self.message.set_tone(Tone.BAD)
        self.message.setText(visible(str(error), 400))

    async def _fetch(self) -> None:
        self.jobs = msgspec.convert(await self._desk.engine.call("report_jobs") or [], list[Job])
        row = max(0, self.list.currentIndex().row())
        self.list.show_lines(tuple(map(self._line, self.jobs)))
        self.list.setVisible(bool(self.jobs))
        self.empty.setVisible(not self.jobs)
        if self.jobs:
            self.list.setCurrentIndex(self.list.model().index(min(row, len(self.jobs) - 1), 0))
        self._tell()

    async def _set(self, jobs: Sequence[Job]) -> None:
        await self._desk.engine.call("set_report_jobs", jobs=msgspec.to_builtins(tuple(jobs)))
        await self._fetch()

    def _line(self, job: Job) -> Line:
        if job.last_error:
            last, tone = visible(job.last_error, 200), Tone.BAD
        elif job.last_at is not None:
            last, tone = day_and_time(job.last_at), Tone.PLAIN
        else:
            last, tone = self.tr("not yet"), Tone.MUTED
        whole = Tone.PLAIN if job.enabled else Tone.MUTED
        return Line(
            job.name,
            (
                Cell(visible(job.name, 80), tone=whole),
                Cell(kind_words()[job.kind], tone=Tone.MUTED),
                Cell(self._when(job) if job.enabled else self.tr("switched off"), tone=whole),
                Cell(visible(job.folder, 200), visible(job.folder, 500), Tone.MUTED),
                Cell(last, last, tone),
            ),
        )

    def _when(self, job: Job) -> str:
        time = QLocale().toString(QTime(job.hour, job.minute), QLocale.FormatType.ShortFormat)
        match job.every:
            case Every.DAY:
                return self.tr("every day, {0}").format(time)
            case Every.WEEK:
                return self.tr("every {0}, {1}").format(QLocale().dayName(job.weekday + 1), time)
            case Every.MONTH:
                return self.tr("on day {0} of every month, {1}").format(job.day, time)

    def _tell(self) -> None:
        job = self.selected()
        for action in self._of_one:
            action.setEnabled(job is not None)
        if job is not None:
            self.switch.setText(self.tr("Switch off") if job.enabled else self.tr("Switch on"))

    def _with(self, old: Job | None, new: Job) -> list[Job]:
        if old is None:
            return [*self.jobs, new]
        return [new if each.name == old.name else each for each in self.jobs]

    def _add(self) -> None:
        begun = Job(name=self.tr("Weekly report"), kind=Kind.PDF, folder=str(Path.home()))
        JobDialog(self, self._desk, begun, lambda job: self._set(self._with(None, job))).open()

    def _edit(self) -> None:
        if (job := self.selected()) is not None:
            JobDialog(self, self._desk, job, lambda new: self._set(self._with(job, new))).open()

    def _switch(self) -> None:
        if (job := self.selected()) is not None:
            self._ask(self._set(self._with(job, replace(job, enabled=not job.enabled))))

    def _remove(self) -> None:
        if (job := self.selected()) is not None:
            self._ask(self._set([each for each in self.jobs if each.name != job.name]))

    def _run(self) -> None:
        if (job := self.selected()) is not None:
            self._ask(self._write(job))

    async def _write(self, job: Job) -> None:
        path = await self._desk.engine.call("run_report_job", name=job.name)
        self.message.set_tone(Tone.GOOD)
        self.message.setText(self.tr("Written: {0}").format(visible(str(path), 300)))


class JobDialog(QDialog):
    """The form of one report. `keep` takes it as it is then; while it refuses, the form stays and says why."""

    def __init__(self, parent: QWidget, desk: Desk, job: Job, keep: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job = job
        self._keep = keep
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Scheduled report"))
        self.setMinimumWidth(480)
        form = QFormLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form = form
        self.name = QLineEdit(job.name, maxLength=80)
        form.addRow(self.tr("Name"), self.name)
        self.kind = KindChoice(form, self.tr("Kind"), self.tr("Table"))
        self.kind.show(job.kind, job.table)
        self.query = QLineEdit(job.query, placeholderText=self.tr('all VMs, or a query such as power == "on"'))
        form.addRow(self.tr("Which VMs"), self.query)
        self.group = QLineEdit(job.group, placeholderText=self.tr("of any group, or the name of one"))
        form.addRow(self.tr("Group"), self.group)
        self.every = QComboBox()
        for text, every in (
            (self.tr("every day"), Every.DAY),
            (self.tr("every week"), Every.WEEK),
            (self.tr("every month"), Every.MONTH),
        ):
            self.every.addItem(text, every.value)
        self.every.setCurrentIndex(self.every.findData(job.every.value))
        form.addRow(self.tr("When"), self.every)
        self.weekday = QComboBox()
        for number in range(7):
            self.weekday.addItem(QLocale().dayName(number + 1), number)
        self.weekday.setCurrentIndex(job.weekday)
        form.addRow(self.tr("On"), self.weekday)
        self.day = QSpinBox(minimum=1, maximum=28, value=job.day)
        form.addRow(self.tr("On day"), self.day)
        self.time = QTimeEdit(QTime(job.hour, job.minute))
        form.addRow(self.tr("At"), self.time)
        self.folder = QLineEdit(job.folder)
        choose = QPushButton(self.tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        form.addRow(self.tr("Folder"), place)
        self.kept = QSpinBox(minimum=1, maximum=10_000, value=job.keep)
        form.addRow(self.tr("Keep the newest"), self.kept)
        self.message = PlainLabel(tone=Tone.BAD).wrapped(lines=2)
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Save)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(form)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.name.textChanged.connect(lambda text: self._save.setEnabled(bool(text.strip())))
        self.every.currentIndexChanged.connect(lambda _: self._follow())
        self._follow()

    def _follow(self) -> None:
        every = Every(self.every.currentData())
        self._form.setRowVisible(self.weekday, every is Every.WEEK)
        self._form.setRowVisible(self.day, every is Every.MONTH)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    @property
    def job(self) -> Job:
        """As the form says it."""
        time = self.time.time()
        return replace(
            self._job,
            name=self.name.text().strip(),
            kind=self.kind.chosen,
            table=self.kind.table_name,
            query=self.query.text().strip(),
            group=self.group.text().strip(),
            every=Every(self.every.currentData()),
            weekday=int(self.weekday.currentData()),
            day=self.day.value(),
            hour=time.hour(),
            minute=time.minute(),
            folder=self.folder.text().strip(),
            keep=self.kept.value(),
        )

    def accept(self) -> None:
        self.message.setText("")
        self._save.setEnabled(False)
        errand = self._desk.errands.run(self._keep_it(), self.windowTitle(), self._refused)
        if errand.stop is not None:
            self.rejected.connect(errand.stop)

    async def _keep_it(self) -> None:
        await self._keep(self.job)
        super().accept()

    def _refused(self, error: VmiError) -> None:
        self._save.setEnabled(True)
        self.message.setText(visible(str(error), 400))


def _follow(button: QPushButton, action: QAction) -> None:
    button.setText(action.text())
    button.setEnabled(action.isEnabled())
