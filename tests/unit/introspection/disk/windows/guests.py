"""A Windows guest in files: what a look reads of one, with values as Windows writes them."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from tests.unit.introspection.disk.windows.hive_builder import EXPAND_SZ, WRITTEN, Keys, Raw, dirty, hive, log

CONFIG = "/Windows/System32/config"
CURRENT = "Microsoft\\Windows\\CurrentVersion"
NT = "Microsoft\\Windows NT\\CurrentVersion"
PACKAGES = f"{CURRENT}\\Component Based Servicing\\Packages"
SET = "ControlSet002"
MACHINE = struct.pack("<III", 1111, 2222, 3333)
LAN = "{11111111-2222-3333-4444-555555555555}"
WLAN = "{99999999-2222-3333-4444-555555555555}"
EXCLUDED = "C:\\Temp"


def expand(text: str) -> Raw:
    return Raw(EXPAND_SZ, f"{text}\0".encode("utf-16-le"))


def package(state: int = 0x70, **more: str) -> dict[str, str | int]:
    return {"CurrentState": state, "InstallTimeHigh": WRITTEN >> 32, "InstallTimeLow": WRITTEN & 0xFFFFFFFF} | more


SYSTEM: Keys = {
    "Select": {"Current": 2, "Default": 2, "LastKnownGood": 1},
    "ControlSet001\\Services\\Tcpip\\Parameters": {"Hostname": "WRONG"},
    f"{SET}\\Control\\ComputerName\\ComputerName": {"ComputerName": "SRV-01"},
    f"{SET}\\Control\\ProductOptions": {"ProductType": "ServerNT"},
    f"{SET}\\Control\\Session Manager": {"BootExecute": ["autocheck autochk *"]},
    f"{SET}\\Control\\Session Manager\\Environment": {"PROCESSOR_ARCHITECTURE": "AMD64"},
    f"{SET}\\Control\\TimeZoneInformation": {"TimeZoneKeyName": "W. Europe Standard Time"},
    f"{SET}\\Control\\Windows": {"ShutdownTime": struct.pack("<Q", WRITTEN)},
    f"{SET}\\Control\\Terminal Server": {"fDenyTSConnections": 0},
    f"{SET}\\Control\\Terminal Server\\WinStations\\RDP-Tcp": {"PortNumber": 3389, "UserAuthentication": 1},
    f"{SET}\\Control\\Lsa": {"RunAsPPL": 1, "LimitBlankPasswordUse": 1},
    f"{SET}\\Control\\Network\\{{4D36E972-E325-11CE-BFC1-08002BE10318}}\\{LAN}\\Connection": {"Name": "Ethernet"},
    f"{SET}\\Services\\Tcpip\\Parameters": {"Hostname": "srv-01", "Domain": "example.com"},
    f"{SET}\\Services\\Tcpip\\Parameters\\Interfaces\\{LAN}": {
        "EnableDHCP": 0,
        "IPAddress": ["192.0.2.10", "192.0.2.11"],
        "SubnetMask": ["255.255.255.0", "255.255.255.0"],
    },
    f"{SET}\\Services\\Tcpip\\Parameters\\Interfaces\\{WLAN}": {
        "EnableDHCP": 1,
        "DhcpIPAddress": "198.51.100.7",
        "DhcpSubnetMask": "255.255.254.0",
        "IPAddress": ["0.0.0.0"],
    },
    f"{SET}\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\DomainProfile": {"EnableFirewall": 1},
    f"{SET}\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\StandardProfile": {"EnableFirewall": 1},
    f"{SET}\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\PublicProfile": {"EnableFirewall": 1},
    f"{SET}\\Services\\mpssvc": {
        "Type": 0x20,
        "Start": 2,
        "ImagePath": expand("%SystemRoot%\\system32\\svchost.exe -k x"),
    },
    f"{SET}\\Services\\mpssvc\\Parameters": {"ServiceDll": expand("%SystemRoot%\\system32\\mpssvc.dll")},
    f"{SET}\\Services\\Spooler": {
        "Type": 0x110,
        "Start": 2,
        "ImagePath": expand("%SystemRoot%\\System32\\spoolsv.exe"),
    },
    f"{SET}\\Services\\BITS": {"Type": 0x20, "Start": 2, "DelayedAutostart": 1, "ImagePath": "svchost.exe -k netsvcs"},
    f"{SET}\\Services\\W32Time": {"Type": 0x20, "Start": 3, "ImagePath": "svchost.exe -k LocalService"},
    f"{SET}\\Services\\W32Time\\TriggerInfo\\0": {"Type": 20, "Action": 1},
    f"{SET}\\Services\\RemoteRegistry": {"Type": 0x20, "Start": 4, "ImagePath": "svchost.exe -k localService"},
    f"{SET}\\Services\\WinDefend": {"Type": 0x10, "Start": 2, "ImagePath": "MsMpEng.exe"},
    f"{SET}\\Services\\VSS": {"Type": 0x10, "Start": 3, "ImagePath": "vssvc.exe"},
    f"{SET}\\Services\\disk": {"Type": 1, "Start": 0, "ImagePath": "System32\\drivers\\disk.sys"},
    f"{SET}\\Services\\LanmanServer\\Parameters": {"SMB1": 0, "RequireSecuritySignature": 1},
    f"{SET}\\Services\\NoService": {"Description": "settings alone"},
}

SOFTWARE: Keys = {
    NT: {
        "ProductName": "Windows Server 2022 Standard",
        "InstallationType": "Server",
        "EditionID": "ServerStandard",
        "CurrentMajorVersionNumber": 10,
        "CurrentMinorVersionNumber": 0,
        "CurrentVersion": "6.3",
        "CurrentBuild": "20348",
        "CurrentBuildNumber": "20348",
        "UBR": 2849,
        "DisplayVersion": "21H2",
        "InstallDate": 1_700_000_000,
    },
    f"{NT}\\ProfileList\\S-1-5-18": {"ProfileImagePath": expand("%systemroot%\\system32\\config\\systemprofile")},
    f"{NT}\\ProfileList\\S-1-5-21-1111-2222-3333-1001": {"ProfileImagePath": expand("C:\\Users\\ann")},
    f"{NT}\\ProfileList\\S-1-5-21-1111-2222-3333-1002": {"ProfileImagePath": expand("%SystemDrive%\\Users\\bob")},
    f"{NT}\\Winlogon": {
        "Shell": "explorer.exe",
        "Userinit": "C:\\Windows\\system32\\userinit.exe,",
        "AutoAdminLogon": "1",
        "DefaultUserName": "ann",
        "DefaultPassword": "Tr0ub4dor&3",
    },
    f"{NT}\\Image File Execution Options\\sethc.exe": {"Debugger": "cmd.exe"},
    f"{CURRENT}\\Uninstall\\{{AAAA}}": {"DisplayName": "7-Zip 24.08 (x64)", "DisplayVersion": "24.08"},
    f"{CURRENT}\\Uninstall\\Hidden": {"DisplayName": "Remote Helper", "DisplayVersion": "1", "SystemComponent": 1},
    f"{CURRENT}\\Uninstall\\AddressBook": {},
    f"{CURRENT}\\Uninstall\\{{BBBB}}.KB4484211": {
        "DisplayName": "Security Update for Office (KB4484211)",
        "ParentKeyName": "Office",
        "ReleaseType": "Security Update",
    },
    f"Wow6432Node\\{CURRENT}\\Uninstall\\Old": {"DisplayName": "Old Editor", "DisplayVersion": "6.0"},
    f"{CURRENT}\\Appx\\AppxAllUserStore\\Applications\\Microsoft.Paint_11.2408.0.0_x64__8wekyb3d8bbwe": {},
    f"{CURRENT}\\Appx\\AppxAllUserStore\\Applications\\Microsoft.Paint_11.2408.0.0_neutral_~_8wekyb3d8bbwe": {},
    f"{CURRENT}\\Run": {"SecurityHealth": expand("%windir%\\system32\\SecurityHealthSystray.exe"), "Old": "old.exe"},
    f"{CURRENT}\\Explorer\\StartupApproved\\Run": {"Old": b"\x03" + bytes(11), "SecurityHealth": b"\x02" + bytes(11)},
    f"Wow6432Node\\{CURRENT}\\RunOnce": {"Setup": "setup.exe /again"},
    f"{CURRENT}\\Policies\\System": {"EnableLUA": 1, "ConsentPromptBehaviorAdmin": 5},
    "Policies\\Microsoft\\WindowsFirewall\\PublicProfile": {"EnableFirewall": 0},
    "Microsoft\\Windows Defender": {"DisableAntiSpyware": 0},
    "Microsoft\\Windows Defender\\Real-Time Protection": {"DisableRealtimeMonitoring": 1},
    "Microsoft\\Windows Defender\\Features": {"TamperProtection": 5},
    "Microsoft\\Windows Defender\\Exclusions\\Paths": {EXCLUDED: 0},
    PACKAGES: {},
    f"{PACKAGES}\\Package_for_KB5044281~31bf3856ad364e35~amd64~~20348.2762.1.1": package(0x50),
    f"{PACKAGES}\\Package_for_KB5042881~31bf3856ad364e35~amd64~~20348.2700.1.0": package(),
    f"{PACKAGES}\\Package_1_for_KB5042881~31bf3856ad364e35~amd64~~20348.2700.1.0": package(),
    f"{PACKAGES}\\Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2849.1.5": package(
        InstallLocation="\\\\?\\C:\\Windows\\CbsTemp\\1\\Windows10.0-KB5046616-x64.cab\\"
    ),
    f"{PACKAGES}\\Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.1.1.5": package(0x70, InstallLocation="C:\\x"),
    f"{PACKAGES}\\Package_for_KB5099999~31bf3856ad364e35~amd64~~1.0": package(0x60),
    f"{PACKAGES}\\Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.20348.1": package(),
}

ANN: Keys = {
    f"Software\\{CURRENT}\\Uninstall\\Chat": {"DisplayName": "Chat", "DisplayVersion": "3.1"},
    f"Software\\{CURRENT}\\Run": {"Chat": '"C:\\Users\\ann\\chat.exe" --quiet'},
}
BOB: Keys = {f"Software\\{CURRENT}\\Uninstall\\Chat": {"DisplayName": "Chat", "DisplayVersion": "3.1"}}
CLASSES: Keys = {
    "Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages"
    "\\Contoso.Game_1.2.3.0_neutral__abcdefghjkmnp": {}
}


def account(name: str, rid: int, *, flags: int = 0x10, hash_length: int = 56, expires: int = 0) -> dict[str, bytes]:
    """F and V of an account: times, flags; a head of offsets and lengths, and what they point to."""
    fixed = struct.pack("<HHI", 3, 1, 0) + struct.pack("<QQQQQ", 0, 0, WRITTEN, expires or (1 << 63) - 1, 0)
    fixed += struct.pack("<IIHHHH", rid, 513, flags, 0, 0, 0)
    written = name.encode("utf-16-le")
    entries = [(0, 0)] * 17
    entries[1] = (0, len(written))
    entries[14] = (len(written), hash_length)
    various = b"".join(struct.pack("<III", *entry, 0) for entry in entries) + written + b"\xee" * hash_length
    return {"F": fixed.ljust(80, b"\0"), "V": various}


def sid(*numbers: int, authority: int = 5) -> bytes:
    return (
        struct.pack("<BB", 1, len(numbers)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(numbers)}I", *numbers)
    )


def alias(*members: bytes) -> bytes:
    """C of a group: a head that says where its members are."""
    name = "Administrators".encode("utf-16-le")
    listed = b"".join(members)
    head = struct.pack("<13I", 544, 0, 0, 0, 0, len(name), 0, len(name), 0, 0, len(name), len(listed), len(members))
    return head + name + listed


_USERS = "SAM\\Domains\\Account\\Users"
SAM: Keys = {
    "SAM\\Domains\\Account": {"V": bytes(100) + MACHINE},
    "SAM\\Domains\\Builtin\\Aliases\\00000220": {
        "C": alias(sid(21, 1111, 2222, 3333, 500), sid(21, 1111, 2222, 3333, 1001), sid(21, 9, 9, 9, 1002))
    },
    f"{_USERS}\\000001F4": account("Administrator", 500, flags=0x211),
    f"{_USERS}\\000001F5": account("Guest", 501, flags=0x215, hash_length=4),
    f"{_USERS}\\000003E9": account("ann", 1001, flags=0x410),
    f"{_USERS}\\000003EA": account("böb", 1002, hash_length=24),
    f"{_USERS}\\000003EB": account("past", 1003, expires=WRITTEN),
    f"{_USERS}\\Names\\ann": {},
}

TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>EXAMPLE\\ann</Author></RegistrationInfo>
  <Triggers>
    <CalendarTrigger><StartBoundary>2024-01-01T03:00:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>
    <LogonTrigger><Enabled>false</Enabled></LogonTrigger>
    <BootTrigger><Repetition><Interval>PT15M</Interval></Repetition></BootTrigger>
  </Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings><Enabled>%s</Enabled></Settings>
  <Actions><Exec><Command>C:\\tools\\backup.exe</Command><Arguments>--all &amp; more</Arguments></Exec></Actions>
</Task>"""


