"""Steps of a receiver of webhooks in the cluster."""

import json
from pathlib import Path
from typing import Any, Final

import yaml
from pytest_bdd import given, then
from tests.kind.cluster import CHART, Cluster
from tests.kind.waiting import wait_until

from calendar_features.traffic import Client

RECEIVER: Final = Path(__file__).parents[3] / "receiver/receiver.py"
SECRET: Final = "whsec_b25seS1pbi10aGlzLWNsdXN0ZXI="
PORT: Final = 8090
TIMEOUT: Final = 60
"""Seconds for the deliveries."""


@given("a receiver of webhooks runs in the cluster, and a Secret lists it")
def receiver_runs(cluster: Cluster) -> None:
    items = {"apiVersion": "v1", "kind": "List", "items": [*_manifests()]}
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(items))
    cluster.kubectl("wait", "pod/receiver", "--for=condition=Ready", "--timeout=120s")


@then("the receiver prints each event of Alice once")
def prints(alice: Client, cluster: Cluster) -> None:
    wait_until(
        lambda: alice.created <= set(_printed(cluster, alice)),
        seconds=TIMEOUT,
        what=f"all {len(alice.created)} events of {alice.user} in the receiver's log",
    )
    assert sorted(_printed(cluster, alice)) == sorted(alice.created)


def _printed(cluster: Cluster, client: Client) -> list[str]:
    lines = cluster.kubectl("logs", "receiver").splitlines()
    data = [json.loads(line)["data"] for line in lines if line.startswith("{")]
    return [each["event_id"] for each in data if each["user_id"] == client.user]


def _manifests() -> list[dict[str, Any]]:
    """The example receiver, in the image of the scenarios, which the cluster has."""
    image = yaml.safe_load((CHART / "values.yaml").read_text())["tests"]["image"]
    endpoint = {"name": "example", "url": f"http://receiver:{PORT}", "secret": SECRET}
    pod = {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "receiver",
                "image": f"{image['repository']}:{image['tag']}",
                "command": ["/opt/calendar/bin/python", f"/receiver/{RECEIVER.name}"],
                "env": [
                    {"name": "HOST", "value": "0.0.0.0"},  # noqa: S104
                    {"name": "PORT", "value": str(PORT)},
                    {"name": "SECRET", "value": SECRET},
                ],
                "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "receiver", "mountPath": "/receiver"}],
            }
        ],
        "volumes": [{"name": "receiver", "configMap": {"name": "receiver"}}],
    }
    port = {"port": PORT}
    return [
        _manifest("ConfigMap", "receiver", data={RECEIVER.name: RECEIVER.read_text()}),
        _manifest("Pod", "receiver", spec=pod),
        _manifest("Service", "receiver", spec={"selector": {"app": "receiver"}, "ports": [port]}),
        _manifest("Secret", "webhooks", stringData={"webhooks": json.dumps([endpoint])}),
    ]


def _manifest(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}
