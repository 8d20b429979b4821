"""Parses PromQL expressions."""

from collections.abc import Iterable

from promql_parser import Expr, VectorSelector, parse, walk


def selectors(*expressions: str) -> frozenset[str]:
    """Return all vector selectors of the expressions, such as `up{job="api"}`.

    Raises:
        ValueError: an expression is not valid PromQL.
    """
    return frozenset(str(each) for each in _selectors(expressions))


def metrics(*expressions: str) -> frozenset[str]:
    """Return the names of all metrics in the expressions.

    Raises:
        ValueError: an expression is not valid PromQL, or a selector has no metric name.
    """
    names = set()
    for each in _selectors(expressions):
        if each.name is None:
            raise ValueError(f"selector without a metric name: {each}")
        names.add(each.name)
    return frozenset(names)


def _selectors(expressions: Iterable[str]) -> list[VectorSelector]:
    found: list[VectorSelector] = []

    def visit(node: Expr) -> None:
        if isinstance(node, VectorSelector):
            found.append(node)

    for expression in expressions:
        walk(parse(expression), visit)
    return found
