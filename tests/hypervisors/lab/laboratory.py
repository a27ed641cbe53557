"""The lab as a whole: start, stop, look."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import libvirt

from tests.hypervisors.lab import definitions, guests, packages
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.daemons import Libvirtd, Switch
from tests.hypervisors.lab.faults import Faults
from tests.hypervisors.lab.namespace import Namespace, Process
from tests.hypervisors.lab.place import DEFAULT_DIRECTORY, LabError, Place

_PATIENCE_S = 60.0


class Laboratory:
    """One lab in a folder of its own. Starting twice or stopping twice is harmless."""

    def __init__(self, directory: Path = DEFAULT_DIRECTORY) -> None:
        self.place = Place(directory.absolute())
        self.namespace = Namespace(self.place)
        self.libvirtd = Libvirtd(self.place, self.namespace)
        self.faults = Faults(self.place, self.namespace, self.libvirtd)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def uri(self) -> str:
        """What a console connects to, from outside."""
        return self.libvirtd.uri

    @property
    def runs(self) -> bool:
        """Whether a start has come to its end and the lab was not stopped since."""
        return self.place.complete.exists() and self.namespace.init is not None

    def start(self) -> None:
        """Starts the lab and waits until both guests answer; a half-made lab is made anew."""
        packages.demand()
        with self.place.locked():
            if not self.runs:
                self.namespace.close()
                self.place.prepare()
                try:
                    self._make()
                except BaseException:
                    self.namespace.close()
                    raise
                self.place.complete.touch()
            self._mend()
            self._wait_for_guests()

    def stop(self) -> None:
        """Ends everything and removes everything but the logs; raises `LabError` if something stays."""
        with self.place.locked():
            self.namespace.close()
            self.place.clear()

    @contextmanager
    def administrator(self) -> Iterator[Administrator]:
        """Somebody who changes things behind the console's back, on a connection of their own."""
        with closing(self.libvirtd.connect()) as connection:
            yield Administrator(connection, self.place.images)

    def processes(self) -> list[Process]:
        return self.namespace.processes()

    def address(self, guest: str) -> str:
        """The guest's leased address on the LAN, or an empty text while it has none."""
        with closing(self.libvirtd.connect()) as connection:
            return _leased(connection, guest)

    def ask(self, guest: str, path: str) -> str:
        """Gets a page from the guest's web server over the LAN."""
        request = f"GET /{path} HTTP/1.0\r\n\r\n"
        answer = self.namespace.run("busybox", "nc", "-w", "3", self.address(guest), "80", given=request)
        return answer.partition("\n\n")[2]

    def reach(self, source: str, address: str) -> set[str]:
        """How `source` reaches `address`: "ping", "tcp", both or neither."""
        return set(self.ask(source, f"cgi-bin/reach?{address}").split()) & {"ping", "tcp"}

    def _make(self) -> None:
        place = self.place
        self.namespace.open()
        Switch(self.namespace).start()
        self.libvirtd.start()
        guests.kernel(place)
        guests.initramfs(place)
        disks = {
            definitions.WEB: guests.raw_disk(place, definitions.WEB.name),
            definitions.DB: guests.qcow2_disk(place, definitions.DB.name),
        }
        overlay = guests.overlay(place, "archive", guests.qcow2_disk(place, "archive-base"))
        with closing(self.libvirtd.connect()) as connection:
            for xml in definitions.NETWORKS:
                network = connection.networkDefineXML(xml)
                network.setAutostart(True)
                network.create()
            connection.nwfilterDefineXML(definitions.SPOOFING_FILTER)
            pool = connection.storagePoolDefineXML(definitions.pool(place))
            pool.setAutostart(True)
            pool.create()
            for guest, disk in disks.items():
                connection.defineXML(definitions.guest(place, guest, disk, filtered=guest is definitions.WEB))
            for xml in definitions.shut_off(place, overlay):
                connection.defineXML(xml)
            connection.lookupByName(definitions.DB.name).snapshotCreateXML(
                "<domainsnapshot><name>fresh</name><description>Before its first start</description></domainsnapshot>"
            )

    def _mend(self) -> None:
        """Undoes what a fault may have left: libvirtd gone or frozen, guests off."""
        self.faults.thaw()
        if not self.libvirtd.runs or self.libvirtd.demands_password:
            self.faults.restart()
        with closing(self.libvirtd.connect()) as connection:
            for guest in definitions.GUESTS:
                domain = connection.lookupByName(guest.name)
                if not domain.isActive():
                    domain.create()

    def _wait_for_guests(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        silent = [guest.name for guest in definitions.GUESTS]
        while silent := [name for name in silent if not self._answers(name)]:
            if time.monotonic() > deadline:
                raise LabError(f"no answer from {', '.join(silent)}; see the consoles in {self.place.log}")
            time.sleep(0.1)

    def _answers(self, guest: str) -> bool:
        """Whether the guest's last act of starting is done; a lease may be of an earlier start."""
        try:
            return self.ask(guest, "cgi-bin/name").strip() == guest
        except LabError:
            return False


def _leased(connection: libvirt.virConnect, guest: str) -> str:
    source = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE
    interfaces = connection.lookupByName(guest).interfaceAddresses(source, 0)
    return next((address["addr"] for interface in interfaces.values() for address in interface["addrs"] or []), "")
