"""Services and drivers, as the control set has them: when each is started, and what it runs."""

from __future__ import annotations

from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import Registry

_STARTS = {0: "boot", 1: "system", 2: "auto", 3: "manual", 4: "disabled"}
_DRIVERS = 0x0F  # of the kernel, of file systems, of adapters, recognisers
_PROGRAMS = 0x30
_MOST = 20_000


def services(registry: Registry, reading: Reading) -> list[Service]:
    """Everything that Windows starts as a service. Raises `Absent` and `Unreadable`.

    State: `auto`, `auto delayed`, `manual`, `disabled`; of drivers `driver, boot` and so on; `, on triggers` where
    events start it too. Whether a manual service that has triggers comes up with the system is not known.
    """
    found: list[Service] = []
    for key in registry.control_set(reading).at("Services").subkeys():
        kind, start = key.number("Type"), key.number("Start")
        if kind is None or start not in _STARTS:
            continue  # settings of something that is no service, such as of a service's own parts
        if len(found) >= _MOST:
            raise Unreadable(f"there are more than {_MOST} services")
        found.append(_service(key, kind, _STARTS[start]))
    return found


def _service(key: Key, kind: int, start: str) -> Service:
    state = start
    triggers = key.find("TriggerInfo") if kind & _PROGRAMS else None
    has_triggers = triggers is not None and any(True for _ in triggers.subkeys())
    if start == "auto" and key.number("DelayedAutostart"):
        state = "auto delayed"
    if has_triggers and start != "disabled":
        state += ", on triggers"
    if not kind & _PROGRAMS and kind & _DRIVERS:
        state = f"driver, {state}"
    enabled: bool | None = start in ("boot", "system", "auto")
    if start == "manual" and has_triggers:
        enabled = None
    return Service(name=word(key.name), enabled=enabled, state=state, unit=_program(key))


def _program(key: Key) -> str:
    """The file that is run; for one of the many that share a process, with the library that is the service's own."""
    image = word(key.text("ImagePath"))
    if "svchost" not in image.lower():
        return image
    parameters = key.find("Parameters")
    library = (parameters.text("ServiceDll") if parameters is not None else "") or key.text("ServiceDll")
    return word(f"{image} ({library})") if library else image
