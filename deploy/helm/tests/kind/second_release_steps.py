"""Steps of a second release that uses PostgreSQL and Kafka of the first."""

import base64
from collections.abc import Iterator

import pytest
from pytest_bdd import given, then, when
from tests.kind.cluster import Cluster


@pytest.fixture
def second() -> Cluster:
    return Cluster(release="second", namespace="second")


@given("a namespace with a Secret for a new database on the first release's PostgreSQL")
def second_namespace(cluster: Cluster, second: Cluster) -> Iterator[None]:
    cluster.rows("CREATE DATABASE second")
    [secret] = cluster.objects("secrets", "app.kubernetes.io/component=postgres")
    dsn = base64.b64decode(secret["data"]["dsn"]).decode()
    server, _, _ = dsn.rpartition(":")
    elsewhere = f"{server}.{cluster.namespace}.svc:5432/second"
    cluster.kubectl("create", "namespace", second.namespace)
    restricted = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", second.namespace, restricted)
    second.kubectl("create", "secret", "generic", "elsewhere", f"--from-literal=dsn={elsewhere}")
    yield
    cluster.kubectl("delete", "namespace", second.namespace)


@when("a second release is installed there, with a new topic on the first release's Kafka")
def install_second(cluster: Cluster, second: Cluster) -> None:
    second.install(
        "--set=postgres.enabled=false,database.existingSecret=elsewhere",
        "--set=kafka.enabled=false,kafka.topic=second.notifications",
        f"--set=kafka.bootstrapServers={cluster.name('kafka')}.{cluster.namespace}.svc:9092",
        "--set=storer.groupId=second-storer",
    )


@when("helm test is run for it", target_fixture="output")
def helm_test(second: Cluster) -> str:
    return second.helm("test", second.release, "--logs", "--timeout=12m")


@then("the second release runs no PostgreSQL or Kafka")
def no_servers(second: Cluster) -> None:
    assert second.objects("deployments")
    assert second.objects("statefulsets,persistentvolumeclaims") == []
