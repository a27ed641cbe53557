"""Quiet hours are read as people write them, written so that they are read alike, and kept by a clock that jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import InputError
from vmi_console.introspection.pace import ChosenPace, Pace
from vmi_console.introspection.quiet import DAY, WEEK, Quiet, Span, changed, in_order, read, share, written

GERMAN = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")
pieces = st.lists(st.tuples(st.integers(0, WEEK - 1), st.integers(1, DAY)), max_size=8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans_of(drawn: list[tuple[int, int]]) -> tuple[Span, ...]:
    spans: tuple[Span, ...] = ()
    for begin, length in drawn:
        spans = changed(spans, begin, min(begin + length, WEEK), quiet=True)
    return spans


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Mon–Fri 08:00–18:00", "Mon–Fri 08:00–18:00"),
        ("mo-fr 8-18, sat 22:00-6:00", "Mon–Fri 08:00–18:00; Sat 22:00–06:00"),
        ("saturday, Sunday 22-6", "Sat, Sun 22:00–06:00"),
        ("22.00-06.00", "Mon–Sun 22:00–06:00"),
        ("Fri-Mon 10-12, 14-16", "Mon, Fri–Sun 10:00–12:00, 14:00–16:00"),
        ("Mon 0-24", "Mon 00:00–24:00"),
        ("Mon 8-12; Mon 10-14", "Mon 08:00–14:00"),
        (" ", ""),
    ],
)
def test_hours_are_read_as_they_are_typed(typed: str, meant: str) -> None:
    assert written(read(typed)) == meant
    assert read(meant) == read(typed)


def test_days_have_the_names_of_the_language_and_the_english_ones() -> None:
    assert read("Mo–Mi 8-9; di 10-11; Sunday 1-2", GERMAN) == read("Mon-Wed 8-9; Tue 10-11; Sun 1-2")


@pytest.mark.parametrize(
    "typed", ["Foo 8-9", "Mon", "Mon 8", "Mon 8-", "8 9", "Mon 25-26", "Mon 24-3", "x?", "Mon 8-9-10", "-", "T 8-9"]
)
def test_what_cannot_be_understood_is_said(typed: str) -> None:
    with pytest.raises(InputError, match="Mon–Fri 08:00–18:00"):
        read(typed)


@given(pieces)
def test_what_is_written_says_the_same_hours(drawn: list[tuple[int, int]]) -> None:
    spans = spans_of(drawn)
    assert read(written(spans)) == spans == in_order(spans)
    quiet = {minute for begin, length in drawn for minute in range(begin, min(begin + length, WEEK))}
    assert round(share(spans, 0, WEEK) * WEEK) == len(quiet)
    monday = at("2026-11-30T00:00")
    for minute in {0, WEEK - 1, *(begin for begin, _ in drawn), *(begin - 1 for begin, _ in drawn if begin)}:
        assert Quiet(spans, "Etc/UTC").at(monday + timedelta(minutes=minute)) is (minute in quiet)


@given(pieces, st.integers(0, WEEK - 1))
def test_the_quiet_ends_when_it_is_told_to(drawn: list[tuple[int, int]], minute: int) -> None:
    quiet = Quiet(spans_of(drawn), "Europe/Berlin")
    now = at("2026-10-22T00:00") + timedelta(minutes=minute)  # of the week in which the clocks are put back
    end = quiet.until(now)
    if end is None:
        assert not quiet.at(now)
    else:
        assert quiet.at(now)
        assert quiet.at(end - timedelta(minutes=1))
        assert not quiet.at(end)


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    office = Quiet(read("Mon-Fri 08:00-18:00"), "Europe/Berlin")
    assert office.until(at("2026-01-05T07:00")) == at("2026-01-05T17:00")  # CET
    assert office.until(at("2026-07-06T06:00")) == at("2026-07-06T16:00")  # CEST
    assert not office.at(at("2026-07-06T16:00"))
    assert not office.at(at("2026-07-04T10:00")), "a Saturday"


def test_an_hour_that_is_left_out_and_one_that_comes_twice() -> None:
    quiet = Quiet(read("Sun 01:00-02:30"), "Europe/Berlin")
    assert quiet.until(at("2026-03-29T00:10")) == at("2026-03-29T01:00"), "at 02:00 it is 03:00"
    assert quiet.until(at("2026-10-25T00:10")) == at("2026-10-25T00:30")
    assert quiet.until(at("2026-10-25T01:10")) == at("2026-10-25T01:30"), "and again an hour later"


def test_a_week_that_is_all_quiet_never_ends() -> None:
    always = Quiet(read("0-24"), "Asia/Kathmandu")
    assert always.at(at("2026-11-30T12:00"))
    assert always.until(at("2026-11-30T12:00")) is None
    assert Quiet(read("0-24")).at(at("2026-11-30T12:00")), "the zone of this machine"


def test_a_choice_takes_the_place_of_single_values_and_outlives_a_file() -> None:
    chosen = ChosenPace(at_once=1, quiet=Quiet(read("Sat 22-6"), "Europe/Berlin"))
    assert chosen.over(Pace(changed_s=900.0)) == Pace(at_once=1, changed_s=900.0, quiet=chosen.quiet)
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=ChosenPace) == chosen
    with pytest.raises(InputError, match="Middle/Earth"):
        ChosenPace(quiet=Quiet(zone="Middle/Earth")).check()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"at_once": 0}, ChosenPace)
