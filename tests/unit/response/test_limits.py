"""Limits, what channels say, and leases."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.errors import CommandRefused
from vmi_console.policy.policies import Limit
from vmi_console.response.lease import Leases
from vmi_console.response.limits import allowed, exceeded
from vmi_console.response.quarantine import Stage, passed_meanwhile, stage_of


@pytest.mark.parametrize(
    ("vms", "percent", "members", "most"),
    [(5, 2, 1000, 5), (5, 2, 100, 2), (5, 2, 20, 1), (5, 2, 1, 1), (0, 100, 50, 0), (5, 0, 50, 0), (9, 100, 3, 3)],
)
def test_both_bounds_count(vms: int, percent: float, members: int, most: int) -> None:
    limit = Limit(vms=vms, percent=percent)
    assert allowed(limit, members) == most
    assert all(not exceeded(limit, members, now) for now in range(most))
    assert f"allows {most} at once" in exceeded(limit, members, most)


def channel(hold: Hold, frames: int | None = None, frame_bytes: int | None = None) -> Channel:
    return Channel(key="4000", title="card", hold=hold, frames=frames, frame_bytes=frame_bytes)


def test_isolated_only_where_every_way_is_known_to_be_closed() -> None:
    held, unknown, open_ = channel(Hold.HELD), channel(Hold.UNKNOWN), channel(Hold.NOT_HELD)
    assert stage_of(Mode.ISOLATE, []) is Stage.ISOLATED
    assert stage_of(Mode.ISOLATE, [held, held]) is Stage.ISOLATED
    assert stage_of(Mode.ISOLATE, [held, unknown]) is Stage.PARTLY
    assert stage_of(Mode.PAUSE, [held, open_]) is Stage.PARTLY
    assert stage_of(Mode.OBSERVE, [open_]) is Stage.OBSERVED


def test_frames_that_go_on_belie_a_closed_way() -> None:
    still = passed_meanwhile([channel(Hold.HELD, 10)], [channel(Hold.HELD, 10)])
    assert still[0].hold is Hold.HELD
    leaking = passed_meanwhile([channel(Hold.HELD, 10)], [channel(Hold.HELD, 14)])
    assert (leaking[0].hold, leaking[0].because) == (Hold.NOT_HELD, "4 frames went through since it was closed")
    uncounted = passed_meanwhile([channel(Hold.HELD)], [channel(Hold.HELD, 14)])
    assert uncounted[0].hold is Hold.HELD


@pytest.mark.parametrize(
    ("frames", "octets", "hold"),
    [
        (2, 140, Hold.HELD),
        (3, 86 + 90 + 70, Hold.HELD),
        (2, 141, Hold.NOT_HELD),
        (2, 98, Hold.NOT_HELD),
        (1, 42, Hold.NOT_HELD),
        (20, 20 * 70, Hold.NOT_HELD),
    ],
)
def test_what_the_host_says_by_itself_is_no_hole(frames: int, octets: int, hold: Hold) -> None:
    first, then = channel(Hold.HELD, 10, 1000), channel(Hold.HELD, 10 + frames, 1000 + octets)
    assert passed_meanwhile([first], [then])[0].hold is hold


def test_a_lease_has_one_holder(tmp_path: Path) -> None:
    one, two = Leases(tmp_path, "console one"), Leases(tmp_path, "console two")
    one.take("vcenter/a")
    one.take("vcenter/a")
    two.take("b")
    with pytest.raises(CommandRefused, match="console one"):
        two.take("vcenter/a")
    one.leave("vcenter/a")
    two.take("vcenter/a")
    two.close()
    one.close()
    assert list(tmp_path.iterdir()) == []
