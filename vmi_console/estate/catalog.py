"""All kinds of records in one union, as they travel between processes and lie in history files."""

from __future__ import annotations

import typing

from vmi_console.estate import facts, records

type AnyRecord = (
    records.Connection
    | records.Datacenter
    | records.Cluster
    | records.Host
    | records.Switch
    | records.Network
    | records.Datastore
    | records.VM
    | records.Filter
    | records.Alert
    | facts.SoftwareImage
    | facts.Guest
)

SCHEMA_VERSION = 3
"""Of the records: raised when a field is added, so that a file says which console wrote it."""


def record_types() -> tuple[type[records.Record], ...]:
    """The classes of the union, in the order they are declared."""
    return typing.get_args(AnyRecord.__value__)
