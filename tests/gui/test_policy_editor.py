"""The window of the policies: two views of one text, what is wrong, the folder, arming, and leaving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from tests.console import eventually
from tests.gui.desks import new_desk
from tests.gui.estates import NotingEngine, link_up
from vmi_console.engine.protocol import PolicyStanding, Posture
from vmi_console.errors import StorageError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.policy_editor.fields import Field
from vmi_console.gui.policy_editor.window import PolicyWindow
from vmi_console.policy import saving
from vmi_console.policy.documents import document
from vmi_console.policy.policies import Automatic, Policy
from vmi_console.policy.preview import Listed, Preview

WEB = """\
# why we have this
policy: Web
members: '"pci" in tags'  # the segment
severity: high
checks:
  - vlans: {allowed: [110, 120]}  # and no other
  - tools
respond: {quarantine: automatic}
"""
GROUP = 'group: Servers\nmembers: power == "on"\n'


class FolderEngine(NotingEngine):
    """Keeps the documents of a folder in memory, and refuses as the engine does what was changed meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.files = {"web.yaml": WEB, "servers.yaml": GROUP}
        self.sound = set(self.files)  # a version of them is in force, whatever the file says now

    async def call(self, command: str, /, **arguments: Any) -> Any:
        answer = await super().call(command, **arguments)
        file = arguments.get("file", "")
        match command:
            case "policies":
                return [self._told(each) for each in self.files]
            case "preview":
                draft = document(arguments["text"], file)
                listed = Listed(vm=EntityId("vm/vc/1"), name="<b>web-1</b>", evidence="VLAN 666")
                told = Preview(members=3, newly_failing=1, first_newly_failing=(listed,), first_members=(listed,))
                return msgspec.to_builtins(Preview(problems=draft.problems) if draft.said is None else told)
            case "save_policy" | "delete_policy":
                there = self.files.get(file)
                if (None if there is None else saving.digest(there)) != arguments["was"]:
                    raise StorageError("it was changed by somebody else meanwhile")
                if command == "save_policy":
                    self.files[file] = arguments["text"]
                else:
                    del self.files[file]
        return answer

    def _told(self, file: str) -> dict[str, Any]:
        text = self.files[file]
        read = document(text, file)
        said = read.said
        kind = type(said).__name__.lower() if said is not None else ""
        name = said.name if said is not None else ""
        told = {"file": file, "text": text, "digest": saving.digest(text), "kind": kind, "name": name}
        stale = said is None and file in self.sound
        return told | {"stale": stale, "problems": msgspec.to_builtins(read.problems)}


def write(field: Field, text: str) -> None:
    """Writes something into a field as an operator does."""
    box = field.focusProxy()
    if isinstance(box, QPlainTextEdit):
        box.setPlainText(text)
    else:
        assert isinstance(box, QLineEdit)
        box.setText(text)
        box.textEdited.emit(text)


class Opened:
    """The window on its folder."""

    def __init__(self, window: PolicyWindow, engine: FolderEngine, desk: Desk) -> None:
        self.window = window
        self.engine = engine
        self.desk = desk

    @property
    def text(self) -> str:
        draft = self.window.editor.draft
        assert draft is not None
        return draft.text

    async def open(self, file: str) -> None:
        self.window.come_forward(file)
        await eventually(lambda: self.window.editor.draft is not None and self.window.editor.draft.file == file)
        await self.settle()

    async def settle(self) -> None:
        draft = self.window.editor.draft
        await eventually(lambda: draft is None or (draft.is_settled and draft.document is not None))
        preview = self.window.preview
        await eventually(
            lambda: not (preview._typed.isActive() or preview._later.isActive()) and preview._asked is None
        )

    async def look(self) -> None:
        """The window looks at the folder and has seen what is there."""
        seen: list[None] = []
        self.window.folder.listed.connect(lambda: seen.append(None))
        self.window.folder.look()
        await eventually(lambda: bool(seen))

    async def idle(self) -> None:
        await eventually(lambda: not self.desk.errands.under_way)

    def names(self) -> list[str]:
        return [entry.name for entry in self.window.library.rows]

    def calls(self, command: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.engine.calls if name == command]

    def answer(self, words: str) -> None:
        next(button for button in self.window.asking.buttons if words in button.text()).click()


