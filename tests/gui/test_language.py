"""Texts in other languages: none is missing, none says something else with its placeholders, none breaks the window."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication, QTabBar

from tests.gui.estates import NotingEngine, change, estate, link_up, replay, vm
from vmi_console.gui import language
from vmi_console.gui.labels import ElidedLabel
from vmi_console.gui.language import FOLDER
from vmi_console.gui.replica import Replica
from vmi_console.gui.window import MainWindow
from vmi_console.gui.wording import Wording

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%L?n|\{\d*\}")
CODE = ROOT / "vmi_console" / "gui"
FILES = sorted(FOLDER.glob("vmi-console_*.ts"))


def messages(file: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Context, text and its translations of every message of a file."""
    for context in ET.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            yield context.findtext("name", ""), message.findtext("source", ""), forms


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_text_is_missing_and_placeholders_are_kept(file: Path) -> None:
    for context, text, forms in messages(file):
        for form in forms:
            assert form, f"{context}: “{text}” is not translated"
            if "%" in form or "{" in form or "{" in text:  # a form for one may say "one" instead of the number
                kept = sorted(PLACEHOLDER.findall(form))
                assert kept == sorted(PLACEHOLDER.findall(text)), f"{context}: “{text}” and “{form}” differ"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_have_the_texts_of_the_code(file: Path, tmp_path: Path) -> None:
    """What `make translations` would add is there."""
    fresh = tmp_path / file.name
    fresh.write_bytes(file.read_bytes())
    plural = ["-pluralonly"] if file.stem.endswith("_en") else []
    lupdate = Path(sys.executable).with_name("pyside6-lupdate")
    options = ["-silent", "-no-obsolete", *plural, "-locations", "none", "-extensions", "py"]
    subprocess.run([str(lupdate), *options, "vmi_console/gui", "-ts", str(fresh)], cwd=ROOT, check=True)
    there = {(context, text) for context, text, _ in messages(file)}
    wanted = {(context, text) for context, text, _ in messages(fresh)}
    assert wanted == there, "run `make translations`, and translate what is new"
    assert file.with_suffix(".qm").exists()


def test_every_text_of_the_code_is_looked_up_where_the_files_have_it() -> None:
    """`tr` looks under the class it is called on, and lupdate does not read what is inside an f-string."""
    wanted = {
        (name, text, file.relative_to(CODE).as_posix())
        for file in CODE.rglob("*.py")
        for name, text in calls_of_tr(ast.parse(file.read_text("utf-8")))
    }
    assert wanted
    there = {(context, text) for context, text, _ in messages(FOLDER / "vmi-console_de.ts")}
    assert not {(name, text, file) for name, text, file in wanted if (name, text) not in there}


def calls_of_tr(node: ast.AST, owner: str = "") -> Iterator[tuple[str, str]]:
    """The texts given to `tr`, with the class around each call; what another object translates has none."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "tr":
            own = isinstance(child.func.value, ast.Name) and child.func.value.id == "self"
            text = child.args[0]
            assert isinstance(text, ast.Constant), "lupdate reads only plain texts"
            yield owner if own else "", str(text.value)
        yield from calls_of_tr(child, child.name if isinstance(child, ast.ClassDef) else owner)


@contextmanager
def pseudo(app: QApplication) -> Iterator[None]:
    """Texts twice as long, and everything mirrored."""
    translator, before = language.Stretched(app), app.layoutDirection()
    app.installTranslator(translator)
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        yield
    finally:
        app.removeTranslator(translator)
        app.setLayoutDirection(before)


@pytest.mark.parametrize(
    ("path", "before", "after", "told"),
    [
        ("guest.tools", "not running", "running", "Gast · Tools: laufen nicht → laufen"),
        ("sockets[tcp:0.0.0.0:22]", None, {"port": 22}, "lauschender Socket tcp:0.0.0.0:22"),
        ("signs[hidden process:4711]", None, {"name": "hidden process"}, "Manipulationsspur hidden process:4711"),
        ("users[root].locked", True, False, "Benutzer root · gesperrt: ja → nein"),
    ],
)
def test_a_change_inside_a_guest_is_told_in_the_language(
    qapp: QApplication, path: str, before: Any, after: Any, told: str
) -> None:
    translator = QTranslator(qapp)
    assert translator.load(QLocale(QLocale.Language.German), "vmi-console", "_", str(FOLDER))
    one = vm(1)
    seen = change(1, one, path, before, after)
    qapp.installTranslator(translator)
    try:
        wording = Wording(Replica())
        said = wording.action(seen)
        if before is not None:
            said += ": " + " → ".join(wording.sides(seen))
    finally:
        qapp.removeTranslator(translator)
    assert said == told


def test_the_record_of_a_quarantine_is_named_and_not_spelled_out(qapp: QApplication) -> None:
    left = change(1, vm(1), "attributes[VMI Console quarantine]", None, "vmi1.eNrtV12O3DYSfieOPOM")
    assert Wording(Replica()).sides(left) == ("–", "the console's signed record")


def test_a_part_that_came_is_told_by_what_it_says_of_itself(qapp: QApplication) -> None:
    card = {"key": "4001", "label": "Network adapter 2", "network_name": "prod-db"}
    assert Wording(Replica()).sides(change(1, vm(1), "nics[4001]", None, card)) == ("–", "Network adapter 2 (prod-db)")
    heard = {"protocol": "tcp", "address": "::", "port": 23}
    assert Wording(Replica()).sides(change(1, vm(1), "sockets[tcp:::23]", heard, None)) == ("tcp [::]:23", "–")


def test_a_mirrored_name_stands_beside_its_icon(qapp: QApplication) -> None:
    with pseudo(qapp):
        label = ElidedLabel("web-pci-07")
        label.resize(400, 24)
        picture = label.grab().toImage()
        label.deleteLater()
    ground = picture.pixel(2, 2)
    inked = [x for x in range(400) if any(picture.pixel(x, y) != ground for y in range(24))]
    assert inked
    assert min(inked) > 200


async def test_texts_twice_as_long_leave_the_window_as_narrow_as_a_screen(qapp: QApplication) -> None:
    with pseudo(qapp):
        replica, engine = Replica(), NotingEngine()
        window = MainWindow(replica, engine)
        link_up(replica)
        window.show()
        replay(replica, estate(hosts=2, vms=8))
        replica.refresh()
        deadline = time.monotonic() + 5
        while not window.estate_dock.isVisible():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert window.minimumSizeHint().width() <= 1280
        texts = [tabs.tabText(place) for tabs in window.findChildren(QTabBar) for place in range(tabs.count())]
        assert any(text.startswith("[") for text in texts), "it is not in the pseudo-language"
        await window.errands.close()
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
