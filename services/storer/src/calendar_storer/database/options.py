"""How the Storer uses PostgreSQL: its sessions, and their limits of time."""

from typing import Final

from calendar_storer.database.pool import PoolOptions

MIGRATION_LOCK: Final = 7310214363
"""The advisory lock of `calendar_storer migrate`."""
MIGRATION_HISTORY: Final = "storer_migrations"

ANSWER_SECONDS: Final = 5.0
"""Every request is answered within this (the contract)."""
ACQUIRE_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = ANSWER_SECONDS - ACQUIRE_SECONDS - 0.5
"""For a request's work. Giving the connection back comes on top, and half a second for the rest."""

POOL: Final = PoolOptions(
    acquire_seconds=ACQUIRE_SECONDS,
    connect_seconds=2.0,
    command_seconds=2.5,
    use_seconds=4.5,
    close_seconds=0.5,
    session={
        "application_name": "calendar_storer",
        "timezone": "UTC",
        "statement_timeout": "2300ms",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "5s",
    },
)
