"""The demo estate's URI: what it takes, and what it says of what it does not take."""

import pytest

from vmi_console.collectors.demo.parameters import BOUNDS, Failure, Parameters, parse
from vmi_console.errors import ConnectionUriError


@pytest.mark.parametrize("uri", ["demo://", "demo:", "demo:///"])
def test_nothing_given_is_ten_hosts_of_twenty(uri: str) -> None:
    assert parse(uri) == Parameters(hosts=10, vms=200, story=True, changes_per_second=None)


def test_everything_given() -> None:
    uri = (
        "demo://?hosts=2500&vms=45000&changes_per_second=0.5&seed=7&story=off&packages=400&images=500&latency_ms=20"
        "&fail=trust"
    )
    assert parse(uri) == Parameters(
        hosts=2500,
        vms=45_000,
        changes_per_second=0.5,
        seed=7,
        story=False,
        packages=400,
        images=500,
        latency_ms=20,
        fail=Failure.TRUST,
    )


def test_vms_follow_hosts_within_bounds() -> None:
    assert parse("demo://?hosts=3").vms == 60
    assert parse("demo://?hosts=5000").vms == BOUNDS["vms"][1]


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("demo://?host=3", "did you mean hosts?"),
        ("demo://?change_per_second=3", "did you mean changes_per_second?"),
        ("demo://?weather=blue", "it has hosts, vms"),
        ("demo://?folder=here", "folder is an absolute path"),
        ("demo://?hosts=0", "hosts is a whole number from 1 to 5000"),
        ("demo://?hosts=", "hosts is a whole number"),
        ("demo://?hosts=2.5", "hosts is a whole number"),
        ("demo://?vms=1e9", "vms is a whole number"),
        ("demo://?changes_per_second=nan", "changes_per_second is a number from 0 to 1000"),
        ("demo://?changes_per_second=-1", "changes_per_second is a number"),
        ("demo://?story=maybe", "story is one of on, off"),
        ("demo://?fail=often", "fail is one of none, credentials"),
        ("demo://?hosts=1&hosts=2", "given twice"),
        ("demo://?hosts", "not a demo address"),
        ("demo://elsewhere/?hosts=1", "not a demo address"),
        ("demo://[", "not a demo address"),
    ],
)
def test_what_cannot_be_used_is_named(uri: str, said: str) -> None:
    with pytest.raises(ConnectionUriError) as caught:
        parse(uri)
    assert said in str(caught.value)
