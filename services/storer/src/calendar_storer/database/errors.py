"""What the driver's errors mean to this service: one table, by SQLSTATE."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import asyncpg

from calendar_storer.errors import (
    ConnectionLost,
    DatabaseReadOnly,
    DatabaseUnavailable,
    RowRejected,
    TablesMissing,
)

# A state, or two characters for the rest of its class. What is not here is a bug.
MEANINGS: Final[Mapping[str, type[Exception]]] = {
    "08": ConnectionLost,  # connection exception
    "22": RowRejected,  # data exception
    "23": RowRejected,  # integrity constraint violation
    "25006": DatabaseReadOnly,  # read-only transaction
    "25P03": ConnectionLost,  # idle_in_transaction_session_timeout
    "25P04": ConnectionLost,  # transaction_timeout
    "28": DatabaseUnavailable,  # invalid authorization
    "3D": DatabaseUnavailable,  # no such database
    "40": DatabaseUnavailable,  # transaction rollback: deadlock, serialization
    "42501": DatabaseUnavailable,  # insufficient privilege
    "42703": TablesMissing,  # undefined column
    "42P01": TablesMissing,  # undefined table
    "53": DatabaseUnavailable,  # insufficient resources: disk, memory, connections
    "55": DatabaseUnavailable,  # object not in prerequisite state: lock_timeout
    "57": DatabaseUnavailable,  # operator intervention: statement_timeout, starting up
    "57P01": ConnectionLost,  # admin shutdown
    "57P02": ConnectionLost,  # crash shutdown
    "57P05": ConnectionLost,  # idle_session_timeout
    "58": DatabaseUnavailable,  # system error
}


@contextmanager
def translated_errors() -> Iterator[None]:
    """In this block the driver's errors are raised as this service's; a bug stays what it is."""
    try:
        yield
    except Exception as error:
        if (translation := translated(error)) is None:
            raise
        raise translation from error


def translated(error: BaseException) -> Exception | None:
    """This service's error for one of the driver's; `None` for a bug, and for all other errors.

    The reason never quotes the driver where it may quote the DSN, which holds a password.
    """
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(error.sqlstate or "", name)
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return DatabaseReadOnly("no server accepts writes (target_session_attrs)")
    if isinstance(error, TimeoutError):
        return DatabaseUnavailable(name)
    if isinstance(error, OSError):
        # Refused, reset, or a certificate that does not fit.
        return ConnectionLost(str(error) or name)
    # InternalClientError: a query met the server's last message on the connection.
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return ConnectionLost(name)
    return None


def _by_state(state: str, name: str) -> Exception | None:
    meaning = MEANINGS.get(state) or MEANINGS.get(state[:2])
    return meaning(f"{name} ({state})") if meaning else None
