"""The lab's command line: `python -m tests.hypervisors.lab --help`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import libvirt

from tests.hypervisors.lab import definitions, events, packages
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import DEFAULT_DIRECTORY, LabError
from tests.hypervisors.vcsim import program
from tests.hypervisors.vcsim.accounts import OPERATOR
from tests.hypervisors.vcsim.vcenter import Vcenter

_PLAIN_FAULTS = {
    "freeze": "libvirtd stops answering (SIGSTOP)",
    "thaw": "… and goes on (SIGCONT)",
    "kill": "libvirtd is gone (SIGKILL); its socket stays",
    "leave": "libvirtd is gone, and its socket too",
    "refuse": "a socket without a listener",
    "silent": "a listener that accepts and never answers",
    "restart": "libvirtd as it should be, whatever was there",
}

_HOW = """\
started in {seconds:.1f} s; connect with vmi-console, or with vmi-console watch ADDRESS:
libvirt  {lab.uri}
vCenter  {vcenter.uri}
         the password is “{operator.password}”; its certificate has the SHA-256 {vcenter.fingerprint}
         other accounts: python -m tests.hypervisors.vcsim accounts"""


def main(words: list[str]) -> int:
    arguments = _parser().parse_args(words)
    libvirt.registerErrorHandler(lambda _context, _error: None, None)  # errors arrive as exceptions
    try:
        return _obey(Laboratory(arguments.dir), Vcenter(arguments.dir / "vcsim"), arguments)
    except (LabError, libvirt.libvirtError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hypervisors.lab", description="A real libvirtd with guests, and a simulated vCenter."
    )
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIRECTORY, help="the lab's folder (default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("install", help="install the Debian packages a lab needs")
    verbs.add_parser("start", help="start libvirtd and the simulated vCenter, or mend them")
    verbs.add_parser("stop", help="end and remove everything but the logs")
    verbs.add_parser("status", help="what runs (exit code 1: nothing, or a half-made lab)")
    verbs.add_parser("uri", help="the address of libvirtd; that of the vCenter: python -m tests.hypervisors.vcsim uri")
    verbs.add_parser("events", help="print domain events as they come")
    execute = verbs.add_parser("exec", help="run a command inside the lab's namespaces")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    for fault, meaning in _PLAIN_FAULTS.items():
        verbs.add_parser(fault, help=meaning)
    password = verbs.add_parser("password", help="libvirtd demands a password")
    password.add_argument("user")
    password.add_argument("password")
    _add_admin(verbs.add_parser("admin", help="change something, as an administrator would"))
    return parser


def _add_admin(parser: argparse.ArgumentParser) -> None:
    """Positional arguments carry the names of the `Administrator`'s own parameters."""
    verbs = parser.add_subparsers(dest="deed", required=True, metavar="DEED")

    def deed(word: str, /, *parameters: str, **optional: str) -> None:
        one = verbs.add_parser(word)
        for parameter in parameters:
            one.add_argument(parameter)
        for parameter, default in optional.items():
            one.add_argument(parameter, nargs="?", default=default)

    deed("rename", "domain", "name")
    deed("title", "domain", title="")
    deed("power-on", "domain")
    deed("power-off", "domain")
    deed("shut-down", "domain")
    deed("suspend", "domain")
    deed("resume", "domain")
    deed("move-nic", "domain", "mac", "network", portgroup="")
    deed("add-nic", "domain", "mac", "network", portgroup="")
    deed("remove-nic", "domain", "mac")
    deed("filter", "domain", "mac", name="")
    deed("link", "domain", "mac", "state")
    deed("create", "name", "mac", network=definitions.LAN)
    deed("remove", "domain")
    deed("snapshot", "domain", "name")


def _obey(lab: Laboratory, vcenter: Vcenter, arguments: argparse.Namespace) -> int:
    match arguments.verb:
        case "install":
            packages.install()
            program.install()
        case "start":
            began = time.monotonic()
            lab.start()
            vcenter.start()
            print(_HOW.format(lab=lab, vcenter=vcenter, operator=OPERATOR, seconds=time.monotonic() - began))
        case "stop":
            vcenter.stop()
            lab.stop()
        case "status":
            return _status(lab, vcenter)
        case "uri":
            print(lab.uri)
        case "events":
            events.follow(lab.uri)
        case "exec":
            command = lab.namespace.command(arguments.command)
            return subprocess.run(command, env={**os.environ, **packages.environment()}, check=False).returncode
        case "password":
            lab.faults.password(arguments.user, arguments.password)
        case "admin":
            given = {key: value for key, value in vars(arguments).items() if key not in ("dir", "verb", "deed")}
            with lab.administrator() as administrator:
                getattr(administrator, arguments.deed.replace("-", "_"))(**given)
        case fault:
            getattr(lab.faults, fault)()
    return 0


def _status(lab: Laboratory, vcenter: Vcenter) -> int:
    processes = lab.processes()
    print(f"{lab.place.root}: {'running' if lab.runs else 'half-made' if processes else 'stopped'}")
    for process in processes:
        print(f"{process.pid:>8} {process.program}")
    if vcenter.pid is not None:
        print(f"{vcenter.pid:>8} vcsim {vcenter.uri}")
    return 0 if lab.runs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