def task(enabled: bool = True) -> bytes:
    return b"\xff\xfe" + (TASK % str(enabled).lower()).encode("utf-16-le")


STARTUP = "Microsoft/Windows/Start Menu/Programs/Startup"


def files() -> dict[str, bytes]:
    """The guest's files by their paths."""
    return {
        f"{CONFIG}/SYSTEM": hive(SYSTEM),
        f"{CONFIG}/SOFTWARE": hive(SOFTWARE),
        f"{CONFIG}/SAM": hive(SAM),
        "/Users/ann/NTUSER.DAT": hive(ANN),
        "/Users/ann/AppData/Local/Microsoft/Windows/UsrClass.dat": hive(CLASSES),
        f"/Users/ann/AppData/Roaming/{STARTUP}/notes.lnk": b"L\0\0\0",
        "/Users/bob/NTUSER.DAT": hive(BOB),
        f"/ProgramData/{STARTUP}/desktop.ini": b"",
        f"/ProgramData/{STARTUP}/agent.exe": b"MZ",
        "/Windows/System32/Tasks/Backup": task(),
        "/Windows/System32/Tasks/Vendor/Off": task(enabled=False),
    }


def running() -> dict[str, bytes]:
    """The same while it runs: its newest program, a miner, is in a log alone."""
    before = hive(SOFTWARE)
    after = hive(changed(SOFTWARE, {f"{CURRENT}\\Uninstall\\New": {"DisplayName": "Miner"}}))
    return files() | {
        f"{CONFIG}/SOFTWARE": dirty(before, 5, 4),
        f"{CONFIG}/SOFTWARE.LOG1": log(before, [(5, before, after)]),
        f"{CONFIG}/SOFTWARE.LOG2": b"",
    }


def changed(keys: Keys, changes: Mapping[str, Mapping[str, str | int | bytes]]) -> Keys:
    """The same keys with some values changed."""
    return {path: {**keys.get(path, {}), **changes.get(path, {})} for path in {**keys, **changes}}
