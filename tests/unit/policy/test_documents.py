"""What a policy file says, and what is said of one that is wrong."""

from __future__ import annotations

import random
import re
import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.collectors.quarantine import Mode
from vmi_console.policy import forms
from vmi_console.policy.check import CHECKS
from vmi_console.policy.documents import Document, document, unreadable
from vmi_console.policy.folder import MOST_FILES
from vmi_console.policy.groups import MOST_CLAUSES
from vmi_console.policy.judgement import Severity
from vmi_console.policy.policies import Automatic, Baseline, Group, Limit, Policy
from vmi_console.policy.reading import LARGEST_FILE_BYTES, MAX_DEPTH, MOST_NODES, Unreadable, decoded, read, value_of

POLICY = """\
# by the network plan
policy: Cardholder web servers
description: Whatever touches card numbers.
members: '"pci" in tags and group("web")'
exclude: [pci-lab]
severity: high
priority: 5
checks:
  - vlans: {allowed: [110, 120]}
  - applications: {denied: ["telnetd", "ncat"], required: ["auditd >= 1:3.0"]}
    id: back-doors
    title: No back doors
    severity: critical
    references: [PCI DSS 2.2.4]
  - settings: {isolation.tools.copy.disable: {equals: true, absent: pass}}
  - link_local
respond: {quarantine: automatic, after: 5m, mode: pause, limit: {vms: 3, percent: 1.5}, reassert: true}
"""


def policy(text: str) -> Policy:
    read = document(text, "a.yaml")
    assert isinstance(read.said, Policy), read.problems
    return read.said


def problems(text: str) -> list[str]:
    return [str(problem) for problem in document(text, "a.yaml").problems]


def with_check(text: str) -> str:
    return f"policy: a\nmembers: template\nchecks:\n  - {text}\n"


