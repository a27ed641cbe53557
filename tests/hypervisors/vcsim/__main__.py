"""The simulated vCenter's command line: `python -m tests.hypervisors.vcsim --help`."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields
from pathlib import Path

from pyVmomi import vmodl

from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.control import Certificate, Faults, Reply
from tests.hypervisors.vcsim.vcenter import FOLDER, Size, Vcenter

_DEEDS = {
    "rename": ("vm", "name"),
    "title": ("vm", "title"),
    "setting": ("vm", "key", "value"),
    "power-on": ("vm",),
    "power-off": ("vm",),
    "shut-down": ("vm",),
    "suspend": ("vm",),
    "resume": ("vm",),
    "reset": ("vm",),
    "snapshot": ("vm", "name"),
    "migrate": ("vm", "host"),
    "move-to-folder": ("vm", "folder"),
    "create": ("name", "mac", "network", "beside"),
    "remove": ("vm",),
    "custom-attribute": ("vm", "name", "value"),
    "move-nic": ("vm", "mac", "network"),
    "add-nic": ("vm", "mac", "network"),
    "remove-nic": ("vm", "mac"),
    "link": ("vm", "mac", "state"),
    "vlan": ("portgroup", "vlan"),
    "host-vlan": ("host", "portgroup", "vlan"),
    "port-vlan": ("vm", "mac", "vlan"),
    "rename-portgroup": ("portgroup", "name"),
    "create-portgroup": ("switch", "name", "vlan"),
    "disconnect-host": ("host",),
    "reconnect-host": ("host",),
    "enter-maintenance": ("host",),
    "exit-maintenance": ("host",),
    "create-category": ("name",),
    "create-tag": ("category", "name"),
    "tag": ("vm", "tag"),
    "untag": ("vm", "tag"),
}
_PROCESS = {
    "stop": "end and remove everything but the log",
    "kill": "it is gone (SIGKILL); its port refuses",
    "freeze": "it stops answering (SIGSTOP)",
    "thaw": "… and goes on (SIGCONT)",
}


def main(words: list[str]) -> int:
    arguments = _parser().parse_args(words)
    try:
        return _obey(arguments)
    except (LabError, vmodl.MethodFault) as error:
        print(f"vcsim: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.hypervisors.vcsim", description="A simulated vCenter.")
    parser.add_argument("--dir", type=Path, default=FOLDER, help="its folder (default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    start = verbs.add_parser("start", help="start it, or mend what a fault left behind")
    start.add_argument("--api-version", default="6.5")
    for field in fields(Size):
        if field.type == "bool":
            start.add_argument(f"--{field.name}", action="store_true")
        else:
            start.add_argument(f"--{field.name}", type=int, default=field.default, help="(default: %(default)s)")
    for verb, meaning in _PROCESS.items():
        verbs.add_parser(verb, help=meaning)
    verbs.add_parser("uri", help="the address to connect to")
    verbs.add_parser("fingerprint", help="SHA-256 of its certificate")
    verbs.add_parser("accounts", help="who may log in, with passwords")
    verbs.add_parser("requests", help="what was asked since the start, by method")
    verbs.add_parser("expire", help="end all sessions")
    faults = verbs.add_parser("faults", help="what is wrong from now on; without options nothing")
    faults.add_argument("--reply", choices=[reply.value for reply in Reply], default="")
    faults.add_argument("--methods", nargs="*", default=())
    faults.add_argument("--delay-ms", type=int, default=0)
    faults.add_argument("--denied", nargs="*", default=())
    faults.add_argument("--hidden", action="store_true")
    certificate = verbs.add_parser("certificate", help="show another certificate")
    certificate.add_argument("kind", choices=[kind.value for kind in Certificate])
    admin = verbs.add_parser("admin", help="change something, as alice")
    deeds = admin.add_subparsers(dest="deed", required=True, metavar="DEED")
    for deed, parameters in _DEEDS.items():
        one = deeds.add_parser(deed)
        for parameter in parameters:
            one.add_argument(parameter, type=int if parameter == "vlan" else str)
    return parser


def _obey(arguments: argparse.Namespace) -> int:
    vcenter = Vcenter(arguments.dir)
    match arguments.verb:
        case "start":
            size = Size(**{field.name: getattr(arguments, field.name) for field in fields(Size)})
            began = time.monotonic()
            vcenter = Vcenter(arguments.dir, size, api_version=arguments.api_version)
            vcenter.start()
            print(f"{vcenter.uri}\nstarted in {time.monotonic() - began:.1f} s")
        case "uri":
            print(vcenter.uri)
        case "fingerprint":
            print(vcenter.fingerprint)
        case "accounts":
            for account in accounts.EVERYBODY:
                print(f"{account.name:<24} {account.password:<16} {account.role}")
        case "requests":
            for method, traffic in vcenter.control.requests().items():
                print(f"{traffic.requests:>8} {traffic.response_bytes:>12} {method}")
        case "expire":
            vcenter.control.expire_sessions()
        case "faults":
            vcenter.control.faults(
                Faults(
                    reply=Reply(arguments.reply),
                    methods=tuple(arguments.methods),
                    delay_ms=arguments.delay_ms,
                    denied=tuple(arguments.denied),
                    hidden=arguments.hidden,
                )
            )
        case "certificate":
            vcenter.control.certificate(Certificate(arguments.kind))
        case "admin":
            given = [getattr(arguments, parameter) for parameter in _DEEDS[arguments.deed]]
            with vcenter.administrator() as administrator:
                getattr(administrator, arguments.deed.replace("-", "_"))(*given)
        case verb:
            getattr(vcenter, verb)()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
