"""Snapshot files: a moment of the estate, or a part of it, in a file that others can open, query and check.

Everything here blocks and may be called on any thread; what may take seconds tells how far it is, and can be given up.
Secrets are never written (`review.withheld`); a signed file that is not what was signed is never read.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate import catalog
from vmi_console.estate.catalog import AnyRecord, record_types
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import Guest
from vmi_console.estate.identity import endpoint_of, kind_of
from vmi_console.estate.records import VM
from vmi_console.history.snapshot_file import LIMITS, Block, GivenUp, Limits, Reading, Row, Writing, never
from vmi_console.history.snapshot_file import reading as reading_file
from vmi_console.history.snapshot_file import writing as writing_file
from vmi_console.plain_text import visible
from vmi_console.policy import findings as kept
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import Armed, KeptRecord
from vmi_console.policy.findings import Acknowledgement, Finding
from vmi_console.policy.waivers import Waiver
from vmi_console.response.keys import SigningKey, is_signed
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.references import is_id, references
from vmi_console.review.withheld import change_without_secrets, decision_without_secrets, without_secrets

BLOCK_BYTES = 1 << 20
"""About so many bytes are packed together."""

MOST_OBJECTS = 50_000_000
"""That Python may make of one file: small values of a stranger's file become large objects."""

LONGEST_POLICY = 1 << 20
LONGEST_TITLE = 10_000

type Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1, on the thread that does it."""

type Ahead = Callable[[Sequence[AnyRecord]], None]
"""Given records as they are read, on the thread that reads: whether they are any good is known when all was read."""


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself; its records were not looked at, nor its signature (see `review.signing`)."""

    at: datetime
    title: str = ""
    source: str = ""
    selection: str = ""
    redacted: bool = False
    changes_since: datetime | None = None
    lacks: tuple[str, ...] = ()
    counts: dict[str, int] = {}  # of records by kind, and of findings, decisions, policies, quarantines, changes
    signed_with: str = ""  # the name of the key; empty: not signed
    file_bytes: int = 0
    format: int = 1


def write(
    path: Path,
    moment: Moment,
    signer: SigningKey | None = None,
    *,
    progress: Progress = lambda done: None,
    given_up: GivenUp = never,
) -> None:
    """Writes a moment whole or not at all; its records are ordered by their kinds.

    Raises `StorageError` where the file cannot be written, `InputError` where it could not be read again, or `given_up`
    says that nobody wants it; then all is as before.
    """
    sign = None if signer is None else lambda digest: (signer.name, signer.sign(signing_input(digest)))
    total = sum(len(getattr(moment, part.name)) for part in PARTS) or 1
    done = 0
    for policy in moment.policies:
        if len(policy.text) > LONGEST_POLICY:
            raise InputError(f"{visible(policy.name, 200)} is larger than any policy", "take it out of the folder")
    try:
        with writing_file(path, sign, given_up) as file:
            file.add_rows("meta", _said(moment))
            file.add_rows("policies", [(each.name, each.text) for each in moment.policies])
            for part in PARTS:
                for kind, items in part.sorted(moment):
                    for added in _add(file, part, kind, items):
                        done += added
                        progress(min(1.0, done / total))
    except UnicodeEncodeError as error:
        raise InputError(
            f"a text in it is no Unicode: {visible(error.object, 200)}", "give what it names another name"
        ) from error


def read(
    path: Path,
    *,
    progress: Progress = lambda done: None,
    ahead: Ahead = lambda records: None,
    given_up: GivenUp = never,
    limits: Limits = LIMITS,
) -> Moment:
    """The moment in a file that may come from anybody. Raises `InputError`.

    Kinds of records that only a newer console knows are passed over, and `Moment.lacks` says so.
    """
    with reading_file(path, given_up, limits) as file:
        signature = file.signature()
        if signature is not None and not is_signed(signing_input(file.digest()), signature.signature, signature.key):
            file.refuse("it was changed after it was signed")
        found = _Found(file, progress, ahead)
        found.read()
        return _moment(file, found)


