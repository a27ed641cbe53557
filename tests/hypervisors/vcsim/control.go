package main

import (
	"encoding/json"
	"net/http"
	"sync"
)

// Traffic is what one method cost so far; bytes are counted before compression.
type Traffic struct {
	Requests      int `json:"requests"`
	RequestBytes  int `json:"request_bytes"`
	ResponseBytes int `json:"response_bytes"`
}

// Requests counts what was asked, by method, or by path for what is not SOAP.
type Requests struct {
	mu  sync.Mutex
	all map[string]Traffic
}

func newRequests() *Requests {
	return &Requests{all: make(map[string]Traffic)}
}

func (r *Requests) count(method string, request, response int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	traffic := r.all[method]
	traffic.Requests++
	traffic.RequestBytes += request
	traffic.ResponseBytes += response
	r.all[method] = traffic
}

// controls is what the control socket offers. Whoever can open it may do everything.
func controls(front *Front, certificates *Certificates) http.Handler {
	mux := http.NewServeMux()
	put := func(path string, act func(*json.Decoder) error) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			decoder := json.NewDecoder(r.Body)
			decoder.DisallowUnknownFields()
			if err := act(decoder); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	put("/faults", func(body *json.Decoder) error {
		var faults Faults
		if err := body.Decode(&faults); err != nil {
			return err
		}
		front.faults.set(faults)
		return nil
	})
	put("/alarm", func(body *json.Decoder) error {
		var wanted Triggering
		if err := body.Decode(&wanted); err != nil {
			return err
		}
		return front.trigger(&wanted)
	})
	put("/expire", func(*json.Decoder) error {
		front.sessions.expire()
		front.tags.expire()
		return nil
	})
	put("/certificate", func(body *json.Decoder) error {
		var name string
		if err := body.Decode(&name); err != nil {
			return err
		}
		return certificates.show(name)
	})
	mux.HandleFunc("/requests", func(w http.ResponseWriter, _ *http.Request) {
		front.requests.mu.Lock()
		defer front.requests.mu.Unlock()
		_ = json.NewEncoder(w).Encode(front.requests.all)
	})
	return mux
}
