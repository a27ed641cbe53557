package main

import (
	"context"
	"fmt"
	"log"
	"math/rand"
	"os"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// builder is who made the estate, in its first events.
const builder = `VSPHERE.LOCAL\Administrator`

// Size is how much of everything there is.
type Size struct {
	ESX                                                              bool
	Datacenters, Clusters, Hosts, Standalone, Pools, VMs, Portgroups int
}

// Estate is what was built.
type Estate struct {
	service    *simulator.Service
	root       types.ManagedObjectReference
	categories []Category
	ports      *Ports
	journal    *Journal
}

// site is a datacenter while it is built.
type site struct {
	*construction
	code     string // short name, in the names of what belongs to it
	number   int
	dc       *simulator.Datacenter
	hosts    []*simulator.HostSystem
	networks []*network
	folders  map[string]*simulator.Folder // of VMs, by role
}

type construction struct {
	ctx      *simulator.Context
	size     Size
	dice     *rand.Rand
	identity string
	vms      int
	tagged   map[string][]types.ManagedObjectReference // by tag
	fields   map[string]int32                          // keys of custom attributes
}

var places = []struct{ name, code string }{
	{"Frankfurt", "fra"}, {"Amsterdam", "ams"}, {"Dublin", "dub"}, {"Milano", "mil"}, {"Paris", "par"}, {"Warszawa", "waw"},
}

// build makes an estate, the same one each time it is told the same. It ends the program if the simulator refuses.
func build(size Size, seed int64, identity, apiVersion string) *Estate {
	usual := debug.SetGCPercent(400) // nothing made here is garbage soon
	defer func() {
		debug.SetGCPercent(usual)
		debug.FreeOSMemory()
	}()
	model := simulator.VPX()
	if size.ESX {
		model = simulator.ESX()
	}
	model.Datacenter, model.Cluster, model.Host, model.Machine, model.Portgroup, model.Datastore = 0, 0, 0, 0, 0, 0
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	instance := simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance)
	about := &instance.Content.About
	about.ApiVersion = apiVersion
	if !size.ESX {
		about.InstanceUuid = uuid.NewSHA1(uuid.NameSpaceURL, []byte("vcsim:"+identity)).String()
	}

	collector := new(PropertyCollector)
	collector.Self = instance.Content.PropertyCollector
	simulator.Map.Put(collector)
	estate := &Estate{service: model.Service, ports: newPorts()}

	c := &construction{
		ctx:      acting(builder),
		size:     size,
		dice:     rand.New(rand.NewSource(seed)),
		identity: identity,
		tagged:   make(map[string][]types.ManagedObjectReference),
		fields:   make(map[string]int32),
	}
	if size.ESX {
		c.host()
	} else {
		c.customAttributes()
		for number := 0; number < size.Datacenters; number++ {
			c.datacenter(number)
		}
	}
	estate.root, estate.categories = instance.Content.RootFolder, c.categories()
	estate.settle()
	estate.journal = newJournal()
	return estate
}

// acting is the context of calls that somebody makes past the network.
func acting(user string) *simulator.Context {
	return &simulator.Context{
		Context: context.Background(),
		Map:     simulator.Map,
		Session: &simulator.Session{
			UserSession: types.UserSession{UserName: user},
			Registry:    simulator.NewRegistry(),
		},
	}
}

// get gives an object of the estate, which must be there.
func get[T any](reference types.ManagedObjectReference) T {
	return simulator.Map.Get(reference).(T)
}

// made gives what a task made.
func made(task types.ManagedObjectReference) types.ManagedObjectReference {
	info := get[*simulator.Task](task).Info
	if info.Error != nil {
		log.Fatalf("%s: %#v", info.DescriptionId, info.Error.Fault)
	}
	reference, _ := info.Result.(types.ManagedObjectReference)
	return reference
}

// host fills a single ESXi host.
func (c *construction) host() {
	reference := simulator.Map.Any("HostSystem").Reference()
	host := get[*simulator.HostSystem](reference)
	dc := get[*simulator.Datacenter](simulator.Map.Any("Datacenter").Reference())
	s := &site{construction: c, code: "esx", dc: dc, hosts: []*simulator.HostSystem{host}}
	s.datastore("datastore1", s.hosts)
	s.standardPortgroups()
	pool := get[*mo.ComputeResource](*host.Parent).ResourcePool
	folder := get[*simulator.Folder](dc.VmFolder)
	for range make([]struct{}, c.size.VMs) {
		s.machine(s.someRole(), folder, *pool, host, "datastore1")
	}
}

