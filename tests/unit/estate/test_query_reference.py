from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmi_console.estate.query import parse
from vmi_console.estate.query.reference import attribute_table, function_table

REFERENCE = (Path(__file__).parents[3] / "docs" / "query.md").read_text()


@pytest.mark.parametrize(("part", "table"), [("attributes", attribute_table()), ("functions", function_table())])
def test_the_reference_says_what_the_schema_says(part: str, table: str) -> None:
    found = re.search(rf"<!-- {part}: made from the schema -->\n(.*?)\n<!-- end -->", REFERENCE, re.DOTALL)
    assert found is not None
    assert found[1] == table


def test_the_reference_begins_with_a_query_that_parses() -> None:
    example = re.search(r"```python\n(.*?)\n```", REFERENCE, re.DOTALL)
    assert example is not None
    assert parse(example[1]).reads == {"power", "tags", "vlans", "applications"}
