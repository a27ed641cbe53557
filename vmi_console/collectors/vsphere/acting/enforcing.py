"""The blocking calls of quarantine, each of one VM: look, isolate, restore. For a worker thread only."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pyVmomi import vim, vmodl

from vmi_console.collectors.quarantine import Done, Image, Mode, Request, Survey, planned
from vmi_console.collectors.vsphere.acting.cards import Backing, Card, edited
from vmi_console.collectors.vsphere.acting.looking import (
    Portgroup,
    Seen,
    Target,
    field_key,
    former,
    look,
    portgroup,
    target,
)
from vmi_console.collectors.vsphere.acting.ways import Measure, channels, closed_by, measure
from vmi_console.collectors.vsphere.errors import words
from vmi_console.collectors.vsphere.machine import RECORD_FIELD
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.watching import on
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import Power

_log = logging.getLogger(__name__)

TASK_S = 40.0
PATIENCE_S = 20.0
"""For how long a VM that is being moved or changed by others is tried again."""

_PASSING = (vim.fault.TaskInProgress, vim.fault.ConcurrentAccess, vim.fault.InvalidState)
_GRANT = "give the console's user the role that docs/vsphere.md describes"


class Enforcement:
    """Quarantine over one line. Its methods raise `CommandRefused`, faults of vSphere, and what a lost line raises."""

    def __init__(self, line: Line, content: Any, *, granted: bool) -> None:
        self._line = line
        self._content = content
        self._granted = granted
        self._touched = False  # whether anything but the record is, or may be, another than it was

    # --- the commands -----------------------------------------------------------------------------------------------

    def survey(self, request: Request) -> Survey:
        """How the VM is, what would be changed, and what holds."""
        seen = self._look(request)
        goal, problems = self._target(seen, request)
        problems += self._obstacles(seen, request.mode, goal)
        return Survey(
            image=seen.image,
            channels=planned(
                channels(seen, request.mode, goal, acted=False), channels(seen, request.mode, goal, acted=True)
            ),
            steps=tuple(_steps(seen, request.mode, goal)) if not problems else (),
            problems=tuple(problems),
        )

    def verify(self, request: Request) -> Survey:
        """How the VM is, and which of its ways are closed."""
        seen = self._look(request)
        goal, problems = self._target(seen, request)
        return Survey(
            image=seen.image,
            channels=tuple(channels(seen, request.mode, goal, acted=True)),
            problems=tuple(problems),
        )

    def isolate(self, request: Request) -> Done:
        """Closes what can be closed."""
        seen = self._look(request)
        goal, problems = self._target(seen, request)
        problems += self._obstacles(seen, request.mode, goal)
        if problems:
            raise CommandRefused(f"{seen.name} cannot be quarantined: {'; '.join(problems)}")
        expected = request.image.version if request.image is not None else None
        _demand_unchanged(seen, expected)
        notes = self._leave_record(seen, request.record) if request.record not in ("", seen.record) else []
        try:
            if request.mode is Mode.PAUSE:
                if seen.running:
                    self._task(lambda: seen.handle.SuspendVM_Task(), f"suspend {seen.name}")
            else:
                self._close(seen, request, goal, expected)
        except CommandRefused:
            if not self._touched:
                self._take_back_record(seen, request)
            raise
        now = self._look(request)
        return Done(
            image=now.image,
            channels=tuple(channels(now, request.mode, goal, acted=True)),
            notes=tuple(notes),
        )

    def restore(self, request: Request) -> Done:
        """Gives back what was changed between `before` and `image`: nothing else, and nothing that others changed.

        After an act that was killed half-way `image` is what a look finds: that is given back, however far it came.
        """
        if request.before is None or request.image is None:
            raise CommandRefused("what the VM was like before its quarantine was not told", "take it from the journal")
        seen = self._look(request)
        if seen.obstacles:
            raise CommandRefused(f"{seen.name} cannot be given back: {'; '.join(seen.obstacles)}")
        _demand_unchanged(seen, None if request.force else request.image.version)
        notes = self._open(seen, request)
        if request.mode is Mode.PAUSE and seen.power is Power.SUSPENDED and request.before.power == Power.ON:
            self._task(lambda: seen.handle.PowerOnVM_Task(None), f"resume {seen.name}")
        if seen.record:
            notes += self._leave_record(seen, "")
        now = self._look(request)
        if now.version != request.before.version and not request.force:
            notes.append("its configuration is not what it was before the quarantine: compare them")
        goal, _ = self._target(now, request)
        return Done(image=now.image, channels=tuple(channels(now, request.mode, goal, acted=True)), notes=tuple(notes))

    # --- looking ----------------------------------------------------------------------------------------------------

    def _look(self, request: Request) -> Seen:
        return look(self._line, self._content, request.vm)

    def _target(self, seen: Seen, request: Request) -> tuple[Target | None, list[str]]:
        if request.mode is not Mode.ISOLATE or not request.network:
            return None, []
        found = target(self._line, seen, request.network)
        return (found, []) if isinstance(found, Target) else (None, [found])

    def _obstacles(self, seen: Seen, mode: Mode, goal: Target | None) -> list[str]:
        """Why nothing can be done at all."""
        problems = list(seen.obstacles)
        edits = any(chosen is not Measure.BLOCK for _, chosen in _plan(seen, mode, goal))
        if not self._granted:
            problems.append("the console may not act on this connection: allow it in the connection's settings")
        elif missing := self._missing(seen, mode, goal):
            problems.append(f"the console's user lacks {', '.join(missing)}: {_GRANT}")
        if mode is Mode.PAUSE and seen.power is Power.OFF:
            problems.append("it does not run, so it cannot be suspended: isolate it instead")
        if edits and seen.power is Power.SUSPENDED:
            problems.append("it is suspended, and its cards cannot be changed before it runs or is powered off")
        return problems

    def _missing(self, seen: Seen, mode: Mode, goal: Target | None) -> list[str]:
        """The privileges that the user has not got, where each is needed."""
        measures = {chosen: card for card, chosen in _plan(seen, mode, goal)}
        missing = []
        if mode is Mode.PAUSE:
            missing += self._lacks(seen.handle, "VirtualMachine.Interact.Suspend", "VirtualMachine.Interact.PowerOn")
        if measures.keys() & {Measure.MOVE, Measure.DISCONNECT}:
            missing += self._lacks(seen.handle, "VirtualMachine.Config.EditDevice")
        if Measure.MOVE in measures and goal is not None:
            missing += self._lacks(goal.handle, "Network.Assign")
        if Measure.BLOCK in measures:
            group = seen.portgroups[measures[Measure.BLOCK].plug.network]
            missing += self._lacks(group.switch, "DVSwitch.PortSetting")
        return missing

    def _lacks(self, entity: Any, *privileges: str) -> list[str]:
        """Which of these the user has not got there. What the server does not tell is found out by trying."""
        try:
            session = on(self._line, self._content.sessionManager).currentSession
            manager = on(self._line, self._content.authorizationManager)
            answer = manager.HasPrivilegeOnEntities([entity], session.key, list(privileges))
        except (vmodl.fault.NotSupported, vmodl.fault.MethodNotFound, vim.fault.NoPermission) as fault:
            _log.info("the server does not tell what the user may do: %s", words(fault))
            return []
        return [str(each.privId) for one in answer or () for each in one.privAvailability if not each.isGranted]

    # --- closing ----------------------------------------------------------------------------------------------------

    def _close(self, seen: Seen, request: Request, goal: Target | None, expected: str | None) -> None:
        def changes(now: Seen) -> list[Any]:
            specs = []
            for card, chosen in _plan(now, request.mode, goal):
                if chosen is Measure.DISCONNECT:
                    specs.append(edited(now.device(card.key), connected=(_when(now, False), False, False)))
                elif chosen is Measure.MOVE:
                    assert goal is not None
                    specs.append(edited(now.device(card.key), plug=goal.plug))
            return specs

        ports = [card for card, chosen in _plan(seen, request.mode, goal) if chosen is Measure.BLOCK]
        self._reconfigure(seen, request, changes, expected)
        for card in ports:
            self._block(seen.portgroups[card.plug.network], card.port, blocked=True)

    def _reconfigure(
        self, seen: Seen, request: Request, changes: Callable[[Seen], list[Any]], expected: str | None
    ) -> None:
        """Changes all cards in one go, or none: `changeVersion` is the lock.

        While others are at work on the VM (a vMotion), or were faster, it is looked at and tried again; where what they
        did has changed it, it is refused.
        """
        deadline, pause = time.monotonic() + PATIENCE_S, 0.5
        while specs := changes(seen):
            spec = vim.vm.ConfigSpec(changeVersion=seen.change_version or None, deviceChange=specs)
            try:
                self._task(lambda: seen.handle.ReconfigVM_Task(spec), f"change {seen.name}", passing=True)  # noqa: B023
                return
            except vim.fault.InvalidPowerState as fault:
                raise _refused(fault, f"change {seen.name} as it is now") from fault
            except _PASSING as fault:
                if time.monotonic() + pause > deadline:
                    advice = "wait until it is done (a migration, a snapshot), and try again"
                    raise CommandRefused(f"something else is at work on {seen.name}: {words(fault)}", advice) from fault
            time.sleep(pause)
            pause = min(2 * pause, 4.0)
            seen = self._look(request)
            _demand_unchanged(seen, expected)

    def _block(self, group: Portgroup, port: str, *, blocked: bool | None) -> None:
        """Blocks a port, opens it, or has it follow its portgroup again (None)."""
        found = group.switch.FetchPorts(vim.dvs.PortCriteria(portKey=[port])) or ()
        if not found:
            raise CommandRefused(f"the port {port} of {group.name} is not there any more", "look at the VM again")
        policy = vim.BoolPolicy(inherited=blocked is None, value=bool(blocked))
        spec = vim.dvs.DistributedVirtualPort.ConfigSpec(
            operation="edit",
            key=port,
            configVersion=found[0].config.configVersion,
            setting=vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(blocked=policy),
        )
        self._task(lambda: group.switch.ReconfigureDVPort_Task([spec]), f"change the port {port} of {group.name}")

    # --- opening ----------------------------------------------------------------------------------------------------

    def _open(self, seen: Seen, request: Request) -> list[str]:
        """Gives the cards back. Gives notes."""
        assert request.before is not None
        assert request.image is not None
        notes: list[str] = []
        for original, card, parts in _to_give_back(seen.cards, request.before, request.image, notes):
            if "blocked" in parts:
                group = seen.portgroups.get(card.plug.network) or portgroup(self._line, card.plug.network)
                if group is None:
                    raise CommandRefused(f"the portgroup of {card.title} may not be seen", _GRANT)
                self._block(group, card.port, blocked=original.blocked)

        def changes(now: Seen) -> list[Any]:
            specs = []
            assert request.before is not None
            assert request.image is not None
            for original, card, parts in _to_give_back(now.cards, request.before, request.image, []):
                plug = original.plug if "plug" in parts else None
                connected = _when(now, original.wired(request.before.power == Power.ON))
                wired = (connected, original.start_connected, original.guest_control)
                if plug is not None or "wired" in parts:
                    device = now.device(card.key)
                    specs.append(edited(device, plug=plug, connected=wired if "wired" in parts else None))
            return specs

        self._reconfigure(self._look(request), request, changes, None)
        return notes

    # --- what is left with the VM -----------------------------------------------------------------------------------

    def _leave_record(self, seen: Seen, record: str) -> list[str]:
        """Writes the record into the custom attribute, or empties it. Gives notes."""
        if self._content.customFieldsManager is None:
            return ["a single host has no custom attributes, so no record was left with the VM"] if record else []
        manager = on(self._line, self._content.customFieldsManager)
        try:
            key = field_key(self._line, self._content)
            if key is None:
                key = int(manager.AddFieldDefinition(RECORD_FIELD, vim.VirtualMachine).key)
            manager.SetField(seen.handle, key, record)
        except vmodl.MethodFault as fault:
            return [f"the record of the quarantine could not be written to {seen.name}: {words(fault)}"]
        return []

    def _take_back_record(self, before: Seen, request: Request) -> None:
        """A VM of which nothing was changed shall not look as if it were in quarantine."""
        if self._look(request).record == request.record:  # and not another console's by now
            for note in self._leave_record(before, before.record):
                _log.warning("%s", note)

    # --- tasks ------------------------------------------------------------------------------------------------------

    def _task(self, begin: Callable[[], Any], doing: str, *, passing: bool = False) -> None:
        """Waits until a task is over. Raises `CommandRefused`; with `passing` faults that pass as they are."""
        deadline = time.monotonic() + TASK_S
        try:
            task = begin()
            while str((info := task.info).state) in ("queued", "running"):
                if time.monotonic() > deadline:
                    self._touched = True
                    advice = "what becomes of it is not known: look at the VM again"
                    raise CommandRefused(f"vCenter has not come to {doing} within {TASK_S:.0f} s", advice)
                time.sleep(0.1)
            if str(info.state) == "error":
                raise info.error
            self._touched = True
        except vim.fault.NotAuthenticated:
            raise
        except vmodl.MethodFault as fault:
            if passing and isinstance(fault, _PASSING):
                raise
            raise _refused(fault, doing) from fault


# --- parts --------------------------------------------------------------------------------------------------------


def _plan(seen: Seen, mode: Mode, goal: Target | None) -> Iterator[tuple[Card, Measure]]:
    """What is to be done at which card. Nothing where it is closed already."""
    if mode not in (Mode.ISOLATE, Mode.DISCONNECT):
        return
    for card in seen.cards:
        chosen = measure(seen, card, mode, goal)
        if chosen is not None and closed_by(seen, card, mode, goal) is None:
            yield card, chosen


def _steps(seen: Seen, mode: Mode, goal: Target | None) -> Iterator[str]:
    if mode is Mode.PAUSE and seen.running:
        yield "suspend the VM; its memory is kept, and everything in it stands still"
    for card, chosen in _plan(seen, mode, goal):
        match chosen:
            case Measure.MOVE:
                assert goal is not None
                yield f"{card.title}: plug it into {goal.name} instead of {_where(seen, card)}"
            case Measure.BLOCK:
                yield f"{card.title}: block its port {card.port} of {_where(seen, card)}"
            case Measure.DISCONNECT:
                yield f"{card.title}: disconnect it, now and at power-on, and let the guest not connect it"


def _where(seen: Seen, card: Card) -> str:
    group = seen.portgroups.get(card.plug.network)
    return group.name if group is not None else card.plug.name or card.plug.network or "nothing"


def _when(seen: Seen, connected: bool) -> bool | None:
    """What to say of a card's connection: nothing of a VM that is off, where only the next power-on counts."""
    return connected if seen.running else None