def info(path: Path) -> Info:
    """What a file says of itself, without reading it all. Raises `InputError`."""
    with reading_file(path) as file:
        said = _meta(file, file.meta())
        counts: Counter[str] = Counter()
        for block in file.outlines():
            counts[block.kind if block.part == RECORDS else block.part] += max(0, block.count)
        counts["policies"] = sum(map(len, file.rows("policies", tuple[int, str, str])))
        signature = file.signature()
        return Info(
            **said,
            counts=dict(counts),
            signed_with="" if signature is None else signature.key,
            file_bytes=path.stat().st_size,
        )


def signing_input(digest: bytes) -> bytes:
    """What is signed: no other signature of the console's key is over something that begins like this."""
    return b"vmi-console snapshot\0" + digest


# --- what the file says of the whole ----------------------------------------------------------------------------------


def _said(moment: Moment) -> list[Row]:
    return [
        ("at", _text(moment.at)),
        ("title", moment.title),
        ("source", moment.source),
        ("selection", moment.selection),
        ("redacted", "yes" if moment.redacted else "no"),
        ("changes_since", _text(moment.changes_since) or ""),
        ("lacks", msgspec.json.encode(moment.lacks).decode()),
    ]


def _meta(file: Reading, said: dict[str, str]) -> dict[str, Any]:
    """The fields of a moment that the file says of the whole."""
    try:
        since = said.get("changes_since", "")
        return {
            "at": _time(said["at"]),
            "title": said.get("title", "")[:LONGEST_TITLE],
            "source": said.get("source", "")[:LONGEST_TITLE],
            "selection": said.get("selection", "")[:LONGEST_TITLE],
            "redacted": said.get("redacted") == "yes",
            "changes_since": _time(since) if since else None,
            "lacks": msgspec.json.decode(said.get("lacks", "[]"), type=tuple[str, ...])[:100],
        }
    except (KeyError, ValueError, RecursionError) as error:
        file.refuse(f"what it says of itself makes no sense ({error})")


def _text(time: datetime | None) -> str | None:
    """A time as it is written (RFC 3339, UTC)."""
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text[:40]} has no time zone")
    return time.astimezone(UTC)


# --- the parts of a moment --------------------------------------------------------------------------------------------

RECORDS = "records"


class Part(NamedTuple):
    """One field of a moment that lies in blocks: what its items are, and what the plain table says of each."""

    name: str
    schema: int
    kinds: dict[type[Any], str]  # in the order in which they are written
    row: Callable[[Any], Row]
    shape: Any  # of a row, with its number and its block
    harmless: Callable[[Any], Any]  # an item as it may be shown to others; None for one that may not

    def sorted(self, moment: Moment) -> Iterator[tuple[str, list[Any]]]:
        """The items that may be shown to others, by kind."""
        by_kind: dict[str, list[Any]] = {kind: [] for kind in self.kinds.values()}
        for item in map(self.harmless, getattr(moment, self.name)):
            if item is not None:
                by_kind[self.kinds[type(item)]].append(item)
        return ((kind, items) for kind, items in by_kind.items() if items)


def _kinds(*types: type[Any]) -> dict[type[Any], str]:
    """What types are called in a file."""
    return {each: str(each.__struct_config__.tag or each.__name__.lower()) for each in types}


def _record_row(record: AnyRecord) -> Row:
    entity = record.id
    power = host = os = addresses = None
    if isinstance(record, VM):
        power, host, os = record.power.value, record.host, record.guest.os
        addresses = " ".join([address.ip for nic in record.nics for address in nic.addresses])
    return (entity, record.kind, endpoint_of(entity), record.name, power, host, os, addresses)


def _finding_row(finding: Finding) -> Row:
    return (
        *(finding.id, finding.vm, finding.vm_name, finding.policy, finding.rule, finding.severity.value),
        *(finding.stage.value, finding.title, finding.evidence, _text(finding.opened_at), _text(finding.resolved_at)),
    )


