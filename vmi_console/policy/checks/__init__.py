"""Every kind of check, one module a family; importing this fills `policy.check.CHECKS`."""

from vmi_console.policy.checks import (
    addresses,
    alerts,
    applications,
    expression,
    firewall,
    hardware,
    location,
    naming,
    networks,
    patches,
    services,
    settings,
    sprawl,
    tools,
)

__all__ = [
    "addresses",
    "alerts",
    "applications",
    "expression",
    "firewall",
    "hardware",
    "location",
    "naming",
    "networks",
    "patches",
    "services",
    "settings",
    "sprawl",
    "tools",
]
