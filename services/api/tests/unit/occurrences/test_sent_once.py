"""Whatever happens to a series while its reminders are sent: each is sent once, none is lost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from hypothesis import given
from hypothesis import strategies as st

from calendar_api.errors import LastOccurrence
from calendar_api.events.models import EventFields
from calendar_api.events.patching import patched
from calendar_api.events.plans import Plan, plan_of
from calendar_api.events.reminders import Position, all_reminders, sent_already
from calendar_api.events.schemas import EventIn, EventPatch
from calendar_api.events.series import EventSeries, ParsedEvent
from calendar_api.occurrences.patching import patched_occurrence
from calendar_api.occurrences.schemas import OccurrencePatch
from calendar_api.occurrences.series_changes import split, without
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.recurrence.wall_time import LocalTime

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LEADS = [timedelta(days=n) for n in (1, 2, 9, 20)]


@dataclass
class Planned:
    """A series, and what is written beside it."""

    fields: EventFields
    pending: list[DueReminder]
    last: Position | None

    @classmethod
    def of(cls, fields: EventFields, sent: set[Position]) -> "Planned":
        plan: Plan = plan_of(ParsedEvent.of(fields), since=NOW, sent=sent, limit=4)
        last = None if plan.is_complete else plan.reminders[-1][:2]
        return cls(fields, plan.reminders, last)

    def sent(self) -> set[Position]:
        return sent_already(
            ParsedEvent.of(self.fields), now=NOW, pending=self.pending, last=self.last
        )

    def refill(self, number: int = 3) -> None:
        """What the planner does."""
        if self.last is not None:
            ahead = all_reminders(ParsedEvent.of(self.fields), since=NOW, after=self.last)
            more = list(islice(ahead, number + 1))
            self.pending += more[:number]
            self.last = more[number - 1][:2] if len(more) > number else None


def _is_due(reminder: DueReminder) -> bool:
    return reminder.due <= NOW


class History:
    """One series that is changed and split, and the reminders that were sent of it."""

    def __init__(self, rule: str) -> None:
        document = {
            "title": "x",
            "starts_at": "2026-03-02T09:00:00",
            "duration": "PT1H",
            "time_zone": "UTC",
            "recurrence": {"rule": rule},
            "reminders": ["P9D"],
        }
        self.series = [Planned.of(EventIn.model_validate(document).to_fields(), set())]
        self.sent = Counter[Position]()

    def send(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.series))
        if one.pending and _is_due(one.pending[0]):
            self.sent[one.pending.pop(0)[:2]] += 1

    def refill(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.series)).refill()

    def add_a_lead(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(range(len(self.series))))
        fields = self.series[number].fields
        leads = {*fields.leads, data.draw(st.sampled_from(LEADS))}
        patch = EventPatch.model_validate({"reminders": sorted(leads)})
        self._replan(number, patched(fields, patch))

    def change(self, data: st.DataObject) -> None:
        number, id_ = self._occurrence(data)
        fields = self.series[number].fields
        series = EventSeries.of(fields)
        assert series
        override = series.overrides.get(id_)
        current = fields.leads if override is None or override.leads is None else override.leads
        leads = {*current, data.draw(st.sampled_from(LEADS))}
        patch = OccurrencePatch.model_validate({"title": "y", "reminders": sorted(leads)})
        self._replan(number, patched_occurrence(fields, id_, patch))

    def exclude(self, data: st.DataObject) -> None:
        number, id_ = self._occurrence(data)
        try:
            self._replan(number, without(self.series[number].fields, id_))
        except LastOccurrence:
            return

    def split(self, data: st.DataObject) -> None:
        number, at = self._occurrence(data)
        whole = self.series[number]
        before, after = split(whole.fields, at)
        if before is not None:
            self.series.append(Planned.of(after, whole.sent()))
            self._replan(number, before)

    def finish(self) -> None:
        """Send all that is due."""
        for one in self.series:
            one.refill()
            while one.pending and _is_due(one.pending[0]):
                self.sent[one.pending.pop(0)[:2]] += 1
                if not one.pending:
                    one.refill()

    def _replan(self, number: int, after: EventFields) -> None:
        self.series[number] = Planned.of(after, self.series[number].sent())

    def _occurrence(self, data: st.DataObject) -> tuple[int, LocalTime]:
        number = data.draw(st.sampled_from(range(len(self.series))))
        series = EventSeries.of(self.series[number].fields)
        assert series
        near = list(series.between(NOW, NOW + 30 * DAY))
        first = [each.recurrence_id for each in near] or [series.series.start]
        return number, data.draw(st.sampled_from(first))


ACTIONS = [
    History.send,
    History.send,
    History.send,
    History.refill,
    History.add_a_lead,
    History.change,
    History.exclude,
    History.split,
]


@given(
    st.sampled_from(["FREQ=DAILY", "FREQ=DAILY;COUNT=12", "FREQ=WEEKLY;BYDAY=MO,TU,FR"]),
    st.lists(st.sampled_from(ACTIONS), max_size=25),
    st.data(),
)
def test_each_reminder_is_sent_once(
    rule: str, actions: list[Callable[[History, st.DataObject], None]], data: st.DataObject
) -> None:
    history = History(rule)
    for action in actions:
        action(history, data)
    history.finish()

    assert set(history.sent.values()) <= {1}
    for one in history.series:
        for reminder in takewhile(_is_due, all_reminders(ParsedEvent.of(one.fields), since=NOW)):
            assert history.sent[reminder[:2]] == 1
