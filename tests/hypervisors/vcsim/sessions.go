package main

import (
	"net/http"
	"sync"

	"github.com/vmware/govmomi/vim25/soap"
)

// Session is somebody who logged in over SOAP.
type Session struct {
	key   string
	user  User
	ended chan struct{} // closed when it ends, by logout or otherwise
}

// Sessions are those that have not ended.
type Sessions struct {
	mu  sync.Mutex
	all map[string]*Session
}

func newSessions() *Sessions {
	return &Sessions{all: make(map[string]*Session)}
}

// begin remembers who got the session that a reply to a login carries.
func (s *Sessions) begin(w *reply, user User) {
	response := http.Response{Header: w.header}
	for _, cookie := range response.Cookies() {
		if cookie.Name == soap.SessionCookieName {
			s.mu.Lock()
			s.all[cookie.Value] = &Session{cookie.Value, user, make(chan struct{})}
			s.mu.Unlock()
		}
	}
}

// of gives the session a request belongs to.
func (s *Sessions) of(r *http.Request) (*Session, bool) {
	cookie, err := r.Cookie(soap.SessionCookieName)
	if err != nil {
		return nil, false
	}
	return s.keyed(cookie.Value)
}

func (s *Sessions) keyed(key string) (*Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, known := s.all[key]
	return session, known
}

func (s *Sessions) end(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.all[session.key]; known {
		delete(s.all, session.key)
		close(session.ended)
	}
}

// expire ends all sessions, as if they had been idle for too long.
func (s *Sessions) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, session := range s.all {
		delete(s.all, key)
		close(session.ended)
	}
}
