"""How much a chapter lists; of what is more it says so."""

from __future__ import annotations

MOST_FINDINGS = 40
MOST_CHANGES = 60
MOST_PEOPLE = 15
MOST_REASONS = 12
MOST_ROWS = 40
MOST_BARS = 10
