"""Scheduled tasks, as their files in System32/Tasks describe them (Task Scheduler schema)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.parsers import expat

import msgspec

from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading

FOLDER = "/Windows/System32/Tasks"
DEEPEST = 12
_MOST = 5_000
_LONGEST = 512 << 10
_DEEPEST_XML = 20
_MOST_ELEMENTS = 5_000
_MOST_TRIGGERS = 5
_TRIGGERS = {
    "BootTrigger": "at start",
    "LogonTrigger": "at login",
    "RegistrationTrigger": "when it is registered",
    "IdleTrigger": "when idle",
    "EventTrigger": "on an event",
    "SessionStateChangeTrigger": "when a session changes",
    "TimeTrigger": "once",
    "CalendarTrigger": "by the calendar",
    "WnfStateChangeTrigger": "when the system's state changes",
}
_CALENDAR = {
    "ScheduleByDay": "daily",
    "ScheduleByWeek": "weekly",
    "ScheduleByMonth": "monthly",
    "ScheduleByMonthDayOfWeek": "monthly",
}


class Task(msgspec.Struct, frozen=True):
    """What a task runs, when, and as whom."""

    path: str  # below the folder of tasks: \Microsoft\Windows\…
    command: str = ""
    schedule: str = ""
    user: str = ""
    author: str = ""
    enabled: bool = True


def tasks(reading: Reading) -> Iterator[Task]:
    """Every task; one whose file cannot be read is noted as a doubt. Raises `Unreadable` where a folder cannot be."""
    waiting = [(FOLDER, 0)]
    seen = 0
    while waiting:
        folder, depth = waiting.pop()
        try:
            entries = reading.folder(folder)
        except Absent:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}"
            seen += 1
            if seen > _MOST or depth > DEEPEST:
                raise Unreadable(f"there are more than {_MOST} tasks, or their folders are too deep")
            if entry.kind is Kind.FOLDER:
                waiting.append((path, depth + 1))
            elif entry.kind is Kind.FILE:
                try:
                    yield parsed(path[len(FOLDER) :].replace("/", "\\"), reading.data(path, _LONGEST))
                except Absent:
                    continue
                except Unreadable as error:
                    reading.doubt(f"the task {entry.name}: {error}")


def parsed(path: str, data: bytes) -> Task:
    """A task out of its file. Raises `Unreadable` for what is no task, or wants more than any."""
    found = _Elements()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = _refuse  # entities, which only it can declare, could be made to fill any memory
    try:
        parser.Parse(data, True)
    except Unreadable:
        raise
    except Exception as error:  # besides its own error: whatever an encoding that is not there brings about
        raise Unreadable(f"it is no XML ({error})") from error
    if not found.is_task:
        raise Unreadable("it describes no task")
    return Task(
        path=path,
        command="; ".join(found.commands),
        schedule=", ".join(dict.fromkeys(found.triggers)),
        user=found.user,
        author=found.author,
        enabled=found.enabled,
    )


def _refuse(*_: object) -> None:
    raise Unreadable("it declares a document type, as no task does")


class _Elements:
    """What of a task's elements is kept, by the path of names that leads to each."""

    def __init__(self) -> None:
        self.is_task = False
        self.commands: list[str] = []
        self.triggers: list[str] = []
        self.user = ""
        self.author = ""
        self.enabled = True
        self._path: list[str] = []
        self._text: list[str] = []
        self._count = 0
        self._trigger: list[str] | None = None
        self._start = ""
        self._trigger_is_on = True
        self._ends: dict[tuple[str, ...], Callable[[str], None]] = {
            ("Actions", "Exec", "Command"): self.commands.append,
            ("Actions", "Exec", "Arguments"): self._argument,
            ("Actions", "ComHandler", "ClassId"): self._handler,
            ("Settings", "Enabled"): self._switch,
            ("Principals", "Principal", "UserId"): self._user,
            ("Principals", "Principal", "GroupId"): self._user,
            ("RegistrationInfo", "Author"): self._author,
        }

    def start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._path) >= _DEEPEST_XML:
            raise Unreadable("it has more in it than any task")
        name = name.rpartition(":")[2]
        self._path.append(name)
        self._text.clear()
        if len(self._path) == 1:
            self.is_task = name == "Task"
        elif self._path[1:-1] == ["Triggers"]:
            self._trigger, self._start, self._trigger_is_on = [_TRIGGERS.get(name, name)], "", True
        elif self._trigger is not None and name in _CALENDAR:
            self._trigger[0] = _CALENDAR[name]

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        inside = tuple(self._path[1:])
        self._path.pop()
        if inside in self._ends:
            self._ends[inside](text)
        elif inside[:1] == ("Triggers",) and self._trigger is not None:
            self._end_of_trigger(inside, text)

    def _end_of_trigger(self, inside: tuple[str, ...], text: str) -> None:
        assert self._trigger is not None
        if len(inside) == 2:
            if self._trigger_is_on and len(self.triggers) < _MOST_TRIGGERS:
                at = f" from {self._start}" if self._start else ""
                self.triggers.append(" ".join(self._trigger) + at)
            self._trigger = None
        elif inside[2:] == ("Enabled",):
            self._trigger_is_on = text.lower() not in ("false", "0")
        elif inside[2:] == ("StartBoundary",):
            self._start = text
        elif inside[2:] == ("Repetition", "Interval"):
            self._trigger.append(f"every {text}")

    def _argument(self, text: str) -> None:
        if self.commands:
            self.commands[-1] = f"{self.commands[-1]} {text}".strip()

    def _handler(self, text: str) -> None:
        self.commands.append(f"COM {text}")

    def _switch(self, text: str) -> None:
        self.enabled = text.lower() not in ("false", "0")

    def _user(self, text: str) -> None:
        self.user = self.user or text

    def _author(self, text: str) -> None:
        self.author = text
