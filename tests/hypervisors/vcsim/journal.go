package main

import (
	"fmt"
	"log"
	"reflect"
	"sort"
	"strings"
	"sync"
	"text/template"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	remembered  = 20000 // events; older ones are forgotten
	defaultPage = 10    // events in latestPage and in an answer to QueryEvents, unless told otherwise
)

// Journal has all events, oldest first. The simulator's own collectors give at most ten, in an order of their own; the
// journal listens to one of them to hear of every event, and answers in its place.
type Journal struct {
	tap types.ManagedObjectReference

	mu         sync.Mutex
	events     []types.BaseEvent
	forgotten  int // how many were older than the first
	collectors map[types.ManagedObjectReference]*EventHistoryCollector
	made       int
}

func newJournal() *Journal {
	j := &Journal{collectors: make(map[types.ManagedObjectReference]*EventHistoryCollector)}
	manager := simulator.Map.EventManager()
	manager.Description.EventInfo = phrased(manager.Description.EventInfo)
	earlier := manager.QueryEvents(acting(builder), &types.QueryEvents{
		This: manager.Self, Filter: types.EventFilterSpec{MaxCount: 1000},
	}).(*methods.QueryEventsBody)
	if earlier.Res != nil { // an ESXi host does not know the method
		j.events = earlier.Res.Returnval
		sort.Slice(j.events, func(a, b int) bool { return j.events[a].GetEvent().Key < j.events[b].GetEvent().Key })
	}
	created := manager.CreateCollectorForEvents(acting(builder), &types.CreateCollectorForEvents{
		This: manager.Self, Filter: types.EventFilterSpec{MaxCount: 1},
	}).(*methods.CreateCollectorForEventsBody)
	if created.Res == nil {
		log.Fatal(created.Fault_.String)
	}
	j.tap = created.Res.Returnval
	simulator.Map.AddHandler(&listener{types.ManagedObjectReference{Type: "Journal", Value: "journal"}, j})
	return j
}

// phrases are the messages of events for which the simulator has none, or one that it cannot fill in.
var phrases = map[string]string{
	"VmMigratedEvent":              "Migration of virtual machine {{.Vm.Name}} from {{.SourceHost.Name}} to {{.Host.Name}} completed",
	"VmRelocatedEvent":             "Completed the relocation of the virtual machine {{.Vm.Name}}",
	"VmRenamedEvent":               "Renamed {{.Vm.Name}} from {{.OldName}} to {{.NewName}}",
	"DVPortgroupCreatedEvent":      "dvPort group {{.Net.Name}} in {{.Datacenter.Name}} was added to switch {{.Dvs.Name}}.",
	"DVPortgroupReconfiguredEvent": "dvPort group {{.Net.Name}} in {{.Datacenter.Name}} was reconfigured.",
	"DVPortgroupRenamedEvent":      "dvPort group {{.OldName}} in {{.Datacenter.Name}} was renamed to {{.NewName}}",
	"DVPortgroupDestroyedEvent":    "dvPort group {{.Net.Name}} in {{.Datacenter.Name}} was deleted.",
	"DvsPortReconfiguredEvent":     "Ports in the vSphere Distributed Switch {{.Dvs.Name}} in {{.Datacenter.Name}} were reconfigured.",
	"CustomFieldValueChangedEvent": "Changed custom field {{.Name}} on {{.Entity.Name}} to {{.Value}}",
	"DatacenterRenamedEvent":       "Renamed datacenter from {{.OldName}} to {{.NewName}}",
	"HostConnectedEvent":           "Connected to {{.Host.Name}} in {{.Datacenter.Name}}",
	"HostDisconnectedEvent":        "Disconnected from {{.Host.Name}} in {{.Datacenter.Name}}",
}

// phrased completes the messages, and drops those that are no templates: the simulator would panic over them.
func phrased(given []types.EventDescriptionEventDetail) []types.EventDescriptionEventDetail {
	var kept []types.EventDescriptionEventDetail
	for _, one := range given {
		if _, ours := phrases[one.Key]; ours {
			continue
		}
		if _, err := template.New(one.Key).Parse(one.FullFormat); err != nil {
			one.FullFormat = one.Description
		}
		kept = append(kept, one)
	}
	for key, phrase := range phrases {
		kept = append(kept, types.EventDescriptionEventDetail{Key: key, Description: key, Category: "info", FullFormat: phrase})
	}
	return kept
}

// listener hears of every change in the simulator, and picks the tap's latest event.
type listener struct {
	self    types.ManagedObjectReference
	journal *Journal
}

