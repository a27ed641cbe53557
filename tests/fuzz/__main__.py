"""`python -m tests.fuzz`: looks into thousands of tampered images and says what came of it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.fuzz.harness import fuzz
from tests.fuzz.seeds import memories, missing_tools, seeds


def main() -> int:
    """Gives 0 where nothing broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, metavar="N", help="how many (default: 2000)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first, to repeat some")
    parser.add_argument(
        "--seeds", type=Path, metavar="DIR", help="a folder with more images, and *.core, *.vmem or *.vmss"
    )
    parser.add_argument("--only", metavar="NAME", help="tamper with this seed alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vmi-console-fuzz-") as folder:
        every = [*seeds(Path(folder), options.seeds), *memories(Path(folder))]
        made = [seed for seed in every if options.only in (None, seed.name)]
        print(f"{len(made)} seeds: {', '.join(seed.name for seed in made)}")
        if lacking := missing_tools():
            print(f"more could be made with: {', '.join(lacking)}")
        report = asyncio.run(fuzz(made, options.count, options.first, _tell))
    print(file=sys.stderr)
    print("\n".join(report.told()))
    return 1 if report.broken else 0


def _tell(done: int) -> None:
    if done % 20 == 0:
        print(f"\r{done} looked into", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
