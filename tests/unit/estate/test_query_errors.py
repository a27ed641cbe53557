"""What is refused, where exactly, and with which suggestion; and that hostile texts do no more than that."""

from __future__ import annotations

import warnings
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import QueryError
from vmi_console.estate.query import Query, complete, parse, parse_search
from vmi_console.estate.query.tokens import MAX_LENGTH
from vmi_console.estate.query.tree import And, Name

REFUSED = [
    # text, the part that is wrong, suggestion
    ("pwer == 'on'", "pwer", "power"),
    ("Power == 'on'", "Power", "power"),
    ('power == "onn"', '"onn"', '"on"'),
    ("power > 3", "3", ""),
    ('power > "on"', 'power > "on"', ""),
    ('power == "unknown"', '"unknown"', ""),
    ("power", "power", 'power == "on"'),
    ("30 in tags", "30", '"30"'),
    ('"a" in power', '"a" in power', 'power == "a"'),
    ('tags == "pci"', 'tags == "pci"', '"pci" in tags'),
    ("vlans != 30", "vlans != 30", "30 not in vlans"),
    ('"30" in vlans', '"30"', ""),
    ("4095 in vlans", "4095", ""),
    ("-1 in vlans", "-1", ""),
    ("3.5 in vlans", "3.5", ""),
    ('"10.1.0.0/16" in ips', '"10.1.0.0/16" in ips', 'in_subnet("10.1.0.0/16")'),
    ('"10.1.1" in ips', '"10.1.1"', ""),
    ('"52:54" in macs', '"52:54"', ""),
    ('in_subnet("10.1.1")', '"10.1.1"', ""),
    ('setting("guestinfo.anything") == "x"', '"guestinfo.anything"', ""),
    ('vcpus == "4"', '"4"', ""),
    ("vcpus > 8 * GiB", "8 * GiB", ""),
    ("memory > 8 * days", "8 * days", ""),
    ("name == 3", "3", '"3"'),
    ('name < "b"', 'name < "b"', ""),
    ('name == ["a"]', 'name == ["a"]', 'name in ["a"]'),
    ('name in "abc"', '"abc"', '["abc"]'),
    ("name == vcpus", "name == vcpus", ""),
    ("power == tools", "power == tools", ""),
    ("memory == memory_mb", "memory == memory_mb", ""),
    ("tags in networks", "tags", ""),
    ('created > "yesterday"', '"yesterday"', ""),
    ("created > 3", "3", ""),
    ("age(name) > 3", "name", ""),
    ("age(created)", "age(created)", "age(created) > 2 * weeks"),
    ('glob("a", "b")', '"a"', ""),
    ("glob(name, 3)", "3", ""),
    ("glob(name)", "glob(name)", 'glob(name, "web-*")'),
    ("matches(name, '(')", "'('", ""),
    ('has_application("a", "1.0")', '"1.0"', ""),
    ('has_application("")', '""', ""),
    ('has_process(" ")', '" "', ""),
    ('listens("http")', '"http"', ""),
    ('listens("0")', '"0"', ""),
    ('listens("90-80")', '"90-80"', ""),
    ('listens("70000")', '"70000"', ""),
    ('listens("22", "sctp")', '"sctp"', ""),
    ('listens("22/udp", "tcp")', '"tcp"', ""),
    ('guest_setting("") == "x"', '""', ""),
    ('has_aplication("a")', "has_aplication", "has_application"),
    ("name('a')", "name('a')", "name"),
    ("glob == 'a'", "glob", 'glob(name, "web-*")'),
    ('"a" == "a"', '"a" == "a"', ""),
    ("template and 3", "3", ""),
    ('"web"', '"web"', ""),
    ('"Ünï😀" in name and fooo == 3', "fooo", ""),
    ("template and\n  pwer == 'on'", "pwer", "power"),
    ("name = 'a'", "=", "=="),
    ("template && stale", "&&", "and"),
    ("template || stale", "||", "or"),
    ("!template", "!", "not"),
    ("name <> 'a'", "<>", "!="),
    ("name is 'a'", "is", "=="),
    ("name == None", "None", ""),
    ("name.upper", ".", ""),
    ("name['a']", "name['a']", ""),
    ("name == 'a' if stale else stale", "if", ""),
    ("lambda", "lambda", ""),
    ("(x := 3)", ":=", "=="),
    ("glob(*name)", "*name", ""),
    ("{**tags}", "**", ""),
    ("name == f'a'", "f'a'", "'a'"),
    ("name == b'a'", "b'a'", "'a'"),
    (r'name == "\d"', r"\d", r"\\d"),
    ("name == 'a' 'b'", "'b'", ""),
    ("name == 'a", "'a", ""),
    ("vcpus > 2 +1", "+", ""),
    ("vcpus > 1and stale", "and", ""),
    ("vcpus > -name", "-name", ""),
    ("vcpus > 2 * 3", "2 * 3", ""),
    ("vcpus > 1 * -name", "1 * -name", ""),
    ("vcpus in [1, name]", "name", ""),
    ("vcpus in [[1]]", "[1]", ""),
    ("(stale", "(", ""),
    ("stale)", ")", ""),
    ("(stale]", "]", ""),
    ("stale) or (stale", ")", ""),
    ("stale template", "template", ""),
    ("vcpus > 1 2", "2", ""),
    ("power ==", "==", ""),
    ("stale and", "and", ""),
    ("stale # comment", "#", ""),
    ("ｓｔａｌｅ", "ｓ", ""),
    ("name == ('a' == 'b')", "'a' == 'b'", ""),
    ("stale()()", "stale()()", ""),
    ("1e999 == vcpus", "1e999", ""),
    ("vcpus == 007", "007", ""),
    ("vcpus == 99999999999999999999", "99999999999999999999", ""),
]


