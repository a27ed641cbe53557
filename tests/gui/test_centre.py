"""Lines that come and go over the lower edge of the panes: nothing moves under the operator's hand."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect
from PySide6.QtWidgets import QWidget

from tests.gui import estates
from tests.gui.conftest import Console
from vmi_console.estate.identity import entity_id

VM = entity_id("vm", "vc", "1")


async def shown(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=8))
    console.window.selection.choose(VM)
    await console.settle()
    await console.until(console.window.estate_dock.isVisible)


def place(console: Console, widget: QWidget) -> QRect:
    """Where it is in the window."""
    return QRect(widget.mapTo(console.window, QPoint()), widget.size())


def hit(console: Console, widget: QWidget) -> bool:
    """Whether a click into its middle would be its own."""
    return console.window.childAt(place(console, widget).center()) is widget


async def test_nothing_moves_and_no_click_is_taken_when_a_line_comes(console: Console) -> None:
    await shown(console)
    window, line = console.window, console.window.notices.other
    parts = window.panel.heading, window.panel.tabs, window.panel, *window.docks
    before = [place(console, part) for part in parts]
    window.notices.say("It was written", entity=VM)
    assert line.isVisible()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert place(console, line).bottom() == place(console, window._centre).bottom()
    assert [place(console, part) for part in parts] == before
    assert not hit(console, line.remedy)
    await console.until(lambda: hit(console, line.remedy))
    await console.until(lambda: window.panel.height() == window._centre.height() - line.height())
    assert [place(console, part).topLeft() for part in parts] == [one.topLeft() for one in before]
    line.hide()
    await console.until(lambda: [place(console, part) for part in parts] == before)


async def test_a_long_text_has_the_rows_that_it_needs_and_leaves_the_docks_where_they_are(console: Console) -> None:
    await shown(console)
    window, line = console.window, console.window.notices.other
    window.resize(700, 500)
    await console.until(lambda: window._centre.width() < 500)
    docks = [place(console, dock) for dock in window.docks]
    window.notices.say("word " * 70, "advice " * 20, VM)
    await console.until(lambda: line.label.height() >= line.label.heightForWidth(line.label.width()))
    assert line.height() > 3 * line.label.fontMetrics().lineSpacing()
    assert [place(console, dock) for dock in window.docks] == docks


async def test_panes_are_never_squeezed_by_lines(console: Console) -> None:
    await shown(console)
    window = console.window
    window.resize(700, 400)
    window.notices.say("word " * 70, "advice " * 20, VM)
    least = window._stack.minimumSizeHint().height()
    await console.until(lambda: window._centre._room > window._centre.height() - least)
    assert window._stack.height() == least


async def test_lines_are_seen_where_there_are_lists_only(console: Console) -> None:
    await shown(console)
    window, line = console.window, console.window.notices.other
    window.commands.enlarge.trigger()
    await console.until(lambda: window.findings_dock.height() > 600)
    assert window._centre.isHidden()
    height = window.findings_dock.height()
    window.notices.say("It was written")
    assert window._centre.isHidden()  # until the hand rests
    await console.until(lambda: line.isVisible() and not line.visibleRegion().isEmpty())
    assert not window.panel.isVisible()
    await console.until(lambda: height - 3 * line.height() < window.findings_dock.height() < height)
    line.hide()
    await console.until(lambda: window._centre.isHidden() and window.findings_dock.height() == height)
    window.notices.say("again")
    window.commands.enlarge.trigger()
    await console.until(lambda: window.panel.isVisible() and line.isVisible() and window.panel.height() > 200)
