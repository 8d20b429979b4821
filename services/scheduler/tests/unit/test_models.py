import json
from typing import Any

import pytest

from calendar_scheduler.errors import Unpublishable
from calendar_scheduler.reminders.models import encode


def test_message_has_the_fields_of_the_contract(reminder: Any) -> None:
    due = reminder(title="Zahnarzt 🦷", user_id="ann@example.org")

    message = encode(due)

    assert message.key == b"ann@example.org"
    assert json.loads(message.value) == {
        "notification_id": str(due.notification_id),
        "event_id": str(due.event_id),
        "title": "Zahnarzt 🦷",
        "event_date": "2026-11-24T10:00:00Z",
        "user_id": "ann@example.org",
        "notify_at": "2026-11-24T09:45:00Z",
    }


@pytest.mark.parametrize("title", ["", "x" * 2_000_000, "a\x00b"])
def test_invalid_reminder_is_unpublishable(reminder: Any, title: str) -> None:
    with pytest.raises(Unpublishable, match=r"^title: .{1,200}$"):
        encode(reminder(title=title))


def test_reason_does_not_repeat_the_user_s_input(reminder: Any) -> None:
    with pytest.raises(Unpublishable) as caught:
        encode(reminder(title="secret" * 100))

    assert "secret" not in str(caught.value)
