"""How the API uses PostgreSQL: its sessions, and the limits of time that add up."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

import asyncpg

from calendar_api.database.pool import PoolOptions

MIGRATION_LOCK: Final = 7310214361
"""The advisory lock of `calendar migrate`."""
MIGRATION_HISTORY: Final = "api_migrations"

ANSWER_SECONDS: Final = 5.0
"""Every request is answered within this (the contract)."""
ACQUIRE_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = ANSWER_SECONDS - ACQUIRE_SECONDS - 0.5
"""For a request's work. Giving the connection back comes on top, and half a second for the rest."""

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# Each type of time with its zero in PostgreSQL, and its unit.
_TIME_TYPES: Final = {
    "timestamptz": (datetime(2000, 1, 1, tzinfo=UTC), _MICROSECOND),
    "timestamp": (datetime(2000, 1, 1), _MICROSECOND),  # noqa: DTZ001 - a wall time
    "date": (date(2000, 1, 1), _DAY),
}


async def _use_whole_calendar(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # The driver takes the first and the last value of Python's calendar for infinity, and returns
    # infinity without a time zone.
    for name, (zero, unit) in _TIME_TYPES.items():
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            format="tuple",
            encoder=partial(_to_number, zero, unit),
            decoder=partial(_from_number, zero, unit),
        )


def _to_number(zero: Any, unit: timedelta, value: Any) -> tuple[int]:
    return ((value - zero) // unit,)


def _from_number(zero: Any, unit: timedelta, row: tuple[int]) -> Any:
    return zero + row[0] * unit


POOL: Final = PoolOptions(
    acquire_seconds=ACQUIRE_SECONDS,
    connect_seconds=2.0,
    command_seconds=2.5,
    use_seconds=REQUEST_SECONDS,
    close_seconds=2.0,
    session={
        "application_name": "calendar",
        # Intervals leave PostgreSQL as text, in the JSON of an event.
        "intervalstyle": "iso_8601",
        "timezone": "UTC",
        # Every query was tried with its generic plan; a plan of its own costs more than it gains.
        "plan_cache_mode": "force_generic_plan",
        "statement_timeout": "2300ms",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "5s",
    },
    initialize=_use_whole_calendar,
)
