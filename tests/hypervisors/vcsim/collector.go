package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const gathering = 20 * time.Millisecond // changes that come together are told together

// PropertyCollector replaces the simulator's: that one reads everything anew for each change, cannot cut its answers into
// pages, and knows no permissions.
type PropertyCollector struct {
	simulator.PropertyCollector

	mu      sync.Mutex
	watch   *watch
	pages   map[string][]types.ObjectContent // what is left of retrievals, by token
	tokens  int
	version int
	rest    []types.PropertyFilterUpdate // what is left of the last update
	cancel  chan struct{}
}

// CreatePropertyCollector makes one of ours.
func (pc *PropertyCollector) CreatePropertyCollector(ctx *simulator.Context, _ *types.CreatePropertyCollector) soap.HasFault {
	return &methods.CreatePropertyCollectorBody{Res: &types.CreatePropertyCollectorResponse{
		Returnval: ctx.Session.Put(new(PropertyCollector)).Reference(),
	}}
}

// DestroyPropertyCollector also stops listening.
func (pc *PropertyCollector) DestroyPropertyCollector(ctx *simulator.Context, request *types.DestroyPropertyCollector) soap.HasFault {
	pc.end()
	return pc.PropertyCollector.DestroyPropertyCollector(ctx, request)
}

func (pc *PropertyCollector) end() {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.watch != nil {
		simulator.Map.RemoveHandler(pc.watch)
		pc.watch = nil
	}
}

// retrieve gives what the caller may see.
func (pc *PropertyCollector) retrieve(ctx *simulator.Context, request *types.RetrievePropertiesEx) ([]types.ObjectContent, *soap.Fault) {
	body := pc.PropertyCollector.RetrievePropertiesEx(ctx, request).(*methods.RetrievePropertiesExBody)
	if body.Fault_ != nil {
		return nil, body.Fault_
	}
	return permitted(body.Res.Returnval.Objects), nil
}

// RetrievePropertiesEx gives the first page.
func (pc *PropertyCollector) RetrievePropertiesEx(ctx *simulator.Context, request *types.RetrievePropertiesEx) soap.HasFault {
	objects, fault := pc.retrieve(ctx, request)
	if fault != nil {
		return &methods.RetrievePropertiesExBody{Fault_: fault}
	}
	page, token := pc.cut(objects, int(request.Options.MaxObjects))
	result := &types.RetrieveResult{Token: token, Objects: page}
	if len(page) == 0 {
		result = nil
	}
	return &methods.RetrievePropertiesExBody{Res: &types.RetrievePropertiesExResponse{Returnval: result}}
}

// ContinueRetrievePropertiesEx gives the next page, as long as the first.
func (pc *PropertyCollector) ContinueRetrievePropertiesEx(request *types.ContinueRetrievePropertiesEx) soap.HasFault {
	pc.mu.Lock()
	objects, known := pc.pages[request.Token]
	delete(pc.pages, request.Token)
	pc.mu.Unlock()
	if !known {
		return &methods.ContinueRetrievePropertiesExBody{
			Fault_: simulator.Fault("", &types.InvalidArgument{InvalidProperty: "token"}),
		}
	}
	size, _, _ := strings.Cut(request.Token, "-")
	limit, _ := strconv.Atoi(size)
	page, token := pc.cut(objects, limit)
	return &methods.ContinueRetrievePropertiesExBody{Res: &types.ContinueRetrievePropertiesExResponse{
		Returnval: types.RetrieveResult{Token: token, Objects: page},
	}}
}

// CancelRetrievePropertiesEx forgets the pages that are left.
func (pc *PropertyCollector) CancelRetrievePropertiesEx(request *types.CancelRetrievePropertiesEx) soap.HasFault {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	delete(pc.pages, request.Token)
	return &methods.CancelRetrievePropertiesExBody{Res: new(types.CancelRetrievePropertiesExResponse)}
}

