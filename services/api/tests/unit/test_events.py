"""When a reminder is due, and what its ID depends on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from calendar_api.events.models import EventFields, EventKey, Reminder, new_event_id, reminder

KEY = EventKey("ann", UUID("019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"))
DENTIST = EventFields(
    title="Dentist",
    description=None,
    starts_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    notify_before=timedelta(days=1),
)


def test_a_reminder_is_due_one_lead_time_before_the_start() -> None:
    # The literal ID: with another one, all pending notifications would be sent a second time.
    assert reminder(KEY, DENTIST) == Reminder(
        UUID("0ced812a-05ae-56e8-9805-adc9a4cbe243"), datetime(2026, 11, 22, 7, tzinfo=UTC)
    )


def test_an_event_without_lead_time_has_no_reminder() -> None:
    assert reminder(KEY, replace(DENTIST, notify_before=None)) is None


def test_a_reminder_with_no_lead_time_is_due_at_the_start() -> None:
    plan = reminder(KEY, replace(DENTIST, notify_before=timedelta()))
    assert plan is not None
    assert plan.due_at == DENTIST.starts_at


@pytest.mark.parametrize(
    "other",
    [
        replace(DENTIST, title="Doctor"),
        replace(DENTIST, description="Bring the X-ray."),
        replace(DENTIST, ends_at=DENTIST.ends_at + timedelta(hours=1)),
    ],
)
def test_other_fields_do_not_change_the_reminder(other: EventFields) -> None:
    assert reminder(KEY, other) == reminder(KEY, DENTIST)
    assert other.has_schedule_of(DENTIST)


@pytest.mark.parametrize(
    "other",
    [
        replace(DENTIST, starts_at=DENTIST.starts_at + timedelta(microseconds=1)),
        replace(DENTIST, notify_before=timedelta(days=1, microseconds=1)),
    ],
)
def test_another_start_or_lead_time_changes_the_reminder_id(other: EventFields) -> None:
    moved, before = reminder(KEY, other), reminder(KEY, DENTIST)
    assert moved is not None
    assert before is not None
    assert moved.notification_id != before.notification_id
    assert not other.has_schedule_of(DENTIST)


@pytest.mark.parametrize("other", [EventKey("bob", KEY.event_id), EventKey("ann", UUID(int=1))])
def test_another_event_or_user_changes_the_reminder_id(other: EventKey) -> None:
    theirs, ours = reminder(other, DENTIST), reminder(KEY, DENTIST)
    assert theirs is not None
    assert ours is not None
    assert theirs.notification_id != ours.notification_id


def test_generated_ids_are_ordered_by_time() -> None:
    ids = [new_event_id("ann") for _ in range(100)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}


def test_an_idempotency_key_determines_the_id() -> None:
    # The literal ID: with another one, a retry during an upgrade would create a second event.
    assert new_event_id("ann", "one") == UUID("a469c17e-04a3-50d4-ade9-f506e7a73b2b")
    others = {new_event_id("ann", "two"), new_event_id("bob", "one"), new_event_id("an", "none")}
    assert len(others - {new_event_id("ann", "one")}) == 3
