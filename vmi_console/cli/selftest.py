"""`vmi-console --selftest`: starts every part once, without a screen, and says whether it works."""

from __future__ import annotations

import asyncio
import lzma
import os
import tempfile
import time
from pathlib import Path

from vmi_console.cli.collect import collect
from vmi_console.cli.exits import writing
from vmi_console.cli.follower import Follower, linked
from vmi_console.cli.inspect import Wish, inspect_files
from vmi_console.cli.person import Person
from vmi_console.engine import protocol
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.secrets import Secrets
from vmi_console.settings import Workspace
from vmi_console.wire.program import version

GUEST = Path(__file__).parents[2] / "resources" / "selftest" / "guest.ext4.xz"
COLLECT_SECONDS = 60.0
INSPECT_SECONDS = 60.0
PAINT_AFTER_SECONDS = 2.0


def selftest() -> int:
    """Prints what works; gives 0 if all does that must."""
    with writing():
        print(f"vmi-console {version()}")
    with tempfile.TemporaryDirectory(prefix="vmi-console-selftest-") as folder:
        core = asyncio.run(_core(Path(folder)))
        window = _window(Path(folder))
    return 0 if core and window else 1


async def _core(folder: Path) -> bool:
    works = await _engine_and_collector(folder)
    works = await _parser(folder) and works
    if works:
        await _libvirt()
    reason = await Secrets(timeout_seconds=10).available()
    _say("keyring", None if reason else True, reason or "secrets can be kept")
    return works


async def _engine_and_collector(folder: Path) -> bool:
    began = time.monotonic()
    try:
        document = await collect("demo://", COLLECT_SECONDS, Person(Workspace.at(folder)))
    except VmiError as error:
        _say("engine and collector", False, str(error))
        return False
    told = f"{len(document.vms)} VMs on {len(document.hosts)} hosts in {time.monotonic() - began:.1f} s"
    works = bool(document.vms and document.hosts)
    _say("engine and collector", works, told)
    return works


async def _parser(folder: Path) -> bool:
    """Looks into a small guest, in a parser's sandbox as into any other."""
    began = time.monotonic()
    try:
        image = folder / "guest.ext4"
        image.write_bytes(lzma.decompress(GUEST.read_bytes()))
        guest = await inspect_files(Wish(subjects=(str(image),), timeout_seconds=INSPECT_SECONDS))
    except (VmiError, OSError) as error:
        _say("parser of guests", False, str(error))
        return False
    found = (guest.os and guest.os.name, guest.hostname, [package.name for package in guest.packages or ()])
    works = found == ("Debian GNU/Linux", "selftest", ["hello"])
    told = f"read {found[0]} from an ext4 image in {time.monotonic() - began:.1f} s"
    _say("parser of guests", works, told if works else f"read {found}")
    return works


async def _libvirt() -> None:
    async with linked(PrivateEngine(None), Follower(), protocol.Subscribe(records=False, changes=False)) as client:
        try:
            told = await client.call("test_connection", uri="test:///default")
        except VmiError as error:
            told = {"state": "", "reason": str(error)}
    live = told.get("state") == "live"
    _say("libvirt", True if live else None, told.get("product" if live else "reason", ""))


def _window(folder: Path) -> bool:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    picture = folder / "window.png"
    try:
        from vmi_console.gui import app

        app.run(app.Options(demo=True, screenshot=app.Screenshot(picture, PAINT_AFTER_SECONDS)))
    except ImportError as error:  # Qt finds a library of the system missing
        _say("window", False, str(error))
        return False
    works = picture.exists() and picture.stat().st_size > 0
    _say("window", works, "painted" if works else "nothing was painted")
    return works


def _say(part: str, works: bool | None, told: str) -> None:
    """One line: ok, FAILED, or (None) a part that may be missing."""
    mark = {True: "ok", False: "FAILED", None: "--"}[works]
    with writing():
        print(f"{mark:7} {part:21} {told}", flush=True)
