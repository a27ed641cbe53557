"""Messages of the desktop with buttons: the notification service of desktops that have D-Bus.

The service is that of the Desktop Notifications Specification 1.2 (freedesktop.org). The library comes with the keyring
on Linux; without it, without a bus, or where the service has no buttons, there are none, and the tray's own
messages are used.
"""

from __future__ import annotations

import asyncio
import html
import importlib
import logging
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from vmi_console.gui.runtime import Errands

log = logging.getLogger(__name__)

SERVICE = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
ANSWER_SECONDS = 5.0
SHOWN_MS = 10_000
DEFAULT = "default"  # the action of a click on the message itself
NORMAL, CRITICAL = 1, 2  # urgency; what is critical stays until somebody saw it


class DesktopMessages(QObject):
    """One message of ours at a time: the next takes the place of the one before, so that a storm does not pile up."""

    chosen = Signal(str, str)  # what the message is about, and the key of the action that was chosen
    lost = Signal(str, str)  # title and text of a message that could not be shown

    def __init__(self, errands: Errands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands = errands
        self._router: Any = None
        self._jeepney: Any = None
        self._failures: tuple[type[Exception], ...] = ()
        self._markup = False
        self._shown = 0  # the service's number of our message; 0: none is on show
        self._about = ""

    @property
    def ready(self) -> bool:
        """Whether there is a service whose messages have buttons."""
        return self._router is not None

    def open(self) -> None:
        """Looks for the service, and listens to it until the errands end."""
        self._errands.run(self._serve(), self.tr("Look for the desktop's messages"), quiet=True)

    def say(self, title: str, text: str, about: str, actions: Mapping[str, str], *, critical: bool = False) -> None:
        """Shows a message about something; `actions` are the words of its buttons by their keys."""
        work = self._notify(title, text, about, actions, critical)
        self._errands.run(work, self.tr("Show a message"), quiet=True)

    # --- the bus --------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        try:
            jeepney: Any = importlib.import_module("jeepney")
            bus: Any = importlib.import_module("jeepney.io.asyncio")
        except ImportError:
            return
        self._failures = (
            jeepney.DBusErrorResponse,
            importlib.import_module("jeepney.io.common").RouterClosed,
            OSError,
            EOFError,
            TimeoutError,
        )
        try:
            connection = await bus.open_dbus_connection()
            try:
                async with bus.DBusRouter(connection) as router:
                    await self._listen(jeepney, bus, router)
            finally:
                connection.writer.close()  # also where the bus has gone, and leaving the router fails
        except (*self._failures, KeyError, ValueError) as error:  # no bus, no service, or none that is usable
            log.info("the desktop's messages have no buttons: %s", error)
        finally:
            self._router = None

    async def _listen(self, jeepney: Any, bus: Any, router: Any) -> None:
        self._jeepney = jeepney
        (capabilities,) = await self._ask(router, "GetCapabilities")
        if "actions" not in capabilities:
            return
        self._markup = "body-markup" in capabilities
        rule = jeepney.MatchRule(type="signal", interface=SERVICE, path=PATH)
        await bus.Proxy(jeepney.message_bus, router).AddMatch(rule)
        with router.filter(rule, bufsize=100) as heard:
            self._router = router
            while True:
                message = await heard.get()
                self._heard(message.header.fields[jeepney.HeaderFields.member], message.body)

    def _heard(self, member: str, body: tuple[Any, ...]) -> None:
        if not body or body[0] != self._shown or not self._shown:
            return  # of another program
        if member == "ActionInvoked":
            self.chosen.emit(self._about, str(body[1]))
        elif member == "NotificationClosed":
            self._shown = 0

    async def _notify(self, title: str, text: str, about: str, actions: Mapping[str, str], critical: bool) -> None:
        body = html.escape(text, quote=False) if self._markup else text  # names are text, never markup
        listed = [part for action in actions.items() for part in action]
        hints = {"urgency": ("y", CRITICAL if critical else NORMAL), "category": ("s", "network")}
        said = ("VMI Console", self._shown, "", title, body, listed, hints, SHOWN_MS)
        try:
            (self._shown,) = await self._ask(self._router, "Notify", "susssasa{sv}i", said)
            self._about = about
        except self._failures as error:
            log.warning("the desktop took no message: %s", error)
            self._router, self._shown = None, 0
            self.lost.emit(title, text)

    async def _ask(self, router: Any, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        place = self._jeepney.DBusAddress(PATH, bus_name=SERVICE, interface=SERVICE)
        message = self._jeepney.new_method_call(place, method, signature or None, body)
        async with asyncio.timeout(ANSWER_SECONDS):
            reply = await router.send_and_get_reply(message)
        answer: tuple[Any, ...] = self._jeepney.wrappers.unwrap_msg(reply)
        return answer
