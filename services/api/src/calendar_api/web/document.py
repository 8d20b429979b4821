"""Makes an OpenAPI document for generators of clients of what FastAPI makes of endpoints.

docs/adr/0016 says what such generators need.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from calendar_api.web.problem_responses import EXAMPLE_REQUEST_ID, FieldsProblem, Problem

SECURITY_SCHEMES: Final = {
    "userHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "X-User-Id",
        "description": "The user. Not a secret: the service trusts its caller.",
    },
    "userQuery": {
        "type": "apiKey",
        "in": "query",
        "name": "user_id",
        "description": "The user, for clients that cannot set headers.",
    },
}
"""How a request names its user. Either is enough."""

REQUEST_ID: Final = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "The ID of the request in its response and in the service's log: up to 128 "
    "letters, digits and `._~+/=:@-`. The service generates one if it is absent or has other "
    "characters.",
    "schema": {"type": "string"},
    "example": EXAMPLE_REQUEST_ID,
}


def build(
    *,
    routes: Sequence[BaseRoute],
    examples: Mapping[str, Any],
    parameter_examples: Mapping[str, Any],
    **about: Any,
) -> dict[str, Any]:
    """The document of the routes; `about` are FastAPI's title, version, description and tags.

    `examples` are those that bodies refer to, `parameter_examples` one of each parameter whose type
    has none.
    """
    spec = get_openapi(
        routes=routes,
        servers=[{"url": "/", "description": "The host that serves this document"}],
        contact={"name": "The maintainers of Calendar"},
        license_info={"name": "MIT", "identifier": "MIT"},
        **about,
    )
    _, problems = models_json_schema(
        [(Problem, "serialization"), (FieldsProblem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas = spec["components"]["schemas"] | problems["$defs"]
    spec["components"] = {
        "schemas": {name: _plain(schema) for name, schema in schemas.items()},
        "examples": examples,
        "parameters": {"RequestId": REQUEST_ID},
        "securitySchemes": SECURITY_SCHEMES,
    }
    spec["security"] = [{name: []} for name in SECURITY_SCHEMES]
    for path in spec["paths"].values():
        for operation in path.values():
            _complete(operation, parameter_examples)
    return spec


def _complete(operation: dict[str, Any], examples: Mapping[str, Any]) -> None:
    users = {scheme["name"] for scheme in SECURITY_SCHEMES.values()}
    operation["parameters"] = [
        *(
            _parameter(each, examples)
            for each in operation["parameters"]
            if each["name"] not in users
        ),
        {"$ref": "#/components/parameters/RequestId"},
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if merge_patch := content.get("application/merge-patch+json"):
        content["application/json"] = merge_patch


def _parameter(parameter: dict[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """With an example, and without null in its schema: a parameter is absent, never null."""
    schema = _plain(parameter["schema"])
    schema.pop("description", None)
    if isinstance(schema["type"], list):
        schema["type"] = schema["type"][0]
    [example] = schema.pop("examples", None) or [examples[parameter["name"]]]
    return {**parameter, "schema": schema, "example": example}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as generators of clients take it: `type: [string, "null"]` instead of `anyOf`.

    Without the titles that pydantic derives from the names.
    """
    schema = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in schema:
        members = {name: _plain(member) for name, member in schema["properties"].items()}
        schema["properties"] = members
    match schema.get("anyOf"):
        case [{"type": str(type_)} as some, {"type": "null"}]:
            del schema["anyOf"]
            schema = {**_plain(some), "type": [type_, "null"], **schema}
        case [{"$ref": str(reference)}, {"type": "null"}]:
            # A client that has nothing to say leaves the member out.
            del schema["anyOf"]
            schema["$ref"] = reference
    return schema
