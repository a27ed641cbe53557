"""What a connection's inspector tells when it cannot go on reaches the operator, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vmi_console.collectors.protocol import Condition, Discovery, Identified, Phase, Role, Round
from vmi_console.engine.collector import Collector
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Connection, Health, State
from vmi_console.introspection.rounds import Standing


class Noted:
    """An estate that notes what it is told."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str]] = []
        self.rounds: list[Standing | None] = []

    def notice(self, text: str, advice: str = "") -> None:
        self.notices.append((text, advice))

    def identified(self, collector: Collector, endpoint: str, product: str) -> None: ...

    def discovery(self, collector: Collector, phase: Phase, expected: int | None) -> None: ...

    async def reported(self, collector: Collector, batch: Batch) -> None: ...

    def sampled(self, samples: Iterable[Sample]) -> None: ...

    def health_changed(self, collector: Collector) -> None: ...

    def contacted(self, collector: Collector) -> None: ...

    def round_moved(self, collector: Collector) -> None:
        self.rounds.append(collector.standing)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def connection() -> Connection:
    return Connection(
        id=entity_id("connection", "console", "1"), name="kvm-lab", uri="test:///default", provider="libvirt"
    )


@pytest.fixture
def collector(noted: Noted, connection: Connection, tmp_path: Path) -> Collector:
    made = Collector(connection, noted, tmp_path)
    made.health = Health(state=State.LIVE, since=datetime.now(UTC))
    return made


REFUSED = Condition(state=State.STALE, reason="this account may only look", advice="join the group libvirt there")


async def test_why_nobody_looks_is_told_once(collector: Collector, noted: Noted) -> None:
    for _ in range(3):
        await collector.hear(Role.INSPECTOR, REFUSED)
    assert noted.notices == [
        ("kvm-lab: guests are not looked into: this account may only look", "join the group libvirt there")
    ]
    await collector.hear(Role.INSPECTOR, Condition(state=State.LIVE))
    await collector.hear(Role.INSPECTOR, REFUSED)
    assert len(noted.notices) == 2, "it had been well meanwhile"


async def test_a_connection_that_does_not_answer_is_told_as_such(collector: Collector, noted: Noted) -> None:
    collector.health = Health(state=State.STALE, since=datetime.now(UTC))
    await collector.hear(Role.INSPECTOR, REFUSED)
    assert noted.notices == []
    assert collector.health.reason == "", "which is the reader's to tell"
    collector.health = Health(state=State.LIVE, since=datetime.now(UTC))
    await collector.hear(Role.INSPECTOR, REFUSED)
    assert len(noted.notices) == 1, "once it answers and guests are still not looked into"


async def test_how_the_round_goes_is_told_when_it_is_another(collector: Collector, noted: Noted) -> None:
    standing = Standing(guests=3, waiting=2, quiet=True)
    for _ in range(2):
        await collector.hear(Role.INSPECTOR, Round(standing=standing))
    await collector.hear(Role.INSPECTOR, REFUSED)
    await collector.hear(Role.INSPECTOR, Round(standing=standing))
    await collector.stop()
    assert noted.rounds == [standing, None, standing, None]


class Taken(Noted):
    """An estate in which the endpoint is another connection's."""

    def identified(self, collector: Collector, endpoint: str, product: str) -> None:
        raise CommandRefused("it leads to the same endpoint as another connection")


async def test_what_a_refused_endpoint_told_in_the_same_breath_does_not_make_it_live(
    connection: Connection, tmp_path: Path
) -> None:
    collector = Collector(connection, Taken(), tmp_path)
    await collector.hear(Role.READER, Identified(endpoint="here", product="demo"))
    await collector.hear(Role.READER, Discovery(phase=Phase.BEGIN))
    await collector.hear(Role.READER, Discovery(phase=Phase.END))
    assert collector.health.state is State.UNSUPPORTED
    await collector.stop()
