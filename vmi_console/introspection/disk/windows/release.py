"""Which Windows this is, as it writes it itself into its registry."""

from __future__ import annotations

from datetime import UTC, datetime

from vmi_console.estate.facts import OperatingSystem
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows import software
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import Registry

VERSION = "Microsoft\\Windows NT\\CurrentVersion"
_FIRST_OF_11 = 22_000
"""Builds from here on are Windows 11, which goes on calling itself Windows 10 here."""


def operating_system(registry: Registry, reading: Reading) -> list[OperatingSystem]:
    """Raises `Absent` or `Unreadable` where its own word cannot be had."""
    told = registry.software(reading).at(VERSION)
    version, kernel = versions(told)
    return [
        OperatingSystem(
            name=name(told),
            version=version,
            kernel=kernel,
            kernels=(kernel,) if kernel else (),
            family="windows",
            id="windows",
            hostname=_hostname(registry, reading),
            software_changed_at=software.changed_at(registry, reading),
        )
    ]


def name(told: Key) -> str:
    """The product's name with its edition: Microsoft Windows Server 2022 Standard."""
    product = told.text("ProductName") or "Windows"
    if _build(told) >= _FIRST_OF_11 and told.text("InstallationType").lower() == "client":
        product = product.replace("Windows 10", "Windows 11", 1)
    return word(product if product.startswith("Microsoft") else f"Microsoft {product}")


def versions(told: Key) -> tuple[str, str]:
    """The version with its build, and the same with what monthly updates count up (UBR)."""
    major, minor = told.number("CurrentMajorVersionNumber"), told.number("CurrentMinorVersionNumber")
    first = f"{major}.{minor or 0}" if major is not None else told.text("CurrentVersion")  # before Windows 10
    version = word(".".join(part for part in (first, str(_build(told) or "")) if part))
    revision = told.number("UBR")
    return version, version if revision is None or not version else f"{version}.{revision}"


def installed_at(told: Key) -> datetime | None:
    """When this version was installed, or the last upgrade to it."""
    seconds = told.number("InstallDate")
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < 1 << 32 else None


def _build(told: Key) -> int:
    for value in ("CurrentBuildNumber", "CurrentBuild"):
        text = told.text(value)
        if text.isdecimal() and len(text) < 10:
            return int(text)
    return 0


def _hostname(registry: Registry, reading: Reading) -> str:
    try:
        control = registry.control_set(reading)
        parameters = control.find("Services\\Tcpip\\Parameters")
        named = control.find("Control\\ComputerName\\ComputerName")
        for key, value in ((parameters, "NV Hostname"), (parameters, "Hostname"), (named, "ComputerName")):
            if key is not None and key.text(value):
                return word(key.text(value))
    except (Absent, Unreadable) as error:
        reading.doubt(f"its name is not known: {error}")
    return ""
