"""The simulator's program: Go sources of this folder, built against Debian's govmomi."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.hypervisors.lab import packages
from tests.hypervisors.lab.place import CACHE, LabError, exclusive

_SOURCES = Path(__file__).parent
_GOPATH = Path("/usr/share/gocode")
_GOVMOMI = _GOPATH / "src" / "github.com" / "vmware" / "govmomi" / "simulator"
_KEPT_S = 24 * 3600.0  # tests that began before the sources changed may start an older one again
_PACKAGES = ("golang-go", "golang-github-vmware-govmomi-dev")


def install() -> None:
    """Installs what is missing, and builds; does nothing when all is there."""
    absent = _missing()
    if absent and os.geteuid() != 0:
        raise LabError(f"packages are missing; as root: apt-get install {' '.join(absent)}")
    if absent:
        packages.apt("install", "--yes", "--no-install-recommends", *absent, folder=Path("/"))
    build()


def build() -> Path:
    """The program; built if its sources changed: 30 s of processor time at first, and 5 s later."""
    if absent := _missing():
        raise LabError(f"packages are missing: {', '.join(absent)}; run: python -m tests.hypervisors.lab install")
    folder = CACHE / "vcsim"
    program = folder / f"vcsim-{_digest()}"
    with exclusive(folder / "lock"):
        if not program.exists():
            for outdated in folder.glob("vcsim-*"):
                if outdated.stat().st_mtime < time.time() - _KEPT_S:
                    outdated.unlink()
            _compile(program, folder)
    return program


def _compile(program: Path, folder: Path) -> None:
    environment = {
        **os.environ,
        "GOPATH": str(_GOPATH),
        "GO111MODULE": "off",
        "GOFLAGS": "-buildvcs=false",
        "GOCACHE": str(folder / "build"),
    }
    unfinished = folder / "unfinished"
    done = subprocess.run(
        ["go", "build", "-o", unfinished, "."],
        cwd=_SOURCES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LabError(f"go build: {done.stderr.strip()[-2000:]}")
    unfinished.rename(program)


def _missing() -> list[str]:
    there = {"golang-go": shutil.which("go") is not None, "golang-github-vmware-govmomi-dev": _GOVMOMI.is_dir()}
    return [package for package in _PACKAGES if not there[package]]


def _digest() -> str:
    text = b"".join(path.read_bytes() for path in sorted(_SOURCES.glob("*.go")))
    return hashlib.sha256(text).hexdigest()[:16]
