"""`vmi-console replay`: what a folder of policies would have said over what was recorded, here or in a snapshot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.cli.exits import complain
from vmi_console.cli.terminal import harmless_json, table
from vmi_console.errors import InputError
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.folder import PolicyFolder
from vmi_console.review.replay import Replayed
from vmi_console.review.replayer import replayed_history, replayed_snapshot

MOST_EPISODES = 200
"""In a table; JSON has them all."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    path: Path  # of a history, or of a snapshot
    is_snapshot: bool
    policies: Path
    since: datetime | None = None
    until: datetime | None = None
    advisories: Path | None = None
    kev: Path | None = None


def replayed(wish: Wish) -> Replayed:
    """Leads the policies through a history or a snapshot. Raises `InputError`, `StorageError`."""
    folder = PolicyFolder(wish.policies)
    folder.refresh()
    said = folder.policies
    if said.problems:
        raise InputError(f"the policies have mistakes: {said.problems[0]}", "correct them: vmi-console policy lint DIR")
    if not said.policies:
        where = visible(str(wish.policies), 300)
        raise InputError(f"there is no policy in {where}", "put YAML files there: see docs/policies.md")
    advisories = None if wish.advisories is None else Advisories.load(wish.advisories, wish.kev)
    if wish.is_snapshot:
        found, unclear = replayed_snapshot(wish.path, said, wish.since, wish.until, advisories=advisories)
        if unclear:
            complain(
                f"of {unclear:,} things a part of the past cannot be told from the changes: they are left out there"
            )
        return found
    until = wish.until or datetime.now(UTC)
    return replayed_history(wish.path, said, wish.since, until, advisories=advisories)


def shown(result: Replayed, form: str, *, colour: bool) -> str:
    """The result as `table` or `json`."""
    if form == "json":
        return harmless_json(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    lines = [
        f"From {result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M} UTC these policies would have fired "
        f"{len(result.episodes):,} times on {result.vms:,} VMs."
    ]
    if result.unknown:
        lines.append(f"Of {len(result.unknown):,} more VMs nobody could tell.")
    if result.episodes:
        rows = [
            (
                f"{each.since:%Y-%m-%d %H:%M}" + (" (before)" if each.from_before else ""),
                f"{each.until:%Y-%m-%d %H:%M}" if each.until is not None else "–",
                each.vm_name,
                each.policy,
                each.title,
                each.evidence,
            )
            for each in result.episodes[:MOST_EPISODES]
        ]
        lines += ["", table(("FROM", "UNTIL", "VM", "POLICY", "CHECK", "EVIDENCE"), rows, colour=colour)]
        if len(result.episodes) > MOST_EPISODES:
            lines.append(f"… and {len(result.episodes) - MOST_EPISODES:,} more: --format json has all")
    if result.isolations:
        acts = [
            (f"{each.at:%Y-%m-%d %H:%M}", each.vm_name, each.policy, "ask" if each.asked else "isolate", each.because)
            for each in result.isolations[:MOST_EPISODES]
        ]
        lines += ["", table(("AT", "VM", "POLICY", "WOULD", "BECAUSE"), acts, colour=colour)]
    return "\n".join(lines)
