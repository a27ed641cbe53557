"""The actor of a libvirt connection: one session for one command, and gone again."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from vmi_console.collectors import quarantine
from vmi_console.collectors.libvirt.acting.enforcing import Enforcement
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.session import opened
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.quarantine import Request
from vmi_console.errors import CollectorError, CommandRefused

LONGEST_S = 50.0  # swapping a filter takes seconds; the engine itself waits for a minute


class LibvirtActor:
    """Quarantine on one libvirt daemon (see `provider.Actor`)."""

    def __init__(self, start: Start) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._start = start
        self._target = target(start.uri)

    async def act(self, command: str, arguments: dict[str, Any]) -> Any:
        """One of the commands of `quarantine`. Without the grant it only looks, on a read-only session."""
        granted = self._start.grants.quarantine
        request = quarantine.request_of(command, arguments, granted=granted)
        try:
            async with asyncio.timeout(LONGEST_S):
                return await self._carry_out(command, request, writable=granted)
        except TimeoutError:
            raise CommandRefused(
                f"{self._target.where} has not done it within {LONGEST_S:.0f} s",
                "what it has done so far is not known: look at the VM again",
            ) from None
        except CommandRefused:
            raise
        except CollectorError as error:
            raise CommandRefused(error.message, error.advice) from error

    async def _carry_out(self, command: str, request: Request, *, writable: bool) -> Any:
        session = await opened(self._target, self._start.secret, writable=writable, answered=lambda: None)
        try:
            enforcement = Enforcement(session.survey.connection, writable=session.writable)
            match command:
                case quarantine.SURVEY:
                    answer: object = await session.call(enforcement.survey, request)
                case quarantine.ISOLATE:
                    answer = await session.call(enforcement.isolate, request)
                case quarantine.RESTORE:
                    answer = await session.call(enforcement.restore, request)
                case quarantine.VERIFY:
                    answer = await session.call(enforcement.verify, request)
                case _:
                    raise CommandRefused(f"libvirt connections know no command “{command}”")
            return msgspec.to_builtins(answer)
        finally:
            session.close()
