"""Passwords in addresses: refused, and never shown."""

from __future__ import annotations

import pytest

from vmi_console.addresses import LONGEST, masked, refuse_password
from vmi_console.errors import ConnectionUriError

WITH_PASSWORD = [
    "qemu+ssh://root:hunter2@kvm1/system",
    "vsphere://administrator%40vsphere.local:hunter2@vc.example:443/",
    "foo://:hunter2@x/",
    "esx://root:hun@ter2@x/?no_verify=1",
    "demo://root:hunter2@y",
    "qemu+ssh://root:hun/ter2@kvm1/system",
    "qemu+ssh://root:x2/hunter?2#3@kvm1/system?keyfile=/home/me/key",
]
WITHOUT = [
    "qemu:///system",
    "qemu+ssh://root@kvm1:2222/system?keyfile=/home/me/a:b@c",
    "vsphere://administrator%40vsphere.local@vc.example:443/",
    "qemu+tcp://[::1]:16509/system",
    "qemu+tls://[fe80::1]:16514/system?pkipath=/home/me@work",
    "vsphere://vc.example:443/?note=a@b",
    "test:///path/with:colon@and/at",
    "demo://?hosts=3",
    "",
]


@pytest.mark.parametrize("uri", WITH_PASSWORD)
def test_a_password_is_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(ConnectionUriError) as refusal:
        refuse_password(uri)
    assert "hun" not in str(refusal.value)
    assert "hun" not in masked(uri)


@pytest.mark.parametrize("uri", WITHOUT)
def test_other_addresses_pass_and_are_shown_as_they_are(uri: str) -> None:
    refuse_password(uri)
    assert masked(uri) == uri


def test_what_is_far_too_long_is_none() -> None:
    with pytest.raises(ConnectionUriError, match="characters"):
        refuse_password("demo://" + "x" * LONGEST)
    assert len(masked("x" * 100_000)) == 200
