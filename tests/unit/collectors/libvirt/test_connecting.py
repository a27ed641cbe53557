"""Addresses, identities, and failures explained: as far as a machine without a hypervisor has them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import libvirt
import pytest

from tests.unit.collectors.libvirt.recording import Recording
from vmi_console.collectors import libvirt as provider
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.errors import explained
from vmi_console.collectors.protocol import Role, Start
from vmi_console.errors import (
    CollectorError,
    CommandRefused,
    ConnectionUriError,
    CredentialsNeeded,
    TrustNeeded,
    Unreachable,
    Unsupported,
)
from vmi_console.estate.identity import EntityId

UUID = "c7a5fdbd-edaf-9455-926a-d65c16db1809"


@pytest.mark.parametrize(
    ("uri", "opened"),
    [
        ("qemu:///system", "qemu:///system"),
        ("qemu+ssh://root@kvm1/system", "qemu+ssh://root@kvm1/system?no_tty=1"),
        ("qemu+ssh://kvm1/system?keyfile=/k", "qemu+ssh://kvm1/system?keyfile=/k&no_tty=1"),
        ("qemu+ssh://kvm1/system?no_tty=0", "qemu+ssh://kvm1/system?no_tty=0"),
        ("qemu+tls://kvm1/system", "qemu+tls://kvm1/system"),
    ],
)
def test_ssh_never_asks_on_a_terminal(uri: str, opened: str) -> None:
    assert target(uri).opened == opened


def test_the_endpoint_is_the_host_and_its_driver_however_it_is_reached() -> None:
    ways = [
        "qemu:///system",
        "qemu+ssh://root@kvm1/system",
        "qemu+tcp://10.0.0.1:16509/system",
        "QEMU+tls://kvm1/system",
    ]
    assert {target(uri).endpoint(UUID) for uri in ways} == {f"{UUID}.qemu"}
    assert target("lxc:///").endpoint(UUID) == f"{UUID}.lxc"


def test_each_users_own_daemon_is_an_endpoint_of_its_own() -> None:
    assert target("qemu:///session").endpoint(UUID) == f"{UUID}.qemu.session-{os.getuid()}"
    assert target("qemu+ssh://joe@kvm1/session").endpoint(UUID) == f"{UUID}.qemu.session-joe"


def test_the_test_driver_is_told_apart_by_its_file() -> None:
    names = {target(uri).endpoint(None) for uri in ("test:///default", "test:///a.xml", "test:///b.xml")}
    assert len(names) == 3
    assert target("test:///default").endpoint(None) in names
    assert all(name.endswith(".test") for name in names)


@pytest.mark.parametrize("uri", ["qemu+ssh://[::1/system", "qemu://h:port/system", "qemu+ssh://me:secret@kvm1/system"])
def test_addresses_that_cannot_be_used(uri: str) -> None:
    with pytest.raises(ConnectionUriError) as caught:
        target(uri)
    assert "secret" not in str(caught.value)


async def failure(uri: str) -> CollectorError:
    reader = provider.reader(Start(role=Role.READER, uri=uri))
    with pytest.raises(CollectorError) as caught:
        await reader.run(Recording())
    return caught.value


async def test_no_socket(tmp_path: Path) -> None:
    error = await failure(f"qemu+unix:///system?socket={tmp_path}/none")
    assert isinstance(error, Unreachable)
    assert f"no libvirt daemon listens at {tmp_path}/none" in error.message
    assert "start libvirtd" in error.advice


async def test_a_socket_that_nobody_serves(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(tmp_path / "s"))
    error = await failure(f"qemu+unix:///system?socket={tmp_path}/s")
    assert isinstance(error, Unreachable)
    assert "is not running" in error.message


async def test_a_port_that_nobody_serves() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = await failure(f"qemu+tcp://127.0.0.1:{port}/system")
    assert isinstance(error, Unreachable)
    assert f"127.0.0.1:{port} refuses" in error.message


async def test_a_name_that_nobody_has() -> None:
    error = await failure("qemu+tcp://no-such-host.invalid/system")
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid" in error.message


async def test_a_transport_that_does_not_exist() -> None:
    assert isinstance(await failure("qemu+pigeon://kvm1/system"), Unsupported)


async def test_a_file_of_the_test_driver_that_does_not_exist() -> None:
    error = await failure("test:///no/such/file.xml")
    assert isinstance(error, Unsupported)
    assert "/no/such/file.xml" in error.message


async def test_a_hypervisor_that_wants_a_user() -> None:
    """libvirt's ESX driver asks for the name before it tries to connect."""
    assert isinstance(await failure("esx://127.0.0.1/"), CredentialsNeeded)


