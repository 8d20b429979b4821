"""Values that are wrong are refused, and the sentence says which and why."""

from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml
from tests.unit.setups import OWN_SERVERS

from calendar_helm.readme import VALUES
from calendar_helm.rendering import render

SASL = {
    "enabled": False,
    "bootstrapServers": "kafka:9093",
    "securityProtocol": "SASL_SSL",
    "saslMechanism": "PLAIN",
    "existingSecret": "kafka",
}

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"postgres": {"enabled": False}}, "there is no PostgreSQL: set database.existingSecret"),
    ({"database": {"existingSecret": "db"}}, "set postgres.enabled=false"),
    ({"kafka": {"enabled": False}}, "there is no Kafka: set kafka.bootstrapServers"),
    ({"kafka": {"bootstrapServers": "a:9092"}}, "set kafka.enabled=false"),
    ({"kafka": {"securityProtocol": "SSL"}}, "speaks PLAINTEXT only"),
    ({"kafka": {"replicationFactor": 3}}, "kafka.enabled runs one broker"),
    ({"kafka": {"minInsyncReplicas": 2}}, "kafka.minInsyncReplicas (2) is more than"),
    ({**OWN_SERVERS, "kafka": {**SASL, "existingSecret": ""}}, "set kafka.existingSecret"),
    ({**OWN_SERVERS, "kafka": {**SASL, "saslMechanism": ""}}, "set kafka.saslMechanism"),
    (
        {"kafka": {"existingSecret": "kafka"}},
        "mean nothing where kafka.securityProtocol is PLAINTEXT",
    ),
    ({"kafka": {"caSecret": "ca"}}, "mean nothing where kafka.securityProtocol is PLAINTEXT"),
    ({"storer": {"replicas": 7}}, "storer.replicas is 7, and the topic has 6 partitions"),
    (
        {"kafka": {"partitions": 2}, "storer": {"scaledObject": {"enabled": True}}},
        "storer.scaledObject.maxReplicas is 6, and the topic has 2 partitions",
    ),
    (
        {"storer": {"scaledObject": {"enabled": True, "minReplicas": 6, "maxReplicas": 3}}},
        "storer.scaledObject.minReplicas is more than",
    ),
    (
        {"api": {"autoscaling": {"enabled": True, "minReplicas": 9}}},
        "api.autoscaling.minReplicas is more than",
    ),
    (
        {"api": {"autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}}},
        "set that",
    ),
    ({"api": {"service": {"nodePort": 30080}}}, "api.service.nodePort means nothing where"),
    ({"api": {"ingress": {"enabled": True}}}, "name a host in api.ingress.hosts"),
    ({"api": {"httpRoute": {"enabled": True}}}, "name the Gateway in api.httpRoute.parentRefs"),
    ({"api": {"replica": 2}}, "at '/api': additional properties 'replica' not allowed"),
    ({"api": {"replicas": "2"}}, "at '/api/replicas': got string, want integer"),
    ({"api": {"replicas": -1}}, "at '/api/replicas': minimum: got -1, want 0"),
    ({"api": {"image": {"tag": "latest"}}}, "at '/api/image/tag'"),
    ({"api": {"image": {"tag": 1.0}}}, "at '/api/image/tag': got number, want string"),
    ({"api": {"image": {"digest": "0000"}}}, "at '/api/image/digest'"),
    ({"api": {"image": None}}, "at '/api': missing property 'image'"),
    ({"api": {"preStopSeconds": 0}}, "at '/api/preStopSeconds'"),
    ({"scheduler": {"pollInterval": "1s"}}, "at '/scheduler/pollInterval'"),
    ({"scheduler": {"retention": "P"}}, "at '/scheduler/retention'"),
    ({"scheduler": {"batchSize": 1001}}, "at '/scheduler/batchSize'"),
    ({"kafka": {"securityProtocol": "TLS"}}, "value must be one of 'PLAINTEXT', 'SSL'"),
    ({"kafka": {"bootstrapServers": "kafka"}}, "at '/kafka/bootstrapServers'"),
    ({"postgres": {"password": "it's"}}, "at '/postgres/password'"),
    (
        {"monitoring": {"serviceMonitor": {"interval": "60s"}}},
        "at '/monitoring/serviceMonitor/interval'",
    ),
    ({"log": {"level": "trace"}}, "at '/log/level'"),
]


def sections(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every section whose keys the chart gives, and not the user."""
    yield path
    for key, value in node.items():
        if isinstance(value, dict) and value and key not in {"requests", "limits", "labels"}:
            yield from sections(value, (*path, key))


SECTIONS = [*sections(yaml.safe_load(VALUES.read_text()))]


@pytest.mark.parametrize(("values", "sentence"), REFUSED, ids=lambda each: str(each)[:60])
def test_wrong_values_are_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(helm_python.HelmError) as refusal:
        render(values)

    assert sentence in str(refusal.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(helm_python.HelmError) as refusal:
        render({"postgres": {"enabled": False}, "kafka": {"enabled": False}})

    assert "there is no PostgreSQL" in str(refusal.value)
    assert "there is no Kafka" in str(refusal.value)


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: ".".join(path) or "the top")
def test_an_unknown_key_is_refused_everywhere(path: tuple[str, ...]) -> None:
    values: dict[str, Any] = {"misspelt": 1}
    for key in reversed(path):
        values = {key: values}

    with pytest.raises(helm_python.HelmValuesError) as refusal:
        render(values)

    assert "'misspelt' not allowed" in str(refusal.value)
    assert f"at '{''.join(f'/{key}' for key in path)}'" in str(refusal.value)
