from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import reading
from vmi_console.introspection.disk.linux.addresses import addresses

INTERFACES = """\
source /etc/network/interfaces.d/*
auto lo
iface lo inet loopback
allow-hotplug eth0
iface eth0 inet static
    address 192.168.110.11
    netmask 255.255.255.0
    gateway 192.168.110.1
iface eth0 inet6 auto
iface eth1 inet static
    address 10.0.0.5/24
    hwaddress ether 52:54:00:1A:B0:01
"""
NETPLAN = """\
network:
  version: 2
  renderer: networkd
  ethernets:
    nics:
      match: {macaddress: "52:54:00:1a:b0:02"}
      set-name: lan0
      dhcp4: true
      addresses: [192.168.1.2/24, {"fd00::2/64": {lifetime: 0}}]
  vlans:
    vlan110: {id: 110, link: nics, addresses: [10.110.0.1/24]}
"""
KEYFILE = """\
[connection]
id=Office
type=ethernet
interface-name=enp1s0
[ethernet]
mac-address=52:54:00:1A:B0:03
[802-1x]
password=secret
[ipv4]
method=manual
address1=10.1.0.2/16,10.1.0.1
addresses=10.2.0.2/16;
[ipv6]
method=auto
"""


def found(folder: Path, files: dict[str, str]) -> set[tuple[str, str, str | None]]:
    return {(fact.interface, fact.address, fact.mac) for fact in addresses(reading(folder, files))}


def test_ifupdown(tmp_path: Path) -> None:
    files = {
        "/etc/network/interfaces": INTERFACES,
        "/etc/network/interfaces.d/cloud": "iface ens3 inet dhcp\n",
    }
    assert found(tmp_path, files) == {
        ("eth0", "192.168.110.11/24", None),
        ("eth0", "auto", None),
        ("eth1", "10.0.0.5/24", "52:54:00:1a:b0:01"),
        ("ens3", "dhcp", None),
    }


def test_interfaces_that_include_themselves_end(tmp_path: Path) -> None:
    files = {"/etc/network/interfaces": "source /etc/network/interfaces\niface eth0 inet dhcp\n"}
    assert found(tmp_path, files) == {("eth0", "dhcp", None)}


def test_netplan(tmp_path: Path) -> None:
    assert found(tmp_path, {"/etc/netplan/50-cloud-init.yaml": NETPLAN}) == {
        ("lan0", "dhcp", "52:54:00:1a:b0:02"),
        ("lan0", "192.168.1.2/24", "52:54:00:1a:b0:02"),
        ("lan0", "fd00::2/64", "52:54:00:1a:b0:02"),
        ("vlan110", "10.110.0.1/24", None),
    }


def test_later_files_of_netplan_change_earlier_ones(tmp_path: Path) -> None:
    files = {
        "/usr/lib/netplan/10-a.yaml": "network: {ethernets: {eth0: {dhcp4: true, addresses: [10.0.0.1/8]}}}",
        "/etc/netplan/20-b.yaml": "network: {ethernets: {eth0: {dhcp4: false, addresses: [10.0.0.2/8]}}}",
    }
    assert found(tmp_path, files) == {("eth0", "10.0.0.1/8", None), ("eth0", "10.0.0.2/8", None)}


@pytest.mark.parametrize(
    "text",
    [
        "network: [",
        "network: 5",
        "network: {ethernets: {eth0: 7}}",
        "a: &a [x, x]\nb: &b [*a, *a]\nnetwork: *b\n",
        "[" * 20_000,
        "\0",
        "network: {ethernets: {eth0: {addresses: {a: 1}, match: 3}}}",
    ],
)
def test_no_yaml_gets_out(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"/etc/netplan/a.yaml": text}) == set()


def test_network_manager(tmp_path: Path) -> None:
    facts = found(tmp_path, {"/etc/NetworkManager/system-connections/Office.nmconnection": KEYFILE})
    assert facts == {
        ("enp1s0", "10.1.0.2/16", "52:54:00:1a:b0:03"),
        ("enp1s0", "10.2.0.2/16", "52:54:00:1a:b0:03"),
        ("enp1s0", "auto", "52:54:00:1a:b0:03"),
    }


def test_ifcfg_of_red_hat_and_suse(tmp_path: Path) -> None:
    files = {
        "/etc/sysconfig/network-scripts/ifcfg-ens3": (
            'DEVICE="ens3"\nBOOTPROTO=none\nIPADDR=10.3.0.2\nPREFIX=24\nIPADDR1=10.4.0.2\nNETMASK1=255.255.0.0\n'
            "HWADDR=52:54:00:1a:b0:04\nIPV6ADDR=fd00::4/64\n"
        ),
        "/etc/sysconfig/network-scripts/ifcfg-ens4": "DEVICE=ens4\nBOOTPROTO=dhcp\n",
        "/etc/sysconfig/network-scripts/ifcfg-ens4.bak": "DEVICE=ens5\nBOOTPROTO=dhcp\n",
        "/etc/sysconfig/network/ifcfg-eth0": "BOOTPROTO='static'\nIPADDR='10.5.0.2/24'\n",
        "/etc/sysconfig/network/ifcfg-lo": "IPADDR=127.0.0.1/8\n",
    }
    assert found(tmp_path, files) == {
        ("ens3", "10.3.0.2/24", "52:54:00:1a:b0:04"),
        ("ens3", "10.4.0.2/16", "52:54:00:1a:b0:04"),
        ("ens3", "fd00::4/64", "52:54:00:1a:b0:04"),
        ("ens4", "dhcp", None),
        ("eth0", "10.5.0.2/24", None),
    }


def test_networkd(tmp_path: Path) -> None:
    files = {
        "/etc/systemd/network/10-lan.network": "[Match]\nName=en*\n[Network]\nDHCP=yes\nAddress=10.6.0.2/24\n",
        "/etc/systemd/network/10-lan.network.d/more.conf": "[Address]\nAddress=10.7.0.2/24\n",
        "/etc/systemd/network/20-mac.network": "[Match]\nMACAddress=52:54:00:1a:b0:05\n[Network]\nAddress=::2/64\n",
        "/etc/systemd/network/br0.netdev": "[NetDev]\nName=br0\n",
    }
    assert found(tmp_path, files) == {
        ("en*", "dhcp", None),
        ("en*", "10.6.0.2/24", None),
        ("en*", "10.7.0.2/24", None),
        ("52:54:00:1a:b0:05", "::2/64", "52:54:00:1a:b0:05"),
    }
