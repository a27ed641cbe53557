"""`vmi-console export`, as people start it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.reports.estates import demo
from vmi_console.estate.records import VM
from vmi_console.review import snapshots

MOMENT = demo(vms=20, packages=5)


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """The demo estate in a file."""
    path = tmp_path / "demo.vmisnap"
    snapshots.write(path, MOMENT)
    return path


def export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vmi_console", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_snapshot_becomes_what_the_name_says(snapshot: Path, tmp_path: Path) -> None:
    output = tmp_path / "running.csv"
    done = export(snapshot, "-o", output, "--select", 'power == "on"')
    assert (done.returncode, done.stderr) == (0, "")
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == {
        vm.id for vm in MOMENT.records if isinstance(vm, VM) and vm.power.value == "on"
    }
    again = export(snapshot, "-o", output)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert export(snapshot, "-o", output, "--force").returncode == 0


def test_events_since_a_time(snapshot: Path, tmp_path: Path) -> None:
    output = tmp_path / "events"
    last = max(change.observed_at for change in MOMENT.changes)
    assert export(snapshot, "-o", output, "--format", "ocsf", "--since", last.isoformat()).returncode == 0
    events = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert sum(event["class_uid"] == 5019 for event in events) == 1
    early = export(snapshot, "-o", output, "--format", "ocsf", "--force", "--since", "2020-01-01")
    assert early.returncode == 2
    assert "not since 2020-01-01" in early.stderr


def test_what_cannot_be_is_said(snapshot: Path, tmp_path: Path) -> None:
    assert "say so with --format" in export(snapshot, "-o", tmp_path / "x.docx").stderr
    assert "there is no table" in export(snapshot, "-o", tmp_path / "x.csv", "--table", "nonsense").stderr
    assert "no VM matches" in export(snapshot, "-o", tmp_path / "x.pdf", "--select", "name == 'nobody'").stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.vmisnap"]
