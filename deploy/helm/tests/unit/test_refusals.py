"""Invalid values are rejected with a message."""

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
    ({"kafka": {"securityProtocol": "SSL"}}, "supports only PLAINTEXT"),
    ({"kafka": {"replicationFactor": 3}}, "kafka.enabled runs one broker"),
    ({"kafka": {"minInsyncReplicas": 2}}, "kafka.minInsyncReplicas (2) is more than"),
    ({**OWN_SERVERS, "kafka": {**SASL, "existingSecret": ""}}, "set kafka.existingSecret"),
    ({**OWN_SERVERS, "kafka": {**SASL, "saslMechanism": ""}}, "set kafka.saslMechanism"),
    (
        {"kafka": {"existingSecret": "kafka"}},
        "have no effect if kafka.securityProtocol is PLAINTEXT",
    ),
    ({"kafka": {"caSecret": "ca"}}, "have no effect if kafka.securityProtocol is PLAINTEXT"),
    ({"storer": {"replicas": 7}}, "storer.replicas is 7, but the topic has 6 partitions"),
    (
        {"kafka": {"partitions": 2}, "storer": {"scaledObject": {"enabled": True}}},
        "storer.scaledObject.maxReplicas is 6, but the topic has 2 partitions",
    ),
    (
        {"storer": {"webhooks": {"caSecret": "receivers-ca"}}},
        "storer.webhooks.caSecret has no effect without storer.webhooks.existingSecret",
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
        "requires api.resources.requests.cpu",
    ),
    ({"api": {"service": {"nodePort": 30080}}}, "api.service.nodePort has no effect if"),
    ({"api": {"ingress": {"enabled": True}}}, "name a host in api.ingress.hosts"),
    ({"api": {"httpRoute": {"enabled": True}}}, "name the Gateway in api.httpRoute.parentRefs"),
    (
        {"monitoring": {"prometheusRule": {"runbookUrl": "docs/runbook.md"}}},
        "at '/monitoring/prometheusRule/runbookUrl'",
    ),
    ({"api": {"replica": 2}}, "at '/api': additional properties 'replica' not allowed"),
    ({"api": {"corsOrigins": ["https://a/"]}}, "at '/api/corsOrigins/0'"),
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
    ({"storer": {"retention": "1y"}}, "at '/storer/retention'"),
    ({"storer": {"scaledObject": {"minReplicas": 0}}}, "at '/storer/scaledObject/minReplicas'"),
    ({"networkPolicy": {"webhooks": {"ports": []}}}, "at '/networkPolicy/webhooks/ports'"),
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
    """Yield the paths of all sections with fixed keys."""
    yield path
    for key, value in node.items():
        if isinstance(value, dict) and value and key not in {"requests", "limits", "labels"}:
            yield from sections(value, (*path, key))


SECTIONS = [*sections(yaml.safe_load(VALUES.read_text()))]


@pytest.mark.parametrize(("values", "message"), REFUSED, ids=lambda each: str(each)[:60])
def test_invalid_values_are_rejected(values: dict[str, Any], message: str) -> None:
    with pytest.raises(helm_python.HelmError) as refusal:
        render(values)

    assert message in str(refusal.value)


def test_all_errors_are_reported() -> None:
    with pytest.raises(helm_python.HelmError) as refusal:
        render({"postgres": {"enabled": False}, "kafka": {"enabled": False}})

    assert "there is no PostgreSQL" in str(refusal.value)
    assert "there is no Kafka" in str(refusal.value)


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: ".".join(path) or "the top")
def test_unknown_key_is_rejected_in_every_section(path: tuple[str, ...]) -> None:
    values: dict[str, Any] = {"misspelt": 1}
    for key in reversed(path):
        values = {key: values}

    with pytest.raises(helm_python.HelmValuesError) as refusal:
        render(values)

    assert "'misspelt' not allowed" in str(refusal.value)
    assert f"at '{''.join(f'/{key}' for key in path)}'" in str(refusal.value)
