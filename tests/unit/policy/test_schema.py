"""The JSON Schema of policy files: as committed, and as strict as reading is about names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vmi_console.policy import forms, schema
from vmi_console.policy.check import CHECKS
from vmi_console.policy.rules import RULE_WORDS

DOCS = Path(__file__).parents[3] / "docs" / "schema"


@pytest.fixture(scope="module")
def said() -> Any:
    return json.loads(schema.schema())


def test_the_committed_file_is_what_the_declarations_say() -> None:
    assert (DOCS / schema.FILE).read_bytes() == schema.schema(), "run: python -m vmi_console.policy.schema docs/schema"


def test_every_reference_leads_somewhere(said: Any) -> None:
    waiting = [said]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            assert reference is None or reference.removeprefix("#/$defs/") in said["$defs"]
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def test_documents_know_no_other_keys(said: Any) -> None:
    shapes = [said["$defs"][each["$ref"].rpartition("/")[2]] for each in said["oneOf"]]
    assert [shape["required"] for shape in shapes] == [[word] for word in forms.FORMS]
    assert all(shape["additionalProperties"] is False for shape in shapes)


def test_an_item_of_checks_is_of_exactly_one_known_kind(said: Any) -> None:
    short, item = said["$defs"]["checks"]["anyOf"]
    assert set(item["properties"]) == {*CHECKS, *RULE_WORDS}
    assert item["additionalProperties"] is False
    assert item["oneOf"] == [{"required": [kind]} for kind in sorted(CHECKS)]
    assert set(short["enum"]) <= set(CHECKS)
    assert all(item["properties"][kind]["description"] == check.help for kind, check in CHECKS.items())


def test_no_kind_takes_the_name_of_a_word_beside_it() -> None:
    assert not set(CHECKS) & set(RULE_WORDS)
