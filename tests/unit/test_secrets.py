"""The keyring for real: GNOME's behind a D-Bus of its own, none at all, one that hangs, one that stores in the open.

Each case is a process of its own, since `keyring` chooses once and D-Bus is found through the environment.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KEEP = """
import asyncio, json
from vmi_console.secrets import Secrets
from vmi_console.errors import StorageError

async def main():
    secrets = Secrets(timeout_seconds=TIMEOUT)
    told = {"available": await secrets.available(), "before": await secrets.get("c/1")}
    try:
        await secrets.set("c/1", "pä55 word")
        told["kept"] = await secrets.get("c/1")
        told["other"] = await secrets.get("c/2")
        await secrets.forget("c/1")
        await secrets.forget("c/1")
        told["after"] = await secrets.get("c/1")
    except StorageError as error:
        told["error"] = str(error)
    print(json.dumps(told))

asyncio.run(main())
"""


def run(
    folder: Path, *prefix: str, timeout_seconds: float = 20, script: str = KEEP, **variables: str
) -> dict[str, Any]:
    """Runs the script in a session where nothing is known but `variables`; gives what it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": os.pathsep.join(sys.path),
        **variables,
    }
    source = script.replace("TIMEOUT", repr(timeout_seconds))
    done = subprocess.run(
        [*prefix, sys.executable, "-W", "error", "-c", source],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.lab
def test_gnomes_keyring_keeps_and_forgets(tmp_path: Path) -> None:
    if not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")):
        pytest.fail("install dbus and gnome-keyring")
    unlock = 'printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
    told = run(tmp_path, "dbus-run-session", "--", "sh", "-c", unlock, "sh")
    assert told == {"available": None, "before": None, "kept": "pä55 word", "other": None, "after": None}


def test_without_dbus_nothing_is_kept(tmp_path: Path) -> None:
    told = run(tmp_path, DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/nobody")
    assert told["available"] == "this system has no keyring service running"
    assert told["before"] is None
    assert told["error"].startswith("the secret was not kept: this system has no keyring")
    assert list(tmp_path.rglob("*")) == []


def test_a_dbus_that_hangs_costs_one_timeout_and_no_exit(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        told = run(tmp_path, timeout_seconds=0.5, DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/bus")
    assert told["available"] == "the system's keyring did not answer within 0.5 s"
    assert told["before"] is None
    assert told["error"].startswith("the secret was not kept: the system's keyring does not answer")


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "plain.Keyring"])
def test_a_keyring_in_plain_text_is_refused(tmp_path: Path, backend: str) -> None:
    (tmp_path / "plain.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, user): return 'from the plain file'\n"
        "    def set_password(self, service, user, password): open('written', 'w').write(password)\n"
        "    def delete_password(self, service, user): pass\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    told = run(tmp_path, PYTHON_KEYRING_BACKEND=backend, PYTHONPATH=path)
    assert told["available"] == f"the keyring “{backend.rpartition('.')[0]}” is not known to protect what it stores"
    assert told["before"] is None
    assert "not kept" in told["error"]
    assert not (tmp_path / "written").exists()


def test_a_keyring_that_fails_is_said_in_its_words(tmp_path: Path) -> None:
    told = run(tmp_path, PYTHON_KEYRING_BACKEND="no.such.Module")
    assert told["available"].startswith("the system's keyring failed: No module named")
