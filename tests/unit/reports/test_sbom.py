"""Bills of materials, as a validator of CycloneDX and a parser of package URLs that others wrote read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from tests.unit.reports import estates
from vmi_console.estate.facts import Application, Guest, Looked, OperatingSystem
from vmi_console.policy.advisories.index import Advisories
from vmi_console.reports.progress import Progress
from vmi_console.reports.purl import purl
from vmi_console.reports.sbom import write_sbom
from vmi_console.reports.subject import Scope, Subject
from vmi_console.reports.tables import TABLES


def written(subject: Subject, folder: Path) -> dict[str, Any]:
    path = folder / "bom.json"
    write_sbom(subject, path, Progress())
    text = path.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill: dict[str, Any] = json.loads(text)
    refs = [each["bom-ref"] for each in [*bill["components"], *bill["services"]]]
    assert len(refs) == len(set(refs))
    for dependency in bill["dependencies"]:
        assert set(dependency.get("dependsOn", ())) <= set(refs)
    return bill


@pytest.mark.parametrize("make", [estates.demo, estates.hostile])
def test_a_validator_accepts_it(make: Any, tmp_path: Path) -> None:
    subject = Subject(make())
    bill = written(subject, tmp_path)
    by_ref = {each["ref"]: each for each in bill["dependencies"]}
    purls = {each["bom-ref"]: each["purl"] for each in bill["components"] if "purl" in each}
    for address in purls.values():
        PackageURL.from_string(address)
    for vm in subject.vms:
        software = subject.software(vm)
        if software is not None and software.applications.status is Looked.READ:
            system = software.guest.os.items[0]
            has = {purls[ref] for ref in by_ref[vm.id]["dependsOn"] if ref in purls}
            assert has == {purl(each, system) for each in software.applications}


def test_what_nobody_could_read_is_said_to_be_unknown(tmp_path: Path) -> None:
    moment = estates.demo()
    unread = next(record for record in moment.records if isinstance(record, Guest) and record.applications.items)
    closed = msgspec.structs.replace(unread.applications, status=Looked.UNREADABLE, because="encrypted")
    changed = msgspec.structs.replace(unread, applications=closed)
    records = tuple(changed if record is unread else record for record in moment.records)
    subject = Subject(msgspec.structs.replace(moment, records=records))
    told = {each["aggregate"]: set(each["dependencies"]) for each in written(subject, tmp_path)["compositions"]}
    read = {vm for vm, *row in TABLES["guests"].rows(subject) if row[1:3] == ["applications", "read"]}
    assert unread.vm not in read
    assert told["unknown"] == {vm.id for vm in subject.vms} - read
    assert told["incomplete"].isdisjoint(told["unknown"])


def test_vulnerabilities_are_those_of_the_advisories(tmp_path: Path) -> None:
    moment = estates.demo()
    guests = [record for record in moment.records if isinstance(record, Guest)]
    vm, system = next((each.vm, found) for each in guests for found in each.os.items if "Debian" in found.name)
    package = Application(name="openssl", version="1.0", arch="amd64", manager="dpkg")
    changed = next(each for each in guests if each.vm == vm)
    replaced = msgspec.structs.replace(
        changed, applications=msgspec.structs.replace(changed.applications, base=None, removed=(), items=(package,))
    )
    records = tuple(replaced if record is changed else record for record in moment.records)
    document = tmp_path / "DSA-1.json"
    document.write_text(
        json.dumps(
            {
                "id": "DSA-1",
                "modified": "2026-01-01T00:00:00Z",
                "aliases": ["CVE-2026-0001"],
                "affected": [
                    {
                        "package": {"ecosystem": f"Debian:{system.version.split('.')[0]}", "name": "openssl"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0"}]}],
                    }
                ],
            }
        )
    )
    subject = Subject(msgspec.structs.replace(moment, records=records), Scope(vms=(vm,)), Advisories.load(document))
    [vulnerability] = written(subject, tmp_path)["vulnerabilities"]
    assert vulnerability["id"] == "CVE-2026-0001"
    assert vulnerability["affects"] == [{"ref": purl(package, system)}]
    assert vulnerability["recommendation"] == "update to 3.0"


def test_package_urls_read_back() -> None:
    system = OperatingSystem(name="Red Hat", version="9.4", id="rhel")
    package = Application(
        name="perl-Foo", version="4:1.2+3~4-5.el9", arch="x86_64", manager="rpm", source_name="perl", source_version="5"
    )
    read = PackageURL.from_string(purl(package, system))
    assert (read.type, read.namespace, read.name, read.version) == ("rpm", "rhel", "perl-Foo", "1.2+3~4-5.el9")
    assert read.qualifiers == {"arch": "x86_64", "distro": "rhel-9.4", "epoch": "4", "upstream": "perl@5"}
