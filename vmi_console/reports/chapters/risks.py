"""The open findings: which VMs have the worst, by rules, and one by one."""

from __future__ import annotations

from collections.abc import Sequence

from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.reports.chapters.bounds import MOST_BARS, MOST_FINDINGS, MOST_ROWS
from vmi_console.reports.chapters.phrases import many, more, name, saying, when
from vmi_console.reports.chapters.tones import SEVERITY_TONES
from vmi_console.reports.compliance import age_text, open_by_severity, risks
from vmi_console.reports.content import Bar, Bars, Block, Cell, Grid, Heading, Note, Section, Segment, Tone, Word
from vmi_console.reports.subject import Subject


def section(subject: Subject) -> Section:
    """The chapter."""
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
            more(MOST_ROWS, len(rows), "The table of findings has all of them."),
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
            more(MOST_FINDINGS, len(found), "The table of findings has all of them."),
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
