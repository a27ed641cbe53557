"""How the estate stands against the policies, and what nobody can tell."""

from __future__ import annotations

from vmi_console.policy.scores import Score
from vmi_console.reports.chapters.bounds import MOST_REASONS, MOST_ROWS
from vmi_console.reports.chapters.phrases import many, more, name, percent, saying
from vmi_console.reports.chapters.tones import SEVERITY_TONES
from vmi_console.reports.content import Bar, Bars, Block, Grid, Heading, Section, Segment, Tone, Word
from vmi_console.reports.subject import Subject

JUDGEMENTS = (
    Word("passes", Tone.GOOD),
    Word("waived", Tone.ACCENT),
    Word("fails", Tone.BAD),
    Word("not known", Tone.UNKNOWN),
)


def _of_score(score: Score) -> tuple[Segment, ...]:
    counts = score.passed, score.waived, score.failed - score.waived, score.unknown
    return tuple(Segment(word.text, count, word.tone) for word, count in zip(JUDGEMENTS, counts, strict=True) if count)


def section(subject: Subject) -> Section:
    """The chapter."""
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
            more(MOST_ROWS, len(compliance.policies), "The workbook has all of them."),
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
                more(MOST_REASONS, len(compliance.unknown), "The workbook has all of them."),
            ),
        ]
    return Section("compliance", "Compliance", lead, tuple(blocks))
