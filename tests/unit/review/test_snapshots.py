"""Snapshot files: what goes in comes out, whole or not at all, and others can query it."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.bench import bench_inventory
from tests.console import console, eventually
from tests.unit.review.chance import BEGIN, Maker
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import InputError, StorageError
from vmi_console.estate.catalog import AnyRecord, record_types
from vmi_console.estate.facts import Guest
from vmi_console.estate.records import VM
from vmi_console.history import snapshot_file
from vmi_console.policy.decisions import Folder
from vmi_console.policy.shipped import DEMO
from vmi_console.response.keys import SigningKey
from vmi_console.review import signing, snapshots
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.signing import Standing
from vmi_console.review.withheld import decision_without_secrets, masked, without_secrets


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


def harmless(moment: Moment) -> Moment:
    """As a file has it: without secrets, ordered by kind."""
    order = {kind: number for number, kind in enumerate(record_types())}
    return msgspec.structs.replace(
        moment,
        records=tuple(sorted(map(without_secrets, moment.records), key=lambda record: order[type(record)])),
        decisions=tuple(each for each in map(decision_without_secrets, moment.decisions) if each is not None),
    )


@pytest.mark.parametrize("number", range(20))
def test_whatever_goes_in_comes_out(tmp_path: Path, number: int) -> None:
    moment = Maker(number).moment()
    snapshots.write(tmp_path / "a.vmisnap", moment)
    assert snapshots.read(tmp_path / "a.vmisnap") == harmless(moment)


def test_many_records_lie_in_several_blocks(tmp_path: Path, key: SigningKey) -> None:
    records: list[AnyRecord] = [*map(bench_inventory.vm, range(2000)), *map(bench_inventory.image, range(3))]
    records += map(bench_inventory.guest, range(2000))
    path = tmp_path / "a.vmisnap"
    told: list[float] = []
    snapshots.write(path, Moment(at=BEGIN, records=tuple(records)), key, progress=told.append)
    with snapshot_file.reading(path) as file:
        assert len(file.outlines()) > 3
    assert told == sorted(told)
    assert told[-1] == 1.0
    told.clear()
    assert snapshots.read(path, progress=told.append).records == tuple(records)
    assert told[-1] == 1.0
    info = snapshots.info(path)
    assert info.counts["guest"] == 2000
    assert info.signed_with == key.name
    assert info.file_bytes == path.stat().st_size


async def test_the_demo_estate_comes_out_as_the_console_shows_it(tmp_path: Path) -> None:
    path, part = tmp_path / "all.vmisnap", tmp_path / "part.vmisnap"
    async with console(PrivateEngine(None, DEMO), findings=True) as one:
        await one.add("demo://?seed=7&story=off&changes_per_second=0")
        await eventually(lambda: one.open_findings and one.posture is not None and not one.posture.evaluating)
        told = await one.client.call("snapshot", path=str(path), title="Spring", changes_since=BEGIN)
        chosen = await one.client.call("snapshot", path=str(part), select='"web" in name')
        shown, findings = dict(one.records), dict(one.findings)
        for wrong in ({"select": "nothing =="}, {"select": 'name == "none"'}, {"path": "here.vmisnap"}):
            with pytest.raises(Exception, match=r"missing|no VM|whole path"):
                await one.client.call("snapshot", **{"path": str(tmp_path / "no.vmisnap"), **wrong})
    assert sorted(os.listdir(tmp_path)) == ["all.vmisnap", "part.vmisnap"]  # noqa: PTH208 - no coroutine waits for it
    moment = snapshots.read(path)
    assert msgspec.convert(told, snapshots.Info) == snapshots.info(path)
    assert {each.id: each for each in moment.records if each.id in shown} == {
        entity: without_secrets(record) for entity, record in shown.items()
    }
    assert {each.id: each for each in moment.findings} == findings
    assert {each.name for each in moment.policies} >= {each.name for each in DEMO.glob("*.yaml")}
    guests = [each for each in moment.records if isinstance(each, Guest)]
    assert guests
    snapshots.write(tmp_path / "again.vmisnap", moment)
    assert snapshots.read(tmp_path / "again.vmisnap") == moment

    some = snapshots.read(part)
    vms = {each.id for each in some.records if isinstance(each, VM)}
    assert vms == {each.id for each in moment.records if isinstance(each, VM) and "web" in each.name}
    ids = {each.id for each in some.records}
    assert all(each.host in ids and each.nics[0].network in ids for each in some.records if isinstance(each, VM))
    assert {each.vm for each in some.records if isinstance(each, Guest)} <= vms
    assert {each.vm for each in some.findings} <= vms
    assert some.selection == '"web" in name'
    assert msgspec.convert(chosen, snapshots.Info).counts["vm"] == len(vms)


def test_any_sqlite_tool_can_ask_it(tmp_path: Path) -> None:
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Moment(at=BEGIN, records=(bench_inventory.vm(7), bench_inventory.host(1))))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, power, addresses FROM records WHERE kind = 'vm'").fetchall()
        said = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    assert rows == [("web-00007", "on", "10.0.0.7 10.1.0.7")]
    assert said["at"] == "2026-03-01T00:00:00Z"


# --- whole or not at all ----------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Moment(at=BEGIN, records=()))
    before = path.read_bytes()
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing past the limit fails as a full disk does
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, old[1]))
        with pytest.raises(StorageError, match="cannot be written"):
            snapshots.write(path, Moment(at=BEGIN, records=tuple(map(bench_inventory.guest, range(5000)))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.vmisnap"]


def test_giving_up_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Moment(at=BEGIN, records=(), title="old"))
    done: list[float] = []
    moment = Moment(at=BEGIN, records=tuple(map(bench_inventory.guest, range(5000))))
    with pytest.raises(InputError, match="given up"):
        snapshots.write(path, moment, progress=done.append, given_up=lambda: len(done) > 1)
    assert snapshots.info(path).title == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.vmisnap"]
    snapshots.write(path, moment)
    with pytest.raises(InputError, match="given up"):
        snapshots.read(path, given_up=lambda: True)


def test_a_text_that_is_none_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.vmisnap"
    path.write_bytes(b"as it was")
    with pytest.raises(InputError, match="no Unicode"):
        snapshots.write(path, Moment(at=BEGIN, records=(), lacks=("half a \ud800",)))
    assert path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_it_takes_the_place_of_no_folder_pipe_or_device(tmp_path: Path) -> None:
    empty = Moment(at=BEGIN, records=())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "pipe", tmp_path / "folder", Path(os.devnull)):
        with pytest.raises(InputError, match="is no file"):
            snapshots.write(place, empty)
    with pytest.raises(StorageError, match=os.strerror(errno.ENOENT)):
        snapshots.write(tmp_path / "nowhere" / "a.vmisnap", empty)
    (tmp_path / "link").symlink_to(tmp_path / "real.vmisnap")
    snapshots.write(tmp_path / "link", empty)
    assert (tmp_path / "link").is_symlink()
    assert snapshots.read(tmp_path / "real.vmisnap") == snapshots.read(tmp_path / "link")
    assert stat.S_IMODE((tmp_path / "real.vmisnap").stat().st_mode) == 0o600


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("mysql -u root -phunter2 shop", "mysql -u root -p… shop"),
        ("run --password hunter2 --verbose", "run --password … --verbose"),
        ("run --api-key=hunter2", "run --api-key=…"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=… psql"),
        ("curl https://me:hunter2@vault.example/x", "curl https://me:…@vault.example/x"),
        ("curl -H 'Authorization: Bearer hunter2hunter2'", "curl -H 'Authorization: Bearer …'"),
        ("the password is on a note; ping the pinned host", "the password is on a note; ping the pinned host"),
        ("/usr/sbin/sshd -D", "/usr/sbin/sshd -D"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, harmless: str) -> None:
    assert masked(text) == harmless


def test_no_secret_and_no_path_of_this_machine_is_in_a_file(tmp_path: Path) -> None:
    vm = bench_inventory.vm(1, annotation="root password: hunter2", attributes={"admin_password": "hunter2"})
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Moment(at=BEGIN, records=(vm,), decisions=(Folder(path="/home/me/hunter2"),)))
    moment = snapshots.read(path)
    assert moment.decisions == ()
    assert "hunter2" not in repr(moment)


# --- signatures -------------------------------------------------------------------------------------------------------


def test_a_signature_says_whose_it_is(tmp_path: Path, key: SigningKey) -> None:
    path, bare = tmp_path / "a.vmisnap", tmp_path / "b.vmisnap"
    moment = Maker(1).moment()
    snapshots.write(path, moment, key)
    snapshots.write(bare, moment)
    assert signing.verify(path, ours=key.name).standing is Standing.OURS
    assert signing.verify(path, known=[key.name]).standing is Standing.KNOWN_KEY
    found = signing.verify(path)
    assert found.standing is Standing.UNKNOWN_KEY
    assert found.key == key.name
    assert signing.verify(bare).standing is Standing.UNSIGNED
    assert signing.verify(bare).digest == found.digest


def test_what_was_changed_after_it_was_signed_is_not_read(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Moment(at=BEGIN, records=(), policies=(PolicyFile(name="a", text="b"),)), key)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE policies SET text = 'c'")
        connection.commit()
    assert signing.verify(path, ours=key.name).standing is Standing.BROKEN
    with pytest.raises(InputError, match="changed after it was signed"):
        snapshots.read(path)


def test_packing_it_anew_breaks_no_signature(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Maker(2).moment(), key)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("VACUUM")
    assert signing.verify(path, ours=key.name).standing is Standing.OURS
