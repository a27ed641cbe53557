"""The JSON Schema of policy files, for editors: `python -m vmi_console.policy.schema docs/schema` writes it anew.

Made from the declarations that reading follows. It bounds what a schema can bound; queries, for one, it cannot.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

import vmi_console.policy.checks  # noqa: F401 - the kinds of checks
from vmi_console.policy import forms
from vmi_console.policy.check import CHECKS, Check

FILE = "policy.json"

type Schema = dict[str, Any]


def schema() -> bytes:
    """The content of the schema file (JSON Schema, draft 2020-12)."""
    kinds = [CHECKS[kind] for kind in sorted(CHECKS)]
    wholes = {kind.kind: _field_type(kind, kind.whole) for kind in kinds if kind.whole}
    (*documents, rule), definitions = msgspec.json.schema_components(
        [*forms.FORMS.values(), forms.RuleForm], ref_template="#/$defs/{name}"
    )
    parameters, of_kinds = msgspec.json.schema_components([*kinds, *wholes.values()], ref_template="#/$defs/{name}")
    definitions |= of_kinds
    by_kind = dict(zip((kind.kind for kind in kinds), parameters, strict=False))
    by_whole = dict(zip(wholes, parameters[len(kinds) :], strict=True))
    words = _resolved(rule, definitions)["properties"]
    del definitions[_name(rule)]
    definitions["checks"] = _check(
        words, {kind.kind: _parameters(kind, by_kind[kind.kind], by_whole.get(kind.kind)) for kind in kinds}
    )
    for document in documents:
        properties = _resolved(document, definitions)["properties"]
        if "checks" in properties:
            properties["checks"]["items"] = {"$ref": "#/$defs/checks"}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy, group or baseline of VMI Console",
        "type": "object",
        "oneOf": documents,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _check(words: Schema, kinds: dict[str, Schema]) -> Schema:
    """An item of `checks`: one kind with its parameters, and words about it; or the name of a kind that needs none."""
    short = [kind for kind in sorted(kinds) if not _needed(CHECKS[kind])]
    return {
        "anyOf": [
            {"enum": short},
            {
                "type": "object",
                "properties": {**kinds, **words},
                "additionalProperties": False,
                "oneOf": [{"required": [kind]} for kind in kinds],
            },
        ]
    }


def _parameters(kind: type[Check], said: Schema, whole: Schema | None) -> Schema:
    shapes = [said, *([] if whole is None else [whole]), *([] if _needed(kind) else [{"type": "null"}])]
    return {"title": kind.title, "description": kind.help, "anyOf": shapes}


def _needed(kind: type[Check]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind) if field.required]


def _field_type(kind: type[Check], name: str) -> Any:
    return next(field.type for field in msgspec.structs.fields(kind) if field.name == name)


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _resolved(reference: Schema, definitions: dict[str, Any]) -> Schema:
    found: Schema = definitions[_name(reference)]
    return found


if __name__ == "__main__":
    Path(sys.argv[1], FILE).write_bytes(schema())
