"""The running Storer against its own OpenAPI document, by schemathesis with all its checks."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from calendar_storer.web import openapi
from tests.integration.rest import Rest

EXAMPLES = 30
"""Of each operation."""

UNLIMITED = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

document = openapi.document()
del document["security"]  # The user is no secret; each call below has one.
del document["paths"]["/v1/notifications/stream"]  # Its answers do not end: test_streams.py.
schema = schemathesis.openapi.from_dict(document)
schema.config.seed = 1  # The same calls each time, so that the same code gets the same verdict.


def valid_data_is_refused_for_its_cursor_only(_context: Any, response: Any, case: Any) -> None:
    """In place of schemathesis's check, which takes the schema for all the rules there are."""
    if case.meta.generation.mode.is_positive and response.status_code == 422:
        assert {error["type"] for error in response.json()["errors"]} == {"cursor"}


@schema.parametrize()
@settings(UNLIMITED)
@pytest.mark.timeout(600)
def test_a_call_keeps_to_the_document(case: Any, rest: Rest) -> None:
    if case.meta.generation.mode.is_positive:
        case.query.pop("user_id", None)
        case.headers["X-User-Id"] = "schemathesis"
    elif "user_id" not in case.query:
        case.headers.setdefault("X-User-Id", "schemathesis")
    case.call_and_validate(
        base_url=rest.url,
        additional_checks=[valid_data_is_refused_for_its_cursor_only],
        excluded_checks=[positive_data_acceptance],
    )
