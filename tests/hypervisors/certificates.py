"""Certificates of a CA of one's own, in the names under which libvirt's client and QEMU's servers look for them."""

from __future__ import annotations

from pathlib import Path

from tests.unit.introspection.disk.disks import run


def certificates(folder: Path) -> None:
    """Makes them for 127.0.0.1, in a folder that is made: a server's, and a client's."""
    folder.mkdir()
    ca, ca_key = folder / "ca-cert.pem", folder / "ca-key.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CA", "-keyout", ca_key, "-out", ca)
    for who in ("server", "client"):
        key, wish, made = folder / f"{who}-key.pem", folder / f"{who}.csr", folder / f"{who}-cert.pem"
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={who}", "-keyout", key, "-out", wish)
        run("openssl", "x509", "-req", "-in", wish, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
            "-extfile", folder / "names", "-out", made)  # fmt: skip
    for name, theirs in (("cacert", "ca-cert"), ("clientcert", "client-cert"), ("clientkey", "client-key")):
        (folder / f"{name}.pem").write_bytes((folder / f"{theirs}.pem").read_bytes())
