package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// theFaults and liveSessions are what the property collectors ask; the simulator makes those by itself, from nothing.
var (
	theFaults    = newFaultSwitch()
	liveSessions = newSessions()
)

// permitted leaves out what may not be read: the properties, or the objects as a whole.
func permitted(objects []types.ObjectContent) []types.ObjectContent {
	faults := theFaults.get()
	if len(faults.Denied) == 0 {
		return objects
	}
	seen := objects[:0]
	for _, object := range objects {
		if denied(&faults, object.Obj) {
			if faults.Hidden {
				continue
			}
			for _, property := range object.PropSet {
				object.MissingSet = append(object.MissingSet, types.MissingProperty{
					Path:  property.Name,
					Fault: types.LocalizedMethodFault{Fault: noPermission(object.Obj, "System.Read")},
				})
			}
			object.PropSet = nil
		}
		seen = append(seen, object)
	}
	return seen
}

// denied says whether an entity, or one above it, is among those that may not be read.
func denied(faults *Faults, reference types.ManagedObjectReference) bool {
	for _, one := range ancestors(reference) {
		entity, ok := simulator.Map.Get(one).(mo.Entity)
		if !ok {
			continue
		}
		for _, name := range faults.Denied {
			if entity.Entity().Name == name {
				return true
			}
		}
	}
	return false
}

// privileges says what the caller may do: administrators everything, others only look.
func privileges(request *types.HasPrivilegeOnEntities, session *Session) soap.HasFault {
	var all []types.EntityPrivilege
	for _, entity := range request.Entity {
		one := types.EntityPrivilege{Entity: entity}
		for _, id := range request.PrivId {
			one.PrivAvailability = append(one.PrivAvailability, types.PrivilegeAvailability{
				PrivId: id, IsGranted: session.user.Role == Administrator || strings.HasPrefix(id, "System."),
			})
		}
		all = append(all, one)
	}
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{Returnval: all}}
}
