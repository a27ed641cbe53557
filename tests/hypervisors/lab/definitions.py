"""What libvirt is told to define: networks, filters, a pool, running and shut-off domains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.hypervisors.lab.daemons import SWITCH
from tests.hypervisors.lab.place import Place

LAN = "lab-lan"
APART = "lab-apart"
TRUNK = "lab-trunk"
FILTER = "lab-no-spoofing"
POOL = "lab-images"


@dataclass(frozen=True)
class Guest:
    """A running guest. `vlan_device` is the device inside that carries `vlan_address`; eth1.110 tags by itself."""

    name: str
    lan_mac: str
    lan_address: str
    vlan_mac: str
    portgroup: str
    vlan_device: str
    vlan_address: str
    memory_mib: int = 96


WEB = Guest("web", "52:54:00:1a:b0:01", "192.168.110.11", "52:54:00:1a:b0:11", "vlan110", "eth1", "10.110.0.11")
DB = Guest("db", "52:54:00:1a:b0:02", "192.168.110.12", "52:54:00:1a:b0:12", "all", "eth1.110", "10.110.0.12")
GUESTS = (WEB, DB)

# Reserved addresses are leased at once; others only when dnsmasq has pinged them for seconds.
_RESERVATIONS = "".join(f"<host mac='{each.lan_mac}' name='{each.name}' ip='{each.lan_address}'/>" for each in GUESTS)

LAN_NETWORK = f"""
<network>
  <name>{LAN}</name>
  <title>Untagged, with DHCP</title>
  <forward mode='nat'/>
  <bridge name='br-lan' stp='off' delay='0'/>
  <domain name='lab.example'/>
  <ip address='192.168.110.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.110.100' end='192.168.110.199'/>{_RESERVATIONS}</dhcp>
  </ip>
</network>
"""

APART_NETWORK = f"""
<network>
  <name>{APART}</name>
  <title>Untagged, without DHCP and without a way out</title>
  <bridge name='br-apart' stp='off' delay='0'/>
</network>
"""

TRUNK_NETWORK = f"""
<network>
  <name>{TRUNK}</name>
  <forward mode='bridge'/>
  <bridge name='{SWITCH}'/>
  <virtualport type='openvswitch'/>
  <portgroup name='untagged' default='yes'/>
  <portgroup name='vlan110'><vlan><tag id='110'/></vlan></portgroup>
  <portgroup name='vlan120'><vlan><tag id='120'/></vlan></portgroup>
  <portgroup name='all'>
    <vlan trunk='yes'><tag id='110'/><tag id='120'/><tag id='130' nativeMode='untagged'/></vlan>
  </portgroup>
</network>
"""

NETWORKS = (LAN_NETWORK, APART_NETWORK, TRUNK_NETWORK)

SPOOFING_FILTER = f"""
<filter name='{FILTER}' chain='root'>
  <rule action='drop' direction='out' priority='-500'><mac match='no' srcmacaddr='$MAC'/></rule>
</filter>
"""


def pool(place: Place) -> str:
    return f"<pool type='dir'><name>{POOL}</name><target><path>{place.images}</path></target></pool>"


def guest(place: Place, each: Guest, disk: Path, filtered: bool) -> str:
    """A domain that boots the lab's kernel.

    Its second interface has no offloads: the switch's user-space datapath would pass on packets without checksums.
    """
    words = f"lab.name={each.name} lab.vlan={each.vlan_device}:{each.vlan_address}/24"
    filterref = f"<filterref filter='{FILTER}'/>" if filtered else ""
    return f"""
<domain type='qemu'>
  <name>{each.name}</name>
  <uuid>{place.uuid(each.name)}</uuid>
  <title>Lab guest {each.name}</title>
  <memory unit='MiB'>{each.memory_mib}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{place.images}/kernel</kernel>
    <initrd>{place.images}/initramfs</initrd>
    <cmdline>console=ttyS0 quiet panic=1 mitigations=off {words}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='{disk.suffix[1:]}'/><source file='{disk}'/><target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='{each.lan_mac}'/><source network='{LAN}'/><target dev='{each.name}-lan'/>
      <model type='virtio'/>{filterref}
    </interface>
    <interface type='network'>
      <mac address='{each.vlan_mac}'/><source network='{TRUNK}' portgroup='{each.portgroup}'/>
      <target dev='{each.name}-vlan'/>
      <model type='virtio'/>
      <driver name='qemu'>
        <host csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off'/>
        <guest csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>
      </driver>
    </interface>
    <serial type='pty'><log file='/var/log/libvirt/{each.name}-console.log' append='off'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
