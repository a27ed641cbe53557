"""What Microsoft's documents (CVRF) tell of Windows: reading both forms, hostile ones among them, and what is open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.unit.estate.builders import NOON, guest, read, vm, vm_id
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, Place, made
from vmi_console.errors import InputError
from vmi_console.estate.facts import FactSet, Looked, OperatingSystem, Patch
from vmi_console.policy.advisories.cvrf import MOST_REMEDIES, bulletin, product_name
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.advisories.windows import Installed
from vmi_console.policy.judgement import Judgement, Severity, Verdict

PRODUCTS = {
    "11923": "Windows Server 2022",
    "11924": "Windows Server 2022  (Server Core installation)",
    "12097": "Windows 10 Version 22H2 for x64-based Systems",
    "10378": "Windows Server 2012",
    "10483": "Windows Server 2012 R2",
    "11655": "Microsoft Edge (Chromium-based)",
    "99": "Microsoft .NET Framework 4.8 on Windows Server 2022",
}
HIGH = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C"

type Fix = tuple[str, str, str, tuple[str, ...]]  # update, build, what it replaced, products


def flaw(name: str, *fixes: Fix, affected: tuple[str, ...] = (), word: str = "Important", vector: str = "") -> Any:
    products = tuple(dict.fromkeys((*affected, *(product for fix in fixes for product in fix[3]))))
    return {
        "CVE": name,
        "ProductStatuses": [{"ProductID": list(products), "Type": 3}],
        "Threats": [
            {"Description": {"Value": "Elevation of Privilege"}, "ProductID": list(products[:1]), "Type": 0},
            {"Description": {"Value": word}, "ProductID": list(products[:1]), "Type": 3},
        ],
        "CVSSScoreSets": [{"BaseScore": 7.8, "Vector": vector, "ProductID": list(products)}] if vector else [],
        "Remediations": [
            {
                "Description": {"Value": update},
                "URL": f"https://catalog.example/?q={update}",
                "Supercedence": replaced,
                "ProductID": list(numbers),
                "Type": 2,
                "SubType": "Security Update",
                "FixedBuild": build,
            }
            for update, build, replaced, numbers in fixes
        ],
    }


def document(*flaws: Any, products: dict[str, str] = PRODUCTS) -> bytes:
    names = [{"ProductID": number, "Value": name} for number, name in products.items()]
    return json.dumps({"ProductTree": {"Branch": [], "FullProductName": names}, "Vulnerability": flaws}).encode()


_WORDS = {
    "ProductStatuses": {3: "Known Affected"},
    "Threats": {0: "Impact", 3: "Severity"},
    "Remediations": {2: "Vendor Fix"},
    "CVSSScoreSets": {},
}


def xml(content: bytes) -> bytes:
    """The same document in its other form."""
    said = json.loads(content)

    def parts(flaw: Any, field: str, tag: str) -> str:
        made = []
        for each in flaw[field]:
            numbers = "".join(f"<vuln:ProductID>{number}</vuln:ProductID>" for number in each["ProductID"])
            texts = {name: each[name] for name in ("Supercedence", "FixedBuild", "Vector") if name in each}
            if "Description" in each:
                texts["Description"] = each["Description"]["Value"]
            inside = "".join(f"<vuln:{name}>{escape(text)}</vuln:{name}>" for name, text in texts.items())
            kind = f' Type="{_WORDS[field][each["Type"]]}"' if "Type" in each else ""
            made.append(f"<vuln:{tag}{kind}>{inside}{numbers}</vuln:{tag}>")
        return f"<vuln:{field}>{''.join(made)}</vuln:{field}>"

    names = "".join(
        f'<prod:FullProductName ProductID="{each["ProductID"]}">{escape(each["Value"])}</prod:FullProductName>'
        for each in said["ProductTree"]["FullProductName"]
    )
    flaws = "".join(
        f'<vuln:Vulnerability Ordinal="{number}"><vuln:CVE>{each["CVE"]}</vuln:CVE>'
        f"{parts(each, 'ProductStatuses', 'Status')}{parts(each, 'Threats', 'Threat')}"
        f"{parts(each, 'CVSSScoreSets', 'ScoreSet')}{parts(each, 'Remediations', 'Remediation')}</vuln:Vulnerability>"
        for number, each in enumerate(said["Vulnerability"])
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><cvrf:cvrfdoc xmlns:cvrf="http://www.icasi.org/CVRF/schema/cvrf/1.1" '
        'xmlns:vuln="http://www.icasi.org/CVRF/schema/vuln/1.1" xmlns:prod="http://www.icasi.org/CVRF/schema/prod/1.1">'
        f"<prod:ProductTree>{names}</prod:ProductTree>{flaws}</cvrf:cvrfdoc>"
    ).encode()


SERVERS = ("11923", "11924")
MAY = document(
    flaw("CVE-2026-2001", ("5050001", "10.0.20348.2700", "5040001", SERVERS), vector=HIGH),
    flaw("CVE-2026-2002", ("5050012", "6.2.9200.25000", "", ("10378",)), word="Critical"),
    flaw("CVE-2026-2009", ("Release Notes", "", "", ("11655",))),
    flaw("CVE-2026-2010", ("5050099", "4.8.4690.02", "", ("99",))),
)
JUNE = document(
    flaw("CVE-2026-2003", ("5060001", "10.0.20348.2800", "5050001; 5040001", SERVERS), word="Moderate"),
    flaw("CVE-2026-2004", ("5060012", "6.2.9200.25100", "5050012", ("10378",)), word="Low"),
    flaw("CVE-2026-2005", affected=("12097",), word="Critical"),
)
JULY = document(flaw("CVE-2026-2006", ("5070012", "6.2.9200.25200", "KB5060012", ("10378",)), word="Low"))


def test_both_forms_say_the_same() -> None:
    for content in (MAY, JUNE):
        assert bulletin(xml(content)) == bulletin(content)
    first = bulletin(MAY).flaws[0]
    assert (first.name, first.severity) == ("CVE-2026-2001", Severity.HIGH)
    assert first.products == {"windows server 2022"}
    assert first.remedies[0].update == "KB5050001"
    assert first.remedies[0].build == (10, 0, 20348, 2700)
    assert first.remedies[0].replaced == ("KB5040001",)
    assert [each.name for each in bulletin(MAY).flaws] == ["CVE-2026-2001", "CVE-2026-2002"]  # Windows itself only


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Windows 11 version 21H2 for ARM64-based Systems", "windows 11 21h2"),
        ("Windows Server 2008 R2 for x64-based Systems Service Pack 1", "windows server 2008 r2"),
        ("Windows Server 2008 for 32-bit Systems Service Pack 2 (Server Core installation)", "windows server 2008"),
        ("Windows Server 2022, 23H2 Edition (Server Core installation)", "windows server 2022, 23h2 edition"),
        ("Windows 10 for x64-based Systems", "windows 10"),
        ("Windows 11 for x64-based Systems", "windows 11 21h2"),
    ],
)
def test_names_of_products(name: str, found: str) -> None:
    assert product_name(name) == found


def loaded(folder: Path, *contents: bytes) -> Advisories:
    for number, each in enumerate(contents):
        (folder / f"{number}.{'xml' if each.startswith(b'<') else 'json'}").write_bytes(each)
    return Advisories.load(folder)


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("Microsoft Windows Server 2022 Standard", "10.0.20348", "windows server 2022"),
        ("Microsoft Windows Server 2022 (64-bit)", "", "windows server 2022"),
        ("Microsoft Windows Server 2022 Standard", "10.0.17763", None),  # contradicts itself
        ("Microsoft Windows Server 2012 Standard", "6.2.9200", "windows server 2012"),
        ("Microsoft Windows Server 2012 R2 Standard", "6.3.9600", "windows server 2012 r2"),
        ("Microsoft Windows 10 Enterprise", "10.0.19045", "windows 10 22h2"),
        ("Microsoft Windows 10 Enterprise", "10.0.19044", None),  # no document speaks of it
        ("Microsoft Windows 10 Enterprise", "", None),
        ("Microsoft Windows Server Datacenter", "10.0.20348", None),
        ("Debian GNU/Linux", "12", None),
    ],
)
def test_products_of_guests(tmp_path: Path, name: str, version: str, found: str | None) -> None:
    assert loaded(tmp_path, MAY).windows.product(OperatingSystem(name=name, version=version)) == found


UNREAD: FactSet[Any] = FactSet(status=Looked.UNREADABLE, because="encrypted")


def said(advisories: Advisories, text: str, name: str, kernel: str, updates: tuple[str, ...] | None) -> Judgement:
    system = OperatingSystem(name=name, version=".".join(kernel.split(".")[:3]), kernel=kernel, id="windows")
    patches = UNREAD if updates is None else read(*(Patch(name=each) for each in updates))
    place = Place(vm("a"), guest("a", os=read(system), patches=patches))
    place.advisories = advisories
    machine = place.vm(vm_id("a"))
    assert machine is not None
    return made(f"vulnerabilities: {{{text}}}").judge(machine, place, NOON)


S2022, S2012 = "Microsoft Windows Server 2022 Standard", "Microsoft Windows Server 2012 Standard"


@pytest.mark.parametrize(
    ("text", "name", "kernel", "updates", "verdict"),
    [
        ("minimum: high", S2022, "10.0.20348.2699", (), FAIL),
        ("minimum: high", S2022, "10.0.20348.2700", (), PASS),
        ("minimum: medium", S2022, "10.0.20348.2700", (), FAIL),
        ("minimum: low", S2022, "10.0.20348.9000", None, PASS),  # the build tells, whatever else cannot be read
        ("minimum: high", S2022, "10.0.20348.1", None, FAIL),
        ("minimum: high", S2022, "10.0.20348.1", ("KB5060001",), PASS),  # which replaced the one that fixed it
        ("minimum: high", S2022, "10.0.20348", None, UNKNOWN),
        ("minimum: high", S2022, "10.0.20348", ("RollupFix 20348.2700.1.7",), UNKNOWN),
        ("minimum: high", S2022, "10.0.20348", ("KB5040001",), FAIL),
        ("minimum: critical", S2022, "10.0.20348", None, PASS),  # nobody can tell of what does not count
        ("minimum: critical", S2012, "6.2.9200.1", ("KB5040012",), FAIL),
        ("minimum: critical", S2012, "6.2.9200.99999", ("KB5040012",), FAIL),  # not cumulative then
        ("minimum: critical", S2012, "6.2.9200.1", ("KB5050012",), PASS),
        ("minimum: critical", S2012, "6.2.9200.1", ("KB5070012",), PASS),  # over two others
        ("minimum: critical", S2012, "6.2.9200.1", None, UNKNOWN),
        ("minimum: low", S2012, "6.2.9200.1", ("KB5060012",), FAIL),
        ("minimum: low", S2012, "6.2.9200.1", ("KB5070012",), PASS),
        ("minimum: critical", "Microsoft Windows 10 Pro", "10.0.19045.9999", (), FAIL),  # no update fixes it yet
        ("minimum: critical, fixable: true", "Microsoft Windows 10 Pro", "10.0.19045.9999", (), PASS),
        ("minimum: low", "Microsoft Windows 11 Pro", "10.0.22631.9999", ("KB5060001",), UNKNOWN),
    ],
)
def test_what_is_open(
    tmp_path: Path, text: str, name: str, kernel: str, updates: tuple[str, ...] | None, verdict: Verdict
) -> None:
    assert said(loaded(tmp_path, MAY, xml(JUNE), JULY), text, name, kernel, updates).verdict is verdict


def test_evidence_and_reasons(tmp_path: Path) -> None:
    advisories = loaded(tmp_path, MAY, JUNE)
    assert advisories.count == 5
    found = said(advisories, "minimum: low", S2022, "10.0.20348.1", ())
    assert found.evidence == (
        "Microsoft Windows Server 2022 Standard 10.0.20348.1: CVE-2026-2001 (high) fixed in KB5050001, "
        "CVE-2026-2003 (medium) fixed in KB5060001"
    )
    assert found.paths == ("os", "patches")
    found = said(advisories, "minimum: high", S2022, "10.0.20348", None)
    assert found.because == (
        "Microsoft Windows Server 2022 Standard 10.0.20348: of CVE-2026-2001: "
        "the guest's patches are unreadable: encrypted"
    )


def test_updates_that_replace_each_other_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    fixes = [(f"50000{n:02}", "", f"50000{(n + 1) % 50:02}", ("10378",)) for n in range(50)]
    advisories = loaded(tmp_path, document(*(flaw(f"CVE-2026-30{n:02}", fix) for n, fix in enumerate(fixes))))
    system = OperatingSystem(name=S2012, version="6.2.9200", kernel="6.2.9200.1")
    product = advisories.windows.product(system)
    assert product is not None
    assert advisories.windows.of(product, system, Installed(frozenset({"KB5000017"}))) == ()
    assert len(advisories.windows.of(product, system, Installed())) == 50


def test_one_of_several_updates_is_enough_and_each_document_counts(tmp_path: Path) -> None:
    either = flaw("CVE-2026-4001", ("5050012", "", "", ("10378",)), ("5050013", "", "", ("10378",)), word="Critical")
    again = flaw("CVE-2026-4001", ("5080012", "", "", ("10378",)), word="Critical")
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    for updates, first, both in ((("KB5050013",), PASS, FAIL), (("KB5050013", "KB5080012"), PASS, PASS)):
        assert (
            said(loaded(tmp_path / "1", document(either)), "minimum: low", S2012, "6.2.9200.1", updates).verdict
            is first
        )
        advisories = loaded(tmp_path / "2", document(either), document(again))
        assert said(advisories, "minimum: low", S2012, "6.2.9200.1", updates).verdict is both


def test_a_document_from_before_the_fix_says_nothing_any_more(tmp_path: Path) -> None:
    early = document(flaw("CVE-2026-2001", affected=SERVERS, vector=HIGH))
    for build, verdict in (("2699", FAIL), ("2700", PASS)):
        assert said(loaded(tmp_path, early, MAY), "minimum: low", S2022, f"10.0.20348.{build}", ()).verdict is verdict


BOMB = b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;">]><cvrfdoc>&c;</cvrfdoc>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "document type"),
        (b"<html></html>", "its root is none"),
        (b"<cvrfdoc>", "no document of security updates"),
        (BOMB.decode().encode("utf-16"), "OSV|CVRF"),
        (b'<?xml version="1.0" encoding="rot13"?><cvrfdoc><a></cvrfdoc>', "no document of security updates"),
        (b'{"ProductTree": {"FullProductName": 1}, "Vulnerability": []}', "no document of security updates"),
        (b'{"ProductTree":' + b"[" * 100_000, "nested too deep|no document"),
        (b'\xff{"ProductTree"', "no document of security updates"),
        (document(flaw("CVE-2026-1", *[("5050001", "", "", ("11923",))] * (MOST_REMEDIES + 1))), "more than 10,000"),
    ],
)
def test_hostile_documents_are_errors_with_their_name(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "month.xml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=rf"month\.xml.*(?:{reason})"):
        Advisories.load(tmp_path)


def test_deep_elements_and_foreign_values_harm_nothing() -> None:
    deep = b"<cvrfdoc>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</cvrfdoc>"
    assert bulletin(deep).flaws == ()
    odd = flaw("CVE-2026-5001", ("5050001" * 100, "10.0.x", "5" * 10_000, ("11923",)), word="worst")
    (found,) = bulletin(document(odd)).flaws
    assert (found.remedies, found.severity) == ((), None)
