package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	rest "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	tagging       = "/rest/com/vmware/cis/tagging"
	restSession   = "/rest/com/vmware/cis/session"
	restSessionID = "Vmware-Api-Session-Id"
)

// Tags is the Automation API: sessions, categories, tags, and what they are attached to.
type Tags struct {
	front   *Front
	handler http.Handler

	mu       sync.Mutex
	sessions map[string]User // by session id
}

func newTags(front *Front) *Tags {
	tags := &Tags{front: front, sessions: make(map[string]User)}
	if simulator.Map.IsVPX() { // an ESXi host has none
		_, tags.handler = rest.New(&url.URL{}, nil)
	}
	return tags
}

func (t *Tags) serve(w *reply, r *http.Request, request []byte) {
	if t.handler == nil {
		http.NotFound(w, r)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(request))
	if r.URL.Path == restSession && r.Method == http.MethodPost && r.URL.RawQuery == "" {
		t.login(w, r)
		return
	}
	user, known := t.user(r)
	if !known {
		http.Error(w, `{"type":"com.vmware.vapi.std.errors.unauthenticated"}`, http.StatusUnauthorized)
		return
	}
	if attaches(r) && user.Role != Administrator {
		http.Error(w, `{"type":"com.vmware.vapi.std.errors.unauthorized"}`, http.StatusForbidden)
		return
	}
	t.handler.ServeHTTP(w, r)
	if w.status == http.StatusOK {
		t.tell(user, r, request)
	}
}

// tell writes the event of a tag that was attached to an object, or detached.
func (t *Tags) tell(user User, r *http.Request, request []byte) {
	action := r.URL.Query().Get("~action")
	if action != "attach" && action != "detach" {
		return
	}
	var body struct {
		Object struct{ Type, ID string } `json:"object_id"`
	}
	if json.Unmarshal(request, &body) != nil {
		return
	}
	object := types.ManagedObjectReference{Type: body.Object.Type, Value: body.Object.ID}
	tag := t.name(strings.TrimPrefix(path.Base(r.URL.Path), "id:"), r)
	event := &types.EventEx{
		Event: about(object), EventTypeId: "com.vmware.cis.tagging." + action, Severity: "info",
		ObjectId: object.Value, ObjectType: object.Type, ObjectName: named(object).Name,
		Arguments: []types.KeyAnyValue{
			{Key: "User", Value: user.actor()}, {Key: "Tag", Value: tag}, {Key: "Object", Value: named(object).Name},
		},
	}
	event.FullFormattedMessage = fmt.Sprintf("User %s %sed tag %s, object %s", user.actor(), action, tag, event.ObjectName)
	t.front.journal.post(user.actor(), event)
}

// name asks for a tag's name in the session of a request.
func (t *Tags) name(id string, r *http.Request) string {
	request := r.Clone(r.Context())
	request.Method, request.URL = http.MethodGet, &url.URL{Path: tagging + "/tag/id:" + id}
	reply := newReply()
	t.handler.ServeHTTP(reply, request)
	var given struct {
		Value struct {
			Name string `json:"name"`
		} `json:"value"`
	}
	if json.Unmarshal(reply.body.Bytes(), &given) != nil {
		return id
	}
	return given.Value.Name
}

func (t *Tags) login(w *reply, r *http.Request) {
	name, password, _ := r.BasicAuth()
	user, right := t.front.users.check(name, password)
	if !right || user.Role == Locked || user.Role == Forbidden {
		http.Error(w, `{"type":"com.vmware.vapi.std.errors.unauthenticated"}`, http.StatusUnauthorized)
		return
	}
	t.handler.ServeHTTP(w, r)
	var given struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(w.body.Bytes(), &given) == nil {
		t.mu.Lock()
		t.sessions[given.Value] = user
		t.mu.Unlock()
	}
}

func (t *Tags) user(r *http.Request) (User, bool) {
	id := r.Header.Get(restSessionID)
	if cookie, err := r.Cookie(strings.ToLower(restSessionID)); id == "" && err == nil {
		id = cookie.Value
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	user, known := t.sessions[id]
	return user, known
}

func (t *Tags) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions = make(map[string]User)
}

// attaches says whether a request changes which tags there are or what they are attached to.
func attaches(r *http.Request) bool {
	action := r.URL.Query().Get("~action")
	return strings.HasPrefix(action, "attach") || strings.HasPrefix(action, "detach") ||
		(action == "" && r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, tagging))
}

// fill makes categories with tags, and attaches them.
func (t *Tags) fill(categories []Category) error {
	if t.handler == nil {
		return nil
	}
	id, err := t.post(restSession, "", nil)
	if err != nil {
		return err
	}
	for _, category := range categories {
		made, err := t.post(tagging+"/category", id, map[string]any{"create_spec": map[string]any{
			"name": category.Name, "description": "", "cardinality": category.Cardinality, "associable_types": []string{},
		}})
		if err != nil {
			return err
		}
		for _, tag := range category.Tags {
			tagged, err := t.post(tagging+"/tag", id, map[string]any{"create_spec": map[string]any{
				"name": tag.Name, "description": "", "category_id": made,
			}})
			if err != nil {
				return err
			}
			_, err = t.post(tagging+"/tag-association/id:"+tagged+"?~action=attach-tag-to-multiple-objects", id,
				map[string]any{"object_ids": objectIDs(tag.Objects)})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func objectIDs(references []types.ManagedObjectReference) []map[string]string {
	ids := make([]map[string]string, 0, len(references))
	for _, reference := range references {
		ids = append(ids, map[string]string{"type": reference.Type, "id": reference.Value})
	}
	return ids
}

// post asks the simulator's own handler, past the front, and gives the value it answers.
func (t *Tags) post(address, session string, body any) (string, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	request.Header.Set(restSessionID, session)
	if session == "" {
		request.SetBasicAuth("builder", "builder")
	}
	reply := newReply()
	t.handler.ServeHTTP(reply, request)
	if reply.status != http.StatusOK {
		return "", fmt.Errorf("%s: %d %s", address, reply.status, reply.body.String())
	}
	var given struct {
		Value string `json:"value"`
	}
	if reply.body.Len() == 0 {
		return "", nil
	}
	return given.Value, json.Unmarshal(reply.body.Bytes(), &given)
}

// Category is a set of tags of which an object has one, or several.
type Category struct {
	Name        string
	Cardinality string
	Tags        []Tag
}

// Tag is attached to objects.
type Tag struct {
	Name    string
	Objects []types.ManagedObjectReference
}
