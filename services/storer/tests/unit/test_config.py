"""The settings of the Storer: defaults, the example file, and what its Kafka client gets."""

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


def test_certificate_that_cannot_be_used_is_named() -> None:
    kafka = Kafka(
        bootstrap_servers="kafka:9092", security_protocol="SSL", ca_file=Path("/nowhere/ca.pem")
    )

    with pytest.raises(ConfigError, match=r"kafka\.ca_file: cannot be used: No such file"):
        Broker(kafka)
