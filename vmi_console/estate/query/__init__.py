"""The query language of search box, groups and checks. See docs/query.md for what can be written."""

from vmi_console.estate.query.completion import Completion, complete
from vmi_console.estate.query.query import Query, Reason, parse
from vmi_console.estate.query.rows import Combine, Operator, Row, Rows, from_rows, to_rows
from vmi_console.estate.query.search import parse_search

__all__ = [
    "Combine",
    "Completion",
    "Operator",
    "Query",
    "Reason",
    "Row",
    "Rows",
    "complete",
    "from_rows",
    "parse",
    "parse_search",
    "to_rows",
]
