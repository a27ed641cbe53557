"""`vmi-console export`: a report of a snapshot, of what answers at an address, or of what an engine knows."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from vmi_console.cli import collect
from vmi_console.cli.arguments import is_snapshot
from vmi_console.cli.person import Person
from vmi_console.engine.engines import Engines
from vmi_console.errors import InputError
from vmi_console.estate.query import parse_search
from vmi_console.history.snapshot_file import check_place
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.folder import PolicyFolder
from vmi_console.reports.compliance import judged
from vmi_console.reports.progress import Progress
from vmi_console.reports.report import Kind, kind_by_name, write_report
from vmi_console.reports.subject import Scope
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import policy_files
from vmi_console.runtime_folder import RuntimeFolder


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for. `source` is a snapshot, an address, or None: what an engine knows."""

    source: str | None
    output: Path
    kind: str = ""  # empty: as the output's name says
    select: str = ""
    since: datetime | None = None
    policies: Path | None = None
    table: str = "vms"
    advisories: Path | None = None
    kev: Path | None = None
    force: bool = False
    timeout_seconds: float = 120.0


def export(wish: Wish, engines: Engines, person: Person) -> str:
    """Writes the report; gives what was written, in words. Raises `VmiError`."""
    kind = Kind(wish.kind) if wish.kind else kind_by_name(wish.output)
    if kind is None:
        raise InputError(
            f"{visible(str(wish.output), 300)} does not say by its name what it is to be",
            f"say so with --format: {', '.join(Kind)}",
        )
    check_place(wish.output)
    parse_search(wish.select)
    if wish.output.exists() and not wish.force:
        raise InputError(
            f"{visible(str(wish.output), 300)} is there already", "choose another name, or replace it with --force"
        )
    advisories = None if wish.advisories is None else Advisories.load(wish.advisories, wish.kev)
    moment = _moment(wish, engines, person)
    if wish.policies is not None:
        moment = judged(moment, _texts(wish.policies), advisories)
    with _progress() as progress:
        count = write_report(
            kind,
            moment,
            wish.output,
            scope=Scope(query=wish.select),
            table=wish.table,
            advisories=advisories,
            progress=progress,
        )
    return f"{visible(str(wish.output), 300)}: {count:,} VMs"


def _moment(wish: Wish, engines: Engines, person: Person) -> Moment:
    if wish.source is not None and is_snapshot(wish.source):
        return _since(snapshots.read(Path(wish.source).expanduser().absolute()), wish.since)
    with RuntimeFolder() as folder:
        asked = collect.Wish(path=folder.path / "estate.vmisnap", changes_since=wish.since)
        if wish.source is None:
            work = collect.save_known(engines, asked, wish.timeout_seconds)
        else:
            work = collect.save(wish.source, asked, wish.policies, wish.timeout_seconds, person)
        asyncio.run(work)
        return snapshots.read(asked.path)


def _since(moment: Moment, since: datetime | None) -> Moment:
    """The moment with the changes since then. Raises `InputError` where it knows only later ones."""
    if since is None:
        return moment
    if moment.changes_since is None or moment.changes_since > since:
        known = "no changes" if moment.changes_since is None else f"changes since {moment.changes_since:%Y-%m-%d %H:%M}"
        raise InputError(
            f"the snapshot has {known}, not since {since:%Y-%m-%d %H:%M}", "choose a later time, or leave it out"
        )
    changes = tuple(change for change in moment.changes if change.observed_at >= since)
    return msgspec.structs.replace(moment, changes=changes, changes_since=since)


def _texts(path: Path) -> tuple[PolicyFile, ...]:
    folder = PolicyFolder(path)
    folder.refresh()
    texts = policy_files(folder)
    if not texts:
        raise InputError(
            f"there is no policy in {visible(str(path), 300)}", "put YAML files there: see docs/policies.md"
        )
    return texts


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """Says at a terminal how far it is."""
    if not sys.stderr.isatty():
        yield Progress()
        return
    shown = [-1]

    def told(share: float) -> None:
        if (percent := int(share * 100)) != shown[0]:
            shown[0] = percent
            print(f"\r{percent:3} %", end="", file=sys.stderr, flush=True)

    try:
        yield Progress(told)
    finally:
        print("\r     \r", end="", file=sys.stderr, flush=True)
