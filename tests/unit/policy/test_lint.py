"""`vmi-console policy`, as a person or a script starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.estate.builders import vm
from vmi_console.cli.vms import vm_meant
from vmi_console.errors import InputError

POLICY = """\
policy: Live web servers
members: 'group("web") and power == "on"'
checks:
  - vlans: {allowed: [1]}
"""
GROUP = "group: web\nmembers: 'glob(name, \"web*\")'\nexclude: [web-02]\n"
ESTATE = "demo://?hosts=3&vms=40"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "live.yaml").write_text(POLICY)
    (folder / "web.yaml").write_text(GROUP)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "XDG_RUNTIME_DIR": str(folder.parent),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONWARNINGS": "error",
    }
    return subprocess.run(
        [sys.executable, "-m", "vmi_console", "policy", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


class TestLint:
    def test_a_good_folder(self, folder: Path) -> None:
        done = run(folder, "lint", str(folder))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "1 policy, 1 group, 0 baselines, 0 problems\n"

    def test_problems(self, folder: Path) -> None:
        (folder / "web.yaml").write_text(GROUP.replace("exclude", "exlude"))
        done = run(folder, "lint", str(folder))
        assert done.returncode == 1
        assert done.stdout.splitlines() == [
            "live.yaml:2:11: there is no group “web” (see docs/query.md for what a query can say)",
            "web.yaml:3:1: a group knows no “exlude” (did you mean exclude?)",
            "0 policies, 0 groups, 0 baselines, 2 problems",
        ]
        report = json.loads(run(folder, "lint", str(folder), "--format", "json").stdout)
        assert report["problems"][1] == {
            "file": "web.yaml",
            "line": 3,
            "column": 1,
            "message": "a group knows no “exlude”",
            "advice": "did you mean exclude?",
        }

    def test_a_folder_that_is_none(self, folder: Path) -> None:
        done = run(folder, "lint", str(folder / "live.yaml"))
        assert (done.returncode, done.stdout) == (2, "")
        assert "is no folder" in done.stderr
        assert run(folder, "lint").returncode == run(folder).returncode == 2


class TestExplain:
    def test_clause_by_clause(self, folder: Path) -> None:
        done = run(folder, "explain", str(folder), "web-02", ESTATE)
        assert done.returncode == 0, done.stderr
        assert "no   policy Live web servers  (live.yaml)" in done.stdout.splitlines()
        assert '     no   group("web")' in done.stdout.splitlines()
        assert "          excepted by hand (exclude)" in done.stdout.splitlines()
        assert '          yes  glob(name, "web*")   name is "web-02"' in done.stdout.splitlines()

    def test_as_json(self, folder: Path) -> None:
        done = run(folder, "explain", str(folder), f"{ESTATE}#WEB-01", "--format", "json")
        assert done.returncode == 0, done.stderr
        report: Any = json.loads(done.stdout)
        assert report["vm_name"] == "web-01"
        policy, group = report["belongings"]
        assert (policy["kind"], policy["checks"]) == ("policy", ["vlans"])
        assert [clause["text"] for clause in policy["explanation"]["clauses"]] == ['group("web")', 'power == "on"']
        assert group["explanation"]["verdict"] is True

    def test_what_is_inside_a_guest_counts(self, folder: Path) -> None:
        (folder / "inside.yaml").write_text('group: any\nmembers: has_application("*")\n')
        done = run(folder, "explain", str(folder), f"{ESTATE}#web-01", "--format", "json")
        verdicts = {each["name"]: each["explanation"]["verdict"] for each in json.loads(done.stdout)["belongings"]}
        assert verdicts["any"] is True

    def test_which_vm_must_be_clear(self, folder: Path) -> None:
        several = run(folder, "explain", str(folder), "web-01", ESTATE, "demo://?hosts=3&vms=41")
        assert several.returncode == 2
        assert "2 VMs are meant by “web-01”" in several.stderr
        assert several.stderr.count("vm/demo-") == 2
        nowhere = run(folder, "explain", str(folder), "web-01")
        assert nowhere.returncode == 2
        assert "nothing says where the VM is" in nowhere.stderr


class TestWhichVmIsMeant:
    UUID = "4c4c4544-0043-3010-8052-b4c04f564231"

    def test_an_id_before_a_uuid_before_a_name(self) -> None:
        one, two = vm("1", name="web", uuid=self.UUID), vm("2", name=self.UUID)
        assert vm_meant([one, two], "vm/vc/2") is two
        assert vm_meant([one, two], self.UUID.upper()) is one
        assert vm_meant([one, two], "WEB") is one

    def test_the_exact_name_before_one_in_other_letters(self) -> None:
        one, two = vm("1", name="Web"), vm("2", name="web")
        assert vm_meant([one, two], "web") is two
        with pytest.raises(InputError, match="2 VMs are meant"):
            vm_meant([one, two], "WEB")

    def test_clones_with_one_uuid(self) -> None:
        with pytest.raises(InputError, match=r"say which one by its id: a \(vm/vc/1\), b \(vm/vc/2\)"):
            vm_meant([vm("1", name="a", uuid=self.UUID), vm("2", name="b", uuid=self.UUID)], self.UUID)

    def test_none(self) -> None:
        with pytest.raises(InputError, match=r"did you mean web-01\?"):
            vm_meant([vm("1", name="web-01"), vm("2", name="db")], "web-10")
