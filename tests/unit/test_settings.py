"""Saved connections survive, whatever happens to the file; the folders are their owner's alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from vmi_console import settings
from vmi_console.errors import ConnectionUriError, StorageError
from vmi_console.settings import SavedConnection, SavedGrants, Settings, Workspace

LAB = SavedConnection(
    id="connection/console/1",
    name="Lab",
    uri="qemu+ssh://root@kvm1/system",
    grants=SavedGrants(quarantine=True),
    trusted=("AA:BB",),
    endpoint="4c4c.qemu",
    product="QEMU 7.2",
)


def modes(*paths: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "config" / "connections.json"
    saved = Settings(connections=(LAB, SavedConnection(id="2", name="Demo ü\u202e", uri="demo://?seed=3")))
    settings.save(path, saved)
    assert settings.load(path) == saved
    assert modes(path.parent, path) == [0o700, 0o600]
    assert [entry.name for entry in path.parent.iterdir()] == ["connections.json"]


def test_nothing_saved_is_no_error(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "absent.json") == Settings()


def test_fields_of_a_later_console_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "connections.json"
    path.write_text('{"version": 1, "connections": [{"id": "a", "name": "n", "uri": "demo://", "colour": 3}]}')
    assert settings.load(path).connections == (SavedConnection(id="a", name="n", uri="demo://"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"version": 1, "connections": [{"id"', "truncated"),
        (b"", "truncated"),
        (b'{"version": 1, "connections": [{"id": "a", "name": "n"}]}', r"`uri` - at `\$\.connections\[0\]`"),
        (b'{"version": 1, "connections": [{"id": "", "name": "", "uri": "demo://"}]}', "length >= 1"),
        (
            b'{"version": 1, "connections": [{"id":"a","name":"","uri":"x"},{"id":"a","name":"","uri":"y"}]}',
            "same id",
        ),
        (b'{"version": 1, "connections": [{"id": "a", "name": "\xff", "uri": "x"}]}', "utf-8"),
        (b"[" * 100_000, "array"),
    ],
)
def test_a_file_that_cannot_be_used_is_kept_aside(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "connections.json"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=reason) as caught:
        settings.load(path)
    (aside,) = tmp_path.iterdir()
    assert aside.read_bytes() == content
    assert str(aside) in caught.value.advice
    assert settings.load(path) == Settings()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "connections.json"
    settings.save(path, Settings(connections=(LAB,)))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        settings.save(path, Settings())
    monkeypatch.undo()
    assert settings.load(path).connections == (LAB,)
    assert [entry.name for entry in tmp_path.iterdir()] == ["connections.json"]


@pytest.mark.parametrize(
    "content",
    [b'{"version": 2, "connections": []}', b'{"version": 99, "connections": {"of": "another shape"}, "more": [1]}'],
)
def test_a_file_of_a_newer_console_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "connections.json"
    path.write_bytes(content)
    for attempt in (settings.load, lambda path: settings.save(path, Settings(connections=(LAB,)))):
        with pytest.raises(StorageError, match="newer version of this console") as caught:
            attempt(path)
        assert "move that file away" in caught.value.advice
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
    path.rename(tmp_path / "newer.json")  # as it was advised
    settings.save(path, Settings(connections=(LAB,)))
    assert settings.load(path).connections == (LAB,)


def test_a_broken_file_is_no_reason_not_to_save(tmp_path: Path) -> None:
    path = tmp_path / "connections.json"
    path.write_bytes(b'{"version": 2, ')
    settings.save(path, Settings(connections=(LAB,)))
    assert settings.load(path).connections == (LAB,)


@pytest.mark.parametrize("uri", ["vsphere://admin:hunter2@vc.example/", "qemu+ssh://root:hunter2@[::1/system"])
def test_an_address_with_a_password_is_never_written(tmp_path: Path, uri: str) -> None:
    with pytest.raises(ConnectionUriError) as caught:
        settings.save(tmp_path / "c.json", Settings(connections=(SavedConnection(id="a", name="", uri=uri),)))
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_made_for_its_owner_only(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "w")
    workspace.prepare()
    workspace.prepare()
    assert modes(workspace.data, workspace.runtime) == [0o700, 0o700]
    assert {workspace.history.parent, workspace.connections.parent, workspace.socket.parent.parent} == {workspace.data}


def test_a_workspace_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be made"):
        Workspace.at(tmp_path / "file" / "below").prepare()


@pytest.mark.skipif(sys.platform == "win32", reason="users' folders have no such owner there")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: real + 1)
    with pytest.raises(StorageError, match="belongs to somebody else"):
        Workspace.at(tmp_path).prepare()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the session's runtime folder is a Linux matter")
def test_without_a_private_session_sockets_stay_out_of_tmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    of_ours = tmp_path / "data" / "vmi-console" / "run"
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert Workspace.of_user().runtime == of_ours
    session = tmp_path / "session"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    assert Workspace.of_user().runtime == of_ours
    session.mkdir(mode=0o755)
    assert Workspace.of_user().runtime == of_ours
    session.chmod(0o700)
    assert Workspace.of_user().runtime == session / "vmi-console"
