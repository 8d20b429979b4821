"""The settings of the Scheduler. Nothing else looks at the environment."""

from datetime import timedelta

from pydantic import Field

from calendar_scheduler.settings import types
from calendar_scheduler.settings.kafka import Kafka
from calendar_scheduler.settings.loading import ServiceSettings
from calendar_scheduler.settings.types import IsoDuration, Log, PoolSize, Port, Section


class Database(types.Database):
    """Where the API keeps events and reminders."""

    pool_size: PoolSize = 6
    """One connection for each batch in flight, for each other loop, and for readiness."""


class Http(types.Http):
    """Where to serve health and metrics."""

    port: Port = 8081


class Scheduler(Section):
    """How often to work, and how much at once."""

    poll_interval: IsoDuration = Field(
        default=timedelta(seconds=0.25), ge=timedelta(seconds=0.01), le=timedelta(minutes=1)
    )
    """The longest sleep: a reminder that is due when it is written waits at most so long."""
    batch_size: int = Field(default=500, ge=1, le=1000)
    """Most reminders that one transaction locks and sends."""
    retention: IsoDuration = Field(
        default=timedelta(days=365), ge=timedelta(seconds=1), le=timedelta(days=36_525)
    )
    """Events that ended longer ago are deleted."""
    cleanup_interval: IsoDuration = Field(
        default=timedelta(hours=1), ge=timedelta(seconds=0.1), le=timedelta(days=7)
    )
    """How often old events are deleted."""


class Settings(ServiceSettings):
    """All settings of the Scheduler. Its README has the table."""

    database: Database
    kafka: Kafka
    http: Http = Http()
    log: Log = Log()
    scheduler: Scheduler = Scheduler()
