"""The API's part of section 2 of the contract: which reminders are pending, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.integration.client import User, event
from tests.integration.sql import Sql

from calendar_contracts import notification_id

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=10)
HOUR = timedelta(hours=1)


class Pending:
    """The reminders of one user's events, as the Scheduler finds them."""

    def __init__(self, sql: Sql, user_id: str) -> None:
        self._sql = sql
        self._user_id = user_id

    def __getitem__(self, stored: dict[str, Any]) -> Any:
        rows = self._sql.rows(
            "SELECT * FROM reminders WHERE user_id = $1 AND event_id = $2",
            self._user_id,
            UUID(stored["id"]),
        )
        return rows[0] if rows else None

    def send(self, stored: dict[str, Any]) -> None:
        """What the Scheduler does once the broker has it."""
        self._sql.run("DELETE FROM reminders WHERE event_id = $1", UUID(stored["id"]))

    def try_in_vain(self, stored: dict[str, Any]) -> None:
        """What the Scheduler does after ten failures."""
        self._sql.run(
            "UPDATE reminders SET attempts = 10, last_error = 'x', parked_at = now(), "
            "next_try_at = now() WHERE event_id = $1",
            UUID(stored["id"]),
        )

    def now(self) -> datetime:
        """On the database's clock."""
        now: datetime = self._sql.value("SELECT clock_timestamp()")
        return now


@pytest.fixture
def pending(sql: Sql, api: User) -> Pending:
    return Pending(sql, api.name)


def text(instant: datetime) -> str:
    return instant.isoformat()


def later_event(**changes: Any) -> dict[str, Any]:
    return {"starts_at": text(LATER), "notify_before": "PT1H", "duration": "P30D"} | changes


