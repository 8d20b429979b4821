"""Sections 1.5 and 2 of the contract: reminders of changed, excluded and split off occurrences."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.integration.client import User
from tests.integration.service import wait_until
from tests.integration.sql import MOVE_ON, Sql, connected

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime.now(UTC).replace(microsecond=0) + HOUR
"""The first occurrence: still to come, also when the tests take long."""

PENDING = """
SELECT due_at, occurs_at, recurrence_id, upcoming_due[upcoming_from:] AS due,
       upcoming_starts[upcoming_from:] AS starts, upcoming_ids[upcoming_from:] AS ids
FROM reminders WHERE event_id = $1
"""

SEND_LAST = "DELETE FROM reminders WHERE user_id = $1 AND event_id = $2"

Reminder = tuple[int, timedelta]
"""The number of the day from the first occurrence on, and the lead time."""


class Reminders:
    """The reminders of one user's series, as the Scheduler finds them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def pending(self, stored: dict[str, Any]) -> list[Reminder]:
        """What is still to be sent, in order."""
        rows = self._sql.rows(PENDING, UUID(stored["id"]))
        return [
            ((start - START) // DAY, start - due)
            for row in rows
            for due, start in zip(
                [row["due_at"], *(row["due"] or [])],
                [row["occurs_at"], *(row["starts"] or [])],
                strict=True,
            )
        ]

    def ids(self, stored: dict[str, Any]) -> list[str]:
        """The recurrence IDs of what is still to be sent."""
        [row] = self._sql.rows(PENDING, UUID(stored["id"]))
        return [row["recurrence_id"], *(row["ids"] or [])]

    def send(self, stored: dict[str, Any], times: int = 1) -> None:
        """Sends the next ones."""
        for _ in range(times):
            [row] = self._sql.rows(PENDING, UUID(stored["id"]))
            statement = MOVE_ON if row["due"] else SEND_LAST
            self._sql.run(statement, stored["user_id"], UUID(stored["id"]))


@pytest.fixture
def reminders(sql: Sql) -> Reminders:
    return Reminders(sql)


def id_of(day: int) -> str:
    return f"{START + day * DAY:%Y-%m-%dT%H:%M:%S}"


def daily(api: User, count: int | None = 5, **members: Any) -> dict[str, Any]:
    """A daily series in UTC from the first occurrence on. All reminders of the first are due."""
    rule = "FREQ=DAILY" + (f";COUNT={count}" if count else "")
    return api.create(
        title="Standup",
        starts_at=id_of(0),
        duration="PT15M",
        time_zone="UTC",
        recurrence={"rule": rule},
        **{"reminders": ["P10D"]} | members,
    )


def path_of(stored: dict[str, Any], day: int) -> str:
    return f"/v1/events/{stored['id']}/occurrences/{id_of(day)}"


def patch(api: User, stored: dict[str, Any], day: int, **changes: Any) -> None:
    response = api.patch(path_of(stored, day), json=changes)
    assert response.status_code == 200, response.text


def split(api: User, stored: dict[str, Any], day: int, **changes: Any) -> dict[str, Any]:
    response = api.post(
        f"/v1/events/{stored['id']}/split", json={"at": id_of(day), "changes": changes}
    )
    assert response.status_code == 201, response.text
    new: dict[str, Any] = response.json()
    return new


def of(days: range | list[int], *leads: timedelta) -> list[Reminder]:
    return [(day, lead) for day in days for lead in leads or [10 * DAY]]


def test_an_excluded_occurrence_is_not_notified(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    assert api.delete(path_of(stored, 0)).status_code == 204
    assert reminders.pending(stored) == of([1, 2, 3, 4])
    assert api.delete(path_of(stored, 3)).status_code == 204
    assert reminders.pending(stored) == of([1, 2, 4])
    assert reminders.ids(stored) == [id_of(1), id_of(2), id_of(4)]


def test_what_was_sent_is_not_sent_again_because_an_occurrence_is_excluded(
    api: User, reminders: Reminders
) -> None:
    stored = daily(api)
    reminders.send(stored, 2)
    assert api.delete(path_of(stored, 3)).status_code == 204
    assert reminders.pending(stored) == of([2, 4])
    assert api.delete(path_of(stored, 1)).status_code == 204
    assert reminders.pending(stored) == of([2, 4])


def test_what_was_missed_stays_pending_when_another_occurrence_is_excluded(
    api: User, reminders: Reminders
) -> None:
    """No Scheduler runs: the first occurrences start, and their reminders wait."""
    first = datetime.now(UTC) + timedelta(seconds=1)
    dates = [f"{first + number * timedelta(seconds=1):%Y-%m-%dT%H:%M:%S.%f}" for number in range(5)]
    stored = api.create(
        title="Rounds",
        starts_at=dates[0],
        duration="PT1S",
        time_zone="UTC",
        recurrence={"dates": dates},
        reminders=["PT0S"],
    )
    wait_until(lambda: datetime.now(UTC) > first + timedelta(seconds=1.2), what="two have started")

    path = f"/v1/events/{stored['id']}/occurrences/{dates[4]}"
    assert api.delete(path).status_code == 204

    assert reminders.ids(stored) == dates[:4]


def test_without_occurrences_to_come_nothing_is_pending(api: User, reminders: Reminders) -> None:
    stored = daily(api, count=2)
    reminders.send(stored)
    assert api.delete(path_of(stored, 1)).status_code == 204
    assert reminders.pending(stored) == []


def test_a_moved_occurrence_is_notified_at_its_new_time(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    patch(api, stored, 4, starts_at=f"{START + HOUR:%Y-%m-%dT%H:%M:%SZ}", duration="PT15M")
    assert reminders.ids(stored) == [id_of(0), id_of(4), id_of(1), id_of(2), id_of(3)]


def test_an_occurrence_that_is_moved_after_it_was_notified_is_notified_again(
    api: User, reminders: Reminders
) -> None:
    stored = daily(api)
    reminders.send(stored, 2)
    start = START + DAY + HOUR
    patch(api, stored, 1, starts_at=start.isoformat(), duration="PT15M")
    assert reminders.ids(stored) == [id_of(1), id_of(2), id_of(3), id_of(4)]
    assert reminders.pending(stored) == of([1, 2, 3, 4])


@pytest.mark.parametrize("change", [{"title": "x"}, {"duration": "PT1H"}, {"busy": False}, {}])
def test_other_changes_leave_the_reminders_alone(
    api: User, reminders: Reminders, sql: Sql, change: dict[str, Any]
) -> None:
    stored = daily(api)
    reminders.send(stored)
    row = "SELECT ctid::text, xmin::text, r FROM reminders r WHERE user_id = $1"
    before = sql.rows(row, api.name)
    patch(api, stored, 0, **change)
    patch(api, stored, 2, **change)
    assert sql.rows(row, api.name) == before


def test_an_occurrence_may_have_its_own_reminders(api: User, reminders: Reminders) -> None:
    stored = daily(api, count=3)
    patch(api, stored, 0, reminders=[])
    patch(api, stored, 1, reminders=["P3D", "PT1H"])
    assert sorted(reminders.pending(stored)) == [(1, HOUR), (1, 3 * DAY), (2, 10 * DAY)]
    patch(api, stored, 0, reminders=None)
    patch(api, stored, 1, notify_before=None)
    assert reminders.pending(stored) == of([0, 1, 2])


def test_the_reminders_of_a_split_series_are_shared_out(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    new = split(api, stored, 3)
    assert reminders.pending(stored) == of([0, 1, 2])
    assert reminders.pending(new) == of([3, 4])
    assert reminders.ids(new) == [id_of(3), id_of(4)]


@pytest.mark.parametrize("sent", range(6))
def test_what_was_sent_is_not_sent_again_by_the_new_series(
    api: User, reminders: Reminders, sent: int
) -> None:
    stored = daily(api)
    reminders.send(stored, sent)
    new = split(api, stored, 2, title="x")
    assert reminders.pending(stored) == of([0, 1][sent:])
    assert reminders.pending(new) == of([2, 3, 4][max(sent - 2, 0) :])


def test_a_new_lead_time_of_the_new_series_is_notified(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    reminders.send(stored, 4)
    new = split(api, stored, 2, reminders=["P10D", "PT1H"])
    assert reminders.pending(stored) == []
    assert reminders.pending(new) == [(4, 10 * DAY), (2, HOUR), (3, HOUR), (4, HOUR)]


def test_a_new_start_of_the_new_series_is_notified(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    reminders.send(stored, 5)
    start = START + 2 * DAY + HOUR
    new = split(api, stored, 2, starts_at=start.isoformat(), duration="PT15M")
    assert reminders.pending(new) == of([2, 3, 4])


def test_a_new_series_without_reminders_sends_none(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    new = split(api, stored, 2, notify_before=None)
    assert reminders.pending(stored) == of([0, 1])
    assert reminders.pending(new) == []


def test_what_was_sent_stays_sent_beyond_the_first_plan(
    api: User, reminders: Reminders, sql: Sql
) -> None:
    """The planner goes on after the plan of the new series, and knows nothing of the old one."""
    stored = daily(api, count=None)
    reminders.send(stored, 4)
    new = split(api, stored, 2, reminders=["P60D", "P10D"])
    pending = reminders.pending(new)
    assert not {(2, 10 * DAY), (3, 10 * DAY)} & set(pending)
    [row] = sql.rows("SELECT * FROM schedules WHERE event_id = $1", UUID(new["id"]))
    sent_last = (START + 3 * DAY - 10 * DAY, START + 3 * DAY)
    assert (row["planned_due"], row["planned_start"]) > sent_last


def test_the_reminders_of_what_follows_are_deleted(api: User, reminders: Reminders) -> None:
    stored = daily(api)
    reminders.send(stored)
    path = f"/v1/events/{stored['id']}"
    assert api.delete(path, params={"from": id_of(2)}).status_code == 204
    assert reminders.pending(stored) == of([1])
    assert api.delete(path, params={"from": id_of(1)}).status_code == 204
    assert reminders.pending(stored) == []
    assert api.delete(path, params={"from": id_of(0)}).status_code == 204


@pytest.fixture
def scheduler(dsn: str) -> Iterator[Sql]:
    """Another session, which holds what it claims until it commits."""
    with connected(dsn) as session:
        yield session


@pytest.mark.parametrize("call", ["split", "exclude", "delete"])
def test_a_change_waits_for_the_reminder_that_is_being_sent(
    api: User, reminders: Reminders, sql: Sql, scheduler: Sql, call: str
) -> None:
    stored = daily(api)
    id_ = UUID(stored["id"])
    reminders.send(stored, 2)
    scheduler.run("BEGIN")
    scheduler.run("SELECT FROM reminders WHERE event_id = $1 FOR UPDATE SKIP LOCKED", id_)

    def change() -> int:
        path = f"/v1/events/{id_}"
        with User(api.url, api.name) as user:
            if call == "split":
                return user.post(f"{path}/split", json={"at": id_of(2)}).status_code
            if call == "exclude":
                return user.delete(path_of(stored, 2)).status_code
            return user.delete(path, params={"from": id_of(2)}).status_code

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(change)
        waiting = """SELECT FROM pg_stat_activity WHERE datname = current_database()
                     AND application_name = 'calendar' AND wait_event_type = 'Lock'"""
        wait_until(lambda: sql.rows(waiting), what="it waits")
        scheduler.run(MOVE_ON, api.name, id_)
        scheduler.run("COMMIT")
        assert answer.result(30) in {201, 204}

    left = [
        row["event_id"] for row in sql.rows("SELECT * FROM reminders WHERE user_id = $1", api.name)
    ]
    pending = [reminder for event in left for reminder in reminders.pending({"id": str(event)})]
    assert pending == ([] if call == "delete" else of([3, 4]))


@pytest.mark.parametrize("is_split", [True, False])
def test_what_was_sent_stays_sent_over_several_changes(
    api: User, reminders: Reminders, *, is_split: bool
) -> None:
    """Also where what is pending is due before what was sent."""
    stored = daily(api)
    reminders.send(stored, 4)
    leads = ["P60D", "P10D"]
    changed = split(api, stored, 2, reminders=leads) if is_split else stored
    if not is_split:
        api.patch_event(stored["id"], reminders=leads)
    first = 2 if is_split else 0
    pending = [*of(range(first, 5), 60 * DAY), (4, 10 * DAY)]
    assert reminders.pending(changed) == pending

    patch(api, changed, 4, reminders=[])
    assert reminders.pending(changed) == [*of(range(first, 4), 60 * DAY)]
    patch(api, changed, 4, reminders=None)
    assert reminders.pending(changed) == pending
    last = split(api, changed, 3)
    assert reminders.pending(changed) == of(range(first, 3), 60 * DAY)
    assert reminders.pending(last) == [*of([3, 4], 60 * DAY), (4, 10 * DAY)]
