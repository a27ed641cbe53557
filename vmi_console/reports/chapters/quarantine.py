"""Who is in quarantine, and which ways are not closed."""

from __future__ import annotations

from vmi_console.reports.chapters.bounds import MOST_ROWS
from vmi_console.reports.chapters.phrases import many, more, name, saying, when
from vmi_console.reports.chapters.tones import STAGE_TONES
from vmi_console.reports.content import Grid, Section, Tone, Word
from vmi_console.reports.subject import Subject
from vmi_console.response.quarantine import Stage, open_ways


def section(subject: Subject) -> Section:
    """The chapter."""
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
        more(MOST_ROWS, len(told), ""),
    )
    return Section("quarantine", "Quarantine", lead, (grid,))