class TestWhatIsSaid:
    def test_everything(self) -> None:
        said = policy(POLICY)
        assert said.name == "Cardholder web servers"
        assert said.description == "Whatever touches card numbers."
        assert said.members == Group(name="", members='"pci" in tags and group("web")', exclude=("pci-lab",))
        assert (said.severity, said.priority, said.enabled) == (Severity.HIGH, 5, True)
        assert [rule.key for rule in said.rules] == ["vlans", "back-doors", "settings", "link_local"]
        assert [rule.check.kind for rule in said.rules] == ["vlans", "applications", "settings", "link_local"]
        assert said.rules[1].title == "No back doors"
        assert said.rules[1].severity is Severity.CRITICAL
        assert said.rules[1].references == ("PCI DSS 2.2.4",)
        assert said.respond.quarantine is Automatic.AUTOMATIC
        assert (said.respond.after_seconds, said.respond.mode) == (300.0, Mode.PAUSE)
        assert said.respond.limit == Limit(vms=3, percent=1.5)
        assert said.respond.reassert
        assert said.file == "a.yaml"

    def test_group_and_baseline(self) -> None:
        group = document("group: web\nmembers: glob(name, 'web*')\ninclude: [www]\n", "g.yaml").said
        assert group == Group(name="web", members="glob(name, 'web*')", include=("www",), file="g.yaml")
        baseline = document("baseline: gold\ninclude: [a, b]\ngold: a\nallow: ['nics*.mac']\n", "b.yaml").said
        assert isinstance(baseline, Baseline)
        assert (baseline.gold, baseline.allow, baseline.members.include) == ("a", ("nics*.mac",), ("a", "b"))

    def test_every_example_of_every_check(self) -> None:
        assert CHECKS
        for kind, check in CHECKS.items():
            for example in check.examples:
                assert problems(with_check(f"{kind}: {example}")) == []

    def test_checks_of_one_kind_are_known_by_what_they_demand_not_by_their_place(self) -> None:
        one, two = "  - vlans: {allowed: [1]}\n", "  - vlans: {allowed: [2]}\n"
        head = "policy: a\nmembers: template\nchecks:\n"
        keys = {rule.check: rule.key for rule in policy(head + one + two).rules}
        assert keys == {rule.check: rule.key for rule in policy(head + two + one).rules}
        assert len(set(keys.values())) == 2

    def test_what_yaml_takes_for_a_text(self) -> None:
        said = policy("policy: 2026-01-31\ndescription: yes\nmembers: template\nenabled: false\n")
        assert (said.name, said.description, said.enabled) == ("2026-01-31", "yes", False)

    def test_content_is_what_is_said_not_how(self) -> None:
        said = policy(POLICY)
        other = policy("description: 'Whatever touches card numbers.'\n" + POLICY.replace("description: Wh", "#"))
        assert other.content == said.content
        for before, after in [("[110, 120]", "[110]"), ("5m", "6m"), ("priority: 5", "priority: 6"), ("pci-lab", "x")]:
            assert policy(POLICY.replace(before, after)).content != said.content

    def test_kinds_with_the_same_parameters_are_not_the_same_content(self) -> None:
        services = with_check("services: {denied: [telnetd]}\n    id: x")
        applications = with_check("applications: {denied: [telnetd]}\n    id: x")
        assert policy(services).content != policy(applications).content


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("before", "after", "told"),
        [
            ("severity: high", "severity: hgh", "a.yaml:6:11: “severity” cannot be “hgh” (did you mean high? "),
            ("severity: high", "sevrity: high", "a.yaml:6:1: a policy knows no “sevrity” (did you mean severity?)"),
            ("severity: high", "policy: b", "a.yaml:6:1: “policy” stands twice; first in line 2 (remove one"),
            ("severity: high", "group: b", "a.yaml:6:1: it is a policy already (put the group into a file of its own)"),
            ("vlans", "vlan", "a.yaml:9:5: a check knows no “vlan” (did you mean vlans?)"),
            ("allowed", "alowed", "a.yaml:9:13: the check vlans knows no “alowed” (did you mean allowed?)"),
            ("[110, 120]", "110", "a.yaml:9:22: “allowed” must be a list, and this is a whole number (put it in bra"),
            ("110", "5000", "a.yaml:9:23: item 1 of “allowed” must be a whole number at most 4094"),
            ("110", "120-110", "a.yaml:9:23: the check vlans: the range “120-110” ends before it begins"),
            ("absent: pass", "absent: pas", "a.yaml:15:69: “absent” cannot be “pas” (did you mean pass? It is one of"),
            ("link_local", "expression: 'vcpu < 3'", "a.yaml:16:18: there is no attribute “vcpu” (did you mean vcpus?"),
            ("link_local", "expression: {holds: vcpu < 3}", "a.yaml:16:25: there is no attribute “vcpu” (did you"),
            ("link_local", "linklocal", "a.yaml:16:5: this is no check (did you mean link_local?)"),
            ("link_local", "services", "a.yaml:16:5: the check services: this demands nothing"),
            ("5m", "5 minutes", "a.yaml:17:41: “after” must be a text of another form (How long a failure must last"),
            ("5m", "5", "a.yaml:17:41: “after” must be a text, and this is a whole number (How long a failure"),
            ("vms: 3", "vms: -1", "a.yaml:17:71: “vms” must be a whole number at least 0"),
            ("percent: 1.5", "percent: 150", "a.yaml:17:83: “percent” must be a number at most 100"),
            ("limit: {vms", "limit: {vm", "a.yaml:17:66: “limit” knows no “vm” (did you mean vms?)"),
            ("in tags", "in tag", "a.yaml:4:20: there is no attribute “tag” (did you mean tags?)"),
            ('group("web")', "group(web)", "a.yaml:4:29: group(\"name\") takes the name of a group in quotes"),
            ('group("web")', 'group("web") == 3', 'a.yaml:4:29: group("web") is true or false and stands alone'),
            ("id: back-doors", "id: vlans", "a.yaml:10:5: a check called “vlans” stands here already"),
            ("id: back-doors", "id: 3", 'a.yaml:11:9: “id” must be a text, and this is a whole number'),
            ("    id: back-doors", "    vlans: {allowed: [1]}", "a.yaml:11:5: this check is of the kind applications"),
            ("policy: Card", "polcy: Card", "a.yaml:2:1: it is neither a policy nor a group nor a baseline (did you"),
            ("Cardholder web servers", "", "a.yaml:2:1: “policy” must be a text, and this is nothing"),
            ("Cardholder web servers", "7", 'a.yaml:2:9: “policy” must be a text, and this is a whole number (put it'),
            ("[pci-lab]", "pci-lab", "a.yaml:5:10: “exclude” must be a list, and this is a text (put it in brackets"),
        ],
    )  # fmt: skip
    def test_is_told_with_its_place_and_an_advice(self, before: str, after: str, told: str) -> None:
        assert before in POLICY
        found = problems(POLICY.replace(before, after, 1))
        assert [each[: len(told)] for each in found] == [told]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "a.yaml:1:1: the file says nothing (begin with: policy: NAME)"),
            ("# only this\n", "a.yaml:1:1: the file says nothing"),
            ("just words", "a.yaml:1:1: this is no policy: it has no keys"),
            ("- policy: a", "a.yaml:1:1: this is no policy: it has no keys"),
            ("policy: a\nchecks: []", "a.yaml:1:1: this policy has no members (say which VMs"),
            ("policy: a\nmembers: ' '", "a.yaml:2:10: this policy has no members"),
            ('policy: a\nmembers: "pci" in tags', "a.yaml:2:16: this is no YAML: "),
            ("policy: a\n\tmembers: b", "a.yaml:2:1: this is no YAML: "),
            ("policy: &x a\nmembers: *x", "a.yaml:1:9: anchors (&) are not read here"),
            ("policy: *x", "a.yaml:1:9: aliases (*) are not read here"),
            ("policy: !!python/object/apply:os.system [id]", "a.yaml:1:9: tags (!) are not read here"),
            ("%YAML 1.1\n---\npolicy: a", "a.yaml:2:1: directives (%) are not read here"),
            ("policy: a\n---\npolicy: b", "a.yaml:2:1: a second document begins here"),
            ("<<: {policy: a}", "a.yaml:1:1: merge keys (<<) are not read here"),
            ("{policy, members: template}", "a.yaml:1:2: the key “policy” lacks its colon"),
            ("policy: 'a", "a.yaml:1:9: this is no YAML: "),
            ("policy: \x00", "a.yaml:1:9: the character U+0000 has no place in YAML"),
            ('policy: "\\ud800"', "a.yaml:1:9: half a character has no place in a text"),
            ("? [a]\n: b", "a.yaml:1:3: a key must be a text"),
            ("policy: 1e999", "a.yaml:1:9: this number is too large"),
            ("policy: " + "9" * 5000, "a.yaml:1:9: this number is too long"),
            ("[" * 10_000, f"a.yaml:1:{MAX_DEPTH + 1}: this is nested deeper than {MAX_DEPTH} levels"),
            ("a: [" + "1," * MOST_NODES + "1]", "a.yaml:1:"),
        ],
    )
    def test_what_is_no_policy_at_all(self, text: str, told: str) -> None:
        (found,) = problems(text)
        assert found.startswith(told)

    def test_several_mistakes_are_told_at_once(self) -> None:
        text = (
            "policy: a\nmembers: vcpu > 2\nsevrity: low\nenabled: no\nchecks:\n  - vlan: {}\n  - vlans: {allowed: x}\n"
        )
        assert [problem.line for problem in document(text, "a.yaml").problems] == [2, 3, 4, 6, 7]

    def test_the_place_within_a_query_of_several_lines(self) -> None:
        text = 'policy: a\nmembers: |\n  power == "on"\n    and vcpu > 2\n'
        assert problems(text)[0].startswith("a.yaml:4:9: there is no attribute “vcpu”")

    def test_bytes_that_are_no_text(self) -> None:
        with pytest.raises(Unreadable, match=r"a.yaml:2:1: this is not UTF-8"):
            decoded(b"policy: a\nmembers: \xff\n", "a.yaml")
        with pytest.raises(Unreadable, match=r"more than 262,144 bytes"):
            decoded(b" " * (LARGEST_FILE_BYTES + 1), "a.yaml")
        assert decoded(b"\xef\xbb\xbfpolicy: a", "a.yaml") == "policy: a"

    def test_hostile_names_are_made_visible(self) -> None:
        found = problems('policy: a\nmembers: template\n"\\e[31m\\u202e": 1\n')
        assert found[0].startswith("a.yaml:3:1: a policy knows no “␛[31m⟨U+202E⟩”")


