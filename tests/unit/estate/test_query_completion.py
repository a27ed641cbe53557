"""What is offered while a query is typed; `|` stands for the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.estate.query import complete

KNOWN = {"networks": ["DMZ", "Büro"], "tags": ["pci", "prod"], "host": ["esx-01"], "has_application()": ["telnetd"]}


def completed(marked: str) -> list[str]:
    """The texts that result from taking each offer."""
    cursor = marked.index("|")
    text = marked.replace("|", "")
    offers = complete(text, cursor, lambda name: KNOWN.get(name, ()))
    return [text[: offer.replaces_from] + offer.text + text[offer.replaces_to :] for offer in offers]


OFFERED = [
    ("|", "power"),
    ("|", "has_application("),
    ("po|", "power"),
    ("po|wer == 'on'", "power == 'on'"),
    ("sta|", "stale"),
    ("sta|", "host_state"),
    ("power |", "power =="),
    ("power |", "power not in"),
    ("memory |", "memory >="),
    ("power == |", 'power == "on"'),
    ("power == |", 'power == "paused"'),
    ('power == "o|', 'power == "on"'),
    ('power == "o|"', 'power == "on"'),
    ("power in [|", 'power in ["on"'),
    ('power in ["on", |', 'power in ["on", "off"'),
    ('power in ["on", "o|', 'power in ["on", "off"'),
    ("host == |", 'host == "esx-01"'),
    ('not stale and host == "esx|', 'not stale and host == "esx-01"'),
    ("tools != |", 'tools != "not running"'),
    ("stale == |", "stale == False"),
    ('"|', '"pci" in tags'),
    ('stale or "d|', 'stale or "DMZ" in networks'),
    ('"pci" |', '"pci" in'),
    ('"pci" in |', '"pci" in tags'),
    ('"pci" not in |', '"pci" not in tags'),
    ('"pci" not |', '"pci" not in'),
    ("30 in |", "30 in vlans"),
    ("30 in v|", "30 in vlans"),
    ('power == "on" |', 'power == "on" and'),
    ('power == "on" and |', 'power == "on" and tags'),
    ('"pci" in tags |', '"pci" in tags or'),
    ("stale |", "stale and"),
    ("not |", "not stale"),
    ("(|", "(power"),
    ("(stale or |", "(stale or template"),
    ("age(|", "age(created"),
    ("glob(|", "glob(name"),
    ("glob(host, |", 'glob(host, "esx-01"'),
    ("has_application(|", 'has_application("telnetd"'),
    ('has_application("te|', 'has_application("telnetd"'),
    ("age(created) |", "age(created) >"),
    ("memory > 8 * |", "memory > 8 * GiB"),
    ("memory > 8 * G|", "memory > 8 * GiB"),
    ('has_service("x") |', 'has_service("x") and'),
]


@pytest.mark.parametrize(("marked", "result"), OFFERED)
def test_offered(marked: str, result: str) -> None:
    assert result in completed(marked)


NOT_OFFERED = [
    ("age(|", "age(name"),
    ("power |", "power >"),
    ("power |", "power and"),
    ("30 in |", "30 in tags"),
    ('"a" in |', '"a" in vlans'),
    ("power == |", 'power == "unknown"'),
    ('power == "on" |', 'power == "on" =='),
    ("power == |", "power == power"),
    ("tags |", "tags =="),
]


@pytest.mark.parametrize(("marked", "result"), NOT_OFFERED)
def test_not_offered(marked: str, result: str) -> None:
    assert completed(marked)
    assert result not in completed(marked)


def test_offers_explain_themselves() -> None:
    offer = complete("mem", 3)[0]
    assert (offer.text, offer.replaces_from, offer.replaces_to) == ("memory", 0, 3)
    assert offer.help == "Memory. (number in bytes; memory >= 8 * GiB)"


def test_values_with_quotes_are_offered_as_texts() -> None:
    assert [offer.text for offer in complete("host == ", 8, lambda _: ['a"b\\'])] == ['"a\\"b\\\\"']


@given(st.text(max_size=30), st.integers(0, 30))
def test_any_text_at_any_cursor(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    for offer in complete(text, cursor, lambda _: ("x",)):
        assert 0 <= offer.replaces_from <= cursor <= offer.replaces_to <= len(text)
