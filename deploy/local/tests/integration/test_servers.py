"""PostgreSQL and Kafka can be killed and restarted with the same port and data."""

import asyncio
import io
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from tests.integration.project import Project, psql, wait_for

from calendar_local.console import Console
from calendar_local.databases import Databases
from calendar_local.jars import fetch_jars
from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.postgres import Postgres, Standby


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_postgres_restarts_after_kill_with_port_and_data(layout: Layout) -> None:
    async def work() -> None:
        postgres = Postgres(layout, throw_away=True)
        try:
            await postgres.start()
            dsn = postgres.dsn
            psql(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
            await postgres.kill()
            await postgres.start()
            assert postgres.dsn == dsn
            assert psql(dsn, "TABLE kept") == "42\n"
            assert psql(dsn, "SHOW max_connections") == "300\n"
        finally:
            await postgres.stop()

    asyncio.run(work())


def test_standby_replicates_and_can_be_promoted(tmp_path: Path) -> None:
    async def work() -> None:
        primary = Postgres(Layout(tmp_path / "primary"), throw_away=True)
        try:
            await primary.start()
            standby = Standby(
                Layout(tmp_path / "standby"), primary=primary, port=primary.port, throw_away=True
            )
            try:
                await standby.start()
                psql(primary.dsn, "CREATE TABLE kept ()")
                wait_for(
                    lambda: psql(standby.dsn, "SELECT to_regclass('kept')") == "kept\n",
                    what="the standby has the table",
                )
                await primary.kill()
                psql(standby.dsn, "SELECT pg_promote()")
                psql(standby.dsn, "DROP TABLE kept")
            finally:
                await standby.stop()
        finally:
            await primary.kill()

    asyncio.run(work())


def test_databases_are_copies_of_the_template(
    layout: Layout, project: Project, tmp_path: Path
) -> None:
    async def work() -> None:
        postgres, log = Postgres(layout, throw_away=True), tmp_path / "databases.log"
        try:
            await postgres.start()
            databases = Databases(postgres, log=log)
            await databases.prepare(project.root)
            assert log.read_text().splitlines().count("migrated") == 2
            migrated = postgres.dsn.removesuffix("calendar") + "migrated"
            psql(migrated, "CREATE TABLE kept AS SELECT 42 AS answer")

            one, other = await databases.create(), await databases.create()
            psql(one, "DROP TABLE kept")
            assert psql(other, "TABLE kept") == "42\n"
            await databases.drop(one)
            assert psql(other, "SELECT count(*) FROM pg_database WHERE datname ~ 'copy'") == "1\n"
        finally:
            await postgres.stop()

    asyncio.run(work())


def test_kafka_restarts_after_kill_with_port_and_data(layout: Layout) -> None:
    async def work() -> None:
        kafka = Kafka(layout, jars=fetch_jars(Console(io.StringIO())))
        try:
            await kafka.start()
            servers = kafka.bootstrap_servers
            await _send(servers, b"kept")
            await kafka.kill()
            await kafka.start()
            assert kafka.bootstrap_servers == servers
            assert await _receive(servers) == b"kept"
        finally:
            await kafka.stop()

    asyncio.run(work())


async def _send(servers: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("test", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        await producer.send_and_wait("test", value)


async def _receive(servers: str) -> bytes:
    async with (
        asyncio.timeout(120),
        AIOKafkaConsumer(
            "test", bootstrap_servers=servers, group_id="test", auto_offset_reset="earliest"
        ) as consumer,
    ):
        value = (await consumer.getone()).value
        assert isinstance(value, bytes)
        return value
