package main

import (
	"fmt"
	"log"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// network is what a NIC can be plugged into.
type network struct {
	name string
	self types.ManagedObjectReference
	dvs  *simulator.DistributedVirtualSwitch // none: a portgroup of a standard switch
	vlan int                                 // for addresses; 0: none
	few  bool                                // only few VMs belong there
}

// backing plugs a NIC in; the port of a distributed switch is assigned later.
func (n *network) backing() types.BaseVirtualDeviceBackingInfo {
	if n.dvs == nil {
		backing := new(types.VirtualEthernetCardNetworkBackingInfo)
		backing.DeviceName = n.name
		backing.Network = &n.self
		return backing
	}
	return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
		Port: types.DistributedVirtualSwitchPortConnection{SwitchUuid: n.dvs.Uuid, PortgroupKey: n.self.Value},
	}
}

func (s *site) distributedSwitch() *simulator.DistributedVirtualSwitch {
	folder := get[*simulator.Folder](s.dc.NetworkFolder)
	config := &types.VMwareDVSConfigSpec{}
	config.Name = s.code + "-dvs-01"
	create := &types.CreateDVS_Task{This: folder.Self, Spec: types.DVSCreateSpec{ConfigSpec: config}}
	task := folder.CreateDVSTask(s.ctx, create).(*methods.CreateDVS_TaskBody).Res.Returnval
	dvs := get[*simulator.DistributedVirtualSwitch](made(task))
	settings := dvs.Config.(*types.VMwareDVSConfigInfo)
	settings.ConfigVersion = "1"
	settings.MaxMtu = 9000
	settings.PvlanConfig = []types.VMwareDVSPvlanMapEntry{
		{PrimaryVlanId: 400, SecondaryVlanId: 400, PvlanType: "promiscuous"},
		{PrimaryVlanId: 400, SecondaryVlanId: 401, PvlanType: "isolated"},
		{PrimaryVlanId: 400, SecondaryVlanId: 402, PvlanType: "community"},
	}
	uplinks := get[*simulator.DistributedVirtualPortgroup](dvs.Portgroup[0])
	uplinks.Config.Uplink = types.NewBool(true)
	return dvs
}

// join makes all hosts members of the switch.
func (s *site) join(dvs *simulator.DistributedVirtualSwitch) {
	spec := new(types.VMwareDVSConfigSpec)
	for _, host := range s.hosts {
		spec.Host = append(spec.Host, types.DistributedVirtualSwitchHostMemberConfigSpec{
			Operation: string(types.ConfigSpecOperationAdd), Host: host.Self,
		})
	}
	made(dvs.ReconfigureDvsTask(&types.ReconfigureDvs_Task{This: dvs.Self, Spec: spec}).(*methods.ReconfigureDvs_TaskBody).Res.Returnval)
}

var purposes = []string{"web", "app", "db", "storage", "voice", "build", "dmz", "desktop"}

// distributedPortgroups makes portgroups with VLANs, and one each of trunk, private VLAN and no VLAN.
func (s *site) distributedPortgroups(dvs *simulator.DistributedVirtualSwitch) {
	id := func(vlan int32) types.BaseVmwareDistributedVirtualSwitchVlanSpec {
		return &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: vlan}
	}
	for i := 0; i < s.size.Portgroups; i++ {
		vlan := 110 + 10*i
		s.portgroup(dvs, fmt.Sprintf("%s-%s-%d", s.code, purposes[i%len(purposes)], vlan), id(int32(vlan)), vlan, false)
	}
	s.portgroup(dvs, s.code+"-trunk", &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{
		VlanId: []types.NumericRange{{Start: 110, End: 199}, {Start: 300, End: 300}},
	}, 110, true)
	s.portgroup(dvs, s.code+"-pvlan-isolated", &types.VmwareDistributedVirtualSwitchPvlanSpec{PvlanId: 401}, 401, true)
	s.portgroup(dvs, s.code+"-untagged", id(0), 0, true)
	s.portgroup(dvs, s.code+"-quarantine", id(666), 666, true)
}

func (s *site) portgroup(
	dvs *simulator.DistributedVirtualSwitch, name string, vlan types.BaseVmwareDistributedVirtualSwitchVlanSpec, number int, few bool,
) {
	add := &types.AddDVPortgroup_Task{This: dvs.Self, Spec: []types.DVPortgroupConfigSpec{{
		Name:              name,
		Type:              string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
		ConfigVersion:     "1",
		DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: vlan},
	}}}
	made(dvs.AddDVPortgroupTask(s.ctx, add).(*methods.AddDVPortgroup_TaskBody).Res.Returnval)
	self := dvs.Portgroup[len(dvs.Portgroup)-1]
	s.networks = append(s.networks, &network{name: name, self: self, dvs: dvs, vlan: number, few: few})
}

// standardPortgroups gives each host portgroups of a standard switch: the same name has another VLAN on every second host.
func (s *site) standardPortgroups() {
	for _, portgroup := range []struct {
		name string
		vlan [2]int32
	}{{"VM Network", [2]int32{0, 0}}, {"Management VMs", [2]int32{20, 21}}, {"Backup", [2]int32{30, 30}}} {
		var self types.ManagedObjectReference
		for i, host := range s.hosts {
			system := get[*simulator.HostNetworkSystem](*host.ConfigManager.NetworkSystem)
			if portgroup.name != "VM Network" {
				self = s.standardPortgroup(i == 0, self, host, system, portgroup.name, portgroup.vlan[i%2])
			} else {
				self = s.dc.Network[0]
			}
			joined := get[*mo.Network](self)
			joined.Host = append(joined.Host, host.Self)
			host.Config.Network.Portgroup = system.NetworkInfo.Portgroup
			host.Config.Network.Vswitch[0].Portgroup = system.NetworkInfo.Vswitch[0].Portgroup
		}
		s.networks = append(s.networks, &network{name: portgroup.name, self: self, vlan: int(portgroup.vlan[0]), few: true})
	}
}

// standardPortgroup adds one to a host: the datacenter has one network of that name, which the first host makes.
func (s *site) standardPortgroup(
	first bool, self types.ManagedObjectReference, host *simulator.HostSystem, system *simulator.HostNetworkSystem, name string, vlan int32,
) types.ManagedObjectReference {
	spec := types.HostPortGroupSpec{Name: name, VlanId: vlan, VswitchName: "vSwitch0"}
	if first {
		added := system.AddPortGroup(s.ctx, &types.AddPortGroup{This: system.Self, Portgrp: spec})
		if added.Fault() != nil {
			log.Fatal(added.Fault().String)
		}
		self = s.dc.Network[len(s.dc.Network)-1]
	} else {
		key := "key-vim.host.PortGroup-" + name
		system.NetworkInfo.Vswitch[0].Portgroup = append(system.NetworkInfo.Vswitch[0].Portgroup, name)
		system.NetworkInfo.Portgroup = append(system.NetworkInfo.Portgroup, types.HostPortGroup{Key: key, Spec: spec})
	}
	last := &system.NetworkInfo.Portgroup[len(system.NetworkInfo.Portgroup)-1]
	last.Vswitch = "key-vim.host.VirtualSwitch-vSwitch0"
	host.Network = append(host.Network[:len(host.Network):len(host.Network)], self)
	compute := computeResource(host)
	simulator.Map.AddReference(compute, &compute.Network, self)
	return self
}
