"""The actor of a vSphere connection: one login for one command, and gone again."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from vmi_console.collectors import quarantine
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.quarantine import Done, Request, Survey
from vmi_console.collectors.vsphere.acting.enforcing import Enforcement
from vmi_console.collectors.vsphere.address import target
from vmi_console.collectors.vsphere.errors import SessionEnded
from vmi_console.collectors.vsphere.session import opened
from vmi_console.collectors.vsphere.transport import Line, Tally
from vmi_console.errors import CollectorError, CommandRefused

LONGEST_S = 55.0  # the engine itself waits for a minute


class VsphereActor:
    """Quarantine at one vCenter or ESXi host (see `provider.Actor`)."""

    def __init__(self, start: Start) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._start = start
        self._target = target(start.uri)

    async def act(self, command: str, arguments: dict[str, Any]) -> Any:
        """One of the commands of `quarantine`. Without the grant it only looks."""
        request = quarantine.request_of(command, arguments, granted=self._start.grants.quarantine)
        unknown = "what it has done so far is not known: look at the VM again"
        try:
            async with asyncio.timeout(LONGEST_S):
                return msgspec.to_builtins(await self._carry_out(command, request))
        except TimeoutError:
            raise CommandRefused(f"{self._target.where} has not done it within {LONGEST_S:.0f} s", unknown) from None
        except CommandRefused:
            raise
        except SessionEnded as end:
            raise CommandRefused(str(end), unknown) from end
        except CollectorError as error:
            raise CommandRefused(error.message, error.advice) from error

    async def _carry_out(self, command: str, request: Request) -> Survey | Done:
        start = self._start
        session = await opened(self._target, start.secret, start.trusted, tally=Tally(), answered=lambda: None)
        try:
            caller = session.caller("act")

            def ask(line: Line) -> Survey | Done:
                enforcement = Enforcement(line, session.content, granted=start.grants.quarantine)
                match command:
                    case quarantine.SURVEY:
                        return enforcement.survey(request)
                    case quarantine.VERIFY:
                        return enforcement.verify(request)
                    case quarantine.ISOLATE:
                        return enforcement.isolate(request)
                    case quarantine.RESTORE:
                        return enforcement.restore(request)
                    case _:
                        raise CommandRefused(f"vSphere connections know no command “{command}”")

            return await caller.once(f"{command} a VM", ask)
        finally:
            await session.close()
