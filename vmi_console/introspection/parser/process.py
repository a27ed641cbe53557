"""The parser's main program: `vmi-console parser`, started by whoever looks into guests (see `pool`).

It loads all it will need, closes the sandbox, and then looks into one guest after the other: it asks for blocks and
answers with findings, and can do nothing else.
"""

from __future__ import annotations

import gc
import importlib
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import BinaryIO, Protocol, cast

import msgspec

from vmi_console.errors import IntrospectionError, WireError
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.parser import sandbox
from vmi_console.introspection.parser.conversation import Conversation
from vmi_console.introspection.parser.protocol import Content, Found, Look, Ready
from vmi_console.introspection.parser.streams import BlockFile, Blocks
from vmi_console.plain_text import visible

_DISKS = "vmi_console.introspection.disk.looking"
_MEMORY = "vmi_console.introspection.memory.looking"

NEEDED_LATER = (
    # Imported inside functions of the libraries, when they meet something that needs it.
    *("bz2", "lzma", "zlib", "hashlib", "hmac", "decimal", "ipaddress", "unicodedata", "uuid", "_strptime"),
    *("dissect.cstruct.compiler", "dissect.util.compression.lz4", "dissect.util.compression.lzo"),
    *("dissect.util.compression.lznt1", "dissect.util.compression.lzxpress", "dissect.util.compression.xz"),
    # Found by name, when something is decoded by them for the first time.
    *(f"encodings.{name}" for name in ("ascii", "latin_1", "utf_8", "utf_8_sig", "utf_16", "utf_16_le", "utf_16_be")),
    *(f"encodings.{name}" for name in ("utf_32", "utf_32_le", "utf_32_be", "cp437", "cp850", "cp1251", "cp1252")),
    *("encodings.idna", "encodings.punycode", "encodings.raw_unicode_escape", "encodings.unicode_escape"),
)
"""No module can be loaded once the sandbox is closed."""

OPTIONAL = {
    ("compression.zstd", "backports.zstd"): "what is compressed by Zstandard: install the Python package backports.zstd"
}
"""Of each, the first that is there will do; what cannot be read without any."""

WORN_BYTES = 768 << 20
"""A parser that once took so much memory will hardly have given it back."""

LONGEST_REASON = 500


class Disks(Protocol):
    """What `disk.looking` gives."""

    def look(self, disks: Sequence[BlockFile], known: str) -> tuple[Findings, str, bool]:
        """The facts on the disks of one machine, the fingerprint of what tells of them, and whether it is `known`."""


class Memory(Protocol):
    """What `memory.looking` gives."""

    def look(self, memory: BinaryIO, *, state: BinaryIO | None) -> Findings:
        """The facts in the memory of a running machine. A state may say which addresses it has."""


def main() -> int:
    """Looks into guests until whoever started it is gone."""
    return serve(Parser.loaded)


def serve(load: Callable[[Conversation], Parser]) -> int:
    """Greets, loads a parser, closes the sandbox, and has it look."""
    logging.disable(logging.CRITICAL)  # libraries log what guests wrote
    warnings.simplefilter("ignore")
    conversation = Conversation()
    conversation.greet()
    parser = load(conversation)
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection need look at it again
    conversation.fall_silent()
    sandbox.stand_back()
    measures = sandbox.close() + sandbox.tried()
    conversation.send(Ready(measures=measures, missing=parser.missing))
    while True:
        parser.look(conversation.look())


