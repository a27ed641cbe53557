"""From the text of an expression to its tree, by Python's own parser."""

from __future__ import annotations

import ast
import math

from vmi_console.errors import QueryError
from vmi_console.estate.query import tree
from vmi_console.estate.query.tokens import DANGLING, KEYWORDS, MAX_DEPTH, Token, checked_tokens

MAX_NUMBER = 2**63

UNITS = {
    "KiB": ("bytes", 2**10),
    "MiB": ("bytes", 2**20),
    "GiB": ("bytes", 2**30),
    "TiB": ("bytes", 2**40),
    "minutes": ("days", 1 / 1440),
    "hours": ("days", 1 / 24),
    "days": ("days", 1),
    "weeks": ("days", 7),
}
"""What a unit measures, and how many of the base unit it is."""

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_FOREIGN = {
    ast.Attribute: "a dot",
    ast.Subscript: "a subscript",
    ast.Dict: "a dictionary",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a star",
    ast.BinOp: "arithmetic, except for a number times a unit such as 8 * GiB,",
    ast.UnaryOp: "a sign, except before a number,",
}


def parse_tree(text: str) -> tree.Node:
    """The tree of an expression. Raises `QueryError`; names and types are not checked yet."""
    tokens = checked_tokens(text)
    # Parentheses make line breaks insignificant; the tokens are balanced, so nothing can close them early.
    line = "(" + text.translate({ord(space): " " for space in "\r\n\f"}) + ")"
    try:
        expression = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(error, tokens) from None
    except (RecursionError, MemoryError):  # how Python's parser says "too deep"
        raise QueryError(f"the query is nested deeper than {MAX_DEPTH} levels", 0, len(text)) from None
    return _Reader(line, tokens[-1].end).node(expression, 1)


def _syntax_error(error: SyntaxError, tokens: list[Token]) -> QueryError:
    last = tokens[-1]
    if last.text in KEYWORDS or last.text in DANGLING:
        return QueryError(f"something is missing after “{last.text}”", last.start, len(last.text))
    column = (error.offset or 1) - 2  # Python counts from 1, and from the parenthesis we put before the text
    wrong = next((token for token in tokens if token.end > column), last)
    return QueryError("this cannot be read as an expression", wrong.start, len(wrong.text))


class _Reader:
    """Turns Python's nodes into ours. Their number is bounded by the characters: each takes one and a separator."""

    def __init__(self, line: str, end: int) -> None:
        self._line = line.encode()
        self._ascii = line.isascii()
        self._end = end

    def node(self, node: ast.expr, depth: int) -> tree.Node:
        self._check_depth(node, depth)
        span = self._span(node)
        match node:
            case ast.BoolOp(op=operator, values=values):
                terms = tuple(self.node(value, depth + 1) for value in values)
                return tree.And(terms, span) if isinstance(operator, ast.And) else tree.Or(terms, span)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return tree.Not(self.node(operand, depth + 1), span)
            case ast.Compare(left=left, ops=operators, comparators=comparators):
                rest = tuple(
                    (self._operator(operator, right), self.operand(right, depth + 1))
                    for operator, right in zip(operators, comparators, strict=True)
                )
                return tree.Compare(self.operand(left, depth + 1), rest, span)
            case _:
                return self.operand(node, depth)

    def operand(self, node: ast.expr, depth: int) -> tree.Operand:
        self._check_depth(node, depth)
        span = self._span(node)
        match node:
            case ast.Name(id=name):
                return tree.Number(1, name, span) if name in UNITS else tree.Name(name, span)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return tree.Call(function, tuple(self.operand(argument, depth + 1) for argument in arguments), span)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return tree.Several(tuple(self._item(item, depth + 1) for item in items), span)
            case _:
                literal = self._scalar(node, span)
                if literal is None:
                    raise self._foreign(node, span)
                return literal

    def _item(self, node: ast.expr, depth: int) -> tree.Text | tree.Number | tree.Truth:
        self._check_depth(node, depth)
        span = self._span(node)
        literal = self._scalar(node, span)
        if literal is None:
            raise QueryError("a list holds texts and numbers only", span[0], span[1] - span[0])
        return literal

    def _scalar(self, node: ast.expr, span: tree.Span) -> tree.Text | tree.Number | tree.Truth | None:
        match node:
            case ast.Constant(value=bool() as truth):
                return tree.Truth(truth, span)
            case ast.Constant(value=str() as text):
                return tree.Text(text, span)
            case ast.Constant(value=int() | float() as number):
                return tree.Number(self._bounded(number, span), "", span)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(
                number, bool
            ):
                return tree.Number(-self._bounded(number, span), "", span)
            case ast.BinOp(left=left, op=ast.Mult(), right=ast.Name(id=unit)) if unit in UNITS:
                factor = self._scalar(left, span)
                if isinstance(factor, tree.Number) and not factor.unit:
                    return tree.Number(factor.value, unit, span)
            case ast.BinOp(left=ast.Name(id=unit), op=ast.Mult(), right=right) if unit in UNITS:
                factor = self._scalar(right, span)
                if isinstance(factor, tree.Number) and not factor.unit:
                    return tree.Number(factor.value, unit, span)
            case ast.Name(id=unit) if unit in UNITS:
                return tree.Number(1, unit, span)
        return None

    def _bounded(self, number: int | float, span: tree.Span) -> int | float:
        if not math.isfinite(number) if isinstance(number, float) else abs(number) >= MAX_NUMBER:
            raise QueryError("this number is too large", span[0], span[1] - span[0])
        return number

    def _operator(self, operator: ast.cmpop, right: ast.expr) -> str:
        if type(operator) not in _OPERATORS:
            column, end = self._span(right)
            raise QueryError("only == != < <= > >= in and “not in” compare", column, end - column)
        return _OPERATORS[type(operator)]

    def _foreign(self, node: ast.expr, span: tree.Span) -> QueryError:
        if isinstance(node, ast.BoolOp | ast.Compare):
            what = "a condition in place of a value"
        elif isinstance(node, ast.Call):
            what = "a call of anything but a function of its own"
        else:
            what = _FOREIGN.get(type(node), "this")
        return QueryError(f"the query language does not know {what.rstrip(',')}", span[0], span[1] - span[0])

    def _check_depth(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} levels", self._span(node)[0])

    def _span(self, node: ast.expr) -> tree.Span:
        """Python counts bytes of UTF-8, from the parenthesis we put before the text."""
        start, end = node.col_offset, node.end_col_offset or node.col_offset
        if not self._ascii:
            start, end = len(self._line[:start].decode()), len(self._line[:end].decode())
        return max(start - 1, 0), min(end - 1, self._end)
