package main

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// change lets somebody change the estate, if they may; and then there is an event that says who did it.
func (f *Front) change(w *reply, r *http.Request, request []byte, call *Call) {
	if call.User.Role != Administrator {
		w.fault("Permission to perform this operation was denied.", noPermission(call.This, privilege(call.Name)))
		return
	}
	f.acts.Lock()
	defer f.acts.Unlock()
	before := f.remember(call)
	if result := f.instead(call); result != nil {
		w.soap(result)
	} else {
		f.forward(w, r, request)
	}
	if w.status != http.StatusOK {
		return
	}
	if task := taskIn(w); task != nil {
		task.Info.Reason = &types.TaskReasonUser{UserName: call.User.actor()}
		if before.snapshot != nil {
			task.Info.Entity = &before.snapshot.Vm // a snapshot is no entity, though the simulator says so
		}
		f.journal.post(call.User.actor(), taskEvent(task))
		if task.Info.Error != nil {
			return
		}
		before.made, _ = task.Info.Result.(types.ManagedObjectReference)
	}
	f.conclude(call, before)
}

var returnedTask = regexp.MustCompile(`<returnval type="Task">([^<]+)</returnval>`)

// taskIn gives the task a reply names; the simulator's are over by then.
func taskIn(w *reply) *simulator.Task {
	found := returnedTask.FindSubmatch(w.body.Bytes())
	if found == nil {
		return nil
	}
	task, _ := simulator.Map.Get(types.ManagedObjectReference{Type: "Task", Value: string(found[1])}).(*simulator.Task)
	return task
}

// taskEvent is what a vCenter writes for every task.
func taskEvent(task *simulator.Task) *types.TaskEvent {
	event := &types.TaskEvent{Info: task.Info}
	event.Info.Result = nil
	if task.Info.Entity != nil {
		event.Event = about(*task.Info.Entity)
		if entity, ok := simulator.Map.Get(*task.Info.Entity).(mo.Entity); ok {
			event.Info.EntityName = nameOf(entity)
		}
	}
	event.FullFormattedMessage = "Task: " + task.Info.DescriptionId
	return event
}

// former is what an act may change, as it was.
type former struct {
	name       string
	host       *types.ManagedObjectReference
	pool       *types.ManagedObjectReference
	datastores []types.ManagedObjectReference
	portgroups map[types.ManagedObjectReference]bool
	snapshot   *simulator.VirtualMachineSnapshot
	frozen     map[string]bool              // files that the snapshot keeps from being written to
	event      types.Event                  // about what will be gone
	made       types.ManagedObjectReference // what the act's task made
}

func (f *Front) remember(call *Call) *former {
	before := &former{event: about(call.This)}
	if entity, ok := simulator.Map.Get(call.This).(mo.Entity); ok {
		before.name = nameOf(entity)
	}
	switch object := simulator.Map.Get(call.This).(type) {
	case *simulator.VirtualMachine:
		before.host, before.pool, before.datastores = object.Runtime.Host, object.ResourcePool, object.Datastore
	case *simulator.VirtualMachineSnapshot:
		before.snapshot, before.frozen = object, frozen(object)
	case *simulator.DistributedVirtualSwitch:
		before.portgroups = make(map[types.ManagedObjectReference]bool)
		for _, portgroup := range object.Portgroup {
			before.portgroups[portgroup] = true
		}
	}
	return before
}

