"""The one VM that a person means: `URI#ID`, `URI#UUID`, `URI#NAME`, or any of these without its address."""

from __future__ import annotations

from collections.abc import Iterable

from vmi_console.errors import InputError
from vmi_console.estate.identity import canonical_uuid
from vmi_console.estate.records import VM
from vmi_console.plain_text import visible
from vmi_console.policy.spelling import nearest

MOST_CANDIDATES = 20


def address_of(text: str) -> tuple[str, str]:
    """The address in front of the last `#`, empty where there is none, and what is behind it.

    >>> address_of("qemu:///system#web-01")
    ('qemu:///system', 'web-01')
    >>> address_of("web#01")
    ('', 'web#01')
    """
    uri, mark, wanted = text.rpartition("#")
    return (uri, wanted) if mark and "://" in uri else ("", text)


def vm_meant(vms: Iterable[VM], wanted: str) -> VM:
    """The VM of this id, else of this UUID, else of this name (without regard to case).

    Raises `InputError` where there is none, or several: then with the candidates.
    """
    vms = list(vms)
    uuid = canonical_uuid(wanted)
    found = (
        [vm for vm in vms if vm.id == wanted]
        or [vm for vm in vms if uuid is not None and canonical_uuid(vm.uuid) == uuid]
        or [vm for vm in vms if vm.name == wanted]
        or [vm for vm in vms if vm.name.casefold() == wanted.casefold()]
    )
    if len(found) == 1:
        return found[0]
    shown = visible(wanted, 80)
    if not found:
        likely = nearest(wanted, (vm.name for vm in vms))
        raise InputError(
            f"there is no VM “{shown}”", f"did you mean {visible(likely)}?" if likely else "check its name"
        )
    candidates = ", ".join(f"{visible(vm.name)} ({visible(vm.id)})" for vm in found[:MOST_CANDIDATES])
    raise InputError(f"{len(found)} VMs are meant by “{shown}”", f"say which one by its id: {candidates}")
