"""The committed JSON schema matches the code and accepts encoded notifications."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest

from calendar_contracts import Notification

COMMITTED = Path(__file__).parents[1] / "schemas" / "notification.v1.json"
NOTIFICATION = Notification(
    notification_id=UUID(int=1),
    event_id=UUID(int=2),
    title="Dentist",
    event_date=datetime(2026, 11, 23, 7, tzinfo=UTC),
    user_id="ann",
    notify_at=datetime(2026, 11, 23, 6, 45, tzinfo=UTC),
)


@pytest.fixture
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(COMMITTED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_committed_schema_is_current() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "calendar_contracts.schema"], check=True, capture_output=True
    )
    assert printed.stdout.decode() == COMMITTED.read_text("utf-8")


def test_encoded_notification_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(json.loads(NOTIFICATION.encode()))


def test_encoded_notification_of_an_occurrence_is_valid(
    validator: jsonschema.Draft202012Validator,
) -> None:
    occurrence = NOTIFICATION.model_copy(update={"recurrence_id": "2026-11-23T08:00:00"})
    validator.validate(json.loads(occurrence.encode()))


@pytest.mark.parametrize("field", json.loads(NOTIFICATION.encode()))
def test_field_of_every_notification_is_required(
    field: str, validator: jsonschema.Draft202012Validator
) -> None:
    value = json.loads(NOTIFICATION.encode())
    del value[field]
    assert not validator.is_valid(value)


def test_unknown_field_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(json.loads(NOTIFICATION.encode()) | {"colour": "green"})
