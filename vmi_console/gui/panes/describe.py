"""Makes the sheet of an entity: what it is, where it is, what is inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Cluster, Connection, Datacenter, Datastore, Host, Network, Power, State
from vmi_console.gui.panes.describe_vm import VmSheet
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Table, dimmed_sections, dimmed_tables
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import CONNECTION, STALE, Look, look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, Wording, moment, number, size
from vmi_console.plain_text import visible

SHOWN = 500
"""Lines of a table that lists others: more are counted, not shown."""


@dataclass(frozen=True)
class Sheet:
    """Everything a pane says about an entity. `uses` are the entities it was made from: when they change, so may it."""

    entity: EntityId
    look: Look
    stale: bool
    title: str
    subtitle: str
    state: str
    tone: Tone
    age: str
    path: tuple[tuple[str, EntityId], ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    uses: frozenset[EntityId] = field(default=frozenset(), compare=False)


class Describer(QObject):
    """Looks things up in the replica and remembers what it used."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._replica = replica
        self._wording = Wording(replica)
        self._vms = VmSheet(replica, self._wording)

    def sheet(self, entity: EntityId) -> Sheet | None:
        """The sheet of an entity, or None if it is not (or no longer) known."""
        record = self._replica.records.get(entity)
        if record is None:
            return None
        uses: set[EntityId] = {entity}
        if (connection := self._replica.connection_of(entity)) is not None:
            uses.add(connection)
        path = tuple(self._path(record))
        uses.update(above for _, above in path)
        sections: tuple[Section, ...] = ()
        tables: tuple[Table, ...] = ()
        match record:
            case VM():
                sections, tables = self._vms.sections(record), self._vms.tables(record)
                uses.update(nic.network for nic in record.nics if nic.network)
                uses.update(nic.switch for nic in record.nics if nic.switch)
                uses.update(disk.datastore for disk in record.disks if disk.datastore)
            case Host():
                sections, tables = self._host(record), self._host_tables(record)
                uses.update(self._replica.referring(entity, "vm"))
            case Network():
                sections, tables = self._network(record), (self._attached(record),)
                uses.update(self._replica.referring(entity, "vm"))
            case Connection():
                sections = self._connection(record)
            case Datastore():
                sections = self._datastore(record)
            case Cluster() | Datacenter():
                sections = self._grouping(record)
        stale = self._replica.is_stale(entity)
        seen = look(record)
        return Sheet(
            entity=entity,
            look=STALE if isinstance(record, Connection) and not self._replica.link.up else seen,
            stale=stale,
            title=visible(record.name) or self.tr("(no name)"),
            subtitle=self._subtitle(record),
            state=self._wording.state(record),
            tone=Tone.WARNING if stale else seen.tone,
            age=self._wording.age(entity),
            path=path,
            sections=sections if not stale or isinstance(record, Connection) else dimmed_sections(sections),
            tables=dimmed_tables(tables) if stale else tables,
            uses=frozenset(uses),
        )

    # --- where it is ----------------------------------------------------------------------------------------------

    def _path(self, record: AnyRecord) -> Iterable[tuple[str, EntityId]]:
        """What is above it, outermost first."""
        above: list[EntityId | None] = [self._replica.connection_of(record.id)]
        match record:
            case VM():
                host = self._replica.records.get(record.host) if record.host else None
                if isinstance(host, Host):
                    above += [self._datacenter_of(host), host.cluster]
                above.append(record.host)
            case Host():
                above += [self._datacenter_of(record), record.cluster]
            case Cluster():
                above.append(record.datacenter)
            case Network():
                above.append(record.parent)
            case Connection():
                above = []
        for entity in above:
            if entity is not None and entity in self._replica.records:
                yield self._wording.name(entity), entity

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

    # --- kinds ----------------------------------------------------------------------------------------------------

    def _host(self, host: Host) -> tuple[Section, ...]:
        age = self._wording.age(host.id)
        vms = [vm for entity in self._replica.referring(host.id, "vm") if (vm := self._replica.records.get(entity))]
        running = sum(isinstance(vm, VM) and vm.power is Power.ON for vm in vms)
        sockets = [
            self.tr("%Ln socket(s)", "", host.cpu_sockets) if host.cpu_sockets else "",
            self.tr("%Ln core(s)", "", host.cpu_cores) if host.cpu_cores else "",
            self.tr("%Ln thread(s)", "", host.cpu_threads) if host.cpu_threads else "",
        ]
        maker = visible(" ".join(filter(None, (host.vendor, host.model))), 80)
        return (
            Section(
                self.tr("Host"),
                (
                    Fact(self.tr("State"), look(host).word, age, look(host).tone),
                    Fact(self.tr("Hypervisor"), visible(host.product or UNKNOWN, 80), age),
                    Fact(
                        self.tr("Virtual machines"),
                        self.tr("{0}, {1} running").format(number(len(vms)), number(running)),
                    ),
                    Fact(self.tr("Booted"), moment(host.booted_at), age),
                    Fact(self.tr("Addresses"), visible(", ".join(host.addresses), 120) or UNKNOWN, age),
                    Fact(self.tr("Location"), visible(host.location or UNKNOWN, 80), age),
                ),
            ),
            Section(
                self.tr("Hardware"),
                (
                    Fact(self.tr("Model"), maker or UNKNOWN, age),
                    Fact(self.tr("Serial"), visible(host.serial or UNKNOWN, 80), age),
                    Fact(self.tr("Processor"), visible(host.cpu_model or UNKNOWN, 80), age),
                    Fact(self.tr("Cores"), ", ".join(filter(None, sockets)) or UNKNOWN, age),
                    Fact(self.tr("Memory"), size(host.memory_bytes), age),
                    Fact(self.tr("UUID"), visible(host.uuid or UNKNOWN, 60), age),
                ),
            ),
            self._vms.load(host.id),
        )

    def _host_tables(self, host: Host) -> tuple[Table, ...]:
        lines = tuple(
            Line(
                nic.key,
                (
                    Cell(visible(nic.key, 40)),
                    Cell(
                        self.tr("{0} Mbit/s").format(number(nic.speed_mbps)) if nic.speed_mbps else self.tr("no link"),
                        number=True,
                        tone=Tone.PLAIN if nic.speed_mbps else Tone.MUTED,
                    ),
                    Cell(nic.mac or UNKNOWN),
                    Cell(self._wording.name(nic.switch) if nic.switch else UNKNOWN),
                ),
            )
            for nic in host.nics
        )
        columns = (self.tr("Port"), self.tr("Speed"), self.tr("MAC"), self.tr("Switch"))
        return (Table(self.tr("Network ports"), columns, (14, 16, 20, 20), lines, self.tr("None known.")),)

    def _network(self, network: Network) -> tuple[Section, ...]:
        age = self._wording.age(network.id)
        facts = [
            Fact(self.tr("Type"), network.type.value, age),
            Fact(self.tr("VLAN"), self._wording.vlan(network.vlan), age),
            Fact(self.tr("Switch"), self._wording.name(network.switch), age),
            Fact(self.tr("Bridge"), visible(network.bridge or UNKNOWN, 60), age),
            Fact(self.tr("Forwarding"), visible(network.forward or UNKNOWN, 60), age),
            Fact(self.tr("Subnets"), visible(", ".join(network.subnets), 120) or UNKNOWN, age),
        ]
        more = [
            Fact(self.tr("Active"), self._wording.yes_no(network.active), age),
            Fact(self.tr("Autostart"), self._wording.yes_no(network.autostart), age),
            Fact(self.tr("Filter"), visible(network.filter or UNKNOWN, 60), age),
            Fact(self.tr("Virtual machines"), number(len(self._replica.referring(network.id, "vm")))),
        ]
        sections = [Section(self.tr("Network"), tuple(facts)), Section(self.tr("Use"), tuple(more))]
        if len(set(network.host_vlans.values())) > 1:
            differing = tuple(
                Fact(self._wording.name(host), self._wording.vlan(vlan), age)
                for host, vlan in list(network.host_vlans.items())[:20]
            )
            sections.append(Section(self.tr("VLAN on each host"), differing))
        return tuple(sections)

    def _attached(self, network: Network) -> Table:
        members = sorted(self._replica.referring(network.id, "vm"), key=lambda vm: self._replica.records[vm].name)
        lines: list[Line] = []
        for entity in members[:SHOWN]:
            vm = self._replica.records.get(entity)
            if not isinstance(vm, VM):
                continue
            for nic in vm.nics:
                if nic.network == network.id:
                    cells = (
                        Cell(visible(vm.name, 80), icon=look(vm).icon, tone=look(vm).tone),
                        *self._vms.nic_cells(nic)[2:6],
                    )
                    lines.append(Line(f"{vm.id} {nic.key}", cells, vm.id))
        title = self.tr("Plugged in")
        if len(members) > SHOWN:
            title = self.tr("Plugged in: the first {0} of {1}").format(number(SHOWN), number(len(members)))
        columns = (
            self.tr("Virtual machine"),
            self.tr("VLAN"),
            self.tr("MAC"),
            self.tr("IP addresses"),
            self.tr("Link"),
        )
        return Table(title, columns, (30, 12, 20, 30, 16), tuple(lines), self.tr("No virtual machine is plugged in."))

    def _connection(self, connection: Connection) -> tuple[Section, ...]:
        health = connection.health
        state = CONNECTION[health.state] if self._replica.link.up else STALE
        grants = [
            word
            for allowed, word in (
                (connection.grants.read_guests, self.tr("read guests")),
                (connection.grants.temporary_snapshots, self.tr("temporary snapshots")),
                (connection.grants.quarantine, self.tr("quarantine")),
            )
            if allowed
        ]
        facts = [
            Fact(self.tr("State"), self._wording.state(connection), tone=state.tone),
            Fact(self.tr("Since"), moment(health.since)),
        ]
        if health.state is not State.LIVE or not self._replica.link.up:  # who is live answers all the time
            facts.append(Fact(self.tr("Last answer"), moment(connection.seen_at)))
        if health.reason:
            facts.append(Fact(self.tr("Reason"), visible(health.reason), tone=state.tone))
        if health.advice:
            facts.append(Fact(self.tr("What to do"), visible(health.advice)))
        return (
            Section(self.tr("Health"), tuple(facts)),
            Section(
                self.tr("Connection"),
                (
                    Fact(self.tr("Address"), visible(connection.uri, 200)),
                    Fact(self.tr("Product"), visible(connection.product or UNKNOWN, 120)),
                    Fact(self.tr("Endpoint"), visible(connection.endpoint or UNKNOWN, 120)),
                    Fact(self.tr("May"), ", ".join(grants) or self.tr("look only")),
                ),
            ),
        )

    def _datastore(self, datastore: Datastore) -> tuple[Section, ...]:
        age = self._wording.age(datastore.id)
        used = None
        if datastore.capacity_bytes is not None and datastore.free_bytes is not None:
            used = datastore.capacity_bytes - datastore.free_bytes
        return (
            Section(
                self.tr("Storage"),
                (
                    Fact(self.tr("Type"), visible(datastore.type or UNKNOWN, 60), age),
                    Fact(self.tr("Path"), visible(datastore.path or UNKNOWN, 200), age),
                    Fact(self.tr("Capacity"), size(datastore.capacity_bytes), age),
                    Fact(self.tr("Used"), size(used), age),
                    Fact(self.tr("Free"), size(datastore.free_bytes), age),
                    Fact(self.tr("Accessible"), self._wording.yes_no(datastore.accessible), age),
                    Fact(self.tr("Virtual machines"), number(len(self._replica.referring(datastore.id, "vm")))),
                ),
            ),
        )

    def _grouping(self, record: Cluster | Datacenter) -> tuple[Section, ...]:
        hosts = self._replica.referring(record.id, "host")
        vms = sum(len(self._replica.referring(host, "vm")) for host in hosts)
        facts = [Fact(self.tr("Hosts"), number(len(hosts)))]
        if isinstance(record, Cluster):
            facts += [
                Fact(self.tr("Virtual machines"), number(vms)),
                Fact(self.tr("Balances load (DRS)"), self._wording.yes_no(record.drs)),
                Fact(self.tr("Restarts VMs (HA)"), self._wording.yes_no(record.ha)),
            ]
        return (Section(self._wording.kind(record.kind), tuple(facts)),)
