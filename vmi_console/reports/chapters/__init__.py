"""The chapters of a report: compliance with its coverage, risks, drift, quarantine, the estate.

In English, times in UTC. Lists are bounded, and say what they leave out: a report of 45,000 VMs is still something that
one reads. Unknown is never told as a pass.
"""

from __future__ import annotations

from vmi_console.reports.chapters import compliance, drift, estate, front, quarantine, risks
from vmi_console.reports.chapters.phrases import name
from vmi_console.reports.content import Report
from vmi_console.reports.subject import Subject

CHAPTERS = (compliance, risks, drift, quarantine, estate)


def content(subject: Subject) -> Report:
    """What is to be said of what a report is about."""
    title = subject.moment.title
    return Report(
        title=name(title) if title else "Estate report",
        facts=tuple(front.facts(subject)),
        notes=tuple(front.notes(subject)),
        tiles=tuple(front.tiles(subject)),
        sections=tuple(chapter.section(subject) for chapter in CHAPTERS),
        foot="Not known is told as such, and never counted as a pass. Times are in UTC.",
    )
