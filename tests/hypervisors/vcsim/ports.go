package main

import (
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Ports are those of the distributed switches: each NIC has one of its own, which may have settings of its own.
type Ports struct {
	mu        sync.Mutex
	last      int
	portgroup map[string]string                 // port key → the portgroup it is in
	settings  map[string]types.DVPortConfigInfo // by port key; only what differs from the portgroup
}

func newPorts() *Ports {
	return &Ports{portgroup: make(map[string]string), settings: make(map[string]types.DVPortConfigInfo)}
}

// plugIn gives a port to each NIC that has none in its portgroup. A port that was left loses its settings.
func (p *Ports) plugIn(vm *simulator.VirtualMachine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, device := range vm.Config.Hardware.Device {
		backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if !ok {
			continue
		}
		port := &backing.Port
		if port.PortKey != "" && p.portgroup[port.PortKey] == port.PortgroupKey {
			continue
		}
		delete(p.settings, port.PortKey)
		p.last++
		port.PortKey = strconv.Itoa(p.last)
		port.ConnectionCookie = int32(100000 + p.last)
		p.portgroup[port.PortKey] = port.PortgroupKey
	}
}

// fetch gives the ports of a switch that are in use and meet the criteria.
func (p *Ports) fetch(request *types.FetchDVPorts) soap.HasFault {
	dvs, ok := simulator.Map.Get(request.This).(*simulator.DistributedVirtualSwitch)
	if !ok {
		return nil
	}
	var found []types.DistributedVirtualPort
	for _, reference := range dvs.Portgroup {
		portgroup := get[*simulator.DistributedVirtualPortgroup](reference)
		for _, vm := range portgroup.Vm {
			if machine, ok := simulator.Map.Get(vm).(*simulator.VirtualMachine); ok {
				for _, port := range p.of(machine, portgroup, dvs.Uuid) {
					if meets(&port, request.Criteria) {
						found = append(found, port)
					}
				}
			}
		}
	}
	return &methods.FetchDVPortsBody{Res: &types.FetchDVPortsResponse{Returnval: found}}
}

func (p *Ports) of(
	vm *simulator.VirtualMachine, portgroup *simulator.DistributedVirtualPortgroup, dvs string,
) []types.DistributedVirtualPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []types.DistributedVirtualPort
	for _, device := range vm.Config.Hardware.Device {
		nic := device.GetVirtualDevice()
		backing, ok := nic.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if !ok || backing.Port.PortgroupKey != portgroup.Key {
			continue
		}
		config, own := p.settings[backing.Port.PortKey]
		if !own {
			config.ConfigVersion = "0"
		}
		setting := inherited(portgroup, config.Setting)
		config.Setting = setting
		connected := nic.Connectable != nil && nic.Connectable.Connected && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		blocked := setting.Blocked != nil && setting.Blocked.Value != nil && *setting.Blocked.Value
		found = append(found, types.DistributedVirtualPort{
			Key: backing.Port.PortKey, DvsUuid: dvs, PortgroupKey: portgroup.Key, Config: config,
			ProxyHost: vm.Runtime.Host, ConnectionCookie: backing.Port.ConnectionCookie,
			Connectee: &types.DistributedVirtualSwitchPortConnectee{
				ConnectedEntity: &vm.Self, NicKey: strconv.Itoa(int(nic.Key)),
				Type: string(types.DistributedVirtualSwitchPortConnecteeConnecteeTypeVmVnic),
			},
			State: &types.DVPortState{RuntimeInfo: &types.DVPortStatus{
				LinkUp: connected && !blocked, Blocked: blocked,
				MacAddress: device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().MacAddress,
			}},
			LastStatusChange: vm.Config.Modified,
		})
	}
	return found
}

