"""`vmi-console check`: one estate held against a folder of policies, for pipelines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from vmi_console.cli import lines
from vmi_console.cli.collect import estate_of
from vmi_console.cli.exits import complain
from vmi_console.cli.follower import Follower, linked
from vmi_console.cli.person import Person
from vmi_console.cli.terminal import harmless_json, table
from vmi_console.engine import protocol
from vmi_console.engine.client import Client
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.policy_commands import Unknown
from vmi_console.engine.review import write_policies
from vmi_console.errors import InputError
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity
from vmi_console.policy.scores import Score
from vmi_console.review import snapshots
from vmi_console.runtime_folder import RuntimeFolder

PASSED, FAILED, ERROR, NOT_KNOWN = 0, 1, 2, 3
"""The exit codes of this command."""

QUIET_SECONDS = 3.0
"""Guests are looked into one after the other: the estate counts as read when nothing has moved for so long."""

MOST_UNKNOWNS = 1_000
SCHEMA = 1


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Judgements: one for each rule and VM. Percentages are null where there is nothing that they could be of."""

    passed: int
    failed: int
    unknown: int
    score_percent: Annotated[float | None, msgspec.Meta(description="the share that passes, of those that are known")]
    coverage_percent: Annotated[float | None, msgspec.Meta(description="the share that is known")]


class PolicyReport(msgspec.Struct, frozen=True, kw_only=True):
    """One policy."""

    name: str
    file: str
    members: Annotated[int, msgspec.Meta(description="VMs that it concerns")]
    judgements: Standing


