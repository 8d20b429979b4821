"""The section `kafka`: settings that do not go together are refused at start."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from calendar_scheduler.settings.kafka import Kafka

SASL = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "PLAIN",
    "username": "ann",
    "password": "sesame",
}


def kafka(**values: object) -> Kafka:
    return Kafka.model_validate({"bootstrap_servers": "kafka:9092", **values})


def test_defaults_are_those_of_the_contract() -> None:
    settings = kafka()

    assert settings.topic == "calendar.notifications"
    assert (settings.partitions, settings.replication_factor) == (6, 1)
    assert settings.security_protocol == "PLAINTEXT"


def test_protocol_and_mechanism_are_accepted_in_any_case() -> None:
    values = {**SASL, "security_protocol": "sasl_ssl", "sasl_mechanism": "Scram-Sha-256"}

    settings = kafka(**values)

    assert settings.security_protocol == "SASL_SSL"
    assert settings.sasl_mechanism == "SCRAM-SHA-256"


@pytest.mark.parametrize("servers", ["kafka:9092", "a:1,b:2", "[::1]:9092", "10.0.0.1:9092"])
def test_brokers_may_be_names_or_addresses(servers: str) -> None:
    assert kafka(bootstrap_servers=servers).bootstrap_servers == servers


def test_sasl_and_certificates_are_accepted_together() -> None:
    settings = kafka(**SASL, ca_file="ca.pem", cert_file="kafka.pem", key_file="key.pem")

    assert settings.key_file == Path("key.pem")
    assert "sesame" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "key", "reason"),
    [
        ({"bootstrap_servers": ""}, "bootstrap_servers", "must look like"),
        ({"bootstrap_servers": "kafka"}, "bootstrap_servers", "must look like"),
        ({"bootstrap_servers": "a:1,,b:2"}, "bootstrap_servers", "must look like"),
        ({"topic": "a b"}, "topic", "should match"),
        ({"topic": "x" * 246}, "topic", "should match"),
        ({"group_id": "x"}, "group_id", "not permitted"),
        ({"min_insync_replicas": 2}, "min_insync_replicas", "must not be more"),
        ({"security_protocol": "TLS"}, "security_protocol", "should be"),
        (SASL | {"password": None}, "password", "is required where"),
        (SASL | {"sasl_mechanism": None}, "sasl_mechanism", "is required where"),
        ({"username": "ann"}, "username", "has no effect where"),
        ({"password": "sesame"}, "password", "has no effect where"),
        ({"ca_file": "ca.pem"}, "ca_file", "has no effect where"),
        (
            {"security_protocol": "SSL", "key_file": "key.pem"},
            "key_file",
            "has no effect without kafka.cert_file",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    values: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        kafka(**values)

    errors = {error["loc"]: error["msg"] for error in raised.value.errors()}
    assert reason in errors[(key,)]
