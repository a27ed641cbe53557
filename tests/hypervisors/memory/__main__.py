"""Unpacks Debian's kernel packages for the tests of memory: python -m tests.hypervisors.memory linux-image-….deb"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.hypervisors.memory.guests import KERNELS


def unpack(package: Path) -> None:
    """Adds the kernel in this package to those that guests are started with."""
    tree = KERNELS / package.stem
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--extract", package, tree], check=True)
    if not (tree / "lib").exists():
        (tree / "usr" / "lib").rename(tree / "lib")
    version = next((tree / "lib" / "modules").iterdir()).name
    subprocess.run(["depmod", "--basedir", tree, version], check=True)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        unpack(Path(argument))
