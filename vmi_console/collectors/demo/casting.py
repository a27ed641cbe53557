"""Who lives in the demo estate: operating systems, networks, roles of machines, and the people who run them."""

from __future__ import annotations

from typing import NamedTuple

from vmi_console.estate.vlan import Vlan, access, trunk


class System(NamedTuple):
    """An operating system that guests run."""

    name: str
    version: str
    os_id: str  # vim.vm.GuestOsDescriptor.GuestOsIdentifier
    family: str
    kernel: str
    manager: str  # of packages


DEBIAN_12 = System("Debian GNU/Linux 12 (bookworm)", "12.8", "debian12_64Guest", "linux", "6.1.0-28-amd64", "dpkg")
UBUNTU_22 = System("Ubuntu 22.04.5 LTS", "22.04", "ubuntu64Guest", "linux", "5.15.0-125-generic", "dpkg")
UBUNTU_24 = System("Ubuntu 24.04.1 LTS", "24.04", "ubuntu64Guest", "linux", "6.8.0-49-generic", "dpkg")
RHEL_9 = System(
    "Red Hat Enterprise Linux 9.4 (Plow)", "9.4", "rhel9_64Guest", "linux", "5.14.0-427.40.1.el9_4.x86_64", "rpm"
)
WINDOWS_2022 = System(
    "Microsoft Windows Server 2022", "10.0.20348", "windows2019srvNext_64Guest", "windows", "10.0.20348.2849", "windows"
)
WINDOWS_2019 = System(
    "Microsoft Windows Server 2019", "10.0.17763", "windows2019srv_64Guest", "windows", "10.0.17763.6532", "windows"
)
WINDOWS_11 = System("Microsoft Windows 11", "10.0.22631", "windows11_64Guest", "windows", "10.0.22631.4460", "windows")
DEBIAN_9 = System("Debian GNU/Linux 9 (stretch)", "9.13", "debian9_64Guest", "linux", "4.9.0-19-amd64", "dpkg")
CENTOS_7 = System(
    "CentOS Linux 7 (Core)", "7.9.2009", "centos7_64Guest", "linux", "3.10.0-1160.119.1.el7.x86_64", "rpm"
)
WINDOWS_2008 = System(
    "Microsoft Windows Server 2008 R2", "6.1.7601", "windows7Server64Guest", "windows", "6.1.7601.24545", "windows"
)
SYSTEMS = (
    DEBIAN_12,
    UBUNTU_22,
    UBUNTU_24,
    RHEL_9,
    WINDOWS_2022,
    WINDOWS_2019,
    WINDOWS_11,
    DEBIAN_9,
    CENTOS_7,
    WINDOWS_2008,
)


class Portgroup(NamedTuple):
    """A portgroup that every datacenter has; `prefix` is the first half of its addresses."""

    name: str
    vlan: Vlan
    prefix: str


PORTGROUPS = (
    Portgroup("prod-web", access(110), "10.110"),
    Portgroup("prod-db", access(120), "10.120"),
    Portgroup("prod-app", access(130), "10.130"),
    Portgroup("infra", access(140), "10.140"),
    Portgroup("build", access(150), "10.150"),
    Portgroup("vdi", access(160), "10.160"),
    Portgroup("test", access(170), "10.170"),
    Portgroup("backup", access(180), "10.180"),
    Portgroup("guest-dmz", access(666), "172.16"),
    Portgroup("quarantine", access(999), "192.168"),
    Portgroup("fw-trunk", trunk([(100, 199), (666, 666)]), "10.100"),
)
QUARANTINE = "quarantine"
LEGACY_LAN = Portgroup("legacy-lan", access(40), "10.40")  # on each host's own standard switch
LEGACY_LAN_ELSEWHERE = access(41)  # what somebody configured on one host, years ago


class Role(NamedTuple):
    """What a machine is for, and what follows from that."""

    name: str
    systems: tuple[System, ...]
    networks: tuple[str, ...]  # one NIC each
    vcpus: int
    memory_gib: int
    disks_gib: tuple[int, ...]
    folder: str
    tags: tuple[str, ...]
    owner: str
    packages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    cpu_percent: float = 15.0  # on an ordinary day


