"""Who changed what, where the event comes before, with or after its change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vmi_console.estate.authorship import Authorship
from vmi_console.estate.changes import Action, Attribution, Change
from vmi_console.estate.identity import EntityId

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
VM = EntityId("vm/vc/1")
EDITED = Attribution(entity=VM, paths=("nics[4000]",), actor="alice", occurred_at=NOW)


def change(number: int, path: str, observed_at: datetime = NOW) -> Change:
    return Change(number=number, entity=VM, name="web", action=Action.CHANGED, path=path, observed_at=observed_at)


def test_an_edit_of_a_card_is_not_why_its_link_came_up() -> None:
    """A VM is powered on and its card moved: the event of the move waits for the move."""
    authorship = Authorship()
    authorship.attribute([], NOW)
    authorship.remember(change(1, "nics[4000].link_up"), NOW)
    authorship.attribute([EDITED], NOW)
    assert not list(authorship.amendments())
    authorship.attribute([], NOW)
    author = authorship.author(VM, Action.CHANGED, "nics[4000].network")
    assert author is not None
    assert author.actor == "alice"
    assert authorship.author(VM, Action.CHANGED, "nics[4000].link_up") is None


def test_an_event_that_names_the_link_is_believed() -> None:
    authorship = Authorship()
    named = Attribution(entity=VM, paths=("nics[4000].link_up",), actor="bob", occurred_at=NOW)
    authorship.attribute([named], NOW)
    author = authorship.author(VM, Action.CHANGED, "nics[4000].link_up")
    assert author is not None
    assert author.actor == "bob"


@pytest.mark.parametrize("ahead_s", [0.0, 90.0, -0.1])
def test_an_event_does_not_speak_of_what_was_seen_before_it_happened(ahead_s: float) -> None:
    """A card got its port by itself; then somebody moved it, and the event came before the move."""
    authorship, ahead = Authorship(), timedelta(seconds=ahead_s)
    authorship.attribute([Attribution(entity=VM, paths=("name",), actor="bob", occurred_at=NOW + ahead)], NOW)
    authorship.remember(change(1, "nics[4000].port"), NOW)
    later = NOW + timedelta(seconds=1)
    moved = Attribution(entity=VM, paths=("nics[4000]",), actor="alice", occurred_at=later + ahead)
    authorship.attribute([moved], later + timedelta(seconds=0.05))
    assert not list(authorship.amendments())
    authorship.attribute([], later + timedelta(seconds=0.2))
    author = authorship.author(VM, Action.CHANGED, "nics[4000].network")
    assert author is not None
    assert author.actor == "alice"


@pytest.mark.parametrize("ahead_s", [0.0, 90.0, -90.0])
def test_an_event_that_comes_late_speaks_of_a_change_since_it_happened(ahead_s: float) -> None:
    authorship, ahead = Authorship(), timedelta(seconds=ahead_s)
    authorship.attribute([Attribution(entity=VM, paths=("name",), actor="bob", occurred_at=NOW + ahead)], NOW)
    authorship.remember(change(1, "nics[4000].network", NOW + timedelta(seconds=0.1)), NOW)
    moved = Attribution(entity=VM, paths=("nics[4000]",), actor="alice", occurred_at=NOW + ahead)
    authorship.attribute([moved], NOW + timedelta(seconds=5))
    assert [(each.number, each.actor) for each in authorship.amendments()] == [(1, "alice")]
