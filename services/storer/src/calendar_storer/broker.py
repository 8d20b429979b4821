"""How to reach Kafka: its clients, their limits, and what their errors mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
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
from calendar_storer.config import Storer
from calendar_storer.errors import BrokerUnavailable, ConfigError
from calendar_storer.settings.kafka import Kafka

log = structlog.stdlib.get_logger(__name__)

PROBE_SECONDS: Final = 1.0
START_SECONDS: Final = 3.0
STOP_SECONDS: Final = 2.5
CLOSE_SECONDS: Final = 0.5

SESSION_MILLISECONDS: Final = 10_000
"""A storer that was killed loses its partitions to the others after so long."""

MAX_DEAD_LETTER: Final = 16 * 1024 * 1024
"""Bytes. What was compressed on its way here may be large."""

_OF_THE_CLUSTER: Final = frozenset({"bootstrap_servers", "retry_backoff_ms"})
"""What a client is made with, and one connection is not."""

DEAD_LETTER_RETENTION: Final = 90 * 24 * 60 * 60 * 1000


class Broker:
    """Makes Kafka clients that are configured for the Storer."""

    def __init__(self, kafka: Kafka, storer: Storer) -> None:
        """Reads the certificates.

        Raises:
            ConfigError: one of them cannot be used.
        """
        self.topic: Final = kafka.topic
        self._kafka = kafka
        self._storer = storer
        self._arguments = _client_arguments(kafka)

    async def topics(self) -> list[str]:
        """The names of all topics.

        Asking for all cannot create one; asking for one by its name can.

        Raises:
            BrokerUnavailable: no answer within a second.
        """
        with translate_errors():
            async with asyncio.timeout(PROBE_SECONDS), self._admin(900) as admin:
                names: list[str] = await admin.list_topics()
                return names

    async def create_dead_letter_topic(self) -> None:
        """Makes the topic, unless it is there: the Scheduler may have been quicker.

        Raises:
            BrokerUnavailable: Kafka does not answer, or refuses.
        """
        topic = NewTopic(
            name=dead_letter_topic(self.topic),
            num_partitions=self._kafka.partitions,
            replication_factor=self._kafka.replication_factor,
            topic_configs={
                "min.insync.replicas": str(self._kafka.min_insync_replicas),
                "retention.ms": str(DEAD_LETTER_RETENTION),
                "message.timestamp.type": "LogAppendTime",
                "max.message.bytes": str(MAX_DEAD_LETTER),
            },
        )
        if topic.name in await self.topics():
            return
        with translate_errors():
            async with self._admin(1500) as admin:
                response = await admin.create_topics([topic])
        for _name, code, *_ in response.topic_errors:
            error = for_code(code)
            if error not in {NoError, TopicAlreadyExistsError}:
                raise BrokerUnavailable(f"cannot create {topic.name}: {error.__name__}")
            if error is NoError:
                log.info("topic_created", topic=topic.name)

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer that has not subscribed yet. It leaves its group at the end.

        Raises:
            BrokerUnavailable: Kafka does not answer.
        """
        consumer = AIOKafkaConsumer(
            **self._arguments,
            group_id=self._storer.group_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MILLISECONDS,
            heartbeat_interval_ms=3_000,
            # JoinGroup is answered only when the rebalance is over, a session's time at most.
            request_timeout_ms=SESSION_MILLISECONDS + 5_000,
            max_poll_interval_ms=round(self._storer.max_poll_interval.total_seconds() * 1000),
            max_poll_records=self._storer.batch_size,
            # A partition that is added is read from a few seconds later.
            metadata_max_age_ms=5_000,
        )
        async with running(consumer, consumer._client):  # noqa: SLF001 - it has no other name
            yield consumer

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A producer each of whose sends is acknowledged or fails within seconds.

        Raises:
            BrokerUnavailable: Kafka does not answer.
        """
        producer = AIOKafkaProducer(
            **self._arguments,
            acks="all",
            # With it, aiokafka would try for as long as the broker is away.
            enable_idempotence=False,
            request_timeout_ms=1500,
            max_request_size=MAX_DEAD_LETTER,
        )
        async with running(producer, producer.client):
            yield producer

    @asynccontextmanager
    async def _admin(self, request_timeout_ms: int) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._arguments, request_timeout_ms=request_timeout_ms)
        try:
            await admin.start()
            yield admin
        except KafkaConnectionError as error:
            raise BrokerUnavailable(await _explain(error, self._arguments)) from error
        finally:
            await admin.close()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns what aiokafka raises into `BrokerUnavailable`; what is left is a bug."""
    try:
        yield
    except (KafkaError, OSError) as error:  # TimeoutError is an OSError.
        raise BrokerUnavailable(type(error).__name__) from error


@asynccontextmanager
async def running(client: Any, connections: Any) -> AsyncIterator[None]:
    """Starts a client of aiokafka, and stops it within seconds whatever state it is in.

    Raises:
        BrokerUnavailable: it cannot be started.
    """
    try:
        with translate_errors():
            async with asyncio.timeout(START_SECONDS):
                await client.start()
        yield
    finally:
        # Where the broker is away, stop() waits for as long as a request may take, or is hit by
        # the cancellation of one of its own tasks and leaves the connections open.
        for close, seconds in ((client.stop, STOP_SECONDS), (connections.close, CLOSE_SECONDS)):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.gather(close(), return_exceptions=True)


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


def _client_arguments(settings: Kafka) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "client_id": "calendar_storer",
        "retry_backoff_ms": 100,
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
