"""What is told of the advisories that guests are judged by."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AdvisoriesInForce(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which files were chosen, how old they are, and what was found in them."""

    path: str = ""  # empty: none were chosen
    kev: str = ""
    changed_at: datetime | None = None  # the file or folder, last
    kev_changed_at: datetime | None = None
    advisories: int = 0
    systems: tuple[str, ...] = ()
    reading: bool = False
    problem: str = ""  # why they could not be read at the start
