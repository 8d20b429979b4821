"""The body of a webhook."""

import json
from datetime import UTC, datetime

import pytest

from calendar_storer.webhooks import payload
from tests.conftest import notification

STORED_AT = datetime(2026, 11, 23, 6, 45, 0, 20, tzinfo=UTC)


@pytest.mark.parametrize("recurrence_id", [None, "2026-11-23T08:00:00"])
def test_data_is_as_in_kafka(recurrence_id: str | None) -> None:
    sent = notification(recurrence_id=recurrence_id)

    body = payload.encode(sent, stored_at=STORED_AT)

    assert json.loads(body) == {
        "type": "notification.due",
        "timestamp": "2026-11-23T06:45:00.000020Z",
        "data": json.loads(sent.encode()),
    }
