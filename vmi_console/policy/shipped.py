"""Folders of policies that come with the program."""

from __future__ import annotations

from pathlib import Path

_POLICIES = Path(__file__).parents[2] / "resources" / "policies"

DEMO = _POLICIES / "demo"
"""What the demo estate's story breaks."""
