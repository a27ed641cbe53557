"""Workbook, CSV and Parquet, as openpyxl, the csv module and pyarrow read them."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pyarrow.parquet
import pytest

from tests.unit.reports import estates
from vmi_console.errors import Unsupported
from vmi_console.estate.facts import Looked
from vmi_console.plain_text import defused, visible
from vmi_console.reports.progress import GivenUp, Progress
from vmi_console.reports.rvtools_columns import TABS
from vmi_console.reports.subject import Scope, Subject
from vmi_console.reports.table_files import LONGEST_CELL, as_cell, write_csv, write_parquet
from vmi_console.reports.tables import TABLES
from vmi_console.reports.workbook import write_workbook


def workbook(subject: Subject, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Its tabs as rows by their columns; no cell is a formula."""
    path = folder / "report.xlsx"
    write_workbook(subject, path, Progress())
    tabs: dict[str, list[dict[str, Any]]] = {}
    for sheet in openpyxl.load_workbook(path):
        header, *rows = sheet.iter_rows()
        assert all(cell.data_type != "f" for row in (header, *rows) for cell in row)
        assert all(cell.hyperlink is None for row in (header, *rows) for cell in row)
        names = [str(cell.value) for cell in header]
        tabs[sheet.title] = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in rows]
        if sheet.title in TABS:
            assert tuple(names) == TABS[sheet.title]
    assert list(tabs)[: len(TABS)] == list(TABS)
    return tabs


def test_a_workbook_has_the_tabs_of_rvtools(tmp_path: Path) -> None:
    subject = Subject(estates.demo())
    tabs = workbook(subject, tmp_path)
    by_id = {row["VM ID"]: row for row in tabs["vInfo"]}
    for vm in subject.vms:
        row = by_id[vm.id.split("/", 2)[2]]
        host = subject.host(vm)
        assert host is not None
        assert (row["VM"], row["CPUs"], row["Host"]) == (vm.name, vm.vcpus, host.name)
        assert row["Memory"] == (None if vm.memory_bytes is None else vm.memory_bytes >> 20)
        assert row["Template"] is vm.template
        assert row["Creation date"] == (None if vm.created_at is None else rounded(vm.created_at))
        assert row["Num Monitors"] is None  # nothing tells: an empty cell, not a nought
    assert len(tabs["vNetwork"]) == sum(len(vm.nics) for vm in subject.vms)
    assert len(tabs["vSnapshot"]) == sum(len(vm.snapshots) for vm in subject.vms)
    assert len(tabs["vHealth"]) == sum(finding.is_open for finding in subject.findings)
    counted = {(row["Name"], row["Version"]): row["VMs"] for row in tabs["Applications"]}
    total = sum(
        len(software.applications)
        for vm in subject.vms
        if (software := subject.software(vm)) is not None and software.applications.status is Looked.READ
    )
    assert sum(counted.values()) == total
    everything = tabs["Compliance"][-1]
    assert everything["Unknown"] == subject.compliance.score.unknown > 0
    assert everything["Coverage %"] < 100


def rounded(time: datetime) -> datetime:
    """A spreadsheet's time is a number of days, and has no zone."""
    return time.astimezone(UTC).replace(tzinfo=None, microsecond=round(time.microsecond, -3))


def test_hostile_names_are_texts_in_a_workbook(tmp_path: Path) -> None:
    tabs = workbook(Subject(estates.hostile()), tmp_path)
    said = {row["VM"] for row in tabs["vInfo"]}
    assert said == {visible(name, LONGEST_CELL) or None for name in estates.HOSTILE}
    assert {row["Who"] for row in tabs["Findings"]} == said


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("make", [estates.demo, estates.hostile])
def test_every_table_reads_back(make: Any, name: str, tmp_path: Path) -> None:
    subject, table = Subject(make()), TABLES[name]
    rows = list(table.rows(subject))
    names = [column.name for column in table.columns]
    write_csv(table, subject, tmp_path / "table.csv", Progress())
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *read = csv.reader(file)
    assert header == names
    assert read == [[as_cell(value) for value in row] for row in rows]
    for row in read:
        assert all(defused(cell) == cell or cell.startswith("'") for cell in row)
        assert not any(ord(character) < 32 for cell in row for character in cell)
    write_parquet(table, subject, tmp_path / "table.parquet", Progress())
    stored = pyarrow.parquet.read_table(tmp_path / "table.parquet")
    assert stored.column_names == names
    assert stored.num_rows == len(rows)
    for position, column in enumerate(names):
        values = stored.column(column).to_pylist()
        assert [str(value) for value in values] == [
            row[position].encode("utf-8", "replace").decode() if isinstance(row[position], str) else str(row[position])  # type: ignore[union-attr]
            for row in rows
        ]


def test_only_what_was_chosen_and_what_it_stands_on(tmp_path: Path) -> None:
    moment = estates.demo()
    everything = Subject(moment)
    meant = everything.vms[5]
    subject = Subject(moment, Scope(query=f'name == "{meant.name}"'))
    assert [vm.id for vm in subject.vms] == [meant.id]
    assert [row[1] for row in TABLES["hosts"].rows(subject)] == [everything.name(meant.host)]
    assert {row[1] for row in TABLES["networks"].rows(subject)} >= {nic.network_name for nic in meant.nics}
    assert subject.compliance.score.total < everything.compliance.score.total


def test_parquet_without_its_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Unsupported, match="pyarrow") as raised:
        write_parquet(TABLES["vms"], Subject(estates.demo()), tmp_path / "x.parquet", Progress())
    assert "vmi-console[parquet]" in raised.value.advice


def test_what_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    moment = estates.demo(vms=400)
    shares: list[float] = []
    with pytest.raises(GivenUp):
        write_workbook(Subject(moment), tmp_path / "a.xlsx", Progress(shares.append, lambda: len(shares) > 2))
    assert list(tmp_path.iterdir()) == []
    assert shares == sorted(shares)


def test_what_cannot_be_put_together_leaves_nothing_behind(tmp_path: Path) -> None:
    """As on a disk that is full by then."""
    place = tmp_path / "a.xlsx"
    place.mkdir()
    with pytest.raises(IsADirectoryError):
        write_workbook(Subject(estates.demo()), place, Progress())
    assert list(tmp_path.iterdir()) == [place]


def test_a_moment_without_policies_has_no_score() -> None:
    moment = msgspec.structs.replace(estates.demo(), policies=(), findings=())
    assert Subject(moment).compliance.score.percent is None
