"""Where things are: connections, datacenters, clusters, networks and datastores, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Cluster, Connection, Datacenter, Datastore, Host, Network, State
from vmi_console.gui.panes.sheet import Card, Cell, Fact, Line, Remark, Section, Sheet, Table
from vmi_console.gui.panes.sheets.describer import SHOWN_CHANGES, Describer
from vmi_console.gui.replica import LIVELY
from vmi_console.gui.states import CONNECTION, STALE
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, moment, number, size
from vmi_console.plain_text import visible

SHOWN_HOSTS = 100


class PlaceDescriber[Subject: Datacenter | Cluster | Connection](Describer[Subject]):
    """What is said of hosts below a place."""

    def hosts_table(self, hosts: Iterable[EntityId]) -> Table:
        found = sorted(self.all_of(Host, hosts), key=lambda host: host.name)
        lines = tuple(Line(host.id, self._host(host), host.id) for host in found[:SHOWN_HOSTS])
        title = self.tr("Hosts")
        if len(found) > SHOWN_HOSTS:
            title = self.tr("Hosts: the first {0} of {1}").format(number(SHOWN_HOSTS), number(len(found)))
        columns = (
            self.tr("Host"),
            self.tr("State"),
            self.tr("VMs"),
            self.tr("Cores"),
            self.tr("Memory"),
            self.tr("Hypervisor"),
        )
        return Table(title, columns, (32, 18, 9, 9, 12, 34), lines, self.tr("None known."))

    def _host(self, host: Host) -> tuple[Cell, ...]:
        return (
            self.named_cell(host.id),
            Cell(self.wording.state(host)),
            Cell(number(self.count(host.id, "vm")), number=True),
            Cell(UNKNOWN if host.cpu_cores is None else number(host.cpu_cores), number=True),
            Cell(size(host.memory_bytes), number=True),
            Cell(visible(host.product or UNKNOWN, 60)),
        )

    def vms_below(self, hosts: Iterable[EntityId]) -> str:
        vms = sum(self.count(host, "vm") for host in hosts)
        return number(vms)


class ClusterSummary(PlaceDescriber[Cluster]):
    """How a cluster balances, and its hosts."""

    def describe(self, cluster: Cluster) -> Sheet:
        age = self.wording.age(cluster.id)
        hosts = self.gather(cluster.id, "host")
        facts = (
            self.leading(self.tr("Datacenter"), cluster.datacenter, age),
            Fact(self.tr("Hosts"), number(len(hosts)), age),
            Fact(self.tr("Virtual machines"), self.vms_below(hosts), age),
            Fact(self.tr("Balances load (DRS)"), self.wording.yes_no(cluster.drs), age),
            Fact(self.tr("Restarts VMs (HA)"), self.wording.yes_no(cluster.ha), age),
        )
        tables = (self.hosts_table(hosts), self.newest_changes(cluster.id))
        section = Section(self.tr("Cluster"), facts)
        return Sheet(cards=self.alarms(cluster), sections=(section,), tables=tables)


class DatacenterSummary(PlaceDescriber[Datacenter]):
    """Clusters and hosts of a datacenter."""

    def describe(self, datacenter: Datacenter) -> Sheet:
        age = self.wording.age(datacenter.id)
        clusters = self.gather(datacenter.id, "cluster")
        hosts = set(self.gather(datacenter.id, "host"))
        for cluster in clusters:
            hosts.update(self.gather(cluster, "host"))
        facts = [
            Fact(self.tr("Clusters"), number(len(clusters)), age),
            Fact(self.tr("Hosts"), number(len(hosts)), age),
            Fact(self.tr("Virtual machines"), self.vms_below(hosts), age),
            Fact(self.tr("Networks"), number(self.count(datacenter.id, "network")), age),
            Fact(self.tr("Datastores"), number(self.count(datacenter.id, "datastore")), age),
        ]
        if datacenter.folder:
            facts.append(self.text(self.tr("Folder"), datacenter.folder, age))
        tables = (self._clusters(clusters), self.hosts_table(hosts))
        return Sheet(sections=(Section(self.tr("Datacenter"), tuple(facts)),), tables=tables)

    def _clusters(self, clusters: Iterable[EntityId]) -> Table:
        lines = []
        for cluster in sorted(self.all_of(Cluster, clusters), key=lambda cluster: cluster.name):
            hosts = self.gather(cluster.id, "host")
            cells = (
                self.named_cell(cluster.id),
                Cell(number(len(hosts)), number=True),
                Cell(self.vms_below(hosts), number=True),
                Cell(self.wording.yes_no(cluster.drs)),
                Cell(self.wording.yes_no(cluster.ha)),
            )
            lines.append(Line(cluster.id, cells, cluster.id))
        columns = (self.tr("Cluster"), self.tr("Hosts"), self.tr("VMs"), self.tr("DRS"), self.tr("HA"))
        return Table(self.tr("Clusters"), columns, (36, 10, 10, 10, 10), tuple(lines), self.tr("None."))


class ConnectionSummary(PlaceDescriber[Connection]):
    """How a connection does, what a person can do about it, what it may, and what it shows."""

    def describe(self, connection: Connection) -> Sheet:
        endpoint = connection.endpoint or ""
        inside = Section(
            self.tr("What it shows"),
            tuple(
                Fact(label, number(len(self.replica.inside(endpoint, kind))) if endpoint else UNKNOWN)
                for label, kind in (
                    (self.tr("Datacenters"), "datacenter"),
                    (self.tr("Clusters"), "cluster"),
                    (self.tr("Hosts"), "host"),
                    (self.tr("Virtual machines"), "vm"),
                    (self.tr("Networks"), "network"),
                    (self.tr("Datastores"), "datastore"),
                )
            ),
        )
        return Sheet(
            cards=self._trouble(connection),
            sections=(self._health(connection), self._connection(connection), self._grants(connection), inside),
            tables=(self.hosts_table(self.replica.inside(endpoint, "host")), self._states(connection)),
        )

    def _trouble(self, connection: Connection) -> tuple[Card, ...]:
        health = connection.health
        if not health.reason and not health.prospects:
            return ()
        state = CONNECTION[health.state] if self.replica.link.up else STALE
        remarks = tuple(
            Remark(visible(text), tone=tone, strong=tone is not Tone.MUTED)
            for text, tone in ((health.reason, state.tone), (health.prospects, Tone.MUTED))
            if text
        )
        return (Card(self.wording.state(connection), state.icon, remarks, state.tone),)

    def _health(self, connection: Connection) -> Section:
        health = connection.health
        up = self.replica.link.up
        tone = (CONNECTION[health.state] if up else STALE).tone
        facts = [
            Fact(self.tr("State"), self.wording.state(connection), tone=tone),
            Fact(self.tr("Since"), moment(health.since)),
        ]
        if health.state not in LIVELY or not up:  # who is live answers all the time
            facts.append(Fact(self.tr("Last answer"), moment(connection.seen_at)))
        if health.state is State.TRUST and health.certificate is not None:
            facts.append(self.text(self.tr("Fingerprint"), health.certificate.fingerprint, limit=120))
        return Section(self.tr("Health"), tuple(facts))

    def _connection(self, connection: Connection) -> Section:
        return Section(
            self.tr("Connection"),
            (
                self.text(self.tr("Address"), connection.uri, limit=200),
                self.text(self.tr("Product"), connection.product),
                self.text(self.tr("Endpoint"), connection.endpoint),
            ),
        )

    def _grants(self, connection: Connection) -> Section:
        grants = connection.grants
        return Section(
            self.tr("The console may"),
            (
                Fact(self.tr("Read guests"), self.wording.yes_no(grants.read_guests)),
                Fact(self.tr("Take snapshots"), self.wording.yes_no(grants.temporary_snapshots)),
                Fact(self.tr("Quarantine"), self.wording.yes_no(grants.quarantine)),
            ),
        )

    def _states(self, connection: Connection) -> Table:
        changes = (change for change in self.changes_of(connection.id) if change.path == "health.state")
        newest = islice(changes, SHOWN_CHANGES)
        return self.changes_table(self.tr("How it did"), newest, self.tr("Nothing is known yet."))


class NetworkSummary(Describer[Network]):
    """The VLAN of a network, where it is, and how it is made."""

    def describe(self, network: Network) -> Sheet:
        age = self.wording.age(network.id)
        vlan = self.tr("differs by host") if network.vlan is None and network.host_vlans else None
        main = Section(
            self.tr("Network"),
            (
                Fact(self.tr("VLAN"), vlan or self.wording.vlan(network.vlan), age),
                Fact(self.tr("Type"), self.wording.network_kind(network.type), age),
                Fact(self.tr("Virtual machines"), number(self.count(network.id, "vm")), age),
                self.text(self.tr("Subnets"), ", ".join(network.subnets), age),
                self.text(self.tr("Filter"), network.filter, age),
                Fact(self.tr("Blocked"), self.wording.yes_no(network.blocked), self.tr("unless a port says otherwise")),
            ),
        )
        made = Section(
            self.tr("Made of"),
            (
                Fact(self.tr("Switch"), self.name(network.switch), age),
                self.leading(self.tr("Part of"), network.parent, age),
                self.text(self.tr("Bridge"), network.bridge, age),
                self.text(self.tr("Forwarding"), network.forward, age),
                Fact(self.tr("Active"), self.wording.yes_no(network.active), age),
                Fact(self.tr("Autostart"), self.wording.yes_no(network.autostart), age),
            ),
        )
        tables = [self.newest_changes(network.id)]
        if network.host_vlans:
            tables.insert(0, self._host_vlans(network))
        return Sheet(cards=self.alarms(network), sections=(main, made), tables=tuple(tables))

    def _host_vlans(self, network: Network) -> Table:
        ordered = sorted(network.host_vlans.items(), key=lambda pair: self.wording.name(pair[0]))
        usual, _ = Counter(map(str, network.host_vlans.values())).most_common(1)[0]
        lines = []
        for host, vlan in ordered[:SHOWN_HOSTS]:
            tone = Tone.PLAIN if str(vlan) == usual else Tone.WARNING
            lines.append(Line(host, (self.named_cell(host), Cell(self.wording.vlan(vlan), tone=tone)), host))
        columns = (self.tr("Host"), self.tr("VLAN there"))
        return Table(self.tr("VLAN on each host"), columns, (40, 40), tuple(lines), self.tr("None known."))


class DatastoreSummary(Describer[Datastore]):
    """How full a datastore is, and where it lies."""

    def describe(self, datastore: Datastore) -> Sheet:
        age = self.wording.age(datastore.id)
        accessible = datastore.accessible
        facts = (
            self.text(self.tr("Type"), datastore.type, age),
            self.text(self.tr("Path"), datastore.path, age, 200),
            Fact(
                self.tr("Accessible"),
                self.wording.yes_no(accessible),
                age,
                Tone.WARNING if accessible is False else Tone.PLAIN,
            ),
            Fact(self.tr("Virtual machines"), number(self.count(datastore.id, "vm")), age),
            self.leading(self.tr("Datacenter"), datastore.datacenter, age),
        )
        tables = (self.datastores_table((datastore,)), self.newest_changes(datastore.id))
        section = Section(self.tr("Storage"), facts)
        return Sheet(cards=self.alarms(datastore), sections=(section,), tables=tables)
