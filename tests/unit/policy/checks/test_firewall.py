"""What filters let pass."""

from __future__ import annotations

import pytest

from tests.unit.estate.builders import nic, vm
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, judged
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Connection, Filter, FirewallRule, NicKind
from vmi_console.policy.judgement import Verdict

TELNET = "firewall: {blocked: [{protocol: tcp, port: 23}]}"
HTTPS = "firewall: {allowed: [{protocol: tcp, port: 443}]}"
FROM_HERE = "firewall: {allowed: [{protocol: tcp, port: 443, source: 10.1.0.0/16}]}"


def rule(
    action: str, protocol: str | None = None, ports: tuple[int, int] | None = None, **fields: object
) -> FirewallRule:
    return FirewallRule(action=action, protocol=protocol, destination_ports=ports, **fields)  # type: ignore[arg-type]


def filter_of(*rules: FirewallRule, name: str = "f", **fields: object) -> Filter:
    return Filter(id=entity_id("filter", "vc", name), name=name, rules=rules, **fields)  # type: ignore[arg-type]


DROP_ALL = rule("drop", priority=1000)
ONLY_HTTPS = (rule("accept", "tcp", (443, 443)), rule("accept", "tcp-ipv6", (443, 443)), DROP_ALL)


@pytest.mark.parametrize(
    ("text", "rules", "verdict"),
    [
        (TELNET, (), FAIL),  # what no rule decides passes
        (HTTPS, (), PASS),
        (TELNET, ONLY_HTTPS, PASS),
        (HTTPS, ONLY_HTTPS, PASS),
        (HTTPS, (DROP_ALL,), FAIL),
        (TELNET, (rule("drop", "tcp", (23, 23)),), FAIL),  # not over IPv6
        (TELNET, (rule("drop", "tcp", (23, 23)), rule("reject", "tcp-ipv6", (1, 1023))), PASS),
        (TELNET, (rule("drop", "tcp", (23, 23), direction="out"), rule("drop", "all-ipv6")), FAIL),
        (TELNET, (rule("accept", "tcp", (1, 1023), priority=2), rule("drop", priority=1)), PASS),
        (TELNET, (rule("accept", "tcp", (1, 1023), priority=1), rule("drop", priority=2)), FAIL),
        (TELNET, (rule("continue"), DROP_ALL), PASS),
        (TELNET, (rule("return"), DROP_ALL), UNKNOWN),
        (TELNET, (rule("accept", "udp"), DROP_ALL), PASS),
        # part of it
        (TELNET, (rule("accept", source="10.0.0.0/8"), DROP_ALL), FAIL),
        (FROM_HERE, (rule("accept", source="10.0.0.0/8"), DROP_ALL), PASS),
        (FROM_HERE, (rule("accept", source="10.1.2.0/255.255.255.0"), DROP_ALL), FAIL),
        (FROM_HERE, (rule("drop", source="10.1.2.3"),), FAIL),
        (FROM_HERE, (rule("drop", source="10.2.0.0/16"),), PASS),
        (FROM_HERE, (rule("drop", source="10.1.0.0/17"), rule("drop", source="10.1.128.0/17")), UNKNOWN),
        # what nobody can tell
        (TELNET, (rule("accept", source="$IP"), DROP_ALL), UNKNOWN),
        (HTTPS, (rule("drop", source="$IP"),), UNKNOWN),
        (HTTPS, (rule("accept", source="$IP"),), PASS),
        (HTTPS, (rule("drop", comment="match=no"),), UNKNOWN),
        (HTTPS, (rule("drop", comment="nothing in"),), FAIL),
        # rules that decide parts of it differently, and of which nobody looks how they overlap
        (TELNET, (rule("drop", source="10.1.0.0/16"), rule("accept", source="10.0.0.0/8"), DROP_ALL), UNKNOWN),
        (TELNET, (rule("drop", "ip tcp", source="$IP"), rule("accept", "tcp", source="10.0.0.0/8"), DROP_ALL), UNKNOWN),
        # two layers
        (HTTPS, (*ONLY_HTTPS, rule("drop", "arp")), PASS),
        (HTTPS, (*ONLY_HTTPS, rule("drop", "ip tcp", (443, 443))), FAIL),
        (HTTPS, (rule("accept", "mac ipv4"), DROP_ALL), FAIL),
        (TELNET, (rule("drop", "mac ipv4"), rule("drop", "mac ipv6")), PASS),
        ("firewall: {blocked: [{direction: out}]}", (rule("drop", direction="out"),), PASS),
        ("firewall: {blocked: [{direction: out}]}", (rule("drop", "tcp", direction="out"),), FAIL),
        ("firewall: {blocked: [{protocol: icmp}]}", (rule("drop", "icmp"), rule("drop", "icmpv6")), PASS),
        ("firewall: {blocked: [{protocol: tcp, port: 1, last_port: 1023}]}", ONLY_HTTPS, FAIL),
    ],
)
def test_rules(text: str, rules: tuple[FirewallRule, ...], verdict: Verdict) -> None:
    machine = vm("a", nics=(nic("1", filter="f"),))
    assert judged(text, machine, filter_of(*rules)).verdict is verdict


def test_included_filters_count_and_a_circle_ends() -> None:
    outer = filter_of(includes=("inner",))
    inner = filter_of(DROP_ALL, name="inner", includes=("f",))
    assert judged(TELNET, vm("a", nics=(nic("1", filter="f"),)), outer, inner).verdict is PASS


def test_a_filter_that_nobody_told_of() -> None:
    found = judged(TELNET, vm("a", nics=(nic("1", filter="f"),)), filter_of(includes=("gone",)))
    assert (found.verdict, found.because) == (UNKNOWN, "what the filter gone says is not known")


def test_evidence_of_rules() -> None:
    found = judged(TELNET, vm("a", nics=(nic("1", filter="f", label="NIC 1"),)), filter_of())
    assert found.evidence == "at NIC 1 passes: tcp port 23 in, which must not pass"
    assert found.paths == ("nics[1].filter",)


def test_a_blocked_port_lets_nothing_pass() -> None:
    machine = vm("a", nics=(nic("1", blocked=True),))
    assert judged(TELNET, machine).verdict is PASS
    assert judged(HTTPS, machine).verdict is FAIL


@pytest.mark.parametrize(("provider", "verdict"), [("libvirt", FAIL), ("vsphere", UNKNOWN)])
def test_a_card_without_a_filter_is_known_to_have_none_only_on_libvirt(provider: str, verdict: Verdict) -> None:
    connection = Connection(id=EntityId("connection/console/1"), name="c", uri="x://", provider=provider, endpoint="vc")
    machine = vm("a", nics=(nic("1"),))
    assert judged(TELNET, machine, connection).verdict is verdict
    assert judged("firewall: {filters: ['clean*']}", machine, connection).verdict is verdict


@pytest.mark.parametrize(("name", "verdict"), [("clean-traffic", PASS), ("other", FAIL), ("", FAIL)])
def test_filters_that_every_card_must_have(name: str, verdict: Verdict) -> None:
    machine = vm("a", nics=(nic("1", filter=name), nic("2", type=NicKind.NONE)))
    assert judged("firewall: {filters: ['clean*']}", machine).verdict is verdict
