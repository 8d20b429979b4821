"""The responses of the running service conform to the OpenAPI document."""

import json
from importlib.resources import files
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker
from tests.integration.client import User, event
from tests.integration.service import Service

COMMITTED = json.loads((files("calendar_api.web") / "static/openapi.json").read_text("utf-8"))


def conforms(document: Any, schema: str) -> None:
    whole = {
        "$ref": f"#/components/schemas/{schema}",
        "components": COMMITTED["components"],
    }
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(document)


def test_the_service_publishes_the_committed_document(service: Service) -> None:
    assert requests.get(f"{service.url}/openapi.json", timeout=30).json() == COMMITTED


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"description": "x", "notify_before": "P1DT12H30M0.5S"},
        {"title": "\u2028\"'\\ 🦷", "description": ""},
        {"starts_at": "0001-01-01T00:00:00Z", "duration": "PT0S"},
        {"starts_at": "9999-12-31T23:59:59.999999Z", "duration": "PT0S", "notify_before": "PT0S"},
        {"duration": "P9999D"},
    ],
)
def test_events_and_lists_conform(api: User, changes: dict[str, Any]) -> None:
    created = api.create(**changes)
    conforms(created, "EventOut")
    conforms(api.get(f"/v1/events/{created['id']}").json(), "EventOut")
    conforms(api.patch_event(created["id"], title="x"), "EventOut")
    day = created["starts_at"][:10]
    ranges = {"from": f"{day}T00:00:00Z", "to": f"{day}T23:59:59.999999Z"}
    page = api.get("/v1/events", params=ranges)
    conforms(page.json(), "EventPage")
    batch = api.post("/v1/events/batch", json={"events": [event(**changes)]})
    conforms(batch.json(), "EventBatch")


def test_a_page_with_a_cursor_conforms(api: User) -> None:
    api.post("/v1/events/batch", json={"events": [event()] * 3})
    page = api.get("/v1/events/day", params={"date": "2026-11-23", "limit": "2"}).json()
    assert page["next_cursor"] is not None
    conforms(page, "EventPage")


def test_problems_conform(api: User) -> None:
    conforms(api.get("/v1/events/019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11").json(), "Problem")
    conforms(api.post("/v1/events", json={}).json(), "FieldsProblem")
    conforms(api.get("/v1/nowhere").json(), "Problem")
