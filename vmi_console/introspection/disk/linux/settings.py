"""Settings inside a guest that its security turns on: sshd, firewalls, mandatory access control, the kernel's."""

from __future__ import annotations

from collections.abc import Iterator

from vmi_console.estate.facts import Service, Setting
from vmi_console.introspection.disk.linux import sshd
from vmi_console.introspection.disk.linux.assignments import assignments
from vmi_console.introspection.disk.linux.kernels import Kernels
from vmi_console.introspection.disk.linux.units import Units
from vmi_console.introspection.disk.reading import Reading, lines, word

FILES = (
    *("/etc/ufw/ufw.conf", "/etc/default/ufw", "/etc/firewalld/firewalld.conf", "/etc/nftables.conf"),
    *("/etc/sysconfig/nftables.conf", "/etc/iptables/rules.v4", "/etc/sysconfig/iptables"),
    *("/etc/selinux/config", "/etc/ld.so.preload"),
)
_FIREWALLS = {
    "ufw": ("ufw",),
    "firewalld": ("firewalld", "SuSEfirewall2"),
    "nftables": ("nftables",),
    "iptables": ("netfilter-persistent", "iptables", "ip6tables", "iptables-persistent", "shorewall", "ferm"),
}
"""Firewalls, and the services that switch them on when the guest starts."""
_MAC_ARGUMENTS = ("selinux", "enforcing", "apparmor", "security", "lsm")


def settings(reading: Reading, services: list[Service] | None, units: Units | None, kernels: Kernels) -> list[Setting]:
    """What is set; a setting that nothing in the guest decides is not given. Raises `Unreadable`.

    `services` is None where they could not be read: what would be switched on is then not known, and left out.
    """
    found = dict(_firewalls(reading, services))
    found |= dict(_access_control(reading, services, kernels))
    if units and units.default_target:
        found["systemd.default"] = word(units.default_target)
    if kernels.command_line is not None:
        found["kernel.command_line"] = kernels.command_line
    preloaded = reading.known_text("/etc/ld.so.preload")
    if preloaded is not None and (libraries := " ".join(lines(preloaded))):
        found["ld.so.preload"] = word(libraries)
    return [*sshd.facts(reading), *(Setting(name=name, value=value) for name, value in found.items())]


def _firewalls(reading: Reading, services: list[Service] | None) -> Iterator[tuple[str, str]]:
    if services is None:
        return
    enabled = {service.name: service.enabled for service in services}
    on: list[str] = []
    for firewall, names in _FIREWALLS.items():
        known = [name for name in names if name in enabled]
        if not known:
            continue
        works = any(enabled[name] for name in known)
        if firewall == "ufw":
            told = assignments(reading.known_text("/etc/ufw/ufw.conf") or "")
            works = works and told.get("ENABLED", "no").lower() == "yes"
            policy = assignments(reading.known_text("/etc/default/ufw") or "").get("DEFAULT_INPUT_POLICY", "")
            if policy:
                yield "firewall.ufw.incoming", word(policy.lower())
        elif firewall == "firewalld":
            zone = assignments(reading.known_text("/etc/firewalld/firewalld.conf") or "").get("DefaultZone", "")
            if zone:
                yield "firewall.firewalld.zone", word(zone)
        if works:
            on.append(firewall)
        yield f"firewall.{firewall}", "enabled" if works else "disabled"
    yield "firewall.enabled", ", ".join(on) or "none"


def _access_control(reading: Reading, services: list[Service] | None, kernels: Kernels) -> Iterator[tuple[str, str]]:
    """Modes as they will be after the next start, the kernel's command line considered."""
    given = dict(
        (name, value)
        for name, _, value in (argument.partition("=") for argument in (kernels.command_line or "").split())
        if name in _MAC_ARGUMENTS
    )
    selinux = assignments(reading.known_text("/etc/selinux/config") or "")
    if "SELINUX" in selinux:
        mode = selinux["SELINUX"].lower()
        if given.get("selinux") == "0" or given.get("security") == "apparmor":
            mode = "disabled"
        elif given.get("enforcing") in ("0", "1") and mode != "disabled":
            mode = "enforcing" if given["enforcing"] == "1" else "permissive"
        yield "selinux.mode", word(mode)
        if "SELINUXTYPE" in selinux:
            yield "selinux.policy", word(selinux["SELINUXTYPE"])
    apparmor = next((service for service in services or () if service.name == "apparmor"), None)
    if apparmor is not None:
        switched_off = given.get("apparmor") == "0" or given.get("security") == "selinux"
        switched_off = switched_off or ("lsm" in given and "apparmor" not in given["lsm"].split(","))
        yield "apparmor.mode", "enabled" if apparmor.enabled and not switched_off else "disabled"
