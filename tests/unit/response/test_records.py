"""The record left with a VM: whole, signed, about this VM, and harmless whatever stands in it."""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.response.hospital import LockedKeyring
from vmi_console.collectors.quarantine import Image, Mode
from vmi_console.estate.identity import EntityId
from vmi_console.response import records
from vmi_console.response.keys import ENTRY, Keys, SigningKey, encoded
from vmi_console.response.records import PREFIX, Record, Standing

VM = EntityId("vm/demo/1")
KEY = SigningKey(Ed25519PrivateKey.generate())
OTHER = SigningKey(Ed25519PrivateKey.generate())
RECORD = Record(
    quarantine="q1",
    vm=VM,
    mode=Mode.DISCONNECT,
    at=datetime(2026, 3, 2, tzinfo=UTC),
    by="s.tester",
    reason="ünlauter\u202e",
    before=Image(vm=VM, name="web", power="on", version="7", state={"nics": {"4000": [1, None, "x"]}}),
)


def test_what_was_written_is_read() -> None:
    text = records.written(RECORD, KEY)
    assert text.isascii()
    assert not set(text) & set(" <>&\"'\n"), "it fits into XML and into a custom attribute"
    assert records.read(text, VM, KEY) == (Standing.OURS, RECORD)


def test_another_console_s_key_is_not_known() -> None:
    assert records.read(records.written(RECORD, OTHER), VM, KEY) == (Standing.UNKNOWN_KEY, RECORD)


def test_a_record_of_another_vm_is_named_so() -> None:
    assert records.read(records.written(RECORD, KEY), EntityId("vm/demo/2"), KEY).standing is Standing.OF_ANOTHER_VM


def test_an_edited_record_is_not_signed() -> None:
    content = zlib.compress(msgspec.msgpack.encode(msgspec.structs.replace(RECORD, by="somebody else")))
    _, signature, name = records.written(RECORD, KEY).removeprefix(PREFIX).split(".")
    for text in (
        f"{PREFIX}{encoded(content)}.{signature}.{name}",
        f"{PREFIX}{encoded(content)}",
        f"{PREFIX}{encoded(content)}.é.{name}",
        f"{PREFIX}{encoded(content)}.{signature}.short",
    ):
        assert records.read(text, VM, KEY).standing is Standing.NOT_SIGNED


@pytest.mark.parametrize("content", [b"", b"nonsense", zlib.compress(b"\xc1"), zlib.compress(b"\0" * (64 << 20))])
def test_what_cannot_be_read_is_said(content: bytes) -> None:
    assert records.read(f"{PREFIX}{encoded(content)}..", VM, KEY) == (Standing.UNREADABLE, None)


@given(st.text(max_size=200))
def test_no_text_is_trusted_or_harmful(text: str) -> None:
    assert records.read(PREFIX + text, VM, KEY).standing is not Standing.OURS


async def test_all_who_ask_for_the_key_at_once_get_the_one_that_is_kept() -> None:
    keyring = LockedKeyring()
    keys = Keys(keyring)
    async with asyncio.TaskGroup() as asking:
        asked = [asking.create_task(keys.signing()) for _ in range(3)]
        await keyring.asked.wait()
        keyring.unlocked.set()
    again = await Keys(keyring).signing()
    assert {task.result().name for task in asked} == {again.name}
    assert list(keyring.kept) == [ENTRY]
