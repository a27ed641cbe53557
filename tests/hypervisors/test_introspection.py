"""Inside real, running Debian guests, from outside: what their own tools say, and what changes within a minute."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import libvirt
import msgspec
import pytest
from dissect.extfs import ExtFS

from tests.console import Console, aside, console, eventually
from tests.hypervisors.certificates import certificates
from tests.hypervisors.conftest import eventually as patiently
from tests.hypervisors.lab.debian import Debian
from tests.hypervisors.lab.laboratory import Laboratory
from tests.unit.introspection.disk.disks import run
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.inspecting.backup import Backups
from vmi_console.collectors.libvirt.inspecting.forward import Here
from vmi_console.collectors.libvirt.session import Session, opened
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.facts import FACT_SETS, Guest, Looked
from vmi_console.estate.records import Source
from vmi_console.introspection.disk import looking
from vmi_console.introspection.disk.ext4_journal import Replay
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.parser.protocol import Content
from vmi_console.introspection.quiet import Quiet, read
from vmi_console.introspection.rounds import Standing
from vmi_console.introspection.temporary import Notes
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.settings import Workspace

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

libvirt.registerErrorHandler(lambda _context, _error: None, None)  # errors arrive as exceptions

NOTICED_S = 60.0
"""Within which a change inside a guest has to become a finding."""

POLICY = """\
policy: What runs on Debian
members: glob(name, "debian-*")
severity: high
checks:
  - applications: {denied: [telnetd, ncat]}
    id: denied
  - services: {required: [cron, rsyslog]}
    id: required
"""

DELAY_S, ISOLATED_S = 2.0, 5.0
"""The policy's own delay, and within what a guest is verifiably isolated after it."""

ISOLATING = """\
policy: Nothing to listen with
members: name == "debian-raw"
severity: critical
checks:
  - applications: {denied: [netcat-traditional]}
respond: {quarantine: automatic, after: 2s, mode: isolate}
"""


@pytest.fixture(scope="module")
def guests(lab: Laboratory) -> Iterator[dict[str, Debian]]:
    """One guest on a raw disk and one on a qcow2 image."""
    made = {form: Debian(lab, f"debian-{form}", form) for form in ("raw", "qcow2")}
    for guest in made.values():
        guest.define()
        guest.boot()
    for guest in made.values():
        guest.wait()
    yield made
    for guest in made.values():
        guest.remove()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with policies; what consoles of one user share is its own, too."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    policies = Workspace.at(tmp_path / "workspace").policies
    policies.mkdir(parents=True)
    (policies / "debian.yaml").write_text(POLICY)
    (policies / "isolating.yaml").write_text(ISOLATING)
    return tmp_path / "workspace"


@pytest.fixture
async def one(lab: Laboratory, folder: Path) -> AsyncIterator[Console]:
    """A console that may read guests and make temporary jobs."""
    async with console(PrivateEngine(folder), findings=True) as made:
        grants = {"read_guests": True, "temporary_snapshots": True, "quarantine": True}
        await made.add(lab.uri, grants=grants)
        yield made


async def look(one: Console, name: str) -> Guest:
    """Looks into a guest now, and gives what was found."""
    vm = one.vm(name)
    await one.inspect(vm.id)
    return msgspec.convert(await one.client.call("guest", vm=vm.id), Guest)


def held_by(guest: Guest, field: str) -> set[str]:
    facts = getattr(guest, field)
    assert facts.status is Looked.READ, facts.because
    return {item.name for item in facts.items}


