"""What the driver raises for an outage is an outage, and what is left is a bug."""

import asyncpg
import pytest

from calendar_scheduler.database import translate_errors
from calendar_scheduler.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.InterfaceError("the connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state 0"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_a_lost_connection_is_an_outage(error: Exception) -> None:
    with pytest.raises(DatabaseUnavailable), translate_errors():
        raise error


def test_a_bug_stays_one() -> None:
    with pytest.raises(asyncpg.UndefinedFunctionError), translate_errors():
        raise asyncpg.UndefinedFunctionError