@pytest.mark.parametrize(("text", "wrong", "suggestion"), REFUSED)
def test_refused_at_its_column(text: str, wrong: str, suggestion: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert text[error.column : error.column + error.length] == wrong
    assert error.suggestion == suggestion


@pytest.mark.parametrize("text", ["", "   ", "\n", "()"])
def test_nothing_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


HOSTILE = {
    "10 MB": "a" * 10_000_000,
    "parentheses": "(" * 3_999,
    "closed parentheses": "(" * 1_900 + "stale" + ")" * 1_900,
    "brackets": "[" * 1_900 + "]" * 1_900,
    "nots": "not " * 900 + "stale",
    "nots in parentheses": "not not not (" * 49 + "stale" + ")" * 49,
    "minuses": "vcpus == " + "-" * 3_900 + "1",
    "separate minuses": "vcpus == " + "- " * 1_900 + "1",
    "factors": "vcpus == " + "1*" * 1_900 + "1",
    "calls": "a" + "()" * 1_900,
    "subscripts": "a" + "[0]" * 1_200,
    "dots": "a" + ".b" * 1_900,
    "digits": "vcpus == " + "9" * 3_900,
    "hexadecimal": "vcpus == 0x" + "f" * 3_900,
    "floats": "vcpus == " + "9" * 3_000 + ".5",
    "members": "power in [" + "1," * 1_990 + "]",
    "NUL": "name == 'a\0b'",
    "control": "stale\x1b[31m",
    "surrogate": "name == '\ud800'",
    "lone surrogate pair": "\udc00\ud800",
    "unclosed": "'" + "\\" * 3_000,
    "quotes": "'" * 3_999,
    "backslashes": "name == '" + "\\\\" * 1_900 + "\\",
    "dunder": "().__class__.__bases__[0]",
    "import": "__import__('os').system('x')",
    "long name": "a" * 3_990,
    "names": "a " * 1_990,
    "named character": r"name == '\N{BELL}'",
    "half escape": r"name == '\x1'",
    "too high": r"name == '\U00110000'",
    "compares": "1" + "<1" * 1_900,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_are_refused(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(QueryError) as caught:
            parse(text)
        complete(text, len(text))
        with suppress(QueryError):
            parse_search(text)
    assert 0 <= caught.value.column <= MAX_LENGTH


@pytest.mark.parametrize("depth", [10, 23, 26, 60, 200])
def test_depth_is_bounded(depth: int) -> None:
    text = "stale"
    for _ in range(depth):
        text = f"not (autostart or {text})" if len(text) < MAX_LENGTH - 30 else text
    if depth < 25:
        parse(text)
    else:
        with pytest.raises(QueryError, match="nested deeper"):
            parse(text)


def test_the_deepest_query_that_is_allowed_compiles() -> None:
    text = "stale"
    for level in range(48):
        text = f"({text} {'and' if level % 2 else 'or'} autostart)"
    query = parse(text)
    assert query.filter([], None) == []  # type: ignore[arg-type]


def test_the_widest_query_that_is_allowed_compiles() -> None:
    query = parse(" or ".join(["stale"] * 440))
    assert query.filter([], None) == []  # type: ignore[arg-type]
    listed = parse("vcpus in [" + ",".join(["1"] * 1_990) + "]")
    assert listed.filter([], None) == []  # type: ignore[arg-type]


def test_a_tree_made_by_hand_is_checked_as_well() -> None:
    with pytest.raises(QueryError, match="no attribute"):
        Query(And((Name("stale"), Name("nonsense"))))


def read_or_refused(text: str) -> None:
    for read in (parse, parse_search):
        refusal = None
        try:
            query = read(text)
        except QueryError as error:
            refusal = error
        if refusal is None:
            assert read(query.text) == query
        else:
            assert 0 <= refusal.column <= len(text)
            assert refusal.length >= 1


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refused(text)


TOKENS = (
    """power tags vlans vcpus stale == < in not and or ( ) [ ] , * "on" 'a' 3 GiB glob age created - { } True = ü"""
)


@given(st.lists(st.sampled_from([*TOKENS.split(), "\n"]), max_size=12).map(" ".join))
def test_any_tokens_are_read_or_refused(text: str) -> None:
    read_or_refused(text)
