"""What people decided about a VM is in its timeline, and what they decided about others is not."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tests.unit.estate.builders import vm
from vmi_console.history.pending import Encoded, KeptFinding
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import SCHEMA_VERSION, Acknowledgement, Finding, Stage
from vmi_console.policy.waivers import Waiver
from vmi_console.review.moment import Moment
from vmi_console.review.timeline import LONG_AGO, Timeline, timeline_in, timeline_of

NOW = datetime.now(UTC)
ONE, OTHER = vm("1"), vm("11")  # of which one's id is the beginning of the other's


def finding(of: str, opened_at: datetime, **more: object) -> Finding:
    fields = {"policy": "P", "rule": "r", "check": "vlans", "vm": of, "opened_at": opened_at}
    return Finding(id=f"f-{of}", first_opened_at=opened_at, title="In its segment", **(fields | more))  # type: ignore[arg-type]


def waiver(number: int, **about: object) -> Waiver:
    until = NOW + timedelta(days=1)
    at = NOW - timedelta(minutes=number)
    return Waiver(id=f"w{number}", justification="so be it", by="ann", at=at, expires_at=until, **about)  # type: ignore[arg-type]


def said(page: Timeline) -> list[tuple[str, str | None]]:
    return [
        (f"{each.decision.kind}{' no more' if each.decision.taken_back else ''}", each.by)
        for each in reversed(page.happenings)
        if each.decision is not None
    ]


FINDINGS = finding(ONE.id, NOW - timedelta(hours=1)), finding(OTHER.id, NOW - timedelta(hours=1), rule="s")
DECISIONS: tuple[tuple[str, str, KeptRecord], ...] = (
    (
        "baseline",
        f"B\0{ONE.id}",
        KnownGood(baseline="B", vm=ONE.id, by="bob", at=NOW - timedelta(minutes=50), record=ONE),
    ),
    ("baseline", f"B\0{OTHER.id}", KnownGood(baseline="B", vm=OTHER.id, by="eve", at=NOW, record=OTHER)),
    ("waiver", "w40", waiver(40, vm=ONE.id)),
    ("waiver", "w30", waiver(30, policy="P", rule="r")),
    ("waiver", "w20", waiver(20, policy="P", rule="s")),
    ("waiver", "w10", waiver(10, vm=OTHER.id)),
    ("acknowledgement", f"f-{ONE.id}", Acknowledgement(finding=f"f-{ONE.id}", by="cat", at=NOW - timedelta(minutes=5))),
    ("acknowledgement", f"f-{OTHER.id}", Acknowledgement(finding=f"f-{OTHER.id}", by="eve", at=NOW)),
)
EXPECTED = [
    ("accepted as known to be good", "bob"),
    ("waived", "ann"),
    ("waived", "ann"),
    ("acknowledged", "cat"),
]


async def test_decisions_about_a_vm_and_its_findings_are_told_and_no_others(tmp_path: Path) -> None:
    def kept(record: KeptRecord) -> Encoded:
        return Encoded(msgspec.msgpack.encode(record), SCHEMA_VERSION)

    history = await History.open(tmp_path / "history.db")
    try:
        history.keep_findings(KeptFinding(each.id, each.vm, each.opened_at, None, kept(each)) for each in FINDINGS)
        for kind, key, record in DECISIONS:
            history.decide(kind, key, kept(record))
            await history.flush()
        history.decide("waiver", "w40", None)
        await history.flush()
        with contextlib.closing(Reader.open(tmp_path / "history.db")) as reader:
            page = timeline_of(reader, ONE.id, LONG_AGO, datetime.now(UTC), 100)
            assert said(page) == [*EXPECTED, ("waived no more", None)]
            assert [each.id for each in page.findings] == [FINDINGS[0].id]
            later = timeline_of(reader, ONE.id, NOW - timedelta(minutes=6), datetime.now(UTC), 100)
            assert said(later) == [EXPECTED[-1], ("waived no more", None)]
            assert later.findings == page.findings, "it was open all the while"
    finally:
        await history.close()


def test_a_moment_tells_the_same_as_far_as_it_knows() -> None:
    over = finding(ONE.id, NOW - timedelta(hours=2), resolved_at=NOW - timedelta(hours=1), stage=Stage.RESOLVED)
    decisions = tuple(record for _, _, record in DECISIONS)
    moment = Moment(at=NOW, records=(ONE, OTHER), findings=FINDINGS, decisions=decisions)
    assert said(timeline_in(moment, ONE.id, LONG_AGO, NOW, 100)) == EXPECTED
    part = timeline_in(moment, ONE.id, LONG_AGO, NOW, 2)
    assert part.more
    assert len(part.happenings) == 2
    rest = timeline_in(moment, ONE.id, LONG_AGO, part.since, 100)
    assert said(rest) + said(part) == EXPECTED
    page = timeline_in(Moment(at=NOW, records=(ONE,), findings=(over,)), ONE.id, NOW - timedelta(minutes=59), NOW, 100)
    assert (page.findings, page.happenings) == ((), ())
