"""What a new document begins with: something that works, to be changed."""

from __future__ import annotations

import re
from collections.abc import Collection

from vmi_console.policy import writing
from vmi_console.policy.check import CHECKS
from vmi_console.policy.reading import Value, read, value_of

EVERYBODY = "not template"


def example_of(kind: str) -> Value:
    """The parameters of a check's first example."""
    examples = CHECKS[kind].examples
    return value_of(read(examples[0], "")) if examples else {}


def new_policy(name: str, kind: str) -> str:
    """A policy that demands the first example of a kind of check of every VM."""
    text = writing.new({"policy": name, "members": EVERYBODY, "severity": "medium"})
    return writing.add_check(text, kind, example_of(kind))


def new_group(name: str) -> str:
    """A group of all VMs that run."""
    return writing.new({"group": name, "members": 'power == "on" and not template'})


def new_baseline(name: str) -> str:
    """A baseline of all VMs, in which everything matters."""
    return writing.new({"baseline": name, "members": EVERYBODY})


def file_for(name: str, taken: Collection[str]) -> str:
    """The name of a file for a document, which no other has."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "policy"
    used = {file.casefold() for file in taken}
    number = 1
    while (file := f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml") in used:
        number += 1
    return file
