"""The settings of the Scheduler: defaults, the example file, and what its Kafka client gets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from calendar_scheduler import config
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.kafka.connection import client_arguments
from calendar_scheduler.settings.kafka import Kafka
from calendar_scheduler.settings.loading import load

EXAMPLE = Path(__file__).parents[2] / "calendar_scheduler.example.yaml"


@pytest.fixture(autouse=True)
def _required_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", "postgresql://calendar@localhost:5432/calendar")
    monkeypatch.setenv("CALENDAR_KAFKA__BOOTSTRAP_SERVERS", "localhost:9092")


def kafka(**values: object) -> Kafka:
    return Kafka.model_validate({"bootstrap_servers": "kafka:9092", **values})


def test_defaults_are_those_of_the_readme() -> None:
    settings = load(None, config.Settings)

    assert settings.database.pool_size == 6
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8081)
    assert settings.scheduler.poll_interval == timedelta(seconds=0.25)
    assert settings.scheduler.batch_size == 500
    assert settings.scheduler.retention == timedelta(days=365)
    assert settings.scheduler.cleanup_interval == timedelta(hours=1)


def test_example_file_shows_every_setting_at_its_default() -> None:
    defaults = load(None, config.Settings)
    example = load(EXAMPLE, config.Settings)
    shown = yaml.safe_load(EXAMPLE.read_text("utf-8"))

    assert example == defaults
    assert shown["scheduler"].keys() == set(config.Scheduler.model_fields)
    assert shown["database"].keys() == set(config.Database.model_fields)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CALENDAR_SCHEDULER__BATCH_SIZE", "1001"),
        ("CALENDAR_SCHEDULER__RETENTION", "P1Y"),
        ("CALENDAR_SCHEDULER__POLL_INTERVAL", "PT0S"),
        ("CALENDAR_SCHEDULER__POLL_INTERVAL", "0.25"),
        ("CALENDAR_SCHEDULER__CLEANUP_INTERVAL", "P8D"),
        ("CALENDAR_DATABASE__POOL_SIZE", "0"),
    ],
)
def test_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    key = variable.removeprefix("CALENDAR_").replace("__", ".").lower()

    with pytest.raises(ConfigError, match=f"^{key}: "):
        load(None, config.Settings)


def test_sasl_reaches_the_client() -> None:
    settings = kafka(
        security_protocol="SASL_SSL", sasl_mechanism="PLAIN", username="ann", password="sesame"
    )
    arguments = client_arguments(settings)

    assert arguments["security_protocol"] == "SASL_SSL"
    assert arguments["sasl_mechanism"] == "PLAIN"
    assert arguments["sasl_plain_username"] == "ann"
    assert arguments["sasl_plain_password"] == "sesame"
    assert arguments["ssl_context"].check_hostname


def test_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    not_a_certificate = tmp_path / "ca.pem"
    not_a_certificate.write_text("nothing")
    missing = str(tmp_path / "none.pem")

    values: dict[str, Any]
    for values, message in (
        ({"ca_file": missing}, "kafka.ca_file: cannot be used: No such file or directory"),
        ({"ca_file": str(not_a_certificate)}, "kafka.ca_file: cannot be used"),
        ({"cert_file": missing}, "kafka.cert_file: cannot be used"),
    ):
        with pytest.raises(ConfigError) as raised:
            client_arguments(kafka(security_protocol="SSL", **values))
        assert message in str(raised.value)
