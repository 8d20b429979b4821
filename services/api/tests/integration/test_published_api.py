"""The running service against its own OpenAPI document, by schemathesis with all its checks.

The document is that of `strict_document`, which adds the rules that the published one has in words.
"""

import os
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, seed, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.integration.service import Service
from tests.strict_document import strict

from calendar_api.web import openapi

BEYOND_THE_SCHEMA = {
    "all_day",  # an event has dates or times of day
    "cursor",  # only what the API gave out
    "date",  # days that exist
    "date_time",
    "date_time_offset",  # or a time zone
    "date_time_range",  # a duration or a lead time past the ends of the calendar
    "duration_range",
    "end_before_start",
    "end_conflict",  # both say the same
    "invisible",  # a title has a visible character
    "immutable",  # the ID of the path and that of the body are one
    "lead_time_range",
    "missing",  # a start, by starts_at or starts_on; a rule or dates; a time zone of a series
    "one_end",  # by ends_at or by duration
    "range",  # from before to, by at most 366 days
    "recurrence",  # members of a series
    "recurrence_date",  # dates or date-times, as the start is
    "recurrence_empty",
    "recurrence_id",
    "recurrence_rule",
    "recurrence_start",
    "reminders_conflict",  # both say the same
    "repeated",  # an ID comes once in a batch, a lead time once in an event
    "time_zone",  # the names of the IANA zones
    "whole_days",  # of an event that lasts all day
}
"""Rules that a schema cannot say, by the `type` of their errors."""

EXAMPLES = int(os.environ.get("PUBLISHED_API_EXAMPLES", "5"))
"""Of each operation, and journeys through several; `make test-input` wants many more."""

SEED = int(os.environ.get("PUBLISHED_API_SEED", "1"))
"""The same calls each time, so that the same code gets the same verdict; another seed, others."""

UNLIMITED = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

schema = schemathesis.openapi.from_dict(strict(openapi.document()))
schema.config.seed = SEED


def valid_data_is_refused_for_such_rules_only(_context: Any, response: Any, case: Any) -> None:
    """In place of schemathesis's check, which takes the schema for all the rules there are."""
    if case.meta.generation.mode.is_positive and response.status_code == 422:
        broken = {error["type"] for error in response.json()["errors"]}
        assert broken <= BEYOND_THE_SCHEMA


def new_user() -> str:
    return f"schemathesis-{uuid4()}"


def name_user(case: Any, user: str) -> None:
    if case.meta.generation.mode.is_positive:
        # One user, named once: two would be a conflict, and strangers would find nothing.
        case.query.pop("user_id", None)
        case.headers["X-User-Id"] = user
    elif "user_id" not in case.query:
        case.headers.setdefault("X-User-Id", user)


USER = new_user()

CHECKS: dict[str, Any] = {
    "additional_checks": [valid_data_is_refused_for_such_rules_only],
    "excluded_checks": [positive_data_acceptance],
}


@schema.parametrize()
@settings(UNLIMITED)
@pytest.mark.timeout(3600)
def test_a_call_keeps_to_the_document(case: Any, service: Service) -> None:
    name_user(case, USER)
    case.call_and_validate(base_url=service.url, **CHECKS)


@pytest.mark.timeout(3600)
def test_a_journey_along_the_links_keeps_to_the_document(service: Service) -> None:
    @seed(SEED)
    class Journey(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # What others have stored would make the same journey end otherwise the next time.
            self.user = new_user()

        def before_call(self, case: Any) -> None:
            name_user(case, self.user)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:  # noqa: ARG002
            return {"base_url": service.url}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            case.validate_response(response, **CHECKS)

    Journey.run(settings=settings(UNLIMITED, stateful_step_count=6))
