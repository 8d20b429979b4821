"""The reminders of a series: which, in what order, and each once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.recurrence.series import DAY, HOUR, local, series, utc

from calendar_api.recurrence.reminders import ChangedOccurrence, DueReminder, reminders_of
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import FIRST_INSTANT, LocalTime

NONE: Mapping[LocalTime, ChangedOccurrence] = {}
QUARTER = timedelta(minutes=15)


def next_reminders(
    a_series: Series,
    leads: Iterable[timedelta],
    *,
    changed: Mapping[LocalTime, ChangedOccurrence],
    since: datetime,
    after: DueReminder | None = None,
    limit: int,
) -> list[DueReminder]:
    position = after and after[:2]
    found = reminders_of(a_series, leads, changed=changed, since=since, after=position)
    return list(islice(found, limit))


def due_and_start(reminders: list[DueReminder]) -> list[tuple[datetime, datetime]]:
    return [(reminder.due, reminder.start) for reminder in reminders]


def test_what_is_due_already_comes_first() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY;COUNT=5")

    found = next_reminders(
        a_series, [3 * DAY], changed=NONE, since=utc("2026-11-23T12:00"), limit=100
    )

    assert due_and_start(found) == [
        (utc(f"2026-11-{day - 3}T09:00"), utc(f"2026-11-{day}T09:00")) for day in range(24, 29)
    ]


def test_the_order_is_that_of_due_times() -> None:
    a_series = series("2026-03-28T09:00", "FREQ=DAILY;COUNT=2", "Europe/Berlin")

    found = next_reminders(
        a_series, [DAY, timedelta()], changed=NONE, since=utc("2026-03-26T00:00"), limit=100
    )

    assert due_and_start(found) == [
        (utc("2026-03-27T08:00"), utc("2026-03-28T08:00")),
        # The day before the clocks go forward has 24 hours, the lead too.
        (utc("2026-03-28T07:00"), utc("2026-03-29T07:00")),
        (utc("2026-03-28T08:00"), utc("2026-03-28T08:00")),
        (utc("2026-03-29T07:00"), utc("2026-03-29T07:00")),
    ]


def test_what_has_started_is_not_notified() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY")

    found = next_reminders(
        a_series, [timedelta()], changed=NONE, since=utc("2026-11-24T09:00"), limit=1
    )

    assert due_and_start(found) == [(utc("2026-11-25T09:00"), utc("2026-11-25T09:00"))]


def test_a_reminder_after_the_start_is_sent_although_it_has_started() -> None:
    a_series = series("2026-11-24", "FREQ=DAILY")

    found = next_reminders(
        a_series, [-9 * HOUR], changed=NONE, since=utc("2026-11-24T08:59"), limit=2
    )

    assert due_and_start(found) == [
        (utc("2026-11-24T09:00"), utc("2026-11-24T00:00")),
        (utc("2026-11-25T09:00"), utc("2026-11-25T00:00")),
    ]


def test_lists_continue_where_the_one_before_ended() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=WEEKLY;BYDAY=TU,WE")
    leads, since = [10 * DAY, QUARTER, timedelta()], utc("2026-11-24T00:00")
    whole = next_reminders(a_series, leads, changed=NONE, since=since, limit=30)

    first = next_reminders(a_series, leads, changed=NONE, since=since, limit=7)
    rest = next_reminders(a_series, leads, changed=NONE, since=since, after=first[-1], limit=23)

    assert first + rest == whole


def test_what_had_started_is_left_out_of_later_lists_too() -> None:
    """Of a year of overdue reminders, many are due after others of starts in the past."""
    a_series = series("2026-01-01T09:00", "FREQ=DAILY")
    leads, since = [300 * DAY, 2 * DAY], utc("2026-11-24T00:00")

    first = next_reminders(a_series, leads, changed=NONE, since=since, limit=100)
    rest = next_reminders(a_series, leads, changed=NONE, since=since, after=first[-1], limit=300)

    assert min(reminder.start for reminder in first + rest) > since


def test_a_moved_occurrence_replaces_the_original() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY;COUNT=3")
    moved = {local("2026-11-24T09:00"): ChangedOccurrence(start=utc("2026-11-25T17:00"))}

    found = next_reminders(
        a_series, [HOUR], changed=moved, since=utc("2026-11-23T00:00"), limit=100
    )

    assert [(reminder.start, reminder.recurrence_id) for reminder in found] == [
        (utc("2026-11-25T09:00"), local("2026-11-25T09:00")),
        (utc("2026-11-25T17:00"), local("2026-11-24T09:00")),
        (utc("2026-11-26T09:00"), local("2026-11-26T09:00")),
    ]


@pytest.mark.parametrize("leads", [(), (HOUR, QUARTER)])
def test_a_changed_occurrence_has_its_own_leads(leads: tuple[timedelta, ...]) -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY;COUNT=1")
    changed = {local("2026-11-24T09:00"): ChangedOccurrence(leads=leads)}

    found = next_reminders(a_series, [DAY], changed=changed, since=FIRST_INSTANT, limit=100)

    assert [reminder.lead for reminder in found] == list(leads)


def test_two_occurrences_on_one_instant_are_notified_once() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY;COUNT=2")
    moved = {local("2026-11-24T09:00"): ChangedOccurrence(start=utc("2026-11-25T09:00"))}

    found = next_reminders(a_series, [DAY, QUARTER], changed=moved, since=FIRST_INSTANT, limit=100)

    assert [(reminder.start, reminder.lead) for reminder in found] == [
        (utc("2026-11-25T09:00"), DAY),
        (utc("2026-11-25T09:00"), QUARTER),
    ]


def test_an_excluded_occurrence_is_not_notified_though_it_was_changed() -> None:
    a_series = series("2026-11-24T09:00", "FREQ=DAILY;COUNT=2", excluded="2026-11-24T09:00")
    moved = {local("2026-11-24T09:00"): ChangedOccurrence(start=utc("2026-11-27T09:00"))}

    found = next_reminders(a_series, [HOUR], changed=moved, since=FIRST_INSTANT, limit=100)

    assert [reminder.start for reminder in found] == [utc("2026-11-25T09:00")]


LEADS = st.lists(st.timedeltas(-DAY, 30 * DAY), max_size=4, unique=True)
MOVES = st.dictionaries(
    st.integers(0, 9),
    st.builds(
        ChangedOccurrence,
        st.none() | st.integers(0, 20).map(lambda day: utc("2026-11-01T09:00") + day * DAY),
        st.none() | LEADS.map(tuple),
    ),
    max_size=4,
)


def all_reminders(
    a_series: Series,
    leads: list[timedelta],
    changed: Mapping[LocalTime, ChangedOccurrence],
    since: datetime,
) -> list[tuple[datetime, datetime, timedelta]]:
    """By the definition: all pairs of an occurrence and a lead, sorted."""
    found = set()
    for occurrence in a_series.after(FIRST_INSTANT):
        change = changed.get(occurrence.recurrence_id, ChangedOccurrence())
        start = change.start or occurrence.start
        for lead in leads if change.leads is None else change.leads:
            if max(start, start - lead) > since:
                found.add((start - lead, start, lead))
    return sorted(found)


@given(LEADS, MOVES, st.integers(-20 * 24, 20 * 24), st.integers(1, 10))
def test_all_lists_together_are_all_reminders(
    leads: list[timedelta], moves: dict[int, ChangedOccurrence], since_hour: int, limit: int
) -> None:
    a_series = series("2026-11-01T09:00", "FREQ=DAILY;COUNT=10")
    start = datetime.fromisoformat("2026-11-01T09:00")
    changed: dict[LocalTime, ChangedOccurrence] = {
        start + day * DAY: change for day, change in moves.items()
    }
    since = utc("2026-11-01T09:00") + since_hour * HOUR

    found: list[DueReminder] = []
    page = next_reminders(a_series, leads, changed=changed, since=since, limit=limit)
    while page:
        found += page
        page = next_reminders(
            a_series, leads, changed=changed, since=since, after=page[-1], limit=limit
        )

    assert [reminder[:3] for reminder in found] == all_reminders(a_series, leads, changed, since)
