"""The settings of the Storer: defaults, the example file, and what its Kafka client gets."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from calendar_storer import config
from calendar_storer.config import Settings
from calendar_storer.errors import ConfigError
from calendar_storer.kafka.broker import Broker
from calendar_storer.settings.kafka import Kafka
from calendar_storer.settings.loading import load
from calendar_storer.webhooks.client import tls_context

EXAMPLE = Path(__file__).parents[2] / "calendar_storer.example.yaml"


@pytest.fixture(autouse=True)
def _required_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", "postgresql://calendar@localhost:5432/calendar")
    monkeypatch.setenv("CALENDAR_KAFKA__BOOTSTRAP_SERVERS", "localhost:9092")


def test_defaults_are_those_of_the_readme() -> None:
    settings = load(None, Settings)

    assert settings.database.pool_size == 2
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8082)
    assert settings.storer.group_id == "calendar-storer"
    assert settings.storer.batch_size == 1000
    assert settings.storer.max_poll_interval == timedelta(minutes=5)
    assert settings.storer.webhooks == ()
    assert settings.storer.webhook_ca_file is None
    assert settings.storer.retention is None
    assert settings.storer.cleanup_interval == timedelta(hours=1)


def test_example_file_shows_every_setting_at_its_default(tmp_path: Path) -> None:
    text = re.sub(r"^( *)# ( *\w+:)", r"\1\2", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    path = tmp_path / "all.yaml"
    path.write_text(text.replace("security_protocol: PLAINTEXT", "security_protocol: SASL_SSL"))
    defaults, shown = load(None, Settings), load(path, Settings)

    assert load(EXAMPLE, Settings) == defaults
    assert (shown.database, shown.http, shown.log) == (
        defaults.database,
        defaults.http,
        defaults.log,
    )
    assert shown.storer == defaults.storer
    assert shown.storer.model_fields_set == set(config.Storer.model_fields)
    assert shown.kafka.key_file == Path("/etc/calendar/client.key")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CALENDAR_STORER__GROUP_ID", ""),
        ("CALENDAR_STORER__BATCH_SIZE", "0"),
        ("CALENDAR_STORER__MAX_POLL_INTERVAL", "PT1S"),
        ("CALENDAR_STORER__MAX_POLL_INTERVAL", "300"),
        ("CALENDAR_STORER__RETENTION", "PT0S"),
        ("CALENDAR_STORER__RETENTION", "never"),
        ("CALENDAR_STORER__CLEANUP_INTERVAL", "PT0S"),
        ("CALENDAR_STORER__WEBHOOKS", "crm"),
        ("CALENDAR_STORER__WEBHOOKS", "{}"),
        ("CALENDAR_DATABASE__POOL_SIZE", "0"),
    ],
)
def test_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    key = variable.removeprefix("CALENDAR_").replace("__", ".").lower()

    with pytest.raises(ConfigError, match=f"^{key}: "):
        load(None, Settings)


ENDPOINT = {
    "name": "crm",
    "url": "https://crm.example.org/hook",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


def test_webhooks_are_read_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_STORER__WEBHOOKS", json.dumps([ENDPOINT]))

    [webhook] = load(None, Settings).storer.webhooks

    assert (webhook.name, str(webhook.url)) == ("crm", "https://crm.example.org/hook")
    assert len(webhook.keys) == 1
    assert ENDPOINT["secret"] not in repr(webhook)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "CRM"),
        ("name", "c" * 64),
        ("url", "crm.example.org"),
        ("url", "ftp://crm.example.org/"),
        ("url", "https://"),
        ("secret", "hunter2"),
        ("secret", "whsec_hunter2!"),
        ("secret", "whsec_aHVudGVyMg=="),
        ("secret", " ".join([ENDPOINT["secret"]] * 3)),
        ("colour", "red"),
    ],
)
def test_webhook_that_cannot_be_used_is_named_but_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv("CALENDAR_STORER__WEBHOOKS", json.dumps([ENDPOINT | {key: value}]))

    with pytest.raises(ConfigError, match=rf"^storer\.webhooks\.0\.{key}: ") as raised:
        load(None, Settings)

    assert "hunter2" not in str(raised.value)
    assert "whsec_M" not in str(raised.value)


def test_names_of_webhooks_are_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_STORER__WEBHOOKS", json.dumps([ENDPOINT, ENDPOINT]))

    with pytest.raises(ConfigError, match=r"^storer\.webhooks: the name crm is given to 2"):
        load(None, Settings)


def test_certificates_of_receivers_that_cannot_be_used_are_named() -> None:
    with pytest.raises(ConfigError, match=r"storer\.webhook_ca_file: cannot be used: No such file"):
        tls_context(Path("/nowhere/ca.pem"))


def test_certificate_that_cannot_be_used_is_named() -> None:
    kafka = Kafka(
        bootstrap_servers="kafka:9092", security_protocol="SSL", ca_file=Path("/nowhere/ca.pem")
    )

    with pytest.raises(ConfigError, match=r"kafka\.ca_file: cannot be used: No such file"):
        Broker(kafka)
