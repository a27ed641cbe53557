"""The program's entry: hands over to the command line, the engine or a role, importing no more than that needs."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs what the arguments ask for and gives the exit code."""
    match sys.argv[1:]:
        case ["role", name]:
            from vmi_console.collectors import role

            return role.main(name)
        case ["parser"]:
            from vmi_console.introspection.parser import process

            return process.main()
        case ["replayer"]:
            from vmi_console.review import replayer

            return replayer.main()
        case ["reporter"]:
            from vmi_console.reports import reporter

            return reporter.main()
        case ["engine", "--private", *arguments]:
            from vmi_console.engine import main as engine

            return engine.main(arguments)
        case _:
            from vmi_console.cli import run

            return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