"""


def newcomer(name: str, images: Path, mac: str, network: str) -> str:
    """A domain without a disk that boots the lab's kernel."""
    return f"""
<domain type='qemu'>
  <name>{escape(name)}</name>
  <memory unit='MiB'>96</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{images}/kernel</kernel>
    <initrd>{images}/initramfs</initrd>
    <cmdline>console=ttyS0 quiet panic=1 mitigations=off lab.name=newcomer</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <interface type='network'>
      <mac address='{mac}'/><source network='{escape(network)}'/><model type='virtio'/>
    </interface>
    <serial type='pty'/>
    <memballoon model='none'/>
  </devices>
</domain>
"""


def shut_off(place: Place, overlay: Path) -> list[str]:
    """Domains that never run, with hardware that is seldom seen."""
    return [
        f"""
<domain type='qemu'>
  <name>archive</name>
  <uuid>{place.uuid("archive")}</uuid>
  <description>A disk with a backing file, an empty drive, an interface that is down</description>
  <memory unit='MiB'>256</memory>
  <vcpu current='1'>4</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='{overlay}'/><target dev='sda' bus='sata'/>
      <serial>ARCHIVE-1</serial>
    </disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
    <disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>
    <interface type='network'>
      <mac address='52:54:00:1a:b0:21'/><source network='{TRUNK}' portgroup='vlan120'/>
      <model type='e1000'/><link state='down'/>
    </interface>
  </devices>
</domain>
""",
        f"""
<domain type='qemu'>
  <name>firewall</name>
  <uuid>{place.uuid("firewall")}</uuid>
  <description>A trunk of its own, interfaces of every kind, disks from the network</description>
  <metadata><lab:owner xmlns:lab='https://lab.example/'>network team</lab:owner></metadata>
  <memory unit='GiB'>4</memory>
  <currentMemory unit='GiB'>2</currentMemory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <disk type='network' device='disk'>
      <driver name='qemu' type='raw'/>
      <source protocol='nbd' name='export'><host name='storage.example' port='10809'/></source>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='network' device='disk'>
      <driver name='qemu' type='raw'/>
      <source protocol='rbd' name='pool/volume'><host name='ceph.example' port='6789'/></source>
      <target dev='sdb' bus='scsi'/>
    </disk>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='qcow2'/><source pool='{POOL}' volume='{overlay.name}'/><target dev='vdb' bus='virtio'/>
    </disk>
    <controller type='scsi' model='virtio-scsi'/>
    <interface type='bridge'>
      <mac address='52:54:00:1a:b0:31'/><source bridge='{SWITCH}'/><virtualport type='openvswitch'/>
      <vlan trunk='yes'><tag id='42'/><tag id='47' nativeMode='tagged'/></vlan><model type='virtio'/>
    </interface>
    <interface type='direct'>
      <mac address='52:54:00:1a:b0:32'/><source dev='eth0' mode='bridge'/><model type='e1000e'/>
    </interface>
    <interface type='user'><mac address='52:54:00:1a:b0:33'/><model type='rtl8139'/></interface>
    <interface type='mcast'><mac address='52:54:00:1a:b0:34'/><source address='230.0.0.1' port='5558'/></interface>
    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:1a:b0:35'/>
      <source><address type='pci' domain='0x0000' bus='0x06' slot='0x10' function='0x1'/></source>
      <vlan><tag id='130'/></vlan>
    </interface>
    <interface type='vhostuser'>
      <mac address='52:54:00:1a:b0:36'/><source type='unix' path='/run/vhost.sock' mode='client'/><model type='virtio'/>
    </interface>
  </devices>
</domain>
""",
        f"""
<domain type='qemu'>
  <name>bare</name>
  <uuid>{place.uuid("bare")}</uuid>
  <memory unit='KiB'>65536</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
</domain>
""",
    ]
