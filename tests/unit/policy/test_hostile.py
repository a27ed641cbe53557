"""Policy files made to hurt: bombs, depths, lengths, encodings, and patterns that explode elsewhere.

`test_documents` has a thousand files that somebody got wrong; here each is of a kind that has brought parsers down.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.unit.estate.builders import NOON, Estate, application, guest, read, vm
from tests.unit.policy.checks.judging import judged
from tests.unit.policy.test_documents import POLICY, SEEDS, check_outcome, policy, with_check
from vmi_console.policy.documents import Document, document, unreadable
from vmi_console.policy.groups import Groups
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import Group
from vmi_console.policy.reading import LARGEST_FILE_BYTES, Unreadable, decoded

pytestmark = pytest.mark.timeout(60)  # what explodes does not end at all; what does not is over in seconds

LEVELS = "abcdefghi"
LAUGHS = 'a: &a ["ha", "ha", "ha", "ha", "ha", "ha", "ha", "ha", "ha"]\n' + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(LEVELS)
)
"""A billion of them in half a kilobyte, to whoever follows aliases."""

LONG = 200_000
BOMBS = {
    "a billion laughs": LAUGHS,
    "a billion laughs in a policy": f"policy: a\nmembers: template\ndescription: {LAUGHS[3:70]}\n",
    "a circle": "policy: &a\n  members: *a\n",
    "merged upon merged": "policy: a\nmembers: template\n" + "<<: {" * 20_000,
    "a long name": f"policy: {'a' * LONG}\nmembers: template\nchecks: [link_local]\n",
    "a long key": f"{'a' * LONG}: b\n",
    "a long quoted name": f'policy: "{"\\\\x41" * (LONG // 4)}"\nmembers: template\n',
    "a long comment that never ends": "#" * LONG,
    "a block of many lines": "policy: |\n" + "  a\n" * (LONG // 4) + "members: template\n",
    "a folded block of blank lines": "policy: >\n" + "\n" * LONG + "  a\nmembers: template\n",
    "many documents": "---\n" * (LONG // 4),
    "many ends": "...\n" * (LONG // 4),
    "many keys": "".join(f"k{number}: 1\n" for number in range(15_000)),
    "many checks": "policy: a\nmembers: template\nchecks:\n" + "  - vlans: {allowed: [1]}\n" * 4_000,
    "deep in brackets": "policy: " + "[" * LONG,
    "deep in braces": "policy: " + "{a: " * (LONG // 4),
    "deep by indentation": "".join(f"{' ' * depth}a:\n" for depth in range(650)),
    "deep in dashes": "- " * (LONG // 2),
    "deep in questions": "? " * (LONG // 2),
    "a query deep in parentheses": f"policy: a\nmembers: '{'(' * 50_000}template{')' * 50_000}'\n",
    "a query that denies and denies": f"policy: a\nmembers: '{'not ' * 50_000}template'\n",
    "a query of many clauses": f"policy: a\nmembers: '{' and '.join(['template'] * 20_000)}'\n",
    "a query with a long text": f"policy: a\nmembers: 'name == \"{'a' * LONG}\"'\n",
    "a query with a huge number": f"policy: a\nmembers: 'cpus > {'9' * LONG}'\n",
    "a query with a power": "policy: a\nmembers: 'cpus > 9 ** 9 ** 9 ** 9'\n",
    "a query that calls": 'policy: a\nmembers: \'__import__("os").system("id") == 0\'\n',
    "a query that looks into itself": "policy: a\nmembers: 'name.__class__.__mro__ == 3'\n",
    "spaces that a pattern might try again and again": "policy: " + " " * LONG + "'a' b\n",
    "quotes that a pattern might try again and again": 'policy: "' + '" ' * (LONG // 2) + "#\n",
    "a time that never ends": with_check("link_local") + f"respond: {{after: {'9' * LONG}s}}\n",
    "a range without end": with_check(f"vlans: {{allowed: [1-{'9' * 5_000}]}}"),
    "a pattern that counts": with_check("naming: {pattern: '(a{400}){400}'}"),
    "a pattern deep in groups": with_check(f"naming: {{pattern: '{'(' * 200}a{')' * 200}'}}"),
    "a pattern that looks back": with_check(r"naming: {pattern: '(a)\1'}"),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_mistakes_with_a_place_and_an_advice(text: str) -> None:
    assert len(text.encode()) <= LARGEST_FILE_BYTES, "or it is not even looked at"
    found = document(text, "a.yaml")
    check_outcome(found)
    assert found.said is None


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(Unreadable, match="more than"):
        decoded(LAUGHS.encode() * 1_000, "a.yaml")


# --- encodings --------------------------------------------------------------------------------------------------------

GERMAN = POLICY.replace("Cardholder", "Karteninhaber für")


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "latin-1", "cp1252", "mac-roman", "cp037"],
)
def test_other_encodings_are_mistakes(encoding: str) -> None:
    found = looked_at(GERMAN.encode(encoding))
    check_outcome(found)
    assert found.said is None
    assert found.problems[0].line == 1 or "UTF-8" in found.problems[0].message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf_8_is_read_with_and_without_its_mark(mark: bytes) -> None:
    assert looked_at(mark + GERMAN.encode()).problems == ()


@pytest.mark.parametrize(
    "content",
    [
        b"policy: \xc0\xaf",  # a slash, written too long
        b"policy: \xed\xa0\x80",  # half a character
        b"policy: \xf4\x90\x80\x80",  # beyond the last character there is
        b"policy: a\xe2\x80",  # cut off
        b"\xef\xbb\xbf\xef\xbb\xbfpolicy: a",
        b"\x00" * 1_000,
        b"\xff" * 1_000,
        bytes(range(256)) * 100,
    ],
)
def test_bytes_that_are_no_characters_are_mistakes(content: bytes) -> None:
    found = looked_at(content)
    check_outcome(found)
    assert found.said is None


def test_a_thousand_files_with_broken_bytes() -> None:
    chance = random.Random(20261130)
    outcomes = set()
    for _ in range(1_000):
        content = bytearray(chance.choice(SEEDS).encode())
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(content))
            match chance.randrange(3):
                case 0:
                    content[place] = chance.randrange(256)
                case 1:
                    content[place:place] = chance.randbytes(chance.randint(1, 4))
                case 2:
                    del content[place : place + chance.randint(1, 9)]
        found = looked_at(bytes(content))
        check_outcome(found)
        outcomes.add(found.said is None)
    assert outcomes == {True, False}


def looked_at(content: bytes) -> Document:
    """What is said of a file with these bytes."""
    try:
        return document(decoded(content, "a.yaml"), "a.yaml")
    except Unreadable as error:
        return unreadable(error.problem)


# --- patterns ---------------------------------------------------------------------------------------------------------

STARS = "*a" * 90 + "b"
MAZES = ("(a|a)*b", "(a+)+b", "(a*)*b", ".*.*.*.*.*.*b", "(a?){100}a{100}b")
NAME = "a" * 10_000


def hostile_checks() -> Iterator[str]:
    yield from (f"naming: {{pattern: '{maze}'}}" for maze in MAZES)
    yield f"applications: {{denied: ['{STARS}']}}"
    yield f"networks: {{allowed: ['{STARS}']}}"


@pytest.mark.parametrize("text", [*hostile_checks()])
def test_patterns_come_to_an_end_on_names_made_for_them(text: str) -> None:
    """What is valid is held against names that a backtracking matcher would try for years."""
    policy(with_check(text))
    inside = guest("a", applications=read(application(NAME, "1")))
    assert judged(text, vm("a", name=NAME), inside).verdict in Verdict


@pytest.mark.parametrize("query", [f'glob(name, "{STARS}")', *(f'matches(name, "{maze}")' for maze in MAZES)])
def test_so_do_patterns_of_queries(query: str) -> None:
    estate = Estate()
    estate.tell(vm("1", name=NAME))
    said = policy(f"policy: a\nmembers: '{query}'\nchecks: [link_local]\n")
    membership = Groups(()).membership(Group(name="", members=said.members.members))
    assert membership.filter(estate.inventory.vms(), estate.inventory, NOON) == []
