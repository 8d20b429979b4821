"""Paths that an Ingress or HTTPRoute exposes, and the services that answer them."""

from collections.abc import Callable

import pytest
from tests.unit.manifests import of_kind, the
from tests.unit.setups import SETUPS

from calendar_helm.rendering import render

Rule = tuple[str, str, str]
"""Type, path, and Service."""

OUTSIDE = render(SETUPS["from outside"])


def ingress_rules() -> set[Rule]:
    [rule] = the(OUTSIDE, "Ingress", "api")["spec"]["rules"]
    return {
        (each["pathType"], each["path"], each["backend"]["service"]["name"])
        for each in rule["http"]["paths"]
    }


def route_rules() -> set[Rule]:
    return {
        (match["path"]["type"], match["path"]["value"], rule["backendRefs"][0]["name"])
        for rule in the(OUTSIDE, "HTTPRoute", "api")["spec"]["rules"]
        # A rule without matches applies to all paths.
        for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    }


def answering(rules: set[Rule], path: str) -> str | None:
    """Return the Service of the longest path that matches."""
    found = [
        (len(value), service)
        for kind, value, service in rules
        if path == value
        or (kind in {"Prefix", "PathPrefix"} and path.startswith(value.rstrip("/") + "/"))
    ]
    return max(found)[1] if found else None


@pytest.mark.parametrize("rules", [ingress_rules, route_rules])
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "calendar-api"),
        ("/v1/events", "calendar-api"),
        ("/v1/events/day", "calendar-api"),
        ("/v1/notificationsx", "calendar-api"),
        ("/v1/notifications", "calendar-storer"),
        ("/v1/notifications/stream", "calendar-storer"),
        ("/docs", "calendar-api"),
        ("/docs/swagger-ui.css", "calendar-api"),
        ("/docs/swagger-ui-bundle.js", "calendar-api"),
        ("/openapi.json", "calendar-api"),
        ("/metrics", None),
        ("/readyz", None),
        ("/healthz", None),
        ("/v10/events", None),
        ("/openapi.json/x", None),
    ],
)
def test_each_public_path_has_its_service(
    rules: Callable[[], set[Rule]], path: str, service: str | None
) -> None:
    assert answering(rules(), path) == service


def test_backends_name_ports_of_their_services() -> None:
    ports = {
        each["metadata"]["name"]: {port["port"] for port in each["spec"]["ports"]}
        for each in of_kind(OUTSIDE, "Service")
    }

    for rule in the(OUTSIDE, "HTTPRoute", "api")["spec"]["rules"]:
        [backend] = rule["backendRefs"]
        assert backend["port"] in ports[backend["name"]]


def test_route_does_not_limit_the_time_of_streams() -> None:
    limits = {
        rule["backendRefs"][0]["name"]: rule.get("timeouts")
        for rule in the(OUTSIDE, "HTTPRoute", "api")["spec"]["rules"]
    }

    assert limits == {"calendar-api": None, "calendar-storer": {"request": "0s"}}
