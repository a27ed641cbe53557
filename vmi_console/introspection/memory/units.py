"""What a control group's path says: the systemd unit that a process belongs to, and the container that it runs in."""

from __future__ import annotations

import re

MANAGER = "/init.scope"
"""Where systemd puts itself, as process 1: what tells a guest that it runs."""

_ID = "[0-9a-f]{64}"
_container = re.compile(
    rf"(?:docker|cri-containerd|crio|libpod|nerdctl|containerd)-(?:conmon-)?({_ID})\.scope"  # systemd's names
    rf"|/(?:docker|libpod_parent|kubepods[^/]*)(?:/[^/]+)*?/(?:libpod-)?({_ID})"  # plain ones
    r"|/lxc(?:\.payload)?[./]([^/]+)"
    r"|/machine\.slice/machine-([^/]+)\.scope"  # systemd-nspawn
    rf"|[/:-]({_ID})(?:/|\.scope|$)"
)


def service(path: str) -> str | None:
    """The unit, without `.service`: the first part of the path that is no slice. None for scopes and the rest.

    >>> service("/system.slice/system-getty.slice/getty@tty1.service")
    'getty@tty1'
    >>> service("/user.slice/user-1000.slice/user@1000.service/app.slice/editor.service")
    'user@1000'
    >>> service("/system.slice/docker-0123.scope/system.slice/nginx.service") is None
    True
    """
    for part in path.split("/"):
        if part and not part.endswith(".slice"):
            return _plain(part.removesuffix(".service")) if part.endswith(".service") else None
    return None


def container(path: str) -> str | None:
    """The container's id (of Docker, containerd, CRI-O, Podman) or name (of LXC, systemd-nspawn).

    >>> container("/lxc.payload.web/init.scope")
    'web'
    >>> container("/system.slice/cron.service") is None
    True
    """
    found = _container.search(path)
    return next(filter(None, found.groups()), None) if found else None


def _plain(name: str) -> str:
    """A leading underscore is systemd's mark of a name that the kernel would take for one of its own files."""
    return name[1:] if name.startswith("_") else name
