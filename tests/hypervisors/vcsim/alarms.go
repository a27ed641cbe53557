package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// alarmNames are some of those that every vCenter defines; the simulator has none, and watches nothing by itself.
var alarmNames = []string{
	"Virtual machine CPU usage", "Host connection and power state", "Datastore usage on disk", "Network connectivity lost",
}

// defineAlarms makes the definitions, and says of every entity that no alarm is triggered there, as a vCenter does.
func defineAlarms(root types.ManagedObjectReference) {
	for i, name := range alarmNames {
		alarm := &mo.Alarm{Info: types.AlarmInfo{
			AlarmSpec: types.AlarmSpec{Name: name, Enabled: true, Expression: new(types.OrAlarmExpression)},
			Key:       alarmReference(i).Value, Alarm: alarmReference(i), Entity: root,
		}}
		alarm.Self = alarmReference(i)
		simulator.Map.Put(alarm)
	}
	for _, kind := range alarmed {
		for _, entity := range simulator.Map.All(kind) {
			entity.Entity().TriggeredAlarmState = []types.AlarmState{}
		}
	}
}

// alarmed are the types of what alarms are triggered on, or passed on to.
var alarmed = []string{
	"VirtualMachine", "HostSystem", "ClusterComputeResource", "ComputeResource", "Datastore", "Network",
	"DistributedVirtualPortgroup", "DistributedVirtualSwitch", "Folder", "Datacenter",
}

func alarmReference(number int) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Alarm", Value: fmt.Sprintf("alarm-%d", number+1)}
}

// Triggering is what a control asks for: the status of an alarm on the entity of this name; green: it is over.
type Triggering struct {
	Entity string                    `json:"entity"`
	Alarm  string                    `json:"alarm"`
	Status types.ManagedEntityStatus `json:"status"`
}

// trigger does what a vCenter does by itself.
func (f *Front) trigger(wanted *Triggering) error {
	f.acts.Lock()
	defer f.acts.Unlock()
	entity, alarm := entityNamed(wanted.Entity), alarmNamed(wanted.Alarm)
	if entity == nil || alarm == nil {
		return fmt.Errorf("there is no %q, or no alarm %q", wanted.Entity, wanted.Alarm)
	}
	before := stateOf(*entity, *alarm)
	state := types.AlarmState{
		Key: alarm.Value + "." + entity.Value, Entity: *entity, Alarm: *alarm, OverallStatus: wanted.Status,
		Time: time.Now(), Acknowledged: types.NewBool(false),
	}
	from := string(types.ManagedEntityStatusGreen)
	if before != nil {
		from = string(before.OverallStatus)
	}
	setState(state)
	f.journal.post("", &types.AlarmStatusChangedEvent{
		AlarmEvent: alarmEvent(*entity, *alarm), Entity: argument(*entity), Source: argument(f.estate.root),
		From: from, To: string(wanted.Status),
	})
	return nil
}

// acknowledge lets somebody say that they know of an alarm.
func (f *Front) acknowledge(request *types.AcknowledgeAlarm, user User) soap.HasFault {
	state := stateOf(request.Entity, request.Alarm)
	if state == nil {
		return &methods.AcknowledgeAlarmBody{Fault_: simulator.Fault("", &types.InvalidArgument{InvalidProperty: "alarm"})}
	}
	now := time.Now()
	state.Acknowledged, state.AcknowledgedByUser, state.AcknowledgedTime = types.NewBool(true), user.actor(), &now
	setState(*state)
	f.journal.post(user.actor(), &types.AlarmAcknowledgedEvent{
		AlarmEvent: alarmEvent(request.Entity, request.Alarm), Entity: argument(request.Entity), Source: argument(f.estate.root),
	})
	return &methods.AcknowledgeAlarmBody{Res: new(types.AcknowledgeAlarmResponse)}
}

// clear lets somebody reset all alarms of a status, on whatever they are triggered.
func (f *Front) clear(request *types.ClearTriggeredAlarms, user User) soap.HasFault {
	for _, state := range get[*simulator.Folder](f.estate.root).TriggeredAlarmState {
		if !hasStatus(request.Filter.Status, state.OverallStatus) {
			continue
		}
		from := string(state.OverallStatus)
		state.OverallStatus = types.ManagedEntityStatusGreen
		setState(state)
		f.journal.post(user.actor(), &types.AlarmClearedEvent{
			AlarmEvent: alarmEvent(state.Entity, state.Alarm), Entity: argument(state.Entity), Source: argument(f.estate.root), From: from,
		})
	}
	return &methods.ClearTriggeredAlarmsBody{Res: new(types.ClearTriggeredAlarmsResponse)}
}

func hasStatus(wanted []types.ManagedEntityStatus, status types.ManagedEntityStatus) bool {
	for _, one := range wanted {
		if one == status {
			return true
		}
	}
	return len(wanted) == 0
}

// setState tells of an alarm on its entity and everything above.
func setState(state types.AlarmState) {
	for _, reference := range ancestors(state.Entity) {
		entity, ok := simulator.Map.Get(reference).(mo.Entity)
		if !ok {
			continue
		}
		states := []types.AlarmState{}
		for _, one := range entity.Entity().TriggeredAlarmState {
			if one.Key != state.Key {
				states = append(states, one)
			}
		}
		if state.OverallStatus != types.ManagedEntityStatusGreen {
			states = append(states, state)
		}
		update(reference, types.PropertyChange{Name: "triggeredAlarmState", Val: states})
	}
}

func stateOf(reference, alarm types.ManagedObjectReference) *types.AlarmState {
	if entity, ok := simulator.Map.Get(reference).(mo.Entity); ok {
		for _, state := range entity.Entity().TriggeredAlarmState {
			if state.Entity == reference && state.Alarm == alarm {
				return &state
			}
		}
	}
	return nil
}

func entityNamed(name string) *types.ManagedObjectReference {
	for _, kind := range alarmed {
		for _, entity := range simulator.Map.All(kind) {
			if nameOf(entity) == name {
				reference := entity.Reference()
				return &reference
			}
		}
	}
	return nil
}

func alarmNamed(name string) *types.ManagedObjectReference {
	for i, one := range alarmNames {
		if one == name {
			reference := alarmReference(i)
			return &reference
		}
	}
	return nil
}

func alarmEvent(entity, alarm types.ManagedObjectReference) types.AlarmEvent {
	return types.AlarmEvent{Event: about(entity), Alarm: types.AlarmEventArgument{
		Alarm: alarm, EntityEventArgument: types.EntityEventArgument{Name: get[*mo.Alarm](alarm).Info.Name},
	}}
}

func argument(entity types.ManagedObjectReference) types.ManagedEntityEventArgument {
	return types.ManagedEntityEventArgument{Entity: entity, EntityEventArgument: named(entity)}
}
