"""Exports of a real NBD server: through a Unix socket, and across a network over TLS and in no other way."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.console import aside
from tests.hypervisors.certificates import certificates
from vmi_console.collectors.libvirt.inspecting.forward import route
from vmi_console.errors import SourceError
from vmi_console.introspection.blocks.nbd import Door, NbdSource

pytestmark = pytest.mark.lab

CONTENT = b"".join(number.to_bytes(4) for number in range(1 << 18))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk, and certificates of a CA as libvirt and QEMU lay them out; `other` has those of another CA."""
    made = tmp_path_factory.mktemp("nbd")
    (made / "disk.img").write_bytes(CONTENT)
    for name in ("ours", "other"):
        certificates(made / name)
    return made


@asynccontextmanager
async def serving(folder: Path, port: int, *options: str) -> AsyncIterator[None]:
    server = await aside(lambda: subprocess.Popen(
        ["qemu-nbd", "-b", "127.0.0.1", "-p", f"{port}", "-r", "-t", "-f", "raw", "-x", "vda", *options,
         folder / "disk.img"]
    ))  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield
    finally:
        server.terminate()
        await aside(server.wait)


def encrypted(folder: Path) -> tuple[str, ...]:
    creds = f"tls-creds-x509,id=tls0,endpoint=server,dir={folder / 'ours'},verify-peer=yes"
    return "--object", creds, "--tls-creds", "tls0"


def door(pki: Path, port: int) -> Door:
    """As an inspector of a connection with these certificates knocks."""
    offered = route(f"qemu+tls://127.0.0.1/system?pkipath={pki}").server("vmi-console-0123456789abcdef")
    assert offered.host == "127.0.0.1"
    return Door(host=offered.host, port=port, context=offered.context)


async def test_an_export_is_read_over_tls(folder: Path, unused_tcp_port: int) -> None:
    async with serving(folder, unused_tcp_port, *encrypted(folder)):
        source = await NbdSource.open(door(folder / "ours", unused_tcp_port), "vda")
        assert source.size == len(CONTENT)
        assert await source.read(12_345, 500_000) == CONTENT[12_345:512_345]
        await source.close()
        with pytest.raises(SourceError, match="refuses the export"):
            await NbdSource.open(door(folder / "ours", unused_tcp_port), "vdb")


async def test_a_server_of_another_ca_is_not_spoken_to(folder: Path, unused_tcp_port: int) -> None:
    async with serving(folder, unused_tcp_port, *encrypted(folder)):
        with pytest.raises(SourceError, match="not to be trusted"):
            await NbdSource.open(door(folder / "other", unused_tcp_port), "vda")


async def test_a_server_without_tls_is_not_spoken_to(folder: Path, unused_tcp_port: int) -> None:
    async with serving(folder, unused_tcp_port):
        with pytest.raises(SourceError, match="offers no TLS"):
            await NbdSource.open(door(folder / "ours", unused_tcp_port), "vda")


async def test_who_has_no_certificate_gets_nothing(folder: Path, unused_tcp_port: int) -> None:
    nobody = ssl.create_default_context(cafile=str(folder / "ours/cacert.pem"))
    async with serving(folder, unused_tcp_port, *encrypted(folder)):
        with pytest.raises(SourceError):
            await NbdSource.open(Door(host="127.0.0.1", port=unused_tcp_port, context=nobody), "vda")


def test_there_is_no_way_across_a_network_without_protection(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="unprotected"):
        route("qemu+tcp://host/system")
    with pytest.raises(SourceError, match="certificates"):
        route(f"qemu+tls://host/system?pkipath={tmp_path}")
