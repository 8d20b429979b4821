"""What each error of PostgreSQL and of the driver means, and what becomes of the connection."""

import asyncio
from typing import Any, cast

import asyncpg
import pytest

from calendar_storer.database import options
from calendar_storer.database.pool import Pool
from calendar_storer.errors import (
    ConnectionLost,
    DatabaseReadOnly,
    DatabaseUnavailable,
    RowRejected,
    TablesMissing,
)

KEPT, DROPPED, ALL_DROPPED = (False, False), (True, False), (True, True)
"""Whether the connection is dropped, and whether the other ones are."""

STATES = {
    "08006": (ConnectionLost, ALL_DROPPED),  # connection failure
    "22021": (RowRejected, KEPT),  # character not in repertoire
    "23514": (RowRejected, KEPT),  # check violation
    "25006": (DatabaseReadOnly, ALL_DROPPED),  # a standby
    "25P03": (ConnectionLost, ALL_DROPPED),  # idle in transaction for too long
    "25P04": (ConnectionLost, ALL_DROPPED),  # transaction timeout
    "28P01": (DatabaseUnavailable, KEPT),  # wrong password
    "3D000": (DatabaseUnavailable, KEPT),  # no such database
    "40001": (DatabaseUnavailable, KEPT),  # serialization failure
    "40P01": (DatabaseUnavailable, KEPT),  # deadlock
    "42501": (DatabaseUnavailable, KEPT),  # no privilege
    "42703": (TablesMissing, KEPT),  # no such column
    "42P01": (TablesMissing, KEPT),  # no such table
    "53100": (DatabaseUnavailable, KEPT),  # disk full
    "53300": (DatabaseUnavailable, KEPT),  # too many connections
    "55P03": (DatabaseUnavailable, KEPT),  # lock timeout
    "57014": (DatabaseUnavailable, KEPT),  # statement timeout
    "57P01": (ConnectionLost, ALL_DROPPED),  # shut down by an administrator
    "57P02": (ConnectionLost, ALL_DROPPED),  # crash
    "57P03": (DatabaseUnavailable, KEPT),  # starting up
    "57P05": (ConnectionLost, ALL_DROPPED),  # idle for too long
    "58030": (DatabaseUnavailable, KEPT),  # I/O error
}
OF_THE_DRIVER = [
    (asyncpg.InterfaceError("the connection is closed"), ConnectionLost, ALL_DROPPED),
    (asyncpg.InternalClientError("unknown protocol state 0"), ConnectionLost, ALL_DROPPED),
    (asyncpg.TargetServerAttributeNotMatched("none"), DatabaseReadOnly, ALL_DROPPED),
    (ConnectionResetError(), ConnectionLost, ALL_DROPPED),
    (TimeoutError(), DatabaseUnavailable, DROPPED),
]


class FakeConnection:
    """Notes whether it was dropped."""

    def __init__(self) -> None:
        self.is_dropped = False

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109
        assert timeout == options.POOL.acquire_seconds
        self.is_dropped = True

    def add_log_listener(self, _listener: object) -> None:
        return

    remove_log_listener = add_log_listener


class FakeConnections:
    """A driver's pool with one connection."""

    def __init__(self) -> None:
        self.connection = FakeConnection()
        self.are_expired = False

    async def acquire(self) -> FakeConnection:
        return self.connection

    async def release(self, _connection: FakeConnection, *, timeout: float) -> None:  # noqa: ASYNC109
        assert timeout == options.POOL.acquire_seconds

    async def expire_connections(self) -> None:
        self.are_expired = True


def error_of_state(state: str) -> Exception:
    error: Exception = asyncpg.PostgresError.new({"C": state, "M": "x", "S": "ERROR"})
    assert getattr(error, "sqlstate", None) == state
    return error


async def use(connections: FakeConnections, error: BaseException) -> None:
    """A use of a connection that fails."""
    async with Pool(cast("Any", connections), options.POOL).acquire():
        raise error


@pytest.mark.parametrize(
    ("error", "meaning", "fate"),
    [
        *((error_of_state(state), *expected) for state, expected in STATES.items()),
        *OF_THE_DRIVER,
    ],
    ids=lambda value: getattr(value, "sqlstate", None) or type(value).__name__,
)
async def test_an_error_has_a_meaning_and_the_connection_a_fate(
    error: Exception, meaning: type[Exception], fate: tuple[bool, bool]
) -> None:
    connections = FakeConnections()

    with pytest.raises(meaning) as caught:
        await use(connections, error)

    assert type(caught.value) is meaning
    assert (connections.connection.is_dropped, connections.are_expired) == fate


@pytest.mark.parametrize("state", ["25P02", "42601", "42883", "XX000", "ZZ999"])
async def test_what_is_not_in_the_table_is_a_bug(state: str) -> None:
    error = error_of_state(state)

    with pytest.raises(asyncpg.PostgresError) as caught:
        await use(FakeConnections(), error)

    assert caught.value is error


async def test_a_cancelled_use_drops_its_connection_only() -> None:
    connections = FakeConnections()

    with pytest.raises(asyncio.CancelledError):
        await use(connections, asyncio.CancelledError())

    assert (connections.connection.is_dropped, connections.are_expired) == DROPPED


async def test_an_error_of_the_service_is_not_the_connections() -> None:
    connections = FakeConnections()

    with pytest.raises(LookupError):
        await use(connections, LookupError())

    assert (connections.connection.is_dropped, connections.are_expired) == KEPT


def test_missing_tables_say_what_makes_them() -> None:
    assert str(TablesMissing("UndefinedTableError (42P01)")).endswith("migrate`")


async def test_a_reason_does_not_quote_the_driver() -> None:
    with pytest.raises(ConnectionLost) as caught:
        await use(FakeConnections(), asyncpg.InterfaceError("postgresql://ann:sesame@db"))

    assert str(caught.value) == "InterfaceError"
