"""The published OpenAPI document is valid and complete, and the committed one is current."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from calendar_api.web import document, openapi

COMMITTED = Path(openapi.__file__).parent / "static/openapi.json"
DOCUMENT = openapi.document()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
CALLS = [
    "DELETE /v1/events/{event_id}",
    "DELETE /v1/events/{event_id}/occurrences/{recurrence_id}",
    "GET /v1/events",
    "GET /v1/events/day",
    "GET /v1/events/month",
    "GET /v1/events/week",
    "GET /v1/events/{event_id}",
    "GET /v1/events/{event_id}/occurrences",
    "GET /v1/events/{event_id}/occurrences/{recurrence_id}",
    "PATCH /v1/events/{event_id}",
    "PATCH /v1/events/{event_id}/occurrences/{recurrence_id}",
    "POST /v1/events",
    "POST /v1/events/batch",
    "POST /v1/events/{event_id}/split",
    "PUT /v1/events/{event_id}",
]


def test_committed_document_is_current() -> None:
    """Else: `python -m calendar_api.web.openapi > …/web/static/openapi.json`."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == DOCUMENT


def test_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_document_has_exactly_the_calls_of_the_contract() -> None:
    assert sorted(OPERATIONS) == CALLS


def test_requests_have_no_unknown_members_and_responses_may() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    closed = {name for name, schema in schemas.items() if "additionalProperties" in schema}
    assert closed == {
        "EventIn",
        "EventPatch",
        "EventBatchIn",
        "OccurrencePatch",
        "OverrideIn",
        "RecurrenceIn",
        "SplitIn",
    }


def test_operation_ids_are_unique_names() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z]+([A-Z][a-z]+)*", id_) for id_ in ids)


def test_references_and_schemas_match() -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["schemas"])


def test_references_and_examples_match() -> None:
    named = set(re.findall(r"#/components/examples/(\w+)", json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["examples"])


@pytest.mark.parametrize("call", CALLS)
def test_call_is_described(call: str) -> None:
    operation = OPERATIONS[call]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    *parameters, request_id = operation["parameters"]
    assert request_id == {"$ref": "#/components/parameters/RequestId"}
    for parameter in [*parameters, document.REQUEST_ID]:
        assert parameter["description"]
        assert errors_in(parameter["example"], parameter["schema"]) == []


def test_every_call_needs_the_user_in_header_or_query() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    either = [schemes[name] for requirement in DOCUMENT["security"] for name in requirement]
    assert [(scheme["in"], scheme["name"]) for scheme in either] == [
        ("header", "X-User-Id"),
        ("query", "user_id"),
    ]
    assert all(len(requirement) == 1 for requirement in DOCUMENT["security"])
    assert not any("security" in operation for operation in OPERATIONS.values())


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_schema_is_plain_enough_for_generators_of_clients(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    assert not {"oneOf", "anyOf", "allOf", "not", "if"} & set(schema)
    for member in schema["properties"].values():
        assert len(member.get("pattern", "")) < 40
        assert {"type": "null"} not in member.get("anyOf", [])


@pytest.mark.parametrize(
    ("call", "statuses"),
    [
        ("POST /v1/events", "200 201 400 408 409 413 415 422 500 503 default"),
        ("POST /v1/events/batch", "200 201 400 408 409 413 415 422 500 503 default"),
        ("GET /v1/events/{event_id}", "200 304 400 404 412 422 500 503 default"),
        ("PUT /v1/events/{event_id}", "200 400 404 408 412 413 415 422 500 503 default"),
        ("PATCH /v1/events/{event_id}", "200 400 404 408 412 413 415 422 500 503 default"),
        ("DELETE /v1/events/{event_id}", "204 400 404 412 422 500 503 default"),
        (
            "GET /v1/events/{event_id}/occurrences/{recurrence_id}",
            "200 304 400 404 412 422 500 503 default",
        ),
        (
            "PATCH /v1/events/{event_id}/occurrences/{recurrence_id}",
            "200 400 404 408 412 413 415 422 500 503 default",
        ),
        (
            "DELETE /v1/events/{event_id}/occurrences/{recurrence_id}",
            "204 400 404 409 412 422 500 503 default",
        ),
        (
            "POST /v1/events/{event_id}/split",
            "200 201 400 404 408 409 412 413 415 422 500 503 default",
        ),
        ("GET /v1/events/day", "200 400 422 500 503 default"),
        ("GET /v1/events/week", "200 400 422 500 503 default"),
        ("GET /v1/events/month", "200 400 422 500 503 default"),
        ("GET /v1/events", "200 400 422 500 503 default"),
    ],
)
def test_call_documents_its_responses(call: str, statuses: str) -> None:
    assert sorted(OPERATIONS[call]["responses"]) == statuses.split()


RESPONSES = [
    pytest.param(status, response, id=f"{call} {status}")
    for call, operation in OPERATIONS.items()
    for status, response in operation["responses"].items()
]


@pytest.mark.parametrize(("status", "response"), RESPONSES)
def test_error_is_a_problem_with_an_example(status: str, response: Any) -> None:
    if status != "default" and int(status) < 400:
        assert "application/problem+json" not in response.get("content", {})
        return
    assert list(response["content"]) == ["application/problem+json"]
    content = response["content"]["application/problem+json"]
    assert status in {"default", str(content["example"]["status"])}
    assert errors_in(content["example"], content["schema"]) == []


@pytest.mark.parametrize(("status", "response"), RESPONSES)
def test_response_documents_its_headers(status: str, response: Any) -> None:
    assert "X-Request-Id" in response["headers"]
    assert ("Retry-After" in response["headers"]) == (status == "503")


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_schema_is_valid_and_its_examples_match(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    Draft202012Validator.check_schema(schema)
    for example in schema.get("examples", []):
        assert errors_in(example, schema) == []


@pytest.mark.parametrize("call", CALLS)
def test_examples_of_bodies_match_their_schemas(call: str) -> None:
    operation = OPERATIONS[call]
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for content in (each for body in bodies for each in body.get("content", {}).values()):
        for name in content.get("examples", ()):
            example = DOCUMENT["components"]["examples"][name]
            assert example["summary"]
            assert errors_in(example["value"], content["schema"]) == []


def errors_in(document: object, schema: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize(
    ("event", "is_valid"),
    [
        ({"duration": "PT1H"}, True),
        ({"ends_at": "2026-11-23T11:00:00Z"}, True),
        ({"ends_at": "2026-11-23T11:00:00Z", "duration": None}, True),
        ({"duration": "PT1H", "description": None, "notify_before": None}, True),
        ({"ends_at": "2026-11-23T11:00:00Z", "duration": "PT1H"}, True),
        ({"duration": "PT1.5H", "id": None, "version": "x", "updated_at": None}, True),
        ({"duration": "PT1H", "colour": "green"}, False),
        ({"duration": "PT1H", "title": ""}, False),
        ({"duration": "PT1H", "title": "x" * 255}, True),
        ({"duration": "PT1H", "title": "x" * 256}, False),
        ({"duration": "PT1H", "starts_at": "2026-11-23"}, False),
    ],
)
def test_schema_of_an_event_has_its_rules(event: dict[str, Any], *, is_valid: bool) -> None:
    whole = {"title": "Dentist", "starts_at": "2026-11-23T10:00:00Z"} | event
    schema = {"$ref": "#/components/schemas/EventIn"}
    assert (errors_in(whole, schema) == []) is is_valid
