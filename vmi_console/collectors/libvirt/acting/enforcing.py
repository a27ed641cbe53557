"""The blocking calls of quarantine, each of one domain: look, isolate, restore.

Every function here may block for as long as the daemon likes: they are called on a worker thread only. A definition's
secrets (passwords of displays) are never asked for but where libvirt leaves an empty element behind that only defining
the domain anew removes; they go from libvirt to libvirt.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape

import libvirt

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.acting import measures, ways
from vmi_console.collectors.libvirt.acting.definition import (
    Card,
    Identity,
    editable,
    set_filter,
    set_link,
    set_plug,
    text_of,
)
from vmi_console.collectors.libvirt.acting.looking import Seen, counted, former, look
from vmi_console.collectors.libvirt.acting.measures import FILTER, Means, Measure, Network, Target, closed
from vmi_console.collectors.libvirt.acting.planning import Step, plan, steps
from vmi_console.collectors.libvirt.domain import RECORD_NAMESPACE
from vmi_console.collectors.libvirt.errors import GONE, is_lost
from vmi_console.collectors.quarantine import Channel, Done, Hold, Image, Mode, Request, Survey, planned
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import Power

_log = logging.getLogger(__name__)

_RECORD_PREFIX = "vmi-console"
_NOT_ALLOWED = frozenset((libvirt.VIR_ERR_OPERATION_DENIED, libvirt.VIR_ERR_ACCESS_DENIED))
_BUSY = frozenset((libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_ERR_AGENT_UNRESPONSIVE))

_GRANT = "give the console's user the right to manage VMs there (org.libvirt.unix.manage; see docs/libvirt.md)"


class Enforcement:
    """Quarantine over one connection. Its methods raise `CommandRefused`, and `libvirtError` for a lost daemon."""

    def __init__(self, connection: libvirt.virConnect, *, writable: bool) -> None:
        self._connection = connection
        self._writable = writable
        self._touched = False  # whether anything but the record is another than it was

    # --- the commands -----------------------------------------------------------------------------------------------

    def survey(self, request: Request) -> Survey:
        """How the domain is, what would be changed, and what holds."""
        seen = look(self._connection, request.vm)
        means, problems = self._means(seen, request)
        problems += self._obstacles(seen, request)
        return Survey(
            image=seen.image,
            channels=planned(self._channels(seen, means, acted=False), self._channels(seen, means, acted=True)),
            steps=tuple(steps(seen, means)) if not problems else (),
            problems=tuple(problems),
        )

    def verify(self, request: Request) -> Survey:
        """How the domain is, and which of its ways are closed."""
        seen = look(self._connection, request.vm)
        means, problems = self._means(seen, request)
        return Survey(
            image=seen.image,
            channels=tuple(self._channels(seen, means, acted=True)),
            problems=tuple(problems),
        )

    def isolate(self, request: Request) -> Done:
        """Closes what can be closed; a card where that fails is told as not held, and does not keep the others open."""
        seen = look(self._connection, request.vm)
        means, problems = self._means(seen, request)
        problems += self._obstacles(seen, request)
        if problems:
            raise CommandRefused(f"{seen.name} cannot be quarantined: {'; '.join(problems)}")
        _demand_unchanged(seen, request)
        notes = self._leave_record(seen, request.record)
        try:
            notes += self._close(seen, request.mode, means)
        except CommandRefused:
            if not self._touched:
                self._take_back_record(seen, request.record)
            raise
        now = look(self._connection, request.vm)
        return Done(image=now.image, channels=tuple(self._channels(now, means, acted=True)), notes=tuple(notes))

    def restore(self, request: Request) -> Done:
        """Gives back what was changed between `before` and `image`: nothing else, and nothing that others changed.

        After an act that was killed half-way `image` is what a look finds: that is given back, however far it came.
        """
        if request.before is None or request.image is None:
            raise CommandRefused("what the VM was like before its quarantine was not told", "take it from the journal")
        seen = look(self._connection, request.vm)
        if not self._writable:
            raise CommandRefused(f"this connection may not change {seen.name}", _GRANT)
        if seen.migrating:
            raise CommandRefused(f"{seen.name} is being migrated", "wait until it has arrived, and release it there")
        if not request.force:
            _demand_unchanged(seen, request)
        means, _ = self._means(seen, request)
        notes: list[str] = []
        for running in (True, False):
            notes += self._open(seen, request.before, request.image, means, running=running)
        if request.mode is Mode.PAUSE and seen.power is Power.PAUSED and request.before.power == Power.ON:
            self._do(seen, lambda: seen.handle.resume())
        notes += self._take_record(seen, request.before)
        notes += self._drop_filter()
        now = look(self._connection, request.vm)
        image = now.image
        if image.version != request.before.version and not request.force:
            notes.append("its definition is not what it was before the quarantine: compare them")
        return Done(image=image, channels=tuple(self._channels(now, means, acted=True)), notes=tuple(notes))

    # --- looking ----------------------------------------------------------------------------------------------------

    def _means(self, seen: Seen, request: Request) -> tuple[Means, list[str]]:
        """What this host offers, and what is wrong with the quarantine network."""
        names = {
            card.network
            for each in (seen.stored, seen.running)
            if each is not None
            for card in each.cards.values()
            if card.network is not None
        }
        target: Target | None = None
        problems: list[str] = []
        if request.mode is Mode.ISOLATE and request.network:
            target, problems = self._target(request.network)
        networks = {name: known for name in sorted(names) if (known := self._network(name)) is not None}
        if target is not None:
            networks[target.network.name] = target.network
        filters = request.mode is Mode.ISOLATE and self._has_filters(request.vm)
        return Means(request.mode, filters, networks, target), problems

    def _network(self, name: str) -> Network | None:
        try:
            found = self._connection.networkLookupByName(name)
            return measures.network(found.XMLDesc(0), bool(found.isActive()))
        except (markup.Unreadable, libvirt.libvirtError) as error:
            if isinstance(error, libvirt.libvirtError) and is_lost(error):
                raise
            _log.info("the network %s cannot be read: %s", name, error)
            return None

    def _target(self, wanted: str) -> tuple[Target | None, list[str]]:
        """The network of a name, `name/portgroup`, UUID or record's id (`UUID#portgroup`)."""
        bare = wanted.split("/", 2)[2] if wanted.startswith("network/") and wanted.count("/") >= 2 else wanted
        first, _, portgroup = bare.partition("#") if "#" in bare else bare.partition("/")
        try:
            found = self._connection.networkLookupByUUIDString(first)
        except libvirt.libvirtError:
            found = None
        known = self._network(found.name() if found is not None else first)
        if known is None:
            return None, [f"there is no network {wanted} on this host: choose another one, or none for a filter"]
        if not known.active:
            return None, [f"the network {known.name} is not started (virsh net-start {known.name})"]
        if portgroup and not known.has_portgroup(portgroup):
            return None, [f"the network {known.name} has no portgroup {portgroup}"]
        return Target(known, portgroup or None), []

    def _has_filters(self, vm: str) -> bool:
        """Whether this driver filters at all (a user's own daemon does not), and our filter has no hole."""
        try:
            filters = {each.name(): each for each in self._connection.listAllNWFilters(0)}
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            _log.info("no filters for %s: %s", vm, error)
            return False
        return True if FILTER not in filters else self._writable or measures.drops_everything(filters[FILTER].XMLDesc())

    def _obstacles(self, seen: Seen, request: Request) -> list[str]:
        """Why nothing can be done at all."""
        problems = []
        if not self._writable:
            problems.append(f"this connection may not change VMs: {_GRANT}")
        if seen.migrating:
            problems.append("it is being migrated: wait until it has arrived")
        if request.mode is Mode.PAUSE and seen.running is None:
            problems.append("it does not run, so it cannot be paused: isolate it instead")
        driver = self._connection.getType()
        if request.mode in (Mode.ISOLATE, Mode.DISCONNECT) and driver not in ("QEMU", "Test"):
            problems.append(f"cards of {driver} cannot be closed by this version of the console")
        return problems

    def _channels(self, seen: Seen, means: Means, *, acted: bool) -> Iterator[Channel]:
        if (because := _stays_open(seen, means.mode, acted)) is not None:
            for card in seen.definition.cards.values():
                yield Channel(key=card.key, title=card.title, hold=Hold.NOT_HELD, because=because)
            yield from ways.side_ways(seen.definition, Mode.OBSERVE)
            return
        broken = acted and self._filter_is_broken(seen)
        for card, verdict in ways.held_cards(seen.stored, seen.running, means, saved=seen.saved, acted=acted):
            hold, because, advice = verdict
            if broken and card.filter == FILTER and card.link != "down":
                hold, because = Hold.NOT_HELD, f"somebody has changed the rules of the filter {FILTER}"
                advice = "quarantine the VM again, which mends it, and find out who it was"
            frames, octets = counted(seen, card, means)
            yield Channel(
                key=card.key, title=card.title, hold=hold, because=because, advice=advice,
                frames=frames, frame_bytes=octets,
            )  # fmt: skip
        yield from ways.side_ways(seen.definition, means.mode)

    def _filter_is_broken(self, seen: Seen) -> bool:
        if not seen.uses(FILTER):
            return False
        try:
            return not measures.drops_everything(self._connection.nwfilterLookupByName(FILTER).XMLDesc())
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            return True

    # --- closing ----------------------------------------------------------------------------------------------------

    def _close(self, seen: Seen, mode: Mode, means: Means) -> list[str]:
        """Takes all measures. Gives notes."""
        notes: list[str] = []
        failed: set[Identity] = set()
        if mode is Mode.PAUSE:
            if seen.power is Power.ON:
                self._do(seen, lambda: seen.handle.suspend())
        elif mode is not Mode.OBSERVE:
            if seen.uses(FILTER) or any(step.measure is Measure.FILTER for step in plan(seen, means)):
                self._define_filter()
            # Swapping a filter takes a second and more, everything else some milliseconds.
            for step in sorted(plan(seen, means), key=lambda step: step.measure is Measure.FILTER):
                notes += self._take(seen, step, means.target, failed)
        return notes

    def _define_filter(self) -> None:
        """Defines our filter, or mends it where somebody has changed it."""
        known = None
        with suppress(libvirt.libvirtError):
            known = self._connection.nwfilterLookupByName(FILTER)
        if known is not None and measures.drops_everything(known.XMLDesc()):
            return
        xml = measures.filter_xml(known.UUIDString() if known is not None else None)
        try:
            self._connection.nwfilterDefineXML(xml)
        except libvirt.libvirtError as error:
            again = self._connection.nwfilterLookupByName(FILTER)  # another console may have been faster
            if not measures.drops_everything(again.XMLDesc()):
                raise _refused(error, f"define the filter {FILTER}") from error

    def _take(self, seen: Seen, step: Step, target: Target | None, failed: set[Identity]) -> list[str]:
        """Takes a measure; where libvirt refuses it, the card's link is taken down instead. Gives notes.

        `failed` collects the cards where that happened: their stored definition gets what the running one got.
        """
        tries = [step.measure, Measure.LINK] if step.card.identity not in failed else [Measure.LINK]
        notes: list[str] = []
        for measure in dict.fromkeys(tries):
            try:
                xml = text_of(closed(step.card, measure, target, running=step.running))
                self._update(seen, xml, running=step.running)
                return notes
            except libvirt.libvirtError as error:
                if is_lost(error) or error.get_error_code() in (_NOT_ALLOWED | _BUSY):
                    raise _refused(error, f"change {step.title} of {seen.name}") from error
                failed.add(step.card.identity)
                fate = "it stays open" if measure is Measure.LINK else "its link is taken down instead"
                notes.append(f"{step.title}: libvirt refused ({error}); {fate}")
        return notes

    def _update(self, seen: Seen, xml: str, *, running: bool) -> None:
        flag = libvirt.VIR_DOMAIN_AFFECT_LIVE if running else libvirt.VIR_DOMAIN_AFFECT_CONFIG
        seen.handle.updateDeviceFlags(xml, flag)
        self._touched = True

    def _do(self, seen: Seen, act: Any) -> None:
        try:
            act()
        except libvirt.libvirtError as error:
            raise _refused(error, f"change {seen.name}") from error

    # --- opening ----------------------------------------------------------------------------------------------------

    def _open(self, seen: Seen, before: Image, after: Image, means: Means, *, running: bool) -> list[str]:
        """Gives the cards of one definition back. Gives notes."""
        current = seen.running if running else seen.stored
        was, became = former(before, running=running), former(after, running=running)
        if current is None or was is None or became is None:
            return []
        notes = []
        for identity, original in was.cards.items():
            left, card = became.cards.get(identity), current.cards.get(identity)
            changed = [part for part, value in original.parts.items() if left and left.parts[part] != value]
            if not changed:
                continue
            if card is None:
                notes.append(f"{original.title} is not there any more, and was not given back")
                continue
            assert left is not None
            for part in list(changed):
                if card.parts[part] == original.parts[part]:
                    changed.remove(part)
                elif card.parts[part] != left.parts[part]:
                    changed.remove(part)
                    notes.append(f"{original.title}: somebody else has changed its {part} meanwhile; it stays so")
            if changed:
                self._give_back(seen, card, original, changed, means, running=running)
        return notes

    def _give_back(
        self, seen: Seen, card: Card, original: Card, changed: list[str], means: Means, *, running: bool
    ) -> None:
        element = editable(card)
        if "filter" in changed:
            set_filter(element, original.element.find("filterref"))
        if "plug" in changed:
            plug = editable(original)
            network = means.networks.get(original.network or "")
            if running and plug.find("vlan") is None and network is not None:
                plug.extend(vlan for vlan in (network.vlan(original.portgroup),) if vlan is not None)
            set_plug(element, plug, running=running)
        try:
            if "link" in changed:
                link = original.element.find("link")
                if running and link is None:  # some cards stay down unless they are told that they are up
                    set_link(element, "up")
                    self._update(seen, text_of(element), running=True)
                set_link(element, link.get("state") if link is not None else None)
            self._update(seen, text_of(element), running=running)
        except libvirt.libvirtError as error:
            raise _refused(error, f"give back {original.title} of {seen.name}") from error

    # --- what is left with the VM -----------------------------------------------------------------------------------

    def _leave_record(self, seen: Seen, record: str) -> list[str]:
        """Leaves a record with the VM, unless it is there. Gives notes."""
        if record in ("", seen.record):
            return []
        xml = f"<record>{escape(record)}</record>"
        try:
            seen.handle.setMetadata(
                libvirt.VIR_DOMAIN_METADATA_ELEMENT, xml, _RECORD_PREFIX, RECORD_NAMESPACE, seen.everywhere
            )
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            return [f"no record of the quarantine could be left with {seen.name}: {error}"]
        return []

    def _take_back_record(self, before: Seen, record: str) -> None:
        """A VM of which nothing was changed shall not look as if it were in quarantine."""
        now = look(self._connection, before.vm)
        if now.record != record:
            return  # another console's by now
        notes = self._leave_record(now, before.record) if before.record else self._take_record(now, before.image)
        for note in (*notes, *self._drop_filter()):
            _log.warning("%s", note)

    def _take_record(self, seen: Seen, before: Image) -> list[str]:
        """Removes the record, and with it the empty element that libvirt leaves where there was none before."""
        try:
            if seen.record:
                seen.handle.setMetadata(
                    libvirt.VIR_DOMAIN_METADATA_ELEMENT, None, _RECORD_PREFIX, RECORD_NAMESPACE, seen.everywhere
                )
            was = former(before, running=False)
            if seen.stored is None or was is None or was.has_metadata:
                return []
            complete = seen.handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
            cleaned = complete.replace("  <metadata/>\n", "", 1)
            if cleaned != complete:
                self._connection.defineXML(cleaned)
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            return [f"the record of the quarantine could not be removed from {seen.name} altogether: {error}"]
        return []

    def _drop_filter(self) -> list[str]:
        """Removes our filter with its last user. libvirt only knows who uses it now, so stored definitions are read."""
        try:
            if FILTER not in self._connection.listNWFilters():
                return []
            for handle in self._connection.listAllDomains(0):
                if any(f"filter='{FILTER}'" in text for text in _texts(handle)):
                    return []
            self._connection.nwfilterLookupByName(FILTER).undefine()
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            return [f"the filter {FILTER} stays on the host: {error}"]
        return []


