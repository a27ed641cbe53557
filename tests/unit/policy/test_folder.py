"""A folder of policies while people, and others, work on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest

from vmi_console.policy import folder as folder_module
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.policies import PolicySet, Problem
from vmi_console.policy.reading import Unreadable

GOOD = "policy: {name}\nmembers: {members}\nchecks:\n  - vlans: {{allowed: [{vlan}]}}\n"


class Folder:
    """A folder, and what is in force of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.policies = PolicyFolder(path)
        self._ticks = 0

    def write(self, file: str, text: str) -> None:
        path = self.path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self._ticks += 1  # so that two edits within one tick of the file system's clock are two
        os.utime(path, ns=(self._ticks, self._ticks))

    def policy(self, file: str, name: str = "a", members: str = "template", vlan: int = 1) -> None:
        self.write(file, GOOD.format(name=name, members=members, vlan=vlan))

    def group(self, file: str, name: str, members: str = "template") -> None:
        self.write(file, f"group: {name}\nmembers: '{members}'\n")

    def look(self) -> PolicySet:
        self.policies.refresh()
        return self.policies.policies

    def vlans(self) -> dict[str, int]:
        """The VLAN that each policy in force allows."""
        return {each.name: each.rules[0].check.allowed[0] for each in self.look().policies}  # type: ignore[attr-defined]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def told(policies: PolicySet) -> list[str]:
    return [str(problem) for problem in policies.problems]


