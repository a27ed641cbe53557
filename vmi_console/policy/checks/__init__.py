"""Every kind of check, one module a family; importing this fills `policy.check.CHECKS`."""

from vmi_console.policy.checks import addresses, location, networks

__all__ = ["addresses", "location", "networks"]
