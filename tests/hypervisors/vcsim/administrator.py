"""What an administrator does to the simulated vCenter behind the console's back, with the calls a vSphere client makes.

Each act is over when its call comes back, and there is an event that names the administrator.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from typing import Any, Self

from pyVmomi import SoapStubAdapter, vim, vmodl

from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim.accounts import Account

_KINDS = (
    vim.VirtualMachine,
    vim.HostSystem,
    vim.Network,
    vim.Folder,
    vim.ComputeResource,
    vim.Datacenter,
    vim.ResourcePool,
    vim.Datastore,
    vim.DistributedVirtualSwitch,
)
_REST = "/rest/com/vmware/cis"


class VcenterAdministrator:
    """Names are those of the inventory; NICs go by their MAC address. Log-in is by account, so that events say who.

    Where a name is there twice (each datacenter has a "Backup"), that in the datacenter of the VM concerned is meant.
    """

    def __init__(self, host: str, port: int, account: Account) -> None:
        self._host, self._port, self._account = host, port, account
        self._trust = ssl.create_default_context()
        self._trust.check_hostname = False  # whatever certificate a test has the simulator show
        self._trust.verify_mode = ssl.CERT_NONE
        self._stub = SoapStubAdapter(host, port=port, version="vim.version.version11", sslContext=self._trust)
        instance: Any = vim.ServiceInstance("ServiceInstance", self._stub)
        self.content = instance.RetrieveContent()
        self._known: dict[tuple[type, str], list[Any]] = {}
        self._above: dict[Any, Any] = {}  # entity → its parent
        self._token = ""
        try:
            self.content.sessionManager.Login(account.name, account.password, None)
        except vmodl.MethodFault:
            self._stub.DropConnections()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Logs out; one whose session has expired has nothing to log out of."""
        try:
            self.content.sessionManager.Logout()
        except (vim.fault.NotAuthenticated, OSError, http.client.HTTPException):
            pass
        finally:
            self._stub.DropConnections()

    # --- virtual machines -------------------------------------------------------------------------------------------

    def rename(self, vm: str, name: str) -> None:
        target = self.vm(vm)
        _await(target.Rename_Task(name))
        self._known[vim.VirtualMachine, name] = [target]
        del self._known[vim.VirtualMachine, vm]

    def title(self, vm: str, title: str) -> None:
        """Sets the notes, which is what a VM has of a title."""
        self._reconfigure(self.vm(vm), annotation=title)

    def setting(self, vm: str, key: str, value: str) -> None:
        """Sets an advanced setting; an empty one removes it."""
        self._reconfigure(self.vm(vm), extraConfig=[vim.option.OptionValue(key=key, value=value)])

    def power_on(self, vm: str) -> None:
        _await(self.vm(vm).PowerOnVM_Task())

    def power_off(self, vm: str) -> None:
        """Pulls the plug."""
        _await(self.vm(vm).PowerOffVM_Task())

    def shut_down(self, vm: str) -> None:
        """Asks the guest to shut down; the simulated one does so at once."""
        self.vm(vm).ShutdownGuest()

    def suspend(self, vm: str) -> None:
        _await(self.vm(vm).SuspendVM_Task())

    def resume(self, vm: str) -> None:
        _await(self.vm(vm).PowerOnVM_Task())

    def reset(self, vm: str) -> None:
        _await(self.vm(vm).ResetVM_Task())

    def snapshot(self, vm: str, name: str) -> None:
        _await(self.vm(vm).CreateSnapshot_Task(name, "", False, False))

    def revert(self, vm: str, name: str) -> None:
        """Makes a snapshot the present one; the simulator leaves hardware and power as they are."""
        trees = list(self.vm(vm).snapshot.rootSnapshotList)
        while trees:
            tree = trees.pop()
            if tree.name == name:
                _await(tree.snapshot.RevertToSnapshot_Task())
                return
            trees += tree.childSnapshotList or ()
        raise LabError(f"{vm} has no snapshot {name!r}")

    def migrate(self, vm: str, host: str) -> None:
        """Moves a VM to another host (vMotion)."""
        _await(self.vm(vm).RelocateVM_Task(vim.vm.RelocateSpec(host=self.host(host))))

    def move_to_folder(self, vm: str, folder: str) -> None:
        target = self.vm(vm)
        _await(self.find(vim.Folder, folder, beside=target).MoveIntoFolder_Task([target]))

    def create(self, name: str, mac: str, network: str, beside: str) -> None:
        """Makes a small VM with one NIC, powered off, on the host and in the folder and pool of another one."""
        model = self.vm(beside)
        datastore = model.datastore[0].name
        spec = vim.vm.ConfigSpec(
            name=name,
            guestId="debian10_64Guest",
            numCPUs=1,
            memoryMB=512,
            files=vim.vm.FileInfo(vmPathName=f"[{datastore}]"),
            deviceChange=[_added(self._nic(mac, network, model))],
        )
        _await(model.parent.CreateVM_Task(spec, model.resourcePool, model.runtime.host))

    def remove(self, vm: str) -> None:
        """Removes a VM with its disks; pulls the plug first where it runs."""
        target = self.vm(vm)
        if target.runtime.powerState == vim.VirtualMachine.PowerState.poweredOn:
            self.power_off(vm)
        _await(target.Destroy_Task())
        del self._known[vim.VirtualMachine, vm]

    def custom_attribute(self, vm: str, name: str, value: str) -> None:
        fields = {field.name: field.key for field in self.content.customFieldsManager.field}
        self.content.customFieldsManager.SetField(self.vm(vm), fields[name], value)

    # --- NICs -------------------------------------------------------------------------------------------------------

    def move_nic(self, vm: str, mac: str, network: str) -> None:
        """Plugs a NIC into another portgroup, distributed or standard."""
        target = self.vm(vm)
        nic = _nic(target, mac)
        nic.backing = self._backing(network, target)
        self._reconfigure(target, deviceChange=[_edited(nic)])

    def add_nic(self, vm: str, mac: str, network: str) -> None:
        target = self.vm(vm)
        self._reconfigure(target, deviceChange=[_added(self._nic(mac, network, target))])

    def remove_nic(self, vm: str, mac: str) -> None:
        target = self.vm(vm)
        remove = vim.vm.device.VirtualDeviceSpec(operation="remove", device=_nic(target, mac))
        self._reconfigure(target, deviceChange=[remove])

    def link(self, vm: str, mac: str, state: str) -> None:
        """Disconnects a NIC ("down") or connects it again ("up")."""
        target = self.vm(vm)
        nic = _nic(target, mac)
        nic.connectable.connected = state == "up"
        self._reconfigure(target, deviceChange=[_edited(nic)])

    # --- networks ---------------------------------------------------------------------------------------------------

    def vlan(self, portgroup: str, vlan: int) -> None:
        """Gives a distributed portgroup another VLAN."""
        spec = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(inherited=False, vlanId=vlan)
        self._reconfigure_portgroup(portgroup, vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=spec))

    def trunk(self, portgroup: str, *ranges: tuple[int, int]) -> None:
        """Lets several VLANs pass a distributed portgroup."""
        spec = vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec(
            inherited=False, vlanId=[vim.NumericRange(start=start, end=end) for start, end in ranges]
        )
        self._reconfigure_portgroup(portgroup, vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=spec))

    def host_vlan(self, host: str, portgroup: str, vlan: int) -> None:
        """Gives a standard switch's portgroup another VLAN on one host."""
        system = self.host(host).configManager.networkSystem
        spec = vim.host.PortGroup.Specification(
            name=portgroup, vlanId=vlan, vswitchName="vSwitch0", policy=vim.host.NetworkPolicy()
        )
        system.UpdatePortGroup(portgroup, spec)

    def rename_portgroup(self, portgroup: str, name: str) -> None:
        _await(self._portgroup(portgroup).Rename_Task(name))
        self._known.clear()

    def create_portgroup(self, switch: str, name: str, vlan: int) -> None:
        setting = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(
            vlan=vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(inherited=False, vlanId=vlan)
        )
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=name, type="earlyBinding", defaultPortConfig=setting)
        _await(self.find(vim.DistributedVirtualSwitch, switch).AddDVPortgroup_Task([spec]))

    def block_port(self, vm: str, mac: str, blocked: bool) -> None:
        """Blocks the port of a NIC on a distributed switch, or lets it go."""
        policy = vim.BoolPolicy(inherited=not blocked, value=blocked)
        self._reconfigure_port(vm, mac, vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(blocked=policy))

    def port_vlan(self, vm: str, mac: str, vlan: int) -> None:
        """Gives the port of a NIC a VLAN of its own; only portgroups for a DMZ allow that here."""
        spec = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(inherited=False, vlanId=vlan)
        self._reconfigure_port(vm, mac, vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=spec))

    # --- hosts ------------------------------------------------------------------------------------------------------

    def disconnect_host(self, host: str) -> None:
        _await(self.host(host).DisconnectHost_Task())

    def reconnect_host(self, host: str) -> None:
        _await(self.host(host).ReconnectHost_Task(None, None))

    def enter_maintenance(self, host: str) -> None:
        _await(self.host(host).EnterMaintenanceMode_Task(0, False))

    def exit_maintenance(self, host: str) -> None:
        _await(self.host(host).ExitMaintenanceMode_Task(0))

    # --- alarms -----------------------------------------------------------------------------------------------------

    def acknowledge(self, vm: str, alarm: str) -> None:
        """Says that an alarm triggered on a VM is known of."""
        target = self.vm(vm)
        for state in target.triggeredAlarmState:
            if state.alarm.info.name == alarm:
                self.content.alarmManager.AcknowledgeAlarm(state.alarm, target)
                return
        raise LabError(f"{alarm!r} is not triggered on {vm}")

    def clear_alarms(self) -> None:
        """Resets all alarms there are, with a call that is younger than the API that is spoken here otherwise."""
        younger = SoapStubAdapter(self._host, port=self._port, version="vim.version.v7_0", sslContext=self._trust)
        younger.cookie = self._stub.cookie
        try:
            manager: Any = vim.alarm.AlarmManager(self.content.alarmManager._moId, younger)
            manager.ClearTriggeredAlarms(vim.alarm.AlarmFilterSpec(status=["red", "yellow"]))
        finally:
            younger.DropConnections()

    # --- tags -------------------------------------------------------------------------------------------------------

    def create_category(self, name: str) -> None:
        """Makes a category of whose tags an object may have several."""
        spec = {"name": name, "description": "", "cardinality": "MULTIPLE", "associable_types": []}
        self._rest("POST", "/tagging/category", {"create_spec": spec})

    def create_tag(self, category: str, name: str) -> None:
        spec = {"name": name, "description": "", "category_id": self._tagging("category", category)}
        self._rest("POST", "/tagging/tag", {"create_spec": spec})

    def tag(self, vm: str, tag: str) -> None:
        self._rest(
            "POST", f"/tagging/tag-association/id:{self._tagging('tag', tag)}?~action=attach", _object(self.vm(vm))
        )

    def untag(self, vm: str, tag: str) -> None:
        self._rest(
            "POST", f"/tagging/tag-association/id:{self._tagging('tag', tag)}?~action=detach", _object(self.vm(vm))
        )

    # --- finding ----------------------------------------------------------------------------------------------------

    def vm(self, name: str) -> Any:
        return self.find(vim.VirtualMachine, name)

    def host(self, name: str) -> Any:
        return self.find(vim.HostSystem, name)

    def find(self, kind: type, name: str, beside: Any = None) -> Any:
        """The managed object of this kind and name; raises `LabError` if there is none."""
        if (kind, name) not in self._known:
            self._look()
        found = self._known.get((kind, name), [])
        near = [one for one in found if beside is not None and self._datacenter(one) == self._datacenter(beside)]
        if not found:
            raise LabError(f"the simulated vCenter has no {kind.__name__} {name!r}")
        return (near or found)[0]

    def names(self, kind: type) -> list[str]:
        """The names of everything of this kind, in order."""
        self._look()
        return sorted(name for known, name in self._known if known is kind)

    def nics(self, vm: str) -> list[str]:
        """The MAC addresses of a VM's NICs."""
        return [device.macAddress for device in self.vm(vm).config.hardware.device if _is_nic(device)]

    def _look(self) -> None:
        """Learns the names of everything, in one call."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, None, True)
        collector = vmodl.query.PropertyCollector
        spec = collector.FilterSpec(
            propSet=[collector.PropertySpec(type=vim.ManagedEntity, pathSet=["name", "parent"])],
            objectSet=[
                collector.ObjectSpec(
                    obj=view, skip=True, selectSet=[collector.TraversalSpec(path="view", type=vim.view.ContainerView)]
                )
            ],
        )
        found = self.content.propertyCollector.RetrieveContents([spec])
        view.DestroyView()
        self._known.clear()
        self._above.clear()
        for entity in found:
            properties = {one.name: one.val for one in entity.propSet}
            self._above[entity.obj] = properties.get("parent")
            for kind in _KINDS:
                if isinstance(entity.obj, kind) and "name" in properties:
                    self._known.setdefault((kind, properties["name"]), []).append(entity.obj)

    def _datacenter(self, entity: Any) -> Any:
        while entity is not None and not isinstance(entity, vim.Datacenter):
            entity = self._above.get(entity)
        return entity

    # --- parts ------------------------------------------------------------------------------------------------------

    def _reconfigure(self, target: Any, **changes: Any) -> None:
        _await(target.ReconfigVM_Task(vim.vm.ConfigSpec(**changes)))

    def _portgroup(self, name: str) -> Any:
        found = self.find(vim.Network, name)
        if not isinstance(found, vim.dvs.DistributedVirtualPortgroup):
            raise LabError(f"{name} is no distributed portgroup")
        return found

    def _reconfigure_portgroup(self, name: str, setting: Any) -> None:
        portgroup = self._portgroup(name)
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
            configVersion=portgroup.config.configVersion, defaultPortConfig=setting
        )
        _await(portgroup.ReconfigureDVPortgroup_Task(spec))

    def _reconfigure_port(self, vm: str, mac: str, setting: Any) -> None:
        backing = _nic(self.vm(vm), mac).backing
        if not isinstance(backing, vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo):
            raise LabError(f"{mac} of {vm} has no port on a distributed switch")
        portgroup: Any = vim.dvs.DistributedVirtualPortgroup(backing.port.portgroupKey, self._stub)
        spec = vim.dvs.DistributedVirtualPort.ConfigSpec(operation="edit", key=backing.port.portKey, setting=setting)
        _await(portgroup.config.distributedVirtualSwitch.ReconfigureDVPort_Task([spec]))

    def _backing(self, network: str, vm: Any) -> Any:
        found: Any = self.find(vim.Network, network, beside=vm)
        card = vim.vm.device.VirtualEthernetCard
        if not isinstance(found, vim.dvs.DistributedVirtualPortgroup):
            return card.NetworkBackingInfo(deviceName=network, network=found)
        config: Any = found.config
        port = vim.dvs.PortConnection(switchUuid=config.distributedVirtualSwitch.uuid, portgroupKey=config.key)
        return card.DistributedVirtualPortBackingInfo(port=port)

    def _nic(self, mac: str, network: str, vm: Any) -> Any:
        return vim.vm.device.VirtualVmxnet3(
            key=-1,
            backing=self._backing(network, vm),
            addressType="manual",
            macAddress=mac,
            connectable=vim.vm.device.VirtualDevice.ConnectInfo(
                startConnected=True, allowGuestControl=True, connected=True
            ),
        )

    def _tagging(self, kind: str, name: str) -> str:
        """The id of a tag or category."""
        for one in self._rest("GET", f"/tagging/{kind}"):
            if self._rest("GET", f"/tagging/{kind}/id:{one}")["name"] == name:
                return str(one)
        raise LabError(f"the simulated vCenter has no {kind} {name!r}")

    def _rest(self, method: str, path: str, content: object = None) -> Any:
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._trust)
        try:
            if not self._token:
                pair = f"{self._account.name}:{self._account.password}".encode()
                basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
                connection.request("POST", f"{_REST}/session", headers=basic)
                self._token = _value(connection.getresponse())
            headers = {"vmware-api-session-id": self._token, "Content-Type": "application/json"}
            connection.request(method, f"{_REST}{path}", json.dumps(content), headers)
            return _value(connection.getresponse())
        finally:
            connection.close()


def _value(response: http.client.HTTPResponse) -> Any:
    text = response.read()
    if response.status != http.client.OK:
        raise LabError(f"the simulated vCenter answers {response.status}: {text.decode()}")
    return json.loads(text)["value"] if text else None


def _await(task: Any) -> None:
    """Waits until a task is over; raises its fault."""
    while (info := task.info).state in (vim.TaskInfo.State.queued, vim.TaskInfo.State.running):
        time.sleep(0.05)
    if info.state == vim.TaskInfo.State.error:
        raise info.error


def _is_nic(device: Any) -> bool:
    return isinstance(device, vim.vm.device.VirtualEthernetCard)


def _nic(vm: Any, mac: str) -> Any:
    for device in vm.config.hardware.device:
        if _is_nic(device) and device.macAddress == mac:
            return device
    raise LabError(f"{vm.name} has no NIC {mac}")


def _added(device: Any) -> Any:
    return vim.vm.device.VirtualDeviceSpec(operation="add", device=device)


def _edited(device: Any) -> Any:
    return vim.vm.device.VirtualDeviceSpec(operation="edit", device=device)


def _object(vm: Any) -> dict[str, dict[str, str]]:
    return {"object_id": {"type": "VirtualMachine", "id": vm._moId}}
