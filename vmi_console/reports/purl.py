"""Package URLs (https://github.com/package-url/purl-spec): one name for a package, whoever speaks of it."""

from __future__ import annotations

from urllib.parse import quote

from vmi_console.estate.facts import Application, OperatingSystem
from vmi_console.policy.advisories.index import system_id
from vmi_console.reports.json_lines import utf8

TYPES = {"dpkg": "deb", "rpm": "rpm", "apk": "apk", "pacman": "alpm"}
"""By package manager; what others installed has no type of its own and is generic."""


def purl(application: Application, system: OperatingSystem | None) -> str:
    """The package URL of what is installed in a guest with this system (None: not known).

    >>> debian = OperatingSystem(name="Debian GNU/Linux 12", version="12.8")
    >>> purl(Application(name="curl", version="7.88.1-10", arch="amd64", manager="dpkg"), debian)
    'pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12'
    >>> purl(Application(name="bind", version="32:9.16-1.el9", arch="x86_64", manager="rpm"), None)
    'pkg:rpm/bind@9.16-1.el9?arch=x86_64&epoch=32'
    """
    kind = TYPES.get(application.manager, "generic")
    name, version = application.name, application.version
    qualifiers = {"arch": application.arch}
    namespace = ""
    if kind == "generic":
        qualifiers["manager"] = application.manager
    elif system is not None and (namespace := system_id(system).lower()):
        release = system.version.partition(".")[0] if namespace == "debian" else system.version
        qualifiers["distro"] = "-".join(part for part in (namespace, release) if part)
    if kind in ("deb", "apk", "alpm"):
        name = name.lower()
    if kind == "rpm":
        epoch, colon, rest = version.partition(":")
        if colon and epoch.isdecimal():
            qualifiers["epoch"], version = epoch, rest
    if application.source_name and application.source_name != application.name:
        source = application.source_name
        qualifiers["upstream"] = f"{source}@{application.source_version}" if application.source_version else source
    told = "&".join(f"{key}={_quoted(value)}" for key, value in sorted(qualifiers.items()) if value)
    return (
        f"pkg:{kind}/{f'{_quoted(namespace)}/' if namespace else ''}{_quoted(name) or 'unnamed'}"
        + (f"@{_quoted(version)}" if version else "")
        + (f"?{told}" if told else "")
    )


def _quoted(text: str) -> str:
    return quote(utf8(text), safe=":~")
