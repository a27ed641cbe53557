package main

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// role is what a VM is for, and what it is like therefore.
type role struct {
	name, folder, guestID, system string
	cpus                          int32
	memoryGB                      int64
	disksGB                       []int64
	nics                          int
	applications                  []application
	tags                          []string
}

// application is an entry of guestinfo.appInfo, as VMware Tools publish it: {"a": name, "v": version}.
type application struct {
	Name    string `json:"a"`
	Version string `json:"v"`
}

const (
	debian  = "Debian GNU/Linux 10 (64-bit)"
	redHat  = "Red Hat Enterprise Linux 8 (64-bit)"
	ubuntu  = "Ubuntu Linux (64-bit)"
	windows = "Microsoft Windows Server 2016 (64-bit)"
)

var linux = []application{{"systemd", "247"}, {"sshd", "8.4p1"}, {"cron", "3.0pl1"}, {"vmtoolsd", "11.2.5"}}
var roles = []role{
	{"web", "Web", "debian10_64Guest", debian, 2, 4, []int64{40}, 1, with(linux, application{"nginx", "1.18.0"}), []string{"production"}},
	{"app", "Applications", "rhel8_64Guest", redHat, 4, 16, []int64{60, 100}, 1, with(linux, application{"java", "11.0.21"}), []string{"production"}},
	{"db", "Databases", "rhel8_64Guest", redHat, 8, 64, []int64{60, 500, 500}, 2, with(linux, application{"postgres", "13.14"}), []string{"production", "gdpr"}},
	{"pay", "Payment", "rhel8_64Guest", redHat, 4, 16, []int64{60}, 2, with(linux, application{"auditd", "3.0.7"}), []string{"production", "pci"}},
	{"dc", "Infrastructure", "windows9Server64Guest", windows, 2, 8, []int64{80}, 1, []application{{"lsass.exe", "10.0.14393"}, {"dns.exe", "10.0.14393"}}, []string{"production"}},
	{"file", "Infrastructure", "windows9Server64Guest", windows, 2, 8, []int64{80, 2000}, 1, []application{{"svchost.exe", "10.0.14393"}}, []string{"production"}},
	{"build", "Development", "ubuntu64Guest", ubuntu, 8, 16, []int64{200}, 1, with(linux, application{"dockerd", "24.0.7"}), []string{"test"}},
	{"fw", "Infrastructure", "debian10_64Guest", debian, 4, 4, []int64{20}, 3, nil, []string{"production"}},
}

func with(common []application, more ...application) []application {
	return append(common[:len(common):len(common)], more...)
}

func (c *construction) someRole() *role { return &roles[c.dice.Intn(len(roles))] }

func (s *site) vmFolders() {
	s.folders = make(map[string]*simulator.Folder)
	top := get[*simulator.Folder](s.dc.VmFolder)
	inside := func(parent *simulator.Folder, name string) *simulator.Folder {
		created := parent.CreateFolder(s.ctx, &types.CreateFolder{This: parent.Self, Name: name})
		return get[*simulator.Folder](created.(*methods.CreateFolderBody).Res.Returnval)
	}
	for _, role := range roles {
		if s.folders[role.folder] == nil && role.folder != "Payment" {
			s.folders[role.folder] = inside(top, role.folder)
		}
	}
	s.folders["Payment"] = inside(s.folders["Applications"], "Payment")
	s.folders["Templates"] = inside(top, "Templates")
}

func (s *site) folder(role *role) *simulator.Folder { return s.folders[role.folder] }

// populate fills a cluster: pools with VMs, and a vApp.
func (s *site) populate(cluster *simulator.ClusterComputeResource, datastore string) {
	var hosts []*simulator.HostSystem
	for _, reference := range cluster.Host {
		hosts = append(hosts, get[*simulator.HostSystem](reference))
	}
	if len(hosts) == 0 {
		return
	}
	top := get[*simulator.ResourcePool](*cluster.ResourcePool)
	some := func() *simulator.HostSystem { return hosts[s.dice.Intn(len(hosts))] }
	for i := 0; i < s.size.Pools; i++ {
		name := []string{"production", "development"}[i%2]
		if i > 1 {
			name = fmt.Sprintf("%s-%d", name, i/2+1)
		}
		created := top.CreateResourcePool(&types.CreateResourcePool{This: top.Self, Name: name, Spec: types.DefaultResourceConfigSpec()})
		pool := created.(*methods.CreateResourcePoolBody).Res.Returnval
		for range make([]struct{}, s.size.VMs) {
			role := s.someRole()
			s.machine(role, s.folder(role), pool, some(), datastore)
		}
	}
	created := top.CreateVApp(&types.CreateVApp{
		This: top.Self, Name: cluster.Name + "-shop", ResSpec: types.DefaultResourceConfigSpec(),
		ConfigSpec: types.VAppConfigSpec{Annotation: "The web shop, in three tiers"},
	})
	shop := created.(*methods.CreateVAppBody).Res.Returnval
	for i := 0; i < 3 && i < s.size.VMs; i++ {
		s.machine(&roles[i], s.folder(&roles[i]), shop, some(), datastore)
	}
}

