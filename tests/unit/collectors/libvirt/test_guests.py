"""What leases, ARP and agents know, and what counters say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vmi_console.collectors.libvirt import guest, load
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Address, GuestSummary, Nic, Source, ToolsState

MAC = "52:54:00:00:00:01"
AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_leases() -> None:
    answer = {"mac": MAC.upper(), "ipaddr": "192.168.122.9", "prefix": 24, "hostname": "web", "type": 0}
    found = guest.lease(answer)
    assert found == guest.Lease(MAC, Address(ip="192.168.122.9", prefix=24, source=Source.LEASE), "web")
    assert guest.lease({**answer, "ipaddr": "nonsense"}) is None
    assert guest.lease({**answer, "mac": None}) is None


def test_addresses_by_card() -> None:
    answer: dict[str, dict[str, object]] = {
        "lo": {"hwaddr": "00:00:00:00:00:00", "addrs": [{"addr": "127.0.0.1", "prefix": 8}]},
        "eth0": {"hwaddr": MAC, "addrs": [{"addr": "fe80::1%eth0", "prefix": 64}, {"addr": "10.0.0.9", "prefix": 24}]},
        "tun0": {"hwaddr": None, "addrs": [{"addr": "10.8.0.1", "prefix": 24}]},
        "eth1": {"hwaddr": "52:54:00:00:00:02", "addrs": None},
    }
    assert guest.addresses(answer, Source.TOOLS) == {
        MAC: (
            Address(ip="fe80::1", prefix=64, source=Source.TOOLS),
            Address(ip="10.0.0.9", prefix=24, source=Source.TOOLS),
        )
    }
    assert guest.addresses(answer, Source.ARP)[MAC][1] == Address(ip="10.0.0.9", source=Source.ARP)


def test_the_best_source_of_an_address_tells_it_and_disagreeing_ones_are_both_shown() -> None:
    nics = (Nic(key=MAC, mac=MAC), Nic(key="other", mac="52:54:00:00:00:09"), Nic(key="none"))
    lease = Address(ip="10.0.0.9", prefix=24, source=Source.LEASE)
    agent = Address(ip="10.0.0.9", prefix=24, source=Source.TOOLS)
    arp = Address(ip="10.0.0.77", source=Source.ARP)
    found = guest.with_addresses(nics, [{MAC: (arp,)}, {MAC: (lease,)}, {MAC: (agent,)}])
    assert found[0].addresses == (arp, agent)
    assert found[1:] == nics[1:]


def test_the_agents_word_is_better_than_the_definitions() -> None:
    definition = GuestSummary(os="debian 12", os_id="http://debian.org/debian/12", tools=ToolsState.RUNNING)
    info = {"os.pretty-name": "Debian GNU/Linux 12", "os.id": "debian", "os.kernel-release": "6.1", "hostname": "db\n"}
    facts = guest.agent_facts(info, {})
    found = guest.summary(definition, facts, "leased", AT)
    assert (found.os, found.os_id, found.kernel) == ("Debian GNU/Linux 12", "http://debian.org/debian/12", "6.1")
    assert (found.hostname, found.source, found.read_at, found.tools) == ("db", Source.TOOLS, AT, ToolsState.RUNNING)
    assert guest.summary(definition, None, "leased", None).hostname == "leased"
    assert guest.summary(definition, None, None, None) is definition


STATS = {
    "cpu.time": 10_000_000_000,
    "vcpu.current": 2,
    "balloon.current": 2048,
    "balloon.rss": 4096,
    "net.count": 2,
    "net.0.rx.bytes": 100,
    "net.0.tx.bytes": 10,
    "net.1.rx.bytes": 100,
    "net.1.tx.bytes": 10,
    "block.count": 2,
    "block.0.name": "vda",
    "block.0.rd.bytes": 1000,
    "block.0.wr.bytes": 0,
    "block.0.capacity": 1 << 30,
    "block.0.allocation": 1 << 20,
    "block.1.name": "hdc",
}
VM = EntityId("vm/e/1")


def test_a_load_is_the_difference_of_two_readings() -> None:
    later = {**STATS, "cpu.time": 12_000_000_000, "net.0.rx.bytes": 300, "block.0.wr.bytes": 5000}
    before, now = load.counters(STATS, 100.0), load.counters(later, 102.0)
    sample = load.sample(VM, before, now, AT)
    assert sample.cpu_percent == pytest.approx(50.0)
    assert (sample.memory_used_bytes, sample.memory_bytes) == (2048 * 1024, 2048 * 1024)
    assert (sample.net_receive_bytes_per_s, sample.net_transmit_bytes_per_s) == (100.0, 0.0)
    assert (sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s) == (0.0, 2500.0)


def test_what_is_not_known_is_none() -> None:
    first = load.sample(VM, None, load.counters(STATS, 1.0), AT)
    assert (first.cpu_percent, first.disk_read_bytes_per_s, first.memory_bytes) == (None, None, 2048 * 1024)
    restarted = load.sample(VM, load.counters(STATS, 1.0), load.counters({**STATS, "cpu.time": 5}, 3.0), AT)
    assert restarted.cpu_percent is None
    nothing = load.counters({}, 1.0)
    assert load.sample(VM, nothing, load.counters({}, 2.0), AT) == load.sample(VM, None, nothing, AT)
    assert load.counters({"net.count": 0}, 1.0).net_receive_bytes == 0
    assert load.counters({"cpu.time": "x", "vcpu.current": -1, "balloon.current": 2**64 - 1}, 1.0) == load.counters(
        {}, 1.0
    )


def test_the_guests_own_figure_of_its_memory_is_preferred() -> None:
    assert (
        load.counters({**STATS, "balloon.available": 2000, "balloon.unused": 500}, 1.0).memory_used_bytes == 1500 * 1024
    )


def test_disk_sizes() -> None:
    assert load.block_sizes(STATS) == {
        "vda": load.BlockSize(1 << 30, 1 << 20),
        "hdc": load.BlockSize(None, None),
    }
    assert len(load.block_sizes({"block.count": 10**12})) == 0


def test_the_host() -> None:
    memory = {"total": 1000, "free": 300, "buffers": 100, "cached": 200}
    before = load.host_counters({"kernel": 0, "user": 0, "idle": 5}, memory, 4, 10.0)
    now = load.host_counters({"kernel": 1_000_000_000, "user": 1_000_000_000, "idle": 5}, memory, 4, 11.0)
    sample = load.sample(EntityId("host/e/1"), before, now, AT)
    assert (sample.cpu_percent, sample.memory_used_bytes, sample.memory_bytes) == (50.0, 400 * 1024, 1000 * 1024)
    assert load.host_counters({}, {}, None, 1.0).memory_used_bytes is None
