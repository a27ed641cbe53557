"""Forms made from declarations: every kind of check can be shown and written, and showing changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from vmi_console.errors import StorageError
from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.query import parse
from vmi_console.gui.policy_editor.check_card import CheckCard
from vmi_console.gui.policy_editor.edits import ABSENT, parameters, put, put_parameter
from vmi_console.gui.policy_editor.row_builder import RowBuilder
from vmi_console.gui.policy_editor.templates import EVERYBODY, file_for, new_baseline, new_group, new_policy
from vmi_console.policy import checks, saving
from vmi_console.policy.check import CHECKS
from vmi_console.policy.documents import document
from vmi_console.policy.reading import read, value_of

assert checks
EXAMPLES = [(kind, example) for kind, check in sorted(CHECKS.items()) for example in check.examples]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_every_example_is_shown_as_it_is_and_can_be_written_again(qtbot: QtBot, kind: str, example: str) -> None:
    text = f"policy: P\nmembers: {EVERYBODY}\nchecks:\n  - {kind}: {example}\n"
    said = document(text, "p.yaml")
    assert said.said is not None
    assert said.root is not None
    item = value_of(said.root)["checks"][0]  # type: ignore[index,call-overload]
    card = CheckCard(kind, 0, 1)
    qtbot.addWidget(card)
    edits: list[str] = []
    card.edited.connect(lambda change, _: edits.append(change(text)))
    card.show_item(item)
    assert not edits, "showing is no edit"
    _, written = parameters(item)
    for (*_, name), field in card.fields.items():
        if name in written:
            field.changed.emit()
            assert document(edits[-1], "p.yaml").said == said.said, name


@pytest.mark.parametrize(
    ("text", "path", "value", "wanted"),
    [
        ("a: 1\n", ("respond", "limit", "vms"), 3, "a: 1\nrespond: {limit: {vms: 3}}\n"),
        ("respond: {limit: {vms: 3}}\na: 1\n", ("respond", "limit", "vms"), ABSENT, "a: 1\n"),
        ("respond: {after: 5m, limit: {vms: 3}}\n", ("respond", "limit", "vms"), ABSENT, "respond: {after: 5m}\n"),
        ("respond:\na: 1\n", ("respond", "after"), "5m", "respond: {after: 5m}\na: 1\n"),
        ("a: 1\n", ("b",), ABSENT, "a: 1\n"),
    ],
)
def test_what_leads_to_a_value_comes_and_goes_with_it(text: str, path: tuple[str], value: str, wanted: str) -> None:
    assert value_of(read(put(text, path, value), "")) == value_of(read(wanted, ""))


@pytest.mark.parametrize(
    ("check", "name", "value", "wanted"),
    [
        ("tools", "version", ">= 12", "tools: {version: '>= 12'}"),
        ("tools: {version: '>= 12'}", "version", ABSENT, "tools: {}"),
        ("expression: vcpus < 8", "holds", "vcpus < 9", "expression: vcpus < 9"),
        ("settings: {a: 1}", "keys", {"a": 2}, "settings: {a: 2}"),
        ("settings: {keys: {a: 1}}", "keys", {"a": 2}, "settings: {keys: {a: 2}}"),
        ("vlans: {allowed: [1]}", "denied", [2], "vlans: {allowed: [1], denied: [2]}"),
    ],
)
def test_short_forms_of_checks_stay_short_where_they_can(check: str, name: str, value: object, wanted: str) -> None:
    edited = put_parameter(f"checks:\n  - {check}  # why\n", 0, name, value)  # type: ignore[arg-type]
    assert value_of(read(edited, "")) == value_of(read(f"checks:\n  - {wanted}\n", ""))
    assert "# why" in edited


@pytest.mark.parametrize(
    "text",
    [
        'power == "on"',
        '"pci" in tags and 30 in vlans and not template',
        'glob(name, "web-*") or vcpus >= 4 or power in ["on", "paused"]',
        "not (template or snapshots > 3)",
        'memory >= 8 * GiB and os == "a, b"',
        'name in ["a,b", "c"]',
    ],
)
def test_rows_say_what_the_text_says(qtbot: QtBot, text: str) -> None:
    builder = RowBuilder()
    qtbot.addWidget(builder)
    said: list[str] = []
    builder.edited.connect(said.append)
    builder.show_text(text)
    assert not said
    assert builder.rows
    for edit in builder.rows:
        edit.edited.emit()
        assert parse(said[-1]) == parse(text)


def test_what_rows_cannot_say_is_left_to_the_text(qtbot: QtBot) -> None:
    builder = RowBuilder()
    qtbot.addWidget(builder)
    builder.show_text('power == "on" and (template or vcpus > 4)')
    assert not builder.rows
    assert not builder._nested.isHidden()


@pytest.mark.parametrize("name", [*ATTRIBUTES, *(f"{name}(" for name in FUNCTIONS)])
def test_whatever_attribute_is_chosen_has_operators(qtbot: QtBot, name: str) -> None:
    builder = RowBuilder()
    qtbot.addWidget(builder)
    builder.show_text("not template")
    builder.rows[0].subject.setCurrentText(name)
    assert builder.rows[0].operator.count() > 0


def test_only_what_was_seen_is_deleted(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("policy: a\n")
    with pytest.raises(StorageError, match="somebody else"):
        saving.delete(file, saving.digest("policy: b\n"))
    assert file.exists()
    saving.delete(file, saving.digest("policy: a\n"))
    assert not file.exists()


def test_templates_are_usable_and_files_do_not_meet() -> None:
    for text in (new_policy("A: b", "vlans"), new_group("'x'"), new_baseline("ä")):
        assert document(text, "x.yaml").problems == ()
    assert file_for("PCI: Web!", ["pci-web.yaml"]) == "pci-web-2.yaml"
    assert file_for("…", []) == "policy.yaml"
