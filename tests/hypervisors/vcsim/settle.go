package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// settle makes the estate agree with itself after it was built.
func settle() {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		vm.Config.ChangeVersion = vm.Config.Modified.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
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
		if reference, ok := plugged(device); ok {
			names[device.GetVirtualDevice().Key] = networkName(reference)
		}
	}
	return names
}

func networkName(reference types.ManagedObjectReference) string {
	switch network := simulator.Map.Get(reference).(type) {
	case *mo.Network:
		return network.Name
	case *simulator.DistributedVirtualPortgroup:
		return network.Name
	}
	return ""
}