func (c *construction) datacenter(number int) {
	place := places[number%len(places)]
	name, code := place.name, place.code
	if number >= len(places) {
		name, code = fmt.Sprintf("%s %d", name, number/len(places)+1), fmt.Sprintf("%s%d", code, number/len(places)+1)
	}
	root := get[*simulator.Folder](get[*simulator.ServiceInstance](vim25.ServiceInstance).Content.RootFolder)
	created := root.CreateDatacenter(c.ctx, &types.CreateDatacenter{This: root.Self, Name: name})
	s := &site{construction: c, code: code, number: number}
	s.dc = get[*simulator.Datacenter](created.(*methods.CreateDatacenterBody).Res.Returnval)
	s.vmFolders()

	dvs := s.distributedSwitch()
	hostFolder := get[*simulator.Folder](s.dc.HostFolder)
	var clusters []*simulator.ClusterComputeResource
	for i := 1; i <= c.size.Clusters; i++ {
		spec := &types.CreateClusterEx{This: hostFolder.Self, Name: fmt.Sprintf("%s-cluster-%02d", code, i)}
		reference := hostFolder.CreateClusterEx(c.ctx, spec).(*methods.CreateClusterExBody).Res.Returnval
		cluster := get[*simulator.ClusterComputeResource](reference)
		clusters = append(clusters, cluster)
		for j := 1; j <= c.size.Hosts; j++ {
			add := &types.AddHost_Task{This: reference, AsConnected: true}
			add.Spec.HostName = fmt.Sprintf("esx%02d-%02d.%s.example.net", i, j, code)
			s.furnish(made(cluster.AddHostTask(add).(*methods.AddHost_TaskBody).Res.Returnval))
		}
	}
	var standalone []*simulator.HostSystem
	for i := 1; i <= c.size.Standalone; i++ {
		add := &types.AddStandaloneHost_Task{This: hostFolder.Self, AddConnected: true}
		add.Spec.HostName = fmt.Sprintf("edge%02d.%s.example.net", i, code)
		task := hostFolder.AddStandaloneHostTask(c.ctx, add).(*methods.AddStandaloneHost_TaskBody).Res.Returnval
		standalone = append(standalone, s.furnish(made(task)))
	}

	s.join(dvs)
	s.standardPortgroups()
	shared := code + "-san-01"
	s.datastore(shared, s.hosts)
	for i, host := range s.hosts {
		s.datastore(fmt.Sprintf("%s-local-%02d", code, i+1), []*simulator.HostSystem{host})
	}
	s.distributedPortgroups(dvs)

	for _, cluster := range clusters {
		s.populate(cluster, shared)
	}
	for _, host := range standalone {
		pool := get[*mo.ComputeResource](*host.Parent).ResourcePool
		for range make([]struct{}, c.size.VMs) {
			role := s.someRole()
			s.machine(role, s.folder(role), *pool, host, shared)
		}
	}
	s.template(shared)
}

// furnish gives a new host hardware of its own.
func (s *site) furnish(reference types.ManagedObjectReference) *simulator.HostSystem {
	host := get[*simulator.HostSystem](reference)
	host.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	host.Runtime.PowerState = types.HostSystemPowerStatePoweredOn
	models := []struct {
		vendor, model, cpu string
		cores              int16
		memoryGB           int64
	}{
		{"Dell Inc.", "PowerEdge R750", "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz", 64, 1024},
		{"HPE", "ProLiant DL385 Gen10 Plus", "AMD EPYC 7543 32-Core Processor", 64, 512},
		{"Cisco Systems Inc", "UCSB-B200-M5", "Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz", 40, 768},
	}
	chosen := models[s.dice.Intn(len(models))]
	hardware := host.Summary.Hardware
	hardware.Vendor, hardware.Model, hardware.CpuModel = chosen.vendor, chosen.model, chosen.cpu
	hardware.NumCpuCores, hardware.NumCpuThreads, hardware.NumCpuPkgs = chosen.cores, 2*chosen.cores, 2
	hardware.MemorySize = chosen.memoryGB << 30
	host.Hardware.SystemInfo.Vendor, host.Hardware.SystemInfo.Model = chosen.vendor, chosen.model
	host.Hardware.MemorySize = hardware.MemorySize
	s.hosts = append(s.hosts, host)
	return host
}

// datastore makes one datastore that several hosts mount.
func (s *site) datastore(name string, hosts []*simulator.HostSystem) {
	path := "datastores/" + name
	if err := os.MkdirAll(path, 0o700); err != nil {
		log.Fatal(err)
	}
	first := get[*simulator.HostDatastoreSystem](*hosts[0].ConfigManager.DatastoreSystem)
	created := first.CreateLocalDatastore(s.ctx, &types.CreateLocalDatastore{Name: name, Path: path})
	reference := created.(*methods.CreateLocalDatastoreBody).Res.Returnval
	datastore := get[*simulator.Datastore](reference)
	datastore.Summary.Type = "VMFS"
	datastore.Summary.Capacity = 20 << 40
	datastore.Summary.FreeSpace = 18 << 40
	for _, host := range hosts[1:] {
		system := get[*simulator.HostDatastoreSystem](*host.ConfigManager.DatastoreSystem)
		system.Datastore = append(system.Datastore, reference)
		host.Datastore = system.Datastore
		mount := datastore.Host[0]
		mount.Key = host.Self
		datastore.Host = append(datastore.Host, mount)
		compute := computeResource(host)
		simulator.Map.AddReference(compute, &compute.Datastore, reference)
	}
}

// computeResource is what a host belongs to: its cluster, or a resource of its own.
func computeResource(host *simulator.HostSystem) *mo.ComputeResource {
	switch parent := simulator.Map.Get(*host.Parent).(type) {
	case *simulator.ClusterComputeResource:
		return &parent.ComputeResource
	case *mo.ComputeResource:
		return parent
	}
	return nil
}

func (c *construction) customAttributes() {
	manager := simulator.Map.CustomFieldsManager()
	for _, name := range []string{"Owner", "Cost centre", "Last backup"} {
		add := manager.AddCustomFieldDef(&types.AddCustomFieldDef{This: manager.Self, Name: name, MoType: "VirtualMachine"})
		c.fields[name] = add.(*methods.AddCustomFieldDefBody).Res.Returnval.Key
	}
}

func (c *construction) categories() []Category {
	tags := func(names ...string) []Tag {
		var all []Tag
		for _, name := range names {
			all = append(all, Tag{name, c.tagged[name]})
		}
		return all
	}
	return []Category{
		{"Compliance", "MULTIPLE", tags("pci", "gdpr", "sox")},
		{"Environment", "SINGLE", tags("production", "test")},
		{"Backup", "SINGLE", tags("daily", "weekly", "none")},
	}
}
