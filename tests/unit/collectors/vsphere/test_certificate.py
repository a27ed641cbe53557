"""What a certificate says of itself, read without trusting it."""

from __future__ import annotations

import contextlib
import ssl
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.collectors.vsphere.certificate import fingerprint, read

VCENTER = """\
-----BEGIN CERTIFICATE-----
MIICDTCCAbOgAwIBAgIUQfHdj5Ck+0aev0WLMlja2YBugxwwCgYIKoZIzj0EAwIw
XDELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUJlaXNwaWVsIEdtYkgxGzAZBgNVBAsM
ElZNd2FyZSBFbmdpbmVlcmluZzEYMBYGA1UEAwwPdmNlbnRlci5leGFtcGxlMB4X
DTI2MTEyMzE1MTUyNVoXDTM2MTEyMDE1MTUyNVowXDELMAkGA1UEBhMCREUxFjAU
BgNVBAoMDUJlaXNwaWVsIEdtYkgxGzAZBgNVBAsMElZNd2FyZSBFbmdpbmVlcmlu
ZzEYMBYGA1UEAwwPdmNlbnRlci5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEEscumIoMrL8Jx5iv/t7+sd/Z/RB1SG48Ithigx9FgfEAvFTkRQ23sUm9
B7DVNc8A/Cnwmq3YcRpCY/afpK293KNTMFEwHQYDVR0OBBYEFHkWP51o22m6aW30
erlmLvosJBs5MB8GA1UdIwQYMBaAFHkWP51o22m6aW30erlmLvosJBs5MA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgQMrj3QbQPDo0/sxTY/R5Dm0A
owI3BoLdh4fGqgtXKMECIQDYdS99szo5hwAIYPKJpGp2K3D5U8riCoW0SlYGjGRe
9Q==
-----END CERTIFICATE-----
"""

LATE = """\
-----BEGIN CERTIFICATE-----
MIIBqjCCAU+gAwIBAgIUMjMAQKjjHkE5ZgjRh+5QtA7DQvkwCgYIKoZIzj0EAwIw
KTEQMA4GA1UECgwHTcO8bGxlcjEVMBMGA1UEAwwMbGF0ZS5leGFtcGxlMCAXDTI2
MTEyMzE1MTUyNVoYDzIwNjYxMTEzMTUxNTI1WjApMRAwDgYDVQQKDAdNw7xsbGVy
MRUwEwYDVQQDDAxsYXRlLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQ727trHHLyH54apBpywxqlon6zV6adqtONlg28lrnRCyWdLaGpK+Yol/do7dEl
o1hpECb/BCCDtu6wXLDARNsfo1MwUTAdBgNVHQ4EFgQUGrJAdDCmn/I/AY+gHpqO
Y1n4ZWwwHwYDVR0jBBgwFoAUGrJAdDCmn/I/AY+gHpqOY1n4ZWwwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAhSNBA/TVwdt6wtZhz0Qnd1pHshIm
Jj+74BlMRiy+uvECIQDqlUIEX6MIFwxTKveFTSl/Qlyif73TQ5LCqpo7fzAlSA==
-----END CERTIFICATE-----
"""
"""Ends after 2049, from when on times have four digits for the year; and has a name that is not ASCII."""


def test_subject_validity_and_fingerprint() -> None:
    der = ssl.PEM_cert_to_DER_cert(VCENTER)
    shown = read(der)
    assert shown.subject == "C=DE, O=Beispiel GmbH, OU=VMware Engineering, CN=vcenter.example"
    assert shown.not_before == datetime(2026, 11, 23, 15, 15, 25, tzinfo=UTC)
    assert shown.validity == "2026-11-23 to 2036-11-20"
    assert fingerprint(der).startswith("cf:0c:24:9e:81:78:b1:e3:")


def test_times_after_2049_and_other_letters() -> None:
    shown = read(ssl.PEM_cert_to_DER_cert(LATE))
    assert shown.subject == "O=Müller, CN=late.example"
    assert shown.not_after == datetime(2066, 11, 13, 15, 15, 25, tzinfo=UTC)


@given(st.binary(max_size=200))
def test_garbage_is_no_certificate(der: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read(der)


@given(st.integers(0, 500), st.integers(0, 255))
def test_a_damaged_one_is_read_or_refused(at: int, value: int) -> None:
    der = bytearray(ssl.PEM_cert_to_DER_cert(VCENTER))
    der[at % len(der)] = value
    with contextlib.suppress(ValueError):
        assert isinstance(read(bytes(der)).subject, str)
