package main

import (
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// watch hears of changes from the first WaitForUpdatesEx on.
type watch struct {
	self  types.ManagedObjectReference
	mu    sync.Mutex
	heard []heard
	bell  chan struct{}
	known map[types.ManagedObjectReference]map[types.ManagedObjectReference]bool // by filter
}

type heard struct {
	object types.ManagedObjectReference
	kind   types.ObjectUpdateKind
	paths  []string
}

var watches struct {
	mu    sync.Mutex
	count int
}

func newWatch() *watch {
	watches.mu.Lock()
	defer watches.mu.Unlock()
	watches.count++
	return &watch{
		self:  types.ManagedObjectReference{Type: "Watch", Value: strconv.Itoa(watches.count)},
		bell:  make(chan struct{}, 1),
		known: make(map[types.ManagedObjectReference]map[types.ManagedObjectReference]bool),
	}
}

func (w *watch) Reference() types.ManagedObjectReference { return w.self }

func (w *watch) PutObject(o mo.Reference) {
	w.hear(heard{o.Reference(), types.ObjectUpdateKindEnter, nil})
}

func (w *watch) RemoveObject(o types.ManagedObjectReference) {
	w.hear(heard{o, types.ObjectUpdateKindLeave, nil})
}

func (w *watch) UpdateObject(o mo.Reference, changes []types.PropertyChange) {
	paths := make([]string, 0, len(changes))
	for i := range changes {
		paths = append(paths, changes[i].Name)
	}
	w.hear(heard{o.Reference(), types.ObjectUpdateKindModify, paths})
}

func (w *watch) hear(one heard) {
	if one.object.Type == "Task" && one.kind == types.ObjectUpdateKindEnter {
		return // each act makes one, and nobody finds it but by name
	}
	w.mu.Lock()
	w.heard = append(w.heard, one)
	w.mu.Unlock()
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

func (w *watch) take() []heard {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.heard
	w.heard = nil
	return taken
}

func told(object types.ObjectContent, kind types.ObjectUpdateKind) types.ObjectUpdate {
	update := types.ObjectUpdate{Obj: object.Obj, Kind: kind, MissingSet: object.MissingSet}
	for _, property := range object.PropSet {
		update.ChangeSet = append(update.ChangeSet, types.PropertyChange{
			Name: property.Name, Op: types.PropertyChangeOpAssign, Val: property.Val,
		})
	}
	return update
}

func has(changes []types.PropertyChange, path string) bool {
	for i := range changes {
		if changes[i].Name == path {
			return true
		}
	}
	return false
}

// overlap says whether a change of one path is a change of the other.
func overlap(one, other string) bool {
	return one == other || strings.HasPrefix(one, other+".") || strings.HasPrefix(other, one+".")
}

// wanted says whether a filter may select an object, by its type.
func wanted(spec *types.PropertyFilterSpec, object types.ManagedObjectReference) bool {
	for _, property := range spec.PropSet {
		if property.Type == object.Type || property.Type == "ManagedEntity" || property.Type == "Network" ||
			property.Type == "ComputeResource" || property.Type == "ResourcePool" || property.Type == "DistributedVirtualSwitch" {
			return true
		}
	}
	return false
}

// selects says whether a filter starts from an object, so that a change of it may select others.
func selects(spec *types.PropertyFilterSpec, object types.ManagedObjectReference) bool {
	for _, one := range spec.ObjectSet {
		if one.Obj == object && len(one.SelectSet) > 0 {
			return true
		}
	}
	return false
}
