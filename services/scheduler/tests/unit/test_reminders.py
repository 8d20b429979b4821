import json
from typing import Any

import pytest

from calendar_scheduler.errors import Unpublishable
from calendar_scheduler.reminders import encode


def test_a_message_carries_the_contract_s_fields(reminder: Any) -> None:
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
def test_what_makes_no_notification_is_unpublishable(reminder: Any, title: str) -> None:
    with pytest.raises(Unpublishable, match=r"^title: .{1,200}$"):
        encode(reminder(title=title))


def test_the_reason_does_not_repeat_what_the_user_wrote(reminder: Any) -> None:
    with pytest.raises(Unpublishable) as caught:
        encode(reminder(title="secret" * 100))

    assert "secret" not in str(caught.value)
