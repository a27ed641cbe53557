"""What any earlier version wrote must still be read, and mean the same.

Each folder holds the examples of one version: for each union of types `NAME.msgpack`, a list of encoded values, and
`NAME.json`, what they mean. When a record or message is given a new field, the newest folder no longer equals what is
written today: run `python -m tests.unit.golden.test_golden`, which adds the next folder, and commit it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit import examples
from vmi_console.collectors import protocol as role_protocol
from vmi_console.engine import protocol as engine_protocol
from vmi_console.estate.catalog import AnyRecord
from vmi_console.policy.decisions import KeptRecord

HERE = Path(__file__).parent

UNIONS: dict[str, tuple[Callable[[], Iterator[msgspec.Struct]], Any]] = {
    "records": (examples.records, AnyRecord),
    "roles": (examples.role_messages, role_protocol.ToRole.__value__ | role_protocol.FromRole.__value__),
    "policies": (examples.kept_records, KeptRecord),
    "clients": (examples.engine_messages, engine_protocol.ToEngine.__value__ | engine_protocol.FromEngine.__value__),
}


def versions() -> list[Path]:
    return sorted((folder for folder in HERE.glob("v*")), key=lambda folder: int(folder.name[1:]))


def written_today(union: str) -> bytes:
    return msgspec.msgpack.encode([*UNIONS[union][0]()])


def test_there_are_golden_files() -> None:
    assert [folder.name for folder in versions()][:1] == ["v1"]


@pytest.mark.parametrize("union", UNIONS)
@pytest.mark.parametrize("version", versions(), ids=lambda folder: folder.name)
def test_every_version_is_still_read(version: Path, union: str) -> None:
    if not (version / f"{union}.msgpack").exists():
        return  # there was nothing of this kind yet
    examples_then = msgspec.msgpack.decode((version / f"{union}.msgpack").read_bytes(), type=list[msgspec.Raw])
    kinds = UNIONS[union][1]
    values = [msgspec.msgpack.decode(example, type=kinds) for example in examples_then]
    assert msgspec.json.decode(msgspec.json.encode(values)) == msgspec.json.decode(
        (version / f"{union}.json").read_bytes()
    )


@pytest.mark.parametrize("union", UNIONS)
def test_the_newest_folder_is_what_is_written_today(union: str) -> None:
    assert (versions()[-1] / f"{union}.msgpack").read_bytes() == written_today(union)


if __name__ == "__main__":
    newest = versions()[-1:]
    folder = HERE / f"v{int(newest[0].name[1:]) + 1 if newest else 1}"
    folder.mkdir()
    for name, (values, _) in UNIONS.items():
        (folder / f"{name}.msgpack").write_bytes(written_today(name))
        (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode([*values()]), indent=1))