// instead does what the simulator cannot do, or does wrong; nil: it can.
func (f *Front) instead(call *Call) soap.HasFault {
	switch request := call.Body.(type) {
	case *types.Rename_Task:
		return rename(request)
	case *types.ReconfigVM_Task:
		return f.locked(request)
	case *types.CreateSnapshot_Task:
		return f.busy(request)
	case *types.MigrateVM_Task:
		return f.migrate(request, call.User)
	case *types.ReconfigureDVPortgroup_Task:
		return reconfigurePortgroup(request)
	case *types.ReconfigureDVPort_Task:
		return f.estate.ports.reconfigure(request)
	case *types.SetField:
		if fault := setField(request.Entity, request.Key, request.Value); fault != nil {
			return &methods.SetFieldBody{Fault_: fault}
		}
		return &methods.SetFieldBody{Res: new(types.SetFieldResponse)}
	case *types.SetCustomValue:
		key, _ := fieldNamed(request.Key)
		if fault := setField(request.This, key, request.Value); fault != nil {
			return &methods.SetCustomValueBody{Fault_: fault}
		}
		return &methods.SetCustomValueBody{Res: new(types.SetCustomValueResponse)}
	case *types.UpdatePortGroup:
		return updatePortGroup(request)
	case *types.AcknowledgeAlarm:
		return f.acknowledge(request, call.User)
	case *types.ClearTriggeredAlarms:
		return f.clear(request, call.User)
	case *types.DisconnectHost_Task:
		return &methods.DisconnectHost_TaskBody{Res: &types.DisconnectHost_TaskResponse{
			Returnval: connection(request.This, "disconnectHost", types.HostSystemConnectionStateDisconnected),
		}}
	case *types.ReconnectHost_Task:
		return &methods.ReconnectHost_TaskBody{Res: &types.ReconnectHost_TaskResponse{
			Returnval: connection(request.This, "reconnectHost", types.HostSystemConnectionStateConnected),
		}}
	}
	return nil
}

// locked refuses a change of a VM that was changed since its changeVersion was read, or that is at work otherwise.
func (f *Front) locked(request *types.ReconfigVM_Task) soap.HasFault {
	vm := get[*simulator.VirtualMachine](request.This)
	var fault types.BaseMethodFault
	switch asked := request.Spec.ChangeVersion; {
	case f.faults.busy():
		fault = &types.TaskInProgress{Task: types.ManagedObjectReference{Type: "Task", Value: "task-elsewhere"}}
	case asked != "" && asked != vm.Config.ChangeVersion:
		fault = &types.ConcurrentAccess{}
	default:
		return nil
	}
	task := simulator.CreateTask(request.This, "reconfigVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, fault
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run()}}
}

// busy refuses a snapshot of a VM that is at work otherwise.
func (f *Front) busy(request *types.CreateSnapshot_Task) soap.HasFault {
	if !f.faults.busy() {
		return nil
	}
	task := simulator.CreateTask(request.This, "createSnapshot", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, &types.TaskInProgress{Task: types.ManagedObjectReference{Type: "Task", Value: "task-elsewhere"}}
	})
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{Returnval: task.Run()}}
}

func rename(request *types.Rename_Task) soap.HasFault {
	if entity, ok := simulator.Map.Get(request.This).(mo.Entity); ok {
		return simulator.RenameTask(entity, request)
	}
	return nil
}

// migrate is a relocation to another host, which is all that the simulator knows.
func (f *Front) migrate(request *types.MigrateVM_Task, user User) soap.HasFault {
	vm := get[*simulator.VirtualMachine](request.This)
	relocated := vm.RelocateVMTask(acting(user.actor()), &types.RelocateVM_Task{
		This: request.This, Spec: types.VirtualMachineRelocateSpec{Host: request.Host, Pool: request.Pool},
	}).(*methods.RelocateVM_TaskBody)
	return &methods.MigrateVM_TaskBody{Res: &types.MigrateVM_TaskResponse{Returnval: relocated.Res.Returnval}}
}

// connection says that a host is connected, or no longer.
func connection(host types.ManagedObjectReference, name string, state types.HostSystemConnectionState) types.ManagedObjectReference {
	return simulator.CreateTask(host, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		update(host, types.PropertyChange{Name: "runtime.connectionState", Val: state})
		return nil, nil
	}).Run()
}

