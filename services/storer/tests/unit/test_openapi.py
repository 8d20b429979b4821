"""The published OpenAPI document is valid and complete, and the committed one is current."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from calendar_storer.web import document, openapi

COMMITTED = Path(openapi.__file__).parent / "static/openapi.json"
DOCUMENT = openapi.document()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
STATUSES = {
    "GET /v1/notifications": "200 400 422 500 503 default",
    "GET /v1/notifications/stream": "200 400 422 500 503 default",
    "POST /v1/notifications/{notification_id}/acknowledge": "200 400 404 422 500 503 default",
}


def errors_in(value: object, schema: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(value)]


def test_committed_document_is_current() -> None:
    """Else: `python -m calendar_storer.web.openapi > …/web/static/openapi.json`."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == DOCUMENT


def test_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_document_has_exactly_the_calls_of_the_contract() -> None:
    assert sorted(OPERATIONS) == sorted(STATUSES)


def test_responses_may_have_unknown_members() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert not [name for name, schema in schemas.items() if "additionalProperties" in schema]


@pytest.mark.parametrize("kind", ["schemas", "examples"])
def test_references_and_components_match(kind: str) -> None:
    named = set(re.findall(rf"#/components/{kind}/(\w+)", json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"][kind])


@pytest.mark.parametrize("call", STATUSES)
def test_call_is_described(call: str) -> None:
    operation = OPERATIONS[call]
    assert re.fullmatch("[a-z]+([A-Z][a-z]+)*", operation["operationId"])
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    *parameters, request_id = operation["parameters"]
    assert request_id == {"$ref": "#/components/parameters/RequestId"}
    for parameter in [*parameters, document.REQUEST_ID]:
        assert parameter["description"]
        assert errors_in(parameter["example"], parameter["schema"]) == []


@pytest.mark.parametrize(("call", "statuses"), STATUSES.items())
def test_call_documents_its_responses(call: str, statuses: str) -> None:
    responses = OPERATIONS[call]["responses"]
    assert sorted(responses) == statuses.split()
    for status, response in responses.items():
        assert "X-Request-Id" in response["headers"]
        assert ("Retry-After" in response["headers"]) == (status == "503")
        is_problem = status == "default" or int(status) >= 400
        assert ("application/problem+json" in response["content"]) == is_problem


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_schema_is_plain_enough_for_generators_of_clients(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    Draft202012Validator.check_schema(schema)
    assert not {"oneOf", "anyOf", "allOf", "not", "if"} & set(schema)
    for member in schema["properties"].values():
        assert {"type": "null"} not in member.get("anyOf", [])


def contents() -> list[Any]:
    return [
        pytest.param(content, id=f"{call} {status}")
        for call, operation in OPERATIONS.items()
        for status, response in operation["responses"].items()
        for content in response["content"].values()
    ]


@pytest.mark.parametrize("content", contents())
def test_examples_match_their_schemas(content: dict[str, Any]) -> None:
    named = [DOCUMENT["components"]["examples"][name] for name in content.get("examples", ())]
    values = [example["value"] for example in named] or [content["example"]]
    for value in values:
        assert errors_in(value, content["schema"]) == []
