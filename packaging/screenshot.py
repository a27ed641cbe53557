"""Takes a picture of the window without a screen: for `make run` where there is none, and for the documentation.

.venv/bin/python packaging/screenshot.py docs/images/demo-light.png --demo --after 60 --select '666 in vlans'
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from vmi_console.gui import app


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description="Takes a picture of the window without a screen.")
    parser.add_argument("path", type=Path, help="the PNG file to write")
    parser.add_argument("uris", nargs="*", metavar="URI", help="what to connect to")
    parser.add_argument("--demo", action="store_true", help="connect to the demo estate")
    parser.add_argument("--after", type=float, default=10.0, metavar="S", help="seconds from start (default: 10)")
    parser.add_argument("--select", default="", metavar="QUERY", help="select the first VM that matches")
    parser.add_argument("--dark", action="store_true", help="dark colours")
    parser.add_argument("--size", type=int, nargs=2, default=(1360, 860), metavar=("WIDTH", "HEIGHT"))
    options = parser.parse_args()
    options.path.parent.mkdir(parents=True, exist_ok=True)
    return app.run(
        app.Options(
            uris=tuple(options.uris),
            demo=options.demo,
            scheme=app.Scheme.DARK if options.dark else app.Scheme.LIGHT,
            size=tuple(options.size),
            select=options.select,
            screenshot=app.Screenshot(options.path, options.after),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
