"""A part of a transaction that may fail without the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from calendar_scheduler.database.errors import translated_errors
from calendar_scheduler.database.pool import Connection
from calendar_scheduler.errors import RowRejected


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """The transaction goes on although PostgreSQL refuses a value in the block.

    The savepoint ends with the block: a row that the transaction has locked and that is written
    below a savepoint would have two lockers, which costs more.

    Raises:
        RowRejected: what the block did is undone.
    """
    await connection.execute("SAVEPOINT part")
    try:
        with translated_errors():
            yield
    except RowRejected:
        await connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
        raise
    await connection.execute("RELEASE SAVEPOINT part")
