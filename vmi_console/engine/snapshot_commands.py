"""What clients may ask about snapshot files: to write one of the estate as it is now (see `commands`)."""

from __future__ import annotations

import asyncio
import threading
import typing
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from vmi_console.engine.policies import Policies, all_decided
from vmi_console.engine.response import Response
from vmi_console.errors import InputError
from vmi_console.estate.changes import Change
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import parse_search
from vmi_console.estate.records import to_builtins
from vmi_console.history.store import History
from vmi_console.plain_text import visible
from vmi_console.response.keys import SigningKey
from vmi_console.review import signing, snapshots
from vmi_console.review.moment import Moment
from vmi_console.review.present import moment_of, policy_files
from vmi_console.review.redaction import redacted
from vmi_console.review.selection import selected
from vmi_console.wire.program import version

CHANGES_AT_ONCE = 5_000
MOST_CHANGES = 5_000_000


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    inventory: Inventory
    history: History
    policies: Policies
    response: Response

    def now(self) -> datetime:
        """The time that counts as now."""


class SnapshotCommands:
    """Commands that write files for others."""

    def __init__(self, engine: Backend) -> None:
        self._of_snapshots = engine

    async def signing_key(self) -> str:
        """The name of the key by which snapshots are signed, for whoever wants to know that before there is one.

        Raises `InputError` where there is none that lasts.
        """
        return (await signing.signer(self._of_snapshots.response.keys)).name

    async def snapshot(
        self,
        path: str,
        title: str = "",
        select: str = "",
        changes_since: datetime | None = None,
        redact: bool = False,
        sign: bool = False,
    ) -> dict[str, Any]:
        """Writes the estate as it is now, or the part that a query selects, to a file; gives what it says of itself.

        Raises `InputError`, `QueryError`, `StorageError`; then a file that was there is as it was.
        """
        place = Path(path)
        if not place.is_absolute():
            raise InputError(f"{visible(path, 300)} is no whole path", "give the whole path of the file to write")
        engine = self._of_snapshots
        signer = await signing.signer(engine.response.keys) if sign else None
        at = engine.now()
        changes = await changes_since_then(engine.history, changes_since) if changes_since is not None else ()
        moment = moment_of(
            tuple(engine.inventory.all()),
            at,
            findings=tuple(engine.policies.ledger.all().values()),
            decisions=all_decided(engine.history),
            quarantines=tuple(engine.response.all()),
            changes=changes,
            changes_since=changes_since,
            title=title,
            source=f"vmi-console {version()}",
        )
        matches = None
        if select.strip():
            matches = tuple(parse_search(select).filter(engine.inventory.vms(), engine.inventory, engine.now()))
            if not matches:
                raise InputError(f"no VM matches {visible(select, 200)}", "choose others, or leave the selection out")
        given_up = threading.Event()

        def write() -> snapshots.Info:
            whole = replace(moment, policies=policy_files(engine.policies.folder))
            part = whole if matches is None else selected(whole, matches, select)
            return _written(place, redacted(part) if redact else part, signer, given_up)

        try:
            written = await asyncio.to_thread(write)
        finally:
            given_up.set()  # who waits may be cancelled, and a thread goes on
        answer: dict[str, Any] = to_builtins(written)
        return answer


def _written(place: Path, moment: Moment, signer: SigningKey | None, given_up: threading.Event) -> snapshots.Info:
    snapshots.write(place, moment, signer, given_up=given_up.is_set)
    return snapshots.info(place)


async def changes_since_then(history: History, since: datetime) -> Sequence[Change]:
    """The changes since then, oldest first."""
    newest_first: list[list[Change]] = []
    before: int | None = None
    count = 0
    while some := await history.recent(CHANGES_AT_ONCE, before):
        wanted = [change for change in some if change.observed_at >= since]
        newest_first.append(wanted)
        count += len(wanted)
        if count > MOST_CHANGES:
            raise InputError(f"there are more than {MOST_CHANGES:,} changes since then", "choose a shorter span")
        if len(wanted) < len(some):
            break
        before = some[0].number
    return [change for some in reversed(newest_first) for change in some]
