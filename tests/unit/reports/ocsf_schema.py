"""What OCSF demands of the classes and objects that are used: names of attributes, as facts from its schema.

From github.com/ocsf/ocsf-schema (Apache-2.0), at commit a5cfc68e. Beside it py-ocsf-models has an opinion of findings.
"""

from __future__ import annotations

from typing import Any

_OF_ALL = "activity_id category_uid class_uid metadata severity_id time type_uid"

CLASSES = {
    5001: f"{_OF_ALL} device",
    5020: f"{_OF_ALL} device",
    5019: f"{_OF_ALL} device",
    2003: f"{_OF_ALL} compliance finding_info",
    2004: f"{_OF_ALL} finding_info",
    7001: f"{_OF_ALL} command_uid",
}
"""Required attributes, by class."""

ACTIVITIES = {
    5001: (1, 2),
    5020: (1, 2),
    5019: (1, 2),
    2003: (1, 2, 3),
    2004: (1, 2, 3),
    7001: (1, 2, 3, 4, 5, 6),
}

STATUSES = {5001: (1, 2), 5020: (1, 2), 5019: (1, 2), 2003: range(7), 2004: range(7), 7001: range(7)}

OBJECTS = {
    "device": (
        "type_id",
        "ip uid name hostname instance_uid interface_uid interface_name",
        "boot_time created_time desc domain hostname hw_info hypervisor instance_uid ip mac name network_interfaces os "
        "region type type_id uid uid_alt vlan_uid zone",
    ),
    "os": ("name type_id", "", "build kernel_release name type type_id version"),
    "hw_info": ("", "", "cpu_count cpu_cores ram_size serial_number uuid vendor_name"),
    "network_interfaces": ("", "ip mac name hostname uid", "hostname ip mac name subnet_prefix type type_id uid"),
    "sbom": ("package software_components", "", "created_time package product software_components type uid version"),
    "package": ("name version", "", "architecture name purl type type_id version vendor_name"),
    "software_components": ("name version", "", "author hash license name purl type type_id version"),
    "product": ("", "name uid", "feature lang name path uid vendor_name version"),
    "metadata": ("product version", "", "product version profiles uid original_time"),
    "finding_info": (
        "uid",
        "",
        "analytic created_time data_sources desc first_seen_time last_seen_time modified_time product_uid title types "
        "uid uid_alt",
    ),
    "analytic": ("type_id", "name uid", "category desc name type type_id uid version"),
    "compliance": (
        "",
        "",
        "checks control control_parameters desc requirements standards status status_code status_detail status_id",
    ),
    "evidences": (
        "",
        "actor api connection_info data database device dst_endpoint file process query src_endpoint url user",
        "actor connection_info data device dst_endpoint file name process query resources src_endpoint uid url user",
    ),
    "resources": ("", "name uid", "criticality data group hostname ip labels name namespace region type uid"),
    "src_endpoint": ("", "ip uid name hostname svc_name", "domain hostname ip mac name port svc_name type type_id uid"),
    "dst_endpoint": ("", "ip uid name hostname svc_name", "domain hostname ip mac name port svc_name type type_id uid"),
    "actor": ("", "process user invoked_by session app_name app_uid", "app_name app_uid process session user"),
    "user": ("", "account name uid", "account domain email_addr full_name name type type_id uid uid_alt"),
}  # fmt: skip
"""By the attribute that holds them: required attributes, those of which one must be there, those that may be."""


def mistakes(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event."""
    uid = event.get("class_uid")
    if uid not in CLASSES:
        return [f"class {uid}"]
    wrong = [f"{uid} lacks {name}" for name in CLASSES[uid].split() if name not in event]
    if event["activity_id"] not in ACTIVITIES[uid]:
        wrong.append(f"activity {event['activity_id']}")
    if event["type_uid"] != uid * 100 + event["activity_id"] or event["category_uid"] != uid // 1000:
        wrong.append("numbers that do not fit")
    if event["severity_id"] not in (0, 1, 2, 3, 4, 5, 6, 99):
        wrong.append(f"severity {event['severity_id']}")
    if event.get("status_id", 0) not in (0, 99, *STATUSES[uid]):
        wrong.append(f"status {event['status_id']}")
    if not isinstance(event["time"], int) or event["time"] < 10**12:
        wrong.append(f"time {event['time']}")
    return wrong + list(_of_objects(event))


def _of_objects(value: Any, path: str = "") -> list[str]:
    wrong: list[str] = []
    for name, each in value.items() if isinstance(value, dict) else ():
        if name in ("unmapped", "data"):
            continue
        for item in each if isinstance(each, list) else [each]:
            if name in OBJECTS and isinstance(item, dict):
                required, one_of, allowed = (set(words.split()) for words in OBJECTS[name])
                wrong += [f"{path}{name} lacks {missing}" for missing in required - item.keys()]
                wrong += [f"{path}{name} has {strange}" for strange in item.keys() - allowed]
                if one_of and not one_of & item.keys():
                    wrong.append(f"{path}{name} has none of {one_of}")
            elif isinstance(item, dict):
                wrong.append(f"{path}{name} is an object of no known kind")
            wrong += _of_objects(item, f"{path}{name}.")
    return wrong
