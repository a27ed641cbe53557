"""Other names for everything, the same for the same: what is alike stays alike, and what is near stays near.

- *Names* become a word and a number (`vm-0012`), whatever a person wrote; upper and lower case count as one.
- *UUIDs and ids* become others, made with a key that is forgotten afterwards.
- *IP addresses* are replaced bit by bit under that key, each bit by those before it alone: addresses of one subnet are
  of one subnet afterwards, whatever its length (prefix-preserving, as in Crypto-PAn; Xu et al. 2002). Those of IPv4
  come to lie in 240.0.0.0/4, which is nobody's: each private range in one of its own, others by their first 16 bits.
  Loopback, link-local prefixes and multicast stay what they are.
- *MAC addresses* keep their first half, which says who made the card (or which hypervisor), and lose the rest.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import uuid
from collections import Counter
from collections.abc import Collection

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
MAC = re.compile(r"(?<![0-9a-f:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-f:])", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s,;=()\[\]{}<>\"'/\\@:|]+")
_COLONS = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:%\w+)?(?![\w:.])", re.IGNORECASE)

SHORTEST_NAME = 4
"""Shorter names are replaced where a name stands, and not within other texts: they would take words out of all."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = _words(
    """alma alpine amazon android arch bridge bsd centos cloud cluster data datacenter datastore debian default demo
    desktop direct domain ethernet fedora folder freebsd gateway guest host images internal isolated linux local
    localhost network none nwfilter openbsd opensuse oracle pool private production public redhat rocky root router
    server service software storage suse switch system template test ubuntu user virtual vmware windows workstation"""
)
"""Words that say nothing of anybody, although something is called so: left alone within other texts."""

QUIET = frozenset({"alarm", "attribute", "label", "snapshot", "tag", "value"})
"""What is called so is often a word of software, such as `nginx` or `x86_64`: it is replaced where it stands alone."""

WELL_KNOWN_USERS = _words(
    """_apt adm administrator apache avahi backup bin chrony daemon dbus defaultaccount dnsmasq ftp games gnats guest
    halt http irc kvm libvirt-qemu list local localservice lp mail man messagebus mysql named networkservice news
    nginx nobody ntp operator polkitd postfix postgres proxy pulse qemu redis root rpc rpcuser rtkit shutdown sshd sync
    sys syslog system sysusers tcpdump tss uucp uuidd vboxadd wdagutilityaccount www-data wheel"""
)
"""Accounts that come with systems and packages: checks speak of them, and they name nobody."""

PLACES = _words(
    """bin boot dev disks etc home images lib lib64 libexec libvirt local mnt opt proc qemu root run sbin srv storage
    sys tmp usr var vmfs volumes"""
)
"""Folders that every system has: they stay in paths."""

_INTERFACE = re.compile(
    r"(?:vnet|tap|macvtap|macvlan|virbr|br|eth|en[ops]\w{0,6}|bond|vmnic|vmk|vSwitch|DVS|lo|wlan|veth|docker)"
    r"[\d.]{0,6}|Uplink ?\d{1,3}"
)


