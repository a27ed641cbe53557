"""The command line: which part of the program runs, and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vmi_console.cli import streams
from vmi_console.cli.arguments import is_snapshot, parse

if TYPE_CHECKING:
    from pathlib import Path

    from vmi_console.engine.engines import Engines, PrivateEngine
    from vmi_console.settings import Workspace

# Everything else is imported by the command that needs it: `--help` is to be quick, and Qt is the window's alone.


def run(arguments: Sequence[str]) -> int:
    """Carries out the command line; gives the exit code (see `exits`)."""
    streams.prepare()
    options = parse(arguments)
    from vmi_console.cli import exits
    from vmi_console.errors import VmiError

    try:
        code = _carry_out(options)
        with exits.writing():
            sys.stdout.flush()
        return code
    except VmiError as error:
        exits.complain(error.message, error.advice)
        return exits.code_of(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        return exits.UNREAD


def _carry_out(options: argparse.Namespace) -> int:
    if options.version:
        return _version()
    if options.selftest:
        from vmi_console.cli.selftest import selftest

        return selftest()
    match options.command:
        case "watch":
            return _watch(options)
        case "collect":
            return _collect(options)
        case "check":
            return _check(options)
        case "inspect":
            return _inspect(options)
        case "doctor":
            from vmi_console.cli.doctor import doctor

            return doctor(options.format)
        case "engine":
            return _engine(options)
        case "policy":
            return _policy(options)
        case "snapshot":
            return _snapshot(options)
        case "export":
            return _export(options)
        case "diff":
            return _diff(options)
        case "import":
            return _import(options)
        case "replay":
            return _replay(options)
        case "quarantine" | "release" | "audit":
            return _quarantine(options)
        case _:
            return _window(options)


def _version() -> int:
    from vmi_console.cli import exits
    from vmi_console.wire.program import version

    with exits.writing():
        print(f"vmi-console {version()}")
    return exits.DONE


def _watch(options: argparse.Namespace) -> int:
    import asyncio

    from vmi_console.cli.person import Person
    from vmi_console.cli.watch import watch
    from vmi_console.engine.engines import PrivateEngine

    uris = list(dict.fromkeys([*options.uris, *(["demo://"] if options.demo else [])]))
    workspace = _workspace(options)
    policies = None if options.policies is None else _folder(options.policies)
    engines = PrivateEngine(None, policies) if uris else _engines(options)
    asyncio.run(watch(engines, uris, options.seconds, Person(workspace), options.format, findings=policies is not None))
    return 0


def _check(options: argparse.Namespace) -> int:
    import asyncio

    from vmi_console.cli import check, exits, terminal
    from vmi_console.cli.person import Person
    from vmi_console.errors import VmiError
    from vmi_console.policy.judgement import Severity

    uris = list(dict.fromkeys([*options.uris, *(["demo://"] if options.demo else [])]))
    if is_snapshot(uris[0]):
        return _check_snapshots(options)
    person = Person(_workspace(options))
    known = check.AdvisoryPaths(options.advisories, options.kev) if options.advisories is not None else None
    try:
        report, findings = asyncio.run(check.check(uris, _folder(options.policies), options.timeout, person, known))
    except VmiError as error:
        exits.complain(error.message, error.advice)
        return check.ERROR  # whatever it was: 1 and 3 say something of the estate here
    with exits.writing():
        print(check.shown(report, options.format, colour=terminal.takes_colours(sys.stdout)))
    return check.exit_code(report, findings, Severity(options.fail_on), options.min_coverage)


def _check_snapshots(options: argparse.Namespace) -> int:
    import asyncio
    from pathlib import Path

    from vmi_console.cli import check, exits, terminal
    from vmi_console.errors import VmiError
    from vmi_console.policy.judgement import Severity

    folder = None if options.policies is None else _folder(options.policies)
    codes = []
    for each in dict.fromkeys(options.uris):
        try:
            report, findings = asyncio.run(check.check_snapshot(Path(each).absolute(), folder, options.timeout))
        except VmiError as error:
            exits.complain(error.message, error.advice)
            codes.append(check.ERROR)
            continue
        with exits.writing():
            if len(options.uris) > 1 and options.format == "table":
                print(f"\n{each}, as of {report.generated_at:%Y-%m-%d %H:%M:%S} UTC")
            print(check.shown(report, options.format, colour=terminal.takes_colours(sys.stdout)))
        codes.append(check.exit_code(report, findings, Severity(options.fail_on), options.min_coverage))
    return check.worst(codes)


def _folder(path: Path) -> Path:
    """The whole path of a folder of policies. Raises `InputError` if there is none."""
    from vmi_console.errors import InputError
    from vmi_console.plain_text import visible

    folder = path.expanduser().absolute()
    if not folder.is_dir():
        raise InputError(f"{visible(str(path), 300)} is no folder", "give the folder that holds the policies")
    return folder


def _collect(options: argparse.Namespace) -> int:
    import asyncio

    import msgspec

    from vmi_console.cli import exits, terminal
    from vmi_console.cli.collect import collect
    from vmi_console.cli.person import Person
    from vmi_console.cli.sheets import sheets

    if options.output is not None:
        return _save(options)
    document = asyncio.run(collect(options.uri, options.timeout, Person(_workspace(options))))
    if options.format == "json":
        text = terminal.harmless_json(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        text = sheets(document, colour=terminal.takes_colours(sys.stdout))
    with exits.writing():
        print(text)
    return 0


def _save(options: argparse.Namespace) -> int:
    import asyncio

    from vmi_console.cli import collect, exits
    from vmi_console.cli.person import Person
    from vmi_console.cli.snapshot import about

    wish = collect.Wish(
        path=options.output.expanduser().absolute(),
        title=options.title,
        select=options.select,
        changes_since=options.changes_since,
        redact=options.redact,
        sign=options.sign,
    )
    if options.uri is None:
        work = collect.save_known(_engines(options), wish, options.timeout)
    else:
        policies = None if options.policies is None else _folder(options.policies)
        work = collect.save(options.uri, wish, policies, options.timeout, Person(_workspace(options)))
    said = asyncio.run(work)
    if sys.stderr.isatty():
        print("\n".join(about(said)), file=sys.stderr)
    return exits.DONE


def _export(options: argparse.Namespace) -> int:
    from vmi_console.cli import exits, export
    from vmi_console.cli.person import Person

    wish = export.Wish(
        source="demo://" if options.demo else options.source,
        output=options.output.expanduser().absolute(),
        kind=options.format or "",
        select=options.select,
        since=options.since,
        policies=None if options.policies is None else _folder(options.policies),
        table=options.table,
        advisories=options.advisories,
        kev=options.kev,
        force=options.force,
        timeout_seconds=options.timeout,
    )
    said = export.export(wish, _engines(options), Person(_workspace(options)))
    with exits.writing():
        print(said)
    return exits.DONE


def _snapshot(options: argparse.Namespace) -> int:
    from vmi_console.cli import exits, snapshot

    code = exits.DONE
    match options.action:
        case "info":
            text = snapshot.info(options.file, options.format)
        case "verify":
            text, code = snapshot.verify(options.file, options.key, options.format)
        case _:
            text = "\n".join(snapshot.redact(options.file, options.output.expanduser(), options.sign))
    with exits.writing():
        print(text)
    return code


def _diff(options: argparse.Namespace) -> int:
    from vmi_console.cli import diff, exits, terminal
    from vmi_console.errors import VmiError

    try:
        comparison = diff.diff(options.before.expanduser().absolute(), options.after.expanduser().absolute())
        text = diff.shown(
            comparison, options.format, colour=options.output is None and terminal.takes_colours(sys.stdout)
        )
        if options.output is not None:
            diff.write(text, options.output.expanduser().absolute())
    except VmiError as error:
        exits.complain(error.message, error.advice)
        return diff.ERROR  # whatever it was: 1 says something of the two
    if options.output is None:
        with exits.writing():
            print(text)
    return diff.SAME if comparison.is_empty else diff.DIFFERENT


def _import(options: argparse.Namespace) -> int:
    from vmi_console.cli import exits
    from vmi_console.cli.importing import import_estate

    said = import_estate(options.form, options.path.expanduser().absolute(), options.output.expanduser().absolute())
    with exits.writing():
        print("\n".join(said))
    return exits.DONE


def _replay(options: argparse.Namespace) -> int:
    from vmi_console.cli import exits, replay, terminal
    from vmi_console.errors import InputError

    if options.kev is not None and options.advisories is None:
        raise InputError("--kev alone says of no vulnerability where it is", "give --advisories, too")
    wish = replay.Wish(
        path=(options.snapshot or _workspace(options).history).expanduser().absolute(),
        is_snapshot=options.snapshot is not None,
        policies=_folder(options.policies),
        since=options.since,
        until=options.until,
        advisories=options.advisories,
        kev=options.kev,
    )
    result = replay.replayed(wish)
    with exits.writing():
        print(replay.shown(result, options.format, colour=terminal.takes_colours(sys.stdout)))
    return exits.DONE


def _inspect(options: argparse.Namespace) -> int:
    import asyncio

    import msgspec

    from vmi_console.cli import exits, inspect, terminal
    from vmi_console.cli.person import Person

    wish = inspect.Wish(
        subjects=tuple(options.subjects),
        beside=tuple(options.beside),
        memory=options.memory,
        raw=options.raw,
        devices=options.device,
        backups=options.backups,
        timeout_seconds=options.timeout,
    )
    if any(map(inspect.is_vm, wish.subjects)):
        work = inspect.inspect_vm(_engines(options), Person(_workspace(options)), wish)
    else:
        work = inspect.inspect_files(wish)
    document = asyncio.run(work)
    if options.format == "json":
        text = terminal.harmless_json(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        text = inspect.as_tables(document, colour=terminal.takes_colours(sys.stdout))
    with exits.writing():
        print(text)
    return exits.FAILED if inspect.is_in_vain(document) else exits.DONE


def _policy(options: argparse.Namespace) -> int:
    from vmi_console.cli import policy

    if options.action == "lint":
        return policy.lint(options.folder, options.format)
    import asyncio

    from vmi_console.cli.person import Person

    uris = list(dict.fromkeys([*options.uris, *(["demo://"] if options.demo else [])]))
    person = Person(_workspace(options))
    asyncio.run(policy.explain(options.folder, options.vm, uris, options.timeout, person, options.format))
    return 0


def _quarantine(options: argparse.Namespace) -> int:
    import asyncio

    from vmi_console.cli import exits, quarantine
    from vmi_console.cli.person import Person
    from vmi_console.collectors.quarantine import Mode
    from vmi_console.response.ward import Choice

    engines, person = _engines(options), Person(_workspace(options))
    if options.command == "audit":
        work = quarantine.audit_verify(engines, options.head or "", options.format)
    elif options.command == "release":
        choice = Choice.FORCE if options.force else Choice.KEEP if options.keep else Choice.EXACT
        work = quarantine.release(engines, person, options.vm, options.reason, choice, options.timeout, options.format)
    elif options.vm == "list":
        work = quarantine.listing(engines, options.past, options.format)
    else:
        wish = quarantine.Wish(
            vm=options.vm,
            mode=Mode(options.mode),
            network=options.network,
            reason=options.reason or "",
            dry_run=options.dry_run,
            yes=options.yes,
            reassert=options.reassert,
        )
        work = quarantine.quarantine(engines, person, wish, options.timeout, options.format)
    with exits.writing():
        return asyncio.run(work)


def _engine(options: argparse.Namespace) -> int:
    import logging
    import shlex

    from vmi_console import logs
    from vmi_console.engine.main import run_listening
    from vmi_console.plain_text import visible

    logs.to_standard_error("engine", logging.INFO)
    workspace = _workspace(options)
    path = workspace.socket if options.listen is None else options.listen.expanduser().absolute()
    if path != workspace.socket:
        found = f" with: --engine {shlex.quote(str(path))}"
    elif options.workspace is not None:
        found = f" at {path}, with: --workspace {shlex.quote(str(options.workspace.expanduser().absolute()))}"
    else:
        found = f" at {path}, where they look"
    run_listening(
        workspace, path, lambda: print(f"window and watch find this engine{visible(found, 1000)}", file=sys.stderr)
    )
    return 0


def _window(options: argparse.Namespace) -> int:
    from vmi_console.engine.engines import PrivateEngine
    from vmi_console.errors import InputError

    if options.screenshot is not None:
        if not options.screenshot.parent.is_dir():  # said now, not when the picture has been waited for
            raise InputError(f"there is no folder {options.screenshot.parent}", "make it, or choose another place")
        _paint_without_a_screen()
    uris, snapshot = _snapshot_of(options)
    engines = None if snapshot is not None else _engines(options)
    for each in (snapshot, engines):
        if isinstance(each, PrivateEngine):
            each.prestart()  # it gets ready while Qt does
    from vmi_console.gui import app
    from vmi_console.gui.preferences import Scheme

    keeps = not options.demo and not options.safe_mode  # the demo remembers nothing
    return app.run(
        app.Options(
            uris=uris,
            demo=options.demo,
            engines=engines,
            snapshot=snapshot,
            workspace=_workspace(options) if keeps else None,
            scheme=None if options.theme is None else Scheme(options.theme),
            size=options.size,
            select=options.select,
            pane=options.pane,
            screenshot=None if options.screenshot is None else app.Screenshot(options.screenshot, options.after),
        )
    )


def _snapshot_of(options: argparse.Namespace) -> tuple[tuple[str, ...], PrivateEngine | None]:
    """The addresses, or an engine on the snapshot file that is named in their place. Raises `InputError`."""
    from pathlib import Path

    from vmi_console.engine.engines import PrivateEngine
    from vmi_console.errors import InputError
    from vmi_console.plain_text import visible

    named: tuple[str, ...] = tuple(getattr(options, "uris", ()))
    files = [each for each in named if is_snapshot(each)]
    if not files:
        return named, None
    if len(named) > 1 or options.demo or options.engine is not None:
        raise InputError(
            "a snapshot is shown by itself", "give nothing else beside it, and another command for another"
        )
    path = Path(files[0]).expanduser().absolute()
    if not path.is_file():
        raise InputError(f"there is no file {visible(files[0], 300)}", "give the path of a snapshot")
    return (), PrivateEngine.of_snapshot(path)


def _paint_without_a_screen() -> None:
    """Where there is no display, Qt paints into memory."""
    import os

    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _workspace(options: argparse.Namespace) -> Workspace:
    from vmi_console.settings import Workspace

    return Workspace.of_user() if options.workspace is None else Workspace.at(options.workspace)


def _engines(options: argparse.Namespace) -> Engines:
    """The engine that --engine names; or else the one that listens in the workspace, or a private one there."""
    from vmi_console.engine.engines import FirstOf, PrivateEngine, RunningEngine

    if options.engine is not None:
        return RunningEngine(options.engine.expanduser().absolute())
    if options.demo:
        from vmi_console.policy.shipped import DEMO

        return PrivateEngine(None, DEMO)  # the demo remembers nothing
    private = PrivateEngine.of_user() if options.workspace is None else PrivateEngine(options.workspace)
    socket = _workspace(options).socket
    return FirstOf(RunningEngine(socket), private) if socket.exists() else private
