"""What is different, as lists: causes and what belongs to them, findings, policies, quarantines, aspects of a VM."""

from __future__ import annotations

from collections.abc import Callable

from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.review.difference_words import DifferenceWords
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, clock, number
from vmi_console.plain_text import visible
from vmi_console.review.causes import Group, Item
from vmi_console.review.comparison import FindingDifference, PolicyDifference, QuarantineDifference


def _count[Thing](title: str, width: int, of: Callable[[Thing], int]) -> Column[Thing]:
    return Column(title, width, lambda one: number(of(one)), order=of, number=True)


class CauseList(ItemList[Group]):
    """Why the estate is another one."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Causes"),
            (
                Column(self.tr("Cause"), 22, words.cause),
                Column(self.tr("What"), 26, lambda group: visible(group.name, 80)),
                _count(self.tr("VMs"), 6, lambda group: group.vms),
                _count(self.tr("Differences"), 12, lambda group: len(group.items)),
                Column(self.tr("Who"), 14, lambda group: visible(", ".join(group.actors), 80) or UNKNOWN),
            ),
        )


class DifferenceList(ItemList[Item]):
    """What of the estate is another one, with who did it and when."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Differences"),
            (
                Column(self.tr("What"), 22, lambda item: visible(item.name, 80)),
                Column(self.tr("Property"), 22, words.what),
                Column(self.tr("Before"), 24, lambda item: words.sides(item)[0], tone=lambda item: Tone.MUTED),
                Column(self.tr("After"), 24, lambda item: words.sides(item)[1]),
                Column(self.tr("Who"), 12, lambda item: visible(item.actor or "", 60) or UNKNOWN),
                Column(self.tr("When"), 14, lambda item: clock(item.at), order=lambda item: str(item.at or "")),
            ),
        )


class FindingList(ItemList[tuple[bool, FindingDifference]]):
    """Findings that came, and those that went; each with whether it is open."""

    def __init__(self) -> None:
        since = {True: self.tr("open since"), False: self.tr("resolved since")}
        super().__init__(
            self.tr("Findings"),
            (
                Column(
                    self.tr("Is"),
                    10,
                    lambda one: since[one[0]],
                    tone=lambda one: Tone.WARNING if one[0] else Tone.GOOD,
                ),
                Column(self.tr("VM"), 20, lambda one: visible(one[1].vm_name, 80)),
                Column(self.tr("Policy"), 20, lambda one: visible(one[1].policy, 80)),
                Column(self.tr("Evidence"), 40, lambda one: visible(one[1].evidence or one[1].title, 200)),
            ),
        )


class PolicyList(ItemList[PolicyDifference]):
    """Documents that say something else."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Policies"),
            (
                Column(self.tr("Document"), 40, lambda one: visible(one.name, 120)),
                Column(self.tr("Is"), 16, lambda one: words.became(one.action)),
                _count(self.tr("Lines"), 8, lambda one: len(one.lines)),
            ),
        )


class QuarantineList(ItemList[QuarantineDifference]):
    """VMs that went into quarantine, or on in it."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Quarantine"),
            (
                Column(self.tr("VM"), 24, lambda one: visible(one.vm_name, 80)),
                Column(self.tr("Before"), 16, lambda one: words.stage(one.before), tone=lambda one: Tone.MUTED),
                Column(self.tr("After"), 16, lambda one: words.stage(one.after)),
                Column(self.tr("By"), 16, lambda one: visible(one.by, 60) or UNKNOWN),
                Column(self.tr("Reason"), 36, lambda one: visible(one.reason, 200)),
            ),
        )


class AspectList(ItemList[Group]):
    """In which aspects two machines differ."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Aspects"),
            (
                Column(self.tr("Aspect"), 20, words.cause),
                _count(self.tr("Differences"), 10, lambda group: len(group.items)),
            ),
        )


class UnlikeList(ItemList[Item]):
    """What a machine has otherwise than its gold image."""

    def __init__(self, words: DifferenceWords) -> None:
        super().__init__(
            self.tr("Differences to the gold image"),
            (
                Column(self.tr("Property"), 30, words.what),
                Column(self.tr("Gold image"), 30, lambda item: words.sides(item)[0], tone=lambda item: Tone.MUTED),
                Column(self.tr("This VM"), 30, lambda item: words.sides(item)[1]),
            ),
        )
