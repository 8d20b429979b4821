"""How to reach Kafka, and the topics that the Scheduler makes there."""

import ssl
from typing import Any, Final

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

# One limit for connecting, for a request and for a batch that waits: it bounds every future.
REQUEST_MILLISECONDS: Final = 1500

_OF_THE_CLUSTER: Final = frozenset({"bootstrap_servers", "retry_backoff_ms", "metadata_max_age_ms"})
"""What a client is made with, and one connection is not."""

_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000
RETENTION_DAYS: Final = 30
"""How long an unread notification is kept; the real bound of "never dropped"."""
DEAD_LETTER_RETENTION_DAYS: Final = 90
DEAD_LETTER_BYTES: Final = 16 * 1024 * 1024


def client_arguments(settings: Kafka) -> dict[str, Any]:
    """What every client of aiokafka is made with.

    Raises:
        ConfigError: a certificate or key cannot be used.
    """
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "client_id": "calendar_scheduler",
        "request_timeout_ms": REQUEST_MILLISECONDS,
        "retry_backoff_ms": 100,
        # A new partition or leader is seen in half a minute rather than in five.
        "metadata_max_age_ms": 30_000,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = _tls(settings)
    if settings.password is not None:
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.username
        arguments["sasl_plain_password"] = settings.password.get_secret_value()
    return arguments


def _tls(settings: Kafka) -> ssl.SSLContext:
    key = "kafka.ca_file"
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file:
            key = "kafka.cert_file"
            # A password would be asked for on the terminal; an empty one fails instead.
            context.load_cert_chain(settings.cert_file, settings.key_file, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"{key}: cannot be used: {reason}") from None
    return context


async def create_missing_topics(settings: Kafka, arguments: dict[str, Any]) -> list[str]:
    """Makes the notifications' topic and its dead letter topic; the names of those that were new.

    Several schedulers may do so at once.

    Raises:
        BrokerUnavailable: Kafka does not answer, or refuses.
    """
    admin = AIOKafkaAdminClient(**arguments)
    try:
        await admin.start()
        # Asking by name could create a topic with the broker's defaults; asking for all cannot.
        existing = await admin.list_topics()
        missing = [topic for topic in _topics(settings) if topic.name not in existing]
        return await _create(admin, missing) if missing else []
    except KafkaConnectionError as error:
        raise BrokerUnavailable(await _explain(error, arguments)) from error
    except (KafkaError, TimeoutError) as error:
        raise BrokerUnavailable(type(error).__name__) from error
    finally:
        await admin.close()


async def _explain(error: KafkaConnectionError, arguments: dict[str, Any]) -> str:
    """Why no broker can be had: aiokafka only says that none can, and keeps the reason to its log.

    The brokers of a cluster are of one kind: one of them is asked once more.
    """
    host, port, _ = collect_hosts(arguments["bootstrap_servers"])[0]
    own = {name: value for name, value in arguments.items() if name not in _OF_THE_CLUSTER}
    try:
        connection = await create_conn(host, port, **own)
    except (KafkaError, OSError) as reason:
        return str(reason) or type(reason).__name__
    connection.close()
    return type(error).__name__


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> list[str]:
    response = await admin.create_topics(topics)
    created = []
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        # Another scheduler may have been quicker.
        if error not in {NoError, TopicAlreadyExistsError}:
            raise BrokerUnavailable(f"cannot create the topic {name}: {error.__name__}")
        if error is NoError:
            created.append(name)
    return created


def _topics(settings: Kafka) -> list[NewTopic]:
    return [
        _topic(settings.topic, settings, days=RETENTION_DAYS),
        _topic(
            dead_letter_topic(settings.topic),
            settings,
            days=DEAD_LETTER_RETENTION_DAYS,
            # What was compressed on its way to the Storer may be large.
            max_message_bytes=DEAD_LETTER_BYTES,
        ),
    ]


def _topic(
    name: str, settings: Kafka, *, days: int, max_message_bytes: int | None = None
) -> NewTopic:
    configs = {
        "min.insync.replicas": str(settings.min_insync_replicas),
        "retention.ms": str(days * _DAY_MILLISECONDS),
        # A scheduler's clock counts for nothing: Kafka refuses times an hour ahead.
        "message.timestamp.type": "LogAppendTime",
    }
    if max_message_bytes is not None:
        configs["max.message.bytes"] = str(max_message_bytes)
    return NewTopic(
        name=name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        topic_configs=configs,
    )