func setField(reference types.ManagedObjectReference, key int32, value string) *soap.Fault {
	entity, ok := simulator.Map.Get(reference).(mo.Entity)
	if _, known := fieldKeyed(key); !ok || !known {
		return simulator.Fault("A specified parameter was not correct: key", &types.InvalidArgument{InvalidProperty: "key"})
	}
	var values []types.BaseCustomFieldValue
	for _, one := range entity.Entity().CustomValue {
		if one.GetCustomFieldValue().Key != key {
			values = append(values, one)
		}
	}
	if value != "" {
		values = append(values, &types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: key}, Value: value})
	}
	update(reference, types.PropertyChange{Name: "customValue", Val: values}, types.PropertyChange{Name: "value", Val: values})
	if vm, ok := entity.(*simulator.VirtualMachine); ok {
		update(vm.Self, types.PropertyChange{Name: "summary.customValue", Val: values})
	}
	return nil
}

func fieldKeyed(key int32) (string, bool) {
	for _, field := range simulator.Map.CustomFieldsManager().Field {
		if field.Key == key {
			return field.Name, true
		}
	}
	return "", false
}

func fieldNamed(name string) (int32, bool) {
	for _, field := range simulator.Map.CustomFieldsManager().Field {
		if field.Name == name {
			return field.Key, true
		}
	}
	return -1, false
}

// conclude makes the rest of the estate agree with what was done, and writes the events that the simulator does not.
func (f *Front) conclude(call *Call, before *former) {
	actor := call.User.actor()
	post := func(events ...types.BaseEvent) { f.journal.post(actor, events...) }
	switch request := call.Body.(type) {
	case *types.Rename_Task:
		f.renamed(call, before.name, request.NewName, post)
	case *types.ReconfigVM_Task:
		vm := get[*simulator.VirtualMachine](call.This)
		f.estate.reconfigured(vm)
		if vm.Name != before.name {
			f.renamed(call, before.name, vm.Name, post)
		}
	case *types.PowerOnVM_Task, *types.PowerOffVM_Task, *types.SuspendVM_Task, *types.ResetVM_Task, *types.ShutdownGuest:
		f.estate.powered(get[*simulator.VirtualMachine](call.This))
	case *types.CreateSnapshot_Task:
		f.estate.branched(get[*simulator.VirtualMachine](call.This))
	case *types.RemoveSnapshot_Task:
		f.estate.merged(get[*simulator.VirtualMachine](before.snapshot.Vm), before.frozen)
	case *types.RelocateVM_Task, *types.MigrateVM_Task:
		f.moved(get[*simulator.VirtualMachine](call.This), before, post)
	case *types.CreateVM_Task, *types.CloneVM_Task, *types.RegisterVM_Task, *types.CreateChildVM_Task:
		f.estate.appeared(get[*simulator.VirtualMachine](before.made))
	case *types.Destroy_Task, *types.UnregisterVM:
		f.estate.disappeared(call.This, before)
		if call.This.Type == "DistributedVirtualPortgroup" {
			post(&types.DVPortgroupDestroyedEvent{DVPortgroupEvent: types.DVPortgroupEvent{Event: before.event}})
		}
	case *types.MarkAsTemplate, *types.MarkAsVirtualMachine:
		vm := get[*simulator.VirtualMachine](call.This)
		update(vm.Self, types.PropertyChange{Name: "config.template", Val: vm.Config.Template},
			types.PropertyChange{Name: "summary.config.template", Val: vm.Config.Template})
		f.estate.reconfigured(vm)
	case *types.ReconfigureDVPortgroup_Task:
		event := types.DVPortgroupEvent{Event: about(call.This)}
		post(&types.DVPortgroupReconfiguredEvent{DVPortgroupEvent: event, ConfigSpec: request.Spec})
		if request.Spec.Name != "" && request.Spec.Name != before.name {
			post(&types.DVPortgroupRenamedEvent{DVPortgroupEvent: event, OldName: before.name, NewName: request.Spec.Name})
		}
	case *types.ReconfigureDVPort_Task:
		event := &types.DvsPortReconfiguredEvent{DvsEvent: types.DvsEvent{Event: about(call.This)}}
		for _, port := range request.Port {
			event.PortKey = append(event.PortKey, port.Key)
		}
		post(event)
	case *types.AddDVPortgroup_Task, *types.CreateDVPortgroup_Task:
		for _, portgroup := range get[*simulator.DistributedVirtualSwitch](call.This).Portgroup {
			if !before.portgroups[portgroup] {
				prepare(get[*simulator.DistributedVirtualPortgroup](portgroup))
				post(&types.DVPortgroupCreatedEvent{DVPortgroupEvent: types.DVPortgroupEvent{Event: about(portgroup)}})
			}
		}
	case *types.UpdatePortGroup:
		host := get[*simulator.HostNetworkSystem](call.This).Host.Self
		done := func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return nil, nil }
		task := get[*simulator.Task](simulator.CreateTask(host, "updatePortGroup", done).Run())
		task.Info.DescriptionId = "host.NetworkSystem.updatePortGroup"
		task.Info.Reason = &types.TaskReasonUser{UserName: actor}
		post(taskEvent(task))
	case *types.SetField:
		post(fieldChanged(request.Entity, request.Key, request.Value))
	case *types.SetCustomValue:
		key, _ := fieldNamed(request.Key)
		post(fieldChanged(request.This, key, request.Value))
	case *types.DisconnectHost_Task:
		post(&types.HostDisconnectedEvent{HostEvent: types.HostEvent{Event: about(call.This)}})
	case *types.ReconnectHost_Task:
		post(&types.HostConnectedEvent{HostEvent: types.HostEvent{Event: about(call.This)}})
	case *types.EnterMaintenanceMode_Task:
		update(call.This, types.PropertyChange{Name: "runtime.inMaintenanceMode", Val: true})
		post(&types.EnteredMaintenanceModeEvent{HostEvent: types.HostEvent{Event: about(call.This)}})
	case *types.ExitMaintenanceMode_Task:
		update(call.This, types.PropertyChange{Name: "runtime.inMaintenanceMode", Val: false})
		post(&types.ExitMaintenanceModeEvent{HostEvent: types.HostEvent{Event: about(call.This)}})
	}
}

