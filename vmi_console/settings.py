"""Where the console keeps its files, and what an operator told it to remember; never a secret (see `secrets`)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from vmi_console.addresses import LONGEST, refuse_password
from vmi_console.errors import StorageError

PROGRAM = "vmi-console"
VERSION = 1
"""Of the file of saved connections: raised when an older console could no longer read it rightly."""

LARGEST_FILE_BYTES = 16 << 20


class Workspace(msgspec.Struct, frozen=True):
    """The folders of one console. Several consoles of one user can live side by side in workspaces of their own."""

    data: Path  # history
    config: Path  # what an operator told the console to remember
    runtime: Path  # sockets; may vanish with the session

    @classmethod
    def of_user(cls) -> Workspace:
        """The folders that this platform has for it."""
        import platformdirs  # not before it is needed: `--help` is to be quick

        folders = platformdirs.PlatformDirs(PROGRAM, appauthor=False)
        data = Path(folders.user_data_dir)
        if sys.platform in ("win32", "darwin"):
            runtime = Path(folders.user_runtime_dir)
        else:
            session = _session_folder()
            runtime = session / PROGRAM if session is not None else data / "run"
        return cls(data=data, config=Path(folders.user_config_dir), runtime=runtime)

    @classmethod
    def at(cls, folder: Path) -> Workspace:
        """Everything below one folder."""
        folder = folder.expanduser().absolute()
        return cls(data=folder, config=folder, runtime=folder / "run")

    @property
    def history(self) -> Path:
        """The file of the change store."""
        return self.data / "history.db"

    @property
    def history_limits(self) -> Path:
        """The file that says how much of the past is kept."""
        return self.config / "history.json"

    @property
    def log(self) -> Path:
        """The file of the engine's own messages."""
        return self.data / "engine.log"

    @property
    def window_log(self) -> Path:
        """The file of the window's own messages."""
        return self.data / "window.log"

    @property
    def connections(self) -> Path:
        """The file of saved connections."""
        return self.config / "connections.json"

    @property
    def policies(self) -> Path:
        """The policy folder that is open unless another one was opened."""
        return self.config / "policies"

    @property
    def outputs(self) -> Path:
        """The file of chosen outputs."""
        return self.config / "outputs.json"

    @property
    def reports(self) -> Path:
        """The file of reports that are written by themselves."""
        return self.config / "reports.json"

    @property
    def introspection(self) -> Path:
        """The file that says how fast guests are looked into."""
        return self.config / "introspection.json"

    @property
    def sensor(self) -> Path:
        """The file that says where alerts come from."""
        return self.config / "sensor.json"

    @property
    def spool(self) -> Path:
        """What is still to be told to them."""
        return self.data / "outputs.db"

    @property
    def socket(self) -> Path:
        """Where an engine of this workspace listens unless told otherwise."""
        return self.runtime / "engine"

    def prepare(self) -> None:
        """Makes the folders, for their owner only. Raises `StorageError`."""
        for folder in (self.data, self.config, self.runtime):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                owner = folder.stat().st_uid
            except OSError as error:
                raise StorageError(
                    f"the folder {folder} cannot be made ({error.strerror})", "so choose another with --workspace"
                ) from error
            if sys.platform != "win32" and owner != os.getuid():
                raise StorageError(
                    f"the folder {folder} belongs to somebody else", "so choose another with --workspace"
                )


def _session_folder() -> Path | None:
    """The session's folder for sockets (XDG base directory specification), where there is one that is private.

    platformdirs would put one in everybody's /tmp in its place.
    """
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    try:
        status = folder.stat()
    except OSError:
        return None
    return folder if status.st_uid == os.getuid() and not status.st_mode & 0o077 else None


class SavedGrants(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was allowed on a connection (see `estate.records.Grants`)."""

    read_guests: bool = False
    temporary_snapshots: bool = False
    quarantine: bool = False


class SavedConnection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A connection that is opened again at the next start.

    `endpoint` is who answered there last: by it the last known records are found before it answers again.
    `trusted` are SHA-256 fingerprints (hex pairs joined by colons) of certificates that a person judged good.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    name: str
    uri: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    grants: SavedGrants = msgspec.field(default_factory=SavedGrants)
    trusted: tuple[str, ...] = ()
    endpoint: str | None = None
    product: str | None = None
    quarantine_network: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the file."""

    version: int = VERSION
    connections: tuple[SavedConnection, ...] = ()


def load(path: Path) -> Settings:
    """What was saved at `path`; empty settings where there is no such file.

    A file that cannot be used is renamed, so that it is neither lost nor in the way, and `StorageError` says why and
    where it went; the next call gives empty settings. One of a newer console stays where it is: `StorageError` says so.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read ({error.strerror})", "what is saved in it is not used until it can be"
        ) from error
    _refuse_newer(path, content)
    try:
        return _parse(content)
    except (ValueError, RecursionError) as error:  # msgspec's errors, and bytes that are no UTF-8, are ValueErrors
        raise StorageError(
            f"the saved connections in {path} cannot be used ({error})",
            f"so the file was kept as {_set_aside(path)}: correct it and put it back, or add the connections again",
        ) from error


def save(path: Path, settings: Settings) -> None:
    """Writes the file whole or not at all, readable by its owner only.

    Raises `ConnectionUriError` for an address that holds a password, `StorageError` where it cannot be written, or
    would take the place of a file of a newer console.
    """
    for connection in settings.connections:
        refuse_password(connection.uri)
    content = msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            _refuse_newer(path, path.read_bytes())
        replace_file(path, content)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error.strerror})", "but what was saved before is unharmed"
        ) from error


def _parse(content: bytes) -> Settings:
    if len(content) > LARGEST_FILE_BYTES:
        raise ValueError(f"it has {len(content):,} bytes, more than {LARGEST_FILE_BYTES:,}")
    settings = msgspec.json.decode(content, type=Settings)
    ids = [connection.id for connection in settings.connections]
    if len(set(ids)) < len(ids):
        raise ValueError("two connections have the same id")
    return settings


class _Version(msgspec.Struct):
    """As much as every version of the file has: the rest of a newer one may have any shape."""

    version: int = VERSION


def _refuse_newer(path: Path, content: bytes) -> None:
    try:
        version = msgspec.json.decode(content, type=_Version).version
    except (ValueError, RecursionError):  # a broken file is not a newer one
        return
    if version > VERSION:
        raise StorageError(
            f"a newer version of this console wrote {path}, so this one leaves it alone and will save no connections",
            "until you use the newer version again, move that file away, or choose another --workspace",
        )


def load_file[T](path: Path, form: type[T], what: str, so: str) -> T | None:
    """What `save_file` kept; None where there is no such file.

    Raises `StorageError` that says `what` cannot be read, and what follows from it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise StorageError(f"{what} in {path} cannot be read ({error})", f"{so}: correct the file") from error


def save_file(path: Path, content: msgspec.Struct) -> None:
    """Writes a file that people can read, too, whole or not at all. Raises `StorageError`."""
    try:
        replace_file(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error.strerror})", "but what was saved before is unharmed"
        ) from error


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file whole or not at all; unless another mode is given, for its owner only. Raises OSError."""
    with replacing(path, mode) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path, mode: int = 0o600) -> Iterator[Path]:
    """An empty file beside `path` to be written within the block; it takes its place at the end, or is gone if
    anything was raised. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        if mode != 0o600:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if sys.platform != "win32":  # the new name has to reach the disk as well
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    try:
        path.rename(aside)
    except OSError:  # in a folder that cannot be written it is in nobody's way: nothing will be saved there either
        return path
    return aside
