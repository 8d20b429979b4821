"""What is written beside an event: its next reminders, and its schedule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from calendar_api.events import plans
from calendar_api.events.models import EventFields, EventKey, JsonText
from calendar_api.events.plans import FIRST_LENGTH, NO_SCHEDULE, Plan
from calendar_api.events.reminders import has_same_reminders, sent_already
from calendar_api.events.series import FOREVER, ParsedEvent

KEY = EventKey("ann", UUID("019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"))
CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DENTIST = EventFields(
    title="Dentist",
    description=None,
    starts_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    notify_before=DAY,
)
CHOIR = EventFields(
    title="Choir",
    description=None,
    starts_at=datetime(2026, 11, 25, 18, 30, tzinfo=UTC),
    ends_at=FOREVER,
    notify_before=DAY,
    time_zone="Europe/Berlin",
    local_start=datetime(2026, 11, 25, 19, 30),  # noqa: DTZ001 - a wall time
    recurrence=JsonText('{"rule":"FREQ=WEEKLY"}'),
    first_ends_at=datetime(2026, 11, 25, 20, 30, tzinfo=UTC),
)


def plan_of(fields: EventFields, **options: Any) -> Plan:
    return plans.plan_of(ParsedEvent.of(fields), **options)


def test_a_reminder_is_due_one_lead_time_before_the_start() -> None:
    plan = plan_of(DENTIST, since=CREATED)

    # The literal ID: with another one, all pending notifications would be sent a second time.
    assert plan.reminder_values(KEY) == (
        UUID("0ced812a-05ae-56e8-9805-adc9a4cbe243"),
        [datetime(2026, 11, 22, 7, tzinfo=UTC)],
        [DENTIST.starts_at],
        [None],
    )
    assert not plan.has_schedule


def test_an_event_without_lead_time_has_no_reminder() -> None:
    assert plan_of(replace(DENTIST, notify_before=None), since=CREATED).reminders == []


def test_a_reminder_with_no_lead_time_is_due_at_the_start() -> None:
    [reminder] = plan_of(replace(DENTIST, notify_before=timedelta()), since=CREATED).reminders
    assert reminder.due == DENTIST.starts_at


def test_several_reminders_are_in_the_order_of_their_due_times() -> None:
    several = replace(DENTIST, reminders=JsonText('["PT0S","P2D","P1D"]'))

    plan = plan_of(several, since=CREATED)

    assert [each.lead for each in plan.reminders] == [2 * DAY, DAY, timedelta()]
    # Schedulers before 1.1 would not send the others.
    assert plan.reminder_values(KEY)[0] is None


def test_an_event_that_has_started_has_no_reminder() -> None:
    assert plan_of(DENTIST, since=DENTIST.starts_at).reminders == []


def test_a_reminder_after_the_start_of_a_day_is_sent_although_the_day_has_begun() -> None:
    fair = replace(
        DENTIST,
        starts_at=datetime(2026, 11, 23, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, tzinfo=UTC),
        starts_on=date(2026, 11, 23),
        ends_on=date(2026, 11, 24),
        notify_before=timedelta(hours=-9),
    )

    [reminder] = plan_of(fair, since=datetime(2026, 11, 23, 8, tzinfo=UTC)).reminders

    assert reminder.due == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert plan_of(fair, since=reminder.due).reminders == []


def test_an_endless_series_is_planned_in_parts() -> None:
    plan = plan_of(CHOIR, since=CREATED)
    *_, due, start, refill_at = plan.schedule_values()

    assert len(plan.reminders) == FIRST_LENGTH
    assert (due, start) == plan.reminders[-1][:2]
    assert refill_at == plan.reminders[FIRST_LENGTH // 2].due
    rest = plan_of(CHOIR, since=CREATED, after=plan.reminders[-1][:2])
    assert rest.reminders[0].start == plan.reminders[-1].start + 7 * DAY


def test_what_was_missed_is_planned_although_it_has_started() -> None:
    starts = [CHOIR.starts_at + week * 7 * DAY for week in range(4)]
    choir = replace(CHOIR, notify_before=timedelta())
    now, missed = starts[2], {(start, start) for start in starts[1:3]}

    plan = plan_of(choir, since=now, missed=missed, limit=1)

    # The planner, which goes on after the plan, knows of none that was missed.
    assert [each.start for each in plan.reminders] == starts[1:]
    assert [each.start for each in plan_of(choir, since=now, limit=1).reminders] == starts[3:]


def test_the_rules_of_a_zone_are_noted_while_the_event_lies_ahead() -> None:
    zoned = replace(DENTIST, time_zone="Asia/Tokyo", local_start=datetime(2026, 11, 23, 16))  # noqa: DTZ001

    ahead = plan_of(zoned, since=CREATED).schedule
    over = plan_of(zoned, since=zoned.ends_at + DAY).schedule

    assert ahead.zone_rules is not None
    assert " Asia/Tokyo " in ahead.zone_rules
    assert over == NO_SCHEDULE


@pytest.mark.parametrize(
    "other",
    [
        replace(DENTIST, title="Doctor"),
        replace(DENTIST, description="Bring the X-ray."),
        replace(DENTIST, ends_at=DENTIST.ends_at + timedelta(hours=1)),
    ],
)
def test_other_fields_do_not_change_the_reminder(other: EventFields) -> None:
    assert plan_of(other, since=CREATED) == plan_of(DENTIST, since=CREATED)
    assert has_same_reminders(ParsedEvent.of(other), ParsedEvent.of(DENTIST))


@pytest.mark.parametrize(
    "other",
    [
        replace(DENTIST, starts_at=DENTIST.starts_at + timedelta(microseconds=1)),
        replace(DENTIST, notify_before=timedelta(days=1, microseconds=1)),
    ],
)
def test_another_start_or_lead_time_changes_the_reminder_id(other: EventFields) -> None:
    moved, before = (plan_of(each, since=CREATED).reminder_values(KEY) for each in (other, DENTIST))
    assert moved[0] != before[0]
    assert not has_same_reminders(ParsedEvent.of(other), ParsedEvent.of(DENTIST))


@pytest.mark.parametrize("other", [EventKey("bob", KEY.event_id), EventKey("ann", UUID(int=1))])
def test_another_event_or_user_changes_the_reminder_id(other: EventKey) -> None:
    plan = plan_of(DENTIST, since=CREATED)
    assert plan.reminder_values(other)[0] != plan.reminder_values(KEY)[0]


def test_what_was_sent_is_what_is_not_pending_any_more() -> None:
    several = replace(CHOIR, reminders=JsonText('["P14D","P1D"]'), notify_before=14 * DAY)
    now = datetime(2026, 12, 1, tzinfo=UTC)
    plan = plan_of(several, since=CREATED)
    pending = [each for each in plan.reminders if each.due > now]

    sent = sent_already(
        ParsedEvent.of(several), now=now, pending=pending, last=plan.reminders[-1][:2]
    )

    # The fortnight's notice of what is still to come; what is over is of no interest.
    assert sent == {each[:2] for each in plan.reminders if each.due <= now < each.start}
    assert sent


def test_what_was_sent_may_come_after_what_is_pending() -> None:
    two = replace(DENTIST, reminders=JsonText('["P3D","P1D"]'), notify_before=3 * DAY)
    first, second = plan_of(two, since=CREATED).reminders

    sent = sent_already(
        ParsedEvent.of(two), now=DENTIST.starts_at - DAY, pending=[first], last=None
    )

    assert sent == {second[:2]}


def test_what_was_sent_is_not_planned() -> None:
    first = plan_of(CHOIR, since=CREATED).reminders
    plan = plan_of(CHOIR, since=CREATED, sent={first[0][:2]})
    assert plan.reminders[:-1] == first[1:]


def test_a_plan_reaches_past_what_was_sent() -> None:
    """A longer lead puts many reminders before it, and the planner goes on after the plan."""
    now = datetime(2026, 12, 1, 19, tzinfo=UTC)
    last = plan_of(CHOIR, since=CREATED).reminders[1][:2]
    [sent] = sent_already(ParsedEvent.of(CHOIR), now=now, pending=[], last=last)
    after = replace(CHOIR, reminders=JsonText('["P366D","P1D"]'), notify_before=366 * DAY)

    plan = plan_of(after, since=now, sent={sent})

    assert not plan.is_complete
    assert sent < plan.reminders[-1][:2]
    assert sent not in {each[:2] for each in plan.reminders}
