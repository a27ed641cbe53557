"""What there is: VMs by power and system, connections, datastores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vmi_console.estate.facts import Looked
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import Cluster, Connection, Datastore, Host, Power
from vmi_console.reports.chapters.bounds import MOST_BARS, MOST_ROWS
from vmi_console.reports.chapters.phrases import many, name, percent, saying, when
from vmi_console.reports.chapters.tones import POWER_TONES, STATE_TONES
from vmi_console.reports.content import Bar, Bars, Block, Cell, Grid, Heading, Section, Segment, Tone, Word
from vmi_console.reports.subject import Subject


def section(subject: Subject) -> Section:
    """The chapter."""
    hosts = subject.standing_on(subject.estate.of(Host))
    clusters = subject.standing_on(subject.estate.of(Cluster))
    memory = [vm.memory_bytes for vm in subject.vms]
    known = [size for size in memory if size is not None]
    lead = (
        f"{many(len(subject.vms), 'VM')} on {many(len(hosts), 'host')} in {many(len(clusters), 'cluster')}; "
        f"{sum(known) / (1 << 40):,.1f} TiB of memory are configured"
        + (f" in the {len(known):,} of which that is known." if len(known) < len(memory) else ".")
    )
    powers = Counter(vm.power for vm in subject.vms)
    looked = Counter(_looked(subject, vm.id) for vm in subject.vms)
    looked_tones = {Looked.READ: Tone.GOOD, Looked.UNREADABLE: Tone.WARNING, Looked.NOT_YET: Tone.UNKNOWN}
    blocks: list[Block] = [
        Bars(
            (
                Bar(
                    "Power",
                    tuple(Segment(each.value, powers[each], POWER_TONES[each]) for each in Power if powers[each]),
                ),
                Bar(
                    "Looked into",
                    tuple(
                        Segment(each.value, looked[each], tone) for each, tone in looked_tones.items() if looked[each]
                    ),
                ),
            )
        ),
        Heading("Connections"),
        Grid(
            ("Connection", "State", "What answers", "VMs", "Last heard of"),
            tuple(_connections(subject)),
            (28, 18, 28, 8, 18),
            (3,),
        ),
    ]
    systems = Counter(_system(subject, vm.id) for vm in subject.vms)
    ranked = sorted(systems.items(), key=lambda item: (item[0] == "", -item[1], item[0]))[:MOST_BARS]
    blocks += [
        Heading("Operating systems"),
        Bars(
            tuple(
                Bar(
                    name(system) if system else "not known",
                    (Segment("VMs", count, Tone.ACCENT if system else Tone.UNKNOWN),),
                    f"{count:,}",
                )
                for system, count in ranked
            ),
            shares=False,
        ),
    ]
    if stores := list(_stores(subject)):
        blocks += [
            Heading("Fullest datastores"),
            Bars(tuple(stores[:MOST_BARS]), legend=(Word("used", Tone.ACCENT), Word("free", Tone.MUTED))),
        ]
    return Section("estate", "Estate", lead, tuple(blocks))


def _looked(subject: Subject, vm: EntityId) -> Looked:
    software = subject.estate.software(vm)
    return Looked.NOT_YET if software is None else software.applications.status


def _system(subject: Subject, vm: EntityId) -> str:
    """What runs in a guest, by what was read in it, or else by what the hypervisor says."""
    guest, record = subject.estate.guest(vm), subject.estate.vm(vm)
    if guest is not None and guest.os.status is Looked.READ and guest.os.items:
        return guest.os.items[0].name
    return (record.guest.os or "") if record is not None else ""


def _connections(subject: Subject) -> Iterable[tuple[Cell, ...]]:
    vms = Counter(endpoint_of(vm.id) for vm in subject.vms)
    connections = sorted(subject.estate.of(Connection), key=lambda each: (-vms[each.endpoint or ""], each.name))
    for each in connections[:MOST_ROWS]:
        state = each.health.state
        yield (
            name(each.name),
            Word(state.value, STATE_TONES.get(state, Tone.UNKNOWN)),
            saying(each.product or "not known"),
            f"{vms[each.endpoint or '']:,}",
            when(each.seen_at or each.health.since),
        )


def _stores(subject: Subject) -> Iterable[Bar]:
    told = [
        (1 - each.free_bytes / each.capacity_bytes, each)
        for each in subject.standing_on(subject.estate.of(Datastore))
        if each.capacity_bytes and each.free_bytes is not None
    ]
    for share, each in sorted(told, key=lambda item: -item[0]):
        assert each.capacity_bytes is not None
        assert each.free_bytes is not None
        used = max(0, each.capacity_bytes - each.free_bytes)
        yield Bar(
            name(each.name),
            (
                Segment("used", used >> 20, Tone.WARNING if share > 0.9 else Tone.ACCENT),
                Segment("free", each.free_bytes >> 20, Tone.MUTED),
            ),
            f"{percent(100 * share)} of {each.capacity_bytes / (1 << 40):,.1f} TiB",
        )
