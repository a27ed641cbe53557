"""How a tile's state fits into a byte, so that a cell is an image: which look, whether stale, whether dimmed."""

from __future__ import annotations

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import Switch
from vmi_console.gui.states import ACCESS, HOST, POWER, TEMPLATE, Look, look

SWITCH = Look("switch", "", calm=True)
LOOKS: tuple[Look, ...] = (*POWER.values(), *ACCESS.values(), TEMPLATE, *HOST.values(), SWITCH)
STALE = 32
DIMMED = 64
_LOOK = 31
_CODES = {id(each): number for number, each in enumerate(LOOKS, 1)}


def code_of(record: AnyRecord, *, stale: bool, dimmed: bool) -> int:
    """The byte of a tile; 0 is a free slot."""
    seen = SWITCH if isinstance(record, Switch) else look(record)
    return _CODES[id(seen)] | (STALE if stale else 0) | (DIMMED if dimmed else 0)


def look_of(code: int) -> Look | None:
    """The look in a byte; None of a free slot."""
    number = code & _LOOK
    return LOOKS[number - 1] if 0 < number <= len(LOOKS) else None
