"""How to reach Kafka: client arguments, TLS and SASL, errors, and the creation of topics."""

import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.conn import collect_hosts, create_conn  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaConnectionError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)

from calendar_contracts import dead_letter_topic
from calendar_scheduler.errors import BrokerUnavailable, ConfigError
from calendar_scheduler.settings.kafka import Kafka

log = structlog.stdlib.get_logger(__name__)

DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000
DEAD_LETTER_RETENTION_DAYS: Final = 90
MAX_DEAD_LETTER_BYTES: Final = 16 * 1024 * 1024
"""A record that was compressed on its way to the Storer may be large."""

_CONNECTION_ARGUMENTS: Final = frozenset(
    {
        "client_id",
        "request_timeout_ms",
        "security_protocol",
        "ssl_context",
        "sasl_mechanism",
        "sasl_plain_username",
        "sasl_plain_password",
    }
)
"""The arguments of a client that a single connection takes too."""


def client_arguments(settings: Kafka) -> dict[str, Any]:
    """The arguments that all Kafka clients of the service have in common.

    Raises:
        ConfigError: a certificate or key cannot be used.
    """
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "client_id": "calendar_scheduler",
        "retry_backoff_ms": 100,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = _ssl_context(settings)
    if settings.password is not None:
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.username
        arguments["sasl_plain_password"] = settings.password.get_secret_value()
    return arguments


def _ssl_context(settings: Kafka) -> ssl.SSLContext:
    key = "kafka.ca_file"
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file:
            key = "kafka.cert_file"
            # Without a password OpenSSL would ask for one on the terminal; an empty one fails.
            context.load_cert_chain(settings.cert_file, settings.key_file, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"{key}: cannot be used: {reason}") from None
    return context


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate errors of aiokafka and of the network into `BrokerUnavailable`."""
    try:
        yield
    except TimeoutError as error:
        raise BrokerUnavailable("no answer") from error
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(type(error).__name__) from error


@asynccontextmanager
async def admin_client(
    arguments: dict[str, Any], *, request_timeout_ms: int
) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected admin client.

    Raises:
        BrokerUnavailable: Kafka does not answer, or refuses.
    """
    arguments = arguments | {"request_timeout_ms": request_timeout_ms}
    admin = AIOKafkaAdminClient(**arguments)
    try:
        with translate_errors():
            await admin.start()
            yield admin
    except BrokerUnavailable as error:
        if isinstance(error.__cause__, KafkaConnectionError):
            raise BrokerUnavailable(await _connection_error(arguments)) from error
        raise
    finally:
        await admin.close()


async def _connection_error(arguments: dict[str, Any]) -> str:
    """Why no broker can be reached. aiokafka logs the reason but does not raise it.

    All brokers are configured alike, so one more attempt to connect to the first is enough.
    """
    host, port, _ = collect_hosts(arguments["bootstrap_servers"])[0]
    own = {name: value for name, value in arguments.items() if name in _CONNECTION_ARGUMENTS}
    try:
        connection = await create_conn(host, port, **own)
    except (KafkaError, OSError) as error:
        return str(error) or type(error).__name__
    connection.close()
    return "KafkaConnectionError"


def new_topic(settings: Kafka, name: str, *, retention_days: int, **configs: str) -> NewTopic:
    """A topic with the partitions and replicas of the settings."""
    return NewTopic(
        name=name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        topic_configs={
            "min.insync.replicas": str(settings.min_insync_replicas),
            "retention.ms": str(retention_days * DAY_MILLISECONDS),
            # The broker's clock: Kafka would refuse records from a clock that is an hour ahead.
            "message.timestamp.type": "LogAppendTime",
            **configs,
        },
    )


def new_dead_letter_topic(settings: Kafka) -> NewTopic:
    """The topic of the records that the Storer cannot read."""
    return new_topic(
        settings,
        dead_letter_topic(settings.topic),
        retention_days=DEAD_LETTER_RETENTION_DAYS,
        **{"max.message.bytes": str(MAX_DEAD_LETTER_BYTES)},
    )


async def create_missing_topics(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    """Create those of the topics that do not exist. Several processes may do so at the same time.

    Raises:
        BrokerUnavailable: Kafka refuses to create one.
    """
    # A request for a topic by its name may create it with the broker's defaults; this one cannot.
    existing = await admin.list_topics()
    missing = [topic for topic in topics if topic.name not in existing]
    if not missing:
        return
    response = await admin.create_topics(missing)
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        if error not in {NoError, TopicAlreadyExistsError}:
            raise BrokerUnavailable(f"cannot create the topic {name}: {error.__name__}")
        if error is NoError:
            log.info("topic_created", topic=name)
