"""Takes the pictures: `python -m tests.gallery [--to FOLDER] [--dark] [--language de] [NAME …]`.

Twice as large with QT_SCALE_FACTOR=2 before it. Without names, all are taken.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Without one of its own a screen is 800 pixels wide, and windows keep to that.
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).with_name('screen.json')}")

from tests.gallery import scenes
from tests.gallery.studio import application
from vmi_console.gui import runtime
from vmi_console.gui.mishaps import Mishaps
from vmi_console.gui.preferences import Scheme


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description="Takes pictures of the window.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(scenes.SCENES)}")
    parser.add_argument("--to", type=Path, default=Path("build/gallery"), help="folder (default: build/gallery)")
    parser.add_argument("--dark", action="store_true", help="dark colours")
    parser.add_argument("--language", default="", help="such as de, or pseudo")
    parser.add_argument("--size", type=int, nargs=2, default=(1440, 900), metavar=("WIDTH", "HEIGHT"))
    options = parser.parse_args()
    if unknown := set(options.names) - set(scenes.SCENES):
        parser.error(f"there is no scene {', '.join(sorted(unknown))}")
    options.to.mkdir(parents=True, exist_ok=True)
    app = application(options.language)
    scheme = Scheme.DARK if options.dark else Scheme.LIGHT
    suffix = "-dark" if options.dark else ""
    names = options.names or list(scenes.SCENES)
    mishaps = Mishaps()
    runtime.run(app, scenes.play(names, options.to, scheme, tuple(options.size), suffix), mishaps)
    for mishap in mishaps.all:
        print(mishap.trace, file=sys.stderr)
    return 1 if mishaps.all else 0


if __name__ == "__main__":
    sys.exit(main())
