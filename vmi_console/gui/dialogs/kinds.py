"""What can be connected to, and what each grant needs there: the words of the connection dialog."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from PySide6.QtCore import QObject


@dataclass(frozen=True)
class Kind:
    """One provider. `privileges` belong to the grants: to read guests, to make snapshots, to quarantine."""

    title: str
    example: str
    help: str
    privileges: tuple[str, str, str]
    takes_secret: bool = True


class Kinds(QObject):
    """The providers in the operator's language, by name."""

    def all(self) -> dict[str, Kind]:
        return {"libvirt": self._libvirt(), "vsphere": self._vsphere(), "demo": self._demo()}

    def _libvirt(self) -> Kind:
        help = self.tr(
            "qemu:///system for this machine, qemu+ssh://user@host/system for another (keys from the SSH agent),"
            " qemu+tls://host/system, test:///default to try it out."
        )
        if importlib.util.find_spec("libvirt") is None:
            help = self.tr(
                "libvirt's library is missing here. Install libvirt-dev, pkg-config and gcc (or your system's"
                " equivalents), then run “make setup” again."
            )
        # Names of permissions: libvirt's access control manual, "Objects and permissions".
        needs = self.tr(
            "Needs a connection for writing: polkit's {0}, usually the group “libvirt”. Where libvirt controls access"
            " more finely: {1}."
        )
        manage = "org.libvirt.unix.manage"
        return Kind(
            self.tr("libvirt: KVM, Xen, LXC, …"),
            "qemu+ssh://root@host/system",
            help,
            (
                needs.format(manage, "domain.block-read, domain.mem-read"),
                needs.format(manage, "domain.backup, domain.checkpoint, domain.snapshot"),
                needs.format(manage, "domain.write"),
            ),
        )

    def _vsphere(self) -> Kind:
        # Names of privileges: vSphere Web Services API, "Defined privileges".
        needs = self.tr("Needs beyond the Read-only role: {0}.")
        return Kind(
            self.tr("VMware vCenter or ESXi"),
            "vsphere://user@vcenter.example/",
            self.tr("The user needs no more than the Read-only role. The certificate is shown if it is not known."),
            (
                needs.format("Datastore.Browse, Datastore.FileManagement"),
                needs.format("VirtualMachine.State.CreateSnapshot, VirtualMachine.State.RemoveSnapshot"),
                needs.format(
                    "VirtualMachine.Interact.DeviceConnection, VirtualMachine.Config.EditDevice, Network.Assign"
                ),
            ),
        )

    def _demo(self) -> Kind:
        simulated = self.tr("Simulated: nothing real is read or changed.")
        return Kind(
            self.tr("Demo: a simulated estate"),
            "demo://",
            self.tr("demo:// has 10 hosts and 200 virtual machines; demo://?hosts=2500&vms=45000 is a large one."),
            (simulated, simulated, simulated),
            takes_secret=False,
        )
