"""What is planned of an event some of whose reminders were sent before it was changed."""

from datetime import UTC, datetime, timedelta

from calendar_api.events.models import EventFields
from calendar_api.events.plans import FIRST_LENGTH, plan_of
from calendar_api.events.reminders import all_reminders
from calendar_api.events.schemas import EventIn

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
SENT = (datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC))


def daily(*leads: str) -> EventFields:
    document = {
        "title": "Standup",
        "starts_at": "2026-03-01T09:00:00",
        "duration": "PT15M",
        "time_zone": "UTC",
        "recurrence": {"rule": "FREQ=DAILY"},
        "reminders": leads,
    }
    return EventIn.model_validate(document).to_fields()


def test_what_was_sent_is_not_planned() -> None:
    plan = plan_of(daily("PT1H"), since=NOW, sent={SENT})
    assert plan.reminders[0].start == SENT[1] + timedelta(days=1)
    assert len(plan.reminders) == FIRST_LENGTH


def test_a_plan_reaches_past_what_was_sent() -> None:
    """A new, longer lead puts many reminders before it; the planner goes on after the plan."""
    event = daily("P30D", "PT1H")
    plan = plan_of(event, since=NOW, sent={SENT})
    assert not plan.is_complete
    last = plan.reminders[-1][:2]
    assert last > SENT
    later = all_reminders(event, since=NOW, after=last)
    assert [next(later)[:2] for _ in range(50)].count(SENT) == 0
