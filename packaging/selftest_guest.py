"""Makes the guest that `vmi-console --selftest` looks into anew: `python packaging/selftest_guest.py`. Needs mke2fs.

An ext4 file system with as much of a Debian as facts are read from, in a few KiB.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import tempfile
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "selftest" / "guest.ext4.xz"
SIZE = "2M"
IDENTITY = "6695eb01-f6a4-4304-b9aa-97f2502e193f"
EPOCH = "1772323200"  # 2026-03-01

FILES = {
    "etc/os-release": """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
ID=debian
""",
    "etc/hostname": "selftest\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\n",
    "etc/group": "root:x:0:\nsudo:x:27:\n",
    "var/lib/dpkg/status": """\
Package: hello
Status: install ok installed
Architecture: amd64
Version: 2.10-3
Description: a friendly program

""",
    "usr/lib/systemd/system/hello.service": """\
[Unit]
Description=Greets
[Service]
ExecStart=/usr/bin/hello
[Install]
WantedBy=multi-user.target
""",
}
FOLDERS = ("boot", "dev", "proc", "root", "sys", "usr/bin", "etc/systemd/system/multi-user.target.wants")
LINKS = {
    "bin": "usr/bin",
    "lib": "usr/lib",
    "etc/systemd/system/multi-user.target.wants/hello.service": "/usr/lib/systemd/system/hello.service",
}


def main() -> None:
    """Writes the image where the program finds it."""
    with tempfile.TemporaryDirectory() as folder:
        root, image = Path(folder, "root"), Path(folder, "guest.ext4")
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        for name, content in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
        for name, target in LINKS.items():
            (root / name).symlink_to(target)
        for path in (*root.rglob("*"), root):
            os.utime(path, (int(EPOCH), int(EPOCH)), follow_symlinks=False)
        subprocess.run(
            [
                *("mke2fs", "-q", "-t", "ext4", "-b", "1024", "-U", IDENTITY, "-d", str(root)),
                *("-E", f"root_owner=0:0,hash_seed={IDENTITY}", str(image), SIZE),
            ],
            env={**os.environ, "E2FSPROGS_FAKE_TIME": EPOCH, "PATH": f"{os.environ['PATH']}:/sbin:/usr/sbin"},
            check=True,
        )
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_bytes(lzma.compress(image.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
