"""A change of a document that breaks clients is found, unless the major version moves."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calendar_checks.breaking import DOCUMENTS, breaking_changes, last_release

Document = dict[str, Any]


def remove_member(document: Document) -> None:
    event = document["components"]["schemas"]["EventOut"]
    del event["properties"]["duration"]
    event["required"].remove("duration")


def remove_input(document: Document) -> None:
    del document["components"]["schemas"]["EventIn"]["properties"]["notify_before"]


def require_member(document: Document) -> None:
    document["components"]["schemas"]["EventIn"]["required"].append("description")


def return_null(document: Document) -> None:
    document["components"]["schemas"]["EventOut"]["properties"]["ends_at"]["type"] = [
        "string",
        "null",
    ]


def remove_parameter(document: Document) -> None:
    operation = document["paths"]["/v1/events/day"]["get"]
    operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "tz"]


def remove_operation(document: Document) -> None:
    del document["paths"]["/v1/events/batch"]


def add_members(document: Document) -> None:
    for schema in ("EventIn", "EventOut"):
        members = document["components"]["schemas"][schema]["properties"]
        members["colour"] = {"type": "string"}


def nothing(_document: Document) -> None:
    pass


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copy(last_release("api"), tmp_path))


def changed(base: Path, change: Callable[[Document], None], *, version: str | None = None) -> Path:
    document = json.loads(base.read_text())
    change(document)
    document["info"]["version"] = version or document["info"]["version"]
    path = base.with_stem("changed")
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (remove_member, "response-required-property-removed"),
        (remove_input, "request-property-removed"),
        (require_member, "request-property-became-required"),
        (return_null, "response-property-"),
        (remove_parameter, "request-parameter-removed"),
        (remove_operation, "api-path-removed"),
    ],
)
def test_breaking_change_is_found(
    base: Path, change: Callable[[Document], None], reason: str
) -> None:
    assert reason in breaking_changes(base, changed(base, change))


@pytest.mark.parametrize("change", [nothing, add_members])
def test_compatible_change_is_allowed(base: Path, change: Callable[[Document], None]) -> None:
    assert breaking_changes(base, changed(base, change)) == ""


def test_new_major_version_may_break(base: Path) -> None:
    assert breaking_changes(base, changed(base, remove_member, version="2.0.0")) == ""


@pytest.mark.parametrize("service", DOCUMENTS)
def test_document_is_compatible_with_the_last_release(service: str) -> None:
    assert breaking_changes(last_release(service), DOCUMENTS[service]) == ""
