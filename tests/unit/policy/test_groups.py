"""Who belongs to a group and why; and when a policy may respond by itself."""

from __future__ import annotations

import contextlib

import pytest

from tests.unit.estate.builders import NOON, Estate, vm, vm_id
from vmi_console.errors import QueryError
from vmi_console.estate.records import Power
from vmi_console.policy.arming import fingerprint, may_act
from vmi_console.policy.documents import document
from vmi_console.policy.groups import MAX_LEVELS, Groups
from vmi_console.policy.policies import Group, Policy, PolicySet

WEB = Group(name="web", members='glob(name, "web*")', include=("portal", "vm/vc/9"), exclude=("web-lab",))
LIVE = Group(name="live", members='group("web") and power == "on" or "vip" in tags')
REST = Group(name="rest", members='not group("live")')


@pytest.fixture
def estate() -> Estate:
    estate = Estate()
    estate.tell(
        vm("1", name="web-1", power=Power.ON),
        vm("2", name="web-2", power=Power.OFF),
        vm("3", name="Web-Lab", power=Power.ON),
        vm("4", name="Portal", power=Power.ON),
        vm("5", name="db", power=Power.ON, tags=("vip",)),
        vm("6", name="web-6", power=Power.UNKNOWN),
        vm("9", name="nine", power=Power.ON),
    )
    return estate


def members(estate: Estate, groups: Groups, name: str) -> list[str]:
    inventory = estate.inventory
    return [entity.rpartition("/")[2] for entity in groups.named(name).filter(inventory.vms(), inventory, NOON)]


class TestMembership:
    def test_query_additions_and_exceptions(self, estate: Estate) -> None:
        assert members(estate, Groups([WEB]), "web") == ["1", "2", "4", "6", "9"]

    def test_groups_of_groups(self, estate: Estate) -> None:
        groups = Groups([REST, LIVE, WEB])
        assert members(estate, groups, "live") == ["1", "4", "5", "9"]
        assert members(estate, groups, "rest") == ["2", "3"]  # of the sixth nobody knows whether it is on

    def test_unknown_is_no_member_and_said(self, estate: Estate) -> None:
        groups, inventory = Groups([REST, LIVE, WEB]), estate.inventory
        sixth = inventory.vm(vm_id("6"))
        assert sixth is not None
        assert groups.named("live").evaluate(sixth, inventory, NOON) is None
        assert groups.named("rest").evaluate(sixth, inventory, NOON) is None

    def test_only_picks(self, estate: Estate) -> None:
        groups = Groups([Group(name="a", include=("db",))])
        assert members(estate, groups, "a") == ["5"]

    def test_what_it_reads_and_uses(self) -> None:
        groups = Groups([REST, LIVE, WEB])
        rest = groups.named("rest")
        assert rest.reads == {"name", "id", "power", "tags"}
        assert rest.uses == (LIVE, WEB)
        assert not rest.by_clock
        aged = groups.membership(Group(name="", members='group("web") and age(created) > 30'))
        assert aged.by_clock
        assert aged.uses == (WEB,)

    def test_one_and_all_agree(self, estate: Estate) -> None:
        groups, inventory = Groups([REST, LIVE, WEB]), estate.inventory
        for name in groups.names():
            member = groups.named(name)
            assert member.filter(inventory.vms(), inventory, NOON) == [
                each.id for each in inventory.vms() if member.matches(each, inventory, NOON)
            ]