def _texts(handle: Any) -> Iterable[str]:
    try:
        return [handle.XMLDesc(flags) for flags in (0, libvirt.VIR_DOMAIN_XML_INACTIVE)]
    except libvirt.libvirtError as error:
        if error.get_error_code() in GONE:
            return []
        raise


def _stays_open(seen: Seen, mode: Mode, acted: bool) -> str | None:
    """Why no way is closed, whatever it is; None where each must be looked at."""
    if mode is Mode.OBSERVE:
        return "it is only observed"
    if mode is Mode.PAUSE and acted and seen.power is not Power.PAUSED:
        return "the VM runs" if seen.power is Power.ON else "the VM is off, and will not be paused when it starts"
    return None


def _demand_unchanged(seen: Seen, request: Request) -> None:
    if request.image is not None and request.image.version != seen.version:
        raise CommandRefused(f"{seen.name} was changed since it was looked at", "look at it again, and decide anew")


def _refused(error: libvirt.libvirtError, doing: str) -> CommandRefused | libvirt.libvirtError:
    """Our error for one of libvirt's that came of trying to `doing`; a lost connection is explained elsewhere."""
    if is_lost(error):
        return error
    code = error.get_error_code()
    if code in _NOT_ALLOWED:
        return CommandRefused(f"the console's user may not {doing}; libvirt said: {error}", _GRANT)
    if code in _BUSY:
        return CommandRefused(
            f"something else is at work on the VM, so libvirt could not {doing}: {error}",
            "wait until it is done (a backup, a snapshot, a migration), and try again",
        )
    return CommandRefused(f"libvirt could not {doing}: {error}", "look at the VM again: some of it may have been done")
