// Command vcsim is a vCenter (or an ESXi host) for tests: govmomi's simulator with an estate that looks like one, the
// TLS, users and events that govmomi leaves out, and faults that can be switched on while it runs.
//
// It listens on loopback. Everything it writes is in the folder it is given: the certificate, the datastores' files, and
// the socket "control", where faults are switched. When it answers, it writes "ready" there, with the port it listens on.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const (
	usersFile   = "users.json"
	readyFile   = "ready"
	controlFile = "control"
)

func main() {
	var size Size
	folder := flag.String("dir", "", "the folder for everything it writes; users.json in it says who may log in")
	port := flag.Int("port", 0, "the port on loopback (0: any free one)")
	seed := flag.Int64("seed", 1, "another seed, another estate")
	identity := flag.String("identity", "vcsim", "another identity, another instanceUuid")
	apiVersion := flag.String("api-version", "6.5", "the API version it claims")
	delay := flag.Duration("delay", 0, "wait before each reply")
	bound := flag.Bool("bound", false, "end when standard input does")
	flag.BoolVar(&size.ESX, "esx", false, "a single ESXi host; only -vms and -portgroups count")
	flag.IntVar(&size.Datacenters, "datacenters", 2, "datacenters")
	flag.IntVar(&size.Clusters, "clusters", 2, "clusters in a datacenter")
	flag.IntVar(&size.Hosts, "hosts", 3, "hosts in a cluster")
	flag.IntVar(&size.Standalone, "standalone", 1, "hosts outside of clusters in a datacenter")
	flag.IntVar(&size.Pools, "pools", 2, "resource pools in a cluster")
	flag.IntVar(&size.VMs, "vms", 5, "VMs in a resource pool, and on a standalone host")
	flag.IntVar(&size.Portgroups, "portgroups", 8, "distributed portgroups with a VLAN of their own in a datacenter")
	flag.Parse()

	if err := os.Chdir(*folder); *folder == "" || err != nil {
		log.Fatalf("-dir: %v", err)
	}
	users, err := readUsers(usersFile)
	if err != nil {
		log.Fatal(err)
	}
	certificates, err := newCertificates()
	if err != nil {
		log.Fatal(err)
	}

	estate := build(size, *seed, *identity, *apiVersion)
	front := newFront(estate, users, *apiVersion)
	front.faults.set(Faults{DelayMS: int(*delay / time.Millisecond)})

	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: *port})
	if err != nil {
		log.Fatal(err)
	}
	_ = os.Remove(controlFile)
	control, err := net.Listen("unix", controlFile)
	if err != nil {
		log.Fatal(err)
	}

	api := &http.Server{Handler: front, TLSConfig: certificates.config(), ReadHeaderTimeout: time.Minute}
	go func() { log.Fatal(http.Serve(control, controls(front, certificates))) }()
	go func() {
		if err := api.ServeTLS(listener, "", ""); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	if err := announce(listener.Addr().(*net.TCPAddr).Port); err != nil {
		log.Fatal(err)
	}

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	if *bound {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			ended <- syscall.SIGTERM
		}()
	}
	<-ended
	brief, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = api.Shutdown(brief) // whoever still waits for updates is cut off
	if files, err := filepath.EvalSymlinks("datastores"); err == nil {
		_ = os.RemoveAll(files)
	}
}

// announce writes the file that tells the starter where it listens: whole, or not at all.
func announce(port int) error {
	text, err := json.Marshal(map[string]int{"port": port})
	if err != nil {
		return err
	}
	if err := os.WriteFile(readyFile+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(readyFile+".new", readyFile)
}
