"""The whole way with a real engine: VMs of a demo estate are put into quarantine together, and given back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog

from tests.console import eventually
from tests.gallery.studio import Studio, studio
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.quarantine.batch import Phase
from vmi_console.gui.quarantine.isolating_several import QuarantineSeveralDialog
from vmi_console.gui.quarantine.releasing_several import ReleaseSeveralDialog
from vmi_console.response.quarantine import Stage

SECONDS = 90


def dialog_of[D: QDialog](one: Studio, kind: type[D]) -> D:
    (dialog,) = [each for each in one.window.findChildren(kind) if each.isVisible()]
    return dialog


def wired(one: Studio, vm: EntityId) -> tuple[object, ...]:
    """What the network cards of a VM are plugged into."""
    record = one.replica.records[vm]
    assert isinstance(record, VM)
    return tuple((nic.key, nic.network, nic.connected) for nic in record.nics)


@pytest.mark.slow
async def test_several_go_in_and_come_back_exactly(tmp_path: Path) -> None:
    async with studio(tmp_path, Scheme.LIGHT, (1200, 800)) as one:
        await one.connect("demo://?hosts=2&vms=40&story=off", "Demo estate")
        await one.select('"web" in name and power == "on"', many=4)
        vms = one.window.selection.entities
        assert len(vms) == 4
        before = {vm: wired(one, vm) for vm in vms}
        one.window.quarantine.quarantine.trigger()
        confirming = dialog_of(one, QuarantineSeveralDialog)
        await eventually(lambda: not confirming.batch.count(Phase.LOOKING), seconds=SECONDS)
        assert confirming.batch.count(Phase.READY) == 4
        assert all(item.plan is not None and item.plan.steps and item.plan.channels for item in confirming.batch.items)
        confirming.reason.setText("a try")
        confirming.beyond.setChecked(True)
        confirming.accept_button.click()
        await eventually(lambda: confirming.started and not confirming.batch.running, seconds=SECONDS)
        assert [item.stage for item in confirming.batch.items] == [Stage.ISOLATED] * 4
        confirming.reject()
        await eventually(lambda: all(one.replica.quarantines.locked(vm) for vm in vms), seconds=SECONDS)
        await eventually(lambda: all(wired(one, vm) != before[vm] for vm in vms), seconds=SECONDS)

        one.window.selection.choose_all(vms[:3])
        one.window.quarantine.release.trigger()
        releasing = dialog_of(one, ReleaseSeveralDialog)
        await eventually(lambda: not releasing.batch.count(Phase.LOOKING), seconds=SECONDS)
        assert len(releasing.batch.chosen) == 3
        releasing.accept_button.click()
        await eventually(lambda: releasing.started and not releasing.batch.running, seconds=SECONDS)
        assert releasing.batch.count(Phase.DONE) == 3
        releasing.reject()
        await eventually(lambda: all(wired(one, vm) == before[vm] for vm in vms[:3]), seconds=SECONDS)
        await eventually(lambda: len(one.replica.quarantines.all) == 1, seconds=SECONDS)
        assert one.replica.quarantines.locked(vms[3]) is not None