func (l *listener) Reference() types.ManagedObjectReference   { return l.self }
func (l *listener) PutObject(mo.Reference)                    {}
func (l *listener) RemoveObject(types.ManagedObjectReference) {}
func (l *listener) UpdateObject(o mo.Reference, c []types.PropertyChange) {
	if o.Reference() == l.journal.tap {
		if page, ok := c[0].Val.(*types.ArrayOfEvent); ok && len(page.Event) > 0 {
			l.journal.append(page.Event[0])
		}
	}
}

func (j *Journal) append(event types.BaseEvent) {
	j.mu.Lock()
	j.events = append(j.events, event)
	if surplus := len(j.events) - remembered; surplus > 0 {
		j.events = append([]types.BaseEvent(nil), j.events[surplus:]...)
		j.forgotten += surplus
	}
	var concerned []*EventHistoryCollector
	for _, collector := range j.collectors {
		if matches(&collector.filter, event) {
			concerned = append(concerned, collector)
		}
	}
	j.mu.Unlock()
	manager := simulator.Map.EventManager()
	simulator.Map.Update(manager, []types.PropertyChange{{Name: "latestEvent", Val: event}})
	for _, collector := range concerned {
		page := j.latest(&collector.filter, collector.pageSize())
		simulator.Map.Update(collector, []types.PropertyChange{{Name: "latestPage", Val: page}})
	}
}

// post adds an event that somebody caused.
func (j *Journal) post(user string, events ...types.BaseEvent) {
	manager := simulator.Map.EventManager()
	simulator.Map.WithLock(manager, func() {
		for _, event := range events {
			manager.PostEvent(acting(user), &types.PostEvent{This: manager.Self, EventToPost: event})
		}
	})
}

// latest gives the newest events that match, newest first, as a vCenter does in QueryEvents and latestPage.
func (j *Journal) latest(filter *types.EventFilterSpec, limit int) []types.BaseEvent {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []types.BaseEvent
	for i := len(j.events) - 1; i >= 0 && len(found) < limit; i-- {
		if matches(filter, j.events[i]) {
			found = append(found, j.events[i])
		}
	}
	return found
}

func (j *Journal) query(request *types.QueryEvents) soap.HasFault {
	limit := int(request.Filter.MaxCount)
	if limit <= 0 {
		limit = 1000
	}
	return &methods.QueryEventsBody{Res: &types.QueryEventsResponse{Returnval: j.latest(&request.Filter, limit)}}
}

func (j *Journal) createCollector(session *Session, request *types.CreateCollectorForEvents) soap.HasFault {
	j.mu.Lock()
	j.made++
	collector := &EventHistoryCollector{journal: j, filter: request.Filter}
	collector.Self = types.ManagedObjectReference{Type: "EventHistoryCollector", Value: fmt.Sprintf("events-%d", j.made)}
	collector.Filter = request.Filter
	collector.position = j.forgotten
	j.collectors[collector.Self] = collector
	j.mu.Unlock()
	collector.LatestPage = j.latest(&collector.filter, collector.pageSize())
	simulator.Map.Put(collector)
	go func() {
		<-session.ended
		collector.remove()
	}()
	return &methods.CreateCollectorForEventsBody{Res: &types.CreateCollectorForEventsResponse{Returnval: collector.Self}}
}

// EventHistoryCollector reads on from where it stopped, oldest first, and finds new events behind.
type EventHistoryCollector struct {
	mo.EventHistoryCollector

	journal  *Journal
	filter   types.EventFilterSpec
	size     int32
	position int // of the next event to read, counted from the first there ever was
}

func (c *EventHistoryCollector) pageSize() int {
	switch {
	case c.size > 0:
		return int(c.size)
	case c.filter.MaxCount > 0:
		return int(c.filter.MaxCount)
	}
	return defaultPage
}

func (c *EventHistoryCollector) remove() {
	c.journal.mu.Lock()
	delete(c.journal.collectors, c.Self)
	c.journal.mu.Unlock()
	simulator.Map.Remove(c.Self)
}

func (c *EventHistoryCollector) ReadNextEvents(request *types.ReadNextEvents) soap.HasFault {
	j := c.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.position < j.forgotten {
		c.position = j.forgotten
	}
	var found []types.BaseEvent
	for ; c.position-j.forgotten < len(j.events) && len(found) < int(request.MaxCount); c.position++ {
		if event := j.events[c.position-j.forgotten]; matches(&c.filter, event) {
			found = append(found, event)
		}
	}
	return &methods.ReadNextEventsBody{Res: &types.ReadNextEventsResponse{Returnval: found}}
}

