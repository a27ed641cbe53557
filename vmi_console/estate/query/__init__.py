"""The query language of search box, groups and checks. See docs/query.md for what can be written."""

from vmi_console.estate.query.query import Query, Reason, parse
from vmi_console.estate.query.search import parse_search

__all__ = ["Query", "Reason", "parse", "parse_search"]
