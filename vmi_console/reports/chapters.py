"""The chapters of a report: compliance with its coverage, risks, drift, quarantine, the estate.

In English, times in UTC. Lists are bounded, and say what they leave out: a report of 45,000 VMs is still something that
one reads. Unknown is never told as a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from vmi_console.collectors.quarantine import Mode
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import Looked
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.records import Cluster, Connection, Datastore, Host, Power, State
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.policy.scores import Score
from vmi_console.reports.compliance import age_text, open_by_severity, risks
from vmi_console.reports.content import (
    Bar,
    Bars,
    Block,
    Cell,
    Columns,
    Grid,
    Heading,
    Note,
    Report,
    Section,
    Segment,
    Tile,
    Tone,
    Word,
)
from vmi_console.reports.subject import Subject
from vmi_console.reports.tables import value_text
from vmi_console.response.quarantine import Stage, open_ways

MOST_FINDINGS = 40
MOST_CHANGES = 60
MOST_PEOPLE = 15
MOST_REASONS = 12
MOST_ROWS = 40
MOST_BARS = 10
LONGEST_NAME = 80
LONGEST_TEXT = 160


SEVERITY_TONES = {
    Severity.CRITICAL: Tone.WORST,
    Severity.HIGH: Tone.BAD,
    Severity.MEDIUM: Tone.WARNING,
    Severity.LOW: Tone.MUTED,
}
STAGE_TONES = {
    Stage.ISOLATED: Tone.GOOD,
    Stage.RELEASED: Tone.MUTED,
    Stage.KEPT: Tone.MUTED,
    Stage.OBSERVED: Tone.ACCENT,
    Stage.PARTLY: Tone.BAD,
    Stage.UNDONE: Tone.WORST,
    Stage.FAILED: Tone.BAD,
    Stage.UNCERTAIN: Tone.UNKNOWN,
    Stage.GONE: Tone.UNKNOWN,
}
STATE_TONES = {State.LIVE: Tone.GOOD, State.DEGRADED: Tone.WARNING}
POWER_TONES = {
    Power.ON: Tone.GOOD,
    Power.OFF: Tone.MUTED,
    Power.PAUSED: Tone.WARNING,
    Power.SUSPENDED: Tone.WARNING,
    Power.CRASHED: Tone.BAD,
    Power.UNKNOWN: Tone.UNKNOWN,
}


def content(subject: Subject) -> Report:
    """What is to be said of what a report is about."""
    moment = subject.moment
    sections = [_compliance(subject), _risks(subject), _drift(subject), _quarantine(subject), _estate(subject)]
    return Report(
        title=name(moment.title) if moment.title else "Estate report",
        facts=tuple(_facts(subject)),
        notes=tuple(_notes(subject)),
        tiles=tuple(_tiles(subject)),
        sections=tuple(sections),
        foot="Not known is told as such, and never counted as a pass. Times are in UTC.",
    )


def name(text: str) -> str:
    """A name as a report shows it."""
    return visible(text, LONGEST_NAME) or "(no name)"


def saying(text: str) -> str:
    """A longer text as a report shows it."""
    return visible(text, LONGEST_TEXT)


def when(time: datetime | None) -> str:
    """A time to the minute."""
    return "not known" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def percent(value: float | None) -> str:
    """Rounded down: only what is whole is told as 100."""
    return "–" if value is None else f"{int(value * 10) / 10:g} %"


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun.

    >>> many(1, "VM"), many(1200, "VM"), many(2, "policy", "policies")
    ('1 VM', '1,200 VMs', '2 policies')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _more(shown: int, total: int, where: str) -> str:
    return f"The first {shown:,} of {total:,}. {where}" if total > shown else ""


# --- the beginning ------------------------------------------------------------------------------------------------


def _facts(subject: Subject) -> Iterable[tuple[str, str]]:
    moment = subject.moment
    yield "As it was at", f"{when(moment.at)} UTC"
    yield "VMs", f"{subject.scope}" if not subject.is_whole else "everything that is known"
    if moment.selection:
        yield "Snapshot of", saying(moment.selection)
    if moment.changes_since is not None:
        yield "Changes since", f"{when(moment.changes_since)} UTC"
    if moment.source:
        yield "Made by", saying(moment.source)


def _notes(subject: Subject) -> Iterable[Note]:
    moment = subject.moment
    if moment.redacted:
        yield Note("Names, addresses and users were replaced: this report can be shared.", Tone.ACCENT)
    for lack in moment.lacks[:MOST_REASONS]:
        yield Note(f"Not known: {saying(lack)}", Tone.UNKNOWN)
    old = [each for each in subject.estate.of(Connection) if each.health.state not in (State.LIVE, State.DEGRADED)]
    if old and not moment.lacks:
        names = ", ".join(name(each.name) for each in old[:5]) + (" and others" if len(old) > 5 else "")
        yield Note(f"Not heard of at that time, so that what is told of it may be older: {names}.", Tone.WARNING)
    if subject.compliance.problems:
        told = many(subject.compliance.problems, "mistake")
        yield Note(f"The policy documents have {told}: documents with mistakes are not judged by.", Tone.BAD)


def _tiles(subject: Subject) -> Iterable[Tile]:
    running = sum(vm.power is Power.ON for vm in subject.vms)
    yield Tile("Virtual machines", f"{len(subject.vms):,}", f"{running:,} running")
    score = subject.compliance.score
    note = f"{percent(score.coverage_percent)} of it can be told" if score.total else "no policies"
    yield Tile("Compliance", percent(score.percent), note, _tone(score))
    severities = open_by_severity(subject.findings)
    worst = severities[Severity.CRITICAL] + severities[Severity.HIGH]
    found = sum(severities.values())
    yield Tile(
        "Open findings", f"{found:,}", f"{worst:,} critical or high", Tone.BAD if worst else _good_where(not found)
    )
    held = [each for each in subject.quarantines if each.stage.counts]
    leaking = sum(each.stage is not Stage.ISOLATED for each in held)
    yield Tile(
        "In quarantine",
        f"{len(held):,}",
        f"{leaking:,} not wholly closed" if held else "nobody",
        Tone.BAD if leaking else Tone.PLAIN,
    )
    if subject.moment.changes_since is None:
        yield Tile("Changes", "–", "no period was asked for", Tone.MUTED)
    else:
        days = max(1, round((subject.at - subject.moment.changes_since) / timedelta(days=1)))
        yield Tile("Changes", f"{len(subject.changes):,}", f"in {many(days, 'day')}")


def _tone(score: Score) -> Tone:
    if score.percent is None:
        return Tone.UNKNOWN
    if score.failed > score.waived:
        return Tone.BAD if score.percent < 90 else Tone.WARNING
    return Tone.GOOD if not score.unknown else Tone.UNKNOWN


def _good_where(so: bool) -> Tone:
    return Tone.GOOD if so else Tone.PLAIN


# --- compliance ---------------------------------------------------------------------------------------------------

JUDGEMENTS = (
    Word("passes", Tone.GOOD),
    Word("waived", Tone.ACCENT),
    Word("fails", Tone.BAD),
    Word("not known", Tone.UNKNOWN),
)


def _of_score(score: Score) -> tuple[Segment, ...]:
    counts = score.passed, score.waived, score.failed - score.waived, score.unknown
    return tuple(Segment(word.text, count, word.tone) for word, count in zip(JUDGEMENTS, counts, strict=True) if count)


def _compliance(subject: Subject) -> Section:
    compliance = subject.compliance
    score = compliance.score
    if not compliance.policies:
        lead = "There are no policies that this estate was held against, so nothing can be said."
        return Section("compliance", "Compliance", lead, ())
    lead = (
        f"Of {many(score.total, 'judgement')}, {score.passed:,} pass, {score.failed:,} fail "
        f"({score.waived:,} of them waived), and of {score.unknown:,} nobody can tell. "
        f"Of those that can be told, {percent(score.percent)} hold; that is {percent(score.coverage_percent)} of what "
        "is demanded."
    )
    blocks: list[Block] = [
        Bars(
            tuple(
                Bar(
                    name(each.name),
                    _of_score(each.score),
                    f"{percent(each.score.percent)} · {percent(each.score.coverage_percent)} known",
                )
                for each in compliance.policies[:MOST_ROWS]
            ),
            legend=JUDGEMENTS,
        ),
        Grid(
            ("Policy", "Severity", "VMs", "Passes", "Fails", "Waived", "Not known", "Score", "Coverage"),
            tuple(
                (
                    name(each.name),
                    Word(each.severity.value, SEVERITY_TONES[each.severity]),
                    *(f"{count:,}" for count in (each.members, each.score.passed, each.score.failed)),
                    *(f"{count:,}" for count in (each.score.waived, each.score.unknown)),
                    *(percent(each.score.percent), percent(each.score.coverage_percent)),
                )
                for each in compliance.policies[:MOST_ROWS]
            ),
            (32, 11, 8, 8, 8, 8, 10, 9, 10),
            (2, 3, 4, 5, 6, 7, 8),
            _more(MOST_ROWS, len(compliance.policies), "The workbook has all of them."),
        ),
    ]
    if compliance.unknown:
        shown = compliance.unknown[:MOST_REASONS]
        blocks += [
            Heading("What nobody can tell, and why"),
            Grid(
                ("VMs", "Policy", "Check", "Because"),
                tuple((f"{each.vms:,}", name(each.policy), name(each.title), saying(each.because)) for each in shown),
                (7, 22, 26, 45),
                (0,),
                _more(MOST_REASONS, len(compliance.unknown), "The workbook has all of them."),
            ),
        ]
    return Section("compliance", "Compliance", lead, tuple(blocks))


# --- risks --------------------------------------------------------------------------------------------------------


def _risks(subject: Subject) -> Section:
    found = [finding for finding in subject.findings if finding.is_open]
    severities = open_by_severity(found)
    if not found:
        return Section("risks", "Top risks", "There are no open findings.", ())
    told = ", ".join(f"{count:,} {severity.value}" for severity, count in severities.items() if count)
    concerned = len({finding.vm for finding in found})
    lead = f"{many(len(found), 'open finding')} on {many(concerned, 'VM')}: {told}."
    worst = risks(found, MOST_BARS)
    rows = _by_check(found)
    vague = sum(finding.verdict is Verdict.UNKNOWN for finding in found)
    blocks: list[Block] = [
        Bars(
            tuple(
                Bar(
                    name(vm_name),
                    tuple(
                        Segment(severity.value, count, SEVERITY_TONES[severity])
                        for severity in reversed(Severity)
                        if (count := sum(each.severity is severity for each in of_vm))
                    ),
                    name(of_vm[0].title),
                )
                for _, vm_name, of_vm in worst
            ),
            shares=False,
            legend=tuple(Word(severity.value, SEVERITY_TONES[severity]) for severity in reversed(Severity)),
        ),
        Heading("By what was found"),
        Grid(
            ("Severity", "Finding", "Policy", "VMs", "Not known now", "First seen"),
            tuple(rows[:MOST_ROWS]),
            (11, 34, 24, 8, 12, 13),
            (3, 4),
            _more(MOST_ROWS, len(rows), "The table of findings has all of them."),
        ),
        Heading("Findings, worst first"),
        Grid(
            ("Severity", "VM", "Finding", "Evidence", "Open for", "Who"),
            tuple(
                (
                    Word(each.severity.value, SEVERITY_TONES[each.severity]),
                    name(each.vm_name),
                    name(each.title),
                    saying(each.evidence if each.verdict is Verdict.FAIL else f"not known now: {each.because}"),
                    age_text(each.opened_at, subject.at),
                    name(each.actor) if each.actor else "not known",
                )
                for each in found[:MOST_FINDINGS]
            ),
            (10, 16, 20, 34, 9, 12),
            (),
            _more(MOST_FINDINGS, len(found), "The table of findings has all of them."),
        ),
    ]
    if vague:
        blocks.insert(1, Note(f"Of {many(vague, 'finding')} nobody can tell any more whether it holds.", Tone.UNKNOWN))
    return Section("risks", "Top risks", lead, tuple(blocks))


def _by_check(found: Sequence[Finding]) -> list[tuple[Cell, ...]]:
    """One line for all findings of a rule, the worst and most frequent first."""
    rules: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        rules.setdefault((finding.policy, finding.rule), []).append(finding)
    ranked = sorted(rules.items(), key=lambda item: (-item[1][0].severity.rank, -len(item[1]), item[0]))
    return [
        (
            Word(of_rule[0].severity.value, SEVERITY_TONES[of_rule[0].severity]),
            name(of_rule[0].title),
            name(policy),
            f"{len(of_rule):,}",
            f"{sum(each.verdict is Verdict.UNKNOWN for each in of_rule):,}",
            when(min(each.first_opened_at for each in of_rule)),
        )
        for (policy, _), of_rule in ranked
    ]


# --- drift --------------------------------------------------------------------------------------------------------


def _drift(subject: Subject) -> Section:
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
            _more(MOST_PEOPLE, len(people), "The table of changes has all of them."),
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
            _more(MOST_CHANGES, len(changes), "The table of changes has all of them."),
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
    before, after = (visible(value_text(value) or "nothing", 60) for value in (change.before, change.after))
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


# --- quarantine ---------------------------------------------------------------------------------------------------

MODES = {Mode.ISOLATE: "isolate", Mode.DISCONNECT: "disconnect", Mode.PAUSE: "pause", Mode.OBSERVE: "observe"}


def _quarantine(subject: Subject) -> Section:
    told = subject.quarantines
    held = [each for each in told if each.stage.counts]
    if not told:
        return Section("quarantine", "Quarantine", "No VM is or was in quarantine.", ())
    closed = sum(each.stage is Stage.ISOLATED for each in held)
    lead = f"{many(len(held), 'VM')} in quarantine, {closed:,} of them with every way to the world seen closed."
    grid = Grid(
        ("VM", "State", "Since", "By", "Why", "Ways that are not closed"),
        tuple(
            (
                name(each.vm_name),
                Word(each.stage.value, STAGE_TONES.get(each.stage, Tone.WARNING)),
                when(each.since),
                name(each.by),
                saying(each.reason),
                saying(open_ways(each.channels) or each.because) or "none that is known",
            )
            for each in told[:MOST_ROWS]
        ),
        (18, 13, 14, 13, 20, 24),
        (),
        _more(MOST_ROWS, len(told), ""),
    )
    return Section("quarantine", "Quarantine", lead, (grid,))


# --- estate -------------------------------------------------------------------------------------------------------


def _estate(subject: Subject) -> Section:
    hosts = subject.standing_on(subject.estate.of(Host))
    clusters = subject.standing_on(subject.estate.of(Cluster))
    memory = [vm.memory_bytes for vm in subject.vms]
    known = [size for size in memory if size is not None]
    lead = (
        f"{many(len(subject.vms), 'VM')} on {many(len(hosts), 'host')} in {many(len(clusters), 'cluster')}; "
        f"{sum(known) / (1 << 40):,.1f} TiB of memory are configured"
        + (f" in the {len(known):,} of which that is known." if len(known) < len(memory) else ".")
    )
    powers = Counter(vm.power for vm in subject.vms)
    looked = Counter(_looked(subject, vm.id) for vm in subject.vms)
    looked_tones = {Looked.READ: Tone.GOOD, Looked.UNREADABLE: Tone.WARNING, Looked.NOT_YET: Tone.UNKNOWN}
    blocks: list[Block] = [
        Bars(
            (
                Bar(
                    "Power",
                    tuple(Segment(each.value, powers[each], POWER_TONES[each]) for each in Power if powers[each]),
                ),
                Bar(
                    "Looked into",
                    tuple(
                        Segment(each.value, looked[each], tone) for each, tone in looked_tones.items() if looked[each]
                    ),
                ),
            )
        ),
        Heading("Connections"),
        Grid(
            ("Connection", "State", "What answers", "VMs", "Last heard of"),
            tuple(_connections(subject)),
            (28, 18, 28, 8, 18),
            (3,),
        ),
    ]
    systems = Counter(_system(subject, vm.id) for vm in subject.vms)
    ranked = sorted(systems.items(), key=lambda item: (item[0] == "", -item[1], item[0]))[:MOST_BARS]
    blocks += [
        Heading("Operating systems"),
        Bars(
            tuple(
                Bar(
                    name(system) if system else "not known",
                    (Segment("VMs", count, Tone.ACCENT if system else Tone.UNKNOWN),),
                    f"{count:,}",
                )
                for system, count in ranked
            ),
            shares=False,
        ),
    ]
    if stores := list(_stores(subject)):
        blocks += [
            Heading("Fullest datastores"),
            Bars(tuple(stores[:MOST_BARS]), legend=(Word("used", Tone.ACCENT), Word("free", Tone.MUTED))),
        ]
    return Section("estate", "Estate", lead, tuple(blocks))


def _looked(subject: Subject, vm: EntityId) -> Looked:
    software = subject.estate.software(vm)
    return Looked.NOT_YET if software is None else software.applications.status


def _system(subject: Subject, vm: EntityId) -> str:
    """What runs in a guest, by what was read in it, or else by what the hypervisor says."""
    guest, record = subject.estate.guest(vm), subject.estate.vm(vm)
    if guest is not None and guest.os.status is Looked.READ and guest.os.items:
        return guest.os.items[0].name
    return (record.guest.os or "") if record is not None else ""


def _connections(subject: Subject) -> Iterable[tuple[Cell, ...]]:
    vms = Counter(endpoint_of(vm.id) for vm in subject.vms)
    connections = sorted(subject.estate.of(Connection), key=lambda each: (-vms[each.endpoint or ""], each.name))
    for each in connections[:MOST_ROWS]:
        state = each.health.state
        yield (
            name(each.name),
            Word(state.value, STATE_TONES.get(state, Tone.UNKNOWN)),
            saying(each.product or "not known"),
            f"{vms[each.endpoint or '']:,}",
            when(each.seen_at or each.health.since),
        )


def _stores(subject: Subject) -> Iterable[Bar]:
    told = [
        (1 - each.free_bytes / each.capacity_bytes, each)
        for each in subject.standing_on(subject.estate.of(Datastore))
        if each.capacity_bytes and each.free_bytes is not None
    ]
    for share, each in sorted(told, key=lambda item: -item[0]):
        assert each.capacity_bytes is not None
        assert each.free_bytes is not None
        used = max(0, each.capacity_bytes - each.free_bytes)
        yield Bar(
            name(each.name),
            (
                Segment("used", used >> 20, Tone.WARNING if share > 0.9 else Tone.ACCENT),
                Segment("free", each.free_bytes >> 20, Tone.MUTED),
            ),
            f"{percent(100 * share)} of {each.capacity_bytes / (1 << 40):,.1f} TiB",
        )
