package main

import (
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// What the simulator changes in one object it often does not change in others that must agree with it, and it tells nobody.
// Everything here does that for it.

// settle makes the estate agree with itself after it was built.
func (e *Estate) settle() {
	members := make(map[types.ManagedObjectReference][]types.ManagedObjectReference)
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		vm.Config.ChangeVersion = version(vm.Config.Modified)
		e.ports.plugIn(vm)
		vm.Network = networksOf(vm)
		for _, network := range vm.Network {
			members[network] = append(members[network], vm.Self)
		}
	}
	for network, vms := range members {
		*vmsOf(network) = vms
	}
	for _, entity := range simulator.Map.All("DistributedVirtualPortgroup") {
		prepare(entity.(*simulator.DistributedVirtualPortgroup))
	}
	if simulator.Map.IsVPX() {
		defineAlarms(e.root)
	}
}

var changeCount uint64

// version is how a vCenter writes config.changeVersion; never the same twice.
func version(at time.Time) string {
	tick := time.Duration(atomic.AddUint64(&changeCount, 1)) * time.Microsecond
	return at.UTC().Truncate(time.Second).Add(tick % time.Second).Format("2006-01-02T15:04:05.000000Z")
}

// update changes properties and tells whoever watches.
func update(reference types.ManagedObjectReference, changes ...types.PropertyChange) {
	object := simulator.Map.Get(reference)
	if object != nil {
		simulator.Map.WithLock(object, func() { simulator.Map.Update(object, changes) })
	}
}

// reconfigured tells what the simulator changed silently, and moves config.changeVersion.
func (e *Estate) reconfigured(vm *simulator.VirtualMachine) {
	e.ports.plugIn(vm)
	e.rewire(vm.Self, networksOf(vm))
	names := networkNames(vm)
	for i := range vm.Guest.Net {
		vm.Guest.Net[i].Network = names[vm.Guest.Net[i].DeviceConfigId]
	}
	config := vm.Config
	update(vm.Self,
		types.PropertyChange{Name: "network", Val: networksOf(vm)},
		types.PropertyChange{Name: "guest.net", Val: vm.Guest.Net},
		types.PropertyChange{Name: "config.hardware.device", Val: config.Hardware.Device},
		types.PropertyChange{Name: "config.hardware.numCPU", Val: config.Hardware.NumCPU},
		types.PropertyChange{Name: "config.hardware.memoryMB", Val: config.Hardware.MemoryMB},
		types.PropertyChange{Name: "config.extraConfig", Val: latestSettings(config.ExtraConfig)},
		types.PropertyChange{Name: "config.annotation", Val: config.Annotation},
		types.PropertyChange{Name: "summary.config.annotation", Val: config.Annotation},
		types.PropertyChange{Name: "summary.config.numCpu", Val: config.Hardware.NumCPU},
		types.PropertyChange{Name: "summary.config.memorySizeMB", Val: config.Hardware.MemoryMB},
		types.PropertyChange{Name: "config.modified", Val: config.Modified},
		types.PropertyChange{Name: "config.changeVersion", Val: version(config.Modified)},
	)
}

// latestSettings keeps the last value of each key; an empty one removes the key, as in a vCenter.
func latestSettings(settings []types.BaseOptionValue) []types.BaseOptionValue {
	last := make(map[string]int)
	for i, setting := range settings {
		last[setting.GetOptionValue().Key] = i
	}
	var kept []types.BaseOptionValue
	for i, setting := range settings {
		if option := setting.GetOptionValue(); last[option.Key] == i && option.Value != "" {
			kept = append(kept, setting)
		}
	}
	return kept
}

// appeared tells of a VM where it belongs.
func (e *Estate) appeared(vm *simulator.VirtualMachine) {
	e.reconfigured(vm)
	host := get[*simulator.HostSystem](*vm.Runtime.Host)
	update(host.Self, types.PropertyChange{Name: "vm", Val: without(host.Vm)})
}

// disappeared tells of a VM where it belonged.
func (e *Estate) disappeared(reference types.ManagedObjectReference, before *former) {
	if reference.Type != "VirtualMachine" {
		return
	}
	e.rewire(reference, nil)
	if before.host != nil {
		host := get[*simulator.HostSystem](*before.host)
		update(host.Self, types.PropertyChange{Name: "vm", Val: without(host.Vm, reference)})
	}
}

