"""`vmi-console replay`: what a folder of policies would have said over what the console has recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.cli.terminal import harmless_json, table
from vmi_console.errors import InputError
from vmi_console.history.reader import Reader
from vmi_console.plain_text import visible
from vmi_console.policy.folder import PolicyFolder
from vmi_console.review.replay import Replayed, replay_history

MOST_EPISODES = 200
"""In a table; JSON has them all."""


def replayed(history: Path, policies: Path, since: datetime, until: datetime | None) -> Replayed:
    """Leads the policies through a history file. Raises `InputError`, `StorageError`."""
    folder = PolicyFolder(policies)
    folder.refresh()
    said = folder.policies
    if said.problems:
        raise InputError(f"the policies have mistakes: {said.problems[0]}", "correct them: vmi-console policy lint DIR")
    if not said.policies:
        where = visible(str(policies), 300)
        raise InputError(f"there is no policy in {where}", "put YAML files there: see docs/policies.md")
    reader = Reader.open(history)
    try:
        span = reader.span()
        end = until or datetime.now(UTC)
        if span is None or end <= span.first or since >= end:
            raise InputError("nothing was recorded in that time", "choose another time with --since and --until")
        return replay_history(reader, said, max(since, span.first), end)
    finally:
        reader.close()


def shown(result: Replayed, form: str, *, colour: bool) -> str:
    """The result as `table` or `json`."""
    if form == "json":
        return harmless_json(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    lines = [
        f"From {result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M} UTC these policies would have fired "
        f"{len(result.episodes):,} times on {result.vms:,} VMs."
    ]
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
