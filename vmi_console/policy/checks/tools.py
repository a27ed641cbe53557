"""The hypervisor's helper in the guest: VMware Tools, QEMU guest agent."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.records import VM, Power, ToolsState
from vmi_console.estate.versions import Condition
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Mistake, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement


@check("tools")
class Tools(Check, dict=True):
    """The state and version of VMware Tools or the QEMU guest agent."""

    title = "Tools"
    help = (
        "VMware Tools or the QEMU guest agent is in an allowed state, and of an allowed version where one is given. "
        "While the VM does not run, that its tools do not run either is no failure."
    )
    examples = ("{}", "{allowed: [running, outdated]}", "{version: '>= 12.0'}")
    remediation = "Install or update the tools in the guest, and see that their service is started."

    allowed: Annotated[
        tuple[ToolsState, ...], msgspec.Meta(max_length=4, description="States that the tools may be in.")
    ] = (ToolsState.RUNNING,)
    version: Annotated[str, msgspec.Meta(max_length=200, description="What their version must be: >= 12.0.")] = ""

    def __post_init__(self) -> None:
        something(self.allowed, self.version.strip(), field="allowed: [running]")
        try:
            Condition(self.version)
        except ValueError as error:
            raise Mistake(str(error), "version", advice="write for example >= 12.0") from None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"tools", "power"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        state = vm.guest.tools
        if self.allowed and state is None:
            tally.untold("whether tools run in the guest is not known", "guest.tools")
        elif self.allowed and state not in self.allowed:
            self._judge_state(state, vm.power, tally)
        if self.version.strip() and state is not ToolsState.NOT_INSTALLED:
            meets = self._version(vm.guest.tools_version or "")
            if meets is None:
                tally.untold("the version of its tools is not known", "guest.tools_version")
            elif not meets:
                had = named(vm.guest.tools_version or "")
                tally.against(
                    f"its tools are of version {had}, required: {self.version.strip()}", "guest.tools_version"
                )
        return tally.judgement()

    def _judge_state(self, state: ToolsState | None, power: Power, tally: Tally) -> None:
        if state is ToolsState.NOT_RUNNING and power is Power.UNKNOWN:
            tally.untold("whether the VM runs, and its tools should, is not known", "power", "guest.tools")
        elif state is not ToolsState.NOT_RUNNING or power is Power.ON:
            tally.against(f"its tools are {state}, allowed: {listed(self.allowed)}", "guest.tools")

    @cached_property
    def _version(self) -> Condition:
        return Condition(self.version)
