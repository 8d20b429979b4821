"""Paths that an Ingress or HTTPRoute exposes."""

from collections.abc import Callable

import pytest
from tests.unit.manifests import the
from tests.unit.setups import SETUPS

from calendar_helm.rendering import render


def matches(rule: tuple[str, str], path: str) -> bool:
    """Whether a path rule (type, path) matches."""
    kind, value = rule
    if path == value:
        return True
    return kind in {"Prefix", "PathPrefix"} and path.startswith(value.rstrip("/") + "/")


def ingress_rules() -> set[tuple[str, str]]:
    [rule] = the(render(SETUPS["from outside"]), "Ingress", "api")["spec"]["rules"]
    return {(each["pathType"], each["path"]) for each in rule["http"]["paths"]}


def route_rules() -> set[tuple[str, str]]:
    [rule] = the(render(SETUPS["from outside"]), "HTTPRoute", "api")["spec"]["rules"]
    # A rule without matches applies to all paths.
    paths = [each["path"] for each in rule.get("matches", [])]
    return {(each["type"], each["value"]) for each in paths} or {("PathPrefix", "/")}


@pytest.mark.parametrize("rules", [ingress_rules, route_rules])
@pytest.mark.parametrize(
    ("path", "is_public"),
    [
        ("/", True),
        ("/v1/events", True),
        ("/v1/events/day", True),
        ("/docs", True),
        ("/docs/swagger-ui.css", True),
        ("/docs/swagger-ui-bundle.js", True),
        ("/openapi.json", True),
        ("/metrics", False),
        ("/readyz", False),
        ("/healthz", False),
        ("/v10/events", False),
        ("/openapi.json/x", False),
    ],
)
def test_only_api_and_documentation_are_exposed(
    rules: Callable[[], set[tuple[str, str]]], path: str, is_public: bool
) -> None:
    assert any(matches(rule, path) for rule in rules()) == is_public