func (pc *PropertyCollector) cut(objects []types.ObjectContent, limit int) ([]types.ObjectContent, string) {
	if limit <= 0 || len(objects) <= limit {
		return objects, ""
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.tokens++
	token := fmt.Sprintf("%d-%d", limit, pc.tokens)
	if pc.pages == nil {
		pc.pages = make(map[string][]types.ObjectContent)
	}
	pc.pages[token] = objects[limit:]
	return objects[:limit], token
}

// RetrieveProperties gives everything at once.
func (pc *PropertyCollector) RetrieveProperties(ctx *simulator.Context, request *types.RetrieveProperties) soap.HasFault {
	objects, fault := pc.retrieve(ctx, &types.RetrievePropertiesEx{This: request.This, SpecSet: request.SpecSet})
	if fault != nil {
		return &methods.RetrievePropertiesBody{Fault_: fault}
	}
	return &methods.RetrievePropertiesBody{Res: &types.RetrievePropertiesResponse{Returnval: objects}}
}

// CancelWaitForUpdates ends a call that waits.
func (pc *PropertyCollector) CancelWaitForUpdates(*types.CancelWaitForUpdates) soap.HasFault {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.cancel != nil {
		close(pc.cancel)
		pc.cancel = nil
	}
	return &methods.CancelWaitForUpdatesBody{Res: new(types.CancelWaitForUpdatesResponse)}
}

// WaitForUpdatesEx tells everything at first, and then what changed, in pages where the caller wants them.
func (pc *PropertyCollector) WaitForUpdatesEx(ctx *simulator.Context, request *types.WaitForUpdatesEx) soap.HasFault {
	limit, patience := 0, time.Duration(-1)
	if options := request.Options; options != nil {
		limit = int(options.MaxObjectUpdates)
		if options.MaxWaitSeconds != nil {
			patience = time.Duration(*options.MaxWaitSeconds) * time.Second
		}
	}
	if fault := pc.resume(ctx, request.Version); fault != nil {
		return &methods.WaitForUpdatesExBody{Fault_: fault}
	}
	if len(pc.rest) == 0 {
		if fault := pc.await(ctx, patience, request.Version == ""); fault != nil {
			return &methods.WaitForUpdatesExBody{Fault_: fault}
		}
	}
	if len(pc.rest) == 0 && request.Version != "" {
		return &methods.WaitForUpdatesExBody{Res: new(types.WaitForUpdatesExResponse)}
	}
	pc.version++
	update := &types.UpdateSet{Version: strconv.Itoa(pc.version)}
	update.FilterSet, pc.rest = page(pc.rest, limit)
	if len(pc.rest) > 0 {
		update.Truncated = types.NewBool(true)
	}
	return &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{Returnval: update}}
}

// resume checks the version; an empty one starts anew.
func (pc *PropertyCollector) resume(ctx *simulator.Context, version string) *soap.Fault {
	if version != "" {
		if pc.watch == nil || version != strconv.Itoa(pc.version) {
			return simulator.Fault("The version is not one that was given out last.", new(types.InvalidCollectorVersion))
		}
		return nil
	}
	pc.end()
	watch := newWatch()
	pc.mu.Lock()
	pc.watch = watch
	pc.rest = nil
	pc.mu.Unlock()
	simulator.Map.AddHandler(watch) // before it looks, so that nothing is missed
	if session, known := liveSessions.keyed(ctx.Session.Key); known {
		go func() {
			<-session.ended
			pc.end()
		}()
	}
	return nil
}

// await fills rest: with what is new, or with nothing after its patience is over.
func (pc *PropertyCollector) await(ctx *simulator.Context, patience time.Duration, once bool) *soap.Fault {
	watch := pc.watch
	cancel := make(chan struct{})
	pc.mu.Lock()
	pc.cancel = cancel
	pc.mu.Unlock()
	var over <-chan time.Time
	if patience >= 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		over = timer.C
	}
	ended := make(<-chan struct{})
	if session, known := liveSessions.keyed(ctx.Session.Key); known {
		ended = session.ended
	}
	for {
		fault := pc.look(ctx, watch)
		if fault != nil || len(pc.rest) > 0 || once {
			return fault
		}
		select {
		case <-watch.bell:
			time.Sleep(gathering)
		case <-over:
			return nil
		case <-cancel:
			return simulator.Fault("", new(types.RequestCanceled))
		case <-ended:
			return simulator.Fault("The session is not authenticated.", notAuthenticated(pc.Self))
		}
	}
}

// look turns what was heard into updates, filter by filter.
func (pc *PropertyCollector) look(ctx *simulator.Context, watch *watch) *soap.Fault {
	all := watch.take()
	for _, reference := range pc.Filter {
		filter, ok := ctx.Session.Get(reference).(*simulator.PropertyFilter)
		if !ok {
			continue
		}
		known, old := watch.known[reference]
		update := types.PropertyFilterUpdate{Filter: reference}
		var fault *soap.Fault
		if !old {
			known = make(map[types.ManagedObjectReference]bool)
			watch.known[reference] = known
			update.ObjectSet, fault = pc.first(ctx, &filter.Spec, known)
		} else {
			update.ObjectSet, fault = pc.changed(ctx, &filter.Spec, known, all)
		}
		if fault != nil {
			return fault
		}
		if len(update.ObjectSet) > 0 {
			pc.rest = append(pc.rest, update)
		}
	}
	return nil
}

// first tells everything a filter selects that is not known yet.
func (pc *PropertyCollector) first(
	ctx *simulator.Context, spec *types.PropertyFilterSpec, known map[types.ManagedObjectReference]bool,
) ([]types.ObjectUpdate, *soap.Fault) {
	objects, fault := pc.retrieve(ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{*spec}})
	var updates []types.ObjectUpdate
	for _, object := range objects {
		known[object.Obj] = true
		updates = append(updates, told(object, types.ObjectUpdateKindEnter))
	}
	return updates, fault
}

