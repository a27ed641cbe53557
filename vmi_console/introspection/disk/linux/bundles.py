"""Applications that come with what they need: snaps and flatpaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading, word

SNAP_STATE = "/var/lib/snapd/state.json"
FLATPAKS = "/var/lib/flatpak"
_LONGEST_STATE = 32 << 20
_MOST_SNAPS = 5_000
_APPDATA_VERSION = re.compile(rb"appdata-version\0+([\x20-\x7e]{1,100})\0\0s")
"""A text within the dictionary that `deploy` ends with, as GVariant lays it out: key, value, type."""


def snaps(reading: Reading) -> list[Application] | None:
    """The snaps that are installed and active; None where there is no snapd. Raises `Unreadable`.

    snapd's state names revisions. The version is in the snap itself, an image that is mounted while the guest runs, and
    so is not known here.
    """
    try:
        text = reading.text(SNAP_STATE, _LONGEST_STATE)
    except Absent:
        return None
    try:
        known = json.loads(text)["data"].get("snaps", {})
        return [
            Application(name=word(str(name)), manager="snap", build=f"revision {word(str(snap.get('current', '')))}")
            for name, snap in [*known.items()][:_MOST_SNAPS]
            if snap.get("active")
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("snapd's list of snaps is damaged") from error


def flatpaks(reading: Reading) -> list[Application] | None:
    """The applications and runtimes installed for all users; None where there is no flatpak. Raises `Unreadable`.

    Each is a folder `app/ID/ARCH/BRANCH/` (flatpak's docs: installation layout) where `active` links to what is in use.
    """
    found: list[Application] = []
    installed = False
    for kind in ("app", "runtime"):
        try:
            names = reading.folder(f"{FLATPAKS}/{kind}")
        except Absent:
            continue
        installed = True
        for entry in names:
            if entry.kind is Kind.FOLDER:
                found.extend(_branches(reading, entry.name, f"{FLATPAKS}/{kind}/{entry.name}"))
    return found if installed else None


def _branches(reading: Reading, name: str, folder: str) -> Iterator[Application]:
    for arch in reading.folder(folder):
        if arch.kind is not Kind.FOLDER:
            continue
        for branch in reading.folder(f"{folder}/{arch.name}"):
            active = f"{folder}/{arch.name}/{branch.name}/active"
            if branch.kind is Kind.FOLDER and reading.exists(active):
                yield Application(
                    name=word(name),
                    version=_appdata_version(reading, f"{active}/deploy"),
                    arch=word(arch.name),
                    manager="flatpak",
                    build=word(branch.name),
                )


def _appdata_version(reading: Reading, path: str) -> str:
    try:
        match = _APPDATA_VERSION.search(reading.data(path))
    except (Absent, Unreadable):
        return ""
    return match[1].decode() if match else ""
