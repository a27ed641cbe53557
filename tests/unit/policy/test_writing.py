"""Edits of policy files: what they change, and all that they leave as it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import InputError, StorageError
from vmi_console.policy import rendering, saving, writing
from vmi_console.policy.reading import Value, read, value_of

WRITTEN = """\
# Who looks after it: the web team.
policy: "Cardholder web servers"   # the name in the audit
members: '"pci" in tags'

severity: high
checks:
  # VLANs by the network plan of 2026.
  - vlans: {allowed: [110, 120]}   # test and production

  # Nothing that opens a shell.
  - applications:
      denied:
        - "telnetd"
        - ncat  # the traditional one, too
      required: ["auditd >= 1:3.0"]
    title: 'No back doors'
  - services: {required: [auditd], denied: ["telnet*"]}
respond: {quarantine: automatic, after: 60s, limit: {vms: 5, percent: 2}}
# the end
"""


def said(text: str) -> Any:
    return value_of(read(text, "a.yaml"))


def changed(before: str, after: str) -> list[str]:
    """The lines that differ, as a diff shows them."""
    lines = saving.diff(before, after, "a.yaml").splitlines()[2:]
    return [line for line in lines if line[0] in "+-"]


class TestPut:
    def test_a_value_keeps_quotes_and_the_comment_behind_it(self) -> None:
        after = writing.put(WRITTEN, ("policy",), "Shops")
        assert changed(WRITTEN, after) == [
            '-policy: "Cardholder web servers"   # the name in the audit',
            '+policy: "Shops"   # the name in the audit',
        ]

    def test_a_query_with_quotes(self) -> None:
        after = writing.put(WRITTEN, ("members",), "\"pci\" in tags and name != 'it''s'")
        assert said(after)["members"] == "\"pci\" in tags and name != 'it''s'"
        assert len(changed(WRITTEN, after)) == 2

    def test_a_list_in_brackets_gets_what_is_new(self) -> None:
        after = writing.put(WRITTEN, ("checks", 0, "vlans", "allowed"), [110, 115, 120])
        assert changed(WRITTEN, after) == [
            "-  - vlans: {allowed: [110, 120]}   # test and production",
            "+  - vlans: {allowed: [110, 115, 120]}   # test and production",
        ]

    def test_a_list_in_lines_keeps_the_comments_of_what_stays(self) -> None:
        after = writing.put(WRITTEN, ("checks", 1, "applications", "denied"), ["ncat", "socat"])
        assert changed(WRITTEN, after) == ['-        - "telnetd"', "+        - socat"]

    def test_a_new_key_in_braces_and_in_lines(self) -> None:
        assert changed(WRITTEN, writing.put(WRITTEN, ("respond", "mode"), "pause"))[1].endswith(
            "limit: {vms: 5, percent: 2}, mode: pause}"
        )
        assert changed(WRITTEN, writing.put(WRITTEN, ("checks", 1, "severity"), "low")) == ["+    severity: low"]
        assert changed(WRITTEN, writing.put(WRITTEN, ("priority",), 3)) == ["+priority: 3"]

    def test_several_lines_of_text(self) -> None:
        after = writing.put(WRITTEN, ("description",), "One.\n\nTwo: it's “here”.\n")
        assert changed(WRITTEN, after) == ["+description: |", "+  One.", "+", "+  Two: it's “here”."]
        assert said(writing.put(after, ("description",), "short"))["description"] == "short"

    def test_what_says_the_same_is_left_alone(self) -> None:
        assert writing.put(WRITTEN, ("respond",), said(WRITTEN)["respond"]) == WRITTEN

    def test_true_is_not_one(self) -> None:
        assert writing.put("policy: a\nenabled: 1\n", ("enabled",), True) == "policy: a\nenabled: true\n"

    def test_an_empty_value(self) -> None:
        assert writing.put("policy:\nmembers: template\n", ("policy",), "a") == "policy: a\nmembers: template\n"

    def test_no_such_place(self) -> None:
        with pytest.raises(InputError, match="checks/7"):
            writing.put(WRITTEN, ("checks", 7, "vlans"), 1)

    def test_what_no_file_can_hold(self) -> None:
        with pytest.raises(InputError, match="cannot be written"):
            writing.put(WRITTEN, ("policy",), "\ud800")

    def test_what_is_no_yaml(self) -> None:
        with pytest.raises(InputError):
            writing.put("a: [", ("a",), 1)

    def test_line_ends_of_windows_stay(self) -> None:
        before = WRITTEN.replace("\n", "\r\n")
        after = writing.add_check(before, "tools", {"running": True})
        assert after.count("\r\n") == after.count("\n") == before.count("\n") + 1


class TestChecks:
    def test_one_more(self) -> None:
        after = writing.add_check(WRITTEN, "vlans", {"allowed": [7]}, {"id": "lab", "title": "In the lab"})
        assert changed(WRITTEN, after) == [
            "+  - vlans: {allowed: [7]}",
            "+    id: lab",
            "+    title: In the lab",
        ]

    def test_one_in_front(self) -> None:
        after = writing.add_check(WRITTEN, "tools", None, at=0)
        assert after.index("checks:") < after.index("- tools: null") < after.index("# VLANs by the network plan")

    def test_the_first_one(self) -> None:
        assert writing.add_check("group: a\n", "vlans", {"allowed": [1]}) == (
            "group: a\nchecks:\n  - vlans: {allowed: [1]}\n"
        )
        assert said(writing.add_check("policy: a\nchecks: []\n", "tools", {}))["checks"] == [{"tools": {}}]

    def test_without_one_and_its_comment(self) -> None:
        after = writing.remove_check(WRITTEN, 0)
        assert changed(WRITTEN, after) == [
            "-  # VLANs by the network plan of 2026.",
            "-  - vlans: {allowed: [110, 120]}   # test and production",
        ]

    def test_without_all(self) -> None:
        text = WRITTEN
        for _ in range(3):
            text = writing.remove_check(text, 0)
        assert said(text)["checks"] == []
        assert "# the end" in text

    def test_a_comment_moves_with_its_check(self) -> None:
        after = writing.move_check(WRITTEN, 0, 2)
        assert [next(iter(check)) for check in said(after)["checks"]] == ["applications", "services", "vlans"]
        assert "  # VLANs by the network plan of 2026.\n  - vlans: {allowed: [110, 120]}   # test and" in after
        assert sorted(after.splitlines()) == sorted(WRITTEN.splitlines())
        assert writing.move_check(WRITTEN, 1, 1) == WRITTEN

    def test_there_and_back(self) -> None:
        for here in range(3):
            for there in range(3):
                assert said(writing.move_check(writing.move_check(WRITTEN, here, there), there, here)) == said(WRITTEN)

    def test_rename(self) -> None:
        assert said(writing.rename(WRITTEN, "Yes"))["policy"] == "Yes"
        assert writing.rename("group: a\nmembers: template", "no") == 'group: "no"\nmembers: template'
        with pytest.raises(InputError):
            writing.rename("a: 1\n", "b")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
KEYS = st.text(max_size=8).filter(lambda key: key != "<<")
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def utf8(value: Value) -> bool:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode() == json.dumps(
        value, ensure_ascii=False
    )


class TestWhatIsWritten:
    @given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5).filter(utf8))
    def test_says_what_was_to_be_written(self, value: dict[str, Value]) -> None:
        assert json.dumps(said(writing.new(value))) == json.dumps(value)

    @given(st.sampled_from([("policy",), ("checks", 1, "applications", "denied", 0), ("respond", "limit")]), VALUES)
    def test_any_value_can_take_the_place_of_any(self, place: tuple[str | int, ...], value: Value) -> None:
        if not utf8(value):
            return
        whole = said(WRITTEN)
        holder = whole
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = value
        assert json.dumps(said(writing.put(WRITTEN, place, value)), sort_keys=True) == json.dumps(whole, sort_keys=True)

    @given(st.lists(st.integers(0, 9), max_size=6), st.lists(st.integers(0, 9), max_size=6), st.booleans())
    def test_any_list_can_become_any(self, before: list[int], after: list[int], flow: bool) -> None:
        items = [str(each) for each in before] if flow else [{"n": each} for each in before]
        wanted: list[Value] = [str(each) for each in after] if flow else [{"n": each} for each in after]
        text = writing.new({"a": items, "b": 1})  # type: ignore[dict-item]
        assert said(writing.put(text, ("a",), wanted)) == {"a": wanted, "b": 1}

    @pytest.mark.parametrize(
        "text", ["yes", "on", "No", "null", "1.10", "0x1F", "2026-01-31", "~", "", " a", "a: b", "#"]
    )
    def test_texts_that_other_tools_would_misread_are_quoted(self, text: str) -> None:
        assert rendering.scalar(text)[0] in "'\""


class TestSave:
    def test_whole_and_only_over_what_was_read(self, tmp_path: Path) -> None:
        file = tmp_path / "policies" / "a.yaml"
        saving.save(file, WRITTEN, None)
        assert file.read_text() == WRITTEN
        saving.save(file, "policy: b\n", saving.digest(WRITTEN))
        assert [each.name for each in file.parent.iterdir()] == ["a.yaml"]
        with pytest.raises(StorageError, match="changed by somebody else"):
            saving.save(file, "policy: c\n", saving.digest(WRITTEN))
        with pytest.raises(StorageError, match="changed by somebody else"):
            saving.save(file, "policy: c\n", None)
        assert file.read_text() == "policy: b\n"

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
    def test_not_through_a_link(self, tmp_path: Path) -> None:
        target = tmp_path / "secret"
        target.write_text("x")
        (tmp_path / "a.yaml").symlink_to(target)
        with pytest.raises(StorageError, match="link"):
            saving.save(tmp_path / "a.yaml", "policy: a\n", None)
        assert target.read_text() == "x"