// inherited gives a port's settings in full: those of its portgroup, marked as such, and its own.
func inherited(portgroup *simulator.DistributedVirtualPortgroup, own types.BaseDVPortSetting) *types.VMwareDVSPortSetting {
	all := new(types.VMwareDVSPortSetting)
	if common, ok := portgroup.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
		*all = *common
		all.Vlan = passedOn(common.Vlan)
		if common.Blocked != nil {
			all.Blocked = &types.BoolPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}, Value: common.Blocked.Value}
		}
	}
	if special, ok := own.(*types.VMwareDVSPortSetting); ok {
		if special.Vlan != nil {
			all.Vlan = special.Vlan
		}
		if special.Blocked != nil {
			all.Blocked = special.Blocked
		}
	} else if own != nil && own.GetDVPortSetting().Blocked != nil {
		all.Blocked = own.GetDVPortSetting().Blocked
	}
	return all
}

func passedOn(vlan types.BaseVmwareDistributedVirtualSwitchVlanSpec) types.BaseVmwareDistributedVirtualSwitchVlanSpec {
	switch spec := vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		copied := *spec
		copied.Inherited = true
		return &copied
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		copied := *spec
		copied.Inherited = true
		return &copied
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		copied := *spec
		copied.Inherited = true
		return &copied
	}
	return vlan
}

func meets(port *types.DistributedVirtualPort, criteria *types.DistributedVirtualSwitchPortCriteria) bool {
	if criteria == nil {
		return true
	}
	if len(criteria.PortKey) > 0 && !among(criteria.PortKey, port.Key) {
		return false
	}
	if len(criteria.PortgroupKey) > 0 {
		inside := criteria.Inside == nil || *criteria.Inside
		if among(criteria.PortgroupKey, port.PortgroupKey) != inside {
			return false
		}
	}
	return (criteria.Connected == nil || *criteria.Connected) && (criteria.UplinkPort == nil || !*criteria.UplinkPort)
}

func among(list []string, wanted string) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}

// reconfigure gives ports settings of their own, as far as their portgroups allow that.
func (p *Ports) reconfigure(request *types.ReconfigureDVPort_Task) soap.HasFault {
	task := simulator.CreateTask(request.This, "reconfigureDvPort", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, spec := range request.Port {
			key, known := p.portgroup[spec.Key]
			if !known {
				return nil, &types.NotFound{}
			}
			portgroup := get[*simulator.DistributedVirtualPortgroup](types.ManagedObjectReference{
				Type: "DistributedVirtualPortgroup", Value: key,
			})
			if path := refused(portgroup, spec.Setting); path != "" {
				return nil, &types.ConflictingConfiguration{ConfigInConflict: []types.ConflictingConfigurationConfig{
					{Entity: &portgroup.Self, PropertyPath: path},
				}}
			}
		}
		for _, spec := range request.Port {
			config := p.settings[spec.Key]
			version, _ := strconv.Atoi(config.ConfigVersion)
			config.ConfigVersion = strconv.Itoa(version + 1)
			config.Name, config.Description = spec.Name, spec.Description
			config.Setting = own(config.Setting, spec.Setting)
			p.settings[spec.Key] = config
		}
		return nil, nil
	})
	return &methods.ReconfigureDVPort_TaskBody{Res: &types.ReconfigureDVPort_TaskResponse{Returnval: task.Run()}}
}

// own adds settings to a port's own; what is to be inherited again is removed.
func own(before, more types.BaseDVPortSetting) *types.VMwareDVSPortSetting {
	all := new(types.VMwareDVSPortSetting)
	if already, ok := before.(*types.VMwareDVSPortSetting); ok {
		*all = *already
	}
	if more == nil {
		return all
	}
	if blocked := more.GetDVPortSetting().Blocked; blocked != nil {
		all.Blocked = blocked
		if blocked.Inherited {
			all.Blocked = nil
		}
	}
	if special, ok := more.(*types.VMwareDVSPortSetting); ok && special.Vlan != nil {
		all.Vlan = special.Vlan
		if special.Vlan.GetVmwareDistributedVirtualSwitchVlanSpec().Inherited {
			all.Vlan = nil
		}
	}
	return all
}

