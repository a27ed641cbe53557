package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Role says what somebody may do.
type Role string

const (
	Administrator Role = "administrator"
	Reader        Role = "reader"    // looks, and is refused everything else
	Locked        Role = "locked"    // had too many wrong passwords
	Forbidden     Role = "forbidden" // can prove who they are, and may see nothing
)

// User is one account.
type User struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Role     Role   `json:"role"`
}

// actor is how a vCenter calls in events who logged in as alice@vsphere.local: VSPHERE.LOCAL\alice.
func (u User) actor() string {
	if name, domain, ok := strings.Cut(u.Name, "@"); ok {
		return strings.ToUpper(domain) + `\` + name
	}
	return u.Name
}

// Users are all accounts, by name.
type Users map[string]User

func readUsers(file string) (Users, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []User
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	users := make(Users)
	for _, user := range all {
		users[user.Name] = user
	}
	return users, nil
}

// check gives the account if the password is right.
func (u Users) check(name, password string) (User, bool) {
	user, known := u[name]
	return user, known && user.Password == password
}
