from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.estate.patterns import MAX_SUBJECT, Pattern, glob

PIECES = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "1", "^", "$"]),
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("({}|{})".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{})*".format, inner),
        st.builds("(?:{})+".format, inner),
        st.builds("(?:{})?".format, inner),
        st.builds("(?:{}){{1,2}}".format, inner),
    ),
    max_leaves=6,
)


@given(PIECES, st.text("ab1-", max_size=8))
def test_finds_what_re_finds(pattern: str, text: str) -> None:
    assert Pattern(pattern).search(text) is (re.search(pattern, text, re.DOTALL) is not None)


def test_case_does_not_count() -> None:
    assert Pattern("WEB-[A-C]").search("web-b")
    assert Pattern("straße").search("STRASSE".casefold())


@pytest.mark.parametrize(
    "pattern", ["(", ")", "*", "a{2,1}", "[", "[b-a]", r"\1", "(?=a)", "(?P<a>b)", "\\", "(a{400}){400}"]
)
def test_what_is_not_understood(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|repeat|count|groups"):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a+)+b", "(a*)*b", ".*.*.*.*.*b", "(a?){100}a{100}b"])
def test_patterns_that_explode_elsewhere_end(pattern: str) -> None:
    assert not Pattern(pattern).search("a" * MAX_SUBJECT)


def test_a_text_is_looked_at_in_its_beginning_only() -> None:
    assert not Pattern("b").search("a" * MAX_SUBJECT + "b")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("web-*", "web-01", True),
        ("WEB-??", "web-01", True),
        ("web", "web-01", False),
        ("[ab]*", "beta", True),
        ("*a*a*a*a*a*a*a*b", "a" * 5_000, False),
    ],
)
def test_globs(pattern: str, text: str, found: bool) -> None:
    assert bool(glob(pattern)(text)) is found