class TestExplain:
    def test_clause_by_clause_through_groups(self, estate: Estate) -> None:
        first = estate.inventory.vm(vm_id("1"))
        assert first is not None
        why = Groups([REST, LIVE, WEB]).named("rest").explain(first, estate.inventory, NOON)
        assert (why.group, why.verdict, why.text) == ("rest", False, 'not group("live")')
        (clause,) = why.clauses
        assert (clause.text, clause.start, clause.end, clause.verdict) == ('group("live")', 4, 17, True)
        assert clause.via is not None
        assert [(each.text, each.verdict) for each in clause.via.clauses] == [
            ('group("web")', True),
            ('power == "on"', True),
            ('"vip" in tags', False),
        ]
        web = clause.via.clauses[0].via
        assert web is not None
        assert web.clauses[0].values == (("name", '"web-1"'),)
        assert LIVE.members[clause.via.clauses[1].start : clause.via.clauses[1].end] == 'power == "on"'

    def test_picks(self, estate: Estate) -> None:
        web, inventory = Groups([WEB]).named("web"), estate.inventory
        said = {}
        for each in inventory.vms():
            why = web.explain(each, inventory, NOON)
            said[each.name] = (why.verdict, why.picked, why.excepted)
        assert said["Portal"] == said["nine"] == (True, True, False)
        assert said["Web-Lab"] == (False, False, True)
        assert said["web-1"] == (True, False, False)
        assert said["db"] == (False, False, False)


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("members", "message", "column", "suggestion"),
        [
            ('template or group("wbe")', "there is no group “wbe”", 12, 'group("web")'),
            ('group("nothing alike")', "there is no group “nothing alike”", 0, ""),
            ('group("a")', "these groups go round in a circle: a → b → c → a", 0, ""),
            ('template or group("c")', "these groups go round in a circle: c → a → b → c", 12, ""),
            ('group("broken")', "the group “broken” cannot be used: there is no attribute “nme”", 0, ""),
            ('group("on broken")', "the group “broken” cannot be used: there is no attribute “nme”", 0, ""),
            ('group("self")', "these groups go round in a circle: self → self", 0, ""),
        ],
    )
    def test_is_told_where_it_is_named(self, members: str, message: str, column: int, suggestion: str) -> None:
        groups = Groups(
            [
                WEB,
                Group(name="a", members='group("b")'),
                Group(name="b", members='template and group("c")'),
                Group(name="c", members='not group("a")'),
                Group(name="broken", members='nme == "x"'),
                Group(name="on broken", members='group("broken")'),
                Group(name="self", members='group("self")'),
            ]
        )
        with pytest.raises(QueryError) as caught:
            groups.membership(Group(name="", members=members))
        assert (caught.value.message, caught.value.column, caught.value.suggestion) == (message, column, suggestion)

    def test_groups_that_double_with_each_level(self) -> None:
        chain = [Group(name=f"g{n}", members=f'group("g{n + 1}") or not group("g{n + 1}")') for n in range(15)]
        groups = Groups([*chain, Group(name="g15", members="template")])
        with pytest.raises(QueryError, match="has more than 2,000 clauses"):
            groups.named("g0")
        assert groups.named("g10").uses

    def test_too_many_levels_whoever_is_asked_first(self) -> None:
        chain = [Group(name=f"g{n}", members=f'template and group("g{n + 1}")') for n in range(5_000)]
        chain.append(Group(name="g5000", members="template"))
        deepest = 5_001 - MAX_LEVELS
        for first in ("g0", "g5000", f"g{deepest}"):
            groups = Groups(chain)
            with pytest.raises(QueryError) if first == "g0" else contextlib.nullcontext():
                groups.named(first)
            assert groups.named(f"g{deepest}").levels == MAX_LEVELS
            with pytest.raises(QueryError, match="more than 20 levels"):
                groups.named(f"g{deepest - 1}")

    def test_the_deepest_there_can_be_can_be_asked(self, estate: Estate) -> None:
        chain = [
            Group(name=f"g{n}", members=f'not (template or not (stale or group("g{n + 1}")))', include=("x",))
            for n in range(12)
        ]
        groups = Groups([*chain, Group(name="g12", members="template")])
        assert members(estate, groups, "g0") == []


POLICY = 'policy: a\nmembers: group("live")\nchecks:\n  - vlans: {allowed: [1]}\nrespond: {quarantine: automatic}\n'


def policy(text: str = POLICY) -> Policy:
    said = document(text, "a.yaml").said
    assert isinstance(said, Policy)
    return said


class TestArming:
    def test_the_same_words_are_armed(self) -> None:
        armed = fingerprint(policy(), Groups([LIVE, WEB]))
        rewritten = POLICY.replace("policy: a", "# edited\npolicy: 'a'  # a comment")
        assert fingerprint(policy(rewritten), Groups([REST, WEB, LIVE])) == armed
        assert may_act(policy(), PolicySet(groups=(LIVE, WEB)), armed)
        assert not may_act(policy(), PolicySet(groups=(LIVE, WEB)), None)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("policy: a", "policy: b"),
            ("policy: a", "policy: a\nenabled: false"),
            ("policy: a", "policy: a\nexclude: [x]"),
            ('group("live")', 'group("live") and template'),
            ("[1]", "[1, 2]"),
            ("quarantine: automatic", "quarantine: automatic, limit: {vms: 50}"),
            ("quarantine: automatic", "quarantine: automatic, after: 1s"),
        ],
    )
    def test_any_edit_of_the_policy_disarms(self, before: str, after: str) -> None:
        armed = fingerprint(policy(), Groups([LIVE, WEB]))
        assert not may_act(policy(POLICY.replace(before, after)), PolicySet(groups=(LIVE, WEB)), armed)

    @pytest.mark.parametrize(
        "web",
        [
            Group(name="web", members=WEB.members),
            Group(name="web", members='glob(name, "w*")', include=WEB.include, exclude=WEB.exclude),
            Group(name="web", members=WEB.members, include=WEB.include, exclude=WEB.exclude, description="x"),
        ],
    )
    def test_any_edit_of_a_group_it_uses_disarms(self, web: Group) -> None:
        armed = fingerprint(policy(), Groups([LIVE, WEB]))
        assert not may_act(policy(), PolicySet(groups=(LIVE, web)), armed)

    def test_a_group_that_is_gone_disarms(self) -> None:
        armed = fingerprint(policy(), Groups([LIVE, WEB]))
        assert not may_act(policy(), PolicySet(groups=(LIVE,)), armed)

    def test_an_edit_that_cannot_be_used_disarms(self) -> None:
        live = Group(name="live", members=LIVE.members, file="live.yaml")
        armed = fingerprint(policy(), Groups([live, WEB]))
        assert may_act(policy(), PolicySet(groups=(live, WEB), stale=("other.yaml",)), armed)
        assert not may_act(policy(), PolicySet(groups=(live, WEB), stale=("a.yaml",)), armed)
        assert not may_act(policy(), PolicySet(groups=(live, WEB), stale=("live.yaml",)), armed)
