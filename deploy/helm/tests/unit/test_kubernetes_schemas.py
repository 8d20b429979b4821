"""Kubernetes takes what the chart makes: its own schemas, where an unknown field is an error."""

import json
from collections.abc import Sequence
from functools import cache

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from tests.unit.setups import SETUPS

from calendar_helm.rendering import Manifest, render

OLDEST = "1.30"
NEWEST = "1.37"
OF_OTHERS = {
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "TriggerAuthentication": "keda.sh/v1alpha1",
}
"""What is no part of Kubernetes, so that there is no schema here."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_valid(version: str, manifests: Sequence[Manifest]) -> None:
    for manifest in manifests:
        if OF_OTHERS.get(manifest["kind"]) != manifest["apiVersion"]:
            validate(json.dumps(manifest), version)


@cache
def validate(manifest: str, version: str) -> None:
    """Once for each manifest: most are the same in several setups, and each reads the schemas."""
    kubernetes_validate.validate(json.loads(manifest), version, strict=True)


def test_every_kind_of_others_is_rendered() -> None:
    rendered = {each["kind"] for values in SETUPS.values() for each in render(values)}

    assert set(OF_OTHERS) <= rendered


def test_a_field_that_is_unknown_is_found() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"x": 1}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, NEWEST, strict=True)
