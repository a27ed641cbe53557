package main

import (
	"net/http"
	"sync"
	"time"
)

// Faults is what is wrong with the replies, as the control socket sets it.
type Faults struct {
	// Reply is what becomes of a reply: "" (it comes), "drop" (the connection is cut instead), "garbage" (it is no SOAP),
	// "half" (the connection is cut in its middle), "silence" (it never comes), "unavailable" (HTTP status 503), "whole"
	// (all of a file where a range was asked for).
	Reply string `json:"reply"`
	// Methods limits Reply to these methods ("WaitForUpdatesEx"); none: all.
	Methods []string `json:"methods"`
	// DelayMS is waited before each reply, in milliseconds.
	DelayMS int `json:"delay_ms"`
	// Denied names entities; they and everything below them may not be read.
	Denied []string `json:"denied"`
	// Hidden says that what is denied is not even seen to exist; otherwise its properties are missing.
	Hidden bool `json:"hidden"`
	// Busy is how many of the next changes of VMs fail with TaskInProgress, as during a migration.
	Busy int `json:"busy"`
}

type faultSwitch struct {
	mu      sync.Mutex
	current Faults
	changed chan struct{} // closed when other faults are set, to end silences
}

func newFaultSwitch() *faultSwitch {
	return &faultSwitch{changed: make(chan struct{})}
}

func (s *faultSwitch) get() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *faultSwitch) set(faults Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = faults
	close(s.changed)
	s.changed = make(chan struct{})
}

// busy counts down what is set as Busy.
func (s *faultSwitch) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Busy == 0 {
		return false
	}
	s.current.Busy--
	return true
}

func (f *Faults) concerns(method string) bool {
	if len(f.Methods) == 0 {
		return true
	}
	for _, one := range f.Methods {
		if one == method {
			return true
		}
	}
	return false
}

// deliver sends the reply, or what the faults make of it.
func (s *faultSwitch) deliver(w http.ResponseWriter, r *http.Request, method string, reply *reply) {
	s.mu.Lock()
	faults, changed := s.current, s.changed
	s.mu.Unlock()

	if !pause(r, time.Duration(faults.DelayMS)*time.Millisecond) {
		return
	}
	if !faults.concerns(method) {
		faults.Reply = ""
	}
	switch faults.Reply {
	case "drop":
		cut(w)
	case "garbage":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>\x00\xff<body>502 Bad Gateway<br></html>"))
	case "half":
		reply.start(w, r)
		_, _ = w.Write(reply.body.Bytes()[:reply.body.Len()/2])
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		cut(w)
	case "silence":
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		cut(w)
	case "unavailable":
		http.Error(w, "503 Service Unavailable (Failed to connect to endpoint)", http.StatusServiceUnavailable)
	default:
		reply.start(w, r)
		_, _ = w.Write(reply.body.Bytes())
	}
}

// pause waits, and says whether the caller is still there.
func pause(r *http.Request, duration time.Duration) bool {
	if duration <= 0 {
		return true
	}
	select {
	case <-time.After(duration):
		return true
	case <-r.Context().Done():
		return false
	}
}

func cut(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if connection, _, err := hijacker.Hijack(); err == nil {
			_ = connection.Close()
		}
	}
}
