"""The tags of VMs, which only vCenter's Automation API has: REST, with a session of its own.

From 7.0.2 on it lies below /api, before that below /rest, where every answer is wrapped in `{"value": …}`.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any

from vmi_console.collectors.vsphere.address import Target
from vmi_console.collectors.vsphere.certificate import Trust
from vmi_console.collectors.vsphere.transport import Connection, Tally
from vmi_console.wire.workers import Workers

TIMEOUT_S = 10.0
LARGEST_ANSWER = 64 << 20
TAGS_A_CALL = 100
NAMES_AGAIN = 10
"""Readings between two at which the names of known tags are asked for again."""

SESSION_HEADER = "vmware-api-session-id"


class TagsRefused(Exception):
    """The server does not tell about tags: there is no such API, or this user may not use it."""


class _Gone(Exception):
    """The session of the API has ended, or there is none yet."""


class Tags:
    """Reads who has which tags, on a thread of its own."""

    def __init__(self, target: Target, trust: Trust, tally: Tally, user: str, secret: str) -> None:
        self._connection = Connection(target, trust, tally, TIMEOUT_S, "")
        self._tally = tally
        self._login = base64.b64encode(f"{user}:{secret}".encode()).decode()
        self._token: str | None = None
        self._modern = True
        self._names: dict[str, str] = {}
        self._readings = 0
        self._workers = Workers("vsphere-tags", 1)

    async def read(self) -> dict[str, tuple[str, ...]]:
        """The names of the tags of every VM that has any, sorted, by moid. Raises `TagsRefused`."""
        return await self._workers.run(self._read)

    def close(self) -> None:
        """Returns at once; an API session that cannot be ended ends by itself in five minutes."""
        self._connection.cut()
        self._workers.stop()

    # --- on the thread ------------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            try:
                return self._attached()
            except _Gone:
                self._log_in()
                return self._attached()
        except (_Gone, OSError, http.client.HTTPException, ValueError, TypeError, LookupError) as error:
            self._connection.close()
            raise TagsRefused(str(error) or type(error).__name__) from error

    def _log_in(self) -> None:
        self._token = None
        for modern in (True, False):
            path = "/api/session" if modern else "/rest/com/vmware/cis/session"
            status, token = self._ask("POST", path, {"Authorization": f"Basic {self._login}"})
            if status in (200, 201):
                self._modern = modern
                self._token = str(token if modern else token["value"])
                return
        raise TagsRefused(f"the Automation API answered {status}")

    def _attached(self) -> dict[str, tuple[str, ...]]:
        ids = [str(tag) for tag in self._call("GET", "tag")]
        if self._readings % NAMES_AGAIN == 0:
            self._names.clear()
        self._readings += 1
        for tag in ids:
            if tag not in self._names:
                one = f"tag/{tag}" if self._modern else f"tag/id:{tag}"
                self._names[tag] = str(self._call("GET", one)["name"])
        found: dict[str, set[str]] = {}
        for start in range(0, len(ids), TAGS_A_CALL):
            for each in self._associations(ids[start : start + TAGS_A_CALL]):
                for tagged in each.get("object_ids") or ():
                    if tagged["type"] == "VirtualMachine":
                        found.setdefault(str(tagged["id"]), set()).add(self._names[each["tag_id"]])
        return {moid: tuple(sorted(names)) for moid, names in found.items()}

    def _associations(self, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        action = "action" if self._modern else "~action"
        answer = self._call("POST", f"tag-association?{action}=list-attached-objects-on-tags", {"tag_ids": list(ids)})
        return list(answer or ())

    def _call(self, method: str, what: str, body: object = None) -> Any:
        if self._token is None:
            raise _Gone
        root = "/api/cis/tagging" if self._modern else "/rest/com/vmware/cis/tagging"
        status, answer = self._ask(method, f"{root}/{what}", {SESSION_HEADER: self._token}, body)
        if status == 401:
            raise _Gone("not logged in")
        if status != 200:
            raise TagsRefused(f"the Automation API answered {status}")
        return answer if self._modern else answer["value"]

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> tuple[int, Any]:
        self._tally.calls[f"{method} {path.partition('?')[0]}"] += 1
        content = json.dumps(body).encode() if body is not None else b""
        sent = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
        try:
            self._connection.request(method, path, content, sent)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # the server had closed an idle connection
            self._connection.request(method, path, content, sent)
            response = self._connection.getresponse()
        data = response.read(LARGEST_ANSWER)
        answer = None
        with contextlib.suppress(ValueError):
            answer = json.loads(data) if data else None
        return response.status, answer