// refused names a setting that a portgroup does not let its ports have of their own, if there is one.
func refused(portgroup *simulator.DistributedVirtualPortgroup, setting types.BaseDVPortSetting) string {
	policy, _ := portgroup.Config.Policy.(*types.VMwareDVSPortgroupPolicy)
	if policy == nil || setting == nil {
		return ""
	}
	if setting.GetDVPortSetting().Blocked != nil && !policy.BlockOverrideAllowed {
		return "setting.blocked"
	}
	if special, ok := setting.(*types.VMwareDVSPortSetting); ok && special.Vlan != nil && !policy.VlanOverrideAllowed {
		return "setting.vlan"
	}
	return ""
}

// prepare completes a new portgroup. Those for a DMZ let their ports have VLANs of their own.
func prepare(portgroup *simulator.DistributedVirtualPortgroup) {
	config := &portgroup.Config
	if config.ConfigVersion == "" {
		config.ConfigVersion = "1"
	}
	if setting, ok := config.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok && setting.Blocked == nil {
		setting.Blocked = &types.BoolPolicy{Value: types.NewBool(false)}
	}
	if policy, ok := config.Policy.(*types.VMwareDVSPortgroupPolicy); ok && strings.Contains(portgroup.Name, "-dmz-") {
		policy.VlanOverrideAllowed = true
	}
}

// reconfigurePortgroup changes what the specification names, and nothing else.
func reconfigurePortgroup(request *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	task := simulator.CreateTask(request.This, "reconfigureDvPortgroup", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		portgroup := get[*simulator.DistributedVirtualPortgroup](request.This)
		spec, config := &request.Spec, portgroup.Config
		if spec.ConfigVersion != "" && spec.ConfigVersion != config.ConfigVersion {
			return nil, &types.ConcurrentAccess{}
		}
		version, _ := strconv.Atoi(config.ConfigVersion)
		changes := []types.PropertyChange{{Name: "config.configVersion", Val: strconv.Itoa(version + 1)}}
		if spec.Name != "" {
			portgroup.ManagedEntity.Name = spec.Name
			changes = append(changes, types.PropertyChange{Name: "config.name", Val: spec.Name}, types.PropertyChange{Name: "name", Val: spec.Name})
		}
		if spec.DefaultPortConfig != nil {
			setting := merged(config.DefaultPortConfig, spec.DefaultPortConfig)
			changes = append(changes, types.PropertyChange{Name: "config.defaultPortConfig", Val: setting})
		}
		if spec.Policy != nil {
			changes = append(changes, types.PropertyChange{Name: "config.policy", Val: spec.Policy})
		}
		if spec.Description != "" {
			changes = append(changes, types.PropertyChange{Name: "config.description", Val: spec.Description})
		}
		update(request.This, changes...)
		return nil, nil
	})
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task.Run()}}
}

func merged(before, more types.BaseDVPortSetting) types.BaseDVPortSetting {
	all := new(types.VMwareDVSPortSetting)
	if old, ok := before.(*types.VMwareDVSPortSetting); ok {
		*all = *old
	}
	if blocked := more.GetDVPortSetting().Blocked; blocked != nil {
		all.Blocked = blocked
	}
	if special, ok := more.(*types.VMwareDVSPortSetting); ok && special.Vlan != nil {
		all.Vlan = special.Vlan
	}
	return all
}

// updatePortGroup changes a portgroup of one host's standard switch.
func updatePortGroup(request *types.UpdatePortGroup) soap.HasFault {
	system := get[*simulator.HostNetworkSystem](request.This)
	for i := range system.NetworkInfo.Portgroup {
		if system.NetworkInfo.Portgroup[i].Spec.Name != request.PgName {
			continue
		}
		portgroups := append([]types.HostPortGroup(nil), system.NetworkInfo.Portgroup...)
		portgroups[i].Spec.VlanId = request.Portgrp.VlanId
		system.NetworkInfo.Portgroup = portgroups
		update(system.Host.Self, types.PropertyChange{Name: "config.network.portgroup", Val: portgroups})
		return &methods.UpdatePortGroupBody{Res: new(types.UpdatePortGroupResponse)}
	}
	return &methods.UpdatePortGroupBody{Fault_: simulator.Fault("", new(types.NotFound))}
}
