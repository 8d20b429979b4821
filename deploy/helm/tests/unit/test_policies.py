"""Rules for every pod, Service and selector, with all values."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.manifests import all_containers, component_of, containers, of_kind, pod_templates

from calendar_helm.rendering import DEFAULTS, Manifest, render

RELEASE_LABEL = "app.kubernetes.io/instance"
RESTRICTED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def selectors(node: Any) -> list[dict[str, str]]:
    """Return the labels of all pod selectors, recursively."""
    if isinstance(node, list):
        return [found for each in node for found in selectors(each)]
    if not isinstance(node, dict):
        return []
    here = []
    if node.get("kind") == "Service":
        here.append(node["spec"]["selector"])
    for name in ("selector", "labelSelector", "podSelector"):
        chosen = node.get(name)
        if isinstance(chosen, dict) and "matchLabels" in chosen:
            here.append(chosen["matchLabels"])
    return here + [found for each in node.values() for found in selectors(each)]


def test_every_pod_is_restricted(manifests: Sequence[Manifest]) -> None:
    for _, pod in pod_templates(manifests):
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] > 0
        assert security["runAsGroup"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod["spec"].keys()
        kinds = {kind for volume in pod["spec"].get("volumes", []) for kind in volume} - {"name"}
        assert kinds <= RESTRICTED_VOLUMES


def test_every_container_is_restricted(manifests: Sequence[Manifest]) -> None:
    for container in all_containers(manifests):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_pods_have_no_service_account_token(manifests: Sequence[Manifest]) -> None:
    for _, pod in pod_templates(manifests):
        assert pod["spec"]["automountServiceAccountToken"] is False
    for account in of_kind(manifests, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_service_links_are_disabled(manifests: Sequence[Manifest]) -> None:
    # Variables such as CALENDAR_API_PORT would be rejected as unknown settings.
    for _, pod in pod_templates(manifests):
        assert pod["spec"]["enableServiceLinks"] is False


def test_service_accounts_exist(manifests: Sequence[Manifest]) -> None:
    made = {each["metadata"]["name"] for each in of_kind(manifests, "ServiceAccount")}

    for _, pod in pod_templates(manifests):
        assert pod["spec"].get("serviceAccountName", "default") in made | {"default"}


def test_containers_have_resources(manifests: Sequence[Manifest]) -> None:
    for container in all_containers(manifests):
        resources = container["resources"]
        assert resources["requests"].keys() >= {"cpu", "memory"}
        assert "memory" in resources["limits"]
        # CPU limits would throttle a service on an idle node.
        assert "cpu" not in resources["limits"]


def test_long_running_containers_have_probes(manifests: Sequence[Manifest]) -> None:
    for _, pod in pod_templates(of_kind(manifests, "Deployment", "StatefulSet")):
        for container in pod["spec"]["containers"]:
            assert container.keys() >= {"startupProbe", "livenessProbe", "readinessProbe"}


def test_service_probes_use_the_health_endpoints(
    manifests: Sequence[Manifest],
) -> None:
    deployments = of_kind(manifests, "Deployment")

    assert deployments
    for _, pod in pod_templates(deployments):
        [container] = pod["spec"]["containers"]
        assert container["startupProbe"]["httpGet"]["path"] == "/healthz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_every_selector_has_the_release(manifests: Sequence[Manifest]) -> None:
    ours = [
        labels for labels in selectors(list(manifests)) if any("kubernetes.io" in k for k in labels)
    ]

    assert ours
    for labels in ours:
        if "app.kubernetes.io/name" in labels:
            assert labels[RELEASE_LABEL] == "calendar"


def test_every_service_has_pods(manifests: Sequence[Manifest]) -> None:
    for service in of_kind(manifests, "Service"):
        chosen = [
            pod
            for owner, pod in pod_templates(manifests)
            if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        ]
        assert [component_of(service)] == [
            pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in chosen
        ]
        ports = {
            port["name"]
            for pod in chosen
            for container in containers(pod)
            for port in container.get("ports", [])
        }
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_every_image_has_a_tag_or_a_digest(manifests: Sequence[Manifest]) -> None:
    for container in all_containers(manifests):
        name = container["image"].rpartition("/")[2]
        assert "@sha256:" in name or ":" in name
        assert not name.endswith(":latest")


def test_selectors_and_volumes_have_no_version_labels(manifests: Sequence[Manifest]) -> None:
    # They are immutable: an upgrade would fail.
    changing = {"helm.sh/chart", "app.kubernetes.io/version"}
    for manifest in manifests:
        if manifest["kind"] in {"Deployment", "StatefulSet"}:
            assert not changing & manifest["spec"]["selector"]["matchLabels"].keys()
        for claim in manifest.get("spec", {}).get("volumeClaimTemplates", []):
            assert not changing & claim["metadata"]["labels"].keys()


def test_every_object_has_the_standard_labels_and_the_namespace() -> None:
    for manifest in render(DEFAULTS, namespace="elsewhere"):
        assert manifest["metadata"]["namespace"] == "elsewhere"
        assert manifest["metadata"]["labels"].keys() >= {
            "app.kubernetes.io/name",
            RELEASE_LABEL,
            "app.kubernetes.io/component",
            "app.kubernetes.io/part-of",
            "app.kubernetes.io/version",
            "app.kubernetes.io/managed-by",
            "helm.sh/chart",
        }


@pytest.mark.parametrize("release", ["calendar", "c", "my-calendar", "x" * 53])
def test_names_fit_and_are_unique_per_release(release: str) -> None:
    names = [
        f"{each['kind']}/{each['metadata']['name']}" for each in render(DEFAULTS, release=release)
    ]
    others = {
        f"{each['kind']}/{each['metadata']['name']}" for each in render(DEFAULTS, release="other")
    }

    # 63 characters for a label, minus the suffix of a StatefulSet.
    assert max(len(name.partition("/")[2]) for name in names) <= 63 - len("-0123456789")
    # The pods of the test hooks share a name on purpose.
    assert [name for name in set(names) if names.count(name) > 1] == [
        name for name in set(names) if name.startswith("Pod/")
    ]
    assert not others & set(names)


def test_grace_period_covers_prestop_and_drain(manifests: Sequence[Manifest]) -> None:
    drain = 10
    for _, pod in pod_templates(of_kind(manifests, "Deployment")):
        [container] = pod["spec"]["containers"]
        hook = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["spec"]["terminationGracePeriodSeconds"] >= hook + drain
        if container["name"] in {"api", "storer"}:  # They serve users.
            assert hook >= 5
