"""Where the machines of the demo estate are: datacenters, clusters, hosts, switches, networks and datastores."""

from __future__ import annotations

from datetime import datetime, timedelta

from vmi_console.collectors.demo import casting
from vmi_console.collectors.demo.chance import grain, uuid_from
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    Cluster,
    Datacenter,
    Datastore,
    Host,
    Network,
    NetworkKind,
    PhysicalNic,
    Switch,
    SwitchKind,
)

GIB = 2**30
TIB = 2**40
SMALL_CLUSTER, LARGE_CLUSTER = 5, 20
HOST_NATIVE_FROM = 10
PRODUCT = "Demo ESX 8.0.3 build-24280767"


class Layout:
    """Everything that contains or carries machines, as it was built; the world keeps what changes."""

    def __init__(self, parameters: Parameters, endpoint: str, started_at: datetime) -> None:
        self.endpoint = endpoint
        self._seed = parameters.seed
        self._started_at = started_at
        self.host_count = parameters.hosts
        self.cluster_size = SMALL_CLUSTER if parameters.hosts <= 8 * SMALL_CLUSTER else LARGE_CLUSTER
        self.cluster_count = -(-parameters.hosts // self.cluster_size)
        self.datacenter_count = min(len(casting.SITES), self.cluster_count)

        self._cluster_hosts = [
            tuple(self.host_id(host) for host in self.hosts_of_cluster(cluster))
            for cluster in range(self.cluster_count)
        ]
        self.datacenters = [
            Datacenter(id=self.datacenter_id(number), name=casting.SITES[number].name, folder="Demo")
            for number in range(self.datacenter_count)
        ]
        self.clusters = [self._cluster(number) for number in range(self.cluster_count)]
        self.datastores = [
            self._datastore(cluster, letter) for cluster in range(self.cluster_count) for letter in range(2)
        ]
        self.hosts = [self._host(number) for number in range(self.host_count)]
        self.switches = [self._distributed_switch(number) for number in range(self.datacenter_count)]
        self.switches += [self._standard_switch(number) for number in range(self.host_count)]
        self.networks = [network for number in range(self.datacenter_count) for network in self._networks(number)]

    # --- which is where ---------------------------------------------------------------------------------------

    def cluster_of_host(self, host: int) -> int:
        return host // self.cluster_size

    def datacenter_of_cluster(self, cluster: int) -> int:
        return cluster * self.datacenter_count // self.cluster_count

    def datacenter_of_host(self, host: int) -> int:
        return self.datacenter_of_cluster(self.cluster_of_host(host))

    def hosts_of_cluster(self, cluster: int) -> range:
        first = cluster * self.cluster_size
        return range(first, min(first + self.cluster_size, self.host_count))

    def hosts_of_datacenter(self, datacenter: int) -> tuple[EntityId, ...]:
        return tuple(
            host
            for cluster in range(self.cluster_count)
            if self.datacenter_of_cluster(cluster) == datacenter
            for host in self._cluster_hosts[cluster]
        )

    # --- ids --------------------------------------------------------------------------------------------------

    def datacenter_id(self, number: int) -> EntityId:
        return entity_id("datacenter", self.endpoint, f"datacenter-{number + 1}")

    def cluster_id(self, number: int) -> EntityId:
        return entity_id("cluster", self.endpoint, f"domain-c{number + 1}")

    def host_id(self, number: int) -> EntityId:
        return entity_id("host", self.endpoint, f"host-{number + HOST_NATIVE_FROM}")

    def host_number(self, host: EntityId) -> int:
        """The inverse of `host_id`, for ids that this layout made."""
        return int(host.rpartition("-")[2]) - HOST_NATIVE_FROM

    def distributed_switch_id(self, datacenter: int) -> EntityId:
        return entity_id("switch", self.endpoint, f"dvs-{datacenter + 1}")

    def standard_switch_id(self, host: int) -> EntityId:
        return entity_id("switch", self.endpoint, f"host-{host + HOST_NATIVE_FROM}/vSwitch0")

    def datastore_id(self, cluster: int, letter: int) -> EntityId:
        return entity_id("datastore", self.endpoint, f"datastore-{cluster * 2 + letter + 1}")

    def network_id(self, datacenter: int, name: str) -> EntityId:
        if name == casting.LEGACY_LAN.name:
            return entity_id("network", self.endpoint, f"network-{datacenter + 1}")
        return entity_id("network", self.endpoint, f"dvportgroup-{datacenter + 1}-{name}")

    # --- records ----------------------------------------------------------------------------------------------

    def _site_of_host(self, host: int) -> tuple[casting.Site, int]:
        """The site, and which of its hosts this one is, from 0."""
        datacenter = self.datacenter_of_host(host)
        first_cluster = -(-datacenter * self.cluster_count // self.datacenter_count)
        return casting.SITES[datacenter], host - first_cluster * self.cluster_size

    def _cluster(self, number: int) -> Cluster:
        datacenter = self.datacenter_of_cluster(number)
        return Cluster(
            id=self.cluster_id(number),
            name=f"{casting.SITES[datacenter].code}-cluster-{number + 1:02}",
            datacenter=self.datacenter_id(datacenter),
            drs=True,
            ha=True,
        )

    def _host(self, number: int) -> Host:
        site, within = self._site_of_host(number)
        cluster = self.cluster_of_host(number)
        datacenter = self.datacenter_of_host(number)
        chance = grain(self._seed, "host", number)
        hardware = casting.HARDWARE[cluster % len(casting.HARDWARE)]
        cores = 2 * hardware.cores_per_socket
        room, rack = within // 60 + 1, within // 4 % 15 + 1
        return Host(
            id=self.host_id(number),
            name=f"esx-{site.code}-{within + 1:02}.demo.example",
            uuid=uuid_from(grain(self.endpoint, "host", number)[:16], "4c"),
            cluster=self.cluster_id(cluster),
            datacenter=self.datacenter_id(datacenter),
            location=f"{site.name}, room {room}, rack {'ABC'[cluster % 3]}{rack:02}",
            vendor=hardware.vendor,
            model=hardware.model,
            serial=chance[:4].hex().upper()[:7],
            cpu_model=hardware.cpu,
            cpu_sockets=2,
            cpu_cores=cores,
            cpu_threads=2 * cores,
            cpu_mhz=hardware.mhz,
            memory_bytes=hardware.memory_gib * GIB,
            product=PRODUCT,
            booted_at=self._started_at - timedelta(days=7 + chance[4] % 200, seconds=chance[5] * 300),
            addresses=(f"10.10.{number // 250}.{number % 250 + 1}", f"fd00:10::{number + 1:x}"),
            nics=tuple(
                PhysicalNic(
                    key=f"vmnic{port}",
                    mac=f"b4:96:91:{number >> 8 & 255:02x}:{number & 255:02x}:{port:02x}",
                    speed_mbps=(1_000, 1_000, 25_000, 25_000)[port] if port != 1 or chance[6] % 4 else None,
                    switch=self.standard_switch_id(number) if port < 2 else self.distributed_switch_id(datacenter),
                )
                for port in range(4)
            ),
        )

    def _datastore(self, cluster: int, letter: int) -> Datastore:
        datacenter = self.datacenter_of_cluster(cluster)
        chance = grain(self._seed, "datastore", cluster * 2 + letter)
        name = f"{casting.SITES[datacenter].code}-{('vmfs', 'nfs')[letter]}-{cluster + 1:02}"
        return Datastore(
            id=self.datastore_id(cluster, letter),
            name=name,
            type=("VMFS", "NFS")[letter],
            path=f"/vmfs/volumes/{name}",
            capacity_bytes=64 * TIB,
            free_bytes=(8 + chance[0] % 40) * TIB,
            accessible=True,
            hosts=self._cluster_hosts[cluster],
            datacenter=self.datacenter_id(datacenter),
        )

    def _distributed_switch(self, datacenter: int) -> Switch:
        return Switch(
            id=self.distributed_switch_id(datacenter),
            name=f"dvs-{casting.SITES[datacenter].code}",
            type=SwitchKind.DISTRIBUTED,
            mtu=9000,
            uplinks=("Uplink 1", "Uplink 2"),
            datacenter=self.datacenter_id(datacenter),
        )

    def _standard_switch(self, host: int) -> Switch:
        return Switch(
            id=self.standard_switch_id(host),
            name="vSwitch0",
            type=SwitchKind.STANDARD,
            host=self.host_id(host),
            mtu=1500,
            uplinks=("vmnic0", "vmnic1"),
            datacenter=self.datacenter_id(self.datacenter_of_host(host)),
        )

    def _networks(self, datacenter: int) -> list[Network]:
        hosts = self.hosts_of_datacenter(datacenter)
        networks = [
            Network(
                id=self.network_id(datacenter, portgroup.name),
                name=portgroup.name,
                type=NetworkKind.DISTRIBUTED_PORTGROUP,
                vlan=portgroup.vlan,
                switch=self.distributed_switch_id(datacenter),
                datacenter=self.datacenter_id(datacenter),
                subnets=(f"{portgroup.prefix}.0.0/16",),
                active=True,
                hosts=hosts,
            )
            for portgroup in casting.PORTGROUPS
        ]
        legacy = casting.LEGACY_LAN
        host_vlans = dict.fromkeys(hosts, legacy.vlan)
        if len(hosts) > 1:
            host_vlans[hosts[1]] = casting.LEGACY_LAN_ELSEWHERE
        networks.append(
            Network(
                id=self.network_id(datacenter, legacy.name),
                name=legacy.name,
                type=NetworkKind.PORTGROUP,
                vlan=legacy.vlan if len(hosts) == 1 else None,
                host_vlans=host_vlans,
                datacenter=self.datacenter_id(datacenter),
                subnets=(f"{legacy.prefix}.0.0/16",),
                active=True,
                hosts=hosts,
            )
        )
        return networks
