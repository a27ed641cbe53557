"""When the guest was started, by its own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """Turns the kernel's nanoseconds since its start into times of the day; None where its clock cannot be read."""

    def __init__(self, kernel: Kernel) -> None:
        self.booted_at: datetime | None = None
        self.now = 0
        """Its own time, in seconds since 1970; 0 where it cannot be read."""
        try:
            build = kernel.build
            # tk_core is a sequence counter, a timekeeper, and its shadow; from 6.13 on the three have a type.
            inside = build.at("tk_data.timekeeper") if build.has("tk_data.timekeeper") else 8
            keeper = kernel.symbol("tk_core") + inside
            self.now = kernel.u64(keeper + build.at("timekeeper.xtime_sec"))
            # As getboottime64() does: what real time and time since the start are ahead of the monotonic clock.
            real = _signed(kernel.u64(keeper + build.at("timekeeper.offs_real")))
            start = _signed(kernel.u64(keeper + build.at("timekeeper.offs_boot")))
            booted = _EPOCH + timedelta(microseconds=(real - start) // 1000)
            if _FIRST < booted < _LAST:
                self.booted_at = booted
        except (Absent, Unreadable, OverflowError):
            pass

    def at(self, nanoseconds: int) -> datetime | None:
        """After the start, in whole milliseconds; the clock is no finer and is corrected all the time."""
        if self.booted_at is None or nanoseconds > 1 << 60:
            return None
        moment = self.booted_at + timedelta(microseconds=nanoseconds // 1000)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