func (c *EventHistoryCollector) ReadPreviousEvents(request *types.ReadPreviousEvents) soap.HasFault {
	j := c.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []types.BaseEvent
	for c.position > j.forgotten && len(found) < int(request.MaxCount) {
		c.position--
		if event := j.events[c.position-j.forgotten]; matches(&c.filter, event) {
			found = append(found, event)
		}
	}
	return &methods.ReadPreviousEventsBody{Res: &types.ReadPreviousEventsResponse{Returnval: found}}
}

func (c *EventHistoryCollector) RewindCollector(*types.RewindCollector) soap.HasFault {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()
	c.position = c.journal.forgotten
	return &methods.RewindCollectorBody{Res: new(types.RewindCollectorResponse)}
}

func (c *EventHistoryCollector) ResetCollector(*types.ResetCollector) soap.HasFault {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()
	c.position = c.journal.forgotten + len(c.journal.events)
	return &methods.ResetCollectorBody{Res: new(types.ResetCollectorResponse)}
}

func (c *EventHistoryCollector) SetCollectorPageSize(request *types.SetCollectorPageSize) soap.HasFault {
	c.size = request.MaxCount
	c.LatestPage = c.journal.latest(&c.filter, c.pageSize())
	return &methods.SetCollectorPageSizeBody{Res: new(types.SetCollectorPageSizeResponse)}
}

func (c *EventHistoryCollector) DestroyCollector(*types.DestroyCollector) soap.HasFault {
	c.remove()
	return &methods.DestroyCollectorBody{Res: new(types.DestroyCollectorResponse)}
}

// matches says whether an event passes a filter: by type, time, user, chain and entity.
func matches(filter *types.EventFilterSpec, event types.BaseEvent) bool {
	e := event.GetEvent()
	if names := append(filter.EventTypeId, filter.Type...); len(names) > 0 && !isOf(event, names) {
		return false
	}
	if time := filter.Time; time != nil {
		if time.BeginTime != nil && e.CreatedTime.Before(*time.BeginTime) ||
			time.EndTime != nil && e.CreatedTime.After(*time.EndTime) {
			return false
		}
	}
	if who := filter.UserName; who != nil {
		found := who.SystemUser && e.UserName == ""
		for _, name := range who.UserList {
			found = found || name == e.UserName
		}
		if !found {
			return false
		}
	}
	if filter.EventChainId != 0 && filter.EventChainId != e.ChainId {
		return false
	}
	return filter.Entity == nil || concerns(filter.Entity, e)
}

func isOf(event types.BaseEvent, names []string) bool {
	kind := reflect.TypeOf(event).Elem()
	for _, name := range names {
		if extended, ok := event.(*types.EventEx); ok && extended.EventTypeId == name {
			return true
		}
		name = strings.TrimPrefix(name, "vim.event.")
		if field, ok := kind.FieldByName(name); kind.Name() == name || ok && field.Anonymous {
			return true
		}
	}
	return false
}

func concerns(filter *types.EventFilterSpecByEntity, event *types.Event) bool {
	for _, entity := range arguments(event) {
		above := ancestors(entity)
		for i, one := range above {
			if one != filter.Entity {
				continue
			}
			switch filter.Recursion {
			case types.EventFilterSpecRecursionOptionSelf:
				return i == 0
			case types.EventFilterSpecRecursionOptionChildren:
				return i == 1
			}
			return true
		}
	}
	return false
}

// arguments gives the entities an event names.
func arguments(event *types.Event) []types.ManagedObjectReference {
	var found []types.ManagedObjectReference
	if event.Vm != nil {
		found = append(found, event.Vm.Vm)
	}
	if event.Host != nil {
		found = append(found, event.Host.Host)
	}
	if event.ComputeResource != nil {
		found = append(found, event.ComputeResource.ComputeResource)
	}
	if event.Ds != nil {
		found = append(found, event.Ds.Datastore)
	}
	if event.Net != nil {
		found = append(found, event.Net.Network)
	}
	if event.Dvs != nil {
		found = append(found, event.Dvs.Dvs)
	}
	if event.Datacenter != nil {
		found = append(found, event.Datacenter.Datacenter)
	}
	return found
}

// ancestors gives an entity and everything above it, up to the root folder.
func ancestors(reference types.ManagedObjectReference) []types.ManagedObjectReference {
	var found []types.ManagedObjectReference
	for {
		found = append(found, reference)
		entity, ok := simulator.Map.Get(reference).(mo.Entity)
		if !ok || entity.Entity().Parent == nil {
			return found
		}
		reference = *entity.Entity().Parent
	}
}