func (f *Front) renamed(call *Call, from, to string, post func(...types.BaseEvent)) {
	event := about(call.This)
	switch object := simulator.Map.Get(call.This).(type) {
	case *simulator.VirtualMachine:
		update(call.This, types.PropertyChange{Name: "name", Val: to}, types.PropertyChange{Name: "config.name", Val: to},
			types.PropertyChange{Name: "summary.config.name", Val: to})
		post(&types.VmRenamedEvent{VmEvent: types.VmEvent{Event: event}, OldName: from, NewName: to})
	case *simulator.DistributedVirtualPortgroup:
		object.ManagedEntity.Name = to
		update(call.This, types.PropertyChange{Name: "config.name", Val: to})
		post(&types.DVPortgroupRenamedEvent{DVPortgroupEvent: types.DVPortgroupEvent{Event: event}, OldName: from, NewName: to})
	case *simulator.Datacenter:
		post(&types.DatacenterRenamedEvent{DatacenterEvent: types.DatacenterEvent{Event: event}, OldName: from, NewName: to})
	}
}

func (f *Front) moved(vm *simulator.VirtualMachine, before *former, post func(...types.BaseEvent)) {
	f.estate.moved(vm, before)
	event := types.VmEvent{Event: about(vm.Self)}
	source := types.HostEventArgument{Host: *before.host, EntityEventArgument: named(*before.host)}
	switch {
	case *before.host != *vm.Runtime.Host:
		post(&types.VmMigratedEvent{VmEvent: event, SourceHost: source})
	case len(before.datastores) > 0 && len(vm.Datastore) > 0 && before.datastores[0] != vm.Datastore[0]:
		post(&types.VmRelocatedEvent{VmRelocateSpecEvent: types.VmRelocateSpecEvent{VmEvent: event}, SourceHost: source})
	}
}