class Parser:
    """One that has loaded what it needs. `missing` says what this installation lacks."""

    def __init__(
        self, conversation: Conversation, disks: Disks | None, memory: Memory | None, missing: tuple[str, ...]
    ) -> None:
        self.missing = missing
        # The system counts what whoever started this process had in memory as if it had been taken here.
        self._at_first_bytes = sandbox.most_memory_bytes()
        self._conversation = conversation
        self._disks = disks
        self._memory = memory

    @classmethod
    def loaded(cls, conversation: Conversation) -> Parser:
        """Loads everything that is there."""
        missing: list[str] = []
        parts: list[ModuleType | None] = []
        for name, what in ((_DISKS, "disks"), (_MEMORY, "memory")):
            try:
                parts.append(importlib.import_module(name))
            except ImportError as error:
                parts.append(None)
                missing.append(f"{what}: {error}")
        for name in NEEDED_LATER:
            _load(name)
        missing += [what for names, what in OPTIONAL.items() if not any(map(_load, names))]
        time.localtime()  # reads the time zone, which it could not later
        return cls(conversation, cast(Disks | None, parts[0]), cast(Memory | None, parts[1]), tuple(missing))

    def look(self, look: Look) -> None:
        """Looks into one guest and says what was found."""
        began = time.monotonic()
        sandbox.limit(look.budget)
        found = self._found(look)
        found = msgspec.structs.replace(
            found,
            number=look.number,
            worn=found.worn or sandbox.most_memory_bytes() > max(WORN_BYTES, self._at_first_bytes),
            seconds=time.monotonic() - began,
        )
        try:
            self._conversation.send(found)
        except UnicodeEncodeError:  # halves of characters, out of some guest's UTF-16
            self._conversation.send(_mended(found))
        except WireError as error:
            self._conversation.send(
                Found(
                    number=look.number,
                    disk_failure=error.message,
                    memory_failure=error.message,
                    worn=True,
                    seconds=found.seconds,
                )
            )

    def _found(self, look: Look) -> Found:
        blocks = Blocks(self._conversation, small=bool(look.known))
        disks = [BlockFile(stream, blocks) for stream in look.streams if stream.content.is_disk]
        memory = [BlockFile(stream, blocks) for stream in look.streams if stream.content is Content.MEMORY]
        states = [BlockFile(stream, blocks) for stream in look.streams if stream.content is Content.STATE]
        found = Found()
        if disks:
            seen = _Attempt(lambda: _there(self._disks).look(disks, look.known))
            findings, fingerprint, unchanged = seen.result or (None, "", False)
            found = Found(
                disk=findings,
                disk_failure=seen.failure,
                fingerprint=fingerprint,
                unchanged=unchanged,
                worn=seen.worn,
            )
        if memory:
            state = states[0].file if states else None
            walked = _Attempt(lambda: _there(self._memory).look(memory[0].file, state=state))
            found = msgspec.structs.replace(
                found, memory=walked.result, memory_failure=walked.failure, worn=found.worn or walked.worn
            )
        return found


class _Attempt[T]:
    """Something done that guests can make fail in any way: its result, or why there is none."""

    def __init__(self, do: Callable[[], T]) -> None:
        self.result: T | None = None
        self.failure = ""
        self.worn = False
        try:
            self.result = do()
        except (Unreadable, IntrospectionError, OSError) as error:
            self.failure = visible(str(error) or type(error).__name__, LONGEST_REASON)
        except MemoryError:
            self.failure = "it takes more memory than it may"
            self.worn = True
        except RecursionError:
            self.failure = "it is nested deeper than anything honest"
        except Exception as error:  # a defect of ours or of a library; the guest may have looked for it
            self.failure = visible(_told(error), LONGEST_REASON)
            self.worn = True


def _told(error: Exception) -> str:
    """An error nobody foresaw, and where it came up."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = ""
    if place is not None:
        where = f" (line {place.tb_lineno} of {place.tb_frame.f_globals.get('__name__', '?')})"
    return f"{type(error).__name__}: {error}{where}"


def _mended(found: Found) -> Found:
    """The same with every half of a character replaced."""

    def mend(value: object) -> object:
        match value:
            case str():
                return value.encode("utf-8", "replace").decode("utf-8")
            case dict():
                return {mend(key): mend(each) for key, each in value.items()}
            case list() | tuple():
                return [mend(each) for each in value]
            case _:
                return value

    return msgspec.convert(mend(msgspec.to_builtins(found)), Found)


def _there[T](part: T | None) -> T:
    if part is None:
        raise Unreadable("a part of the program is missing here: see vmi-console doctor")
    return part


def _load(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
