"""How world units become pixels: a zoom, and scroll positions. Whole pixels, so that lines stay sharp. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vmi_console.gui.topology.packing import Box

NEAREST = 2.5  # pixels for a world unit
MARGIN = 12  # pixels around everything


@dataclass(frozen=True)
class Camera:
    """The world's origin is drawn at (-left, -top) pixels of what is seen.

    Pixels are rounded before they are scrolled: two cameras of one zoom differ by whole pixels everywhere.
    """

    zoom: float = 1.0
    left: int = 0
    top: int = 0

    def across(self, x: float) -> int:
        return math.floor(x * self.zoom + 0.5) - self.left

    def down(self, y: float) -> int:
        return math.floor(y * self.zoom + 0.5) - self.top

    def world(self, x: float, y: float) -> tuple[float, float]:
        return (x + self.left) / self.zoom, (y + self.top) / self.zoom

    def seen(self, width: int, height: int, reach: int = 0) -> Box:
        """What of the world is on a screen of this size, and so many pixels around it."""
        x, y = self.world(-reach, -reach)
        right, bottom = self.world(width + reach, height + reach)
        return Box(int(x) - 1, int(y) - 1, int(right - x) + 3, int(bottom - y) + 3)


def zoom_to_fit(box: Box, width: int, height: int) -> float:
    """The zoom at which a box is seen as a whole, at most 1: small pictures are not blown up."""
    if box.width <= 0 or box.height <= 0:
        return 1.0
    room = max(1, width - 2 * MARGIN), max(1, height - 2 * MARGIN)
    return min(1.0, room[0] / box.width, room[1] / box.height)
