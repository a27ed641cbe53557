"""Rules of the house that neither the linter nor import-linter can hold."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TASK_OWNERS = {"vmi_console/wire/tasks.py"}
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
LOCK_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock"}  # they hold the addresses of the index they were made with

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def committed() -> tuple[Path, ...]:
    """Every file of the project that git knows, or would."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every Python file: its path from the project's folder, and its syntax tree."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in committed()
        if path.suffix == ".py"
    )


def texts() -> Iterator[tuple[str, str]]:
    """Every committed text file: its path from the project's folder, and its content."""
    for path in committed():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


def test_there_is_something_to_look_at() -> None:
    assert {"vmi_console/errors.py", "tests/unit/test_architecture.py"} <= {name for name, _ in modules()}


def test_tasks_have_owners() -> None:
    """asyncio's loop keeps only a weak reference to a task: one without an owner can vanish, and its error with it.

    A loop's own `create_task` is the same call by another road; a task group's is the right one.
    """
    strays = [
        f"{name}:{node.lineno}: {ast.unparse(node.func)}"
        for name, tree in modules()
        if name.startswith("vmi_console/") and name not in TASK_OWNERS
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("create_task", "ensure_future")
        and re.search(r"\basyncio$|loop(\(\))?$", ast.unparse(node.func.value))
    ]
    assert not strays


def test_imports_are_absolute() -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_every_module_has_a_name_that_says_something() -> None:
    assert not [name for name, _ in modules() if EMPTY_NAMES & set(Path(name).with_suffix("").parts)]


def test_nothing_committed_belongs_to_one_machine() -> None:
    """Neither its folders nor the package index it happens to use."""
    folders = {f"{ROOT}/", f"{ROOT.parent}/", f"{Path.home()}/"} - {"/", "/root/", "/tmp/"}  # which every machine has
    index = re.compile(
        r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|registry|artifact|nexus|(?:deb|ftp|security)\.debian)[\w./-]*"
        r"|^--(?:index-url|extra-index-url|find-links)\b.*",
        re.MULTILINE,
    )
    found = [f"{name}: {folder}" for name, text in texts() for folder in folders if folder in text]
    found += [f"{name}: {match[0]}" for name, text in texts() for match in index.finditer(text)]
    found += [path.name for path in committed() if path.name in LOCK_FILES]
    assert not found


def _declared() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return declared


def _names(requirements: list[str]) -> set[str]:
    """The normalised names of requirements (PEP 503)."""
    return {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in requirements}  # type: ignore[index]


@pytest.mark.parametrize("pinned", ["runtime", "development", "libvirt"])
def test_what_pyproject_declares_is_pinned_with_hashes(pinned: str) -> None:
    declared = _declared()
    project = declared["project"]
    wanted = {
        "runtime": project["dependencies"],
        "development": project["dependencies"] + declared["dependency-groups"]["dev"],
        "libvirt": project["optional-dependencies"]["libvirt"],
    }[pinned]
    text = (ROOT / "requirements" / f"{pinned}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-])", text, flags=re.MULTILINE)[1:]
    assert all("==" in block.splitlines()[0] and "--hash=sha256:" in block for block in blocks)
    assert _names(wanted) <= _names(blocks), "run `make pins`"


def test_runtime_and_development_pin_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(r"^[\w.-]+==[^ ]+", (ROOT / "requirements" / name).read_text(encoding="utf-8"), re.MULTILINE)
        )

    assert pins("runtime.txt") <= pins("development.txt"), "run `make pins`"


def _public_definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    """Functions and classes of a module that others may use, those under a condition included."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.If):
            yield from _public_definitions(node.body + node.orelse)


def test_everything_public_says_what_it_is() -> None:
    silent = []
    for name, tree in modules():
        if not name.startswith("vmi_console/"):
            continue
        if not ast.get_docstring(tree):
            silent.append(name)
        silent += [
            f"{name}:{node.lineno}: {node.name}"
            for node in _public_definitions(tree.body)
            if not ast.get_docstring(node)
        ]
    assert silent == []
