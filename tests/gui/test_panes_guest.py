"""What was found inside a guest: asked for where it is shown, and never shown below another guest's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from tests.gui import estates
from tests.gui.desks import close_windows, new_desk
from tests.gui.estates import NOW, NotingEngine
from vmi_console.engine import protocol
from vmi_console.errors import EngineUnavailable, VmiError
from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, OperatingSystem, Process, Service
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Grants, Source, to_builtins
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes import kinds
from vmi_console.gui.panes.guest import GuestPane
from vmi_console.gui.panes.items import DEPTH
from vmi_console.gui.runtime import Outcome
from vmi_console.introspection.rounds import Standing
from vmi_console.review.timeline import Happening, Timeline, What
from vmi_console.wire.calls import Tell

ONE, OTHER = (entity_id("vm", "vc", number) for number in ("1", "2"))
INSIDE = entity_id("guest", "vc", "1")


class SlowEngine(NotingEngine):
    """Answers what is inside a guest when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.told: list[Tell] = []
        self.given_up: list[EntityId] = []

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        self.told.append(told)
        try:
            return await super().follow(told, command, **arguments)
        except asyncio.CancelledError:
            self.given_up.append(arguments["vm"])
            raise

    async def call(self, command: str, /, **arguments: Any) -> Any:
        answer = await super().call(command, **arguments)
        await self.may_answer.wait()
        return answer[arguments["vm"]] if command == "guest" and isinstance(answer, dict) else answer


def found(number: str, *applications: str, **more: Any) -> Any:
    read: dict[str, Any] = {"status": Looked.READ, "source": Source.DISK, "read_at": NOW}
    guest = Guest(
        id=entity_id("guest", "vc", number),
        name="guest",
        vm=entity_id("vm", "vc", number),
        os=FactSet(items=(OperatingSystem(name="Debian GNU/Linux", version="12.8"),), **read),
        applications=FactSet(items=tuple(Application(name=name, version="1.0") for name in applications), **read),
        services=FactSet(status=Looked.UNREADABLE, because="the disk is encrypted"),
        **more,
    )
    return to_builtins(guest)


@pytest.fixture
async def desk(qapp: QApplication) -> AsyncIterator[Desk]:
    engine = SlowEngine()
    engine.answers["guest"] = {ONE: found("1", "bash", "telnetd"), OTHER: found("2", "zsh")}
    desk = new_desk(engine)
    estates.replay(desk.replica, estates.estate(hosts=2, vms=4))
    yield desk
    await desk.errands.close()
    close_windows()


def engine_of(desk: Desk) -> SlowEngine:
    assert isinstance(desk.engine, SlowEngine)
    return desk.engine


async def shown(desk: Desk) -> GuestPane:
    pane = kinds.GUEST.make(desk)
    assert isinstance(pane, GuestPane)
    pane.resize(900, 600)
    pane.show_entities((ONE,))
    pane.show()
    await eventually(lambda: not pane.busy)
    return pane


def names(pane: GuestPane) -> list[str]:
    rows = pane.facts("applications").items.rows
    return [item.name for entry in rows if isinstance(item := entry.item, Application)]


async def test_the_overview_tells_read_from_unreadable_and_from_not_looked(desk: Desk) -> None:
    pane = await shown(desk)
    sheet = pane.overview.sheet
    assert sheet.sections[1].facts[0].value == "Debian GNU/Linux 12.8"
    states = {line.cells[0].text: (line.cells[1].text, line.cells[2].text) for line in sheet.tables[0].lines}
    assert states["Applications"][0] == "2"
    assert states["Applications"][1].startswith("read from the guest's disk")
    assert states["Services"] == ("–", "unreadable: the disk is encrypted")
    assert states["Processes"] == ("–", "not looked yet")
    assert [pane.tabs.tabText(place) for place in range(3)] == ["Overview", "Applications 2", "Services"]


async def test_a_set_is_a_list_that_can_be_searched(desk: Desk) -> None:
    pane = await shown(desk)
    pane.tabs.setCurrentIndex(1)
    await eventually(lambda: names(pane) == ["bash", "telnetd"])
    pane.facts("applications").filter.setText("TELNET")
    await eventually(lambda: names(pane) == ["telnetd"])


