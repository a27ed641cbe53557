package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	modern        = "/api/"
	modernSession = "/api/session"
	modernTagging = "/api/cis/tagging"
)

// firstModern is the version of vCenter from which on it has /api, beside /rest: 7.0 Update 2.
var firstModern = []int{7, 0, 2}

// serveModern serves what lies below /api in terms of /rest: addresses and bodies are simpler there, results are not
// wrapped, and the status says more.
func (t *Tags) serveModern(w *reply, r *http.Request, request []byte) {
	address, known := legacy(r.URL)
	if !known {
		refuse(w, http.StatusNotFound, "NOT_FOUND")
		return
	}
	creates := r.Method == http.MethodPost && address.RawQuery == ""
	if creates && address.Path != restSession {
		request = within("create_spec", request)
	} else if r.Method == http.MethodPatch {
		request = within("update_spec", request)
	}
	inner := r.Clone(r.Context())
	inner.URL = address
	answer := newReply()
	t.serve(answer, inner, request)

	w.header["Set-Cookie"] = answer.header["Set-Cookie"]
	switch answer.status {
	case http.StatusOK:
		result(w, answer, creates)
	case http.StatusUnauthorized:
		refuse(w, answer.status, "UNAUTHENTICATED")
	case http.StatusForbidden:
		refuse(w, answer.status, "UNAUTHORIZED")
	case http.StatusNotFound:
		refuse(w, answer.status, "NOT_FOUND")
	case http.StatusBadRequest:
		kind := "INVALID_ARGUMENT"
		if strings.Contains(answer.body.String(), "already_exists") {
			kind = "ALREADY_EXISTS"
		}
		refuse(w, answer.status, kind)
	default:
		refuse(w, answer.status, "ERROR")
	}
}

// legacy gives the address below /rest of one below /api.
func legacy(address *url.URL) (*url.URL, bool) {
	query := url.Values{}
	if action := address.Query().Get("action"); action != "" {
		query.Set("~action", action)
	}
	if address.Path == modernSession {
		return &url.URL{Path: restSession, RawQuery: query.Encode()}, true
	}
	kind, id, one := strings.Cut(strings.TrimPrefix(address.Path, modernTagging+"/"), "/")
	if !strings.HasPrefix(address.Path, modernTagging+"/") || strings.Contains(id, "/") {
		return nil, false
	}
	path := tagging + "/" + kind
	if one {
		path += "/id:" + id
	}
	return &url.URL{Path: path, RawQuery: query.Encode()}, true
}

func within(name string, content []byte) []byte {
	wrapped, err := json.Marshal(map[string]json.RawMessage{name: content})
	if err != nil {
		return content // it is no JSON, and will be refused as such
	}
	return wrapped
}

// result writes what /rest answered as /api does.
func result(w, answer *reply, created bool) {
	var given struct {
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(answer.body.Bytes(), &given) != nil || given.Value == nil {
		w.status = http.StatusNoContent
		return
	}
	if created {
		w.status = http.StatusCreated
	}
	if string(given.Value) == "null" {
		given.Value = json.RawMessage("[]") // no results, as Go writes them
	}
	w.header.Set("Content-Type", "application/json")
	_, _ = w.Write(given.Value)
}

func refuse(w *reply, status int, kind string) {
	w.status = status
	w.header.Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"error_type": kind, "messages": []string{}})
}

// since says whether a version, such as 8.0.2.0, is at least another.
func since(version string, first []int) bool {
	parts := strings.Split(version, ".")
	for i, least := range first {
		number := 0
		if i < len(parts) {
			number, _ = strconv.Atoi(parts[i])
		}
		if number != least {
			return number > least
		}
	}
	return true
}
