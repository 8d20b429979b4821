"""The services have one shape, and keep the rules about SQL that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendar_checks.projects import SERVICES, Project

EVERYWHERE = {
    "__init__",
    "__main__",
    "app",
    "cli",
    "commands",
    "config",
    "errors",
    "health",
    "lifecycle",
    "loading",
    "logging",
    "metrics",
    "options",
    "outages",
    "pool",
    "repository",
}
OF_ITS_OWN = {
    "api": {"migrations", "problems", "endpoints", "schemas", "service", "statements"},
    "scheduler": {"connection", "periodic", "poller", "producer", "publish", "statements"},
    "storer": {"broker", "connection", "consumer", "migrations", "producer", "statements"},
}

SQL = re.compile(
    r"\s*(SELECT\b|INSERT INTO\b|UPDATE \w+ SET\b|DELETE FROM\b|WITH \w+ AS\b|BEGIN\b|COMMIT\b"
    r"|ROLLBACK\b|SET \w|LOCK TABLE\b|(CREATE|ALTER|DROP) \w)"
)
STATEMENT_METHODS = {
    "copy_from_query",
    "copy_records_to_table",
    "execute",
    "executemany",
    "fetch",
    "fetchmany",
    "fetchrow",
    "fetchval",
}


def modules(service: Project) -> list[Path]:
    return sorted(service.source.rglob("*.py"))


def sql_literals(source: str) -> Iterator[str]:
    """Strings that begin like a statement, docstrings aside."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            text = node.value
            if SQL.match(text):
                yield text


def unbounded_waits(source: str) -> Iterator[str]:
    """Calls that wait for a connection of asyncpg's pool without a limit.

    A pool's own `fetch` and its like have a time-out that does not cover the wait for a
    connection; `acquire` has none unless it is given one.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        receiver = ast.unparse(node.func.value)
        of_a_pool = "pool" in receiver or "connections" in receiver
        if of_a_pool and node.func.attr in STATEMENT_METHODS:
            yield ast.unparse(node)
        if "connections" in receiver and node.func.attr == "acquire":
            named = {keyword.arg for keyword in node.keywords}
            if "timeout" not in named:
                yield ast.unparse(node)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_module_has_the_same_name_in_every_service(service: Project) -> None:
    names = {path.stem for path in modules(service)}

    assert (EVERYWHERE | OF_ITS_OWN[service.folder.name]) - names == set()


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_sql_stands_in_statements_and_database_alone(service: Project) -> None:
    found = {
        path.name: [*sql_literals(path.read_text())]
        for path in modules(service)
        if path.stem not in {"queries", "statements"} and path.parent.name != "database"
    }

    assert {name: literals for name, literals in found.items() if literals} == {}


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_nobody_waits_for_a_connection_without_a_limit(service: Project) -> None:
    assert [call for path in modules(service) for call in unbounded_waits(path.read_text())] == []


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_only_the_pool_opens_connections(service: Project) -> None:
    opening = {
        str(path.relative_to(service.source))
        for path in modules(service)
        if re.search(r"asyncpg\.(connect|create_pool)\(", path.read_text())
    }

    assert opening == {"database/pool.py"}


def test_the_rules_find_what_breaks_them() -> None:
    assert [*sql_literals('x = "SELECT 1"')]
    assert [*sql_literals('f(f"DELETE FROM {table}")')]
    assert not [*sql_literals('"""SELECT in a docstring"""')]
    assert [*unbounded_waits("self._pool.fetchrow(query, timeout=1)")]
    assert [*unbounded_waits("self._connections.acquire()")]
    assert not [*unbounded_waits("self._connections.acquire(timeout=1.0)")]
