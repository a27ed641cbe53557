"""Runs first in the frozen program: programs of the system get the system's own libraries.

PyInstaller's loader points LD_LIBRARY_PATH at the bundled libraries. This process has read it already; the `ssh` that
libvirt starts for `qemu+ssh://` must not, or it loads our OpenSSL in place of its own.
"""

import os

_before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _before is not None:
    os.environ["LD_LIBRARY_PATH"] = _before
else:
    os.environ.pop("LD_LIBRARY_PATH", None)
