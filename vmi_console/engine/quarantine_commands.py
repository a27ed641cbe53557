"""What clients may ask about quarantine and the audit (see `commands`)."""

from __future__ import annotations

import typing

from msgspec.structs import replace

from vmi_console.collectors.quarantine import Mode
from vmi_console.engine.policies import operator
from vmi_console.engine.response import Response
from vmi_console.errors import InputError
from vmi_console.estate.identity import EntityId
from vmi_console.response.audit import Entry, Verified
from vmi_console.response.outputs.choices import AnyOutput
from vmi_console.response.outputs.outputs import OutputState
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine
from vmi_console.response.ward import Choice, Outlook

MOST_ENTRIES = 10_000


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    response: Response


class QuarantineCommands:
    """Commands about quarantine."""

    def __init__(self, engine: Backend) -> None:
        self._of_response = engine

    async def quarantine_plan(self, vm: EntityId, mode: Mode = Mode.ISOLATE, network: str | None = None) -> Plan:
        """What quarantine would do to a VM, and whether it would hold; its token is what `quarantine` takes.

        Without a network it is the one chosen for the connection; an empty one is the provider's own way.
        """
        chosen = self._response.network_of(vm) if network is None else network
        plan = await self._response.ward.plan(vm, mode, chosen, self._response.automatic.proposed(vm))
        return replace(plan, allowed=self._response.automatic.allowed(plan.policy)) if plan.policy else plan

    async def quarantine(self, token: str, reason: str, reassert: bool = False) -> Quarantine:
        """Carries out a plan that somebody has confirmed, and says what came of it."""
        if not reason.strip():
            raise InputError("quarantine needs a reason", "say why")
        return await self._response.ward.confirm(token, operator(), reason.strip(), reassert)

    async def stop_countdown(self, id: str, reason: str = "") -> Quarantine:
        """Stops a countdown, or drops a proposal."""
        return self._response.automatic.stop(id, operator(), reason)

    async def release_outlook(self, vm: EntityId) -> Outlook:
        """Whether a VM can be given back exactly."""
        return await self._response.ward.outlook(vm)

    async def release(self, vm: EntityId, reason: str = "", choice: Choice = Choice.EXACT) -> Quarantine:
        """Gives a VM back, and says what came of it."""
        return await self._response.ward.release(vm, operator(), reason.strip(), choice)

    async def reassert(self, vm: EntityId) -> Quarantine:
        """Isolates again what was undone."""
        return await self._response.ward.reassert(vm, operator())

    async def quarantines(self, past: bool = False) -> list[Quarantine]:
        """Who is in quarantine or proposed for it; with `past` also those that are over, newest first."""
        return [*self._response.all(), *(await self._response.journal.past() if past else ())]

    async def audit(self, after: int = 0, count: int = 1000) -> list[Entry]:
        """Entries of the audit with numbers above `after`, oldest first."""
        if not 0 < count <= MOST_ENTRIES:
            raise InputError(f"{count} entries at once are too many", f"ask for at most {MOST_ENTRIES:,}")
        return await self._response.journal.entries(after, count)

    async def audit_verify(self, head: str = "") -> Verified:
        """What the audit proves; `head` is a digest that was noted elsewhere."""
        return await self._response.journal.verify(head)

    async def outputs(self) -> list[OutputState]:
        """Where findings and acts are told outside the console, and how each fares."""
        return await self._response.outputs.states()

    async def set_outputs(self, outputs: tuple[AnyOutput, ...], secrets: dict[str, str] | None = None) -> None:
        """These outputs from now on; `secrets` are those of webhooks that are new, by the output's name.

        An empty secret is one that is no more: what is sent there is not signed any longer.
        """
        await self._response.outputs.choose(outputs, secrets or {})

    async def test_output(self, name: str) -> None:
        """Sends a line to an output now."""
        await self._response.outputs.test(name)

    async def try_output(self, output: AnyOutput, secret: str | None = None) -> None:
        """Sends a line to an output that is not chosen yet; without a secret, with the one kept under its name."""
        await self._response.outputs.attempt(output, secret)

    @property
    def _response(self) -> Response:
        return self._of_response.response
