"""All objects are valid by the Kubernetes schemas, without unknown fields."""

import json
from collections.abc import Sequence
from functools import cache

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from tests.unit.setups import SETUPS

from calendar_helm.rendering import Manifest, render

OLDEST = "1.30"
NEWEST = "1.37"
CUSTOM_RESOURCES = {
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "TriggerAuthentication": "keda.sh/v1alpha1",
}
"""Custom resources, for which there is no schema."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_valid(version: str, manifests: Sequence[Manifest]) -> None:
    for manifest in manifests:
        if CUSTOM_RESOURCES.get(manifest["kind"]) != manifest["apiVersion"]:
            validate(json.dumps(manifest), version)


@cache
def validate(manifest: str, version: str) -> None:
    """Validate once per manifest: most are the same in several setups."""
    kubernetes_validate.validate(json.loads(manifest), version, strict=True)


def test_all_custom_resources_are_rendered() -> None:
    rendered = {each["kind"] for values in SETUPS.values() for each in render(values)}

    assert set(CUSTOM_RESOURCES) <= rendered


def test_unknown_field_is_reported() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"x": 1}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, NEWEST, strict=True)
