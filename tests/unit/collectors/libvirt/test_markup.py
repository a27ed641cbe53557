"""XML from people who are not trusted."""

from __future__ import annotations

import pytest

from vmi_console.collectors.libvirt import domain, markup
from vmi_console.collectors.libvirt.surroundings import Surroundings

AROUND = Surroundings("endpoint")

BOMB = """<!DOCTYPE domain [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><domain><name>&c;</name></domain>"""
FOREIGN = """<!DOCTYPE domain [<!ENTITY f SYSTEM "file:///etc/passwd">]><domain><name>&f;</name></domain>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        FOREIGN,
        "<!DOCTYPE domain><domain/>",
        "",
        "<domain>",
        "<domain><name>a\0b</name></domain>",
        "<domain>\ud800</domain>",
        "<network><name>n</name></network>",
        "<domain>" + "x" * markup.MAX_DOCUMENT_CHARACTERS + "</domain>",
    ],
    ids=["bomb", "foreign", "doctype", "empty", "open", "nul", "surrogate", "other", "long"],
)
def test_what_is_no_definition_is_refused(text: str) -> None:
    with pytest.raises(markup.Unreadable):
        domain.vm(text, AROUND)


def test_the_letters_of_a_doctype_in_metadata_hide_no_vm() -> None:
    text = "<domain><name>a</name><metadata><x><![CDATA[<!DOCTYPE html>]]></x></metadata></domain>"
    assert domain.vm(text, AROUND).attributes == {"x": "<!DOCTYPE html>"}


def test_a_definition_nested_deeply_is_read() -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    record = domain.vm(f"<domain><name>deep</name><metadata>{deep}</metadata><vcpu>2</vcpu></domain>", AROUND)
    assert (record.name, record.vcpus, record.attributes) == ("deep", 2, {})


def test_long_texts_are_bounded() -> None:
    long = "n" * 20_000
    text = (
        f"<domain><name>{long}</name><description>{long * 3}</description><metadata><m>{long}</m></metadata>"
        f"<devices><disk><target dev='{long}'/></disk></devices></domain>"
    )
    record = domain.vm(text, AROUND)
    assert len(record.name) == domain.MAX_NAME_CHARACTERS
    assert len(record.annotation) == markup.MAX_TEXT_CHARACTERS
    assert len(record.attributes["m"]) == domain.MAX_ATTRIBUTE_CHARACTERS
    assert len(record.disks[0].key) == markup.MAX_TEXT_CHARACTERS


def test_more_parts_than_any_machine_has_are_cut() -> None:
    record = domain.vm(f"<domain><name>n</name><devices>{'<interface/>' * 3000}</devices></domain>", AROUND)
    assert len(record.nics) == markup.MAX_PARTS


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12\n", 12),
        ("+7", 7),
        ("-7", -7),
        ("9223372036854775807", 9223372036854775807),
        ("9999999999999999999", None),
        ("9" * 5000, None),
        ("0x10", None),
        ("1e3", None),
        ("1_000", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers_are_decimal_and_fit_a_record(text: str | None, number: int | None) -> None:
    assert markup.integer(text) == number


@pytest.mark.parametrize(
    ("xml", "size"),
    [
        ("<memory>4</memory>", 4096),
        ("<memory unit='KiB'>4</memory>", 4096),
        ("<memory unit='k'>4</memory>", 4096),
        ("<memory unit='KB'>4</memory>", 4000),
        ("<memory unit='b'>4</memory>", 4),
        ("<memory unit='bytes'>4</memory>", 4),
        ("<memory unit='byte'>4</memory>", 4),
        ("<memory unit='M'>4</memory>", 4 << 20),
        ("<memory unit='G'>4</memory>", 4 << 30),
        ("<memory unit='gib'>4</memory>", 4 << 30),
        ("<memory unit='GB'>4</memory>", 4_000_000_000),
        ("<memory unit='TiB'>4</memory>", 4 << 40),
        ("<memory unit='PiB'>4</memory>", 4 << 50),
        ("<memory unit='EiB'>7</memory>", 7 << 60),
        ("<memory unit='EiB'>8</memory>", None),
        ("<memory unit='furlong'>4</memory>", None),
        ("<memory unit='GiB'>-1</memory>", None),
        ("<memory>four</memory>", None),
        ("<memory/>", None),
    ],
)
def test_sizes_know_libvirts_units(xml: str, size: int | None) -> None:
    assert markup.size(markup.document(xml)) == size


@pytest.mark.parametrize(
    ("xml", "address"),
    [
        ("<address domain='0x0000' bus='0x06' slot='0x02' function='0x0'/>", "0000:06:02.0"),
        ("<address bus='6' slot='31' function='7'/>", "0000:06:1f.7"),
        ("<address bus='010'/>", "0000:0a:00.0"),
        ("<address type='usb' bus='1' device='2'/>", None),
        ("<address domain='0' slot='1'/>", None),
        ("<address bus='zero'/>", None),
    ],
)
def test_addresses_of_pci_devices(xml: str, address: str | None) -> None:
    assert markup.device_address(markup.document(xml)) == address
