"""Outputs against receivers that really listen: what is told arrives, once it can, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import aside, eventually
from vmi_console.errors import InputError
from vmi_console.estate.identity import EntityId
from vmi_console.history.journal import Link
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity
from vmi_console.response.audit import Act, Entry
from vmi_console.response.outputs.choices import AnyOutput, Lines, Syslog, Webhook
from vmi_console.response.outputs.outputs import Outputs
from vmi_console.response.outputs.senders import SyslogSender, message_of
from vmi_console.response.outputs.spool import MOST, Spool
from vmi_console.response.outputs.telling import Event, Told

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def finding(number: int = 1, severity: Severity = Severity.HIGH, evidence: str = "is in VLAN 666") -> Finding:
    return Finding(
        id=f"{number:032x}",
        policy="Cardholder systems",
        rule="vlans",
        check="vlans",
        vm=EntityId(f"vm/vc/{number}"),
        vm_name=f"web-{number}",
        opened_at=NOW,
        first_opened_at=NOW,
        severity=severity,
        evidence=evidence,
    )


class Keyring:
    """Secrets in memory: the system's keyring has tests of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, name: str, /) -> str | None:
        await asyncio.sleep(0)  # it answers from a thread
        return self.kept.get(name)

    async def set(self, name: str, secret: str, /) -> None:
        self.kept[name] = secret

    async def forget(self, name: str, /) -> None:
        self.kept.pop(name, None)


class Desk:
    """Outputs with what they were opened with."""

    def __init__(self, outputs: Outputs, notices: list[str]) -> None:
        self.outputs = outputs
        self.notices = notices

    async def choose(self, *outputs: AnyOutput, **secrets: str) -> None:
        await self.outputs.choose(outputs, secrets)


@asynccontextmanager
async def opened(folder: Path, links: list[Link] | None = None, keyring: Keyring | None = None) -> AsyncIterator[Desk]:
    notices: list[str] = []

    async def since(after: int, count: int) -> list[Link]:
        return [link for link in links or [] if link.number > after][:count]

    def notice(text: str, _: str) -> None:
        notices.append(text)

    outputs = await Outputs.open(folder / "outputs.json", folder / "outputs.db", keyring or Keyring(), since, notice)
    try:
        yield Desk(outputs, notices)
    finally:
        await outputs.close()


