"""A folder of XML as `virsh dumpxml` and its siblings write it (and `virt-xml` edits it), as a moment.

Files are told apart by what they describe: domains, networks, storage pools, volumes (which say how large disks are)
and filters; anything else is passed over. Of a domain that is described twice, as with `--inactive`, what is in force
counts: that has a number. The folder
does not say on which host it was written, so its endpoint is its own: `virsh-` and a digest of the UUIDs of its
networks and pools, which outlive VMs; without any, of its resolved path. Two dumps of one host so have the same ids,
and VMs of two different ones are found by their UUIDs (`review.counterparts`). All reading is that of the libvirt
provider, which needs no library for it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from vmi_console.collectors.libvirt import domain, markup, network, storage
from vmi_console.collectors.libvirt import filter as filters
from vmi_console.collectors.libvirt.network import NetworkDefinition
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.errors import InputError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.identity import entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Host, Network, NicKind
from vmi_console.plain_text import visible
from vmi_console.review.moment import Moment

MOST_FILES = 100_000
MOST_BYTES = 2 << 30
MOST_FILE_BYTES = markup.MAX_DOCUMENT_CHARACTERS

KINDS = ("domain", "network", "pool", "volume", "filter")
"""What is read, by the documents' first word."""

LACKING = (
    "whether VMs and networks run",
    "what is inside guests",
    "findings, policies, quarantine and changes",
    "the host, and how large disks are of which there is no volume",
    "snapshots, alarms and load",
    "when it was taken: that is the time of its newest file",
)


def read(path: Path, given_up: Callable[[], bool] = lambda: False) -> Moment:
    """The estate in a folder, or in one file. Raises `InputError`. Blocks."""
    texts = _texts(path, given_up)
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    unreadable = 0
    for text in texts:
        try:
            kinds[markup.document(text).tag].append(text)
        except markup.Unreadable:
            unreadable += 1
        except KeyError:
            pass  # of a snapshot, a secret, or of another program
    if not any(kinds[kind] for kind in ("domain", "network", "pool")):
        raise _refused(path, "there is no XML of a domain, a network or a storage pool in it")
    records, more = _records(path, kinds)
    unreadable += more
    inventory = Inventory(itertools.count(1).__next__)
    inventory.apply(Batch(records=tuple(records), seen=Seen.DISCOVERY), datetime.now(UTC))
    lacks = LACKING if not unreadable else (*LACKING, f"{unreadable:,} files that could not be read")
    return Moment(
        at=datetime.fromtimestamp(int(max(each.stat().st_mtime for each in _files(path))), UTC),
        records=tuple(inventory.all()),
        title=path.name,
        source="libvirt XML",
        lacks=lacks,
    )


def _records(path: Path, kinds: dict[str, list[str]]) -> tuple[list[AnyRecord], int]:
    """The records, and how many texts made none."""
    unreadable = 0
    endpoint = _endpoint(path, kinds)
    host = Host(id=entity_id("host", endpoint, "host"), name="host of these definitions")
    bare = Surroundings(endpoint, host.id)
    definitions: list[NetworkDefinition] = []
    records: dict[str, AnyRecord] = {host.id: host}
    for text in kinds["network"]:
        try:
            definitions.append(network.network(text, bare))
        except markup.Unreadable:
            unreadable += 1
    for each in definitions:
        for record in (each.switch, each.network, *each.portgroups):
            if record is not None:
                records.setdefault(record.id, record)
    pools, folders = {}, {}
    for text in kinds["pool"]:
        try:
            pool = storage.pool(text, bare)
        except markup.Unreadable:
            unreadable += 1
            continue
        records.setdefault(pool.id, pool)
        pools[pool.name] = pool.id
        if pool.path:
            folders[pool.path.rstrip("/")] = pool.id
    networks, portgroups, defaults = network.lookup(definitions)
    around = Surroundings(endpoint, host.id, networks, portgroups, defaults, pools, folders)
    volumes: dict[str, storage.Volume] = {}
    for text in kinds["volume"]:
        try:
            volume = storage.volume(text)
        except markup.Unreadable:
            unreadable += 1
            continue
        volumes.setdefault(volume.path, volume)
    for text in kinds["filter"]:
        try:
            filter_ = filters.nwfilter(text, around)
        except markup.Unreadable:
            unreadable += 1
            continue
        records.setdefault(filter_.id, filter_)
    for text in sorted(kinds["domain"], key=_is_stored):
        try:
            vm = _sized(domain.vm(text, around), volumes)
        except markup.Unreadable:
            unreadable += 1
            continue
        for used in _bridges(vm, around):
            records.setdefault(used.id, used)
        records.setdefault(vm.id, vm)
    return list(records.values()), unreadable


def _is_stored(text: str) -> bool:
    """Whether a domain's definition is not the one in force; one that runs has a number."""
    return markup.document(text).get("id") is None


def _sized(vm: VM, volumes: Mapping[str, storage.Volume]) -> VM:
    """The VM with what is known of the volumes that its disks are."""
    disks = tuple(
        replace(disk, capacity_bytes=known.capacity_bytes, allocated_bytes=known.allocated_bytes)
        if (known := volumes.get(disk.path or "")) is not None
        else disk
        for disk in vm.disks
    )
    return replace(vm, disks=disks)


def _bridges(vm: VM, around: Surroundings) -> list[Network]:
    """The bridges that a VM uses directly; nobody tells the VLAN of their uplinks."""
    return [
        network.bridge(nic.source, around, None)
        for nic in vm.nics
        if nic.type is NicKind.BRIDGE and nic.source and nic.network == around.bridge(nic.source)
    ]


def _endpoint(path: Path, kinds: dict[str, list[str]]) -> str:
    uuids = {
        uuid for kind in ("network", "pool") for text in kinds[kind] if (uuid := markup.document(text).findtext("uuid"))
    }
    said = "\n".join(sorted(uuids)) or str(path.resolve())
    return "virsh-" + hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*.xml") if each.is_file())


def _texts(path: Path, given_up: Callable[[], bool]) -> list[str]:
    texts: list[str] = []
    left = MOST_BYTES
    try:
        files = _files(path)
        if len(files) > MOST_FILES:
            raise _refused(path, f"it has more than {MOST_FILES:,} files")
        for file in files:
            size = file.stat().st_size
            left -= size
            if size > MOST_FILE_BYTES or left < 0 or given_up():
                raise _refused(path, f"{file.name} is too large" if not given_up() else "reading it was given up")
            texts.append(file.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff"))
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error
    return texts


def _refused(path: Path, because: str) -> InputError:
    return InputError(
        f"{visible(str(path), 300)} cannot be read as definitions of libvirt: {visible(because, 300)}",
        "give a folder of XML files that `virsh dumpxml` wrote",
    )