@pytest.mark.parametrize("form", ["raw", "qcow2"])
async def test_facts_are_what_the_guest_says_of_itself(one: Console, guests: dict[str, Debian], form: str) -> None:
    debian = guests[form]
    await aside(lambda: debian.run("sync"))
    found = await look(one, debian.name)
    assert found.applications.status is Looked.READ, found.applications.because
    packages = (await aside(lambda: debian.run("dpkg-query -W -f '${Package} ${Version} ${Architecture}\\n'"))).split(
        "\n"
    )
    assert {f"{each.name} {each.version} {each.arch}" for each in found.applications.items} == set(
        filter(None, packages)
    )
    units = await aside(lambda: debian.run("systemctl list-unit-files --type=service --no-legend --no-pager"))
    # What was made while it started (generators, runtime links) is in memory only.
    made = await aside(lambda: debian.run("find /run/systemd/generator* /run/systemd/system -name '*.service*'"))
    only_running = {line.rpartition("/")[2] for line in made.splitlines()}
    only_running |= {f"{name.partition('@')[0]}@.service" for name in only_running if "@" in name}
    theirs = {name: state for name, state, *_ in map(str.split, units.splitlines()) if name not in only_running}
    # What starts it in its place is our addition to systemd's word.
    ours = {f"{each.name}.service": each.state.partition(",")[0] for each in found.services.items if each.unit}
    disagreeing = {unit: (state, ours.get(unit)) for unit, state in theirs.items() if ours.get(unit) != state}
    assert disagreeing == {}
    assert len(theirs) > 50
    running = await aside(
        lambda: debian.run("systemctl list-units --type=service --state=running --no-legend --plain | awk '{print $1}'")
    )
    assert {f"{each.name}.service" for each in found.services.items if each.running} >= set(running.split())
    assert found.os.items[0].kernel == (await aside(lambda: debian.run("uname -r"))).strip()
    # Those of the kernel itself are called after what they happen to work on, and longer than the kernel remembers.
    processes = await aside(lambda: debian.run("ps --ppid 2 -p 2 -N -o pid=,comm="))
    theirs_by_pid = {pid: name[:15] for pid, name in (line.split(None, 1) for line in processes.splitlines())}
    assert found.processes.status is Looked.READ, found.processes.because
    ours_by_pid = {str(each.pid): each.name for each in found.processes.items if 2 not in (each.pid, each.parent)}
    both = theirs_by_pid.keys() & ours_by_pid.keys()
    assert len(both) > 0.8 * len(ours_by_pid), "some come and go"
    assert {pid: ours_by_pid[pid] for pid in both} == {pid: theirs_by_pid[pid] for pid in both}
    assert {look.status for look in found.looks} == {Looked.READ}


def finding(one: Console, policy: str, name: str, word: str) -> Finding | None:
    vm = one.vm(name).id
    ours = (each for each in one.open_findings if (each.policy, each.vm) == (policy, vm))
    return next((each for each in ours if word in each.evidence), None)


async def noticed(one: Console, name: str, word: str) -> float:
    """Waits for a finding that speaks of `word`; gives how long that took."""
    began = time.monotonic()
    await eventually(lambda: finding(one, "What runs on Debian", name, word), seconds=NOTICED_S)
    return time.monotonic() - began


@pytest.mark.parametrize("form", ["raw", "qcow2"])
async def test_what_changes_inside_is_noticed_within_a_minute(
    one: Console, guests: dict[str, Debian], form: str
) -> None:
    """No agent of ours, and no `sync`, in the guest."""
    debian = guests[form]
    assert held_by(await look(one, debian.name), "applications") >= {"cron", "rsyslog"}
    await eventually(lambda: not [each for each in one.open_findings if each.vm == one.vm(debian.name).id])

    await aside(lambda: debian.install("telnetd", "0.17-50"))
    await noticed(one, debian.name, "telnetd")

    await aside(lambda: debian.run("systemctl disable --now cron"))
    await noticed(one, debian.name, "cron")

    await aside(lambda: debian.run("systemctl stop rsyslog syslog.socket"))
    await noticed(one, debian.name, "rsyslog")

    await aside(lambda: debian.run("dpkg --purge telnetd; systemctl enable --now cron; systemctl start rsyslog"))
    await eventually(
        lambda: not [each for each in one.open_findings if each.vm == one.vm(debian.name).id], seconds=NOTICED_S
    )


async def test_a_denied_application_is_isolated_by_itself(one: Console, guests: dict[str, Debian]) -> None:
    debian = guests["raw"]
    await look(one, debian.name)
    await one.client.call("arm", policy="Nothing to listen with")
    await aside(lambda: debian.install("netcat-traditional", "1.10-47"))
    await eventually(lambda: finding(one, "Nothing to listen with", debian.name, "netcat"), seconds=NOTICED_S)
    opened = time.monotonic()

    async def stage() -> Stage | None:
        listed = msgspec.convert(await one.client.call("quarantines"), list[Quarantine])
        return next((each.stage for each in listed if each.vm == one.vm(debian.name).id), None)

    while await stage() is not Stage.ISOLATED:  # which it is called only when that was verified
        assert time.monotonic() - opened < DELAY_S + ISOLATED_S, "the policy's own delay, and the limit"
        await asyncio.sleep(0.1)
    print(f"isolated {time.monotonic() - opened - DELAY_S:.1f} s after the policy's own delay")
    await one.client.call("release", vm=one.vm(debian.name).id, reason="seen")
    await aside(lambda: debian.run("dpkg --purge netcat-traditional"))


COPIES = 50

