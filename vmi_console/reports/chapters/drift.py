"""What changed in the period: when, by whom, and the newest changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import kind_of
from vmi_console.plain_text import visible
from vmi_console.reports.chapters.bounds import MOST_CHANGES, MOST_PEOPLE
from vmi_console.reports.chapters.phrases import many, more, name, when
from vmi_console.reports.content import Block, Cell, Columns, Grid, Heading, Section, Tone, Word
from vmi_console.reports.subject import Subject
from vmi_console.reports.values import in_words


def section(subject: Subject) -> Section:
    """The chapter."""
    since = subject.moment.changes_since
    if since is None:
        lead = "No period was asked for, so nothing is said of what changed."
        return Section("drift", "Drift of the period", lead, ())
    changes = subject.changes
    people: dict[str, list[Change]] = {}
    for change in changes:
        people.setdefault(change.actor or "", []).append(change)
    unnamed = people.pop("", [])
    entities = len({change.entity for change in changes})
    lead = f"{many(len(changes), 'change')} of {many(entities, 'entity', 'entities')} since {when(since)} UTC" + (
        f"; who made {len(unnamed):,} of them is not known: no event of the hypervisor names anybody."
        if unnamed
        else "."
    )
    if not changes:
        return Section("drift", "Drift of the period", f"Nothing changed since {when(since)} UTC.", ())
    ranked = sorted(people.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [_person(name(actor), of_actor) for actor, of_actor in ranked[:MOST_PEOPLE]]
    if unnamed:
        rows.append(_person(Word("not known", Tone.UNKNOWN), unnamed))
    newest = changes[: -MOST_CHANGES - 1 : -1]
    blocks: tuple[Block, ...] = (
        Columns("changes", _by_time(changes, since, subject.at)),
        Heading("Who did what"),
        Grid(
            ("Who", "Changes", "Entities", "What, mostly", "Last"),
            tuple(rows),
            (24, 9, 9, 42, 16),
            (1, 2),
            more(MOST_PEOPLE, len(people), "The table of changes has all of them."),
        ),
        Heading("Newest changes"),
        Grid(
            ("When", "What", "Change", "Who"),
            tuple(
                (
                    when(each.occurred_at or each.observed_at),
                    name(each.name),
                    _change_text(each),
                    name(each.actor) if each.actor else "not known",
                )
                for each in newest
            ),
            (16, 20, 48, 16),
            (),
            more(MOST_CHANGES, len(changes), "The table of changes has all of them."),
        ),
    )
    return Section("drift", "Drift of the period", lead, blocks)


def _person(who: Cell, changes: Sequence[Change]) -> tuple[Cell, ...]:
    kinds = Counter(each.path.partition("[")[0].partition(".")[0] or each.action.value for each in changes)
    mostly = ", ".join(f"{visible(kind, 30)} ({count:,})" for kind, count in kinds.most_common(4))
    last = max(each.occurred_at or each.observed_at for each in changes)
    return who, f"{len(changes):,}", f"{len({each.entity for each in changes}):,}", mostly, when(last)


def _change_text(change: Change) -> str:
    if not change.path:
        return f"{kind_of(change.entity)} {change.action.value}"
    before = "nothing" if change.action is Action.ADDED else visible(in_words(change.before), 60)
    after = "nothing" if change.action is Action.REMOVED else visible(in_words(change.after), 60)
    return f"{visible(change.path, 60)}: {before} → {after}"


def _by_time(changes: Iterable[Change], since: datetime, until: datetime) -> tuple[tuple[str, int], ...]:
    """Changes by hour, day or week, whichever is some thirty columns at most."""
    span = until - since
    step, form = next(
        (step, form)
        for step, form in (
            (timedelta(hours=1), "%H:%M"),
            (timedelta(days=1), "%m-%d"),
            (timedelta(days=7), "%m-%d"),
            (timedelta(days=31), "%Y-%m"),
            (timedelta(days=366), "%Y"),
            (max(span, timedelta(days=1)), "%Y"),
        )
        if span / step <= 31
    )
    count = max(1, -(-span // step))
    heights = [0] * count
    for change in changes:
        at = change.occurred_at or change.observed_at
        heights[min(count - 1, max(0, int((at - since) / step)))] += 1
    return tuple((f"{since + number * step:{form}}", height) for number, height in enumerate(heights))
