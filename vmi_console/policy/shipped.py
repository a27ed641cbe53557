"""Folders of policies that come with the program."""

from __future__ import annotations

import shutil
from pathlib import Path

_POLICIES = Path(__file__).parents[2] / "resources" / "policies"

DEMO = _POLICIES / "demo"
"""What the demo estate's story breaks."""


def editable(policies: Path | None, folder: Path) -> Path | None:
    """The policies themselves, or in `folder` a copy of those that came with the program: they stay as they came,
    whatever is edited in a session that remembers nothing.
    """
    if policies is None or not policies.is_relative_to(_POLICIES):
        return policies
    return Path(shutil.copytree(policies, folder, copy_function=shutil.copyfile))