def test_a_reminder_is_due_one_lead_time_before_the_start(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    row = pending[stored]
    assert row["due_at"] == row["ready_at"] == row["next_try_at"] == LATER - HOUR
    assert (row["attempts"], row["last_error"], row["parked_at"]) == (0, None, None)
    assert row["notification_id"] == notification_id(
        user_id=api.name, event_id=UUID(stored["id"]), starts_at=LATER, lead=HOUR
    )
    assert (row["occurs_at"], row["upcoming_due"]) == (LATER, None)


def test_a_day_of_lead_time_is_24_hours_across_a_clock_change(api: User, pending: Pending) -> None:
    stored = api.create(starts_at="2999-04-01T10:00:00+02:00", notify_before="P7D")
    assert pending[stored]["due_at"] == datetime(2999, 3, 25, 8, tzinfo=UTC)


def test_without_a_lead_time_there_is_no_reminder(api: User, pending: Pending) -> None:
    assert pending[api.create(**later_event(notify_before=None))] is None


def test_a_reminder_that_is_past_due_at_creation_is_ready_at_once(
    api: User, pending: Pending
) -> None:
    before = pending.now()
    row = pending[api.create(**later_event(notify_before="P20D"))]
    assert row["due_at"] == LATER - timedelta(days=20)
    assert before <= row["ready_at"] == row["next_try_at"] <= pending.now()


@pytest.mark.parametrize("ago", [timedelta(seconds=1), timedelta(days=400)])
def test_an_event_that_has_started_is_never_notified(
    api: User, pending: Pending, ago: timedelta
) -> None:
    started = later_event(starts_at=text(pending.now() - ago), duration="P500D")
    assert pending[api.create(**started)] is None


def test_a_batch_creates_the_same_reminders(api: User, pending: Pending) -> None:
    events = [
        event(**later_event()),
        event(**later_event(notify_before=None)),
        event(**later_event(starts_at=text(NOW - HOUR))),
        event(**later_event(notify_before="P20D")),
    ]
    items = api.post("/v1/events/batch", json={"events": events}).json()["items"]
    assert [pending[item] is not None for item in items] == [True, False, False, True]


@pytest.mark.parametrize(
    ("change", "due_at"),
    [
        ({"starts_at": text(LATER + HOUR)}, LATER),
        ({"notify_before": "PT2H"}, LATER - 2 * HOUR),
        ({"starts_at": text(LATER + HOUR), "notify_before": "PT2H"}, LATER - HOUR),
    ],
)
def test_a_new_start_or_lead_time_moves_the_reminder(
    api: User, pending: Pending, change: dict[str, Any], due_at: datetime
) -> None:
    stored = api.create(**later_event())
    before = pending[stored]
    api.patch_event(stored["id"], **change)
    row = pending[stored]
    assert row["due_at"] == row["ready_at"] == row["next_try_at"] == due_at
    assert row["notification_id"] != before["notification_id"]


def test_put_moves_the_reminder(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    moved = event(**later_event(notify_before="PT2H"))
    assert api.put(f"/v1/events/{stored['id']}", json=moved).status_code == 200
    assert pending[stored]["due_at"] == LATER - 2 * HOUR


def test_a_sent_reminder_that_is_moved_is_pending_again(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    sent = pending[stored]["notification_id"]
    pending.send(stored)
    api.patch_event(stored["id"], notify_before="PT2H")
    assert pending[stored]["notification_id"] != sent


def test_moving_a_parked_reminder_resets_its_attempts(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    pending.try_in_vain(stored)
    api.patch_event(stored["id"], notify_before="PT2H")
    row = pending[stored]
    assert (row["attempts"], row["last_error"], row["parked_at"]) == (0, None, None)
    assert row["next_try_at"] == LATER - 2 * HOUR


def test_a_reminder_that_is_moved_past_due_is_ready_at_once(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    before = pending.now()
    api.patch_event(stored["id"], notify_before="P20D")
    row = pending[stored]
    assert row["due_at"] == LATER - timedelta(days=20)
    assert before <= row["ready_at"] == row["next_try_at"] <= pending.now()


def test_an_event_that_is_moved_into_the_past_is_not_notified(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    api.patch_event(stored["id"], starts_at=text(NOW - HOUR))
    assert pending[stored] is None


@pytest.mark.parametrize(
    "change", [{"title": "Doctor"}, {"description": "x"}, {"duration": "PT1M"}, {}]
)
def test_changes_of_other_fields_leave_the_reminder_unchanged(
    api: User, pending: Pending, change: dict[str, Any]
) -> None:
    stored = api.create(**later_event())
    before = pending[stored]
    api.patch_event(stored["id"], **change)
    assert pending[stored] == before
    pending.send(stored)
    api.patch_event(stored["id"], **change)
    assert pending[stored] is None


def test_put_of_the_same_schedule_does_not_send_again(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    pending.send(stored)
    same = event(**later_event(title="Doctor", notify_before="PT60M"))
    assert api.put(f"/v1/events/{stored['id']}", json=same).status_code == 200
    assert pending[stored] is None


def test_a_repeated_create_does_not_send_again(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    pending.send(stored)
    again = api.post("/v1/events", json=event(**later_event(id=stored["id"])))
    assert again.status_code == 200
    assert pending[stored] is None


def test_an_event_moved_away_and_back_has_the_same_notification(
    api: User, pending: Pending
) -> None:
    stored = api.create(**later_event())
    sent = pending[stored]["notification_id"]
    pending.send(stored)
    api.patch_event(stored["id"], starts_at=text(LATER + HOUR))
    assert pending[stored]["notification_id"] != sent
    api.patch_event(stored["id"], starts_at=text(LATER))
    assert pending[stored]["notification_id"] == sent


def test_adding_a_lead_time_adds_a_reminder(api: User, pending: Pending) -> None:
    stored = api.create(**later_event(notify_before=None))
    api.patch_event(stored["id"], notify_before="PT1H")
    assert pending[stored]["due_at"] == LATER - HOUR


def test_removing_the_lead_time_removes_the_reminder(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    api.patch_event(stored["id"], notify_before=None)
    assert pending[stored] is None


def test_a_deleted_event_is_not_notified(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    assert api.delete(f"/v1/events/{stored['id']}").status_code == 204
    assert pending[stored] is None


def test_a_refused_change_does_not_move_the_reminder(api: User, pending: Pending) -> None:
    stored = api.create(**later_event())
    before = pending[stored]
    path = f"/v1/events/{stored['id']}"
    refused = api.patch(path, json={"notify_before": "PT2H"}, headers={"If-Match": '"9"'})
    assert refused.status_code == 412
    assert pending[stored] == before
