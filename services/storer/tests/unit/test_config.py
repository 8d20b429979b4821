"""Environment over file over defaults; what does not go together is refused at start."""

import re
from pathlib import Path

import pytest

from calendar_storer.broker import Broker
from calendar_storer.config import Settings, load
from calendar_storer.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "calendar_storer.example.yaml"
DSN = "postgresql://ann:s3cret@db/calendar"


@pytest.fixture(autouse=True)
def _needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)
    monkeypatch.setenv("CALENDAR_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")


def refused(path: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, Settings)
    return str(caught.value)


def test_the_example_loads_and_says_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    default = load(None, Settings)
    monkeypatch.undo()
    example = load(EXAMPLE, Settings)
    assert example.storer == default.storer
    assert example.http == default.http
    assert example.kafka.topic == default.kafka.topic


def test_what_the_example_has_commented_out_is_a_setting_too(tmp_path: Path) -> None:
    path = tmp_path / "all.yaml"
    text = re.sub(r"^( *)# ( *\w+:)", r"\1\2", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    assert "  partitions: 6" in text
    path.write_text(text.replace("security_protocol: PLAINTEXT", "security_protocol: SASL_SSL"))
    assert load(path, Settings).kafka.key_file == Path("/etc/calendar/client.key")


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "storer.yaml"
    path.write_text("kafka: {topic: from.file, partitions: 4}")
    monkeypatch.setenv("CALENDAR_KAFKA__TOPIC", "from.environment")
    kafka = load(path, Settings).kafka
    assert (kafka.topic, kafka.partitions) == ("from.environment", 4)


def test_defaults() -> None:
    settings = load(None, Settings)
    assert settings.kafka.topic == "calendar.notifications"
    assert settings.storer.group_id == "calendar-storer"
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8082)
    assert (settings.log.level, settings.log.format) == ("info", "json")


def test_the_schedulers_variables_are_its_own_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_SCHEDULER__POLL_INTERVAL", "nonsense")
    load(None, Settings)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_KAFKA__SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("CALENDAR_KAFKA__SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("CALENDAR_KAFKA__USERNAME", "ann")
    monkeypatch.setenv("CALENDAR_KAFKA__PASSWORD", "hunter2")
    shown = repr(load(None, Settings))
    assert "s3cret" not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    "dsn",
    [
        "mysql://db/calendar",
        "db:5432",
        "postgresql://ann:s3cret@db:port/calendar",
        "postgresql://ann:s3#cret@db/calendar",
        "postgresql://ann:12#34@db/calendar",
        "postgresql://ann:12/34@db/calendar",
        "postgresql://[::1/calendar",
        "postgresql://ann:s3cret@db/calendar?sslmode=nonsense",
    ],
)
def test_a_bad_address_of_the_database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)
    sentence = refused()
    assert sentence.startswith("database.dsn: ")
    assert "cret" not in sentence


@pytest.mark.parametrize(
    "dsn",
    [
        "postgres://db/calendar",
        "postgresql://ann:p%40ss@one:5432,two:5433/calendar?target_session_attrs=read-write",
        "postgresql://[::1]:5432/calendar?sslmode=require",
        "postgresql:///calendar?host=/run/postgresql",
    ],
)
def test_good_addresses_of_the_database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)
    assert load(None, Settings).database.dsn.get_secret_value() == dsn


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"BOOTSTRAP_SERVERS": ""}, "kafka.bootstrap_servers"),
        ({"BOOTSTRAP_SERVERS": "kafka"}, "kafka.bootstrap_servers"),
        ({"TOPIC": "no spaces"}, "kafka.topic"),
        ({"TOPIC": "x" * 246}, "kafka.topic"),
        ({"GROUP_ID": ""}, "kafka.group_id"),
        ({"SECURITY_PROTOCOL": "TLS"}, "kafka.security_protocol"),
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, "kafka.sasl_mechanism"),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "PLAIN", "USERNAME": "ann"},
            "kafka.password",
        ),
        ({"PASSWORD": "hunter2"}, "kafka.password"),
        ({"CA_FILE": "/ca.pem"}, "kafka.ca_file"),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_FILE": "/key.pem"}, "kafka.key_file"),
        ({"REPLICATION_FACTOR": "1", "MIN_INSYNC_REPLICAS": "2"}, "kafka.min_insync_replicas"),
    ],
)
def test_kafka_settings_that_do_not_go_together(
    changes: dict[str, str], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(f"CALENDAR_KAFKA__{name}", value)
    sentence = refused()
    assert f"{key}: " in sentence
    assert "hunter2" not in sentence


def test_a_certificate_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_KAFKA__SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("CALENDAR_KAFKA__CA_FILE", "/nowhere/ca.pem")
    settings = load(None, Settings)
    with pytest.raises(ConfigError, match=r"kafka\.ca_file: cannot be used: No such file"):
        Broker(settings.kafka, settings.storer)
