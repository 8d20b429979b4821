from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from calendar_scheduler import broker, config
from calendar_scheduler.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "calendar_scheduler.example.yaml"
REQUIRED = {
    "database": {"dsn": "postgresql://calendar:hunter2@db/calendar"},
    "kafka": {"bootstrap_servers": "kafka-1:9092,kafka-2:9092"},
}
SASL = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "PLAIN",
    "username": "calendar",
    "password": "hunter2",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALENDAR_DATABASE__DSN", "CALENDAR_KAFKA__BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(document: dict[str, Any]) -> Path:
        path = tmp_path / "scheduler.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    return write


def with_kafka(**values: object) -> dict[str, Any]:
    return {**REQUIRED, "kafka": {**REQUIRED["kafka"], **values}}


def test_example_file_shows_every_setting_at_its_default(write: Any) -> None:
    example = config.load(EXAMPLE)
    defaults = config.load(write(REQUIRED))

    assert example.http == defaults.http
    assert example.log == defaults.log
    assert example.scheduler == defaults.scheduler
    addresses = {"bootstrap_servers"}
    assert example.kafka.model_dump(exclude=addresses) == defaults.kafka.model_dump(
        exclude=addresses
    )
    assert yaml.safe_load(EXAMPLE.read_text())["scheduler"].keys() == set(
        config.Scheduler.model_fields
    )


def test_defaults_are_those_of_the_contract(write: Any) -> None:
    settings = config.load(write(REQUIRED))

    assert settings.kafka.topic == "calendar.notifications"
    assert settings.kafka.partitions == 6
    assert settings.http.port == 8081
    assert settings.scheduler.poll_interval == timedelta(seconds=0.25)
    assert settings.scheduler.batch_size == 500
    assert settings.scheduler.retention == timedelta(days=365)