func fieldChanged(entity types.ManagedObjectReference, key int32, value string) *types.CustomFieldValueChangedEvent {
	name, _ := fieldKeyed(key)
	return &types.CustomFieldValueChangedEvent{
		CustomFieldEvent: types.CustomFieldEvent{Event: about(entity)},
		Entity:           types.ManagedEntityEventArgument{Entity: entity, EntityEventArgument: named(entity)},
		FieldKey:         key, Name: name, Value: value,
	}
}

// about fills the arguments of an event on an entity.
func about(reference types.ManagedObjectReference) types.Event {
	var event types.Event
	for _, one := range ancestors(reference) {
		switch object := simulator.Map.Get(one).(type) {
		case *simulator.VirtualMachine:
			event.Vm = &types.VmEventArgument{Vm: one, EntityEventArgument: named(one)}
			if object.Runtime.Host != nil {
				host := about(*object.Runtime.Host)
				event.Host, event.ComputeResource = host.Host, host.ComputeResource
			}
		case *simulator.HostSystem:
			event.Host = &types.HostEventArgument{Host: one, EntityEventArgument: named(one)}
		case *simulator.ClusterComputeResource, *mo.ComputeResource:
			event.ComputeResource = &types.ComputeResourceEventArgument{ComputeResource: one, EntityEventArgument: named(one)}
		case *simulator.DistributedVirtualPortgroup:
			event.Net = &types.NetworkEventArgument{Network: one, EntityEventArgument: named(one)}
			if dvs := object.Config.DistributedVirtualSwitch; dvs != nil {
				event.Dvs = &types.DvsEventArgument{Dvs: *dvs, EntityEventArgument: named(*dvs)}
			}
		case *simulator.DistributedVirtualSwitch:
			event.Dvs = &types.DvsEventArgument{Dvs: one, EntityEventArgument: named(one)}
		case *simulator.Datacenter:
			event.Datacenter = &types.DatacenterEventArgument{Datacenter: one, EntityEventArgument: named(one)}
		}
	}
	return event
}

func named(reference types.ManagedObjectReference) types.EntityEventArgument {
	entity, ok := simulator.Map.Get(reference).(mo.Entity)
	if !ok {
		return types.EntityEventArgument{}
	}
	return types.EntityEventArgument{Name: nameOf(entity)}
}

// nameOf gives an entity's name; networks and switches have it in a field of their own.
func nameOf(entity mo.Entity) string {
	switch object := entity.(type) {
	case *mo.Network:
		return object.Name
	case *simulator.DistributedVirtualPortgroup:
		return object.Name
	case *simulator.DistributedVirtualSwitch:
		return object.Name
	}
	return entity.Entity().Name
}

// privilege names what is missing to whoever may not call a method; not for every method the one a vCenter would name.
func privilege(method string) string {
	method = strings.TrimSuffix(method, "_Task")
	switch {
	case strings.HasPrefix(method, "PowerO"), strings.HasPrefix(method, "Suspend"), strings.HasPrefix(method, "Reset"):
		return "VirtualMachine.Interact." + strings.TrimSuffix(method, "VM")
	case strings.HasPrefix(method, "ReconfigVM"):
		return "VirtualMachine.Config.EditDevice"
	case strings.HasPrefix(method, "ReconfigureDV"):
		return "DVPortgroup.Modify"
	case strings.HasSuffix(method, "Snapshot"):
		return "VirtualMachine.State." + method
	case strings.HasPrefix(method, "Rename"):
		return "VirtualMachine.Config.Rename"
	case strings.HasPrefix(method, "Set"):
		return "Global.SetCustomField"
	}
	return "VirtualMachine.Inventory." + method
}
