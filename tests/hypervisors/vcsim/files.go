package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// The files of VMs: who may read them, and that a running VM writes to new ones from a snapshot on.

// serveFile gives a file, or a range of it, to somebody with a session and the privilege to manage files. What a running
// VM writes to is locked.
func (f *Front) serveFile(w *reply, r *http.Request) {
	session, known := f.sessions.of(r)
	faults := theFaults.get()
	switch {
	case !known:
		http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
		return
	case session.user.Role != Administrator:
		http.Error(w, "403 Forbidden", http.StatusForbidden)
		return
	case r.Method != http.MethodGet:
		http.Error(w, "405 Method Not Allowed", http.StatusMethodNotAllowed)
		return
	case locked(r.URL.Query().Get("dsName"), strings.TrimPrefix(r.URL.Path, "/folder/")):
		http.Error(w, "500 The file is locked", http.StatusInternalServerError)
		return
	case faults.Reply == "whole":
		r.Header.Del("Range")
	}
	f.service.ServeDatastore(w, r)
}

// locked says whether a running VM has a file open for writing.
func locked(datastore, path string) bool {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		for _, device := range vm.Config.Hardware.Device {
			if backing := flat(device); backing != nil {
				written := strings.TrimSuffix(backing.FileName, ".vmdk")
				for _, suffix := range []string{".vmdk", "-flat.vmdk", "-delta.vmdk"} {
					if written+suffix == fmt.Sprintf("[%s] %s", datastore, path) {
						return true
					}
				}
			}
		}
	}
	return false
}

// branched has a VM write to new files: what it wrote to so far stands still, as its newest snapshot has it.
func (e *Estate) branched(vm *simulator.VirtualMachine) {
	e.rebacked(vm, func(backing *types.VirtualDiskFlatVer2BackingInfo) *types.VirtualDiskFlatVer2BackingInfo {
		delta := *backing
		delta.Parent = backing
		stem := strings.TrimSuffix(backing.FileName, ".vmdk")
		if len(stem) > 7 && backing.Parent != nil {
			stem = stem[:len(stem)-len("-000001")]
		}
		for number := 1; ; number++ {
			delta.FileName = fmt.Sprintf("%s-%06d.vmdk", stem, number)
			file, err := os.OpenFile(local(delta.FileName), os.O_CREATE|os.O_EXCL, 0o600)
			if os.IsExist(err) {
				continue
			}
			if err == nil {
				_ = file.Close()
			}
			return &delta
		}
	})
}

// merged puts what a VM wrote since a snapshot that is gone back into the files that it had frozen.
func (e *Estate) merged(vm *simulator.VirtualMachine, frozen map[string]bool) {
	e.rebacked(vm, func(backing *types.VirtualDiskFlatVer2BackingInfo) *types.VirtualDiskFlatVer2BackingInfo {
		if backing.Parent == nil || !frozen[backing.Parent.FileName] {
			return backing
		}
		_ = os.Remove(local(backing.FileName))
		return backing.Parent
	})
}

// rebacked gives a VM other files; the devices that a snapshot remembers stay as they are.
func (e *Estate) rebacked(
	vm *simulator.VirtualMachine, change func(*types.VirtualDiskFlatVer2BackingInfo) *types.VirtualDiskFlatVer2BackingInfo,
) {
	devices := make([]types.BaseVirtualDevice, len(vm.Config.Hardware.Device))
	for i, device := range vm.Config.Hardware.Device {
		devices[i] = device
		if backing := flat(device); backing != nil {
			disk := *device.(*types.VirtualDisk)
			disk.Backing = change(backing)
			devices[i] = &disk
		}
	}
	update(vm.Self, types.PropertyChange{Name: "config.hardware.device", Val: devices})
	e.reconfigured(vm)
}

// frozen are the files that a snapshot keeps from being written to.
func frozen(snapshot *simulator.VirtualMachineSnapshot) map[string]bool {
	files := make(map[string]bool)
	for _, device := range snapshot.Config.Hardware.Device {
		if backing := flat(device); backing != nil {
			files[backing.FileName] = true
		}
	}
	return files
}

func flat(device types.BaseVirtualDevice) *types.VirtualDiskFlatVer2BackingInfo {
	if disk, ok := device.(*types.VirtualDisk); ok {
		if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			return backing
		}
	}
	return nil
}

// local is where a datastore's file lies on this machine.
func local(name string) string {
	var path object.DatastorePath
	path.FromString(name)
	return fmt.Sprintf("datastores/%s/%s", path.Datastore, path.Path)
}
