"""Facts of real roots against the word of the guest's own programs, run on the same files.

Roots are made with Debian's mmdebstrap, rpm, Berkeley DB and pacman, which takes minutes and wants root.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.introspection.disk.folder_files import FolderFiles
from tests.unit.introspection.disk.linux import rpm_databases
from vmi_console.estate.facts import Looked
from vmi_console.introspection.disk.linux import is_linux, look
from vmi_console.introspection.findings import Findings

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1800)]

PROGRAMS = ("mmdebstrap", "rpm", "rpmbuild", "db5.3_load", "pacman", "systemctl", "chroot", "ssh-keygen")
PACKAGES = (
    *("linux-image-cloud-amd64", "systemd-sysv", "udev", "dbus", "ifupdown", "openssh-server", "cron", "sudo", "ufw"),
    *(
        "apparmor",
        "rsyslog",
        "logrotate",
        "unattended-upgrades",
        "lvm2",
        "nginx-light",
        "auditd",
        "chrony",
        "nfs-common",
    ),
    *("postgresql-common", "network-manager", "telnetd"),
)


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if not missing and os.geteuid() == 0:
        return
    reason = f"this wants root and {', '.join(missing) or 'nothing else'}; see packaging/setup.sh --with-lab"
    if os.environ.get("CI") or os.environ.get("VMI_REQUIRE_LAB"):
        pytest.fail(reason)
    pytest.skip(reason)


# --- Debian -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Debian whose administrator has changed a thing or two."""
    root = tmp_path_factory.mktemp("roots") / "debian"
    suite = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    assert suite is not None
    run("mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite[1], root)
    inside = ("chroot", root)
    run(*inside, "useradd", "--create-home", "--groups", "sudo", "ann")
    run(*inside, "useradd", "--create-home", "bob")
    run(*inside, "useradd", "--create-home", "eve")
    run(*inside, "sh", "-c", "echo 'ann:secret' | chpasswd; echo 'bob:secret' | chpasswd; passwd -d eve; passwd -l bob")
    (root / "etc/sudoers.d/eve").write_text("Cmnd_Alias LS = /bin/ls\neve ALL=(ALL) NOPASSWD: LS\n")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", root / "key")
    keys = root / "home/ann/.ssh/authorized_keys"
    keys.parent.mkdir()
    keys.write_text(f'no-pty,command="echo ssh-rsa AAAA" {(root / "key.pub").read_text()}')
    (root / "etc/ssh/sshd_config.d/hard.conf").write_text("PermitRootLogin no\nMaxAuthTries 2\nAllowUsers ann bob\n")
    control = ("systemctl", f"--root={root}")
    run(*control, "disable", "nginx.service", "chrony.service")
    run(*control, "mask", "rsyslog.service")
    run(*control, "enable", "serial-getty@ttyS0.service", "ssh.socket")
    run(*control, "add-wants", "multi-user.target", "rescue.service")
    (root / "etc/systemd/system/own.service").write_text("[Service]\nExecStart=/bin/true\n")
    (root / "etc/systemd/system/own.service.d").mkdir()
    (root / "etc/systemd/system/own.service.d/i.conf").write_text("[Install]\nWantedBy=multi-user.target\n")
    run(*inside, "dpkg", "--remove", "telnetd")
    yield root
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def found(debian: Path) -> Findings:
    files = FolderFiles(debian)
    assert is_linux(files)
    findings = look(files)
    for name in ("os", "applications", "services", "users", "addresses", "settings", "autostart"):
        assert getattr(findings, name).status is Looked.READ
        assert getattr(findings, name).doubt == ""
    return findings


def test_packages_are_those_of_dpkg(debian: Path, found: Findings) -> None:
    fields = "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n"
    said = run("dpkg-query", f"--admindir={debian}/var/lib/dpkg", "-W", "-f", fields)
    theirs = {tuple(line.split()[1:]) for line in said.splitlines() if line.startswith("installed ")}
    ours = {
        (item.name, item.version, item.arch, item.source_name or item.name, item.source_version or item.version)
        for item in found.applications.items
    }
    assert ours == theirs
    assert len(ours) > 200
    assert "telnetd" not in {item.name for item in found.applications.items}


def test_units_are_those_of_systemctl(debian: Path, found: Findings) -> None:
    said = run("systemctl", f"--root={debian}", "list-unit-files", "--no-legend", "--no-pager", "--plain")
    kinds = (".service", ".socket", ".timer", ".path")
    theirs = {
        (name.removesuffix(".service"), state)
        for name, state, *_ in map(str.split, said.splitlines())
        if name.endswith(kinds)
    }
    listed = {name for name, _ in theirs}
    services = {service.name: service for service in found.services.items}
    ours = {(service.name, service.state.partition(",")[0]) for service in services.values()}
    assert {pair for pair in ours if pair[0] in listed} == theirs
    assert len(theirs) > 120
    others = {name for name, _ in ours} - listed  # instances, and what systemd would make of scripts
    assert {name for name in others if services[name].state != "generated"} == {"getty@tty1", "serial-getty@ttyS0"}
    for name in others:
        if services[name].state != "generated":
            assert run("systemctl", f"--root={debian}", "is-enabled", name).strip() == services[name].state
    assert (services["ssh"].enabled, services["nginx"].enabled, services["rsyslog"].enabled) == (True, False, False)
    assert (services["apt-daily"].enabled, services["apt-daily"].state) == (True, "static, through apt-daily.timer")


def test_users_are_as_their_own_programs_say(debian: Path, found: Findings) -> None:
    said = run("chroot", debian, "passwd", "--status", "--all")
    words = {"P": "set", "L": "locked", "NP": "none"}
    theirs = {line.split()[0]: words[line.split()[1]] for line in said.splitlines()}
    assert {user.name: user.password for user in found.users.items} == theirs
    for user in found.users.items:
        said = run("chroot", debian, "sudo", "-l", "-U", user.name)
        may_do_all = re.search(r"^\s+\((?:ALL|root)[^)]*\) (?:NOPASSWD: )?ALL$", said, re.MULTILINE) is not None
        assert user.administrator == (may_do_all or user.uid == 0), said


def test_keys_have_the_fingerprints_of_ssh_keygen(debian: Path, found: Findings) -> None:
    said = run("ssh-keygen", "-l", "-f", debian / "key.pub").split()[1]
    assert {user.name: user.keys for user in found.users.items if user.keys} == {"ann": (said,)}


def test_sshd_is_configured_as_it_says(debian: Path, found: Findings) -> None:
    (debian / "run/sshd").mkdir(parents=True, exist_ok=True)
    said = run("chroot", debian, "/usr/sbin/sshd", "-T")
    theirs: dict[str, str] = {}
    for line in said.splitlines():
        name, _, value = line.partition(" ")
        theirs[name] = f"{theirs[name]} {value}" if name in theirs else value
    theirs["permitrootlogin"] = theirs["permitrootlogin"].replace("without-password", "prohibit-password")
    ours = {item.name: item.value for item in found.settings.items if item.name.startswith("sshd.")}
    assert len(ours) > 15
    assert {name: theirs[name.removeprefix("sshd.").lower()] for name in ours} == ours


def test_kernel_and_release(debian: Path, found: Findings) -> None:
    (system,) = found.os.items
    assert system.version == (debian / "etc/debian_version").read_text().strip()
    assert system.kernels == tuple(sorted(path.name for path in (debian / "lib/modules").iterdir()))
    assert system.kernel in system.kernels


# --- RPM --------------------------------------------------------------------------------------------------------------

SPECS = {
    "alpha": "Version: 1.0\nRelease: 1.el9\nBuildArch: noarch\n",
    "beta": "Version: 2.3~rc1\nRelease: 4.fc39\nEpoch: 2\nBuildArch: noarch\n",
    "gamma": "Version: 1.0^git1\nRelease: 1\n",
    "many-files": "Version: 9\nRelease: 9\nEpoch: 0\nBuildArch: noarch\n",
    "delta": "Version: 5.5\nRelease: 2.module+el8\nBuildArch: noarch\n",
}
QUERY = "%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM}\\n"


@pytest.fixture(scope="module")
def red_hat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An RPM root in SQLite, with packages built by rpmbuild."""
    work = tmp_path_factory.mktemp("rpm")
    for name, lines in SPECS.items():
        spec = work / f"{name}.spec"
        files = 2000 if name == "many-files" else 3
        more = "%package libs\nVersion: 6.1\nSummary: x\n%description libs\nx\n%files libs\n" if name == "delta" else ""
        spec.write_text(
            f"Name: {name}\n{lines}Summary: x\nLicense: MIT\n%description\nx\n%install\n"
            f"mkdir -p %{{buildroot}}/opt/{name}\n"
            f"for i in $(seq {files}); do echo $i > %{{buildroot}}/opt/{name}/file-$i; done\n"
            f"%files\n/opt/{name}\n{more}"
        )
        run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {work}", spec)
    root = work / "root"
    packages = sorted(work.glob("RPMS/*/*.rpm"))
    assert len(packages) == 6
    run("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--initdb")
    run("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--ignorearch", "--ignoreos", *packages)
    run("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-e", "alpha")
    return root


def packages_of(root: Path) -> set[str]:
    """As `QUERY` would say them, the source's file put together again."""
    facts = look(FolderFiles(root)).applications
    assert (facts.status, facts.doubt) == (Looked.READ, "")
    said = set()
    for item in facts.items:
        source = (item.source_version or item.version).rpartition(":")[2]
        said.add(f"{item.name} {item.version} {item.arch} {item.source_name or item.name}-{source}.src.rpm")
    return said


def asked(root: Path, *more: str) -> set[str]:
    said = run("rpm", "--root", root, "--dbpath", "/var/lib/rpm", *more, "-qa", "--qf", QUERY).splitlines()
    return {line.replace(" 0:", " ") for line in said}  # an epoch of 0 is none


def test_packages_are_those_of_rpm(red_hat: Path) -> None:
    theirs = asked(red_hat)
    assert packages_of(red_hat) == theirs
    assert len(theirs) == 5


def test_packages_in_berkeley_db_are_those_of_rpm(red_hat: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(red_hat / "var/lib/rpm/rpmdb.sqlite", copy)
    headers = [blob for (blob,) in sqlite3.connect(copy).execute("SELECT blob FROM Packages ORDER BY hnum")]
    for page_size in (4096, 16_384):
        root = tmp_path / str(page_size)
        rpm_databases.berkeley(root / "var/lib/rpm/Packages", headers, page_size)
        assert packages_of(root) == asked(root, "--define", "_db_backend bdb_ro") == asked(red_hat)


# --- pacman -----------------------------------------------------------------------------------------------------------


def test_packages_are_those_of_pacman(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "var/lib/pacman").mkdir(parents=True)
    configuration = tmp_path / "pacman.conf"
    configuration.write_text("[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n")
    pacman = ("pacman", "--root", root, "--config", configuration, "--dbpath", root / "var/lib/pacman", "--noconfirm")
    for name, version, base in (
        ("zlib", "1:1.3.1-1", "zlib"),
        ("gcc-libs", "13.2.1-5", "gcc"),
        ("gone", "1-1", "gone"),
    ):
        information = tmp_path / ".PKGINFO"
        information.write_text(
            f"pkgname = {name}\npkgbase = {base}\npkgver = {version}\npkgdesc = x\nsize = 1\narch = any\n"
        )
        package = tmp_path / f"{name}.pkg.tar"
        run("tar", "--create", "--file", package, "--directory", tmp_path, ".PKGINFO")
        run(*pacman, "--upgrade", package)
    run(*pacman, "--remove", "gone")
    theirs = {tuple(line.split()) for line in run(*pacman, "--query").splitlines()}
    facts = look(FolderFiles(root)).applications
    assert (
        {(item.name, item.version) for item in facts.items}
        == theirs
        == {
            ("zlib", "1:1.3.1-1"),
            ("gcc-libs", "13.2.1-5"),
        }
    )
    assert {item.name: item.source_name for item in facts.items} == {"zlib": "", "gcc-libs": "gcc"}
