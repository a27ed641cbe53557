"""Facts of Windows guests, read from their files, which are taken to be hostile: everything is bounded.

`looking` puts the sets together. Nearly all of it is in the registry: `transactions` and `hives` read its files,
`registry` knows where they are, and the rest are modules named after what they look for. `freshness` tells cheaply
whether any of that may have changed.
"""

from vmi_console.introspection.disk.windows.freshness import fingerprint
from vmi_console.introspection.disk.windows.looking import look

__all__ = ["fingerprint", "look"]
