import json
from datetime import timedelta
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


def test_message_of_an_occurrence_names_it(reminder: Any) -> None:
    message = json.loads(encode(reminder(recurrence_id="2026-11-24T11:00:00")).value)

    assert message["recurrence_id"] == "2026-11-24T11:00:00"


def test_notification_id_depends_on_start_and_lead(reminder: Any) -> None:
    due = reminder()
    later = due._replace(
        starts_at=due.starts_at + timedelta(days=1), due_at=due.due_at + timedelta(days=1)
    )
    earlier = due._replace(due_at=due.due_at - timedelta(minutes=1))

    ids = {each.notification_id for each in (due, later, earlier)}
    assert len(ids) == 3
    assert due._replace(title="Doctor", attempts=3).notification_id in ids


def test_occurrence_whose_changes_cannot_be_read_is_unpublishable(reminder: Any) -> None:
    with pytest.raises(Unpublishable, match=r"^overrides: cannot be read$"):
        encode(reminder(title=None))


@pytest.mark.parametrize("title", ["", "x" * 2_000_000, "a\x00b"])
def test_invalid_reminder_is_unpublishable(reminder: Any, title: str) -> None:
    with pytest.raises(Unpublishable, match=r"^title: .{1,200}$"):
        encode(reminder(title=title))


def test_reason_does_not_repeat_the_user_s_input(reminder: Any) -> None:
    with pytest.raises(Unpublishable) as caught:
        encode(reminder(title="secret" * 100))

    assert "secret" not in str(caught.value)
