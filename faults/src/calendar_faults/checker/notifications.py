"""Checks the rows of the table and the records of the topic against the reminders."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from calendar_faults.checker.events import Event
from calendar_faults.checker.occurrences import Occurrence
from calendar_faults.checker.order import check_order
from calendar_faults.checker.reminders import Period, Reminder
from calendar_faults.checker.repeats import check_repeats
from calendar_faults.checker.report import Kind, Report, quantile
from calendar_faults.checker.verdicts import SLACK, WAKE_UP, Requirements, Verdict
from calendar_faults.history import EventKey, History, Record, Row

CLAIM_AGE: Final = timedelta(seconds=6)
"""The longest time from the reading of a title to the broker's record of it."""

MIN_FIGURES: Final = 100
"""With fewer figures, one in a hundred says nothing."""


class NotificationCheck:
    """The notifications of one history."""

    def __init__(
        self,
        history: History,
        *,
        events: Mapping[EventKey, Event],
        report: Report,
        at_rest: timedelta,
    ) -> None:
        self._history = history
        self._events = events
        self._requirements = Requirements(history)
        self._report = report
        self._at_rest = at_rest
        self._frozen = [fault for fault in history.faults if "in-flight" in fault.waivers]

    def run(self) -> None:
        """Add every violation, and the figures, to the report."""
        rows = defaultdict[Reminder, list[Row]](list)
        records = defaultdict[Reminder, list[Record]](list)
        stored = defaultdict[EventKey, set[Reminder]](set)
        notifications: list[Row | Record] = [*self._history.rows, *self._history.records]
        for found in notifications:
            event = self._events.get(EventKey(found.user_id, found.event_id))
            if event is None:
                self._report.add(Kind.ALIEN, f"{_name(found)}: no such event was created")
                continue
            reminder = Reminder(event.key, found.event_date, found.event_date - found.notify_at)
            if isinstance(found, Row):
                rows[reminder].append(found)
                stored[event.key].add(reminder)
            else:
                records[reminder].append(found)
            self._check_notification(found, reminder, event)
        self._report.stored = len(self._history.rows)
        for key, event in self._events.items():
            for reminder in event.reminders | stored[key]:
                self._check_reminder(reminder, event, rows[reminder])
        if self._history.records:
            self._check_origins(rows, records)
        check_repeats(self._history, records, events=self._events, report=self._report)
        check_order(self._history, events=self._events, report=self._report)
        self._check_seen()
        self._check_at_rest()

    def _check_reminder(self, reminder: Reminder, event: Event, rows: Sequence[Row]) -> None:
        if len(rows) > 1:
            self._report.add(Kind.DOUBLED, f"{reminder}: {len(rows)} rows")
        if event.is_undecided:
            self._report.possible += 1
            return
        verdict = self._requirements.verdict(reminder, event.schedules)
        self._report.possible += verdict is Verdict.MAY
        self._report.expected += verdict is Verdict.MUST
        if verdict is not Verdict.MUST:
            return
        stored_at = min((row.stored_at for row in rows), default=None)
        if stored_at and stored_at <= self._history.end.at:
            self._check_lateness(reminder, event, stored_at)
        else:
            self._report.add(Kind.LOST, f"{reminder}: must be stored, is not")

    def _check_lateness(self, reminder: Reminder, event: Event, stored_at: datetime) -> None:
        """The last of several periods counts in which it could be sent by then."""
        periods = event.periods_of(reminder)
        times = [each.sendable.latest for each in periods if each.sendable.latest <= stored_at]
        sendable = max(times, default=stored_at)
        late = stored_at - sendable
        self._report.lateness.append(late)
        if self._requirements.is_undisturbed(sendable):
            self._report.undisturbed.append(late)
        if stored_at > self._requirements.deadline(sendable):
            what = f"stored {late.total_seconds():.1f} s after it could be sent"
            self._report.add(Kind.LATE, f"{reminder}: {what}")

    def _check_notification(self, found: Row | Record, reminder: Reminder, event: Event) -> None:
        if found.notification_id != reminder.notification_id:
            self._report.add(Kind.WRONG_ID, f"{reminder}: {_place(found)}")
        if event.is_undecided:
            return
        periods = event.periods_of(reminder)
        if not periods:
            what = "the event never had this start and lead time"
            self._report.add(Kind.ALIEN, f"{_name(found)}: {what}")
        elif isinstance(found, Row):
            self._check_row(found, reminder, event, periods)
        else:
            self._check_record(found, reminder, event, periods)

    def _check_row(
        self, row: Row, reminder: Reminder, event: Event, periods: Sequence[Period]
    ) -> None:
        if self._requirements.verdict(reminder, event.schedules) is Verdict.MUST_NOT:
            self._report.add(
                Kind.UNEXPECTED,
                f"{reminder}: stored at {row.stored_at.isoformat()}, although it was changed or "
                "deleted before it was due, was not due yet, or had started when it was written",
            )
        # One clock, the database's, says when it is due and when it was stored.
        first = min(period.sendable.earliest for period in periods)
        earliest = max(reminder.due, first - SLACK)
        if row.stored_at < earliest:
            early = (earliest - row.stored_at).total_seconds()
            self._report.add(Kind.EARLY, f"{reminder}: stored {early:.6f} s too early")
        if not self._history.records:
            self._check_content(row, reminder, event, row.stored_at)

    def _check_record(
        self, record: Record, reminder: Reminder, event: Event, periods: Sequence[Period]
    ) -> None:
        place, appended = _place(record), record.appended
        if self._history.is_rolled_back(appended):
            return
        if appended < min(period.sendable.earliest for period in periods) - SLACK:
            self._report.add(Kind.EARLY, f"{reminder}: {place} is too early")
        elif not any(self._in_force(period, appended) for period in periods):
            self._report.add(
                Kind.SENT_AFTER_END,
                f"{reminder}: {place} was appended at {appended.isoformat()}, after an "
                "acknowledged change or delete",
            )
        else:
            self._check_content(record, reminder, event, appended)

    def _in_force(self, period: Period, appended: datetime) -> bool:
        """Whether the reminder was due and in force when the record was written, or sent."""
        sent = self._sent(appended)
        has_ended = period.end is not None and period.end.latest < sent - SLACK
        return period.sendable.earliest - SLACK <= appended and not has_ended

    def _sent(self, appended: datetime) -> datetime:
        """When a record was sent at the earliest, if it was on the wire to a frozen broker."""
        frozen = [
            fault.begin for fault in self._frozen if fault.begin <= appended <= fault.end + WAKE_UP
        ]
        return min([appended, *frozen])

    def _check_content(
        self, found: Row | Record, reminder: Reminder, event: Event, at: datetime
    ) -> None:
        """Occurrence and title were those of the event between the claim and `at`."""
        current = [*self._current(reminder, event, at)]
        same = [each.title for each in current if each.recurrence_id == found.recurrence_id]
        if not same:
            what = f"{_place(found)} for occurrence {found.recurrence_id}"
            self._report.add(Kind.WRONG_OCCURRENCE, f"{reminder}: {what}")
        elif found.title not in same:
            what = f"{_place(found)} with {found.title!r}"
            self._report.add(Kind.WRONG_TITLE, f"{reminder}: {what}")

    def _current(self, reminder: Reminder, event: Event, at: datetime) -> Iterator[Occurrence]:
        """What the reminder may have been about between the claim and `at`."""
        for schedule in event.schedules:
            sendable = [each.sendable.earliest for each in schedule.periods_of(reminder)]
            if not sendable:
                continue
            since = self._sent(at) - CLAIM_AGE if self._history.records else min(sendable)
            since = max(since, min(sendable)) - SLACK
            for each in schedule.contents:
                is_over = each.latest is not None and each.latest < since
                if each.earliest <= at + SLACK and not is_over:
                    yield from each.reminders.get(reminder, ())

    def _check_origins(
        self,
        rows: Mapping[Reminder, Sequence[Row]],
        records: Mapping[Reminder, Sequence[Record]],
    ) -> None:
        """Each row equals a record: nothing else writes to the table."""
        for reminder, stored in rows.items():
            sent = {_identity(each) for each in records.get(reminder, ())}
            for row in stored:
                if _identity(row) not in sent:
                    self._report.add(Kind.ALIEN, f"{_name(row)}: no record of the topic equals it")

    def _check_seen(self) -> None:
        stored = {row.notification_id for row in self._history.rows}
        for notification_id, at in {
            each.notification_id: each.at for each in self._history.seen
        }.items():
            if notification_id not in stored:
                what = f"was stored at {at.isoformat()}, and is gone"
                self._report.add(Kind.LOST, f"notification {notification_id}: {what}")

    def _check_at_rest(self) -> None:
        figures = self._report.undisturbed
        p99 = quantile(figures, 0.99)
        if len(figures) >= MIN_FIGURES and p99 > self._at_rest:
            self._report.add(
                Kind.SLOW_AT_REST,
                f"p99 of {len(figures)} is {p99.total_seconds():.3f} s, "
                f"the limit is {self._at_rest.total_seconds():g} s",
            )


def _identity(found: Row | Record) -> tuple[object, ...]:
    return found.notification_id, found.title, found.recurrence_id


def _name(found: Row | Record) -> str:
    due = found.notify_at.isoformat()
    return f"{_place(found)} (event {found.event_id} of {found.user_id}, due {due})"


def _place(found: Row | Record) -> str:
    if isinstance(found, Record):
        return f"record {found.partition}/{found.offset}"
    return f"row {found.notification_id}"