def check_outcome(found: Document) -> None:
    """Either something is said and nothing wrong, or each thing that is wrong has a place and an advice."""
    assert (found.said is None) == bool(found.problems)
    for problem in found.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message
        assert problem.advice
        assert len(str(problem)) < 2_000
    msgspec.json.encode((found.said, found.problems), enc_hook=str)  # can be told to a client


SEEDS = [
    POLICY,
    'group: web\nmembers: \'glob(name, "web*") or group("www")\'\ninclude: [a, vm/x/1]\nexclude: [b]\n',
    "baseline: gold\nmembers: template\ngold: a\nwatch: [nics*, disks*]\nseverity: low\n",
    *(with_check(f"{kind}: {check.examples[0]}") for kind, check in sorted(CHECKS.items())),
]
HOSTILE = [
    *("&a", "*a", "!!python/name:os.system", "<<: *a", "---", "...", "%TAG ! a", "\t", "\x00", "\x85", "\u2028"),
    *("\ufeff", "\u202e", "\ud800", "\U0010ffff", "\r", "\r\n", "{", "}", "[", "]", "[[[[[[[[", "- - - - - -", "? "),
    *(": ", ": :", "|", ">", "|9", ">-\n", "'", '"', "\\", '"\\U00110000"', "#", "@", "`", "null", "~", "yes", ".nan"),
    *("-.inf", "1e999", "0x", "0o8", "9" * 50, "-1", "5000", "true", "2026-01-31", "policy: b\n", "checks: []\n"),
    *('group("a")', "a" * 5_000, "(" * 300, "not " * 300),
]


