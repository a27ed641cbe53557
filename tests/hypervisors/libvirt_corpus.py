"""The XML files that libvirt tests itself with, fetched from the distribution's source package.

They are libvirt's (LGPL) and are not copied into this project: they are unpacked into the ignored `build/` folder.
A `deb-src` source is needed for that; it is derived from the machine's own sources in a private folder, so that nothing
of the system's package configuration is changed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / "build" / "libvirt-corpus"
TESTS = CACHE / "tests"


def corpus() -> Path:
    """The folder with libvirt's `tests` tree; fetched first where it is not there yet.

    Raises `subprocess.CalledProcessError` where the package manager cannot provide the source.
    """
    if not TESTS.is_dir():
        _fetch()
    return TESTS


def domain_files() -> list[Path]:
    """Every file whose root element is a domain, sorted."""
    return [path for path in sorted(corpus().rglob("*.xml")) if _ROOT_IS_DOMAIN.search(path.read_bytes()[:20_000])]


_ROOT_IS_DOMAIN = re.compile(rb"\A(?:\s|<\?.*?\?>|<!--.*?-->)*<domain[\s>]", re.DOTALL)


def _fetch() -> None:
    apt = CACHE / "apt"
    shutil.rmtree(CACHE, ignore_errors=True)
    for folder in ("parts", "lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True)
    _derive_sources(apt / "parts")
    options = [
        *("-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={apt / 'parts'}"),
        *("-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}"),
        *("-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"),
    ]
    subprocess.run(["apt-get", "-q", *options, "update"], check=True, stdout=sys.stderr)
    subprocess.run(
        ["apt-get", "-q", *options, "source", "--download-only", "libvirt"], check=True, cwd=CACHE, stdout=sys.stderr
    )
    archive = next(CACHE.glob("libvirt_*.orig.tar.*"))
    unpacked = CACHE / "unpacked"
    unpacked.mkdir()
    subprocess.run(
        [
            *("tar", "--extract", "--file", archive, "--directory", unpacked),
            *("--strip-components=1", "--wildcards", "*/tests/*.xml"),
        ],
        check=True,
    )
    (unpacked / "tests").rename(TESTS)
    for leftover in (apt, unpacked):
        shutil.rmtree(leftover)


def _derive_sources(parts: Path) -> None:
    """The machine's Debian sources, asking for source packages instead of binary ones."""
    configured = Path("/etc/apt")
    for path in (configured / "sources.list", *sorted(configured.glob("sources.list.d/*"))):
        if path.suffix == ".sources":
            text = re.sub(r"(?m)^Types:.*$", "Types: deb-src", path.read_text(encoding="utf-8"))
        elif path.suffix == ".list" and path.is_file():
            text = re.sub(r"(?m)^deb\s", "deb-src ", path.read_text(encoding="utf-8"))
        else:
            continue
        if "debian" in text or "ubuntu" in text:
            (parts / path.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    print(corpus())
