"""What the window knows of what happened to one entity: pages of the engine's answers, put together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vmi_console.estate.changes import Amendment
from vmi_console.estate.identity import EntityId
from vmi_console.policy.findings import Finding
from vmi_console.review.timeline import Happening, Step, Timeline


class Course:
    """Grows at both ends: by what happens, and by pages of what happened earlier."""

    def __init__(self, entity: EntityId) -> None:
        self.entity = entity
        self.loaded_from: datetime | None = None  # everything since then is here; None: nothing was answered yet
        self.more = True  # there is more before
        self.known_since: datetime | None = None  # when states of it began to be recorded
        self.recorded_since: datetime | None = None  # when anything did
        self.held: Step | None = None  # the stage of its quarantine at `loaded_from`
        self.findings: dict[str, Finding] = {}
        self._by_key: dict[str, Happening] = {}
        self._sorted: tuple[Happening, ...] | None = None

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """The newest first."""
        if self._sorted is None:
            newest_first = sorted(
                enumerate(self._by_key.values()), key=lambda each: (each[1].at, -each[0]), reverse=True
            )
            self._sorted = tuple(happening for _, happening in newest_first)
        return self._sorted

    @property
    def newest(self) -> datetime | None:
        """When the last thing happened."""
        return self.happenings[0].at if self._by_key else None

    def of(self, key: str) -> Happening | None:
        """What is known by a key."""
        return self._by_key.get(key)

    def take(self, page: Timeline) -> None:
        """A page: of what came since, or of what was before."""
        is_older = self.loaded_from is None or page.until <= self.loaded_from
        self._put(page.happenings, before=not is_older)
        self.findings.update((finding.id, finding) for finding in page.findings)
        if is_older:
            self.loaded_from, self.more, self.held = page.since, page.more, page.held
        self.known_since = page.known_since
        self.recorded_since = page.recorded_since

    def amend(self, amendments: Iterable[Amendment]) -> bool:
        """Authors became known; gives whether that is anything here."""
        found = False
        for amendment in amendments:
            known = self._by_key.get(f"change {amendment.number}")
            if known is not None and known.change is not None and known.by != amendment.actor:
                change = msgspec.structs.replace(known.change, actor=amendment.actor)
                self._put((msgspec.structs.replace(known, by=amendment.actor, change=change),), before=False)
                found = True
        return found

    def _put(self, happenings: Iterable[Happening], *, before: bool) -> None:
        fresh = {each.key: each for each in happenings}
        known = self._by_key
        if before:
            new = {key: each for key, each in fresh.items() if key not in known}
            known.update((key, each) for key, each in fresh.items() if key in known)
            self._by_key = new | known
        else:
            known.update(fresh)
        self._sorted = None
