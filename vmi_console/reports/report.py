"""Any kind of report, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from vmi_console.errors import InputError, StorageError
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.index import Advisories
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import EVERYTHING, Scope, Subject
from vmi_console.review.moment import Moment
from vmi_console.settings import replacing


class Kind(StrEnum):
    """What a report can be."""

    WORKBOOK = "xlsx"
    BILL = "cyclonedx"
    EVENTS = "ocsf"
    CSV = "csv"
    PARQUET = "parquet"
    PAGE = "html"
    PDF = "pdf"

    @property
    def suffix(self) -> str:
        """How the names of its files end."""
        return _SUFFIXES.get(self, f".{self.value}")


_SUFFIXES = {Kind.BILL: ".cdx.json", Kind.EVENTS: ".ocsf.jsonl"}

type _Writer = Callable[[Subject, Path, Progress], None]


def kind_by_name(path: Path) -> Kind | None:
    """The kind that a file's name speaks of; None where it speaks of none."""
    name = path.name.lower()
    return next((kind for kind in Kind if name.endswith(kind.suffix)), None)


def write_report(
    kind: Kind,
    moment: Moment,
    path: Path,
    *,
    scope: Scope = EVERYTHING,
    table: str = "vms",
    advisories: Advisories | None = None,
    progress: Progress | None = None,
) -> int:
    """Writes a report of the VMs that are meant, whole or not at all; gives how many they are. Blocks for long.

    `table` is of CSV and Parquet. Raises `QueryError`, `InputError` for a scope without any VM or a table that is not
    there, `Unsupported` for Parquet without its library, `StorageError`, and `GivenUp`.
    """
    subject = Subject(moment, scope, advisories)
    if not subject.vms and not subject.is_whole:
        raise InputError(f"no VM matches: {subject.scope}", "choose others, or all")
    writer = _writer(kind, table)
    progress = progress or Progress()
    progress.expect(len(subject.vms) + 1)
    try:
        with replacing(path) as temporary:
            writer(subject, temporary, progress)
    except OSError as error:
        raise StorageError(
            f"{visible(str(path), 300)} cannot be written ({error.strerror or error})",
            "choose another folder, or make room there",
        ) from error
    return len(subject.vms)


def _writer(kind: Kind, table: str) -> _Writer:
    """What writes a kind; the libraries of others are not loaded."""
    match kind:
        case Kind.WORKBOOK:
            from vmi_console.reports.workbook import write_workbook

            return write_workbook
        case Kind.BILL:
            from vmi_console.reports.sbom import write_sbom

            return write_sbom
        case Kind.EVENTS:
            from vmi_console.reports.ocsf import write_ocsf

            return write_ocsf
        case Kind.PAGE:
            from vmi_console.reports.page import write_page

            return write_page
        case Kind.PDF:
            from vmi_console.reports.pdf import write_pdf

            return write_pdf
        case Kind.CSV | Kind.PARQUET:
            return _table_writer(kind, table)


def _table_writer(kind: Kind, name: str) -> _Writer:
    from vmi_console.reports.table_files import write_csv, write_parquet
    from vmi_console.reports.tables import TABLES

    table = TABLES.get(name)
    if table is None:
        raise InputError(f"there is no table “{visible(name, 80)}”", f"choose one of: {', '.join(TABLES)}")
    write = write_csv if kind is Kind.CSV else write_parquet
    return lambda subject, path, progress: write(table, subject, path, progress)
