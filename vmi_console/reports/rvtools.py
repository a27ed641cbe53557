"""An estate as the rows of RVTools' tabs. What nobody knows has no value: it is an empty cell in the workbook.

Values are as RVTools writes them (`poweredOn`, `toolsOk`, MiB, times as dates), whatever the hypervisor; a libvirt
estate has no values where it has no such thing. Times are in UTC.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from vmi_console.estate.identity import EntityId, endpoint_of, native_of
from vmi_console.estate.records import (
    VM,
    Cluster,
    Connection,
    Datastore,
    Disk,
    Host,
    HostState,
    Network,
    NetworkKind,
    NicKind,
    Power,
    Switch,
    SwitchKind,
    ToolsState,
)
from vmi_console.reports.subject import Subject, addresses, mib, vlan_text
from vmi_console.reports.tables import Value, joined

type Cells = Mapping[str, Value]

POWER = {Power.ON: "poweredOn", Power.OFF: "poweredOff", Power.PAUSED: "suspended", Power.SUSPENDED: "suspended"}
TOOLS = {
    ToolsState.RUNNING: "toolsOk",
    ToolsState.OUTDATED: "toolsOld",
    ToolsState.NOT_RUNNING: "toolsNotRunning",
    ToolsState.NOT_INSTALLED: "toolsNotInstalled",
}
GUEST = {ToolsState.RUNNING: "running", ToolsState.OUTDATED: "running", ToolsState.NOT_RUNNING: "notRunning"}
NETWORKS_OF_A_VM = 8
MOST_HOSTS_NAMED = 200


class Rows:
    """Makes the rows of each tab from what a report is about."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._hosts: dict[EntityId, Cells] = {}

    def tab(self, name: str) -> Callable[[], Iterator[Cells]]:
        """What makes the rows of a tab."""
        return {
            "vInfo": self._info,
            "vCPU": self._cpu,
            "vMemory": self._memory,
            "vDisk": self._disk,
            "vNetwork": self._network,
            "vCD": self._cd,
            "vUSB": self._usb,
            "vSnapshot": self._snapshot,
            "vTools": self._tools,
            "vSource": self._source,
            "vRP": self._pool,
            "vCluster": self._cluster,
            "vHost": self._host,
            "vNIC": self._nic,
            "vSwitch": self._switch,
            "vPort": self._port,
            "dvSwitch": self._distributed_switch,
            "dvPort": self._distributed_port,
            "vDatastore": self._datastore,
            "vHealth": self._health,
            "vMetaData": self._metadata,
        }[name]

    # --- what many tabs repeat ------------------------------------------------------------------------------------

    def _of_host(self, host: Host | None) -> Cells:
        if host is None:
            return {}
        if host.id not in self._hosts:
            cluster = self._subject.cluster(host)
            self._hosts[host.id] = {
                "Host": host.name,
                "Cluster": None if cluster is None else cluster.name,
                "Datacenter": self._subject.datacenter(host),
            }
        return self._hosts[host.id]

    def _server(self, entity: EntityId) -> dict[str, Value]:
        connection = self._subject.connection(entity)
        return {
            "VI SDK Server": None if connection is None else connection.name,
            "VI SDK UUID": endpoint_of(entity),
        }

    def _vm(self, vm: VM) -> dict[str, Value]:
        """What stands in every row of a VM."""
        return {
            **self._of_host(self._subject.host(vm)),
            **self._server(vm.id),
            "VM": vm.name,
            "Powerstate": POWER.get(vm.power),
            "Template": vm.template,
            "Annotation": vm.annotation or None,
            "Folder": vm.folder or None,
            "OS according to the configuration file": vm.guest.os_id,
            "OS according to the VMware Tools": vm.guest.os,
            "OS according to the VMware tools": vm.guest.os,
            "VM ID": native_of(vm.id),
            "VMRef": native_of(vm.id),
            "VM UUID": vm.instance_uuid or vm.uuid,
        }

    # --- virtual machines -----------------------------------------------------------------------------------------

    def _info(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            connection = self._subject.connection(vm.id)
            ips = addresses(vm)
            disks = [disk for disk in vm.disks if disk.device in ("disk", "lun")]
            networks = [nic.network_name or nic.source for nic in vm.nics][:NETWORKS_OF_A_VM]
            yield {
                **self._vm(vm),
                "DNS Name": vm.guest.hostname,
                "Connection state": vm.access.value,
                "Guest state": None if vm.guest.tools is None else GUEST.get(vm.guest.tools),
                "PowerOn": vm.booted_at,
                "Creation date": vm.created_at,
                "Change Version": vm.config_version,
                "CPUs": vm.vcpus,
                "Memory": mib(vm.memory_bytes),
                "NICs": len(vm.nics),
                "Disks": len(disks),
                "Total disk capacity MiB": _all(mib(disk.capacity_bytes) for disk in disks),
                "Provisioned MiB": _all(mib(disk.capacity_bytes) for disk in disks),
                "In Use MiB": _all(mib(disk.allocated_bytes) for disk in disks),
                "Primary IP Address": ips[0] if ips else None,
                **{f"Network #{number}": network for number, network in enumerate(networks, 1)},
                "Resource pool": vm.resource_pool,
                "EFI Secure boot": vm.secure_boot,
                "Firmware": vm.firmware,
                "HW version": _hardware(vm.hardware),
                "Path": next((disk.path for disk in disks if disk.path), None),
                "SMBIOS UUID": vm.uuid,
                "VI SDK Server type": None if connection is None else connection.provider,
                "VI SDK API Version": None if connection is None else connection.product,
            }

    def _cpu(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            yield {**self._vm(vm), "CPUs": vm.vcpus}

    def _memory(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            yield {**self._vm(vm), "Size MiB": mib(vm.memory_bytes)}

    def _disk(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            for disk in vm.disks:
                if disk.device in ("disk", "lun"):
                    yield {
                        **self._vm(vm),
                        "Disk": disk.label or disk.key,
                        "Disk Key": disk.key,
                        "Disk UUID": disk.serial,
                        "Disk Path": disk.path,
                        "Capacity MiB": mib(disk.capacity_bytes),
                        "Raw": disk.device == "lun",
                        "Sharing mode": "sharingMultiWriter" if disk.shareable else "sharingNone",
                        "Thin": _thin(disk),
                        "Controller": disk.bus,
                        "Label": disk.label or None,
                        "Path": disk.path,
                    }

    def _network(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            for nic in vm.nics:
                ips = [address.ip for address in nic.addresses]
                yield {
                    **self._vm(vm),
                    "NIC label": nic.label or nic.key,
                    "Adapter": nic.model,
                    "Network": nic.network_name or nic.source,
                    "Switch": self._subject.name(nic.switch),
                    "Connected": nic.connected,
                    "Starts Connected": nic.connect_at_power_on,
                    "Mac Address": nic.mac,
                    "Type": nic.type.value,
                    "IPv4 Address": joined(ip for ip in ips if _version(ip) == 4) or None,
                    "IPv6 Address": joined(ip for ip in ips if _version(ip) == 6) or None,
                    "Direct Path IO": nic.type is NicKind.HOSTDEV,
                }

    def _cd(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            for disk in vm.disks:
                if disk.device == "cdrom":
                    yield {
                        **self._vm(vm),
                        "Device Node": disk.label or disk.key,
                        "Connected": None if disk.path is None else bool(disk.path),
                        "Device Type": disk.path or None,
                    }

    def _usb(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            for device in vm.devices:
                if device.type == "usb":
                    yield {
                        **self._vm(vm),
                        "Device Node": device.key,
                        "Device Type": device.label or device.type,
                        "Connected": True,
                    }

    def _snapshot(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            for snapshot in vm.snapshots:
                yield {
                    **self._vm(vm),
                    "Name": snapshot.name,
                    "Description": snapshot.description or None,
                    "Date / time": snapshot.created_at,
                    "Size MiB (total)": mib(snapshot.size_bytes),
                    "State": None if snapshot.power is None else POWER.get(snapshot.power),
                }

    def _tools(self) -> Iterator[Cells]:
        for vm in self._subject.vms:
            tools = vm.guest.tools
            yield {
                **self._vm(vm),
                "VM Version": _hardware(vm.hardware),
                "Tools": None if tools is None else TOOLS[tools],
                "Tools Version": vm.guest.tools_version,
                "Upgradeable": None if tools is None else "Yes" if tools is ToolsState.OUTDATED else "No",
            }

    # --- where they run -------------------------------------------------------------------------------------------

    def _source(self) -> Iterator[Cells]:
        for each in sorted(self._subject.estate.of(Connection), key=lambda each: each.name):
            yield {
                "Name": each.name,
                "API type": each.provider,
                "Fullname": each.product,
                "Product name": each.product,
                "VI SDK Server": each.name,
                "VI SDK UUID": each.endpoint,
            }

    def _pool(self) -> Iterator[Cells]:
        pools: dict[tuple[str, str], list[VM]] = {}
        for vm in self._subject.vms:
            if vm.resource_pool:
                pools.setdefault((endpoint_of(vm.id), vm.resource_pool), []).append(vm)
        for (_, path), vms in sorted(pools.items()):
            yield {
                "Resource Pool name": path.rpartition("/")[2],
                "Resource Pool path": path,
                "# VMs total": len(vms),
                "# VMs": sum(vm.power is Power.ON for vm in vms),
                "# vCPUs": _all(vm.vcpus for vm in vms),
                "Mem Configured": _all(mib(vm.memory_bytes) for vm in vms),
                **self._server(vms[0].id),
            }

    def _cluster(self) -> Iterator[Cells]:
        subject = self._subject
        for cluster in subject.standing_on(subject.estate.of(Cluster)):
            members = [subject.estate.host(each) for each in subject.estate.hosts_of_cluster(cluster.id)]
            hosts = [host for host in members if host is not None]
            speeds = (None if h.cpu_mhz is None or h.cpu_cores is None else h.cpu_mhz * h.cpu_cores for h in hosts)
            yield {
                "Name": cluster.name,
                "NumHosts": len(hosts),
                "numEffectiveHosts": sum(host.state is HostState.CONNECTED for host in hosts),
                "TotalCpu": _all(speeds),
                "NumCpuCores": _all(host.cpu_cores for host in hosts),
                "NumCpuThreads": _all(host.cpu_threads for host in hosts),
                "TotalMemory": _all(mib(host.memory_bytes) for host in hosts),
                "HA enabled": cluster.ha,
                "DRS enabled": cluster.drs,
                "Object ID": native_of(cluster.id),
                **self._server(cluster.id),
            }

    def _host(self) -> Iterator[Cells]:
        subject = self._subject
        for host in subject.standing_on(subject.estate.of(Host)):
            residents = [subject.estate.vm(each) for each in subject.estate.vms_of_host(host.id)]
            vms = [vm for vm in residents if vm is not None]
            running = [vm for vm in vms if vm.power is Power.ON]
            vcpus, cores = _all(vm.vcpus for vm in running), host.cpu_cores
            yield {
                **self._of_host(host),
                "in Maintenance Mode": host.state is HostState.MAINTENANCE,
                "Config status": host.state.value,
                "CPU Model": host.cpu_model,
                "Speed": host.cpu_mhz,
                "HT Available": _threads_more(host),
                "HT Active": _threads_more(host),
                "# CPU": host.cpu_sockets,
                "Cores per CPU": None if not host.cpu_sockets or cores is None else cores // host.cpu_sockets,
                "# Cores": cores,
                "# Memory": mib(host.memory_bytes),
                "# NICs": len(host.nics) or None,
                "# VMs total": len(vms),
                "# VMs": len(running),
                "VMs per Core": None if not cores else round(len(running) / cores, 2),
                "# vCPUs": vcpus,
                "vCPUs per Core": None if not cores or vcpus is None else round(vcpus / cores, 2),
                "vRAM": _all(mib(vm.memory_bytes) for vm in running),
                "ESX Version": host.product,
                "Boot time": host.booted_at,
                "Vendor": host.vendor,
                "Model": host.model,
                "Serial number": host.serial,
                "Object ID": native_of(host.id),
                "UUID": host.uuid,
                **self._server(host.id),
            }

    def _nic(self) -> Iterator[Cells]:
        for host in self._subject.standing_on(self._subject.estate.of(Host)):
            for nic in host.nics:
                yield {
                    **self._of_host(host),
                    "Network Device": nic.key,
                    "Speed": nic.speed_mbps,
                    "MAC": nic.mac,
                    "Switch": self._subject.name(nic.switch),
                    **self._server(host.id),
                }

    def _switch(self) -> Iterator[Cells]:
        subject = self._subject
        for switch in subject.standing_on(subject.estate.of(Switch)):
            if switch.type is not SwitchKind.DISTRIBUTED:
                host = None if switch.host is None else subject.estate.host(switch.host)
                yield {
                    **self._of_host(host),
                    "Switch": switch.name,
                    "MTU": switch.mtu,
                    **self._server(switch.id),
                }

    def _port(self) -> Iterator[Cells]:
        """A portgroup of a standard switch, a libvirt network or a bridge, on each of its hosts."""
        subject = self._subject
        for network in subject.standing_on(subject.estate.of(Network)):
            if network.type is NetworkKind.DISTRIBUTED_PORTGROUP:
                continue
            for entity in network.hosts or (None,):
                host = None if entity is None else subject.estate.host(entity)
                vlan = network.vlan if entity is None else network.host_vlans.get(entity, network.vlan)
                yield {
                    **self._of_host(host),
                    "Port Group": network.name,
                    "Switch": subject.name(network.switch) or network.bridge,
                    "VLAN": vlan_text(vlan),
                    **self._server(network.id),
                }

    def _distributed_switch(self) -> Iterator[Cells]:
        subject = self._subject
        for switch in subject.standing_on(subject.estate.of(Switch)):
            if switch.type is SwitchKind.DISTRIBUTED:
                members = [h.name for h in subject.estate.of(Host) if any(nic.switch == switch.id for nic in h.nics)]
                yield {
                    "Switch": switch.name,
                    "Datacenter": subject.name(switch.datacenter),
                    "Name": switch.name,
                    "Host members": ", ".join(sorted(members)[:MOST_HOSTS_NAMED]) or None,
                    "Max MTU": switch.mtu,
                    "Object ID": native_of(switch.id),
                    **self._server(switch.id),
                }

    def _distributed_port(self) -> Iterator[Cells]:
        subject = self._subject
        for network in subject.standing_on(subject.estate.of(Network)):
            if network.type is NetworkKind.DISTRIBUTED_PORTGROUP:
                yield {
                    "Port": network.name,
                    "Switch": subject.name(network.switch),
                    "VLAN": vlan_text(network.vlan),
                    "Blocked": network.blocked,
                    "Object ID": native_of(network.id),
                    **self._server(network.id),
                }

    def _datastore(self) -> Iterator[Cells]:
        subject = self._subject
        total: dict[EntityId, int] = {}
        running: dict[EntityId, int] = {}
        for vm in subject.estate.vms():
            for where in {disk.datastore for disk in vm.disks if disk.datastore is not None}:
                total[where] = total.get(where, 0) + 1
                running[where] = running.get(where, 0) + (vm.power is Power.ON)
        for store in subject.standing_on(subject.estate.of(Datastore)):
            capacity, free = store.capacity_bytes, store.free_bytes
            names = [name for host in store.hosts if (name := subject.name(host)) is not None]
            yield {
                "Name": store.name,
                "Accessible": store.accessible,
                "Type": store.type,
                "# VMs total": total.get(store.id, 0),
                "# VMs": running.get(store.id, 0),
                "Capacity MiB": mib(capacity),
                "In Use MiB": None if capacity is None or free is None else mib(capacity - free),
                "Free MiB": mib(free),
                "Free %": None if not capacity or free is None else round(100 * free / capacity),
                "# Hosts": len(store.hosts) or None,
                "Hosts": ", ".join(names[:MOST_HOSTS_NAMED]) or None,
                "URL": store.path,
                "Object ID": native_of(store.id),
                **self._server(store.id),
            }

    # --- the console's own ----------------------------------------------------------------------------------------

    def _health(self) -> Iterator[Cells]:
        """Open findings, where RVTools has the messages of its own checks."""
        for finding in self._subject.findings:
            if finding.is_open:
                yield {
                    "Name": finding.vm_name,
                    "Message": f"{finding.title}: {finding.evidence}",
                    "Message type": f"{finding.policy} ({finding.severity.value})",
                    **self._server(finding.vm),
                }

    def _metadata(self) -> Iterator[Cells]:
        yield {
            "RVTools version": self._subject.moment.source or "vmi-console",
            "xlsx creation datetime": datetime.now(UTC),
            "Server": joined(sorted(each.name for each in self._subject.estate.of(Connection))),
        }


def _all(sizes: Iterator[int | None]) -> int | None:
    """The sum; None where one of them is not known."""
    total = 0
    for size in sizes:
        if size is None:
            return None
        total += size
    return total


def _hardware(text: str | None) -> Value:
    """`vmx-19` as the number that RVTools has; the machine types of others as they are."""
    digits = (text or "").removeprefix("vmx-")
    return int(digits) if text and text.startswith("vmx-") and digits.isdigit() else text


def _thin(disk: Disk) -> bool | None:
    """Whether it takes less room than it offers."""
    if disk.allocated_bytes is None or disk.capacity_bytes is None:
        return None
    return disk.allocated_bytes < disk.capacity_bytes


def _threads_more(host: Host) -> bool | None:
    if host.cpu_threads is None or host.cpu_cores is None:
        return None
    return host.cpu_threads > host.cpu_cores


def _version(ip: str) -> int | None:
    try:
        return ipaddress.ip_address(ip.partition("%")[0]).version
    except ValueError:
        return None
