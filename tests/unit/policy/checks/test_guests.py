"""What runs in a guest, who may administer it, where it listens, how it is set, and its kernel."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.estate.builders import NOON, guest, read, vm
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, judged
from vmi_console.estate.facts import (
    FactSet,
    KernelModule,
    Looked,
    OperatingSystem,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)
from vmi_console.estate.records import GuestSummary
from vmi_console.policy.judgement import Judgement, Verdict

TORN: FactSet[Any] = FactSet(status=Looked.UNREADABLE, because="the list is torn")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("processes: {denied: [nc]}", "processes"),
        ("users: {denied: [guest]}", "users"),
        ("ports: {denied: [23]}", "sockets"),
        ("modules: {denied: [dccp]}", "modules"),
        ("tampering: {}", "signs"),
        ("kernel: {}", "os"),
        ("guest_settings: {sshd.Port: 22}", "settings"),
    ],
)
def test_what_could_not_be_read_is_unknown_and_says_why(text: str, field: str) -> None:
    assert judged(text, vm("a")).because == "nobody has looked into the guest yet"
    not_yet = judged(text, vm("a"), guest("a"))
    assert (not_yet.verdict, not_yet.because) == (UNKNOWN, f"nobody has looked at the guest's {field} yet")
    torn = judged(text, vm("a"), guest("a", **{field: TORN}))
    assert (torn.verdict, torn.because) == (UNKNOWN, f"the guest's {field} are unreadable: the list is torn")
    assert torn.paths == (field,)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("processes: {denied: [xmrig]}", PASS),
        ("processes: {denied: [NC]}", FAIL),
        ("processes: {denied: ['n?']}", FAIL),
        ("processes: {denied: [prometheus-node-exporter]}", FAIL),  # whose own name the kernel cuts
        ("processes: {denied: ['/tmp/*']}", FAIL),
        ("processes: {denied: ['/var/tmp/*']}", PASS),
        ("processes: {denied: [tmp]}", PASS),
    ],
)
def test_processes(text: str, verdict: Verdict) -> None:
    running = read(
        Process(pid=7, name="nc", executable="/tmp/nc (deleted)"),
        Process(pid=8, name="prometheus-node", executable="/opt/prometheus-node-exporter"),
        Process(pid=9, name="kthreadd"),
    )
    assert judged(text, vm("a"), guest("a", processes=running)).verdict is verdict


def test_evidence_of_processes() -> None:
    found = judged(
        "processes: {denied: ['xmr*']}",
        vm("a"),
        guest("a", processes=read(Process(pid=7, name="xmrig", executable="/x"))),
    )
    assert (found.evidence, found.paths) == ("xmrig (/x) runs as process 7; denied: xmr*", ("processes[7:xmrig]",))


@pytest.mark.parametrize(
    ("text", "user", "verdict"),
    [
        ("users: {denied: ['test*']}", User(name="Tester"), FAIL),
        ("users: {denied: [guest]}", User(name="bob"), PASS),
        ("users: {administrators: [root]}", User(name="bob", administrator=True), FAIL),
        ("users: {administrators: [root, b*]}", User(name="bob", administrator=True), PASS),
        ("users: {administrators: [root]}", User(name="bob", administrator=False), PASS),
        ("users: {administrators: [root]}", User(name="bob"), UNKNOWN),
        ("users: {without_password: denied}", User(name="bob", locked=False, password="none"), FAIL),
        ("users: {without_password: denied}", User(name="bob", locked=True, password="none"), PASS),
        ("users: {without_password: denied}", User(name="bob", password="none"), UNKNOWN),
        ("users: {without_password: denied}", User(name="bob", locked=False, password="set"), PASS),
        ("users: {without_password: denied}", User(name="bob", locked=False), UNKNOWN),
    ],
)
def test_users(text: str, user: User, verdict: Verdict) -> None:
    assert judged(text, vm("a"), guest("a", users=read(user))).verdict is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("ports: {allowed: [22]}", FAIL),
        ("ports: {allowed: [22, 8080/tcp, 53/udp]}", PASS),
        ("ports: {allowed: [22, 8000-9000, 53/tcp]}", FAIL),
        ("ports: {allowed: [22, 53], containers: false}", PASS),
        ("ports: {allowed: [22, 53, 8080], loopback: true}", FAIL),
        ("ports: {denied: [3306, 5432]}", PASS),
        ("ports: {denied: [3306, 5432], loopback: true}", FAIL),
        ("ports: {denied: [22/udp]}", PASS),
        ("ports: {denied: [20-25/TCP]}", FAIL),
    ],
)
def test_ports(text: str, verdict: Verdict) -> None:
    listening = read(
        Socket(protocol="tcp", port=22, address="0.0.0.0", process="sshd"),
        Socket(protocol="udp", port=53, address="not an address"),  # within reach, as far as anybody knows
        Socket(protocol="tcp", port=3306, address="127.0.0.53"),
        Socket(protocol="tcp", port=5432, address="::1"),
        Socket(protocol="tcp", port=5432, address="::ffff:127.0.0.1"),
        Socket(protocol="tcp", port=8080, address="::", network="c0ffee"),
    )
    assert judged(text, vm("a"), guest("a", sockets=listening)).verdict is verdict


def test_evidence_of_ports() -> None:
    telnet = Socket(protocol="tcp", port=23, address="0.0.0.0", process="inetd")
    found = judged("ports: {allowed: [22], denied: [23/tcp]}", vm("a"), guest("a", sockets=read(telnet)))
    assert found.evidence == "inetd listens on 23/tcp at 0.0.0.0; allowed: 22, denied: 23/tcp"
    assert found.paths == ("sockets[tcp:0.0.0.0:23]",)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("modules: {denied: [usb-storage]}", FAIL),
        ("modules: {denied: ['usb_*']}", FAIL),
        ("modules: {denied: [dccp]}", PASS),
        ("modules: {out_of_tree: denied}", FAIL),
        ("modules: {unsigned: denied}", PASS),
    ],
)
def test_modules(text: str, verdict: Verdict) -> None:
    loaded = read(KernelModule(name="usb_storage"), KernelModule(name="nvidia", taints="PO"))
    assert judged(text, vm("a"), guest("a", modules=loaded)).verdict is verdict


@pytest.mark.parametrize(
    ("text", "signs", "verdict"),
    [
        ("tampering: {}", (), PASS),
        ("tampering: {}", (Sign(name="hidden process", detail="7 (x)"),), FAIL),
        ("tampering: {ignore: ['hidden process: 7 *']}", (Sign(name="hidden process", detail="7 (x)"),), PASS),
        ("tampering: {ignore: ['hidden process: 8 *']}", (Sign(name="hidden process", detail="7 (x)"),), FAIL),
    ],
)
def test_tampering(text: str, signs: tuple[Sign, ...], verdict: Verdict) -> None:
    assert judged(text, vm("a"), guest("a", signs=read(*signs))).verdict is verdict


def kernel(runs: str, *installed: str, told: str | None = None, in_memory: bool = True) -> Judgement:
    system = OperatingSystem(name="Linux", kernel=runs, kernels=installed, booted_at=NOON if in_memory else None)
    return judged("kernel: {}", vm("a", guest=GuestSummary(kernel=told)), guest("a", os=read(system)))


@pytest.mark.parametrize(
    ("runs", "installed", "verdict"),
    [
        ("6.1.0-9-amd64", ("6.1.0-9-amd64",), PASS),
        ("6.1.0-9-amd64", ("6.1.0-10-amd64", "6.1.0-9-amd64"), FAIL),
        ("6.1.0-10-amd64", ("6.1.0-10-amd64", "6.1.0-9-amd64"), PASS),
        ("6.1.0-9-amd64", ("6.1.0-9-amd64", "6.1.0-12-cloud-amd64"), PASS),  # another flavour
        ("6.1.0-9-amd64", ("6.1.0-12-cloud-amd64",), UNKNOWN),
        ("6.1.0-9-amd64", (), UNKNOWN),
        ("5.14.0-427.el9.x86_64", ("5.14.0-427.el9.x86_64", "5.14.0-503.11.1.el9_5.x86_64"), FAIL),
        ("6.8.5-301.fc40.x86_64", ("6.8.5-301.fc40.x86_64", "6.9.1-1.fc40.x86_64+debug"), PASS),
        ("6.6.16-0-lts", ("6.6.16-0-lts", "6.6.31-0-virt"), PASS),
        ("", ("6.1.0-9-amd64",), UNKNOWN),
    ],
)
def test_the_kernel_that_runs(runs: str, installed: tuple[str, ...], verdict: Verdict) -> None:
    assert kernel(runs, *installed).verdict is verdict


def test_a_disk_does_not_say_which_kernel_runs_and_tools_may() -> None:
    assert kernel("6.1.0-9-amd64", "6.1.0-9-amd64", in_memory=False).verdict is UNKNOWN
    found = kernel("6.1.0-9-amd64", "6.1.0-9-amd64", in_memory=False, told="6.1.0-7-amd64")
    assert found.evidence == "6.1.0-7-amd64 runs, and 6.1.0-9-amd64 is installed: a restart is needed"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("guest_settings: {sshd.PermitRootLogin: 'no'}", PASS),
        ("guest_settings: {SSHD.permitrootlogin: false}", PASS),
        ("guest_settings: {sshd.PermitRootLogin: true}", FAIL),
        ("guest_settings: {sshd.PermitRootLogin: {one_of: [prohibit-password, 'no']}}", PASS),
        ("guest_settings: {sshd.MaxAuthTries: {at_most: 4}}", FAIL),
        ("guest_settings: {sshd.MaxAuthTries: 6}", PASS),
        ("guest_settings: {sshd.Banner: {absent: required}}", PASS),
        ("guest_settings: {sshd.Banner: /etc/issue}", FAIL),
        ("guest_settings: {'firewall.*': {absent: required}}", FAIL),
        ("guest_settings: {sshd.X11Forwarding: 'no'}", FAIL),  # for one user it is otherwise
        ("guest_settings: {sshd.X11Forwarding: {one_of: ['no', 'yes']}}", PASS),
    ],
)
def test_guest_settings(text: str, verdict: Verdict) -> None:
    found = read(
        Setting(name="sshd.PermitRootLogin", value="No"),
        Setting(name="sshd.MaxAuthTries", value="6"),
        Setting(name="sshd.X11Forwarding", value="no"),
        Setting(name="sshd.Match", value="Match User bob: PermitTunnel no, X11Forwarding yes"),
        Setting(name="firewall.enabled", value="ufw"),
    )
    assert judged(text, vm("a"), guest("a", settings=found, services=read())).verdict is verdict


def test_what_services_decide_is_not_known_without_them() -> None:
    inside = guest("a", settings=read(Setting(name="sshd.Port", value="22")), services=TORN)
    assert judged("guest_settings: {firewall.enabled: ufw}", vm("a"), inside).verdict is UNKNOWN
    assert judged("guest_settings: {firewall.enabled: {absent: required}}", vm("a"), inside).verdict is UNKNOWN
    assert judged("guest_settings: {sshd.Port: 22}", vm("a"), inside).verdict is PASS
    known = guest("a", settings=inside.settings, services=read(Service(name="ssh")))
    found = judged("guest_settings: {firewall.enabled: ufw}", vm("a"), known)
    assert (found.verdict, found.evidence) == (FAIL, "firewall.enabled is not set, must be ufw")