class UnknownReport(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement that nobody could make, and why."""

    policy: str
    rule: str
    title: str
    vm: str
    vm_name: str
    because: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `check --format json` prints."""

    schema: int
    generated_at: datetime
    estate: Standing
    policies: tuple[PolicyReport, ...]
    findings: tuple[lines.FindingLine, ...]
    unknown: Annotated[tuple[UnknownReport, ...], msgspec.Meta(description=f"the first {MOST_UNKNOWNS:,} of them")]


class AdvisoryPaths(msgspec.Struct, frozen=True):
    """Files of known vulnerabilities, and of those that are exploited."""

    advisories: Path
    kev: Path | None = None


async def check(
    uris: Sequence[str], policies: Path, timeout_seconds: float, person: Person, known: AdvisoryPaths | None = None
) -> tuple[Report, Sequence[Finding]]:
    """Reads what is behind the addresses and holds it against the policies. Raises `VmiError`.

    A folder with mistakes, or without any policy, is an error: what is not judged must not seem to pass.
    """
    async with estate_of(uris, timeout_seconds, person, policies) as (client, follower):
        if known is not None:
            kev = str(known.kev.absolute()) if known.kev is not None else ""
            await client.call("load_advisories", path=str(known.advisories.absolute()), kev=kev)
        posture = await _settled(follower, timeout_seconds, QUIET_SECONDS)
        return await _judged(client, follower, posture, policies)


async def check_snapshot(path: Path, policies: Path | None, timeout_seconds: float) -> tuple[Report, Sequence[Finding]]:
    """Holds the estate in a snapshot file against a folder of policies, or else against its own, as of its time.

    Raises `VmiError`, as `check` does. The path is a whole one.
    """
    follower = Follower()
    subscription = protocol.Subscribe(changes=False, findings=True)
    about = await asyncio.to_thread(snapshots.info, path)  # says at once what is wrong with it
    with RuntimeFolder() as temporary:
        if policies is None:
            policies = temporary.path / "policies"
            moment = await asyncio.to_thread(snapshots.read, path)
            if not moment.policies:
                raise InputError(f"there is no policy in {path}", "name a folder of policies with --policies")
            await asyncio.to_thread(write_policies, policies, moment.policies)
        async with linked(PrivateEngine.of_snapshot(path), follower, subscription) as client:
            await client.call("open_policies", folder=str(policies))
            posture = await _settled(follower, timeout_seconds, 0.5, str(policies))
            report, findings = await _judged(client, follower, posture, policies)
    return msgspec.structs.replace(report, generated_at=about.at), findings


async def _judged(
    client: Client, follower: Follower, posture: protocol.Posture, policies: Path
) -> tuple[Report, Sequence[Finding]]:
    """What was found, worst first. Raises `InputError`."""
    if posture.problems:
        for problem in posture.problems:
            complain(str(problem))
        raise InputError(f"the policies in {policies} have mistakes", "correct them: see above")
    if not any(policy.enabled for policy in posture.policies):
        raise InputError(f"there is no policy in {policies}", "put YAML files there: see docs/policies.md")
    unknowns = msgspec.convert(await client.call("unknowns", most=MOST_UNKNOWNS), list[Unknown])
    findings = sorted(
        (finding for finding in follower.findings.values() if finding.is_open),
        key=lambda finding: (-finding.severity.rank, finding.vm_name, finding.policy, finding.rule),
    )
    return _report(posture, findings, unknowns), findings


async def _settled(
    follower: Follower, timeout_seconds: float, quiet_seconds: float, folder: str = ""
) -> protocol.Posture:
    """How everything stands (by the policies of `folder`) when nothing moves any more, or when time is up."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_seconds

    def judged() -> protocol.Posture | None:
        posture = follower.posture
        if posture is None or posture.evaluating or (folder and posture.folder != folder):
            return None
        return posture

    posture = await follower.until(judged)
    while loop.time() < deadline:
        seen, known = posture, dict(follower.findings)
        await asyncio.sleep(quiet_seconds)
        posture = await follower.until(judged)
        if posture == seen and follower.findings == known:
            break
    return posture


def exit_code(report: Report, findings: Sequence[Finding], fail_on: Severity, min_coverage_percent: float) -> int:
    """What the command says to a pipeline."""
    if any(finding.severity.rank >= fail_on.rank for finding in findings):
        return FAILED
    coverage = report.estate.coverage_percent
    return NOT_KNOWN if coverage is not None and coverage < min_coverage_percent else PASSED


def worst(codes: Sequence[int]) -> int:
    """What several reports say together."""
    return next(code for code in (ERROR, FAILED, NOT_KNOWN, PASSED) if code in codes)


def shown(report: Report, form: str, *, colour: bool) -> str:
    """The report as JSON or as tables."""
    if form == "json":
        return harmless_json(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    return as_table(report, colour=colour)


def as_table(report: Report, *, colour: bool) -> str:
    """What a person reads: the policies, what fails, and what nobody knows."""
    standings = [(each.name, str(each.members), each.judgements) for each in report.policies]
    rows = [
        (name, members, *map(str, (each.passed, each.failed, each.unknown)), *_percents(each))
        for name, members, each in [*standings, ("all", "", report.estate)]
    ]
    shown = [table(("POLICY", "MEMBERS", "PASS", "FAIL", "UNKNOWN", "SCORE", "COVERAGE"), rows, colour=colour)]
    if report.findings:
        failures = [
            (each.severity, each.vm_name, each.title, each.actor or "", each.evidence) for each in report.findings
        ]
        shown.append(table(("SEVERITY", "VM", "CHECK", "WHO", "EVIDENCE"), failures, colour=colour))
    if report.unknown:
        reasons: dict[tuple[str, str, str], int] = {}
        for each in report.unknown:
            key = each.policy, each.title, each.because
            reasons[key] = reasons.get(key, 0) + 1
        counted = [(str(count), *key) for key, count in sorted(reasons.items(), key=lambda item: -item[1])]
        shown.append(table(("UNKNOWN", "POLICY", "CHECK", "BECAUSE"), counted, colour=colour))
    return "\n\n".join(shown)


def _percents(standing: Standing) -> tuple[str, str]:
    return _percent(standing.score_percent), _percent(standing.coverage_percent)


def _percent(value: float | None) -> str:
    """Rounded down: only what is whole is shown as 100."""
    return "–" if value is None else f"{int(value * 10) / 10:g} %"


def _report(posture: protocol.Posture, findings: Sequence[Finding], unknowns: Sequence[Unknown]) -> Report:
    return Report(
        schema=SCHEMA,
        generated_at=datetime.now(UTC),
        estate=_standing(posture.score),
        policies=tuple(
            PolicyReport(name=each.name, file=each.file, members=each.members, judgements=_standing(each.score))
            for each in posture.policies
            if each.enabled
        ),
        findings=tuple(map(lines.finding_line, findings)),
        unknown=tuple(msgspec.convert(each, UnknownReport, from_attributes=True) for each in unknowns),
    )


def _standing(score: Score) -> Standing:
    return Standing(
        passed=score.passed,
        failed=score.failed,
        unknown=score.unknown,
        score_percent=score.percent,
        coverage_percent=score.coverage_percent,
    )
