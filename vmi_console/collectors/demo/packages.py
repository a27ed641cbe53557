"""Believable packages and services: names and versions by package manager."""

from __future__ import annotations

import itertools
import zlib

from vmi_console.estate.facts import Application, Service


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CORE: dict[str, tuple[str, ...]] = {
    "dpkg": _words("""
        apt base-files base-passwd bash coreutils dash debconf dpkg e2fsprogs findutils gpgv grep gzip hostname
        init-system-helpers iproute2 kmod libc6 libc-bin libgnutls30 libpam-modules libssl3 libsystemd0 login
        mount openssh-server openssh-client openssl passwd perl-base procps sed sudo systemd systemd-sysv tar
        tzdata udev util-linux zlib1g auditd rsyslog cron logrotate curl ca-certificates open-vm-tools python3
        python3-apt unattended-upgrades vim-tiny wget xz-utils gnupg less lsb-release netbase nftables chrony
    """),
    "rpm": _words("""
        audit basesystem bash chrony coreutils cronie crypto-policies curl dbus-broker dnf e2fsprogs filesystem
        findutils firewalld gawk glibc gnutls grep grub2-efi-x64 gzip hostname iproute kernel kmod krb5-libs
        libselinux libxml2 logrotate NetworkManager open-vm-tools openldap openssh-server openssl openssl-libs
        pam passwd policycoreutils procps-ng python3 rpm rsyslog sed selinux-policy-targeted setup shadow-utils
        sudo systemd tar tzdata util-linux vim-minimal xz yum zlib
    """),
    "windows": (
        "Microsoft Edge",
        "Microsoft Edge Update",
        "Microsoft Edge WebView2 Runtime",
        "Microsoft Visual C++ 2015-2022 Redistributable (x64)",
        "Microsoft Visual C++ 2015-2022 Redistributable (x86)",
        "Microsoft .NET Runtime - 8.0 (x64)",
        "Microsoft ASP.NET Core 8.0 - Shared Framework (x64)",
        "Microsoft ODBC Driver 17 for SQL Server",
        "Microsoft Monitoring Agent",
        "Microsoft Update Health Tools",
        "Windows Subsystem for Linux Update",
        "VMware Tools",
        "PowerShell 7-x64",
        "7-Zip (x64)",
        "Notepad++ (64-bit x64)",
        "Git",
        "Python 3.12 (64-bit)",
        "WinSCP",
        "PuTTY (64-bit)",
        "Mozilla Firefox (x64 en-US)",
        "Adobe Acrobat Reader",
        "Local Administrator Password Solution",
        "NXLog-CE",
        "Zabbix Agent 2 (64-bit)",
    ),
}
_THINGS = _words("""
        archive audio binary cache calendar cluster codec color compress config container crypto database device
        document email event feed file filter font geometry graph hash http image index json kerberos keyring
        ldap locale log markup math media
    """)
_KINDS = _words("""
        bindings client codec common core data dev doc driver extra filter format helper io lang modern net
        parser plugin runtime schema server test tools utils
    """)
_FORMS = {
    "dpkg": ("lib{0}-{1}", "python3-{0}-{1}", "lib{0}-{1}-perl"),
    "rpm": ("{0}-{1}", "python3-{0}-{1}", "perl-{0}-{1}"),
    "windows": ("{0} {1} (64-bit)", "{0} {1} SDK", "Acme {0} {1}"),
}
MORE: dict[str, tuple[str, ...]] = {
    manager: tuple(
        form.format(*((thing.title(), kind.title()) if manager == "windows" else (thing, kind)))
        for form, kind, thing in itertools.product(forms, _KINDS, _THINGS)
    )
    for manager, forms in _FORMS.items()
}
ARCHITECTURES = {"dpkg": "amd64", "rpm": "x86_64", "windows": ""}
_KNOWN_VERSIONS = {
    ("dpkg", "auditd"): "1:3.0.9-1",
    ("dpkg", "openssl"): "3.0.15-1~deb12u1",
    ("dpkg", "bash"): "5.2.15-2+b7",
    ("dpkg", "nginx"): "1.22.1-9",
    ("dpkg", "php8.2-fpm"): "8.2.24-1~deb12u1",
    ("dpkg", "postgresql-15"): "15.8-0+deb12u1",
    ("dpkg", "openjdk-17-jre"): "17.0.13+11-2~22.04",
    ("dpkg", "tomcat10"): "10.1.6-1+deb12u2",
    ("dpkg", "docker-ce"): "5:27.3.1-1",
    ("rpm", "postgresql-server"): "15.8-1.el9",
    ("rpm", "audit"): "3.1.2-2.el9",
    ("rpm", "openssl"): "1:3.0.7-28.el9_4",
    ("windows", "VMware Tools"): "12.4.5.23787635",
}


def package(manager: str, name: str, level: int) -> Application:
    """A package at a patch level (from 0): a higher one is a newer version."""
    known = _KNOWN_VERSIONS.get((manager, name))
    draw = zlib.crc32(name.encode())
    major, minor, patch = draw % 9 + 1, draw // 9 % 30, draw // 270 % 10 + level
    match manager:
        case "dpkg":
            version = known or f"{major}.{minor}.{patch}-{draw // 2700 % 4 + 1}"
        case "rpm":
            version = known or f"{major}.{minor}.{patch}-{draw // 2700 % 20 + 1}.el9"
        case _:
            version = known or f"{major}.{minor}.{patch}.{draw % 40_000}"
    return Application(name=name, version=version, arch=ARCHITECTURES[manager], manager=manager)


def _services(running: str, stopped: str = "", state: tuple[str, str] = ("enabled", "disabled")) -> tuple[Service, ...]:
    return tuple(Service(name=name, enabled=True, running=True, state=state[0]) for name in running.split()) + tuple(
        Service(name=name, enabled=False, running=False, state=state[1]) for name in stopped.split()
    )


SERVICES: dict[str, tuple[Service, ...]] = {
    "dpkg": _services(
        "auditd chrony cron dbus getty@tty1 networking open-vm-tools rsyslog ssh systemd-journald systemd-logind "
        "systemd-udevd unattended-upgrades",
        "apt-daily nftables rsync systemd-resolved",
    ),
    "rpm": _services(
        "auditd chronyd crond dbus-broker firewalld getty@tty1 NetworkManager rsyslog sshd systemd-journald "
        "systemd-logind systemd-udevd vmtoolsd",
        "debug-shell kdump rpcbind",
    ),
    "windows": _services(
        "BFE CryptSvc Dhcp Dnscache EventLog LanmanWorkstation MpsSvc Netlogon nsi RpcSs SamSs Schedule VMTools "
        "W32Time WinDefend Winmgmt WinRM",
        "RemoteRegistry SSDPSRV TlntSvr upnphost",
        ("auto", "disabled"),
    ),
}
PATCHES = ("KB5046617", "KB5044285", "KB5042421", "KB5041948", "KB5037425", "KB5036620", "KB5034468")  # newest first
