"""The settings of the Storer. Nothing else looks at the environment."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from calendar_storer.settings import types
from calendar_storer.settings.kafka import Kafka
from calendar_storer.settings.loading import ServiceSettings
from calendar_storer.settings.types import IsoDuration, Log, PoolSize, Port, Section
from calendar_storer.webhooks.signing import parse_secrets


class Database(types.Database):
    """Where notifications are stored. May be another database than the other services'."""

    pool_size: PoolSize = 2
    """One connection stores, one answers `/readyz`. Requests of users have others."""


class Http(types.Http):
    """Where the Storer listens. It has no login, so only on this machine unless told otherwise."""

    port: Port = 8082


def _check_secrets(secret: SecretStr) -> SecretStr:
    parse_secrets(secret.get_secret_value())
    return secret


class Webhook(Section):
    """An endpoint to which every notification is sent."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,63}$")
    """Its position and its deliveries are stored under this name."""
    url: HttpUrl
    secret: Annotated[SecretStr, AfterValidator(_check_secrets)]
    """Signs what is sent: `whsec_…`. Two, separated by a space, while a receiver changes over."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys of the signatures."""
        return parse_secrets(self.secret.get_secret_value())


def _decode(value: Any) -> Any:
    """Of an environment variable: a JSON array."""
    if not isinstance(value, str):
        return value
    try:
        return TypeAdapter(list[Any]).validate_json(value)
    except ValidationError:
        raise ValueError("must be a JSON array of endpoints") from None


def _check_names(webhooks: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
    for name, count in Counter(each.name for each in webhooks).items():
        if count > 1:
            raise ValueError(f"the name {name} is given to {count} endpoints")
    return webhooks


class Storer(Section):
    """What to store, to which endpoints to send it, and for how long to keep it."""

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
    webhooks: Annotated[
        tuple[Webhook, ...], NoDecode, BeforeValidator(_decode), AfterValidator(_check_names)
    ] = ()
    """Every notification is sent to each of them."""
    webhook_ca_file: Path | None = None
    """Certificates that endpoints' are checked against, PEM. Without it, the system's own."""
    retention: IsoDuration | None = Field(
        default=None, ge=timedelta(seconds=1), le=timedelta(days=36_525)
    )
    """Notifications that were stored longer ago are deleted. Without it, all are kept."""
    cleanup_interval: IsoDuration = Field(
        default=timedelta(hours=1), ge=timedelta(seconds=0.1), le=timedelta(days=7)
    )
    """How often old notifications are deleted."""


class MigrationSettings(ServiceSettings):
    """The settings of `calendar_storer migrate`: a job that migrates needs no broker."""

    model_config = SettingsConfigDict(extra="ignore")

    database: Database
    log: Log = Log()


class WebhookSettings(MigrationSettings):
    """The settings of `calendar_storer webhooks`: it needs no broker, either."""

    storer: Storer = Storer()


class Settings(WebhookSettings):
    """All settings of the Storer. Its README has the table."""

    model_config = SettingsConfigDict(extra="forbid")

    kafka: Kafka
    http: Http = Http()