def mutated(chance: random.Random) -> str:
    """A policy file that somebody, or something, got wrong in one to four places."""
    text = chance.choice(SEEDS)
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        place = chance.randrange(len(text) + 1)
        line = chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                text = text[:place] + chance.choice(HOSTILE) + text[place:]
            case 1:
                text = text[:place] + text[place + chance.randint(1, 9) :]
            case 2:
                text = text[:place] + chance.choice(string.printable) + text[place + 1 :]
            case 3:
                text = "\n".join([*lines[:line], lines[line], *lines[line:]])
            case 4:
                text = "\n".join([*lines[:line], *lines[line + 1 :]])
            case 5:
                text = "\n".join([*lines[:line], " " * chance.randint(1, 4) + lines[line], *lines[line + 1 :]])
            case 6:
                text = "\n".join([*lines[:line], lines[line].lstrip(), *lines[line + 1 :]])
            case 7:
                key, colon, _ = lines[line].partition(":")
                text = "\n".join([*lines[:line], f"{key}{colon} {chance.choice(HOSTILE)}", *lines[line + 1 :]])
            case 8:
                chance.shuffle(lines)
                text = "\n".join(lines)
    return text


class TestHostileFiles:
    def test_a_thousand_of_them(self) -> None:
        chance = random.Random(20260211)
        outcomes = set()
        for _ in range(1_000):
            found = document(mutated(chance), "a.yaml")
            check_outcome(found)
            outcomes.add(found.said is None)
        assert outcomes == {True, False}  # some are still valid, so that what is tested is close to what is right

    @given(st.text(st.characters(codec=None), max_size=200))
    def test_any_text(self, text: str) -> None:
        check_outcome(document(text, "a.yaml"))

    @given(st.binary(max_size=200))
    def test_any_bytes(self, content: bytes) -> None:
        try:
            found = document(decoded(content, "a.yaml"), "a.yaml")
        except Unreadable as error:
            found = unreadable(error.problem)
        check_outcome(found)

    @pytest.mark.parametrize("text", SEEDS)
    def test_what_they_are_made_of_is_valid(self, text: str) -> None:
        assert problems(text) == []


PAGE = Path(__file__).parents[3] / "docs" / "policies.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)


class TestPage:
    @pytest.mark.parametrize("example", EXAMPLES)
    def test_its_examples_are_valid(self, example: str) -> None:
        assert problems(example) == []

    def test_it_has_one_of_each_kind(self) -> None:
        assert {type(document(example, "a.yaml").said) for example in EXAMPLES} == {Policy, Group, Baseline}

    def test_it_has_every_key_and_bound(self) -> None:
        page = PAGE.read_text()
        for form in (*forms.FORMS.values(), forms.RuleForm, forms.RespondForm):
            for field in msgspec.structs.fields(form):
                assert f"`{field.name}`" in page or f"\n{field.name}:" in page, field.name
        assert "256 KiB" in page
        assert LARGEST_FILE_BYTES == 256 << 10
        for bound in (
            f"{MOST_NODES:,} values",
            f"{MAX_DEPTH} levels",
            f"{MOST_FILES:,} files",
            f"{MOST_CLAUSES:,} clau",
        ):
            assert bound in page


class TestTree:
    def test_every_node_knows_where_it_is_written(self) -> None:
        root = read(POLICY, "a.yaml")
        waiting = [root]
        while waiting:
            node = waiting.pop()
            line = POLICY.split("\n")[node.line - 1]
            assert POLICY.find(line[node.column - 1 :]) == node.start
            match node:
                case _ if hasattr(node, "source"):
                    assert POLICY[node.start : node.end] == node.source
                case _ if hasattr(node, "items"):
                    waiting.extend(node.items)
                case _:
                    waiting.extend(value for _, value in node.entries)
        assert isinstance(value_of(root), dict)