// template makes one machine that nobody may start.
func (s *site) template(datastore string) {
	s.vms++
	host := s.hosts[0]
	vm := s.make(fmt.Sprintf("%s-template-debian", s.code), &roles[0], s.folders["Templates"], *computeResource(host).ResourcePool, host, datastore)
	vm.Config.Template = true
	vm.Summary.Config.Template = true
	vm.ResourcePool = nil
}

// machine makes a VM as it is after a while: mostly on, with Tools, addresses, and some history.
func (s *site) machine(
	role *role, folder *simulator.Folder, pool types.ManagedObjectReference, host *simulator.HostSystem, datastore string,
) {
	s.vms++
	name := fmt.Sprintf("%s-%s-%03d", s.code, role.name, s.vms)
	vm := s.make(name, role, folder, pool, host, datastore)
	s.customise(vm, role)
	if s.dice.Intn(8) == 0 {
		vm.CreateSnapshotTask(&types.CreateSnapshot_Task{This: vm.Self, Name: "before update", Description: "Remove after a week"})
		if s.dice.Intn(2) == 0 {
			vm.CreateSnapshotTask(&types.CreateSnapshot_Task{This: vm.Self, Name: "after update", Memory: true})
		}
	}
	if s.dice.Intn(7) == 0 {
		return // it stays off
	}
	s.run(vm, role)
}

func (s *site) make(
	name string, role *role, folder *simulator.Folder, pool types.ManagedObjectReference, host *simulator.HostSystem, datastore string,
) *simulator.VirtualMachine {
	spec := types.VirtualMachineConfigSpec{
		Name:         name,
		GuestId:      role.guestID,
		NumCPUs:      role.cpus,
		MemoryMB:     role.memoryGB << 10,
		Uuid:         s.id("bios", name),
		InstanceUuid: s.id("instance", name),
		Version:      "vmx-15",
		Files:        &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[%s]", datastore)},
	}
	var devices object.VirtualDeviceList
	scsi, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		log.Fatal(err)
	}
	devices = append(devices, scsi)
	for i, size := range role.disksGB {
		path := fmt.Sprintf("[%s] %s/%s.vmdk", datastore, name, name)
		if i > 0 {
			path = fmt.Sprintf("[%s] %s/%s_%d.vmdk", datastore, name, name, i)
		}
		disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{}, path)
		disk.CapacityInKB = size << 20
		disk.CapacityInBytes = size << 30
		disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned = types.NewBool(i > 0)
		devices = append(devices, disk)
	}
	for i := 0; i < role.nics; i++ {
		devices = append(devices, s.nic(role, i))
	}
	spec.DeviceChange, _ = devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	create := &types.CreateVM_Task{This: folder.Self, Config: spec, Pool: pool, Host: &host.Self}
	vm := get[*simulator.VirtualMachine](made(folder.CreateVMTask(s.ctx, create).(*methods.CreateVM_TaskBody).Res.Returnval))
	vm.Config.GuestFullName = role.system
	vm.Summary.Config.GuestFullName = role.system
	return vm
}

// id gives a UUID that is the same each time for a thing of this name in this estate.
func (c *construction) id(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(c.identity+":"+kind+":"+name)).String()
}

func (s *site) nic(role *role, index int) types.BaseVirtualDevice {
	var card types.BaseVirtualDevice
	if role.system == windows {
		card = new(types.VirtualE1000e)
	} else {
		card = new(types.VirtualVmxnet3)
	}
	ethernet := card.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
	ethernet.Key = int32(-1 - index - 100)
	ethernet.Backing = s.someNetwork(role, index).backing()
	ethernet.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
	ethernet.MacAddress = fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80|s.vms>>13&0x3f, s.vms>>5&0xff, s.vms<<3&0xff|index)
	ethernet.WakeOnLanEnabled = types.NewBool(true)
	ethernet.Connectable = &types.VirtualDeviceConnectInfo{
		StartConnected: true, AllowGuestControl: true, Connected: s.dice.Intn(30) != 0, Status: "ok",
	}
	return card
}

// someNetwork is mostly the one of the role; a firewall's first is the trunk.
func (s *site) someNetwork(role *role, index int) *network {
	if s.dice.Intn(10) == 0 || s.size.ESX {
		return s.networks[s.dice.Intn(len(s.networks))]
	}
	var usual []*network
	for _, network := range s.networks {
		if !network.few {
			usual = append(usual, network)
		}
		if role.name == "fw" && index == 0 && network.name == s.code+"-trunk" {
			return network
		}
	}
	if len(usual) == 0 {
		return s.networks[0]
	}
	for i := range roles {
		if roles[i].name == role.name {
			return usual[(i+index)%len(usual)]
		}
	}
	return usual[0]
}