def _decision_row(decision: KeptRecord) -> Row:
    match decision:
        case Acknowledgement(finding=subject, by=by, at=at) | Waiver(id=subject, by=by, at=at):
            pass
        case Armed(policy=subject, by=by, at=at) | KnownGood(baseline=subject, by=by, at=at):
            pass
        case _:
            raise TypeError(f"{type(decision).__name__} is no decision that a snapshot holds")
    return (DECISIONS[type(decision)], subject, by, _text(at))


def _quarantine_row(quarantine: Quarantine) -> Row:
    return (
        *(quarantine.id, quarantine.vm, quarantine.vm_name, quarantine.mode.value, quarantine.stage.value),
        *(_text(quarantine.since), quarantine.by, quarantine.reason),
    )


def _change_row(change: Change) -> Row:
    return (
        *(change.number, change.entity, change.name, change.action.value, change.path),
        *(_text(change.observed_at), _text(change.occurred_at), change.actor, change.seen.value),
    )


DECISIONS = _kinds(Acknowledgement, Waiver, Armed, KnownGood)

PARTS = (
    Part(
        name=RECORDS,
        schema=catalog.SCHEMA_VERSION,
        kinds=_kinds(*record_types()),
        row=_record_row,
        shape=tuple[int, int, str, str, str, str, str | None, str | None, str | None, str | None],
        harmless=without_secrets,
    ),
    Part(
        name="findings",
        schema=kept.SCHEMA_VERSION,
        kinds=_kinds(Finding),
        row=_finding_row,
        shape=tuple[int, int, str, str, str, str, str, str, str, str, str, str, str | None],
        harmless=lambda finding: finding,
    ),
    Part(
        name="decisions",
        schema=kept.SCHEMA_VERSION,
        kinds=DECISIONS,
        row=_decision_row,
        shape=tuple[int, int, str, str, str, str],
        harmless=decision_without_secrets,
    ),
    Part(
        name="quarantines",
        schema=1,
        kinds=_kinds(Quarantine),
        row=_quarantine_row,
        shape=tuple[int, int, str, str, str, str, str, str, str, str],
        harmless=lambda quarantine: quarantine,
    ),
    Part(
        name="changes",
        schema=catalog.SCHEMA_VERSION,
        kinds=_kinds(Change),
        row=_change_row,
        shape=tuple[int, int, int, str, str, str, str, str, str | None, str | None, str],
        harmless=change_without_secrets,
    ),
)


# --- blocks -----------------------------------------------------------------------------------------------------------

_encoder = msgspec.msgpack.Encoder()
_decoders: dict[tuple[str, str], msgspec.msgpack.Decoder[tuple[Any, ...]]] = {
    (part.name, kind): msgspec.msgpack.Decoder(tuple[each, ...])  # type: ignore[valid-type]
    for part in PARTS
    for each, kind in part.kinds.items()
}


def _add(file: Writing, part: Part, kind: str, items: list[Any]) -> Iterator[int]:
    """Adds items in blocks of about the same size; gives how many it has added, block by block."""
    first, length = 0, 0
    packed: list[bytes] = []
    for item in items:
        packed.append(_encoder.encode(item))
        length += len(packed[-1])
        if length >= BLOCK_BYTES or first + len(packed) == len(items):
            content = _array_header(len(packed)) + b"".join(packed)
            block = file.add_block(Block(part.name, kind, part.schema, len(packed), content))
            rows = [(block, *part.row(each)) for each in items[first : first + len(packed)]]
            file.add_rows(part.name, rows)
            yield len(packed)
            first, length = first + len(packed), 0
            packed = []


def _array_header(count: int) -> bytes:
    """Of an array of so many items, as msgpack writes it."""
    return b"\xdd" + count.to_bytes(4)