// changed tells what became of objects that a filter selects.
func (pc *PropertyCollector) changed(
	ctx *simulator.Context, spec *types.PropertyFilterSpec, known map[types.ManagedObjectReference]bool, all []heard,
) ([]types.ObjectUpdate, *soap.Fault) {
	var updates []types.ObjectUpdate
	modified := make(map[types.ManagedObjectReference][]string)
	var order []types.ManagedObjectReference
	anew := false
	for _, one := range all {
		switch one.kind {
		case types.ObjectUpdateKindEnter:
			anew = anew || !known[one.object] && wanted(spec, one.object)
		case types.ObjectUpdateKindLeave:
			if known[one.object] {
				delete(known, one.object)
				delete(modified, one.object)
				updates = append(updates, types.ObjectUpdate{Obj: one.object, Kind: types.ObjectUpdateKindLeave})
			}
		case types.ObjectUpdateKindModify:
			anew = anew || selects(spec, one.object)
			if known[one.object] {
				if _, seen := modified[one.object]; !seen {
					order = append(order, one.object)
				}
				modified[one.object] = append(modified[one.object], one.paths...)
			}
		}
	}
	for _, object := range order {
		if paths, still := modified[object]; still {
			updates = append(updates, pc.modified(ctx, spec, object, paths)...)
		}
	}
	if anew {
		more, fault := pc.entered(ctx, spec, known)
		return append(updates, more...), fault
	}
	return updates, nil
}

// modified reads the properties of one object that a filter wants and that changed.
func (pc *PropertyCollector) modified(
	ctx *simulator.Context, spec *types.PropertyFilterSpec, object types.ManagedObjectReference, paths []string,
) []types.ObjectUpdate {
	var properties []types.PropertySpec
	for _, property := range spec.PropSet {
		affected := types.PropertySpec{Type: property.Type}
		seen := make(map[string]bool)
		for _, path := range paths {
			if property.All != nil && *property.All {
				top, _, _ := strings.Cut(path, ".")
				if !seen[top] {
					seen[top] = true
					affected.PathSet = append(affected.PathSet, top)
				}
				continue
			}
			for _, wanted := range property.PathSet {
				if !seen[wanted] && overlap(wanted, path) {
					seen[wanted] = true
					affected.PathSet = append(affected.PathSet, wanted)
				}
			}
		}
		if len(affected.PathSet) > 0 {
			properties = append(properties, affected)
		}
	}
	if len(properties) == 0 {
		return nil
	}
	objects, fault := pc.retrieve(ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{{
		PropSet: properties, ObjectSet: []types.ObjectSpec{{Obj: object}},
	}}})
	if fault != nil || len(objects) == 0 {
		return nil // it is gone by now, and its leaving will be heard of next
	}
	update := told(objects[0], types.ObjectUpdateKindModify)
	for _, property := range properties {
		for _, path := range property.PathSet {
			if !has(update.ChangeSet, path) && len(update.MissingSet) == 0 {
				update.ChangeSet = append(update.ChangeSet, types.PropertyChange{Name: path, Op: types.PropertyChangeOpAssign})
			}
		}
	}
	if len(update.ChangeSet) == 0 {
		return nil
	}
	return []types.ObjectUpdate{update}
}

// entered finds what a filter selects now and did not before: first by name only, since that is cheap.
func (pc *PropertyCollector) entered(
	ctx *simulator.Context, spec *types.PropertyFilterSpec, known map[types.ManagedObjectReference]bool,
) ([]types.ObjectUpdate, *soap.Fault) {
	bare := types.PropertyFilterSpec{ObjectSet: spec.ObjectSet, ReportMissingObjectsInResults: types.NewBool(true)}
	for _, property := range spec.PropSet {
		bare.PropSet = append(bare.PropSet, types.PropertySpec{Type: property.Type})
	}
	objects, fault := pc.retrieve(ctx, &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{bare}})
	if fault != nil {
		return nil, fault
	}
	full := types.PropertyFilterSpec{PropSet: spec.PropSet, ReportMissingObjectsInResults: types.NewBool(true)}
	for _, object := range objects {
		if !known[object.Obj] {
			full.ObjectSet = append(full.ObjectSet, types.ObjectSpec{Obj: object.Obj})
		}
	}
	if len(full.ObjectSet) == 0 {
		return nil, nil
	}
	return pc.first(ctx, &full, known)
}

// page takes as many object updates as the caller wants, and gives what is left.
func page(updates []types.PropertyFilterUpdate, limit int) (now, later []types.PropertyFilterUpdate) {
	for _, update := range updates {
		switch {
		case limit <= 0:
			now = append(now, update)
		case len(later) > 0:
			later = append(later, update)
		default:
			room := limit
			for _, before := range now {
				room -= len(before.ObjectSet)
			}
			if len(update.ObjectSet) > room {
				left := update
				left.ObjectSet = update.ObjectSet[room:]
				later = append(later, left)
				update.ObjectSet = update.ObjectSet[:room]
			}
			if len(update.ObjectSet) > 0 {
				now = append(now, update)
			}
		}
	}
	return now, later
}
