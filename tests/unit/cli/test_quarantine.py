"""Quarantine from the command line: one program after another, on an estate that lives on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Shell:
    """A user at a terminal, whose estate and workspace live on from command to command."""

    def __init__(self, folder: Path) -> None:
        self._estate = f"demo://?hosts=2&vms=20&story=off&folder={folder / 'estate'}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PYTHONWARNINGS": "error",
        }
        folder.chmod(0o700)

    def vm(self, name: str) -> str:
        return f"{self._estate}#{name}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "vmi_console", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def said(self, *arguments: str) -> Any:
        """What a command that succeeds prints as JSON."""
        done = self.run(*arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.slow
def test_in_list_and_out(shell: Shell) -> None:
    plan = shell.said("quarantine", shell.vm("db-01"), "--dry-run")
    assert (plan["vm_name"], plan["outlook"], len(plan["steps"])) == ("db-01", "isolated", 2)
    assert shell.said("quarantine", "list") == []
    isolated = shell.said("quarantine", shell.vm("DB-01"), "--reason", "a try", "--yes")
    assert (isolated["stage"], isolated["reason"]) == ("isolated", "a try")
    (listed,) = shell.said("quarantine", "list")
    assert listed["id"] == isolated["id"]
    assert shell.said("release", shell.vm("db-01"))["stage"] == "released"
    verified = shell.run("audit", "verify")
    assert verified.returncode == 0
    assert "proven: the 4 entries follow each other" in verified.stdout
    refused = shell.run("audit", "verify", "--head", "00" * 32)
    assert refused.returncode == 1
    assert "not in it" in refused.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--reason", "a try"), 2, "nobody has confirmed it"),
        ((), 2, "needs --reason"),
        (("--reason", "a try", "--yes", "--network", "nowhere"), 1, "no network “nowhere”"),
        (("--reason", "a try", "--yes", "--dry-run"), 2, "not allowed with"),
    ],
)
def test_what_cannot_be_done_is_said(shell: Shell, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shell.run("quarantine", shell.vm("db-01"), *arguments)
    assert done.returncode == code
    assert said in done.stderr


def test_a_vm_that_is_not_in_quarantine(shell: Shell) -> None:
    done = shell.run("release", shell.vm("db-01"))
    assert done.returncode == 1
    assert "not in quarantine" in done.stderr
