from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import Link, reading
from vmi_console.introspection.disk.linux.release import Release, hostname, release

ALPINE = "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.19.1\n"
UBUNTU = (
    'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.4 LTS (Jammy)"\nID=ubuntu\n'
)
DEBIAN = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian\n'
CENTOS = 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nVERSION_ID="7"\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/etc/os-release": DEBIAN, "/etc/debian_version": "12.8\n"}, Release("Debian GNU/Linux", "12.8", "debian")),
        ({"/etc/os-release": DEBIAN}, Release("Debian GNU/Linux", "12", "debian")),
        (
            {"/etc/os-release": DEBIAN, "/etc/debian_version": "trixie/sid\n"},
            Release("Debian GNU/Linux", "12", "debian"),
        ),
        ({"/etc/os-release": UBUNTU, "/etc/debian_version": "bookworm/sid\n"}, Release("Ubuntu", "22.04.4", "ubuntu")),
        (
            {"/etc/os-release": CENTOS, "/etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n"},
            Release("CentOS Linux", "7.9.2009", "centos"),
        ),
        (
            {"/etc/os-release": Link("../usr/lib/os-release"), "/usr/lib/os-release": ALPINE},
            Release("Alpine Linux", "3.19.1", "alpine"),
        ),
        ({"/usr/lib/os-release": "NAME=Arch\nID=arch\nBUILD_ID=rolling\n"}, Release("Arch", "", "arch")),
        (
            {"/etc/redhat-release": "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"},
            Release("Red Hat Enterprise Linux Server", "6.10", "rhel"),
        ),
        ({"/etc/redhat-release": "CentOS release 5.11 (Final)\n"}, Release("CentOS", "5.11", "centos")),
        ({"/etc/alpine-release": "3.2.0\n"}, Release("Alpine Linux", "3.2.0", "alpine")),
        (
            {"/etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\n", "/etc/debian_version": "squeeze/sid"},
            Release("Ubuntu", "10.04", "ubuntu"),
        ),
        ({"/etc/debian_version": "6.0.10\n"}, Release("Debian GNU/Linux", "6.0.10", "debian")),
        ({"/etc/arch-release": "", "/etc/passwd": ""}, Release("Arch Linux", "", "arch")),
        ({"/etc/os-release": "\0\xff=\n", "/etc/passwd": ""}, Release("Linux")),
        ({"/etc": Link("etc")}, Release("Linux")),  # which cannot be read, so that nothing tells
    ],
)
def test_releases(tmp_path: Path, files: dict[str, str], expected: Release) -> None:
    assert release(reading(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/etc/hostname": "# ours\nweb-01\n"}, "web-01"),
        ({"/etc/sysconfig/network": 'NETWORKING=yes\nHOSTNAME="old.example"\n'}, "old.example"),
        ({"/etc/HOSTNAME": "suse\n"}, "suse"),
        ({"/etc/hostname": ""}, ""),
    ],
)
def test_hostnames(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert hostname(reading(tmp_path, files)) == expected
