"""How the Scheduler uses PostgreSQL: its sessions, and their limits of time."""

from typing import Final

import asyncpg

from calendar_scheduler.database.pool import PoolOptions

TRANSACTION_TIMEOUT_SINCE: Final = 17
"""The version of PostgreSQL that first knows `transaction_timeout`."""


async def _limit_transactions(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # As a start-up parameter older servers would refuse it.
    if connection.get_server_version().major >= TRANSACTION_TIMEOUT_SINCE:
        await connection.execute("SET transaction_timeout = '10s'")


POOL: Final = PoolOptions(
    acquire_seconds=1.0,
    connect_seconds=2.0,
    command_seconds=5.5,
    # A transaction, and what its server's own limit may be late.
    use_seconds=12.0,
    close_seconds=0.5,
    session={
        "application_name": "calendar_scheduler",
        "timezone": "UTC",
        "lock_timeout": "1s",
        "statement_timeout": "5s",
        # While a batch is published the session is idle in its transaction. From a scheduler that
        # is frozen there, the server takes the rows back: this is the fence.
        "idle_in_transaction_session_timeout": "6s",
    },
    initialize=_limit_transactions,
    # Only claims use transactions. Most of the time next to nothing is due, and so say PostgreSQL's
    # statistics. A plan made for them would sort all that is due to send the first of it: with a
    # backlog of millions, for too long. And no table is read as a whole.
    begin="BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off",
)
