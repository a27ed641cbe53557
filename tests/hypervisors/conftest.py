"""Hypervisors for the tests, a real libvirtd and simulated vCenters, and the patience they need."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim.vcenter import Vcenter

PATIENCE_S = 30.0


def eventually[T](look: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """Looks until it sees something true, and gives that; fails after `seconds` with what it saw last."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s; last seen: {seen!r}")
        time.sleep(0.05)
    return seen


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A running lab that all tests share. Whoever breaks something in it mends it; `lab.start()` mends most of it.

    Where none can be had, the tests are skipped on a developer's machine, and fail in CI.
    """
    laboratory = Laboratory(tmp_path_factory.mktemp("lab"))
    try:
        laboratory.start()
    except LabError as error:
        laboratory.stop()
        do_without(error)
    yield laboratory
    laboratory.stop()


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vcenter]:
    """A simulated vCenter that the tests of a module share: what one leaves behind the next finds.

    `vcenter.start()` mends what a fault left behind.
    """
    simulator = Vcenter(tmp_path_factory.mktemp("vcenter"), bound=True)
    try:
        simulator.start()
    except LabError as error:
        do_without(error)
    yield simulator
    simulator.stop()


def do_without(error: LabError) -> NoReturn:
    """Skips what needs a lab that cannot be had, or fails where it is demanded."""
    if os.environ.get("CI") or os.environ.get("VMI_REQUIRE_LAB"):
        raise error
    pytest.skip(f"no lab of hypervisors: {error}")
