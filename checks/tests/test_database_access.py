"""SQL is in `statements.py` and `database/`; waits for a connection are limited."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendar_checks.projects import SERVICES, Project

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
    """Yield strings that start like an SQL statement, except docstrings."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            text = node.value
            if SQL.match(text):
                yield text


def unbounded_waits(source: str) -> Iterator[str]:
    """Yield calls that wait for a connection of an asyncpg pool without a limit.

    The timeout of `Pool.fetch` and similar methods does not cover the wait for a connection;
    `Pool.acquire` has no timeout by default; `asyncio.timeout()` around it is one, too.
    """
    tree = ast.parse(source)
    limited = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.AsyncWith)
        and any("asyncio.timeout(" in ast.unparse(item) for item in block.items)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        receiver = ast.unparse(node.func.value)
        is_pool = "pool" in receiver or "connections" in receiver
        if is_pool and node.func.attr in STATEMENT_METHODS:
            yield ast.unparse(node)
        if "connections" in receiver and node.func.attr == "acquire":
            keywords = {keyword.arg for keyword in node.keywords}
            if "timeout" not in keywords and id(node) not in limited:
                yield ast.unparse(node)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_sql_is_only_in_statements_and_database(service: Project) -> None:
    found = {
        path.name: [*sql_literals(path.read_text())]
        for path in modules(service)
        if path.stem != "statements" and path.parent.name != "database"
    }

    assert {name: literals for name, literals in found.items() if literals} == {}


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_waits_for_a_connection_have_a_timeout(service: Project) -> None:
    assert [call for path in modules(service) for call in unbounded_waits(path.read_text())] == []


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_only_the_pool_opens_connections(service: Project) -> None:
    opening = {
        str(path.relative_to(service.source))
        for path in modules(service)
        if re.search(r"asyncpg\.(connect|create_pool)\(", path.read_text())
    }

    assert opening == {"database/pool.py"}


def test_violations_are_found() -> None:
    assert [*sql_literals('x = "SELECT 1"')]
    assert [*sql_literals('f(f"DELETE FROM {table}")')]
    assert not [*sql_literals('"""SELECT in a docstring"""')]
    assert [*unbounded_waits("self._pool.fetchrow(query, timeout=1)")]
    assert [*unbounded_waits("self._connections.acquire()")]
    assert not [*unbounded_waits("self._connections.acquire(timeout=1.0)")]
    limit = "async with asyncio.timeout(1.0):\n    await self._connections.acquire()"
    assert not [*unbounded_waits(limit)]
    assert [*unbounded_waits(limit.replace("asyncio.timeout(1.0)", "self._lock"))]
