"""The rules of `bench_policy` in the Common Expression Language, to be judged by an existing library beside ours.

The library (`common-expression-language`, a binding of a CEL interpreter in Rust) is asked for by `load` and installed
by nobody: see docs/development.md. CEL knows no version of a package, no unknown value and no list of who fails; what
it cannot say is a function here that it calls.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.estate.software import Software
from vmi_console.estate.versions import compare

SETTING = "isolation.tools.copy.disable"


def load() -> Any | None:
    """The library, or None where it is not installed."""
    try:
        return importlib.import_module("cel")
    except ImportError:
        return None


def members(number: int, teams: int) -> str:
    """Who belongs to a policy of the fixture."""
    return f'"team-{number % teams}" in tags && power == "on" && memory_mb > {number}.0'


def checks(number: int) -> list[str]:
    """The four checks of a policy of the fixture: true where the VM passes."""
    package, required = f"package-{number}", f"package-{number + 100}"
    return [
        f"vlans.all(vlan, vlan >= 1 && vlan <= {399 - number % 3})",
        f'!(installed("{package}") && older("{package}", "0.9")) && !installed("telnetd")'
        f' && (installed("{required}") || installed("own-1"))',
        f'!runs("service-{number}")',
        f'!("{SETTING}" in settings) || settings["{SETTING}"] == "TRUE"',
    ]


class Judge:
    """All policies of the fixture, compiled by the library."""

    def __init__(self, cel: Any, policies: int, teams: int) -> None:
        self._cel = cel
        self._policies = [
            (cel.compile(members(number, teams)), [cel.compile(text) for text in checks(number)])
            for number in range(policies)
        ]

    def failures(self, vm: VM, inventory: Inventory) -> Iterator[tuple[int, int, EntityId]]:
        """Policy, check and VM of what does not pass."""
        context = self._cel.Context(_variables(vm), _functions(inventory.software(vm.id)))
        for policy, (membership, demands) in enumerate(self._policies):
            if membership.execute(context):
                for check, demand in enumerate(demands):
                    if not demand.execute(context):
                        yield policy, check, vm.id


def _variables(vm: VM) -> dict[str, Any]:
    return {
        "tags": [*vm.tags, *vm.labels],
        "power": vm.power.value,
        "memory_mb": (vm.memory_bytes or 0) / 2**20,
        "vlans": [low for nic in vm.nics if nic.vlan is not None for low, _ in nic.vlan.ranges],
        "settings": dict(vm.settings or {}),
    }


def _functions(software: Software | None) -> dict[str, Callable[..., bool]]:
    assert software is not None
    applications, services = software.applications, software.services
    return {
        "installed": lambda name: bool(applications.find(name)),
        "older": lambda name, than: any(
            compare(item.version, than, item.manager) < 0 for item in applications.find(name)
        ),
        "runs": lambda name: any(service.running or service.enabled for service in services.find(name)),
    }
