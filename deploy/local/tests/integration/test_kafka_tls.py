"""Scheduler and Storer connect to Kafka with TLS and SASL, and report failures."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.certificates import Authority
from tests.integration.project import psql, wait_for
from tests.integration.running import API, SCHEDULER, STORER, Running, migrate
from tests.integration.secured_kafka import PASSWORD, USER, SecuredKafka

from calendar_local.console import Console
from calendar_local.jars import fetch_jars
from calendar_local.layout import Layout
from calendar_local.ports import HOST
from calendar_local.postgres import Postgres

ADD_DUE_REMINDER = """
WITH event AS (
    INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
    VALUES ('ann', '{id}', 'Tea', now() + '1 hour', now() + '2 hours', '1 hour')
    RETURNING user_id, id
)
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), now(), now(), now() FROM event
"""
STORED = "SELECT count(*) FROM notifications WHERE event_id = '{id}'"


@dataclass(frozen=True, kw_only=True)
class Servers:
    """A broker, a migrated database and certificates."""

    kafka: SecuredKafka
    run: asyncio.Runner
    dsn: str
    trusted: Path
    client: Path
    stranger: Path

    def settings(self, security_protocol: str, **more: str) -> dict[str, str]:
        given = {
            "SECURITY_PROTOCOL": security_protocol,
            "BOOTSTRAP_SERVERS": self.kafka.address(security_protocol),
            "TOPIC": f"test-{uuid4().hex}",
            "PARTITIONS": "1",
        }
        if security_protocol.endswith("SSL"):
            given["CA_FILE"] = str(self.trusted)
        if security_protocol.startswith("SASL"):
            given |= {"SASL_MECHANISM": "PLAIN", "USERNAME": USER, "PASSWORD": PASSWORD}
        section = {f"KAFKA__{key}": value for key, value in (given | more).items()}
        return {"DATABASE__DSN": self.dsn, **section}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("secured")
    ours = Authority("authority", folder)
    certificate = ours.certify("broker", HOST)
    layout = Layout(folder)
    postgres = Postgres(layout, throw_away=True)
    kafka = SecuredKafka(
        layout,
        jars=fetch_jars(Console(io.StringIO())),
        certificate=certificate,
        trusted=ours.file,
    )
    with asyncio.Runner() as runner:
        try:
            runner.run(postgres.start())
            runner.run(kafka.start())
            for service in (API, STORER):
                migrate(service, postgres.dsn)
            yield Servers(
                kafka=kafka,
                run=runner,
                dsn=postgres.dsn,
                trusted=ours.file,
                client=ours.certify("client"),
                stranger=Authority("stranger", folder).file,
            )
        finally:
            runner.run(kafka.stop())
            runner.run(postgres.stop())


@contextmanager
def running(folder: Path, settings: dict[str, str]) -> Iterator[tuple[Running, Running]]:
    both = (Running(SCHEDULER, folder, settings), Running(STORER, folder, settings))
    try:
        yield both
        for each in both:
            each.stop()
    finally:
        for each in both:
            each.kill()


def deliver(servers: Servers) -> None:
    """Insert a due reminder and wait for its notification."""
    event_id = uuid4()
    psql(servers.dsn, ADD_DUE_REMINDER.format(id=event_id))
    wait_for(
        lambda: psql(servers.dsn, STORED.format(id=event_id)) == "1\n",
        what="the notification is stored",
    )


@pytest.mark.parametrize(
    ("security_protocol", "sasl_mechanism"),
    [
        ("SASL_PLAINTEXT", "SCRAM-SHA-512"),
        ("SASL_SSL", "PLAIN"),
        ("SASL_SSL", "SCRAM-SHA-256"),
        ("SASL_SSL", "SCRAM-SHA-512"),
    ],
)
def test_notification_is_stored_with_sasl(
    servers: Servers, tmp_path: Path, security_protocol: str, sasl_mechanism: str
) -> None:
    settings = servers.settings(security_protocol, SASL_MECHANISM=sasl_mechanism)
    with running(tmp_path, settings) as both:
        deliver(servers)
        for service in both:
            assert PASSWORD not in service.all_output()


def test_notification_is_stored_with_client_certificate(servers: Servers, tmp_path: Path) -> None:
    with running(tmp_path, servers.settings("SSL", CERT_FILE=str(servers.client))):
        deliver(servers)


def test_wrong_password_is_reported_without_the_password(servers: Servers, tmp_path: Path) -> None:
    user, password = "bob", "bobs-new-password"
    servers.run.run(servers.kafka.change_password("SCRAM-SHA-512", user, "bobs-old-password"))
    settings = servers.settings(
        "SASL_SSL", SASL_MECHANISM="SCRAM-SHA-512", USERNAME=user, PASSWORD=password
    )
    with running(tmp_path, settings) as both:
        for service in both:
            check_refused(service, "SaslAuthenticationFailed: Authentication failed")
            assert password not in service.all_output()

        servers.run.run(servers.kafka.change_password("SCRAM-SHA-512", user, password))

        deliver(servers)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"CA_FILE": "stranger"}, "certificate verify failed"),
        ({"BOOTSTRAP_SERVERS": "localhost"}, "certificate is not valid for 'localhost'"),
    ],
    ids=["authority", "host"],
)
def test_wrong_certificate_is_reported(
    servers: Servers, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    places = {
        "stranger": str(servers.stranger),
        "localhost": servers.kafka.address("SASL_SSL").replace(HOST, "localhost"),
    }
    settings = servers.settings("SASL_SSL", **{key: places[value] for key, value in wrong.items()})
    with running(tmp_path, settings) as both:
        for service in both:
            check_refused(service, reason)
            assert PASSWORD not in service.all_output()


def check_refused(service: Running, reason: str) -> None:
    def only_broker_is_missing() -> bool:
        readiness = service.readiness()
        assert readiness.get("broker") != "ok"
        return (readiness.get("status"), readiness.get("database")) == ("not ready", "ok")

    wait_for(lambda: reason in service.logged_reasons(), what=f"{reason} is logged")
    wait_for(only_broker_is_missing, what="only the broker is unavailable")
