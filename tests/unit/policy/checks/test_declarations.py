"""Every kind of check is declared once, and completely."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit.policy.checks.judging import made, parsed
from vmi_console.policy import reads
from vmi_console.policy.check import CHECKS, Check
from vmi_console.policy.checks import reference
from vmi_console.policy.checks.parameters import Mistake
from vmi_console.policy.reading import read, value_of

DOCUMENT = Path(__file__).parents[4] / "docs" / "checks.md"


def examples() -> list[tuple[str, str]]:
    return [(kind, example) for kind, cls in sorted(CHECKS.items()) for example in cls.examples]


def test_all_families_are_there() -> None:
    assert set(CHECKS) == {
        "addresses", "alerts", "applications", "disks", "expression", "firewall", "guest_settings", "hardware",
        "kernel", "link_local", "location", "macs", "modules", "naming", "networks", "patches", "ports", "processes",
        "services", "settings", "snapshots", "sprawl", "support", "tampering", "tools", "users", "vlans",
        "vulnerabilities",
    }  # fmt: skip


@pytest.mark.parametrize("cls", CHECKS.values(), ids=CHECKS)
def test_everything_is_said(cls: type[Check]) -> None:
    assert cls.title
    assert cls.help
    assert cls.remediation
    assert cls.examples
    schema = msgspec.json.schema(cls)
    for name, said in schema["$defs"][cls.__name__]["properties"].items():
        assert said.get("description"), name


@pytest.mark.parametrize(("kind", "example"), examples())
def test_examples_are_checks(kind: str, example: str) -> None:
    check = parsed(kind, value_of(read(example, "example")))
    assert check.reads
    for name in check.reads:
        assert reads.topics(frozenset({name})) != reads.EVERYTHING, f"{name} is not known, and so stands for everything"


@pytest.mark.parametrize(("kind", "example"), examples())
def test_examples_survive_being_written(kind: str, example: str) -> None:
    check = parsed(kind, value_of(read(example, "example")))
    assert msgspec.json.decode(msgspec.json.encode(check), type=type(check)) == check


def test_the_document_has_all_of_it() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").endswith(f"## Kinds\n\n{reference.reference()}\n"), (
        "put the output of `python -m vmi_console.policy.checks.reference` under “Kinds”"
    )


@pytest.mark.parametrize(
    ("text", "path", "advice"),
    [
        ("vlans: {allowed: [110, 120-119]}", ("allowed", 1), "write 119-120"),
        ("vlans: {denied: [1-5000]}", ("denied", 0), "VLANs end with 4094"),
        ("vlans: {denied: [web]}", ("denied", 0), "write a number such as 110, a range such as 110-119, or untagged"),
        ("macs: {allowed: ['00:50:5']}", ("allowed", 0), "write a beginning such as 00:50:56"),
        ("addresses: {allowed: [10.0.0.0/8, 10.0.0.300]}", ("allowed", 1), "write 10.0.0.0/8"),
        ("addresses: {allowed: [10.0.0.9-10.0.0.1]}", ("allowed", 0), "swap its ends"),
        ("applications: {denied: ['telnetd', '>= 3']}", ("denied", 1), "write a name"),
        ("applications: {required: ['auditd >= ']}", ("required", 0), "write for example"),
        ("services: {required: ['auditd | ']}", ("required", 0), "write the name of a service"),
        ("patches: {versions: [openssl]}", ("versions", 0), "write for example openssl >= 1.0"),
        ("patches: {kernel: new}", ("kernel",), "write for example >= 5.10"),
        ("settings: {sched.cpu.units: mhz}", ("keys", "sched.cpu.units"), "kept are those that hardening guides"),
        ("settings: {tools.x: {absent: pass}}", (), "say what it must be"),
        ("firewall: {blocked: [{port: 23}]}", ("port",), "add protocol: tcp"),
        ("firewall: {blocked: [{protocol: tcp, port: 9, last_port: 1}]}", ("last_port",), "write port: 1"),
        ("firewall: {blocked: [{source: home}]}", ("source",), "write 10.0.0.0/8"),
        ("firewall: {blocked: [{source: 10.0.0.1, destination: '::1'}]}", ("source",), "name two of one version"),
        ("alerts: {severity: 1, ignore: ['*']}", ("ignore",), "name the signatures"),
        ("naming: {pattern: '(web'}", ("pattern",), "write a regular expression"),
        ("tools: {version: new}", ("version",), "write for example >= 12.0"),
        ("ports: {allowed: [22, http]}", ("allowed", 1), "write for example 22"),
        ("ports: {denied: [90-80/tcp]}", ("denied", 0), "write for example 22"),
        ("tampering: {ignore: ['*']}", ("ignore", 0), "name the sign"),
        ("vulnerabilities: {minimum: low, ignore: [CVE-1, '*']}", ("ignore", 1), "name those"),
        ("guest_settings: {sshd.Port: {absent: pass}}", (), "say what it must be"),
    ],
)
def test_mistakes_know_their_place_and_what_to_do(text: str, path: tuple[str | int, ...], advice: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        made(text)
    mistake = raised.value.__cause__
    assert isinstance(mistake, Mistake)
    assert mistake.path == path
    assert mistake.advice.startswith(advice)


DEMANDING = {"link_local", "support", "tools", "settings", "expression", "guest_settings", "kernel", "tampering"}
"""Kinds that demand something without any parameter, or that cannot be written without one."""


@pytest.mark.parametrize("kind", sorted(set(CHECKS) - DEMANDING))
def test_a_check_that_demands_nothing_is_a_mistake(kind: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="this demands nothing"):
        made(f"{kind}: {{}}")
