"""What can be said on the command line."""

from __future__ import annotations

import argparse
import errno
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from vmi_console.addresses import masked
from vmi_console.plain_text import visible

LONGEST_COMPLAINT = 500

COMMANDS = (
    *(
        "watch",
        "collect",
        "check",
        "inspect",
        "doctor",
        "engine",
        "policy",
        "quarantine",
        "release",
        "audit",
        "snapshot",
        "export",
        "diff",
        "import",
        "replay",
        "window",
    ),
)

EXITS = """\
exit codes: 0 done; 1 failed, with a message that says what to do; 2 the command line, or the kind of an address in it,
cannot be used; 3 a hypervisor waits for a person: a secret, or a judgement about its certificate; 130 interrupted;
141 nobody reads the output any more
"""

DIFF_EXITS = """\
exit codes: 0 nothing is different; 1 something is; 2 it could not be done: a message says why and what to do; 130
interrupted; 141 nobody reads the output any more
"""

CHECK_EXITS = """\
exit codes: 0 everything passes; 1 something fails; 2 it could not be done: a message says why and what to do; 3 nothing
fails, but of something nobody can tell; 130 interrupted; 141 nobody reads the output any more
"""


VERIFY_EXITS = """\
exit codes of verify: 0 signed by this console, or with a key that was given; 1 changed after it was signed; 2 no
snapshot, or a damaged one; 3 signed with a key that is not known here; 4 not signed
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options. `command` is None or `window` for the window; ends the program where they cannot be used."""
    parser, commands = _parsers()
    options = parser.parse_args(_with_command(arguments))
    _check_engine(commands.get(options.command, parser), options)
    return options