async def test_of_each_application_its_newest_change_is_told(desk: Desk) -> None:
    def told(number: int, path: str, action: Action, **values: Any) -> Happening:
        at = NOW + timedelta(minutes=number)
        change = Change(number=number, entity=INSIDE, name="guest", action=action, path=path, observed_at=at, **values)
        return Happening(at=at, what=What.CHANGE, change=change)

    timeline = Timeline(
        entity=INSIDE,
        since=NOW,
        until=NOW + timedelta(hours=1),
        happenings=(
            told(4, "services[telnet.socket].enabled", Action.CHANGED, before=False, after=True),
            told(3, "applications[bash].version", Action.CHANGED, before="0.9", after="1.0"),
            told(2, "applications[telnetd]", Action.ADDED, after={"name": "telnetd", "version": "1.0"}),
            told(1, "applications[bash].version", Action.CHANGED, before="0.8", after="0.9"),
        ),
    )
    engine_of(desk).answers["guest"] = {ONE: found("1", "bash", "telnetd", "zsh")}
    engine_of(desk).answers["timeline"] = to_builtins(timeline)
    pane = await shown(desk)
    pane.tabs.setCurrentIndex(1)
    await eventually(lambda: len(names(pane)) == 3)
    items = pane.facts("applications").items
    newest = [column.title for column in items.columns].index("Newest change")
    texts = [str(items.index(row, newest).data()) for row in range(3)]
    assert [text.partition(": ")[2] for text in texts] == ["was 0.9", "installed", ""]
    assert texts[2] == "–"
    items.sort(newest)
    await eventually(lambda: names(pane) == ["zsh", "telnetd", "bash"])


async def test_a_guest_is_never_shown_below_the_name_of_another(desk: Desk) -> None:
    pane = await shown(desk)
    pane.tabs.setCurrentIndex(1)
    await eventually(lambda: names(pane) == ["bash", "telnetd"])
    engine_of(desk).may_answer.clear()
    pane.show_entities((OTHER,))
    await eventually(lambda: engine_of(desk).calls[-1][1] == {"vm": OTHER})
    await eventually(lambda: not names(pane))
    pane.show_entities((ONE,))  # before the answer about the other is here
    engine_of(desk).may_answer.set()
    await eventually(lambda: names(pane) == ["bash", "telnetd"])
    pane.show_entities((OTHER,))
    await eventually(lambda: names(pane) == ["zsh"])


async def test_what_changes_inside_is_asked_for_again_and_nothing_while_hidden(desk: Desk) -> None:
    pane = await shown(desk)
    pane.tabs.setCurrentIndex(1)
    engine_of(desk).answers["guest"] = {ONE: found("1", "bash")}
    inside = estates.change(1, estates.vm(1, 1), "applications[dpkg:telnetd:]", seen=Seen.INSPECTION)
    change = type(inside)(**{**{f: getattr(inside, f) for f in inside.__struct_fields__}, "entity": f"guest/vc/{1}"})
    desk.replica.updated(protocol.Update(changes=(change,)))
    desk.replica.refresh()
    await eventually(lambda: names(pane) == ["bash"])
    pane.hide()
    asked = len(engine_of(desk).calls)
    desk.replica.updated(protocol.Update(changes=(change,)))
    desk.replica.refresh()
    await asyncio.sleep(0.2)
    assert len(engine_of(desk).calls) == asked


async def test_an_engine_that_does_not_answer_is_said_where_the_facts_would_be(desk: Desk) -> None:
    engine_of(desk).answers["guest"] = EngineUnavailable("the engine does not answer now")
    pane = await shown(desk)
    pane.tabs.setCurrentIndex(1)
    assert "the engine does not answer now" in pane.facts("applications")._why
    engine_of(desk).answers["guest"] = None
    pane.bring_up_to_date()
    await eventually(lambda: not pane.busy)
    assert pane.facts("applications")._why == "Nobody has looked inside this guest yet."


async def test_looking_needs_permission_and_its_failure_is_told(desk: Desk) -> None:
    pane = await shown(desk)
    assert not pane.look.isEnabled()
    assert "may not read guests" in pane.look.toolTip()
    desk.replica.updated(protocol.Update(records=(estates.connection(grants=Grants(read_guests=True)),)))
    desk.replica.refresh()
    pane.bring_up_to_date()
    assert pane.look.isEnabled()
    engine_of(desk).answers["inspect"] = VmiError("the VM is off", "start it")
    pane.look.click()
    await eventually(lambda: pane._note.text() == "the VM is off")
    assert pane.look.isEnabled()
    engine_of(desk).answers["inspect"] = None
    pane.look.click()
    await eventually(lambda: pane._note.text() == "")
    assert ("inspect", {"vm": ONE}) in engine_of(desk).calls