@pytest.fixture
async def opened(qapp: QApplication) -> AsyncIterator[Opened]:
    engine = FolderEngine()
    desk = new_desk(engine)
    link_up(desk.replica)
    top = QWidget()
    window = PolicyWindow(desk, top)
    QAbstractItemModelTester(window.library, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    opened = Opened(window, engine, desk)
    await opened.open("web.yaml")
    yield opened
    window.hide()
    await desk.errands.close()
    top.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def test_what_the_form_changes_leaves_the_rest_of_the_text_alone(opened: Opened) -> None:
    form = opened.window.editor.form
    write(form.cards[0].fields["checks", 0, "vlans", "allowed"], "110\n130-139")
    await opened.settle()
    assert opened.text == WEB.replace("[110, 120]", '[110, "130-139"]')
    assert opened.window.editor.text.text == opened.text
    opened.window.undo.trigger()
    await opened.settle()
    assert opened.text == WEB
    assert form.cards[0].fields["checks", 0, "vlans", "allowed"].written == [110, 120]


async def test_what_is_typed_as_text_shows_in_the_form(opened: Opened) -> None:
    editor = opened.window.editor
    editor.text.typed.emit(WEB.replace("policy: Web", "policy: Shop").replace("high", "critical"))
    await opened.settle()
    assert editor.form._fields["policy",].written == "Shop"
    assert editor.form._fields["severity",].written == "critical"
    assert opened.names() == ["Shop", "Servers"]


async def test_rows_and_expression_are_two_views_of_the_members(opened: Opened) -> None:
    form = opened.window.editor.form
    form.rows.add.click()
    await opened.settle()
    assert form.expression.text == '"pci" in tags and power == "on"'
    assert 'members: \'"pci" in tags and power == "on"\'  # the segment' in opened.text
    form.expression.box.setPlainText('not ("db" in tags or vcpus > 4)')
    await opened.settle()
    assert [edit.row.subject for edit in form.rows.rows] == ["tags", "vcpus"]
    assert form.rows.combine.currentData() == "none"
    form.rows.rows[1].value.setText("8")
    form.rows.rows[1].value.textEdited.emit("8")
    await opened.settle()
    assert form.expression.text == 'not ("db" in tags or vcpus > 8)'


async def test_a_wrong_expression_is_underlined_and_said_everywhere(opened: Opened) -> None:
    editor = opened.window.editor
    editor.form.expression.box.setPlainText('"pci" in tgs')
    await opened.settle()
    assert editor.form.expression.error is not None
    assert editor.form.expression.error.column == 9
    assert len(editor.form.expression.box.extraSelections()) == 1
    (wrong,) = editor.text.wrong_in(3)
    assert wrong.column == len("members: '") + 9 + 1
    assert len(editor.text.extraSelections()) == 1
    assert [edit.row.subject for edit in editor.form.rows.rows] == ["tags"], "the rows stay as they were"
    await eventually(lambda: bool(opened.window.preview.preview and opened.window.preview.preview.problems))
    assert not opened.window.preview.list.isVisible()


async def test_completion_offers_the_rest_of_a_word(opened: Opened) -> None:
    box = opened.window.editor.form.expression.box
    opened.window.activateWindow()
    box.setFocus()
    await eventually(box.hasFocus)
    box.selectAll()
    QTest.keyClicks(box, '"pci" in tag')
    popup = box.completions.list
    assert popup.isVisible()
    assert popup.model().index(0, 0).data() == "tags"
    QTest.keyClick(popup, Qt.Key.Key_Tab)
    assert box.toPlainText() == '"pci" in tags'
    assert not popup.isVisible()
    QTest.keyClicks(box, " ")
    QTest.keyClick(box, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert popup.isVisible()
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    await opened.settle()
    assert '"pci" in tags' in opened.text


async def test_a_problem_stands_beside_its_field(opened: Opened) -> None:
    editor = opened.window.editor
    editor.text.typed.emit(WEB.replace("[110, 120]", "[110, 9999]"))
    await opened.settle()
    wrong = editor.form.cards[0].fields["checks", 0, "vlans", "allowed"]
    assert not wrong._wrong.isHidden()
    assert editor.form._fields["severity",]._wrong.isHidden()
    editor.text.typed.emit(WEB)
    await opened.settle()
    assert wrong._wrong.isHidden()


async def test_typing_is_one_step_and_undone_from_any_view(opened: Opened) -> None:
    editor = opened.window.editor
    editor.views.setCurrentWidget(editor.text)
    editor.text.setFocus()
    QTest.keyClicks(editor.text, "# so ")
    write(editor.form._fields["priority",], "7")
    await opened.settle()
    assert opened.text.startswith("# so # why")
    assert "priority: 7" in opened.text
    opened.window.undo.trigger()
    assert opened.text == "# so " + WEB
    opened.window.undo.trigger()
    assert opened.text == WEB
    assert not opened.window.undo.isEnabled()
    opened.window.redo.trigger()
    opened.window.redo.trigger()
    assert "priority: 7" in editor.text.text
    await opened.settle()


@pytest.mark.parametrize("text", ["a: 1\r\nb: 2\r\n", "# \U0001f600 first\ngroup: \U0001f600\u00a0x\n", "", "x"])
async def test_the_text_view_keeps_every_character(opened: Opened, text: str) -> None:
    view = opened.window.editor.text
    for shown in (text, text + "# more\U0001f600" + ("\r\n" if "\r" in text else "\n"), text):
        view.show_text(shown)
        assert view.text == shown


async def test_saving_writes_through_the_engine_and_calms_the_list(opened: Opened) -> None:
    window = opened.window
    window.editor.text.typed.emit(WEB.replace("high", "low"))
    await opened.settle()
    assert window.library.state(window.library.rows[0])[0] == "edited"
    assert window.isWindowModified()
    window.save.trigger()
    await opened.idle()
    assert opened.engine.files["web.yaml"] == WEB.replace("high", "low")
    assert opened.calls("save_policy")[0]["was"] == saving.digest(WEB)
    assert not window.save.isEnabled()
    assert not window.isWindowModified()
    await opened.settle()


async def test_the_changes_are_those_of_the_file(opened: Opened) -> None:
    editor = opened.window.editor
    editor.text.typed.emit(WEB.replace("high", "low"))
    editor.views.setCurrentWidget(editor.changes)
    await eventually(lambda: "+severity: low" in editor.changes.toPlainText())
    assert "-severity: high" in editor.changes.toPlainText()
    await opened.settle()


async def test_what_somebody_else_wrote_is_followed_unless_there_is_something_to_lose(opened: Opened) -> None:
    window = opened.window
    theirs = WEB.replace("high", "low")
    opened.engine.files["web.yaml"] = theirs
    await opened.look()
    assert opened.text == theirs
    assert window.asking.isHidden()
    mine = theirs.replace("Web", "Mine")
    window.editor.text.typed.emit(mine)
    opened.engine.files["web.yaml"] = WEB
    await opened.look()
    assert opened.text == mine
    assert window.asking.isVisible()
    opened.answer("Reload")
    assert opened.text == WEB
    window.undo.trigger()
    assert opened.text == mine
    opened.engine.files["web.yaml"] = theirs
    await opened.look()
    opened.answer("Keep")
    window.save.trigger()
    await opened.idle()
    assert opened.engine.files["web.yaml"] == mine
    await opened.settle()


@pytest.mark.parametrize(
    ("new", "told"),
    [(False, "saved, and in force"), (False, "the version before them stays in force"), (True, "it is not in force")],
)
async def test_what_is_saved_with_a_mistake_is_not_said_to_be_in_force(opened: Opened, new: bool, told: str) -> None:
    window = opened.window
    if new:
        window.new_group.trigger()
    else:
        await opened.open("web.yaml")
    broken = "and in force" not in told
    window.editor.text.typed.emit("bad: [unclosed" if broken else f"{WEB}# seen\n")
    await opened.settle()
    window.save.trigger()
    await opened.idle()
    assert window.notice.text().endswith(told)
    await opened.settle()


async def test_a_save_that_is_refused_loses_nothing(opened: Opened) -> None:
    window = opened.window
    mine = WEB.replace("Web", "Mine")
    window.editor.text.typed.emit(mine)
    opened.engine.files["web.yaml"] = GROUP.replace("Servers", "Other")
    window.save.trigger()
    await eventually(lambda: window.asking.isVisible())
    assert opened.text == mine
    assert "somebody else" in window.notice.text()


async def test_deleting_can_be_undone(opened: Opened) -> None:
    window = opened.window
    window.delete.trigger()
    await opened.idle()
    assert opened.names() == ["Servers"]
    assert "web.yaml" not in opened.engine.files
    window.undo_done.click()
    await opened.idle()
    assert opened.engine.files["web.yaml"] == WEB
    assert opened.names() == ["Web", "Servers"]


async def test_a_new_policy_begins_with_an_example_and_is_not_in_force_before_it_is_saved(opened: Opened) -> None:
    window = opened.window
    for action in window.new_policies:
        action.trigger()
        await opened.settle()
        assert window.editor.draft is not None
        assert window.editor.draft.document is not None
        assert window.editor.draft.document.problems == (), action.text()
    assert not opened.calls("save_policy")
    window.save.trigger()
    await opened.idle()
    assert len(opened.calls("save_policy")) == 1
    assert opened.calls("save_policy")[0]["was"] is None


async def test_leaving_asks_about_what_is_not_saved(opened: Opened) -> None:
    window = opened.window
    window.editor.text.typed.emit(WEB.replace("high", "low"))
    window.close()
    assert window.isVisible()
    assert window.asking.isVisible()
    opened.answer("Go on")
    assert window.isVisible()
    assert opened.text == WEB.replace("high", "low")
    window.close()
    opened.answer("Save")
    await eventually(lambda: not window.isVisible())
    assert opened.engine.files["web.yaml"] == WEB.replace("high", "low")
    await opened.open("web.yaml")
    window.editor.text.typed.emit(WEB)
    window.close()
    opened.answer("Discard")
    assert not window.isVisible()
    assert opened.engine.files["web.yaml"] == WEB.replace("high", "low")


async def test_arming_says_what_it_means_and_an_edit_what_it_costs(opened: Opened) -> None:
    window = opened.window
    assert window.arming.isHidden()
    window.preview.hide()  # which would be asked again after a while
    standing = PolicyStanding(name="Web", file="web.yaml", automatic=Automatic.AUTOMATIC, members=3)
    opened.desk.replica.stood(Posture(folder="/policies", policies=(standing,)))
    assert window.arming.isVisible()
    assert window.arming.arm.isEnabled()
    assert window.library.state(window.library.rows[0])[0] == "needs arming"
    window.arming.arm.click()
    assert "at most 5 VMs" in window.asking.label.text()
    opened.answer("Cancel")
    assert not opened.calls("arm")
    window.arming.arm.click()
    opened.answer("Arm")
    await opened.idle()
    assert opened.calls("arm") == [{"policy": "Web"}]
    window.editor.text.typed.emit(WEB.replace("high", "low"))
    assert not window.arming.arm.isEnabled()
    await opened.settle()
    await opened.settle()


async def test_the_preview_follows_the_text_and_names_stay_plain(opened: Opened) -> None:
    preview = opened.window.preview
    await eventually(lambda: preview.preview is not None)
    before = len(opened.calls("preview"))
    opened.window.editor.text.typed.emit(WEB.replace("high", "low"))
    await eventually(lambda: len(opened.calls("preview")) > before)
    assert opened.calls("preview")[-1]["text"] == opened.text
    chosen: list[str] = []
    opened.window.chosen.connect(chosen.append)
    await eventually(lambda: preview.list.isVisible())
    preview.list.activated.emit(preview.list.model().index(0, 0))
    assert chosen == ["vm/vc/1"]
    assert preview.list.model().index(0, 0).data() == "<b>web-1</b>"


async def test_the_list_is_narrowed_by_words(opened: Opened) -> None:
    QTest.keyClicks(opened.window.filter, "grou serv")
    assert opened.names() == ["Servers"]
    QTest.keyClick(opened.window.filter, Qt.Key.Key_Backspace)
    opened.window.filter.clear()
    assert opened.names() == ["Web", "Servers"]


async def test_a_rule_that_is_asked_for_is_gone_to(opened: Opened) -> None:
    await opened.open("servers.yaml")
    said = document(WEB, "web.yaml").said
    assert isinstance(said, Policy)
    opened.window.come_forward("web.yaml", said.rules[1].key)
    form = opened.window.editor.form
    await eventually(lambda: len(form.cards) == 2 and form.cards[1].isAncestorOf(opened.window.focusWidget()))
    opened.window.come_forward("web.yaml", said.rules[0].key)  # it is open already
    await eventually(lambda: form.cards[0].isAncestorOf(opened.window.focusWidget()))
    opened.window.come_forward("web.yaml", "no such rule")
    await opened.settle()


async def test_the_preview_leads_to_the_vm_by_keyboard(opened: Opened) -> None:
    await opened.open("web.yaml")
    chosen: list[str] = []
    opened.window.chosen.connect(chosen.append)
    opened.window.go_preview.trigger()
    assert opened.window.preview.list.hasFocus()
    QTest.keyClick(opened.window.preview.list, Qt.Key.Key_Return)
    assert chosen == ["vm/vc/1"]
    opened.window.preview.show_vm.trigger()
    assert chosen == ["vm/vc/1", "vm/vc/1"]
