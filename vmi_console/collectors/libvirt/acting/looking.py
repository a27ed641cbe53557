"""A domain as quarantine finds it, and as an image of it says it was."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import libvirt

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.acting.definition import Card, Definition, version
from vmi_console.collectors.libvirt.acting.measures import Means, Measure
from vmi_console.collectors.libvirt.domain import RECORD_NAMESPACE
from vmi_console.collectors.libvirt.errors import GONE, is_lost
from vmi_console.collectors.libvirt.survey import POWER
from vmi_console.collectors.quarantine import Image, Mode
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId, native_of
from vmi_console.estate.records import Power

_log = logging.getLogger(__name__)

_MIGRATIONS = frozenset((libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN, libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT))


@dataclass(frozen=True)
class Seen:
    """A domain as it is. A transient one has no stored definition, one that is off none in force."""

    vm: EntityId
    handle: Any
    name: str
    power: Power
    stored: Definition | None
    running: Definition | None
    record: str
    saved: bool  # its state is on disk, and comes back at the next start
    migrating: bool

    @property
    def version(self) -> str:
        return version(self.stored, self.running)

    @property
    def definition(self) -> Definition:
        """What is in force, or will be."""
        definition = self.running or self.stored
        assert definition is not None
        return definition

    @property
    def everywhere(self) -> int:
        """The flags that mean the running domain and its stored definition."""
        flags: int = libvirt.VIR_DOMAIN_AFFECT_CONFIG if self.stored is not None else 0
        return flags | (libvirt.VIR_DOMAIN_AFFECT_LIVE if self.running is not None else 0)

    def uses(self, filter_name: str) -> bool:
        """Whether a card has this filter."""
        return any(card.filter == filter_name for card in self.definition.cards.values())

    @property
    def image(self) -> Image:
        """What restoring it needs; `former` reads it."""
        return Image(
            vm=self.vm,
            name=self.name,
            power=self.power,
            version=self.version,
            state={
                "stored": self.stored.text if self.stored is not None else None,
                "running": self.running.text if self.running is not None else None,
            },
            record=self.record,
        )


def look(connection: libvirt.virConnect, vm: EntityId) -> Seen:
    """A VM as it is now. Raises `CommandRefused` where it is gone or cannot be read."""
    try:
        handle = connection.lookupByUUIDString(native_of(vm))
        active, persistent = bool(handle.isActive()), bool(handle.isPersistent())
        stored = Definition(handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)) if persistent else None
        running = Definition(handle.XMLDesc(0)) if active else None
        saved = not active and bool(handle.hasManagedSaveImage(0))
        return Seen(
            vm=vm,
            handle=handle,
            name=handle.name(),
            power=Power.SUSPENDED if saved else POWER.get(handle.state()[0], Power.UNKNOWN),
            stored=stored,
            running=running,
            record=_record(handle, active, persistent),
            saved=saved,
            migrating=active and _is_migrating(handle),
        )
    except markup.Unreadable as error:
        raise CommandRefused(f"the definition of the VM cannot be read: {error}") from error
    except libvirt.libvirtError as error:
        if error.get_error_code() in GONE:
            raise CommandRefused("the VM is not there any more", "it was removed, or migrated away") from error
        raise


def former(image: Image, *, running: bool) -> Definition | None:
    """A definition out of an image. What ran then may be off now, and the other way round: the stored one stands in."""
    text = (image.state.get("running") if running else None) or image.state.get("stored")
    if not isinstance(text, str):
        text = image.state.get("running")
    try:
        return Definition(text) if isinstance(text, str) else None
    except markup.Unreadable as error:
        raise CommandRefused(f"the journalled definition of {image.name} cannot be read: {error}") from error


def _record(handle: Any, active: bool, persistent: bool) -> str:
    """The text of the record that a console left, in the stored definition or in force; empty for none."""
    for flag, there in ((libvirt.VIR_DOMAIN_AFFECT_CONFIG, persistent), (libvirt.VIR_DOMAIN_AFFECT_LIVE, active)):
        if not there:
            continue
        try:
            text = handle.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, RECORD_NAMESPACE, flag)
            return markup.document(text).text or ""
        except libvirt.libvirtError as error:
            if error.get_error_code() not in (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_NO_SUPPORT):
                raise
        except markup.Unreadable as error:
            _log.info("the record left with %s cannot be read: %s", handle.name(), error)
    return ""


def _is_migrating(handle: Any) -> bool:
    try:
        return handle.jobStats().get("operation") in _MIGRATIONS
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return False  # a driver without jobs has no migrations either


def counted(seen: Seen, card: Card, means: Means) -> tuple[int | None, int | None]:
    """The frames of a running card that libvirt counted, and their bytes, in the direction that stays flat while the
    card is closed; None where nothing counts.

    A filter drops what the guest sends after it was counted, and a link that is down what it receives.
    """
    if seen.running is None or card.device is None or card.identity not in seen.running.cards:
        return None, None
    measure = means.closed_by(card) or means.measure(card, running=True)
    if means.mode in (Mode.ISOLATE, Mode.DISCONNECT) and measure is Measure.MOVE:
        return None, None
    try:
        received_bytes, received, _, _, sent_bytes, sent, *_ = seen.handle.interfaceStats(card.device)
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return None, None  # nothing counts it: user-mode networking, for example
    frames, octets = (received, received_bytes) if measure is Measure.FILTER else (sent, sent_bytes)
    return int(frames) if frames >= 0 else None, int(octets) if octets >= 0 else None
