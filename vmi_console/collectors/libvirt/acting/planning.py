"""What isolating a domain would change: which measure at which card, in force and stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vmi_console.collectors.libvirt.acting.definition import Card
from vmi_console.collectors.libvirt.acting.looking import Seen
from vmi_console.collectors.libvirt.acting.measures import FILTER, Means, Measure
from vmi_console.collectors.quarantine import Mode
from vmi_console.estate.records import Power


class Step(NamedTuple):
    """One measure at one card, in force or stored."""

    card: Card
    measure: Measure
    running: bool

    @property
    def title(self) -> str:
        return f"{self.card.title} {'as it runs' if self.running else 'as it is stored'}"


def plan(seen: Seen, means: Means) -> Iterator[Step]:
    """What is to be done. Nothing where a card is closed already.

    Both definitions get the same measure where both can take it, so that a restart changes nothing.
    """
    if means.mode not in (Mode.ISOLATE, Mode.DISCONNECT):
        return
    for running, definition in ((True, seen.running), (False, seen.stored)):
        for identity, card in definition.cards.items() if definition is not None else ():
            measure = means.measure(card, running=running)
            if not running and seen.running is not None and (live := seen.running.cards.get(identity)) is not None:
                measure = means.closed_by(live) or means.measure(live, running=True)
            if measure is not None and means.closed_by(card) is None:
                yield Step(card, measure, running)


def steps(seen: Seen, means: Means) -> Iterator[str]:
    """The plan for people: a card once, in force and stored together."""
    if means.mode is Mode.PAUSE and seen.power is Power.ON:
        yield "pause the VM; everything in it stands still"
    planned: dict[str, list[Step]] = {}
    for step in plan(seen, means):
        planned.setdefault(step.card.key, []).append(step)
    for some in planned.values():
        card, measure, _ = some[0]
        where = " and ".join("now" if step.running else "in its stored definition" for step in some)
        match measure:
            case Measure.FILTER:
                instead = f" instead of {card.filter}" if card.filter else ""
                what = f"drop every frame both ways (filter {FILTER}{instead})"
            case Measure.LINK:
                what = "take its link down"
            case Measure.MOVE:
                assert means.target is not None
                what = f"plug it into {means.target.title}"
        yield f"{card.title}: {what}, {where}"