// customise sets what people write on VMs.
func (s *site) customise(vm *simulator.VirtualMachine, role *role) {
	owners := []string{"Web team", "Data platform", "Finance IT", "Infrastructure"}
	for name, value := range map[string]string{
		"Owner": owners[s.dice.Intn(len(owners))], "Cost centre": fmt.Sprint(4000 + 10*s.dice.Intn(20)),
	} {
		if key, known := s.fields[name]; known {
			set := &types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: key}, Value: value}
			vm.CustomValue = append(vm.CustomValue, set)
			vm.Value = append(vm.Value, set)
		}
	}
	for _, tag := range role.tags {
		s.tagged[tag] = append(s.tagged[tag], vm.Self)
	}
	backup := []string{"daily", "daily", "weekly", "none"}[s.dice.Intn(4)]
	s.tagged[backup] = append(s.tagged[backup], vm.Self)
	if s.dice.Intn(3) == 0 {
		vm.Config.Annotation = "Ordered by " + owners[s.dice.Intn(len(owners))]
		vm.Summary.Config.Annotation = vm.Config.Annotation
	}
	settings := []types.BaseOptionValue{
		&types.OptionValue{Key: "isolation.tools.copy.disable", Value: []string{"TRUE", "FALSE"}[s.dice.Intn(2)]},
		&types.OptionValue{Key: "svga.present", Value: "TRUE"},
	}
	if len(role.applications) > 0 && s.dice.Intn(2) == 0 {
		settings = append(settings, appInfo(role.applications))
	}
	vm.Config.ExtraConfig = append(vm.Config.ExtraConfig, settings...)
}

// appInfo is what VMware Tools 11 write into guestinfo.appInfo: JSON in a string.
func appInfo(applications []application) types.BaseOptionValue {
	text, err := json.Marshal(map[string]any{
		"version":       "1",
		"updateCounter": "17",
		"publishTime":   "2026-01-15T08:00:00.000Z",
		"applications":  applications,
	})
	if err != nil {
		log.Fatal(err)
	}
	return &types.OptionValue{Key: "guestinfo.appInfo", Value: string(text)}
}

// run switches a VM on and lets its Tools tell about the guest.
func (s *site) run(vm *simulator.VirtualMachine, role *role) {
	booted := time.Now().Add(-time.Duration(s.dice.Intn(90*24)) * time.Hour)
	vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOn
	vm.Runtime.BootTime = &booted
	vm.Summary.Runtime.PowerState = vm.Runtime.PowerState
	vm.Summary.Runtime.BootTime = &booted
	vm.Runtime.MaxCpuUsage = 2400 * vm.Config.Hardware.NumCPU
	vm.Summary.QuickStats.OverallCpuUsage = int32(50 + s.dice.Intn(2000))
	vm.Summary.QuickStats.GuestMemoryUsage = int32(role.memoryGB << 10 / 3)
	vm.Summary.QuickStats.HostMemoryUsage = int32(role.memoryGB << 10)
	vm.Summary.QuickStats.UptimeSeconds = int32(time.Since(booted).Seconds())
	if s.dice.Intn(12) == 0 {
		return // without Tools
	}
	tell(vm, vm.Name+"."+s.code+".example.net", role.system)
	vlans := s.vlans()
	name := networkNames(vm)
	for i := range vm.Guest.Net {
		nic := &vm.Guest.Net[i]
		nic.Network = name[nic.DeviceConfigId]
		if vlan, known := vlans[nic.Network]; known {
			nic.IpAddress = []string{
				fmt.Sprintf("10.%d.%d.%d", (16*s.number+vlan/256)&0xff, vlan&0xff, 10+s.vms%240),
				fmt.Sprintf("fe80::250:56ff:fe%02x:%02x%02x", 0x80|s.vms>>13&0x3f, s.vms>>5&0xff, s.vms<<3&0xff|i),
			}
		}
	}
	if len(vm.Guest.Net) > 0 && len(vm.Guest.Net[0].IpAddress) > 0 {
		vm.Guest.IpAddress = vm.Guest.Net[0].IpAddress[0]
	}
	vm.Summary.Guest.IpAddress = vm.Guest.IpAddress
}

func (s *site) vlans() map[string]int {
	vlans := make(map[string]int)
	for _, network := range s.networks {
		vlans[network.name] = network.vlan
	}
	return vlans
}

// tell sets what Tools say as soon as they run.
func tell(vm *simulator.VirtualMachine, hostName, system string) {
	guest := vm.Guest
	guest.ToolsStatus = types.VirtualMachineToolsStatusToolsOk
	guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	guest.ToolsVersionStatus2 = string(types.VirtualMachineToolsVersionStatusGuestToolsCurrent)
	guest.ToolsVersion = "11269"
	guest.GuestId = vm.Config.GuestId
	guest.GuestFullName = system
	guest.HostName = hostName
	guest.GuestState = string(types.VirtualMachineGuestStateRunning)
	summary := vm.Summary.Guest
	summary.ToolsStatus = guest.ToolsStatus
	summary.ToolsRunningStatus = guest.ToolsRunningStatus
	summary.GuestId, summary.GuestFullName, summary.HostName = guest.GuestId, system, hostName
	vm.Summary.QuickStats.GuestHeartbeatStatus = types.ManagedEntityStatusGreen
}
