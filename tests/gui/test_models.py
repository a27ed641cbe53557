"""Models of lists under anything that can happen to them: Qt's tester accepts them, and they show what a plain look
shows. Those of tree, table, findings, palette, tasks, items and comparison are held to the same beside their own tests.
"""

from __future__ import annotations

import time
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractTableModel
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from tests.gui import estates
from tests.gui.estates import NOW
from vmi_console.collectors.quarantine import Mode
from vmi_console.engine import protocol
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Health, State
from vmi_console.gui.offers import Offer, Offers
from vmi_console.gui.panes.changes import WHO, ChangesModel
from vmi_console.gui.panes.connections import ConnectionsModel
from vmi_console.gui.panes.occurrences import FOLDED_WITHIN
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import Lines
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.quarantine.view import QuarantineModel
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.forest import natural
from vmi_console.response.quarantine import Quarantine, Stage

pytestmark = pytest.mark.usefixtures("qapp")

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
names = st.text("ab1 ", max_size=4)


def first_column(model: QAbstractTableModel) -> list[str]:
    return [model.index(row, 0).data() for row in range(model.rowCount())]


# --- connections --------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.tuples(names, st.sampled_from(State))), max_size=15))
def test_connections(steps: list[tuple[str, tuple[str, State] | None]]) -> None:
    replica = Replica()
    estates.link_up(replica)
    model = ConnectionsModel(replica)
    tester = QAbstractItemModelTester(model, FATAL)
    known: dict[str, str] = {}
    for endpoint, what in steps:
        record = estates.connection(endpoint)
        if what is None:
            known.pop(record.id, None)
            replica.updated(protocol.Update(removed=(record.id,)))
        else:
            known[record.id] = what[0]
            health = Health(state=what[1], since=NOW)
            replica.updated(protocol.Update(records=(msgspec.structs.replace(record, name=what[0], health=health),)))
        replica.refresh()
        assert sorted(row.id for row in model.rows) == sorted(known)
        assert [natural(known[row.id]) for row in model.rows] == sorted(map(natural, known.values()))
    tester.deleteLater()
    model.deleteLater()


# --- lines of a table ---------------------------------------------------------------------------------------------

lines = st.lists(st.tuples(st.sampled_from("abcd"), names), max_size=8)


@given(st.lists(lines, max_size=8))
def test_lines_of_a_table_whose_keys_may_be_claimed_twice(steps: list[list[tuple[str, str]]]) -> None:
    model = Lines(Table("", ("Key", "Value"), (5, 5), (), ""))
    tester = QAbstractItemModelTester(model, FATAL)
    for step in steps:
        model.show_lines(tuple(Line(key, (Cell(key), Cell(text))) for key, text in step))
        shown = [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]
        assert shown == step
    tester.deleteLater()
    model.deleteLater()


# --- what the palette offers --------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=8))
def test_offers(steps: list[list[str]]) -> None:
    model = Offers()
    tester = QAbstractItemModelTester(model, FATAL)
    for number, keys in enumerate(steps):
        model.offer([Offer(key, f"{key} {number}") for key in keys])
        assert first_column(model) == [f"{key} {number}" for key in keys]
    tester.deleteLater()
    model.deleteLater()


# --- quarantines --------------------------------------------------------------------------------------------------

quarantines = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(Stage), st.integers(0, 9)), unique_by=lambda one: one[0]
)


@given(st.lists(quarantines, max_size=8))
def test_quarantines(steps: list[list[tuple[str, Stage, int]]]) -> None:
    model = QuarantineModel(Replica())
    tester = QAbstractItemModelTester(model, FATAL)
    for step in steps:
        model.show_all([_quarantine(*one) for one in step])
        assert sorted(first_column(model)) == sorted(key for key, _, _ in step)
        shown = [row.quarantine for row in model.rows]
        over = [one.stage.is_closed for one in shown]
        assert over == sorted(over), "what is over is below"
        urgent = [STAGE[one.stage].tone in (Tone.BAD, Tone.WARNING) for one in shown if not one.stage.is_closed]
        assert urgent == sorted(urgent, reverse=True), "what needs somebody is above"
    tester.deleteLater()
    model.deleteLater()