INSTALLING = """\
cd /tmp; n=0
while [ ! -e /tmp/enough ]; do
  n=$((n + 1)); name=package-$((n % 7))
  mkdir -p $name/DEBIAN
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' $name $n \\
    > $name/DEBIAN/control
  dpkg-deb --build $name $name.deb > /dev/null && dpkg --install $name.deb > /dev/null
  unit=/etc/systemd/system/$name.service
  printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' > $unit
  [ $((n % 3)) = 0 ] && ln -sf $unit /etc/systemd/system/multi-user.target.wants/
  [ $((n % 5)) = 0 ] && dpkg --purge $name > /dev/null
  useradd user-$((n % 11)) 2> /dev/null || userdel user-$((n % 11))
done
"""


async def test_dirty_journals_say_what_recovery_says(guests: dict[str, Debian], tmp_path: Path) -> None:
    """Copies of the disk at random instants while packages come and go, each read as it is and once e2fsck mended it.

    The guest stands still for the moment of a copy, so that both are of one instant.
    """
    debian, chance = guests["raw"], random.Random(7)
    await aside(lambda: debian.put("/tmp/installing", INSTALLING.encode()))
    await aside(lambda: debian.run("rm -f /tmp/enough; setsid sh /tmp/installing > /dev/null 2>&1 &"))
    dirty, different = 0, []
    copy, mended = tmp_path / "copy.raw", tmp_path / "mended.raw"
    try:
        for number in range(COPIES):
            await asyncio.sleep(chance.uniform(0.05, 1.5))
            await aside(lambda: debian.copy(copy))
            await aside(lambda: run("cp", "--sparse=always", copy, mended))
            await aside(lambda: run("e2fsck", "-fy", mended, may_fail=True))
            ours, theirs = await aside(lambda: _facts(copy)), await aside(lambda: _facts(mended))
            dirty += bool(await aside(lambda: _kept(copy)))
            if ours != theirs:
                differing = [field for field in FACT_SETS if getattr(ours, field) != getattr(theirs, field)]
                different.append((number, differing))
    finally:
        await aside(lambda: debian.run("touch /tmp/enough"))
    assert different == []
    assert dirty > COPIES / 2, "most of them had something to replay"


class _OnDisk:
    """A raw disk in a file, as `disk.looking` takes it."""

    content = Content.DISK

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2)

    def other(self, name: str) -> BinaryIO:
        raise OSError(name)


def _facts(path: Path) -> Findings:
    with path.open("rb") as file:
        found, _, _ = looking.look([_OnDisk(file)])
    return found


def _kept(path: Path) -> int:
    """How many blocks the journal has for other places."""
    with path.open("rb") as file:
        plain = ExtFS(file)
        return len(Replay(plain.get_inode(plain.sb.s_journal_inum).open()).kept)


