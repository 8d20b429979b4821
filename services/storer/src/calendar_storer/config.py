"""The settings of the Storer. Nothing else looks at the environment."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from calendar_storer.settings import types
from calendar_storer.settings.kafka import Kafka
from calendar_storer.settings.loading import ServiceSettings
from calendar_storer.settings.types import IsoDuration, Log, PoolSize, Port, Section


class Database(types.Database):
    """Where notifications are stored. May be another database than the other services'."""

    pool_size: PoolSize = 2
    """One connection stores, one answers `/readyz`. Requests of users have others."""


class Http(types.Http):
    """Where the Storer listens. It has no login, so only on this machine unless told otherwise."""

    port: Port = 8082


class Storer(Section):
    """The consumer group, and how much to store at once."""

    group_id: str = Field(default="calendar-storer", min_length=1, max_length=255)
    """Storers of one group share the topic's partitions."""
    request_pool_size: PoolSize = 5
    """Most connections that answer requests of users. A request that gets none within a second is
    answered with 503."""
    batch_size: int = Field(default=1000, ge=1, le=10_000)
    """Most notifications that one INSERT stores."""
    max_poll_interval: IsoDuration = Field(
        default=timedelta(minutes=5), ge=timedelta(seconds=5), le=timedelta(days=1)
    )
    """A storer that fetches nothing from Kafka for so long loses its partitions to others.

    A batch that cannot be stored is held for a fifth of it, at most a minute, then fetched again.
    """


class MigrationSettings(ServiceSettings):
    """The settings of `calendar_storer migrate`: a job that migrates needs no broker."""

    model_config = SettingsConfigDict(extra="ignore")

    database: Database
    log: Log = Log()


class Settings(MigrationSettings):
    """All settings of the Storer. Its README has the table."""

    model_config = SettingsConfigDict(extra="forbid")

    kafka: Kafka
    http: Http = Http()
    storer: Storer = Storer()
