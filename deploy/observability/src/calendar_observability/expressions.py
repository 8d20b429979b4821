"""What PromQL expressions ask for. Knows neither rules nor dashboards."""

from collections.abc import Iterable

from promql_parser import Expr, VectorSelector, parse, walk


def selectors(*expressions: str) -> frozenset[str]:
    """Each choice of series in the expressions, as an expression of its own: `up{job="api"}`.

    Raises:
        ValueError: one is no PromQL.
    """
    return frozenset(str(each) for each in _selectors(expressions))


def metrics(*expressions: str) -> frozenset[str]:
    """The names of the metrics that the expressions read.

    Raises:
        ValueError: one is no PromQL, or chooses series without naming their metric.
    """
    names = set()
    for each in _selectors(expressions):
        if each.name is None:
            raise ValueError(f"a selector without a metric's name: {each}")
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