def _check_engine(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends the program where --engine is given beside what takes an engine of its own."""
    if options.command == "check" and not (options.uris or options.demo):
        parser.error("check needs an address, a snapshot, or --demo")
    if options.command == "check":
        _check_check(parser, options)
    if options.command == "collect":
        _check_collect(parser, options)
    if options.command == "export" and options.source is not None and (options.engine is not None or options.demo):
        parser.error("export reads one thing: a snapshot or an address, what --engine knows, or --demo")
    if options.command in ("check", "export") and options.kev is not None and options.advisories is None:
        parser.error("--kev says which of --advisories are exploited: give both")
    if options.command == "watch" and options.policies is not None and not (options.uris or options.demo):
        parser.error("--policies goes with addresses or --demo: an engine that runs already has policies of its own")
    if options.command == "quarantine" and options.vm != "list" and not (options.reason or options.dry_run):
        parser.error("quarantine needs --reason: it is kept with the VM and in the audit")
    if options.command == "inspect" and options.memory and options.raw:
        parser.error("--memory and --raw cannot both be so")
    if options.engine is None:
        return
    if options.command == "collect" and options.uri is None:
        return
    if options.command in ("collect", "snapshot", "check", "diff", "import", "replay", "doctor", "engine", "policy"):
        parser.error(f"{options.command} takes no --engine: it runs one of its own")
    if options.demo:
        parser.error("--demo takes no --engine: the simulated estate has one of its own")
    if options.command == "watch" and options.uris:
        parser.error(
            "watch takes either --engine, to watch what that one watches, or addresses, which get one of their own"
        )


def _check_check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends the program where snapshots and what answers now are mixed up."""
    snapshots = [each for each in options.uris if is_snapshot(each)]
    if snapshots and (options.demo or len(snapshots) < len(options.uris)):
        parser.error("check looks at snapshots or at what answers now, not at both at once")
    if snapshots and options.advisories is not None:
        parser.error("--advisories goes with addresses: snapshots are judged by what their policies say alone")
    if not snapshots and options.policies is None:
        parser.error("check needs --policies, unless it looks at snapshots, which can have their own")


def _check_collect(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends the program where something is said of a snapshot and none is to be written."""
    if options.output is not None:
        return
    if options.uri is None:
        parser.error("collect needs an address, or -o FILE to write what the engine of the workspace knows")
    for name in ("title", "select", "policies", "changes_since", "redact", "sign"):
        if getattr(options, name):
            parser.error(f"--{name.replace('_', '-')} goes with -o FILE")


def _with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with the command `window` where they name addresses or a snapshot, and no command."""
    for position, argument in enumerate(arguments):
        if argument in COMMANDS:
            break
        if "://" in argument or is_snapshot(argument):
            return [*arguments[:position], "window", *arguments[position:]]
    return list(arguments)


def is_snapshot(argument: str) -> bool:
    """Whether an argument names a snapshot file."""
    return argument.lower().endswith(".vmisnap") and not argument.startswith("-")


class _Parser(argparse.ArgumentParser):
    """One whose complaints repeat no password and nothing endless."""

    def error(self, message: str) -> NoReturn:
        super().error(visible(masked(message, LONGEST_COMPLAINT), LONGEST_COMPLAINT))


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The whole command line, and that of each command, which shows how it is used."""
    top: argparse.ArgumentParser = _Parser(
        prog="vmi-console",
        description="A console that knows every virtual machine of your estate, without an agent in any of them.",
        epilog="Without a command it opens the window.\n\n" + EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="print the version")
    top.add_argument("--selftest", action="store_true", help="start every part once and say whether it works")
    top.add_argument("--demo", action="store_true", help="show a simulated estate; remembers nothing")
    _add_workspace(top)
    _add_engine(top)
    _add_window(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    window = _add(commands, "window", "open the window (this is what happens without a command)")
    window.add_argument(
        "uris",
        nargs="*",
        metavar="URI|FILE",
        help="what to connect to, until its engine ends; or a snapshot to look at",
    )
    window.add_argument("--demo", action="store_true", help="show a simulated estate", default=argparse.SUPPRESS)
    _add_workspace(window, default=argparse.SUPPRESS)
    _add_engine(window, default=argparse.SUPPRESS)
    _add_window(window, again=True)

    watch = _add(commands, "watch", "print changes as they happen")
    watch.add_argument(
        "uris",
        nargs="*",
        metavar="URI",
        help="what to watch, with an engine of its own; without any: what the engine that listens in the workspace "
        "watches or, where none does, the saved connections",
    )
    watch.add_argument("--demo", action="store_true", help="watch a simulated estate", default=argparse.SUPPRESS)
    watch.add_argument("--seconds", type=_seconds, metavar="N", help="end after so many seconds")
    watch.add_argument("--format", choices=("table", "json"), default="table", help="json: one object a line")
    watch.add_argument(
        "--policies", type=_path, metavar="DIR", help="print findings too, as they open and close by these policies"
    )
    _add_workspace(watch, default=argparse.SUPPRESS)
    _add_engine(watch, default=argparse.SUPPRESS)

    _add_collect(_add(commands, "collect", "read one estate once and print it, or write it to a snapshot file"))

    check = _add(commands, "check", "hold an estate against a folder of policies", CHECK_EXITS)
    check.add_argument("uris", nargs="*", metavar="URI|FILE", help="what to look at; or snapshots, as of their time")
    check.add_argument("--demo", action="store_true", help="look at a simulated estate", default=argparse.SUPPRESS)
    check.add_argument(
        "--policies", type=_path, metavar="DIR", help="the folder of policies (default, of snapshots: their own)"
    )
    check.add_argument(
        "--advisories", type=_path, metavar="PATH", help="known vulnerabilities: a folder, zip or file (OSV, CVRF)"
    )
    check.add_argument("--kev", type=_path, metavar="FILE", help="which of them are exploited: CISA's catalogue")
    check.add_argument("--format", choices=("table", "json"), default="table", help="json: see docs/json.md")
    check.add_argument(
        "--fail-on",
        choices=("low", "medium", "high", "critical"),
        default="low",
        metavar="SEVERITY",
        help="findings below this one do not count (default: low)",
    )
    check.add_argument(
        "--min-coverage",
        type=_percent,
        default=100.0,
        metavar="PERCENT",
        help="be content if at least this share of what is demanded can be told (default: 100)",
    )
    _add_timeout(check)
    _add_workspace(check, default=argparse.SUPPRESS)

    _add_export(_add(commands, "export", "write a report: a workbook, a bill of materials, events, tables, a page"))

    _add_diff(_add(commands, "diff", "say what is different between two snapshots, by its causes", DIFF_EXITS))
    _add_import(_add(commands, "import", "write a snapshot of what another program wrote down of an estate"))
    _add_replay(_add(commands, "replay", "say what policies would have found in the past, and what isolated"))

    engine = _add(commands, "engine", "keep watching the saved connections without a window")
    engine.add_argument(
        "--listen",
        type=_path,
        metavar="PATH",
        nargs="?",
        help="where window and watch find it, with --engine PATH (default: in the workspace, where they look)",
    )
    _add_workspace(engine, default=argparse.SUPPRESS)

    _add_inspect(_add(commands, "inspect", "look into a guest from outside, and print what is in it"))
    doctor = _add(commands, "doctor", "say what can be read here, what protects it, and what is missing")
    doctor.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")

    _add_snapshot(_add(commands, "snapshot", "look at a snapshot file, or make it fit for strangers", VERIFY_EXITS))
    _add_policy(_add(commands, "policy", "look at a folder of policies"))
    _add_quarantine(commands)
    return top, commands.choices


def _add_collect(collect: argparse.ArgumentParser) -> None:
    collect.add_argument(
        "uri",
        nargs="?",
        metavar="URI",
        help="such as qemu+ssh://root@kvm1/system, test:///default, demo://; with -o it may be left out: all that the "
        "engine of the workspace knows",
    )
    collect.add_argument("--format", choices=("json", "table"), default="json", help="json: see docs/json.md")
    _add_timeout(collect)
    snapshot = collect.add_argument_group("snapshot")
    snapshot.add_argument(
        "-o", "--output", type=_path, metavar="FILE", help="write a snapshot (*.vmisnap), print nothing"
    )
    snapshot.add_argument("--title", default="", metavar="TEXT", help="what it is called")
    snapshot.add_argument("--select", default="", metavar="QUERY", help="only VMs that match, with what they stand on")
    snapshot.add_argument("--policies", type=_path, metavar="DIR", help="with these policies, and what they find")
    snapshot.add_argument(
        "--changes-since", type=_moment, metavar="TIME", help="with the changes since then, such as 2026-03-01"
    )
    snapshot.add_argument("--redact", action="store_true", help="with every name, address and user replaced")
    snapshot.add_argument("--sign", action="store_true", help="signed with the key of this console")
    _add_workspace(collect, default=argparse.SUPPRESS)
    _add_engine(collect, default=argparse.SUPPRESS)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "source",
        nargs="?",
        metavar="FILE|URI",
        help="a snapshot (.vmisnap), or what to read; without it: what the engine of the workspace knows",
    )
    export.add_argument("--demo", action="store_true", help="of a simulated estate", default=argparse.SUPPRESS)
    export.add_argument("-o", "--output", type=_path, metavar="OUT", required=True, help="the file to write")
    export.add_argument(
        "--format",
        choices=("xlsx", "cyclonedx", "ocsf", "csv", "parquet", "html", "pdf"),
        help="(default: as the name of OUT says)",
    )
    export.add_argument("--select", metavar="QUERY", default="", help="only of VMs that match")
    export.add_argument("--since", type=_moment, metavar="TIME", help="what changed since then, such as 2026-03-01")
    export.add_argument("--policies", type=_path, metavar="DIR", help="held against these, in place of the known ones")
    export.add_argument("--table", metavar="NAME", default="vms", help="of csv and parquet (default: vms)")
    export.add_argument(
        "--advisories", type=_path, metavar="PATH", help="known vulnerabilities: a folder, zip or file (OSV, CVRF)"
    )
    export.add_argument("--kev", type=_path, metavar="FILE", help="which of them are exploited: CISA's catalogue")
    export.add_argument("--force", action="store_true", help="replace OUT where it is there already")
    _add_timeout(export)
    _add_workspace(export, default=argparse.SUPPRESS)
    _add_engine(export, default=argparse.SUPPRESS)


def _add_diff(diff: argparse.ArgumentParser) -> None:
    diff.add_argument("before", type=_path, metavar="A", help="a snapshot (.vmisnap)")
    diff.add_argument("after", type=_path, metavar="B", help="a later one")
    diff.add_argument("--format", choices=("table", "json", "html"), default="table", help="json: see docs/json.md")
    diff.add_argument("-o", "--output", type=_path, metavar="OUT", help="write it there, print nothing")


def _add_import(importing: argparse.ArgumentParser) -> None:
    importing.add_argument(
        "form",
        choices=("rvtools", "libvirt-xml"),
        help="rvtools: a workbook (.xlsx) or a folder of its CSV files; libvirt-xml: a folder of what virsh dumpxml, "
        "net-dumpxml, pool-dumpxml, vol-dumpxml and nwfilter-dumpxml wrote",
    )
    importing.add_argument("path", type=_path, metavar="PATH", help="the file or folder")
    importing.add_argument("-o", "--output", type=_path, metavar="FILE", required=True, help="the snapshot (.vmisnap)")


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("--policies", type=_path, metavar="DIR", required=True, help="the folder of policies")
    replay.add_argument(
        "snapshot",
        type=_path,
        nargs="?",
        metavar="FILE",
        help="a snapshot with a span of changes (*.vmisnap); without one, what the workspace has recorded",
    )
    replay.add_argument("--since", type=_moment, metavar="TIME", help="such as 2026-03-01 (default: all that there is)")
    replay.add_argument("--until", type=_moment, metavar="TIME", help="(default: now, or the time of the snapshot)")
    replay.add_argument(
        "--advisories", type=_path, metavar="PATH", help="known vulnerabilities: a folder, zip or file as OSV has them"
    )
    replay.add_argument("--kev", type=_path, metavar="FILE", help="those that are exploited: CISA's catalogue as JSON")
    replay.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")
    _add_workspace(replay, default=argparse.SUPPRESS)


def _add_snapshot(snapshot: argparse.ArgumentParser) -> None:
    actions = snapshot.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    info = _add(actions, "info", "say of which time a snapshot is, and what is in it")
    verify = _add(actions, "verify", "say who signed a snapshot, and whether it is as it was then", VERIFY_EXITS)
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="PUBLIC",
        help="the public key of whoever made it; may be repeated",
    )
    redact = _add(actions, "redact", "write a snapshot with every name, address and user replaced")
    redact.add_argument("-o", "--output", type=_path, metavar="OUT", required=True, help="the file to write")
    redact.add_argument("--sign", action="store_true", help="sign it with the key of this console")
    for action in (info, verify, redact):
        action.add_argument("file", type=_path, metavar="FILE", help="the snapshot")
    for action in (info, verify):
        action.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")


def _add_quarantine(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    meant = "URI#ID, URI#UUID or URI#NAME; without the address among what the engine knows"
    quarantine = _add(commands, "quarantine", "put a VM into quarantine, or list who is in it")
    quarantine.add_argument("vm", metavar="VM|list", help=f"{meant}; list: who is in quarantine")
    quarantine.add_argument("--mode", choices=("isolate", "disconnect", "pause", "observe"), default="isolate")
    quarantine.add_argument(
        "--network", metavar="NAME", help="where to plug it in (default: as chosen for the connection)"
    )
    quarantine.add_argument("--reason", metavar="TEXT", help="why; kept with the VM and in the audit")
    quarantine.add_argument(
        "--reassert", action="store_true", help="put back what somebody undoes, three times at most"
    )
    sure = quarantine.add_mutually_exclusive_group()
    sure.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    sure.add_argument("--yes", action="store_true", help="do not ask")
    quarantine.add_argument("--past", action="store_true", help="of list: also those that are over")

    release = _add(commands, "release", "give a VM back as it was before its quarantine")
    release.add_argument("vm", metavar="VM", help=meant)
    release.add_argument("--reason", metavar="TEXT", default="", help="why; kept in the audit")
    choice = release.add_mutually_exclusive_group()
    choice.add_argument(
        "--force", action="store_true", help="although the VM was changed, or its record is not trusted"
    )
    choice.add_argument("--keep", action="store_true", help="leave the VM as it is, and consider the quarantine over")

    audit = _add(commands, "audit", "look at the record of everything that was done")
    audit.add_argument("action", choices=("verify",), help="verify: say what it proves and what it cannot")
    audit.add_argument("--head", type=_digest, metavar="HEX", help="a head that was noted elsewhere: must be in it")
    for command in (quarantine, release, audit):
        command.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")
        _add_timeout(command)
        _add_workspace(command, default=argparse.SUPPRESS)
        _add_engine(command, default=argparse.SUPPRESS)


def _add_inspect(inspect: argparse.ArgumentParser) -> None:
    inspect.add_argument(
        "subjects",
        type=_subject,
        nargs="+",
        metavar="FILE|VM",
        help="the disk images (and a memory dump) of one machine; or a VM: URI#ID, URI#UUID or URI#NAME, or #NAME "
        "among what the engine knows",
    )
    inspect.add_argument("--format", choices=("json", "table"), default="json", help="json: see docs/json.md")
    inspect.add_argument("--memory", action="store_true", help="the file is a dump of memory (most are recognized)")
    inspect.add_argument(
        "--raw", action="store_true", help="the files are disks as they are: do not look for an image format in them"
    )
    inspect.add_argument(
        "--with",
        type=_told_path,
        action="append",
        default=[],
        dest="beside",
        metavar="FILE",
        help="a file in another folder that an image may name, such as its backing file; may be said again",
    )
    inspect.add_argument("--device", action="store_true", help="the files may be block devices")
    inspect.add_argument(
        "--backups",
        action="store_true",
        help="the address is not saved: allow temporary snapshots and backup jobs on it, which end with the look",
    )
    _add_timeout(inspect)
    _add_workspace(inspect, default=argparse.SUPPRESS)
    _add_engine(inspect, default=argparse.SUPPRESS)


def _add_policy(policy: argparse.ArgumentParser) -> None:
    actions = policy.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")

    lint = _add(actions, "lint", "say what is wrong in a folder of policies, and where")
    lint.add_argument("folder", type=_path, metavar="DIR", help="with policies, groups and baselines as YAML files")
    lint.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")

    explain = _add(actions, "explain", "say which policies and groups a VM belongs to, and why, clause by clause")
    explain.add_argument("folder", type=_path, metavar="DIR", help="with policies, groups and baselines as YAML files")
    explain.add_argument("vm", metavar="VM", help="its id, UUID or name, or URI#ID, URI#UUID, URI#NAME")
    explain.add_argument("uris", nargs="*", metavar="URI", help="where to look for it")
    explain.add_argument("--demo", action="store_true", help="look in a simulated estate", default=argparse.SUPPRESS)
    explain.add_argument("--format", choices=("table", "json"), default="table", help="json: one document")
    _add_timeout(explain)
    _add_workspace(explain, default=argparse.SUPPRESS)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str, exits: str = EXITS
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=exits,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_timeout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=_seconds, metavar="S", default=120.0, help="give up after so many seconds (default: 120)"
    )


def _add_workspace(command: argparse.ArgumentParser, default: str | None = None) -> None:
    command.add_argument(
        "--workspace", type=_told_path, metavar="DIR", default=default, help="keep everything below this folder"
    )


def _add_engine(command: argparse.ArgumentParser, default: str | None = None) -> None:
    command.add_argument(
        "--engine",
        type=_path,
        metavar="PATH",
        default=default,
        help="use the engine that listens there (started with: vmi-console engine --listen PATH), and no other",
    )


def _add_window(command: argparse.ArgumentParser, *, again: bool = False) -> None:
    """How the window comes up. `again`: what was said before the command counts unless it is said again after it."""
    window = command.add_argument_group("window")

    def add(name: str, default: object, **settings: Any) -> None:
        window.add_argument(name, default=argparse.SUPPRESS if again else default, **settings)

    add("--theme", None, choices=("light", "dark"), help="colours (default: as chosen before, or the system's)")
    add("--size", None, type=_size, metavar="WxH", help="its size, such as 1360x860")
    add("--select", "", metavar="QUERY", help="select the first VM that matches, as soon as there is one")
    add("--pane", "", metavar="NAME", help="bring this one to the front: network, guest, topology, vms, …")
    add("--safe-mode", False, action="store_true", help="come up as at the first start; keeps and changes no settings")
    add("--screenshot", None, type=_path, metavar="PNG", help="paint the window, save the picture, and quit")
    add("--after", 10.0, type=_seconds, metavar="S", help="so many seconds before the screenshot (default: 10)")


def _path(text: str) -> Path:
    """Where a file is, or can be. Whether it is there is for the command to say."""
    if not text:
        raise argparse.ArgumentTypeError("an empty text is the name of no file")
    path = Path(text)
    try:
        path.stat()
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from None
    return path


def _told_path(text: str) -> Path:
    """The same, where other processes are told of it, in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{text}: its name is not in UTF-8: give it another one") from None
    return _path(text)


def _subject(text: str) -> str:
    """A VM or the path of an image."""
    if "://" not in text and not text.startswith("#"):
        _told_path(text)
    return text


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size in pixels, such as 1360x860")
    return int(match[1]), int(match[2])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise argparse.ArgumentTypeError(f"“{text}” is not a time in seconds, such as 30 or 0.5")
    return seconds


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise argparse.ArgumentTypeError(
            f"“{text}” is no head: it has 64 hexadecimal digits, as audit verify prints it"
        )
    return text.strip()


def _moment(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a time, such as 2026-03-01T09:00Z or 2026-03-01") from None
    return time.astimezone(UTC)  # without a zone: the one of this machine


def _percent(text: str) -> float:
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"“{text}” is not a share in percent, such as 95")
    return percent
