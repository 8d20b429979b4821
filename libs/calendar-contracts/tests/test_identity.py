"""Notification IDs must never change: a notification that is sent again is known by its ID."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from calendar_contracts import notification_id

EVENT = UUID("0198b2f6-2222-7000-8000-000000000002")
START = datetime(2026, 11, 24, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("user_id", "starts_at", "lead", "expected"),
    [
        ("ann", START, 15 * MINUTE, "30dc26c7-a672-5e72-a44d-cb7642e6018c"),
        (
            "ann@example.org",
            START.replace(microsecond=1),
            timedelta(days=3),
            "c275b158-c55f-540f-af08-ee667a3568f4",
        ),
        ("ann", START, timedelta(), "bb1878ae-2470-59e4-ab33-7d2e54b73777"),
        ("ann", START.replace(hour=0), -540 * MINUTE, "7bffddde-4564-5a2e-9c7f-115af473eb29"),
    ],
)
def test_id_is_the_one_of_version_1(
    user_id: str, starts_at: datetime, lead: timedelta, expected: str
) -> None:
    found = notification_id(user_id=user_id, event_id=EVENT, starts_at=starts_at, lead=lead)

    assert found == UUID(expected)


def test_id_does_not_depend_on_the_offset_of_the_start() -> None:
    in_utc, in_moscow = (
        notification_id(user_id="ann", event_id=EVENT, starts_at=starts_at, lead=MINUTE)
        for starts_at in (START, START.astimezone(timezone(timedelta(hours=3))))
    )

    assert in_utc == in_moscow


def test_each_part_makes_another_id() -> None:
    ids = {
        notification_id(user_id=user_id, event_id=event_id, starts_at=starts_at, lead=lead)
        for user_id in ("ann", "bob")
        for event_id in (EVENT, UUID(int=1))
        for starts_at in (START, START + MINUTE)
        for lead in (MINUTE, -MINUTE)
    }

    assert len(ids) == 16
