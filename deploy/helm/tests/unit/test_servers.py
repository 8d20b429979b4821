"""Bundled and external servers, receivers of webhooks, their credentials, and migrations."""

from collections.abc import Sequence

import helm_python
import pytest
import yaml
from tests.unit.manifests import (
    component_of,
    containers,
    environment,
    hook_pod,
    of_kind,
    secret_of,
    the,
)
from tests.unit.setups import OWN_SERVERS, SETUPS

from calendar_helm.rendering import CHART, DEFAULTS, Manifest, Values, render

SERVICES = ("api", "scheduler", "storer")


def test_default_runs_services_and_servers(defaults: Sequence[Manifest]) -> None:
    assert sorted(map(component_of, of_kind(defaults, "Deployment"))) == sorted(SERVICES)
    assert sorted(map(component_of, of_kind(defaults, "StatefulSet"))) == ["kafka", "postgres"]
    for servers in of_kind(defaults, "StatefulSet"):
        assert servers["spec"]["replicas"] == 1
        assert len(servers["spec"]["volumeClaimTemplates"]) == 1


def test_external_servers_replace_bundled_ones() -> None:
    manifests = render(OWN_SERVERS)

    assert of_kind(manifests, "StatefulSet", "Secret") == []
    for service in SERVICES:
        assert secret_of(manifests, service, service, "CALENDAR_DATABASE__DSN") == ("db", "dsn")


def test_production_has_no_server_and_no_test_pod(production: Sequence[Manifest]) -> None:
    assert of_kind(production, "StatefulSet", "Secret", "Pod") == []


@pytest.mark.parametrize(
    ("component", "init"),
    [
        ("api", "migrate-events"),
        ("scheduler", "migrate-events"),
        ("storer", "migrate-notifications"),
    ],
)
def test_migrations_run_before_the_service(
    component: str, init: str, defaults: Sequence[Manifest]
) -> None:
    pod = the(defaults, "Deployment", component)["spec"]["template"]
    [migration] = pod["spec"]["initContainers"]
    owner = "storer" if init == "migrate-notifications" else "api"
    [service] = the(defaults, "Deployment", owner)["spec"]["template"]["spec"]["containers"]

    assert migration["name"] == init
    assert migration["image"] == service["image"]
    assert " migrate " in migration["command"][-1]


def test_migrations_can_be_disabled() -> None:
    manifests = render({"migrations": {"enabled": False}})

    for deployment in of_kind(manifests, "Deployment"):
        assert "initContainers" not in deployment["spec"]["template"]["spec"]


def test_migrations_can_use_another_role() -> None:
    manifests = render(SETUPS["everything secured"])
    variable = "CALENDAR_DATABASE__DSN"

    assert secret_of(manifests, "api", "migrate-events", variable) == ("owner", "dsn")
    assert secret_of(manifests, "api", "api", variable) == ("db", "dsn")
    assert secret_of(manifests, "scheduler", "scheduler", variable) == ("db", "dsn")
    assert secret_of(manifests, "storer", "migrate-notifications", variable) == (
        "storer-owner",
        "dsn",
    )
    assert secret_of(manifests, "storer", "storer", variable) == ("storer-db", "uri")


def test_storer_can_use_another_database() -> None:
    manifests = render({"storer": {"database": {"existingSecret": "other"}}})
    [tests] = containers(hook_pod(manifests, "test"))

    assert secret_of(manifests, "storer", "storer", "CALENDAR_DATABASE__DSN") == ("other", "dsn")
    assert secret_of(manifests, "storer", "migrate-notifications", "CALENDAR_DATABASE__DSN") == (
        "other",
        "dsn",
    )
    assert secret_of(manifests, "api", "api", "CALENDAR_DATABASE__DSN") == (
        "calendar-postgres",
        "dsn",
    )
    assert environment(tests)["NOTIFICATIONS_DSN"]["secretKeyRef"]["name"] == "other"


def test_webhooks_and_their_ca_come_from_secrets(defaults: Sequence[Manifest]) -> None:
    manifests = render(SETUPS["webhooks"])
    variable = "CALENDAR_STORER__WEBHOOKS"
    [storer] = the(manifests, "Deployment", "storer")["spec"]["template"]["spec"]["containers"]
    [without] = the(defaults, "Deployment", "storer")["spec"]["template"]["spec"]["containers"]

    assert secret_of(manifests, "storer", "storer", variable) == ("webhooks", "list")
    assert variable not in environment(without)
    config = yaml.safe_load(the(manifests, "ConfigMap", "storer")["data"]["config.yaml"])
    folder, _, file = config["storer"]["webhook_ca_file"].rpartition("/")
    [volume] = [each["name"] for each in storer["volumeMounts"] if each["mountPath"] == folder]
    volumes = the(manifests, "Deployment", "storer")["spec"]["template"]["spec"]["volumes"]
    assert {
        "name": volume,
        "secret": {"secretName": "receivers-ca", "items": [{"key": "ca.crt", "path": file}]},
    } in volumes


def test_password_is_only_in_secrets() -> None:
    for manifest in render(DEFAULTS):
        if manifest["kind"] != "Secret":
            assert "not-made-at-random" not in yaml.safe_dump(manifest)


def test_missing_password_is_generated() -> None:
    first, second = (the(render({}), "Secret", "postgres")["stringData"] for _ in range(2))

    assert len(first["password"]) == 32
    assert first["password"] in first["dsn"]
    assert first["password"] != second["password"]


def test_notes_warn_about_bundled_servers() -> None:
    def notes(values: Values) -> str:
        with helm_python.Chart.load(CHART) as chart:
            return chart.render(dict(values))["calendar/templates/NOTES.txt"]

    assert "FOR A TRIAL ONLY: PostgreSQL and Kafka" in notes({})
    assert "TRIAL" not in notes(OWN_SERVERS)
    assert "port-forward" in notes(OWN_SERVERS)