class _Found:
    """The items of a file, as they are read."""

    def __init__(self, file: Reading, progress: Progress, ahead: Ahead) -> None:
        self.passed_over: Counter[str] = Counter()  # of kinds that are not known here
        self._file = file
        self._progress = progress
        self._ahead = ahead
        self._blocks: dict[str, dict[int, tuple[Any, ...]]] = {part.name: {} for part in PARTS}
        self._unknown: set[int] = set()  # blocks

    def items(self, part: str) -> tuple[Any, ...]:
        """Those of one part, in the order of the file."""
        return tuple(itertools.chain.from_iterable(self._blocks[part].values()))

    def read(self) -> None:
        """Everything. Raises `InputError`."""
        total = sum(max(0, each.count) for each in self._file.outlines()) or 1
        done = 0
        objects = sys.getallocatedblocks()
        for number, block in enumerate(self._file.blocks(), 1):
            self._take(number, block)
            if sys.getallocatedblocks() - objects > MOST_OBJECTS:
                self._file.refuse("it holds more than any estate")
            done += block.count
            self._progress(min(1.0, done / total))
        for part in PARTS:
            self._compare(part)

    def policies(self) -> tuple[PolicyFile, ...]:
        """The documents. Raises `InputError`."""
        found: list[PolicyFile] = []
        for rows in self._file.rows("policies", tuple[int, str, str]):
            found += [PolicyFile(name=name, text=text) for _, name, text in rows]
            if any(len(each.text) > LONGEST_POLICY for each in found[-len(rows) :]):
                self._file.refuse("its policies are larger than any")
        return tuple(found)

    def _take(self, number: int, block: Block) -> None:
        decoder = _decoders.get((block.part, block.kind))
        if decoder is None:
            self.passed_over[block.kind] += block.count
            self._unknown.add(number)
            return
        try:
            items = decoder.decode(block.content)
        except (ValueError, RecursionError) as error:
            self._file.refuse(f"a record of the kind {block.kind} in it makes no sense ({visible(str(error), 200)})")
        if len(items) != block.count:
            self._file.refuse(f"its block {number} has {len(items)} items, and not {block.count}")
        self._blocks[block.part][number] = items
        if block.part == RECORDS:
            self._ahead(items)

    def _compare(self, part: Part) -> None:
        """What other programs read in the plain table must be what the blocks hold."""
        expected = ((number, *part.row(item)) for number, items in self._blocks[part.name].items() for item in items)
        for rows in self._file.rows(part.name, part.shape):
            for row in rows:
                if row[1] not in self._unknown and row[1:] != next(expected, None):
                    self._file.refuse(f"row {row[0]} of its table {part.name} is not what its block holds")
        if next(expected, None) is not None:
            self._file.refuse(f"its table {part.name} lacks rows")


def _moment(file: Reading, found: _Found) -> Moment:
    """The moment, whose ids are such. Raises `InputError`."""
    said = _meta(file, file.meta())
    records: tuple[AnyRecord, ...] = found.items(RECORDS)
    for record in records:
        if kind_of(record.id) != record.kind:
            file.refuse(f"{visible(record.id, 80)} is no id of a {record.kind}")
    if len({record.id for record in records}) < len(records):
        file.refuse("two of its records have the same id")
    for part in PARTS:
        for entity in references(found.items(part.name)):
            if not is_id(entity):
                file.refuse(f"{visible(entity, 80)} is no id")
    for guest in records:
        if isinstance(guest, Guest) and kind_of(guest.vm) != "vm":
            file.refuse(f"{visible(guest.id, 80)} is in something that is no VM")
    unknown = tuple(
        f"{count:,} of a kind that this console does not know: {visible(kind, 80)}"
        for kind, count in itertools.islice(found.passed_over.items(), 20)
    )
    return Moment(
        **{**said, "lacks": (*said["lacks"], *unknown)},
        records=records,
        findings=found.items("findings"),
        decisions=found.items("decisions"),
        policies=found.policies(),
        quarantines=found.items("quarantines"),
        changes=found.items("changes"),
    )
