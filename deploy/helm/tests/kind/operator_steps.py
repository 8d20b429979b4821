"""Steps of an operator: upgrade, roll back, delete pods, run the scenarios, reinstall."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pytest_bdd import given, parsers, then, when
from tests.kind.cluster import Cluster, CommandFailedError
from tests.kind.waiting import wait_until

TIMEOUT: Final = 300
"""Seconds for a pod to terminate or to become ready."""

SERVICES: Final = ("api", "scheduler", "storer")
KINDS: Final = (
    "all,configmaps,secrets,serviceaccounts,persistentvolumeclaims,networkpolicies,"
    "poddisruptionbudgets,horizontalpodautoscalers,endpointslices,ingresses"
)


@pytest.fixture
def pods_before(cluster: Cluster) -> set[str]:
    return _service_pods(cluster)


@when(parsers.re(r"the release is upgraded with (?P<values>\S+)"))
def upgraded(values: str, cluster: Cluster, pods_before: set[str]) -> None:
    assert pods_before
    cluster.upgrade(f"--set={values}")


@when(parsers.parse("an upgrade with {values:S} is attempted"), target_fixture="refusal")
def upgrade_fails(values: str, cluster: Cluster) -> str:
    with pytest.raises(CommandFailedError) as refusal:
        cluster.upgrade(f"--set={values}")
    return str(refusal.value)


@then(parsers.parse('it is refused: "{reason}"'))
def is_refused(reason: str, refusal: str) -> None:
    assert reason in refusal


@when("the release is rolled back")
def rolled_back(cluster: Cluster, pods_before: set[str]) -> None:
    assert pods_before
    cluster.helm("rollback", cluster.release, "--wait", "--timeout=12m")


@then("the pods of api, scheduler and storer have been replaced")
def pods_are_new(cluster: Cluster, pods_before: set[str]) -> None:
    now = _service_pods(cluster)
    assert now
    assert not now & pods_before


@when(parsers.parse("a pod of {component:w} is deleted and replaced"))
def pod_deleted(component: str, cluster: Cluster) -> None:
    pod = cluster.pods(component)[0]
    cluster.kubectl("delete", "pod", pod["metadata"]["name"], "--timeout=180s")

    def is_replaced() -> bool:
        found = cluster.pods(component)
        gone = pod["metadata"]["uid"] not in {each["metadata"]["uid"] for each in found}
        return gone and bool(found) and all(map(_is_ready, found))

    wait_until(is_replaced, seconds=TIMEOUT, what=f"a new pod of {component}")


@then("no container of api, scheduler or storer has been restarted")
def none_restarted(cluster: Cluster) -> None:
    for component in SERVICES:
        for pod in cluster.pods(component):
            name = pod["metadata"]["name"]
            restarts = sum(each["restartCount"] for each in pod["status"]["containerStatuses"])
            assert restarts == 0, cluster.kubectl("logs", "--previous", "--tail=50", name)


@when("helm test is run", target_fixture="output")
def helm_test(cluster: Cluster) -> str:
    return cluster.helm("test", cluster.release, "--logs", "--timeout=12m")


@then("all scenarios have passed")
def scenarios_passed(output: str) -> None:
    summary = output.strip().splitlines()[-1]
    assert " passed" in summary
    assert "failed" not in summary


@given("the feature scenarios run in a pod like that of helm test", target_fixture="running")
def scenarios_run(cluster: Cluster) -> Iterator[str]:
    hooks = cluster.helm("get", "hooks", cluster.release).split("\n---\n")
    [manifest] = [each for each in hooks if "helm.sh/hook: test" in each]
    as_json = ("create", "--dry-run=client", "--output=json", "--filename=-")
    pod = json.loads(cluster.kubectl(*as_json, stdin=manifest))
    pod["metadata"]["name"] = name = "scenarios-during-upgrade"
    # The limit of one second does not hold during an upgrade.
    pod["spec"]["containers"][0]["args"] = ["-m", "not timing"]
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(pod))
    yield name
    cluster.kubectl("delete", "pod", name)


@then("the running scenarios pass")
def running_scenarios_pass(running: str, cluster: Cluster) -> None:
    def phase() -> str:
        return cluster.kubectl("get", "pod", running, "--output=jsonpath={.status.phase}")

    wait_until(
        lambda: phase() in {"Succeeded", "Failed"}, seconds=700, what="the end of the scenarios"
    )
    assert phase() == "Succeeded", cluster.kubectl("logs", running)


@when("the release is uninstalled", target_fixture="service")
def uninstalled(cluster: Cluster) -> Any:
    values = json.loads(cluster.helm("get", "values", cluster.release, "--output=json"))
    cluster.helm("uninstall", cluster.release, "--wait")
    return values["api"]["service"]


@then("only two volumes are left")
def only_volumes_are_left(cluster: Cluster) -> None:
    def left() -> list[str]:
        found = cluster.objects(KINDS)
        return sorted(f"{each['kind']}/{each['metadata']['name']}" for each in found)

    claims = [
        f"PersistentVolumeClaim/data-{cluster.name(each)}-0" for each in ("kafka", "postgres")
    ]
    # Helm does not wait for terminating pods.
    wait_until(lambda: left() == claims, seconds=TIMEOUT, what=f"only {claims} left")


@when("it is installed again")
def installed_again(service: Any, cluster: Cluster) -> None:
    cluster.install(f"--set-json=api.service={json.dumps(service)}")


def _service_pods(cluster: Cluster) -> set[str]:
    return {pod["metadata"]["name"] for each in SERVICES for pod in cluster.pods(each)}


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"