KILLED = """\
import asyncio, sys
import libvirt
from pathlib import Path
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.inspecting.backup import Backups
from vmi_console.collectors.libvirt.inspecting.forward import Here
from vmi_console.collectors.libvirt.inspecting.machine import machine
from vmi_console.collectors.libvirt.session import opened
from vmi_console.introspection.temporary import Notes

async def main(uri, name, notes):
    session = await opened(target(uri), None, writable=True, answered=lambda: None)
    domain = await session.call(session.survey.connection.lookupByName, name)
    known = machine(await session.call(domain.XMLDesc, 0))
    async with Backups(session, "here", Notes(Path(notes)), Here()).of(known, domain, known.disks, None) as sources:
        print(len(await sources[0].read(0, 65536)), flush=True)
        await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_job_that_a_killed_console_left_behind_is_ended_and_no_other(
    lab: Laboratory, guests: dict[str, Debian], tmp_path: Path
) -> None:
    notes, debian = tmp_path / "notes", guests["qcow2"]
    command = [sys.executable, "-c", KILLED, lab.uri, debian.name, str(notes)]
    session = await opened(target(lab.uri), None, writable=True, answered=lambda: None)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"65536\n", "it reads the export"
        backups = Backups(session, "here", Notes(notes), Here())
        assert await backups.reap() == 0, "its maker lives"
        process.kill()
        await process.wait()
        assert await session.call(_has_backup, session, debian.name)
        assert await Backups(session, "elsewhere", Notes(notes), Here()).reap() == 0, "it is another endpoint's"
        assert await backups.reap() == 1
        assert await aside(lambda: [*notes.iterdir()]) == []
        # Aborting is asked for, and done a moment later; the scratch file goes with it.
        await aside(lambda: patiently(lambda: not _has_backup(session, debian.name)))
        await aside(lambda: patiently(lambda: not [*lab.place.images.glob("*vmi-console-*")]))

        foreign = (
            "<domainbackup mode='pull'><server transport='unix' socket='/var/tmp/somebody-else.sock'/><disks>"
            f"<disk name='vda' backup='yes' type='file'><scratch file='{lab.place.images}/scratch'/></disk></disks>"
            "</domainbackup>"
        )
        domain = await session.call(session.survey.connection.lookupByName, debian.name)
        await session.call(domain.backupBegin, foreign, None, 0)
        await aside(lambda: Notes(notes).take("here", domain.UUIDString(), "backup job").leave())
        assert await backups.reap() == 0
        assert await session.call(_has_backup, session, debian.name), "which is somebody else's"
        await session.call(domain.abortJob)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        session.close()


# --- quiet hours ------------------------------------------------------------------------------------------------------


async def test_in_quiet_hours_nobody_is_looked_into_but_who_is_asked_for(lab: Laboratory, folder: Path) -> None:
    async with console(PrivateEngine(folder)) as one:
        await one.client.call("set_pace", pace=ChosenPace(quiet=Quiet(read("0-24"))))
        await one.add(lab.uri, grants={"read_guests": True})
        await eventually(lambda: standing(one).quiet and standing(one).waiting > 1)
        db, web = one.vm("db"), one.vm("web")
        await one.inspect(db.id)
        assert await one.client.call("guest", vm=db.id) is not None
        assert await one.client.call("guest", vm=web.id) is None
        assert await one.client.call("waits", vm=web.id)
        await one.client.call("set_pace", pace=ChosenPace(at_once=1))
        for _ in range(300):
            if await one.client.call("guest", vm=web.id) is not None:
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("nobody looks into web though the quiet is over")
        await eventually(lambda: not standing(one).quiet)


def standing(one: Console) -> Standing:
    return next((each for each in one.rounds.values() if each is not None), Standing())


# --- across a network -------------------------------------------------------------------------------------------------


@contextmanager
def inside(lab: Laboratory) -> Iterator[None]:
    """Whatever this thread opens or starts meanwhile is in the lab's network."""
    with Path("/proc/thread-self/ns/net").open() as ours, Path(f"/proc/{lab.namespace.init}/ns/net").open() as theirs:
        os.setns(theirs.fileno(), os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(ours.fileno(), os.CLONE_NEWNET)


@pytest.fixture
def over_tls(lab: Laboratory, guests: dict[str, Debian]) -> Iterator[str]:
    """The address of the lab's libvirtd as one reaches it over TLS; guests outlive that it is another for a while."""
    certificates(lab.libvirtd.certificates)
    restart(lab, guests, over_tls=True)
    yield f"qemu+tls://127.0.0.1/system?pkipath={lab.libvirtd.certificates}"
    restart(lab, guests, over_tls=False)
    shutil.rmtree(lab.libvirtd.certificates)


def restart(lab: Laboratory, guests: dict[str, Debian], *, over_tls: bool) -> None:
    """Between two looks, and until the new one knows all guests again: it answers before."""
    with closing(lab.libvirtd.connect()) as connection:
        for guest in guests.values():
            patiently(lambda guest=guest: not has_backup(connection, guest.name))  # type: ignore[misc]
    lab.libvirtd.end()
    lab.libvirtd.start(over_tls=over_tls)
    for guest in guests.values():
        guest.wait()


async def test_a_running_qcow2_is_read_over_tls(
    lab: Laboratory, guests: dict[str, Debian], over_tls: str, folder: Path
) -> None:
    """libvirtd's own TLS, and an export that QEMU serves with certificates of the same CA."""
    with inside(lab):
        async with console(PrivateEngine(folder)) as one:
            await one.add(over_tls, grants={"read_guests": True, "temporary_snapshots": True})
            for _ in range(30):
                found = await look(one, guests["qcow2"].name)
                if disks := [each for each in found.looks if each.source is Source.DISK and each.way]:
                    break
                await aside(lambda: guests["qcow2"].run("touch /root/written && sync"))  # else there is nothing to read
                await asyncio.sleep(1.0)
    assert [(each.way, each.status) for each in disks] == [("backup", Looked.READ)], disks
    assert disks[0].read_bytes > 0
    assert {"bash", "systemd"} <= held_by(found, "applications")


def _has_backup(session: Session, name: str) -> bool:
    return has_backup(session.survey.connection, name)


def has_backup(connection: libvirt.virConnect, name: str) -> bool:
    try:
        connection.lookupByName(name).backupGetXMLDesc(0)
    except libvirt.libvirtError:
        return False
    return True
