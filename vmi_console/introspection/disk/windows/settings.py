"""Settings inside a guest that its security turns on: firewall, Defender, remote desktop, UAC, SMB, logging on.

What is not set is not given, but where what Windows then does is the same in every version that is still about. A
policy comes before what is configured beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from vmi_console.estate.facts import Setting
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows import accounts, release
from vmi_console.introspection.disk.windows.filetimes import moment
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import CURRENT, Registry

_FIREWALL = "Services\\SharedAccess\\Parameters\\FirewallPolicy"
_FIREWALL_POLICY = "Policies\\Microsoft\\WindowsFirewall"
_PROFILES = {
    "domain": ("DomainProfile",),
    "private": ("PrivateProfile", "StandardProfile"),
    "public": ("PublicProfile",),
}
"""The private profile is called so by policies only."""
_DEFENDER = "Microsoft\\Windows Defender"
_TAMPER = {0: "disabled", 4: "disabled", 5: "enabled"}
_DISABLED = 4  # a service's start
_MOST_EXCLUSIONS = 100

_Found = Iterator[tuple[str, str]]


def settings(registry: Registry, reading: Reading) -> list[Setting]:
    """Raises `Absent` and `Unreadable`."""
    control = registry.control_set(reading)
    software = registry.software(reading)
    found: dict[str, str] = {}
    for some in (
        _system(control, software),
        _firewall(control, software),
        _defender(control, software),
        _remote_desktop(control, software),
        _control_of_users(software),
        _logon(control, software),
        _shares(control),
        _passwords(registry, reading),
    ):
        found |= dict(some)
    return [Setting(name=name, value=word(value)) for name, value in found.items() if value]


def _system(control: Key, software: Key) -> _Found:
    told = software.find(release.VERSION)
    if told is not None:
        yield "windows.edition", told.text("EditionID")
        yield "windows.release", told.text("DisplayVersion") or told.text("ReleaseId") or told.text("CSDVersion")
        installed = release.installed_at(told)
        yield "windows.installed", installed.isoformat() if installed else ""
    ended = _data(control, "Control\\Windows", "ShutdownTime")
    shutdown = moment(int.from_bytes(ended, "little")) if len(ended) == 8 else None
    yield "windows.last_shutdown", shutdown.replace(microsecond=0).isoformat() if shutdown else ""
    zone = "Control\\TimeZoneInformation"
    yield "windows.time_zone", _text(control, zone, "TimeZoneKeyName") or _text(control, zone, "StandardName")
    yield "windows.domain", _text(control, "Services\\Tcpip\\Parameters", "Domain")
    yield "windows.secure_boot", _switch(control, "Control\\SecureBoot\\State", "UEFISecureBootEnabled")


def _firewall(control: Key, software: Key) -> _Found:
    is_off = _number(control, "Services\\mpssvc", "Start") == _DISABLED
    for profile, names in _PROFILES.items():
        state = ""
        for name in names:
            state = state or _switch(software, f"{_FIREWALL_POLICY}\\{name}", "EnableFirewall")
        for name in names:
            state = state or _switch(control, f"{_FIREWALL}\\{name}", "EnableFirewall")
        yield f"firewall.{profile}", "disabled" if is_off and state else state


def _defender(control: Key, software: Key) -> _Found:
    if software.find(_DEFENDER) is None:
        return
    policy = f"Policies\\{_DEFENDER}"
    service = control.find("Services\\WinDefend")
    if service is None:
        yield "defender.antivirus", "absent"
        return
    off = service.number("Start") == _DISABLED or any(
        _number(software, path, value) == 1
        for path in (policy, _DEFENDER)
        for value in ("DisableAntiSpyware", "DisableAntiVirus")
    )
    passive = bool(_number(software, _DEFENDER, "PassiveMode"))  # beside another maker's
    yield "defender.antivirus", "disabled" if off else "passive" if passive else "enabled"
    watches = [
        _number(software, f"{path}\\Real-Time Protection", "DisableRealtimeMonitoring") for path in (policy, _DEFENDER)
    ]
    decided = next((value for value in watches if value is not None), 0)
    yield "defender.realtime", "disabled" if off or decided else "enabled"
    tamper = _number(software, f"{_DEFENDER}\\Features", "TamperProtection")
    yield "defender.tamper_protection", "" if tamper is None else _TAMPER.get(tamper, str(tamper))
    yield "defender.signatures", _text(software, f"{_DEFENDER}\\Signature Updates", "AVSignatureVersion")
    excluded: dict[str, None] = {}
    for path in (policy, _DEFENDER):
        for kind in ("Paths", "Processes", "Extensions"):
            key = software.find(f"{path}\\Exclusions\\{kind}")
            excluded |= dict.fromkeys(key.value_names[:_MOST_EXCLUSIONS] if key is not None else ())
    yield "defender.exclusions", ", ".join(excluded)


def _remote_desktop(control: Key, software: Key) -> _Found:
    server, policy = "Control\\Terminal Server", "Policies\\Microsoft\\Windows NT\\Terminal Services"
    denied = _number(software, policy, "fDenyTSConnections")
    if denied is None:
        denied = _number(control, server, "fDenyTSConnections")
    if denied is None:
        return
    is_off = _number(control, "Services\\TermService", "Start") == _DISABLED
    yield "rdp.enabled", "no" if denied or is_off else "yes"
    station = f"{server}\\WinStations\\RDP-Tcp"
    first = _switch(software, policy, "UserAuthentication") or _switch(control, station, "UserAuthentication")
    yield "rdp.network_level_authentication", first
    port = _number(control, station, "PortNumber")
    yield "rdp.port", "" if port is None else str(port)


def _control_of_users(software: Key) -> _Found:
    policies = f"{CURRENT}\\Policies\\System"
    yield "uac.enabled", _yes(_number(software, policies, "EnableLUA"))
    prompt = _number(software, policies, "ConsentPromptBehaviorAdmin")
    yield "uac.administrators_prompt", "" if prompt is None else str(prompt)
    remote = _number(software, policies, "LocalAccountTokenFilterPolicy")
    yield "uac.full_rights_over_network", _yes(remote)


def _logon(control: Key, software: Key) -> _Found:
    winlogon = f"{release.VERSION}\\Winlogon"
    key = software.find(winlogon)
    if key is not None:
        itself = key.text("AutoAdminLogon") == "1" or key.number("AutoAdminLogon") == 1
        yield "autologon.enabled", "yes" if itself else "no"
        if itself:
            yield (
                "autologon.user",
                "\\".join(filter(None, (key.text("DefaultDomainName"), key.text("DefaultUserName")))),
            )
        yield "autologon.password", "readable in the registry" if key.text("DefaultPassword") else ""
    lsa = "Control\\Lsa"
    protected = _number(control, lsa, "RunAsPPL")
    yield "lsa.protected", "" if protected is None else "yes" if protected in (1, 2) else "no"
    level = _number(control, lsa, "LmCompatibilityLevel")
    yield "lsa.lm_compatibility", "" if level is None else str(level)
    yield "lsa.blank_passwords_locally_only", _yes(_number(control, lsa, "LimitBlankPasswordUse"))
    kept = _number(control, "Control\\SecurityProviders\\WDigest", "UseLogonCredential")
    yield "wdigest.keeps_passwords", _yes(kept)


def _shares(control: Key) -> _Found:
    server = "Services\\LanmanServer\\Parameters"
    yield "smb1.server", _switch(control, server, "SMB1")
    client = control.find("Services\\mrxsmb10")
    yield (
        "smb1.client",
        "absent" if client is None else "disabled" if client.number("Start") == _DISABLED else "enabled",
    )
    yield "smb.server_signing_required", _yes(_number(control, server, "RequireSecuritySignature"))


def _passwords(registry: Registry, reading: Reading) -> _Found:
    """Accounts whose passwords follow rules of their own."""
    try:
        known = accounts.accounts(registry, reading)
    except (Absent, Unreadable) as error:
        reading.doubt(f"what rules accounts have is not known: {error}")
        return
    for what in ("never_expires", "not_required", "must_change"):
        yield f"passwords.{what}", ", ".join(account.user.name for account in known if getattr(account, what))


def _number(key: Key, path: str, value: str) -> int | None:
    found = key.find(path)
    return found.number(value) if found is not None else None


def _text(key: Key, path: str, value: str) -> str:
    found = key.find(path)
    return found.text(value) if found is not None else ""


def _data(key: Key, path: str, value: str) -> bytes:
    found = key.find(path)
    return (found.data(value) or b"") if found is not None else b""


def _switch(key: Key, path: str, value: str) -> str:
    number = _number(key, path, value)
    return "" if number is None else "enabled" if number else "disabled"


def _yes(number: int | None) -> str:
    return "" if number is None else "yes" if number else "no"
