from __future__ import annotations

import pytest

from vmi_console.estate.catalog import record_types
from vmi_console.estate.identity import canonical_uuid, endpoint_of, entity_id, kind_of, native_of


@pytest.mark.parametrize("native", ["vm-12", "a/b/c", "", "a b\n"])
def test_an_id_comes_apart_as_it_was_put_together(native: str) -> None:
    entity = entity_id("vm", "4c4c4544.qemu", native)
    assert (kind_of(entity), endpoint_of(entity), native_of(entity)) == ("vm", "4c4c4544.qemu", native)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("4C4C4544-0043-3510-8052-B4C04F564433", "4c4c4544-0043-3510-8052-b4c04f564433"),
        ("{4c4c4544004335108052b4c04f564433}", "4c4c4544-0043-3510-8052-b4c04f564433"),
        ("4c 4c 45 44 00 43 35 10-80 52 b4 c0 4f 56 44 33", "4c4c4544-0043-3510-8052-b4c04f564433"),  # vmx files
        ("00000000-0000-0000-0000-000000000000", None),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", None),
        ("4c4c4544-0043", None),
        ("zc4c4544-0043-3510-8052-b4c04f564433", None),
        ("", None),
        (None, None),
    ],
)
def test_a_uuid_has_one_form_or_none(text: str | None, canonical: str | None) -> None:
    assert canonical_uuid(text) == canonical


def test_what_a_record_is_called_is_what_tells_it_apart_on_the_wire() -> None:
    for each in record_types():
        assert each.kind == each.__struct_config__.tag