def _quarantine(key: str, stage: Stage, minute: int) -> Quarantine:
    return Quarantine(
        id=key,
        vm=entity_id("vm", "vc", key),
        vm_name=key,
        mode=next(iter(Mode)),
        stage=stage,
        since=NOW,
        opened_at=NOW + timedelta(minutes=minute),
        by="j.kim",
        reason="",
    )


# --- the change log -----------------------------------------------------------------------------------------------

changes = st.builds(
    lambda number, after, actor, later: (number, after, actor, later),
    st.integers(0, 4),
    st.sampled_from(["on", "off"]),
    st.sampled_from([None, "kim", "lee"]),
    st.floats(0, 2.5),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), changes),
        st.tuples(st.just("author"), st.integers(0, 5)),
        st.tuples(st.just("narrow"), st.sampled_from(["", "kim", "kim", "vm-00001 kim", "off"])),
        st.just(("settle", None)),
    ),
    min_size=8,
    max_size=25,
)


@given(steps)
def test_the_change_log(steps: list[tuple[str, object]]) -> None:
    replica = Replica()
    estates.link_up(replica)
    model = ChangesModel(replica)
    tester = QAbstractItemModelTester(model, FATAL)
    told: list[Change] = []
    at_first: list[str | None] = []  # who was known to have done it when it was told
    words = ""
    at = NOW
    for what, how in steps:
        match what, how:
            case "change", (int() as number, str() as after, actor, float() as later):
                at += timedelta(seconds=later)
                vm = estates.vm(number)
                at_first.append(actor if isinstance(actor, str) else None)
                told.append(estates.change(len(told), vm, "power", "x", after, actor=at_first[-1], observed_at=at))
                replica.updated(protocol.Update(changes=(told[-1],)))
            case "author", int() as number if number < len(told) and told[number].actor is None:
                told[number] = msgspec.structs.replace(told[number], actor="kim")
                replica.updated(protocol.Update(amendments=(Amendment(number=number, actor="kim"),)))
            case "narrow", str() as words:
                model.narrow(words, None)
            case _:
                _settle(model)
        replica.refresh()
    _settle(model)
    wanted = [group for group in reversed(_folded(told, at_first)) if _has(group, words.split())]
    shown = [{change.number for change in row.members.values()} for row in model.rows]
    assert shown == [{change.number for change in group} for group in wanted]
    authors = [set(filter(None, model.index(row, WHO).data().split(", "))) for row in range(len(shown))]
    assert authors == [{change.actor for change in group if change.actor} for group in wanted]
    assert model.total == len(told)
    tester.deleteLater()
    model.deleteLater()


def _folded(told: list[Change], at_first: list[str | None]) -> list[list[Change]]:
    """The same by the same person, of several within two seconds, is one row."""
    groups: list[list[Change]] = []
    for change in told:
        like = [
            group
            for group in groups
            if (group[0].after, at_first[group[0].number]) == (change.after, at_first[change.number])
        ]
        open_ = like and change.observed_at - like[-1][0].observed_at <= FOLDED_WITHIN
        if open_ and change.entity not in {one.entity for one in like[-1]}:
            like[-1].append(change)
        else:
            groups.append([change])
    return groups


def _has(group: list[Change], words: list[str]) -> bool:
    told = " ".join(f"{change.name} {change.after} {change.actor}" for change in group).casefold()
    return all(word in told for word in words)


def _settle(model: ChangesModel) -> None:
    deadline = time.monotonic() + 5
    while model.busy:
        assert time.monotonic() < deadline, "it never came to rest"
        QApplication.processEvents()