class Pseudonyms:
    """Replacements of one redaction. `avoid` are names (in folded case) and MACs that are somebody's: none is given."""

    def __init__(self, avoid: Collection[str] = ()) -> None:
        self._avoid = frozenset(avoid)
        self._key = secrets.token_bytes(32)
        self._names: dict[str, str] = {}
        self._quiet: dict[str, str] = {}  # not looked for in other texts
        self._taken: Counter[str] = Counter()
        self._macs: dict[str, str] = {}
        self._given: set[str] = set()  # MACs
        self._addresses: dict[str, str] = {}
        self._blocks: dict[int, int] = {}  # the first 16 bits of addresses that are not private
        self._bits: dict[tuple[int, int, int], int] = {}
        self._texts: dict[str, str] = {}
        self.learning = True  # at first names are collected, so that all are known when texts are looked through
        self.given: dict[str, str] = {}  # ids that follow from others

    # --- names ----------------------------------------------------------------------------------------------------

    def name(self, text: str, word: str) -> str:
        """Another name: a word and a number. Whatever has the same name already keeps it."""
        folded = text.casefold()
        if not folded:
            return text
        found = self._names.get(folded) or self._quiet.get(folded)
        if found is None:
            while found is None or found in self._avoid:
                self._taken[word] += 1
                found = f"{word}-{self._taken[word]:04}"
            (self._quiet if word in QUIET else self._names)[folded] = found
        return found

    def host_name(self, text: str, word: str) -> str:
        """Another name of a machine: its first label, and those of its domain, each for itself. Or an address."""
        if (address := self._address_or_none(text)) is not None:
            return address
        if UUID.fullmatch(text):
            return self.uuid(text)
        if text.casefold() in self._names or "." not in text:
            return self.name(text, word)
        first, *domain = text.split(".")
        return ".".join((self.name(first, word), *(self.name(label, "domain") for label in domain)))

    def path(self, text: str, word: str = "folder") -> str:
        """Another path of the same shape; of a file, its last ending stays."""
        match = re.fullmatch(r"\[([^\]]*)\] ?(.*)", text, re.DOTALL)  # [datastore] folder/file, as vSphere writes
        if match is not None:
            return f"[{self.name(match[1], 'datastore')}] {self.path(match[2], word)}"
        parts = re.split(r"([/\\]+)", text)
        *above, last = parts
        stem, dot, ending = last.rpartition(".")
        if word != "folder" and stem and re.fullmatch(r"[A-Za-z]\w{0,5}", ending):
            last = self._segment(stem, word) + dot + ending
        else:
            last = self._segment(last, word)
        return "".join((*(self._segment(each, word) for each in above), last))

    def _segment(self, text: str, word: str) -> str:
        if not text.strip("/\\") or text in (".", "..") or text in PLACES or re.fullmatch(r"[A-Za-z]:", text):
            return text
        return self.name(text, word)

    def user(self, text: str) -> str:
        """Another user, of another domain where one is named."""
        for separator in ("\\", "@"):
            if separator in text:
                one, _, other = text.partition(separator)
                user, domain = (other, one) if separator == "\\" else (one, other)
                pair = self.user(user), ".".join(self.name(label, "domain") for label in domain.split("."))
                return separator.join(reversed(pair) if separator == "\\" else pair)
        folded = text.casefold()
        if not folded or folded in WELL_KNOWN_USERS or folded.startswith("systemd-"):
            return text
        return self.name(text, "user")

    def interface(self, text: str) -> str:
        """Another name of a network interface or bridge, unless it is one that every system gives."""
        return text if _INTERFACE.fullmatch(text) else self.name(text, "interface")

    # --- ids ------------------------------------------------------------------------------------------------------

    def uuid(self, text: str) -> str:
        """Another UUID, written alike."""
        made = str(uuid.UUID(bytes=self._digest("uuid", text.lower())[:16]))
        return made.upper() if text.isupper() else made

    def opaque(self, text: str) -> str:
        """Sixteen hexadecimal digits for anything; a UUID for a UUID, a MAC for a MAC."""
        if not text:
            return text
        if UUID.fullmatch(text):
            return self.uuid(text)
        if MAC.fullmatch(text):
            return self.mac(text)
        return self._digest("opaque", text).hex()[:16]

    def mac(self, text: str) -> str:
        """Another MAC address of the same maker."""
        folded = text.lower().replace("-", ":")
        if not MAC.fullmatch(folded):
            return self.opaque(text)
        if folded not in self._macs:
            number = int.from_bytes(self._digest("mac", folded)[:3])
            while (made := f"{folded[:8]}:{number.to_bytes(3).hex(':')}") in self._given or made in self._avoid:
                number = (number + 1) & 0xFFFFFF
            self._macs[folded] = made
            self._given.add(made)
        return self._macs[folded]

    # --- addresses ------------------------------------------------------------------------------------------------

    def address(self, text: str) -> str:
        """Another IP address, or network (`10.0.0.0/8`); anything else becomes opaque."""
        found = self._address_or_none(text)
        return self.opaque(text) if found is None else found

    def _address_or_none(self, text: str) -> str | None:
        if text in self._addresses:
            return self._addresses[text]
        bare, slash, prefix = text.partition("/")
        bare, percent, zone = bare.partition("%")
        try:
            address = ipaddress.ip_address(bare)
            length = int(prefix) if slash and prefix.isascii() and prefix.isdigit() else address.max_prefixlen
        except ValueError:
            return None
        if length > address.max_prefixlen or (slash and not prefix.isdigit()):
            return None
        # Of a network the bits behind its length are its own; of an interface with a length they are somebody's.
        is_network = slash and not int(address) & ((1 << (address.max_prefixlen - length)) - 1)
        made = self._other(address, length if is_network else address.max_prefixlen)
        zone = f"%{self.interface(zone)}" if percent else ""
        self._addresses[text] = f"{made}{zone}{slash}{prefix}"
        return self._addresses[text]

    def _other(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int) -> str:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            return f"::ffff:{self._other(address.ipv4_mapped, 32)}"
        if any(address in network for network in _UNTOUCHED):
            return str(address)
        kept, prefix = self._kept_six(address) if address.version == 6 else self._kept_four(address)
        width, number, made = address.max_prefixlen, int(address), prefix
        for position in range(kept, width):
            bit = number >> (width - 1 - position) & 1
            made = made << 1 | (bit ^ self._flip(width, position, number >> (width - position)))
        return str(type(address)(made >> (width - length) << (width - length)))

    def _kept_four(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> tuple[int, int]:
        """How many bits are given by the kind of the address, and what they become."""
        for network, becomes in _PRIVATE.items():
            if address in network:
                return network.prefixlen, int(becomes.network_address) >> (32 - network.prefixlen)
        block = self._blocks.setdefault(int(address) >> 16, len(self._blocks) % _MOST_BLOCKS)
        return 16, 248 << 8 | block

    def _kept_six(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> tuple[int, int]:
        kept = next((network.prefixlen for network in _KINDS_OF_SIX if address in network), 3)
        return kept, int(address) >> (128 - kept)

    def _flip(self, width: int, position: int, before: int) -> int:
        """Whether a bit is turned, by those before it."""
        key = (width, position, before)
        if key not in self._bits:
            self._bits[key] = self._digest("bit", f"{width} {position} {before}")[0] & 1
        return self._bits[key]

    # --- other texts ----------------------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """A text whose words are not names but may hold some: those that are known are replaced in it."""
        found = text if self.learning else self._texts.get(text)
        if found is None:
            found = MAC.sub(lambda match: self.mac(match[0]), text)
            found = UUID.sub(lambda match: self.uuid(match[0]), found)
            found = _COLONS.sub(lambda match: self._address_or_none(match[0]) or match[0], found)
            found = _TOKEN.sub(lambda match: self._known(match[0]), found)
            if text.casefold() in self._names and text.casefold() not in COMMON and len(text) >= SHORTEST_NAME:
                found = self._names[text.casefold()]
            self._texts[text] = found
        return found

    def _known(self, token: str) -> str:
        if token in self._addresses:
            return self._addresses[token]
        folded = token.casefold()
        if len(token) < SHORTEST_NAME or folded in COMMON:
            return token
        return self._names.get(folded, token)

    def _digest(self, of: str, text: str) -> bytes:
        return hashlib.blake2b(f"{of}\0{text}".encode("utf-8", "replace"), key=self._key, digest_size=32).digest()


_PRIVATE = {
    ipaddress.IPv4Network(one): ipaddress.IPv4Network(other)
    for one, other in (
        ("10.0.0.0/8", "240.0.0.0/8"),
        ("172.16.0.0/12", "241.0.0.0/12"),
        ("192.168.0.0/16", "242.0.0.0/16"),
        ("100.64.0.0/10", "243.0.0.0/10"),
        ("169.254.0.0/16", "244.0.0.0/16"),
    )
}
_MOST_BLOCKS = 2048  # of 16 bits in 248.0.0.0/5
_KINDS_OF_SIX = tuple(map(ipaddress.IPv6Network, ("fe80::/64", "fe80::/10", "fc00::/7", "ff00::/8")))
_UNTOUCHED = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/4", "255.0.0.0/8", "::/127")))