async def test_a_look_tells_how_far_it_is_and_is_given_up_where_it_was_begun(desk: Desk) -> None:
    desk.replica.updated(protocol.Update(records=(estates.connection(grants=Grants(read_guests=True)),)))
    desk.replica.refresh()
    pane, engine = await shown(desk), engine_of(desk)
    ended = engine.answers["inspect"] = asyncio.Event()
    assert pane.cancel.isHidden()
    pane.look.click()
    await eventually(lambda: len(engine.told) == 1)
    engine.told[0]({"step": "waiting", "read_bytes": 0, "seconds": 0.2})
    assert pane._note.text() == "Waiting for its turn…"
    engine.told[0]({"step": "disks", "read_bytes": 3 * 2**20, "seconds": 0.5})
    [look] = desk.errands.under_way
    assert pane._note.text() == look.detail == "Reading its disks, 3 MiB so far"
    engine.told[0]({"step": "what a newer engine does"})
    assert pane._note.text() == "Reading its disks, 3 MiB so far"
    assert pane.look.isHidden()
    pane.show_entities((OTHER,))  # of which nobody asked for a look
    assert (pane._note.text(), pane.cancel.isHidden(), pane.look.isEnabled()) == ("", True, True)
    engine.told[0]({"step": "memory", "read_bytes": 4 * 2**20, "seconds": 0.7})
    assert pane._note.text() == ""
    pane.show_entities((ONE,))
    assert pane._note.text() == "Reading its memory, 4 MiB so far"
    pane.cancel.click()
    await eventually(lambda: engine.given_up == [ONE])
    await eventually(lambda: pane.cancel.isHidden())
    assert (look.outcome, look.detail, pane._note.text()) == (Outcome.CANCELLED, "", "")
    assert pane.look.isEnabled()
    pane.look.click()  # and once more, to its end
    await eventually(lambda: len(engine.told) == 2)
    assert not pane.cancel.isHidden()
    ended.set()
    await eventually(lambda: pane.cancel.isHidden())
    assert (pane.look.isHidden(), pane._note.text(), engine.given_up) == (False, "", [ONE])


def test_a_service_of_unknown_state_is_told_from_one_that_is_off(qapp: QApplication) -> None:
    pane = kinds.GUEST.make(new_desk(NotingEngine()))
    assert isinstance(pane, GuestPane)
    columns = pane.facts("services").items.columns
    assert [column.text(Service(name="sshd")) for column in columns] == ["sshd", "–", "–", "–", "–"]
    off = Service(name="sshd", enabled=False, running=False)
    assert [column.text(off) for column in columns] == ["sshd", "no", "no", "–", "–"]
    pane.deleteLater()


async def test_a_look_that_waits_for_quiet_hours_is_told_until_they_are_over(desk: Desk) -> None:
    engine = engine_of(desk)
    engine.answers["waits"] = True
    pane = await shown(desk)

    def facts() -> dict[str, str]:
        return {fact.label: fact.value for fact in pane.overview.sheet.sections[1].facts}

    assert "Next look" not in facts()
    assert "waits" not in [command for command, _ in engine.calls], "it is not quiet"
    connection = desk.replica.connections()[0].id
    desk.replica.went_round(protocol.Round(connection=connection, standing=Standing(guests=4, waiting=2, quiet=True)))
    await eventually(lambda: "Next look" in facts())
    assert facts()["Next look"] == "waits: always quiet"
    desk.replica.went_round(protocol.Round(connection=connection, standing=Standing(guests=4)))
    await eventually(lambda: "Next look" not in facts())
    assert ("waits", {"vm": ONE}) in engine.calls


async def test_processes_hang_below_those_that_started_them_until_they_are_sorted(desk: Desk) -> None:
    started = ((1, "systemd", 0), (20, "sshd", 1), (7, "bash", 25), (25, "sshd-session", 20), (9, "cron", 1))
    processes = tuple(Process(pid=pid, name=name, parent=parent) for pid, name, parent in started)
    engine_of(desk).answers["guest"] = {ONE: found("1", processes=FactSet(status=Looked.READ, items=processes))}
    pane = await shown(desk)
    processes_tab = next(
        place for place in range(pane.tabs.count()) if pane.tabs.tabText(place).startswith("Processes")
    )
    pane.tabs.setCurrentIndex(processes_tab)
    shown_list = pane.facts("processes")
    await eventually(lambda: len(shown_list.items.rows) == len(processes))

    def hanging() -> list[tuple[str, int]]:
        cells = (shown_list.items.index(row, 1) for row in range(shown_list.items.rowCount()))
        return [(cell.data(), cell.data(DEPTH)) for cell in cells]

    assert hanging() == [("systemd", 0), ("cron", 1), ("sshd", 1), ("sshd-session", 2), ("bash", 3)]
    shown_list.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    await eventually(lambda: hanging()[1] == ("bash", 0))
    shown_list.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    await eventually(lambda: hanging()[4] == ("bash", 3))
    shown_list.items.narrow("bash")
    await eventually(lambda: hanging() == [("bash", 0)])