// moved puts a VM into its new host's and pool's lists, and takes it out of the old ones.
func (e *Estate) moved(vm *simulator.VirtualMachine, before *former) {
	if before.host != nil && *before.host != *vm.Runtime.Host {
		from, to := get[*simulator.HostSystem](*before.host), get[*simulator.HostSystem](*vm.Runtime.Host)
		update(from.Self, types.PropertyChange{Name: "vm", Val: without(from.Vm, vm.Self)})
		update(to.Self, types.PropertyChange{Name: "vm", Val: append(without(to.Vm, vm.Self), vm.Self)})
	}
	if before.pool != nil && vm.ResourcePool != nil && *before.pool != *vm.ResourcePool {
		if from := poolVMs(*before.pool); from != nil {
			update(*before.pool, types.PropertyChange{Name: "vm", Val: without(*from, vm.Self)})
		}
		if to := poolVMs(*vm.ResourcePool); to != nil {
			update(*vm.ResourcePool, types.PropertyChange{Name: "vm", Val: append(without(*to, vm.Self), vm.Self)})
		}
	}
}

func poolVMs(pool types.ManagedObjectReference) *[]types.ManagedObjectReference {
	switch object := simulator.Map.Get(pool).(type) {
	case *simulator.ResourcePool:
		return &object.Vm
	case *simulator.VirtualApp:
		return &object.Vm
	}
	return nil
}

// powered makes the guest's data fit the power state: without power its Tools are silent.
func (e *Estate) powered(vm *simulator.VirtualMachine) {
	state, running := types.VirtualMachineGuestStateRunning, types.VirtualMachineToolsRunningStatusGuestToolsRunning
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		state, running = types.VirtualMachineGuestStateNotRunning, types.VirtualMachineToolsRunningStatusGuestToolsNotRunning
	}
	booted := vm.Runtime.BootTime
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		now := time.Now()
		booted = &now
	}
	update(vm.Self,
		types.PropertyChange{Name: "runtime.bootTime", Val: booted},
		types.PropertyChange{Name: "guest.guestState", Val: string(state)},
		types.PropertyChange{Name: "guest.toolsRunningStatus", Val: string(running)},
		types.PropertyChange{Name: "summary.guest.toolsRunningStatus", Val: string(running)},
	)
}

// rewire keeps the networks' own lists of their VMs.
func (e *Estate) rewire(vm types.ManagedObjectReference, to []types.ManagedObjectReference) {
	wanted := make(map[types.ManagedObjectReference]bool)
	for _, network := range to {
		wanted[network] = true
	}
	for _, kind := range []string{"Network", "DistributedVirtualPortgroup"} {
		for _, entity := range simulator.Map.All(kind) {
			network := entity.Reference()
			members := vmsOf(network)
			if members == nil {
				continue
			}
			is := simulator.FindReference(*members, vm) != nil
			switch {
			case is && !wanted[network]:
				update(network, types.PropertyChange{Name: "vm", Val: without(*members, vm)})
			case !is && wanted[network]:
				update(network, types.PropertyChange{Name: "vm", Val: append(without(*members), vm)})
			}
		}
	}
}

// vmsOf gives a network's list of its VMs.
func vmsOf(network types.ManagedObjectReference) *[]types.ManagedObjectReference {
	switch object := simulator.Map.Get(network).(type) {
	case *mo.Network:
		return &object.Vm
	case *simulator.DistributedVirtualPortgroup:
		return &object.Vm
	}
	return nil
}

// without gives a new list: somebody may be reading the old one.
func without(list []types.ManagedObjectReference, gone ...types.ManagedObjectReference) []types.ManagedObjectReference {
	kept := make([]types.ManagedObjectReference, 0, len(list)+1)
	for _, one := range list {
		if simulator.FindReference(gone, one) == nil {
			kept = append(kept, one)
		}
	}
	return kept
}

// networksOf gives the networks a VM is plugged into, each once.
func networksOf(vm *simulator.VirtualMachine) []types.ManagedObjectReference {
	var found []types.ManagedObjectReference
	for _, device := range vm.Config.Hardware.Device {
		if network, ok := plugged(device); ok && simulator.FindReference(found, network) == nil {
			found = append(found, network)
		}
	}
	return found
}

// plugged gives the network that a device is plugged into, if it is a NIC.
func plugged(device types.BaseVirtualDevice) (types.ManagedObjectReference, bool) {
	switch backing := device.GetVirtualDevice().Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if backing.Network != nil {
			return *backing.Network, true
		}
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}, true
	}
	return types.ManagedObjectReference{}, false
}

// networkNames gives the names of the networks a VM is plugged into, by the key of the NIC.
func networkNames(vm *simulator.VirtualMachine) map[int32]string {
	names := make(map[int32]string)
	for _, device := range vm.Config.Hardware.Device {
		if network, ok := plugged(device); ok {
			names[device.GetVirtualDevice().Key] = named(network).Name
		}
	}
	return names
}
