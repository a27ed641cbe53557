"""libvirtd and Open vSwitch inside a lab's namespaces."""

from __future__ import annotations

import signal
from pathlib import Path

import libvirt

from tests.hypervisors.lab import packages
from tests.hypervisors.lab.namespace import Namespace, send
from tests.hypervisors.lab.place import Place

SWITCH = "ovs-lab"

_SWITCH_RUN = "/run/openvswitch"
_SASL_MECHANISM = "SCRAM-SHA-256"

_LIBVIRTD = """\
unix_sock_dir = "/run/libvirt"
unix_sock_rw_perms = "0700"
auth_unix_ro = "{authentication}"
auth_unix_rw = "{authentication}"
host_uuid = "{uuid}"
log_filters = "1:libvirt 3:util"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""

# To whoever has a certificate of the same CA, over the network; QEMU serves its exports with the same.
_TLS = """\
listen_tls = 1
listen_tcp = 0
auth_tls = "none"
ca_file = "{folder}/ca-cert.pem"
cert_file = "{folder}/server-cert.pem"
key_file = "{folder}/server-key.pem"
"""

_QEMU_TLS = """\
backup_tls_x509_cert_dir = "{folder}"
backup_tls_x509_verify = 1
"""

# No control groups, no security driver, no change of owner: the lab's own namespaces are the fence.
_QEMU = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
"""


class Libvirtd:
    """The daemon under test."""

    def __init__(self, place: Place, namespace: Namespace) -> None:
        self._place = place
        self._namespace = namespace
        self._etc = place.root / "etc"
        self._users = self._etc / "sasldb2"

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self._place.socket}"

    @property
    def runs(self) -> bool:
        """Whether it is there; it may be frozen."""
        return bool(self._pids)

    @property
    def demands_password(self) -> bool:
        return self._users.exists()

    @property
    def certificates(self) -> Path:
        """Where those lie that it listens with over TLS, if it does."""
        return self._etc / "tls"

    def start(self, password: tuple[str, str] | None = None, *, over_tls: bool = False) -> None:
        """Starts it and waits until it accepts connections; with `password` only from that user with that password,
        and `over_tls` also at 127.0.0.1 in its namespace, with `certificates`.
        """
        shared = "/etc/libvirt/tls"
        (self._etc / "qemu.conf").write_text(_QEMU + (_QEMU_TLS.format(folder=shared) if over_tls else ""))
        said = _LIBVIRTD.format(authentication="sasl" if password else "none", uuid=self._place.uuid("host"))
        (self._etc / "libvirtd.conf").write_text(said + (_TLS.format(folder=shared) if over_tls else ""))
        self._users.unlink(missing_ok=True)
        if password:
            self._demand_password(*password)
        # With --daemon it gives control back when its sockets answer.
        self._namespace.run(
            "libvirtd",
            "--daemon",
            *(["--listen"] if over_tls else []),
            environment={**packages.environment(), "SASL_CONF_PATH": "/etc/libvirt/sasl2"},
        )

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it and waits until it is gone; the guests live on."""
        self._namespace.end(self._pids, number)

    def signal(self, number: signal.Signals) -> None:
        for pid in self._pids:
            send(pid, number)

    def connect(self) -> libvirt.virConnect:
        """A connection without a password; raises `libvirt.libvirtError`, and hangs where libvirtd does."""
        return libvirt.open(self.uri)

    @property
    def _pids(self) -> list[int]:
        return [process.pid for process in self._namespace.processes("libvirtd")]

    def _demand_password(self, user: str, password: str) -> None:
        folder = self._etc / "sasl2"
        folder.mkdir(exist_ok=True)
        (folder / "libvirt.conf").write_text(f"mech_list: {_SASL_MECHANISM}\nsasldb_path: /etc/libvirt/sasldb2\n")
        self._namespace.run(
            *("saslpasswd2", "-p", "-c", "-a", "libvirt", "-f", "/etc/libvirt/sasldb2", user),
            given=password,
            environment=packages.environment(),
        )


class Switch:
    """Open vSwitch with its user-space datapath: VLAN tags on running interfaces without any kernel module."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def start(self) -> None:
        schema = packages.UNPACKED / "usr" / "share" / "openvswitch" / "vswitch.ovsschema"
        daemon = packages.UNPACKED / "usr" / "lib" / "openvswitch-switch" / "ovs-vswitchd"
        self._run("mkdir", "-p", _SWITCH_RUN)
        self._run("ovsdb-tool", "create", f"{_SWITCH_RUN}/conf.db", str(schema))
        self._detach("ovsdb-server", f"{_SWITCH_RUN}/conf.db", f"--remote=punix:{_SWITCH_RUN}/db.sock")
        self._run("ovs-vsctl", "--no-wait", "init")
        self._detach(str(daemon), f"unix:{_SWITCH_RUN}/db.sock", "--disable-system")
        self._run("ovs-vsctl", "--timeout=10", "add-br", SWITCH, "--", "set", "bridge", SWITCH, "datapath_type=netdev")

    def _detach(self, *arguments: str) -> None:
        self._run(*arguments, "--pidfile", "--detach", f"--log-file=/var/log/libvirt/{Path(arguments[0]).name}.log")

    def _run(self, *arguments: str) -> str:
        return self._namespace.run(*arguments, environment=packages.environment())
