"""What a virtual machine is made of: its hardware, its disks, its snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vmi_console.estate.records import VM, Datastore, Disk, Snapshot
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Sheet, Table
from vmi_console.gui.panes.sheets.describer import Describer
from vmi_console.gui.states import POWER
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, moment, number, size
from vmi_console.plain_text import visible


class VmHardware(Describer[VM]):
    """Processor, memory, firmware, identity, and devices beyond disks and network cards."""

    def describe(self, vm: VM) -> Sheet:
        age = self.wording.age(vm.id)
        machine = Section(
            self.tr("Machine"),
            (
                Fact(self.tr("Virtual CPUs"), UNKNOWN if vm.vcpus is None else number(vm.vcpus), age),
                Fact(self.tr("Memory"), size(vm.memory_bytes), age),
                Fact(self.tr("Firmware"), self.wording.firmware(vm), age),
                Fact(self.tr("Secure boot"), self.wording.yes_no(vm.secure_boot), age),
                self.text(self.tr("Hardware"), vm.hardware, age),
                Fact(self.tr("Starts with host"), self.wording.yes_no(vm.autostart), age),
                Fact(self.tr("Persistent"), self.wording.yes_no(vm.persistent), age),
            ),
        )
        identity = Section(
            self.tr("Identity"),
            (
                self.text(self.tr("UUID"), vm.uuid, age),
                self.text(self.tr("Instance UUID"), vm.instance_uuid, age),
                self.text(self.tr("Configuration"), vm.config_version, age),
            ),
        )
        columns = (self.tr("Device"), self.tr("What it is"), self.tr("Passed through"), self.tr("Key"))
        lines = tuple(
            Line(
                device.key,
                (
                    Cell(visible(device.type, 40)),
                    Cell(visible(device.label, 160) or UNKNOWN),
                    Cell(self.wording.yes_no(device.passthrough), tone=_muted_if(not device.passthrough)),
                    Cell(visible(device.key, 60), tone=Tone.MUTED),
                ),
            )
            for device in vm.devices
        )
        devices = Table(self.tr("Devices"), columns, (16, 50, 16, 24), lines, self.tr("None that matter."))
        attributes = self.attributes(self.tr("Attributes"), vm.attributes, age)
        return Sheet(sections=(machine, identity, *attributes), tables=(devices,))


class VmStorage(Describer[VM]):
    """Disks with what they are backed by, and the datastores they lie on."""

    def describe(self, vm: VM) -> Sheet:
        columns = (
            self.tr("Disk"),
            self.tr("Capacity"),
            self.tr("Allocated"),
            self.tr("Used"),
            self.tr("Format"),
            self.tr("Bus"),
            self.tr("Datastore"),
            self.tr("Path"),
        )
        lines = tuple(line for disk in vm.disks for line in self._disk(disk))
        disks = Table(self.tr("Disks"), columns, (20, 11, 11, 16, 9, 10, 18, 44), lines, self.tr("None."))
        return Sheet(tables=(disks, self._datastores(vm)))

    def _disk(self, disk: Disk) -> Iterator[Line]:
        path = UNKNOWN if disk.path is None else visible(disk.path, 200) or self.tr("empty drive")
        traits = [
            word
            for is_so, word in (
                (disk.readonly, self.tr("read-only")),
                (disk.shareable, self.tr("shared")),
                (disk.encrypted, self.tr("encrypted")),
            )
            if is_so
        ]
        if disk.device != "disk":
            traits.insert(0, visible(disk.device, 20))
        name = visible(disk.label or disk.key, 60)
        yield Line(
            disk.key,
            (
                Cell(f"{name} ({', '.join(traits)})" if traits else name),
                Cell(size(disk.capacity_bytes), number=True),
                Cell(size(disk.allocated_bytes), number=True),
                self.usage(disk.allocated_bytes, disk.capacity_bytes),
                Cell(visible(disk.format or UNKNOWN, 20)),
                Cell(visible(disk.bus or UNKNOWN, 20)),
                Cell(self.name(disk.datastore)),
                Cell(path),
            ),
            disk.datastore,
        )
        for depth, parent in enumerate(disk.backing, start=1):
            cells = [Cell(self.tr("backed by"), tone=Tone.MUTED, depth=depth), *[Cell("")] * 6]
            yield Line(f"{disk.key} {depth}", (*cells, Cell(visible(parent, 200), tone=Tone.MUTED)))

    def _datastores(self, vm: VM) -> Table:
        used = dict.fromkeys(disk.datastore for disk in vm.disks if disk.datastore is not None)
        return self.datastores_table(self.all_of(Datastore, used))


class VmSnapshots(Describer[VM]):
    """The snapshots as the tree they are."""

    def describe(self, vm: VM) -> Sheet:
        columns = (
            self.tr("Snapshot"),
            self.tr("Taken"),
            self.tr("Age"),
            self.tr("Size"),
            self.tr("State"),
            self.tr("Description"),
        )
        lines = tuple(Line(one.key, self._snapshot(one, depth)) for one, depth in ordered(vm.snapshots))
        empty = self.tr("No snapshots.")
        table = Table(self.tr("Snapshots"), columns, (30, 28, 14, 10, 12, 30), lines, empty)
        return Sheet(tables=(table,))

    def _snapshot(self, snapshot: Snapshot, depth: int) -> tuple[Cell, ...]:
        name = visible(snapshot.name or snapshot.key, 80)
        return (
            Cell(self.tr("{0} (current)").format(name) if snapshot.current else name, icon="snapshot", depth=depth),
            Cell(moment(snapshot.created_at)),
            Cell(self.wording.ago(snapshot.created_at) or UNKNOWN),
            Cell(size(snapshot.size_bytes), number=True),
            Cell(POWER[snapshot.power].word if snapshot.power else UNKNOWN),
            Cell(visible(snapshot.description, 160), tone=Tone.MUTED),
        )


def ordered(snapshots: Iterable[Snapshot]) -> Iterator[tuple[Snapshot, int]]:
    """Snapshots with how deep they hang, each after its parent; those whose parents make a ring come last."""
    below: dict[str | None, list[Snapshot]] = {}
    known = {snapshot.key: snapshot for snapshot in snapshots}
    for snapshot in known.values():
        below.setdefault(snapshot.parent if snapshot.parent in known else None, []).append(snapshot)
    waiting = [(snapshot, 0) for snapshot in reversed(below.get(None, []))]
    told: set[str] = set()
    while waiting:
        snapshot, depth = waiting.pop()
        told.add(snapshot.key)
        yield snapshot, depth
        waiting += [(child, depth + 1) for child in reversed(below.get(snapshot.key, []))]
    yield from ((snapshot, 0) for key, snapshot in known.items() if key not in told)


def _muted_if(muted: bool) -> Tone:
    return Tone.MUTED if muted else Tone.PLAIN
