"""The lab's command line: `python -m tests.hypervisors.lab --help`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import libvirt

from tests.hypervisors.lab import packages
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import DEFAULT_DIRECTORY, LabError


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisors.lab", description="A real libvirtd with guests.")
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIRECTORY, help="the lab's folder (default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="install the Debian packages a lab needs")
    verbs.add_parser("start", help="start the lab, or mend it")
    verbs.add_parser("stop", help="end and remove everything but the logs")
    verbs.add_parser("status", help="what runs (exit code 1: nothing)")
    verbs.add_parser("uri", help="the address to connect to")
    execute = verbs.add_parser("exec", help="run a command inside the lab's namespaces")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args(words)
    libvirt.registerErrorHandler(lambda _context, _error: None, None)  # errors arrive as exceptions
    lab = Laboratory(arguments.dir)
    try:
        match arguments.verb:
            case "install":
                packages.install()
            case "start":
                began = time.monotonic()
                lab.start()
                print(f"{lab.uri}\nstarted in {time.monotonic() - began:.1f} s")
            case "stop":
                lab.stop()
            case "status":
                return _status(lab)
            case "uri":
                print(lab.uri)
            case "exec":
                command = lab.namespace.command(arguments.command)
                return subprocess.run(command, env={**os.environ, **packages.environment()}, check=False).returncode
    except (LabError, libvirt.libvirtError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def _status(lab: Laboratory) -> int:
    processes = lab.processes()
    print(f"{lab.place.root}: {'running' if lab.runs else 'half-made' if processes else 'stopped'}")
    for process in processes:
        print(f"{process.pid:>8} {process.program}")
    return 0 if lab.runs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
