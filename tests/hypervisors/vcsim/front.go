package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Front stands before govmomi's simulator and sees every request first: it knows who calls, refuses what they may not do,
// adds what the simulator leaves out, and hands the replies over to the faults.
type Front struct {
	users      Users
	faults     *faultSwitch
	sessions   *Sessions
	requests   *Requests
	service    *simulator.Service
	tags       *Tags
	estate     *Estate
	journal    *Journal
	apiVersion string

	acts sync.Mutex // one change of the estate at a time
}

func newFront(estate *Estate, users Users, apiVersion string) *Front {
	estate.service.Listen = &url.URL{} // without a user in it the simulator takes any; the front has checked before
	estate.service.RegisterSDK(simulator.Map)
	front := &Front{
		users:      users,
		faults:     theFaults,
		sessions:   liveSessions,
		requests:   newRequests(),
		service:    estate.service,
		estate:     estate,
		journal:    estate.journal,
		apiVersion: apiVersion,
	}
	front.tags = newTags(front)
	if err := front.tags.fill(estate.categories); err != nil {
		log.Fatal(err)
	}
	return front
}

// Call is one SOAP request of somebody who may make it.
type Call struct {
	*simulator.Method
	User User
}

func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := newReply()
	method := r.URL.Path
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/sdk") && r.Method == http.MethodPost:
		method = f.serveSOAP(reply, r, request)
	case r.URL.Path == "/sdk/vimServiceVersions.xml":
		fmt.Fprintf(reply, versions, f.apiVersion)
	case strings.HasPrefix(r.URL.Path, "/rest/"):
		method, _, _ = strings.Cut(method, "/id:")
		f.tags.serve(reply, r, request)
	case strings.HasPrefix(r.URL.Path, modern) && since(f.apiVersion, firstModern):
		method, _, _ = strings.Cut(method, "/urn:")
		f.tags.serveModern(reply, r, request)
	case strings.HasPrefix(r.URL.Path, "/folder/"):
		method = "/folder"
		f.serveFile(reply, r)
	default:
		http.NotFound(reply, r)
	}
	f.requests.count(method, len(request), reply.body.Len())
	f.faults.deliver(w, r, method, reply)
}

const versions = `<?xml version="1.0" encoding="UTF-8" ?>
<namespaces version="1.0"><namespace><name>urn:vim25</name><version>%s</version>
<priorVersions><version>6.0</version><version>5.5</version></priorVersions></namespace></namespaces>
`

// serveSOAP gives the method's name.
func (f *Front) serveSOAP(w *reply, r *http.Request, request []byte) string {
	defer func() {
		if cause := recover(); cause != nil {
			log.Printf("%v\n%s", cause, debug.Stack())
			w.fault(fmt.Sprintf("A general system error occurred: %v", cause), new(types.SystemError))
		}
	}()
	method, err := simulator.UnmarshalBody(typeNamed, request)
	if err != nil {
		w.fault(err.Error(), new(types.InvalidRequest))
		return "?"
	}
	session, known := f.sessions.of(r)
	if !known && !open(method) {
		w.fault("The session is not authenticated.", notAuthenticated(method.This))
		return method.Name
	}
	if login, ok := method.Body.(*types.Login); ok {
		f.login(w, r, request, login)
		return method.Name
	}
	if faults := theFaults.get(); known && len(faults.Denied) > 0 && denied(&faults, method.This) {
		w.fault("Permission to perform this operation was denied.", noPermission(method.This, "System.Read"))
		return method.Name
	}
	if result := f.answer(method, session); result != nil {
		w.soap(result)
		return method.Name
	}
	if known && changes(method) {
		f.change(w, r, request, &Call{method, session.user})
		return method.Name
	}
	f.forward(w, r, request)
	if method.Name == "Logout" {
		f.sessions.end(session)
	}
	return method.Name
}

func (f *Front) login(w *reply, r *http.Request, request []byte, login *types.Login) {
	user, right := f.users.check(login.UserName, login.Password)
	switch {
	case user.Role == Locked:
		w.fault("Cannot complete login: the user account is locked.", new(types.InvalidLogin))
	case !right:
		w.fault("Cannot complete login due to an incorrect user name or password.", new(types.InvalidLogin))
	case user.Role == Forbidden:
		w.fault("Permission to perform this operation was denied.", noPermission(simulator.Map.Get(f.estate.root).Reference(), "System.View"))
	default:
		typed, known := []byte(">"+login.UserName+"<"), []byte(">"+user.actor()+"<")
		f.forward(w, r, bytes.Replace(request, typed, known, 1))
		f.sessions.begin(w, user)
	}
}

// forward lets govmomi's simulator answer. It panics where Fetch asks for a property that is unset.
func (f *Front) forward(w *reply, r *http.Request, request []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			if !bytes.Contains(request, []byte("<Fetch ")) {
				panic(cause)
			}
			w.nothingFetched()
		}
	}()
	inner := r.Clone(r.Context())
	inner.URL.Path = simulator.Map.Path
	inner.Body = io.NopCloser(bytes.NewReader(request))
	f.service.ServeSDK(w, inner)
}

// answer gives what the simulator would answer wrongly; nil: let it answer.
func (f *Front) answer(method *simulator.Method, session *Session) soap.HasFault {
	switch request := method.Body.(type) {
	case *types.QueryEvents:
		return f.journal.query(request)
	case *types.CreateCollectorForEvents:
		return f.journal.createCollector(session, request)
	case *types.FetchDVPorts:
		return f.estate.ports.fetch(request)
	case *types.HasPrivilegeOnEntities:
		return privileges(request, session)
	}
	return nil
}

// open says whether a method may be called without a session.
func open(method *simulator.Method) bool {
	switch method.Name {
	case "RetrieveServiceContent", "Login", "CurrentTime":
		return true
	}
	return false
}

// changes says whether a method may change the estate.
func changes(method *simulator.Method) bool {
	switch method.This.Type {
	case "PropertyCollector", "PropertyFilter", "ContainerView", "ListView", "ViewManager", "EventManager",
		"EventHistoryCollector", "SessionManager", "ServiceInstance", "PerformanceManager", "SearchIndex", "TaskManager",
		"Task", "OptionManager", "AuthorizationManager":
		return false
	}
	for _, prefix := range []string{"Fetch", "Query", "Retrieve", "Find", "Refresh"} {
		if strings.HasPrefix(method.Name, prefix) {
			return false
		}
	}
	return true
}

func notAuthenticated(object types.ManagedObjectReference) *types.NotAuthenticated {
	return &types.NotAuthenticated{NoPermission: *noPermission(object, "System.View")}
}

func noPermission(object types.ManagedObjectReference, privilege string) *types.NoPermission {
	return &types.NoPermission{Object: object, PrivilegeId: privilege}
}

// typeNamed knows a type by its name in XML, with a name space's prefix or without.
func typeNamed(name string) (reflect.Type, bool) {
	if kind, ok := types.TypeFunc()(name); ok {
		return kind, true
	}
	_, bare, _ := strings.Cut(name, ":")
	return types.TypeFunc()(bare)
}
