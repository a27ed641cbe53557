"""What the heading says of the selection, before there is any widget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QObject

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Cluster, Connection, Datastore, Host, Network
from vmi_console.gui.findings.looks import SEVERITY, worst_first
from vmi_console.gui.quarantine.looks import STAGE as QUARANTINE
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import STALE, Look, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import Wording, number
from vmi_console.plain_text import visible

SEVERAL = Look("several", "", calm=True)
NAMED_STATES = 6


@dataclass(frozen=True)
class Headline:
    """Everything the heading says. `uses` are the entities it was made from beside those selected."""

    look: Look
    stale: bool
    title: str
    state: str
    tone: Tone
    age: str = ""
    subtitle: str = ""
    path: tuple[tuple[str, EntityId], ...] = ()  # what is above it, outermost first
    lock: Look | None = None  # how its quarantine is
    wrong: str = ""  # how many findings are open, and how bad the worst is
    severity: Look | None = None
    uses: frozenset[EntityId] = field(default=frozenset(), compare=False)


class Headlines(QObject):
    """Makes headlines."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._replica = replica
        self._wording = Wording(replica)

    def of(self, record: AnyRecord) -> Headline:
        """The headline of one."""
        stale = self._replica.is_stale(record.id)
        seen = look(record)
        path = tuple(self._path(record))
        severity, wrong = self._wrong(record)
        locked = self._replica.quarantines.locked(record.id)
        return Headline(
            look=STALE if isinstance(record, Connection) and not self._replica.link.up else seen,
            stale=stale,
            title=visible(record.name) or self.tr("(no name)"),
            state=self._wording.state(record),
            tone=Tone.WARNING if stale else seen.tone,
            age=self._wording.age(record.id),
            subtitle=self._subtitle(record),
            path=path,
            lock=QUARANTINE[locked.stage] if locked is not None else None,
            wrong=wrong,
            severity=severity,
            uses=frozenset(entity for _, entity in path),
        )

    def state_of(self, record: AnyRecord) -> tuple[str, str, Tone]:
        """What several are counted by: kind, state in a word, and tone."""
        seen = look(record)
        return record.kind, seen.word, seen.tone

    def of_several(self, counts: Counter[tuple[str, str, Tone]], sample: AnyRecord, stale: int) -> Headline:
        """The headline of several: `counts` by `state_of`, `sample` is one of them, `stale` how many are stale."""
        kinds: Counter[str] = Counter()
        states: Counter[str] = Counter()
        for (kind, word, _), count in counts.items():
            kinds[kind] += count
            if word:
                states[word] += count
        told = [f"{number(count)} {word}" for word, count in states.most_common(NAMED_STATES)]
        if stale:
            told.append(f"{number(stale)} {STALE.word}")
        tones = {tone for _, _, tone in counts}
        return Headline(
            look=look(sample) if len(kinds) == len(tones) == 1 else SEVERAL,
            stale=stale > 0,
            title=", ".join(self._wording.several(kind, count) for kind, count in kinds.most_common()),
            state=" · ".join(told),
            tone=Tone.WARNING if stale else Tone.MUTED,
        )

    def _wrong(self, record: AnyRecord) -> tuple[Look | None, str]:
        found = worst_first(self._replica.verdicts.open_of(record.id))
        if not found:
            return None, ""
        worst = [one for one in found if one.severity is found[0].severity]
        seen = SEVERITY[found[0].severity]
        more = self.tr("{0} more").format(number(len(found) - len(worst))) if len(found) > len(worst) else ""
        return seen, " · ".join(filter(None, (f"{number(len(worst))} {seen.word}", more)))

    # --- where it is ----------------------------------------------------------------------------------------------

    def _path(self, record: AnyRecord) -> Iterator[tuple[str, EntityId]]:
        for entity in self._above(record):
            if entity is not None and entity in self._replica.records:
                yield self._wording.name(entity), entity

    def _above(self, record: AnyRecord) -> Iterable[EntityId | None]:
        connection = self._replica.connection_of(record.id)
        match record:
            case VM():
                host = self._replica.records.get(record.host) if record.host else None
                places = (self._datacenter_of(host), host.cluster) if isinstance(host, Host) else ()
                return (connection, *places, record.host)
            case Host():
                return (connection, self._datacenter_of(record), record.cluster)
            case Cluster() | Datastore():
                return (connection, record.datacenter)
            case Network():
                return (connection, record.datacenter, record.parent)
            case Connection():
                return ()
            case _:
                return (connection,)

    def _datacenter_of(self, host: Host) -> EntityId | None:
        cluster = self._replica.records.get(host.cluster) if host.cluster else None
        return host.datacenter or (cluster.datacenter if isinstance(cluster, Cluster) else None)

    def _subtitle(self, record: AnyRecord) -> str:
        match record:
            case VM():
                return visible(record.guest.os or "", 80)
            case Host():
                return visible(record.product or "", 80)
            case Connection():
                return visible(record.product or record.uri, 80)
            case _:
                return self._wording.kind(record.kind)
