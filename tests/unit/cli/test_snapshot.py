"""Snapshots on the command line, from an address to a redacted file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.reports.estates import demo
from vmi_console.cli.arguments import parse
from vmi_console.policy.shipped import DEMO
from vmi_console.response.keys import SigningKey
from vmi_console.review import snapshots

ESTATE = "demo://?hosts=2&vms=20&story=off&changes_per_second=0"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vmi_console", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False)


@pytest.mark.slow
def test_from_an_address_to_a_file_for_strangers(tmp_path: Path) -> None:
    path, other = tmp_path / "a.vmisnap", tmp_path / "b.vmisnap"
    done = run("collect", ESTATE, "-o", path, "--title", "Spring", "--policies", DEMO)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    moment = snapshots.read(path)
    assert moment.findings
    assert moment.policies

    info = run("snapshot", "info", path, "--format", "json")
    said = json.loads(info.stdout)
    assert (said["title"], said["counts"]["vm"], said["redacted"]) == ("Spring", 20, False)
    assert "Spring" in run("snapshot", "info", path).stdout

    assert run("snapshot", "redact", path, "-o", other).returncode == 0
    assert snapshots.info(other).redacted
    assert run("snapshot", "redact", path, "-o", path).returncode == 2
    assert run("snapshot", "verify", other).returncode == 4

    key = SigningKey(Ed25519PrivateKey.generate())
    snapshots.write(other, moment, key)
    unknown = run("snapshot", "verify", other, "--format", "json")
    assert unknown.returncode == 3
    assert json.loads(unknown.stdout)["key"] == key.name
    assert run("snapshot", "verify", other, "--key", key.name).returncode == 0
    assert run("snapshot", "verify", __file__).returncode == 2

    checked = run("check", path, "--format", "json")
    report = json.loads(checked.stdout)
    assert checked.returncode == 1
    found = {(each["vm"], each["policy"], each["title"]) for each in report["findings"]}
    assert found == {(each.vm, each.policy, each.title) for each in moment.findings if each.is_open}
    assert report["generated_at"].startswith(f"{moment.at:%Y-%m-%dT%H:%M:%S}")
    assert run("check", path, "--policies", tmp_path).returncode == 2  # there are none


@pytest.mark.parametrize(
    "arguments",
    [
        ["collect"],
        ["collect", "demo://", "--redact"],
        ["collect", "demo://", "-o", "a.vmisnap", "--changes-since", "yesterday"],
        ["check", "a.vmisnap", "demo://", "--policies", "."],
        ["check", "a.vmisnap", "--advisories", "x"],
        ["check", "demo://"],
        ["snapshot"],
        ["snapshot", "redact", "a.vmisnap"],
        ["snapshot", "--engine", "x", "info", "a.vmisnap"],
    ],
)
def test_what_cannot_be_said(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2


LONG = "n" * 300
NOT_UTF8 = "bad\udcff"  # as Python has it of the command line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["snapshot", "redact", "a.vmisnap", "-o", LONG], "File name too long"),
        (["diff", "a.vmisnap", "b.vmisnap", "-o", LONG], "File name too long"),
        (["check", "--demo", "--policies", LONG], "File name too long"),
        (["policy", "lint", LONG], "File name too long"),
        (["audit", "verify", "--workspace", LONG], "File name too long"),
        (["watch", "--workspace", ""], "name of no file"),
        (["inspect", LONG], "File name too long"),
        (["inspect", NOT_UTF8], "not in UTF-8"),
        (["quarantine", "list", "--workspace", NOT_UTF8], "not in UTF-8"),
    ],
)
def test_what_no_file_can_be_called(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("command", ["collect", "export"])
def test_what_would_be_in_vain_is_refused_before_anything_is_read(command: str, tmp_path: Path) -> None:
    never_there = "demo://?latency_ms=60000", "--timeout", 1
    for place, query, told in (
        (tmp_path / "nowhere" / "x.csv", "", "there is no folder"),
        (tmp_path / ("n" * 300 + ".csv"), "", "File name too long"),
        (tmp_path / "x.csv", "pwr == 1", "there is no attribute"),
    ):
        done = run(command, *never_there, "-o", place, "--select", query)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_what_the_output_cannot_encode_is_escaped(tmp_path: Path) -> None:
    """As in a pipe on Windows, or an old locale."""
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, msgspec.structs.replace(demo(vms=20, packages=5), title="Łódź 🎉"))
    for form in ("table", "json"):
        done = subprocess.run(
            [sys.executable, "-m", "vmi_console", "snapshot", "info", str(path), "--format", form],
            env=os.environ | {"PYTHONIOENCODING": "iso-8859-1"},
            capture_output=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode("iso-8859-1")
        if form == "json":
            assert json.loads(text)["title"] == "Łódź 🎉"
        else:
            assert "\\u0141ód\\u017a" in text


@pytest.mark.skipif(sys.platform == "win32", reason="a shell there closes nothing")
def test_without_standard_streams_it_goes_on(tmp_path: Path) -> None:
    path, other = tmp_path / "a.vmisnap", tmp_path / "b.vmisnap"
    snapshots.write(path, demo(vms=20, packages=5))
    program = f"{sys.executable} -W error -m vmi_console"
    for words in (f"snapshot info {path}", f"snapshot redact {path} -o {other}", "--version", "doctor"):
        done = subprocess.run(["sh", "-c", f"{program} {words} <&- >&-"], capture_output=True, timeout=100, check=False)
        assert (done.returncode, done.stderr) == (0, b""), words
    assert snapshots.info(other).redacted
    done = subprocess.run(["sh", "-c", f"{program} diff {path} {other} >&- 2>&-"], timeout=100, check=False)
    assert done.returncode == 1