class _Receiver(HTTPServer):
    """A webhook that answers with the codes it is given, then 200."""

    def __init__(self, codes: list[int], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.codes = codes
        self.bodies: list[tuple[bytes, dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        code = server.codes.pop(0) if server.codes else 200
        if code == 200:
            server.bodies.append((body, dict(self.headers)))
        self.send_response(code)
        if code == 302:
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def webhook(*codes: int, port: int = 0) -> Iterator[_Receiver]:
    receiver = _Receiver(list(codes), port)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


async def test_lines_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    async with opened(tmp_path) as desk:
        await desk.choose(Lines(name="file", path=str(path), severity=Severity.MEDIUM))
        desk.outputs.findings_moved([finding(1), finding(2, Severity.LOW)], [], [finding(3, evidence="a\nb\u202e")])
        await eventually(lambda: path.exists() and path.read_text().count("\n") == 2)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["event"], line["vm_name"], line["severity"]) for line in lines] == [
        ("finding opened", "web-1", "high"),
        ("finding closed", "web-3", "high"),
    ]
    assert "\n" not in lines[1]["evidence"]
    assert "\u202e" not in lines[1]["evidence"]
    assert path.stat().st_mode & 0o077 == 0


async def test_a_webhook_is_signed_and_gets_what_it_missed(tmp_path: Path) -> None:
    keyring = Keyring()
    with webhook() as first:
        port = first.server_port
    async with opened(tmp_path, keyring=keyring) as desk:
        await desk.choose(Webhook(name="hook", url=f"http://127.0.0.1:{port}/in"), hook="sesame")
        desk.outputs.findings_moved([finding(1)], [], [])
        await eventually(lambda: desk.notices)
        (state,) = await desk.outputs.states()
        assert (state.waiting, state.delivered) == (1, 0)
        assert state.error
    with webhook(port=port) as receiver:
        async with opened(tmp_path, keyring=keyring) as desk:  # another start: it was on disk
            await eventually(lambda: receiver.bodies)
            desk.outputs.findings_moved([], [finding(2)], [])
            await eventually(lambda: len(receiver.bodies) == 2)
        ids = [json.loads(body)["id"] for body, _ in receiver.bodies]
        assert ids == [finding(1).id, finding(2).id]
        body, headers = receiver.bodies[1]
        wanted = "sha256=" + hmac.new(b"sesame", body, hashlib.sha256).hexdigest()
        assert headers["X-Vmi-Signature"] == wanted


async def test_what_a_webhook_will_never_take_holds_nothing_up(tmp_path: Path) -> None:
    with webhook(400) as receiver:
        async with opened(tmp_path) as desk:
            await desk.choose(Webhook(name="hook", url=f"http://127.0.0.1:{receiver.server_port}/"))
            desk.outputs.findings_moved([finding(1), finding(2)], [], [])
            await eventually(lambda: receiver.bodies)
            async with asyncio.timeout(10):
                while (state := (await desk.outputs.states())[0]).waiting:  # noqa: ASYNC110 - a thread strikes it off
                    await asyncio.sleep(0.01)
            assert (state.refused, state.delivered, state.error) == (1, 1, "")
    assert json.loads(receiver.bodies[0][0])["vm_name"] == "web-2"


async def test_a_redirection_is_not_followed(tmp_path: Path) -> None:
    with webhook(302) as receiver:
        async with opened(tmp_path) as desk:
            await desk.choose(Webhook(name="hook", url=f"http://127.0.0.1:{receiver.server_port}/"))
            with pytest.raises(InputError, match="302"):
                await desk.outputs.test("hook")
    assert not receiver.bodies


async def test_states_say_what_is_chosen_signed_and_when_it_was_last_taken(tmp_path: Path) -> None:
    keyring = Keyring()
    path = tmp_path / "findings.jsonl"
    file, hook = Lines(name="file", path=str(path)), Webhook(name="hook", url="https://h.example/", enabled=False)
    async with opened(tmp_path, keyring=keyring) as desk:
        await desk.choose(file, hook, hook="sesame")
        first, second = await desk.outputs.states()
        assert (first.output, first.last, first.signed) == (file, None, False)
        assert (second.output, second.signed) == (hook, True)  # although it is switched off
        desk.outputs.findings_moved([finding(1)], [], [])
        async with asyncio.timeout(10):
            while (first := (await desk.outputs.states())[0]).last is None:  # noqa: ASYNC110 - a thread notes it
                await asyncio.sleep(0.01)
        assert abs((datetime.now(UTC) - first.last).total_seconds()) < 60
    async with opened(tmp_path, keyring=keyring) as desk:  # another start
        assert (await desk.outputs.states())[0].last == first.last
        await desk.choose(file, hook, hook="")
        assert not (await desk.outputs.states())[1].signed
        await desk.choose(file, hook, hook="sesame")
        await desk.choose(hook)
        assert keyring.kept == {"output/hook": "sesame"}
        await desk.choose(file)
        assert keyring.kept == {}
        assert (await desk.outputs.states())[0].last is None  # it was taken away meanwhile, and is another now


async def test_an_output_is_tried_before_it_is_chosen(tmp_path: Path) -> None:
    keyring = Keyring()
    with webhook(200, 503) as receiver:
        hook = Webhook(name="hook", url=f"http://127.0.0.1:{receiver.server_port}/")
        async with opened(tmp_path, keyring=keyring) as desk:
            await desk.outputs.attempt(hook, "sesame")
            assert not await desk.outputs.states()
            with pytest.raises(InputError, match="503"):
                await desk.outputs.attempt(hook)
            with pytest.raises(InputError, match="no path"):
                await desk.outputs.attempt(Lines(name="file", path="here"))
    assert keyring.kept == {}
    ((body, headers),) = receiver.bodies
    assert json.loads(body)["event"] == "test"
    assert headers["X-Vmi-Signature"] == "sha256=" + hmac.new(b"sesame", body, hashlib.sha256).hexdigest()


async def test_syslog_over_udp(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        async with opened(tmp_path) as desk:
            await desk.choose(Syslog(name="log", address=f"udp://127.0.0.1:{receiver.getsockname()[1]}"))
            desk.outputs.findings_moved([finding(1)], [], [])
            message = await aside(lambda: receiver.recv(4096))
    assert message.startswith(b"<131>1 ")  # local0, error
    assert b'[vmi@32473 id="' in message
    assert message.endswith(b"\xef\xbb\xbfweb-1: vlans: is in VLAN 666")


async def test_syslog_over_tcp_survives_its_receiver(tmp_path: Path) -> None:
    received = bytearray()
    writers: list[asyncio.StreamWriter] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while data := await reader.read(4096):
            received.extend(data)
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with opened(tmp_path) as desk:
        await desk.choose(Syslog(name="log", address=f"tcp://127.0.0.1:{port}"))
        desk.outputs.findings_moved([finding(1)], [], [])
        await eventually(lambda: b"web-1" in received)
        server.close()
        writers[0].close()
        await writers[0].wait_closed()
        desk.outputs.findings_moved([finding(2)], [], [])
        await eventually(lambda: desk.notices)
        server = await asyncio.start_server(receive, "127.0.0.1", port)
        await eventually(lambda: b"web-2" in received)
    server.close()
    length, _, rest = bytes(received).partition(b" ")
    assert rest[: int(length)].endswith(b"is in VLAN 666")
    assert rest[int(length) :].split(b" ", 1)[0].isdigit()


async def test_acts_are_told_once_also_after_another_start(tmp_path: Path) -> None:
    path = tmp_path / "acts.jsonl"
    entry = Entry(at=NOW, act=Act.ISOLATE, outcome="isolated", by="op", vm=EntityId("vm/vc/1"), vm_name="web-1")
    links = [Link(1, msgspec.msgpack.encode(entry), b"\x01" * 32, b"", "key")]
    for _ in range(2):
        async with opened(tmp_path, links) as desk:
            await desk.choose(Lines(name="file", path=str(path)))
            desk.outputs.acted()
            await eventually(lambda: path.exists() and path.read_text().endswith("\n"))
            await asyncio.sleep(0.05)  # in which a second line would come
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["digest"] == "01" * 32


def waiting(folder: Path, output: str) -> int:
    spool = Spool(folder / "outputs.db")
    try:
        return spool.waiting(output)
    finally:
        spool.close()


async def test_what_is_told_last_waits_on_disk(tmp_path: Path) -> None:
    with webhook(*[503] * 9) as receiver:
        async with opened(tmp_path) as desk:
            await desk.choose(Webhook(name="soar", url=f"http://127.0.0.1:{receiver.server_port}/"))
            desk.outputs.findings_moved([finding()], [], [])
        assert waiting(tmp_path, "soar") == 1


async def test_of_two_who_choose_at_once_the_later_one_is_followed(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with opened(tmp_path) as desk:
        async with asyncio.TaskGroup() as choosing:
            choosing.create_task(desk.choose(Lines(name="log", path=str(first)), Lines(name="old", path=str(first))))
            choosing.create_task(desk.choose(Lines(name="log", path=str(second))))
        assert [state.output.name for state in await desk.outputs.states()] == ["log"]
        desk.outputs.findings_moved([finding()], [], [])
        await eventually(lambda: second.exists() and second.read_bytes())
    assert len(second.read_text().splitlines()) == 1
    assert not first.exists()


async def test_a_connection_that_is_made_while_its_sender_is_given_up_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answers = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments: Any, **more: Any) -> Any:
        asked.set()
        answers.wait()
        return look_up(*arguments, **more)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        sending = SyslogSender(Syslog(name="siem", address=f"tcp://127.0.0.1:{server.getsockname()[1]}"))
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        thread = threading.Thread(target=sending.send, args=(Told(event=Event.TEST, at=NOW, id="test", text="a test"),))
        thread.start()
        asked.wait()
        sending.close()
        answers.set()
        thread.join()
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            assert await aside(lambda: b"".join(iter(lambda: connection.recv(4096), b"")))


def test_structured_data_is_escaped() -> None:
    told = Told(event=Event.FINDING_OPENED, at=NOW, id='a"b]c\\', severity=Severity.CRITICAL, text="x")
    message = message_of(told, 16)
    assert message.startswith(b"<130>1 2026-03-04T09:00:00.000Z ")
    assert b'id="a\\"b\\]c\\\\"' in message


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (Syslog(name="a", address="syslog.example"), "syslog receiver"),
        (Syslog(name="a", address="udp://host:99999"), "no address"),
        (Webhook(name="a", url="ftp://host/"), "webhook"),
        (Webhook(name="a", url="https://me:secret@host/"), "password"),
        (Lines(name="a", path="relative.jsonl"), "no path"),
    ],
)
async def test_what_cannot_be_used_is_refused(tmp_path: Path, output: AnyOutput, words: str) -> None:
    async with opened(tmp_path) as desk:
        with pytest.raises(InputError, match=words):
            await desk.choose(output)
        with pytest.raises(InputError, match="name of its own"):
            await desk.choose(Lines(name="a", path="/a"), Lines(name="a", path="/b"))
        assert not await desk.outputs.states()


def test_a_spool_that_overflows_gives_up_its_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST >= 1000
    monkeypatch.setattr("vmi_console.response.outputs.spool.MOST", 3)
    spool = Spool(tmp_path / "spool.db")
    assert {each.stat().st_mode & 0o077 for each in tmp_path.iterdir()} == {0}, (
        "what was found is nobody else's business"
    )
    assert spool.put(["a", "b"], [b"1", b"2"]) == 0
    assert spool.put(["a"], [b"3", b"4"]) == 1
    assert [payload for _, payload in spool.next("a", 10)] == [b"2", b"3", b"4"]
    spool.forget(["a"])
    assert spool.waiting("b") == 0
    spool.close()