def raised(words: str, code: int) -> libvirt.libvirtError:
    error = libvirt.libvirtError(words)
    error.err = (code, libvirt.VIR_FROM_RPC, words, libvirt.VIR_ERR_ERROR, None, None, None, -1, -1)
    return error


LOST = libvirt.VIR_ERR_SYSTEM_ERROR


@pytest.mark.parametrize(
    ("words", "code", "kind", "advice"),
    [
        ("Cannot recv data: Host key verification failed.: Connection reset by peer", LOST, Unreachable, "with ssh"),
        (
            "Cannot recv data: @@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@@ Host key verification failed.",
            LOST,
            Unreachable,
            "ssh-keygen -R",
        ),
        (
            "Cannot recv data: joe@kvm1: Permission denied (publickey,password).: Connection reset by peer",
            LOST,
            CredentialsNeeded,
            "ssh-add",
        ),
        ("Cannot recv data: sh: 1: nc: not found: Connection reset by peer", LOST, Unsupported, "netcat"),
        ("Cannot recv data: bash: line 1: nc: command not found: Connection reset", LOST, Unsupported, "netcat"),
        (
            "Cannot recv data: ssh: connect to host kvm1 port 22: Connection refused: Connection reset by peer",
            LOST,
            Unreachable,
            "sshd",
        ),
        ("Cannot recv data: ssh: connect to host kvm1 port 22: No route to host: reset", LOST, Unreachable, "firewall"),
        (
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
            LOST,
            CredentialsNeeded,
            "group libvirt",
        ),
        (
            "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
            libvirt.VIR_ERR_AUTH_UNAVAILABLE,
            CredentialsNeeded,
            "org.libvirt.unix.monitor",
        ),
        ("authentication failed: authentication failed", libvirt.VIR_ERR_AUTH_FAILED, CredentialsNeeded, "password"),
        ("authentication cancelled", libvirt.VIR_ERR_AUTH_CANCELLED, CredentialsNeeded, "password"),
        ("Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file", LOST, Unsupported, "qemu+ssh"),
        ("The certificate is not trusted.", libvirt.VIR_ERR_SYSTEM_ERROR, TrustNeeded, "CA"),
        ("no connection driver available for foo:///", libvirt.VIR_ERR_NO_CONNECT, Unsupported, "qemu:///system"),
        ("internal error: unexpected QEMU URI path '/sytem', try qemu:///system", 1, Unsupported, "qemu:///system"),
        ("End of file while reading data: Input/output error", LOST, Unreachable, ""),
    ],
)
def test_failures_say_what_to_do(words: str, code: int, kind: type[CollectorError], advice: str) -> None:
    error = explained(raised(words, code), "kvm1")
    assert type(error) is kind
    assert advice in error.advice
    assert "kvm1" in error.message or "this address" in error.message or "on this machine" in error.message


async def test_inspector_needs_the_grant_whatever_it_is_asked() -> None:
    made = provider.inspector(Start(role=Role.INSPECTOR, uri="test:///default"))
    with pytest.raises(CommandRefused, match="may not look into the guests"):
        await made.inspect(EntityId("vm/here/1"))
    with pytest.raises(CommandRefused, match="may not look into the guests"):
        await made.run(Recording())


_WITHOUT = """
import sys
sys.modules["libvirt"] = None
from vmi_console.collectors.libvirt import reader
from vmi_console.collectors.protocol import Role, Start
from vmi_console.errors import Unsupported
try:
    reader(Start(role=Role.READER, uri="test:///default"))
except Unsupported as error:
    print(error)
"""


def test_where_libvirt_is_missing_it_says_what_to_install() -> None:
    said = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True).stdout
    assert "not installed on this machine" in said
    assert "install" in said.partition("(")[2]
