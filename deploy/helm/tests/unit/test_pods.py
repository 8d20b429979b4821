"""Replicas, scheduling, network policies and restarts of pods."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.manifests import (
    all_containers,
    component_of,
    containers,
    environment,
    hook_pod,
    of_kind,
    pod_templates,
    the,
)
from tests.unit.setups import SETUPS

from calendar_helm.rendering import DEFAULTS, Manifest, Values, render

SERVICES = ("api", "scheduler", "storer")


def checksums(values: Values) -> dict[str, str]:
    return {
        component_of(owner): pod["metadata"]["annotations"]["checksum/settings"]
        for owner, pod in pod_templates(of_kind(render(values), "Deployment", "StatefulSet"))
    }


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"log": {"level": "debug"}}, {"api", "scheduler", "storer"}),
        ({"api": {"poolSize": 20}}, {"api"}),
        ({"api": {"corsOrigins": ["https://a"]}}, {"api"}),
        ({"scheduler": {"batchSize": 100}}, {"scheduler"}),
        ({"storer": {"batchSize": 100}}, {"storer"}),
        ({"storer": {"retention": "P30D"}}, {"storer"}),
        ({"kafka": {"partitions": 12}}, {"scheduler", "storer"}),
        ({"postgres": {"password": "another"}}, {"api", "scheduler", "storer", "postgres"}),
        ({"api": {"replicas": 2}}, set()),
    ],
    ids=str,
)
def test_settings_change_restarts_the_pods_that_use_them(
    values: dict[str, Any], changed: set[str]
) -> None:
    before, after = checksums(DEFAULTS), checksums({**DEFAULTS, **values})

    assert {component for component in before if before[component] != after[component]} == changed


def test_single_pod_has_no_disruption_budget(defaults: Sequence[Manifest]) -> None:
    assert of_kind(defaults, "PodDisruptionBudget") == []
    for deployment in of_kind(defaults, "Deployment"):
        assert (
            not {"affinity", "topologySpreadConstraints"}
            & deployment["spec"]["template"]["spec"].keys()
        )


@pytest.mark.parametrize("setup", ["three of each", "production"])
def test_replicas_are_spread_and_have_disruption_budgets(setup: str) -> None:
    manifests = render(SETUPS[setup])

    assert sorted(map(component_of, of_kind(manifests, "PodDisruptionBudget"))) == sorted(SERVICES)
    for deployment in of_kind(manifests, "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        [spread] = pod["topologySpreadConstraints"]
        assert spread["topologyKey"] == "topology.kubernetes.io/zone"
        [apart] = pod["affinity"]["podAntiAffinity"][
            "preferredDuringSchedulingIgnoredDuringExecution"
        ]
        assert apart["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"


def test_autoscaled_deployments_have_no_replicas() -> None:
    manifests = render(SETUPS["autoscaling"])

    [scaler] = of_kind(manifests, "HorizontalPodAutoscaler")
    [scaled] = of_kind(manifests, "ScaledObject")
    assert "replicas" not in the(manifests, "Deployment", "api")["spec"]
    assert "replicas" not in the(manifests, "Deployment", "storer")["spec"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == "calendar-api"
    assert scaled["spec"]["scaleTargetRef"]["name"] == "calendar-storer"
    assert scaled["spec"]["triggers"][0]["metadata"]["consumerGroup"] == "calendar-storer"


def test_keda_uses_the_credentials_of_the_storer() -> None:
    manifests = render(SETUPS["everything secured"])

    [scaled] = of_kind(manifests, "ScaledObject")
    [trigger] = scaled["spec"]["triggers"]
    [authentication] = of_kind(manifests, "TriggerAuthentication")
    [storer] = the(manifests, "Deployment", "storer")["spec"]["template"]["spec"]["containers"]
    assert (trigger["metadata"]["tls"], trigger["metadata"]["sasl"]) == ("enable", "scram_sha512")
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert {each["name"] for each in authentication["spec"]["env"]} <= environment(storer).keys()


def test_pods_have_the_scheduling_values() -> None:
    manifests = render(SETUPS["placed"])

    for _, pod in pod_templates(manifests):
        spec = pod["spec"]
        assert spec["nodeSelector"] == {"disk": "ssd"}
        assert spec["tolerations"] == [{"key": "spot", "operator": "Exists"}]
        assert spec["affinity"] == {"nodeAffinity": {}}
        assert spec["priorityClassName"] == "important"
        assert spec["imagePullSecrets"] == [{"name": "pull"}]
        assert spec.get("serviceAccountName", "default") == "default"
        assert pod["metadata"]["labels"]["example.com/l"] == "1"
        assert pod["metadata"]["annotations"]["example.com/a"] == "1"
    for container in all_containers(manifests):
        assert container["image"].startswith("registry.example.com/team/")
        assert container["image"].endswith("@sha256:" + "0" * 64)
    for deployment in of_kind(manifests, "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        [service] = pod["containers"]
        assert [each["topologyKey"] for each in pod["topologySpreadConstraints"]] == ["rack"]
        assert environment(service)["TZ"] == "UTC"
        assert {"name": "more", "emptyDir": {}} in pod["volumes"]
        assert {"name": "more", "mountPath": "/more"} in service["volumeMounts"]


def test_every_pod_has_its_network_policy() -> None:
    manifests = render(SETUPS["policies"])
    policies = of_kind(manifests, "NetworkPolicy")

    for _, pod in pod_templates(manifests):
        chosen = [
            policy
            for policy in policies
            if policy["spec"]["podSelector"]["matchLabels"].items()
            <= pod["metadata"]["labels"].items()
        ]
        assert len(chosen) == 1
        assert chosen[0]["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("component", ["api", "storer"])
def test_policy_allows_only_the_listed_peers(component: str) -> None:
    policy = the(render(SETUPS["strict policies"]), "NetworkPolicy", component)

    [rule] = policy["spec"]["ingress"]
    tests = rule["from"].pop()
    assert rule["from"] == [{"namespaceSelector": {}}, {"podSelector": {}}]
    assert tests["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "tests"
    assert {
        "ports": [{"port": 6432, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
    } in (policy["spec"]["egress"])


def test_storer_reaches_receivers_only_where_webhooks_are_configured() -> None:
    def egress(setup: str) -> Any:
        return the(render(SETUPS[setup]), "NetworkPolicy", "storer")["spec"]["egress"]

    assert egress("webhooks") == [
        *egress("policies"),
        {"ports": [{"port": 443, "protocol": "TCP"}]},
    ]
    assert egress("strict policies")[-1] == {
        "ports": [{"port": 443, "protocol": "TCP"}, {"port": 8443, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}],
    }


def test_scenarios_have_the_service_addresses(defaults: Sequence[Manifest]) -> None:
    [tests] = containers(hook_pod(defaults, "test"))

    services = {
        f"http://{each['metadata']['name']}:{each['spec']['ports'][0]['port']}"
        for each in of_kind(defaults, "Service")
    }
    variables = environment(tests)
    assert {variables["API_URL"], variables["SCHEDULER_URL"], variables["STORER_URL"]} <= services
    assert variables["KAFKA_BOOTSTRAP_SERVERS"] == "calendar-kafka:9092"


def test_clean_up_pod_differs_from_test_pod_only_in_image(
    defaults: Sequence[Manifest],
) -> None:
    # They share a name, and only image and annotations of a pod can be changed.
    tests, clean_up = hook_pod(defaults, "test"), hook_pod(defaults, "pre-delete")

    assert tests["metadata"]["name"] == clean_up["metadata"]["name"]
    [tests_container], [clean_up_container] = containers(tests), containers(clean_up)
    assert tests_container.pop("image") != clean_up_container.pop("image")
    assert tests["spec"] == clean_up["spec"]