def test_environment_wins_over_the_file(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write({**REQUIRED, "scheduler": {"batch_size": 7, "retention": "P30D"}})
    monkeypatch.setenv("CALENDAR_SCHEDULER__RETENTION", "PT2S")

    settings = config.load(path)

    assert settings.scheduler.retention == timedelta(seconds=2)
    assert settings.scheduler.batch_size == 7


def test_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", "postgresql://db/calendar")
    monkeypatch.setenv("CALENDAR_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("CALENDAR_SCHEDULER__POLL_INTERVAL", "0.1")

    settings = config.load(None)

    assert settings.scheduler.poll_interval == timedelta(seconds=0.1)


def test_settings_of_another_service_are_left_alone(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALENDAR_STORER__BATCH_SIZE", "5")

    assert config.load(write(REQUIRED)).scheduler.batch_size == 500


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kafka": REQUIRED["kafka"]}, "database: is required"),
        ({**REQUIRED, "colour": "red"}, "colour: is not a setting"),
        ({**REQUIRED, "scheduler": {"batchsize": 5}}, "scheduler.batchsize: is not a setting"),
        ({**REQUIRED, "scheduler": {"batch_size": 1001}}, "scheduler.batch_size: "),
        (
            {**REQUIRED, "scheduler": {"retention": "P1Y"}},
            "scheduler.retention: must be an ISO 8601",
        ),
        ({**REQUIRED, "scheduler": {"poll_interval": 0}}, "scheduler.poll_interval: "),
        ({**REQUIRED, "http": {"port": "many"}}, "http.port: "),
        ({**REQUIRED, "database": {"dsn": "mysql://db"}}, "database.dsn: must look like"),
        (with_kafka(bootstrap_servers="kafka"), "kafka.bootstrap_servers: must look like"),
        (with_kafka(bootstrap_servers="a:1,,b:2"), "kafka.bootstrap_servers: must look like"),
        (with_kafka(topic="a b"), "kafka.topic: "),
        (with_kafka(min_insync_replicas=2), "kafka.min_insync_replicas: must not be more"),
        (with_kafka(security_protocol="TLS"), "kafka.security_protocol: "),
        (with_kafka(**SASL | {"password": None}), "kafka.password: is required where"),
        (with_kafka(**SASL | {"sasl_mechanism": None}), "kafka.sasl_mechanism: is required where"),
        (with_kafka(username="calendar"), "kafka.username: means nothing where"),
        (with_kafka(ca_file="ca.pem"), "kafka.ca_file: means nothing where"),
        (
            with_kafka(security_protocol="SSL", key_file="key.pem"),
            "kafka.key_file: means nothing without kafka.cert_file",
        ),
    ],
)
def test_wrong_settings_are_named(write: Any, document: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write(document))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "calendar:hunter2@db/calendar",
        "postgresql://calendar:hunter2@db:port/calendar",
        "postgresql://calendar:hunter2@db:99999/calendar",
        "postgresql://calendar:hunter2@[::1/calendar",
        "postgresql://calendar:12#34hunter2@db/calendar",
        "postgresql://calendar:12/34hunter2@db/calendar",
        "postgresql://calendar:hunter2@db/calendar?sslmode=nonsense",
    ],
)
def test_a_dsn_that_is_no_address_is_named_and_not_shown(write: Any, dsn: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write({**REQUIRED, "database": {"dsn": dsn}}))
    assert str(caught.value).startswith("database.dsn: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("servers", ["kafka:9092", "a:1,b:2", "[::1]:9092", "10.0.0.1:9092"])
def test_brokers_may_be_names_or_addresses(write: Any, servers: str) -> None:
    settings = config.load(write(with_kafka(bootstrap_servers=servers)))

    assert settings.kafka.bootstrap_servers == servers


def test_unknown_variable_is_named(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_SHEDULER__RETENTION", "PT2S")

    with pytest.raises(ConfigError, match="CALENDAR_SHEDULER__RETENTION"):
        config.load(write(REQUIRED))


def test_unknown_variable_in_a_known_section_is_named(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALENDAR_SCHEDULER__RETENTOIN", "PT2S")

    with pytest.raises(ConfigError, match=r"scheduler\.retentoin: is not a setting"):
        config.load(write(REQUIRED))


@pytest.mark.parametrize("content", ["a: [", "- a list", "1: one"])
def test_a_file_that_holds_no_sections_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scheduler.yaml"
    path.write_text(content)

    with pytest.raises(ConfigError, match=r"scheduler\.yaml"):
        config.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*none\.yaml: No such file"):
        config.load(tmp_path / "none.yaml")


def test_secrets_are_in_no_error_and_no_text(write: Any) -> None:
    settings = config.load(write(with_kafka(**SASL)))
    assert "hunter2" not in repr(settings)

    for broken in (
        {**REQUIRED, "database": {"dsn": "hunter2://db"}},
        with_kafka(**SASL | {"password": ["hunter2"]}),
    ):
        with pytest.raises(ConfigError) as caught:
            config.load(write(broken))
        assert "hunter2" not in str(caught.value)


def test_sasl_reaches_the_client(write: Any) -> None:
    arguments = broker.client_arguments(config.load(write(with_kafka(**SASL))).kafka)

    assert arguments["security_protocol"] == "SASL_SSL"
    assert arguments["sasl_mechanism"] == "PLAIN"
    assert arguments["sasl_plain_username"] == "calendar"
    assert arguments["sasl_plain_password"] == "hunter2"
    assert arguments["ssl_context"].check_hostname


def test_files_that_cannot_be_used_are_named(write: Any, tmp_path: Path) -> None:
    not_a_certificate = tmp_path / "ca.pem"
    not_a_certificate.write_text("nothing")
    missing = str(tmp_path / "none.pem")

    for values, message in (
        ({"ca_file": missing}, "kafka.ca_file: cannot be used: No such file or directory"),
        ({"ca_file": str(not_a_certificate)}, "kafka.ca_file: cannot be used"),
        ({"cert_file": missing}, "kafka.cert_file: cannot be used"),
    ):
        settings = config.load(write(with_kafka(security_protocol="SSL", **values)))
        with pytest.raises(ConfigError) as caught:
            broker.client_arguments(settings.kafka)
        assert message in str(caught.value)