class TestChanges:
    def test_files_come_change_and_go(self, folder: Folder) -> None:
        assert folder.look() == PolicySet()
        folder.policy("a.yaml")
        folder.group("sub/g.yml", "web")
        folder.write("README.md", "no policy: [")
        folder.write(".hidden.yaml", "no policy: [")
        first = folder.policies.refresh()
        assert first is not None
        assert [each.file for each in first.policies] == ["a.yaml"]
        assert [each.file for each in first.groups] == ["sub/g.yml"]
        assert folder.policies.refresh() is None
        folder.policy("a.yaml", vlan=2)
        assert folder.vlans() == {"a": 2}
        (folder.path / "a.yaml").rename(folder.path / "b.yaml")
        assert folder.vlans() == {"a": 2}
        assert folder.look().problems == ()
        (folder.path / "b.yaml").unlink()
        assert folder.vlans() == {}

    def test_a_comment_changes_the_digest_and_nothing_in_force(self, folder: Folder) -> None:
        folder.policy("a.yaml")
        before, digests = folder.look(), folder.policies.digests
        folder.write("a.yaml", "# new\n" + (folder.path / "a.yaml").read_text())
        assert folder.policies.refresh() is None
        assert folder.policies.policies == before
        assert folder.policies.digests != digests

    def test_true_is_not_one(self, folder: Folder) -> None:
        text = "policy: a\nmembers: template\nchecks:\n  - settings: {isolation.tools.copy.disable: {equals: VALUE}}\n"
        folder.write("a.yaml", text.replace("VALUE", "true"))
        folder.look()
        folder.write("a.yaml", text.replace("VALUE", "1"))
        assert folder.policies.refresh() is not None

    def test_a_file_that_could_not_be_read_is_read_again(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.policy("a.yaml", vlan=1)
        folder.look()
        folder.policy("a.yaml", vlan=2)
        with monkeypatch.context() as patched:
            patched.setattr(folder_module, "read_file", _too_many_open_files)
            assert folder.vlans() == {"a": 1}
            assert folder.look().stale == ("a.yaml",)
            assert folder.policies.refresh() is None
        assert folder.vlans() == {"a": 2}


def _too_many_open_files(path: Path, file: str) -> str:
    raise Unreadable(Problem(file=file, message="it cannot be read: Too many open files", advice="close some"))


class TestLastGoodVersion:
    def test_of_a_broken_file(self, folder: Folder) -> None:
        folder.policy("a.yaml", vlan=1)
        folder.look()
        folder.write("a.yaml", "policy: a\nmembers: [")
        assert folder.vlans() == {"a": 1}
        broken = folder.look()
        assert broken.stale == ("a.yaml",)
        assert told(broken)[0].startswith("a.yaml:2:11: this is no YAML")
        folder.policy("a.yaml", vlan=3)
        assert folder.vlans() == {"a": 3}
        assert (folder.look().stale, folder.look().problems) == ((), ())

    def test_there_is_none_of_a_file_that_was_never_good(self, folder: Folder) -> None:
        folder.write("a.yaml", "policy: a")
        folder.policy("b.yaml", "b")
        assert folder.vlans() == {"b": 1}
        assert folder.look().stale == ()
        assert len(folder.look().problems) == 1

    def test_of_a_group_that_is_broken(self, folder: Folder) -> None:
        folder.group("g.yaml", "web")
        folder.policy("a.yaml", members="group('web')")
        folder.look()
        folder.write("g.yaml", "group: web\nmembers: nme == 1\n")
        assert folder.vlans() == {"a": 1}
        assert [each.members for each in folder.look().groups] == ["template"]
        assert folder.look().stale == ("g.yaml",)

    def test_of_groups_that_go_round_in_a_circle(self, folder: Folder) -> None:
        folder.group("g.yaml", "g")
        folder.group("h.yaml", "h", 'group("g")')
        folder.policy("a.yaml", members="group('h')")
        folder.look()
        folder.group("g.yaml", "g", 'template or group("h")')
        assert folder.vlans() == {"a": 1}
        policies = folder.look()
        assert told(policies) == ["g.yaml:2:23: these groups go round in a circle: g → h → g (see docs/query.md for"
                                  " what a query can say)"]  # fmt: skip
        assert policies.stale == ("g.yaml",)

    def test_a_circle_from_the_start_leaves_those_in_it_out(self, folder: Folder) -> None:
        folder.group("g.yaml", "g", 'group("h")')
        folder.group("h.yaml", "h", 'group("g")')
        folder.policy("a.yaml", members="group('h')")
        folder.policy("b.yaml", "b")
        assert folder.vlans() == {"b": 1}
        assert sorted({problem.file for problem in folder.look().problems}) == ["a.yaml", "g.yaml", "h.yaml"]

    def test_a_group_that_is_gone_but_still_named(self, folder: Folder) -> None:
        folder.group("g.yaml", "web")
        folder.policy("a.yaml", members="group('web')")
        folder.look()
        (folder.path / "g.yaml").unlink()
        for file in ("b.yaml", "c.yaml"):
            assert folder.vlans()["a"] == 1
            assert told(folder.look())[0].startswith("g.yaml: the group “web” is gone but still named")
            assert folder.look().stale == ("g.yaml",)
            folder.policy(file, file)  # so that there is another look at everything
        folder.policy("a.yaml", vlan=5)
        assert (folder.look().groups, folder.look().problems, folder.look().stale) == ((), (), ())

    def test_a_group_that_was_renamed_under_those_who_name_it(self, folder: Folder) -> None:
        folder.group("g.yaml", "web")
        folder.policy("a.yaml", members="group('web')")
        folder.look()
        folder.group("g.yaml", "www")
        assert [each.name for each in folder.look().groups] == ["web"]
        assert folder.look().stale == ("g.yaml",)
        folder.policy("a.yaml", members="group('www')")
        assert [each.name for each in folder.look().groups] == ["www"]
        assert folder.look().problems == ()

    def test_a_policy_that_comes_to_name_no_group(self, folder: Folder) -> None:
        folder.group("g.yaml", "web")
        folder.policy("a.yaml", vlan=1)
        folder.look()
        folder.policy("a.yaml", members="group('wbe')", vlan=2)
        assert folder.vlans() == {"a": 1}
        assert told(folder.look()) == ['a.yaml:2:10: there is no group “wbe” (did you mean group("web")?)']


class TestNames:
    def test_whoever_had_a_name_first_keeps_it(self, folder: Folder) -> None:
        folder.policy("b.yaml", "a", vlan=1)
        folder.look()
        folder.policy("a.yaml", "a", vlan=2)
        assert folder.vlans() == {"a": 1}
        assert told(folder.look())[0].startswith("a.yaml:1:9: there is a policy “a” in b.yaml already")

    def test_a_policy_and_a_group_may_have_the_same(self, folder: Folder) -> None:
        folder.policy("a.yaml", "web", members="group('web')")
        folder.group("g.yaml", "web")
        assert folder.look().problems == ()

    def test_many_files_of_one_name(self, folder: Folder) -> None:
        for number in range(200):
            folder.policy(f"{number:03}.yaml", "a", vlan=number)
        assert folder.vlans() == {"a": 0}
        assert len(folder.look().problems) == 199


class TestHostileFolders:
    @pytest.mark.skipif(sys.platform == "win32", reason="made of what POSIX has")
    def test_links_pipes_and_folders(self, folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> None:
        secret = tmp_path_factory.mktemp("elsewhere") / "secret.yaml"
        secret.write_text(GOOD.format(name="secret", members="template", vlan=9))
        (folder.path / "link.yaml").symlink_to(secret)
        (folder.path / "loop").symlink_to(folder.path)
        (folder.path / "gone.yaml").symlink_to("nowhere")
        os.mkfifo(folder.path / "pipe.yaml")
        (folder.path / "folder.yaml").mkdir()
        folder.policy("good.yaml")
        assert folder.vlans() == {"a": 1}
        assert [problem.file for problem in folder.look().problems] == ["gone.yaml", "link.yaml", "pipe.yaml"]
        assert all("link or no regular file" in problem.message for problem in folder.look().problems)

    @pytest.mark.skipif(sys.platform != "linux", reason="names need not be text there only")
    def test_names_that_are_no_text(self, folder: Folder) -> None:
        Path(os.fsdecode(os.fsencode(folder.path) + b"/\xff.yaml")).write_text("policy: a")
        assert "is not UTF-8" in told(folder.look())[0]
        msgspec.json.encode(folder.look().problems)

    def test_a_folder_that_is_away_leaves_all_as_it_was(self, folder: Folder) -> None:
        folder.policy("a.yaml")
        folder.look()
        folder.path.rename(folder.path.with_name("away"))
        away = folder.look()
        assert [each.name for each in away.policies] == ["a"]
        assert away.stale == ("a.yaml",)
        assert away.problems[0].message == "it is not there"
        folder.path.with_name("away").rename(folder.path)
        back = folder.look()
        assert (back.stale, back.problems) == ((), ())

    def test_too_many_files(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.policy("a.yaml")
        folder.look()
        monkeypatch.setattr(folder_module, "MOST_FILES", 3)
        for number in range(4):
            folder.policy(f"{number}.yaml", str(number))
        assert [each.name for each in folder.look().policies] == ["a"]
        assert "more than 3 policy files" in folder.look().problems[0].message