def _parts(card: Card) -> dict[str, object]:
    return {
        "plug": card.plug,
        "wired": (card.connected, card.start_connected, card.guest_control),
        "blocked": card.blocked if card.plug.backing is Backing.PORT else None,
    }


def _to_give_back(
    cards: Sequence[Card], before: Image, after: Image, notes: list[str]
) -> Iterator[tuple[Card, Card, set[str]]]:
    """Cards as they were, as they are, and what of them quarantine changed and nobody has changed since."""
    became, are = {card.key: card for card in former(after)}, {card.key: card for card in cards}
    for original in former(before):
        left, card = became.get(original.key), are.get(original.key)
        if left is None:
            continue
        was, meant = _parts(original), _parts(left)
        changed = {part for part in was if was[part] != meant[part]}
        if "plug" in changed:
            changed.discard("blocked")  # it belongs to the port, which is another one
        if not changed:
            continue
        if card is None:
            notes.append(f"{original.title} is not there any more, and was not given back")
            continue
        now = _parts(card)
        for part in sorted(changed):
            if now[part] == was[part]:
                changed.discard(part)
            elif now[part] != meant[part] and part != "wired":
                changed.discard(part)
                notes.append(f"{original.title}: somebody else has changed its {part} meanwhile; it stays so")
        if changed:
            yield original, card, changed


def _demand_unchanged(seen: Seen, expected: str | None) -> None:
    if expected is not None and seen.version != expected:
        raise CommandRefused(f"{seen.name} was changed since it was looked at", "look at it again, and decide anew")


def _refused(fault: Any, doing: str) -> CommandRefused:
    if isinstance(fault, vim.fault.NoPermission):
        return CommandRefused(f"the console's user may not {doing} ({fault.privilegeId})", _GRANT)
    advice = "look at the VM again: some of it may have been done"
    return CommandRefused(f"vCenter could not {doing}: {words(fault)}", advice)
