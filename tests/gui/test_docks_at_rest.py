"""What lies behind another part's tab does nothing until it is in front."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.conftest import Console
from tests.gui.estates import estate, updates
from vmi_console.gui.docks import TORN, Dock, tab_bars


def dock(console: Console, name: str) -> Dock:
    return next(dock for dock in console.window.docks if dock.objectName() == name)


def has_keyboard(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and part.isAncestorOf(focused)


async def test_of_the_parts_that_share_a_place_only_the_one_in_front_works(console: Console) -> None:
    for update in updates(estate()):
        console.replica.updated(update)
    await console.settle()
    window = console.window
    for name, part in (("vms", window.table), ("topology", window.topology), ("changes", window.changes)):
        dock(console, name).come_forward()
        await console.until(part.isVisible)
        await console.until(
            lambda part=part: (
                [  # type: ignore[misc]
                    other for other in (window.table, window.topology, window.changes) if other.isVisible()
                ]
                == [part]
            )
        )


async def test_a_click_on_a_tab_leads_the_keyboard_to_what_comes_in_front(console: Console) -> None:
    for update in updates(estate()):
        console.replica.updated(update)
    await console.settle()
    window = console.window
    dock(console, "changes").come_forward()
    await console.until(lambda: has_keyboard(window.changes))
    (tabs,) = [each for each in tab_bars(window) if each.isVisible()]
    place = next(number for number in range(tabs.count()) if tabs.tabText(number) == "Quarantine")
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(place).center())
    await console.until(lambda: has_keyboard(window.quarantine_view))


async def test_a_part_that_is_torn_off_works_beside_the_others(console: Console) -> None:
    for update in updates(estate()):
        console.replica.updated(update)
    await console.settle()
    window = console.window
    dock(console, "vms").tear.trigger()
    dock(console, "changes").come_forward()
    await console.until(lambda: window.table.isVisible() and window.changes.isVisible())
    await console.until(lambda: len(window.table.model.rows) == console.replica.counts["vm"])
    dock(console, "vms").tear.trigger()
    dock(console, "changes").come_forward()
    await console.until(lambda: window.changes.isVisible() and not window.table.isVisible())


async def test_what_was_never_in_front_is_torn_off_large_enough_and_where_it_is_seen(console: Console) -> None:
    for update in updates(estate()):
        console.replica.updated(update)
    await console.settle()
    for name in ("vms", "topology", "connections"):
        torn = dock(console, name)
        torn.tear.trigger()
        await console.until(lambda torn=torn: torn.isFloating() and torn.widget().isVisible())  # type: ignore[misc]
        assert torn.width() >= min(TORN.width(), torn.screen().availableGeometry().width())
        assert torn.height() >= min(TORN.height(), torn.screen().availableGeometry().height())
        assert torn.screen().availableGeometry().contains(torn.geometry().center())
