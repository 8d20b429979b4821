"""Notices where PostgreSQL commits without the synchronous standbys that it was to wait for."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from asyncpg import InterfaceError, PostgresLogMessage

from calendar_api.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from calendar_api.database import Connection

# The function in PostgreSQL that warns. The text of the warning depends on the server's language,
# and its SQLSTATE (01000) is that of most warnings.
_WAIT: Final = "SyncRepWaitForLSN"


@contextmanager
def replicated(connection: "Connection") -> Iterator[None]:
    """What is committed in this block is on the standbys that PostgreSQL has to wait for.

    Raises:
        DatabaseUnavailable: it is not. Somebody has cancelled the wait, which leaves the commit in
            place on this server.
    """
    is_cancelled = False

    def listen(_connection: Any, message: PostgresLogMessage) -> None:
        nonlocal is_cancelled
        is_cancelled = is_cancelled or message.server_source_function == _WAIT

    connection.add_log_listener(listen)
    try:
        yield
    finally:
        with suppress(InterfaceError):  # A connection that is closed has no listeners left.
            connection.remove_log_listener(listen)
    if is_cancelled:
        raise DatabaseUnavailable("committed, but a synchronous standby may not have it")