_ROLES = (
    Role(
        "web", (DEBIAN_12, UBUNTU_24), ("prod-web",), 2, 4, (40,), "Production/Web", ("prod", "web"), "web-team",
        ("nginx", "php8.2-fpm", "certbot"), ("nginx", "php8.2-fpm"), 25.0,
    ),
    Role(
        "web-pci", (DEBIAN_12,), ("prod-web",), 2, 8, (40, 20), "Production/Cardholder", ("prod", "web", "pci"),
        "payments", ("nginx", "modsecurity-crs", "aide"), ("nginx", "aide-timer"), 30.0,
    ),
    Role(
        "db", (DEBIAN_12, RHEL_9), ("prod-db", "backup"), 8, 64, (60, 500), "Production/Databases", ("prod", "db"),
        "dba", ("postgresql-15", "pgbouncer"), ("postgresql", "pgbouncer"), 45.0,
    ),
    Role(
        "db-pci", (RHEL_9,), ("prod-db", "backup"), 8, 64, (60, 250), "Production/Cardholder", ("prod", "db", "pci"),
        "payments", ("postgresql-server", "pgaudit"), ("postgresql",), 40.0,
    ),
    Role(
        "app", (UBUNTU_22, UBUNTU_24), ("prod-app",), 4, 16, (60,), "Production/Applications", ("prod", "app"),
        "app-team", ("openjdk-17-jre", "tomcat10"), ("tomcat10",), 35.0,
    ),
    Role(
        "dc", (WINDOWS_2022,), ("infra",), 2, 8, (80,), "Infrastructure", ("prod", "infra", "windows"), "identity",
        ("RSAT Tools",), ("NTDS", "DNS", "Kdc"), 10.0,
    ),
    Role(
        "mail", (WINDOWS_2019,), ("infra",), 8, 96, (120, 1000), "Infrastructure", ("prod", "infra", "windows"),
        "messaging", ("Microsoft Exchange Server 2019",), ("MSExchangeTransport", "MSExchangeIS"), 30.0,
    ),
    Role(
        "file", (WINDOWS_2022,), ("infra", "backup"), 4, 16, (80, 2000), "Infrastructure", ("prod", "windows"),
        "storage", ("DFS Management",), ("LanmanServer", "Dfs"), 12.0,
    ),
    Role(
        "build", (UBUNTU_24, DEBIAN_12), ("build",), 8, 16, (200,), "Engineering/Build", ("build",), "engineering",
        ("gitlab-runner", "docker-ce"), ("gitlab-runner", "docker"), 55.0,
    ),
    Role(
        "vdi", (WINDOWS_11,), ("vdi",), 2, 8, (64,), "Desktops", ("vdi", "windows"), "workplace",
        ("Microsoft 365 Apps", "Google Chrome"), ("ClickToRunSvc",), 8.0,
    ),
    Role(
        "legacy", (DEBIAN_9, CENTOS_7, WINDOWS_2008), ("legacy-lan",), 2, 4, (36,), "Legacy", ("legacy",), "nobody",
        (), (), 6.0,
    ),
    Role(
        "test", (DEBIAN_12, UBUNTU_24, RHEL_9), ("test",), 2, 4, (40,), "Engineering/Test", ("test",), "engineering",
        ("python3-pytest",), (), 10.0,
    ),
    Role(
        "fw", (DEBIAN_12,), ("fw-trunk", "guest-dmz"), 4, 4, (20,), "Infrastructure", ("prod", "infra", "firewall"),
        "network", ("nftables", "frr"), ("nftables", "frr"), 20.0,
    ),
    Role(
        "template-debian", (DEBIAN_12,), ("build",), 2, 4, (20,), "Templates", ("template",), "engineering",
    ),
    Role(
        "jump", (UBUNTU_22,), ("infra",), 1, 2, (20,), "Infrastructure", ("prod", "infra"), "operations",
        ("tmux", "fail2ban"), ("fail2ban",), 4.0,
    ),
    Role(
        "backup", (RHEL_9,), ("backup",), 4, 16, (100, 4000), "Infrastructure", ("prod", "infra"), "storage",
        ("bacula-director",), ("bacula-dir",), 18.0,
    ),
)  # fmt: skip
ROLES = {role.name: role for role in _ROLES}

_COUNTS_IN_TWENTY = {
    "web": 3, "web-pci": 1, "db": 2, "db-pci": 1, "app": 4, "build": 1, "dc": 1, "mail": 1, "file": 1, "vdi": 3,
    "legacy": 1,
}  # fmt: skip
_TWENTIETH_IN_TURN = ("fw", "template-debian", "test", "jump", "backup")
PATTERN: tuple[Role, ...] = tuple(  # the roles of any 100 successive machines
    ROLES[name]
    for twentieth in _TWENTIETH_IN_TURN
    for name in (*(name for name, count in _COUNTS_IN_TWENTY.items() for _ in range(count)), twentieth)
)
NEW_MACHINE = ROLES["app"]  # what a VM made later is for


class Site(NamedTuple):
    """A town with a datacenter, and what it is called in host names."""

    name: str
    code: str


SITES = (
    Site("Frankfurt", "fra"),
    Site("Dublin", "dub"),
    Site("Singapore", "sin"),
    Site("Montréal", "yul"),
    Site("São Paulo", "gru"),
    Site("Kraków", "krk"),
    Site("Osaka", "kix"),
    Site("Nairobi", "nbo"),
)


class Hardware(NamedTuple):
    """A model of server, two sockets each."""

    vendor: str
    model: str
    cpu: str
    cores_per_socket: int
    mhz: int
    memory_gib: int


HARDWARE = (
    Hardware("Dell Inc.", "PowerEdge R760", "Intel(R) Xeon(R) Gold 6448Y", 32, 2100, 1024),
    Hardware("HPE", "ProLiant DL380 Gen11", "Intel(R) Xeon(R) Gold 6430", 32, 2100, 1024),
    Hardware("Lenovo", "ThinkSystem SR655 V3", "AMD EPYC 9354", 32, 3250, 768),
)

DRS = "DRS"
ADMINISTRATORS = ("j.kim", "m.okafor", "s.lindqvist", "r.patel", "a.novak")
