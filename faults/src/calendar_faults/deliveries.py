"""Judges the notifications: what is in the topic and in the table, against the plans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from calendar_faults.events import Event
from calendar_faults.history import History, Record, Row
from calendar_faults.lives import Course
from calendar_faults.plans import EventKey, Plan
from calendar_faults.report import Kind, Report, quantile
from calendar_faults.verdicts import SLACK, Judge, Verdict, lives_of

CLAIM_AGE: Final = timedelta(seconds=6)
"""From the reading of a title to the broker's record of it, at most."""

THAW: Final = timedelta(seconds=5)
"""How long after a frozen broker woke up its old requests may still be written."""

FEW: Final = 100
"""With fewer figures, one in a hundred says nothing."""


class Deliveries:
    """One history's notifications."""

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
        self._judge = Judge(history)
        self._report = report
        self._at_rest = at_rest
        self._frozen = [fault for fault in history.faults if "in-flight" in fault.excuses]

    def check(self) -> None:
        """Adds every violation, and the figures, to the report."""
        rows = defaultdict[Plan, list[Row]](list)
        records = defaultdict[Plan, list[Record]](list)
        for row in self._history.rows:
            if event := self._event_of(row):
                plan = _plan_of(event, row)
                rows[plan].append(row)
                self._check_row(row, plan, event)
        for record in self._history.records:
            if event := self._event_of(record):
                plan = _plan_of(event, record)
                records[plan].append(record)
                self._check_record(record, plan, event)
        self._report.stored = len(self._history.rows)
        stored = defaultdict[EventKey, set[Plan]](set)
        for plan in rows:
            stored[plan.key].add(plan)
        for key, event in self._events.items():
            for plan in event.plans | stored[key]:
                self._check_plan(plan, event, rows[plan])
        if self._history.records:
            self._check_origins(rows, records)
        self._check_repeats(records)
        self._check_seen()
        self._check_at_rest()

    def _event_of(self, found: Row | Record) -> Event | None:
        event = self._events.get(EventKey(found.user_id, found.event_id))
        if event is None:
            self._report.add(Kind.ALIEN, f"{_name(found)}: nobody has such an event")
        return event

    def _check_plan(self, plan: Plan, event: Event, rows: Sequence[Row]) -> None:
        if len(rows) > 1:
            self._report.add(Kind.DOUBLED, f"{plan}: {len(rows)} rows")
        if event.is_undecided:
            self._report.possible += 1
            return
        verdict = self._judge.of_plan(plan, event.courses)
        if verdict is Verdict.MAY:
            self._report.possible += 1
        if verdict is not Verdict.MUST:
            return
        self._report.expected += 1
        if rows and min(row.stored_at for row in rows) <= self._history.end.at:
            self._time(plan, event, min(row.stored_at for row in rows))
        else:
            self._report.add(Kind.LOST, f"{plan}: must be stored, is not")

    def _time(self, plan: Plan, event: Event, stored_at: datetime) -> None:
        """Of several lives the last one counts that could have been sent by then."""
        fires = [
            life.fire.latest
            for course in event.courses
            for life in lives_of(plan, course)
            if life.fire.latest <= stored_at
        ]
        fire = max(fires, default=stored_at)
        self._report.lateness.append(stored_at - fire)
        if self._judge.is_undisturbed(fire):
            self._report.undisturbed.append(stored_at - fire)
        if stored_at > self._judge.deadline(fire):
            late = (stored_at - fire).total_seconds()
            self._report.add(Kind.LATE, f"{plan}: stored {late:.1f} s after it could be")

    def _check_row(self, row: Row, plan: Plan, event: Event) -> None:
        if row.notification_id != plan.notification_id:
            self._report.add(Kind.WRONG_ID, f"{plan}: row {row.notification_id}")
        if event.is_undecided:
            return
        fires = [life.fire.earliest for each in event.courses for life in lives_of(plan, each)]
        if not fires:
            self._report.add(Kind.ALIEN, f"{_name(row)}: the event never had this start and lead")
            return
        if self._judge.of_plan(plan, event.courses) is Verdict.MUST_NOT:
            self._report.add(
                Kind.UNEXPECTED,
                f"{plan}: stored at {row.stored_at.isoformat()}, although it had been changed or "
                "deleted before it was due, was not due yet, or had started when it was written",
            )
        # One clock says when it is due and when it was stored: the database's.
        earliest = max(plan.due, min(fires) - SLACK)
        if row.stored_at < earliest:
            early = (earliest - row.stored_at).total_seconds()
            self._report.add(Kind.EARLY, f"{plan}: stored {early:.6f} s before it could be")
        if not self._history.records and not self._titled(row.title, plan, event, row.stored_at):
            self._report.add(Kind.WRONG_TITLE, f"{plan}: row with {row.title!r}")

    def _check_record(self, record: Record, plan: Plan, event: Event) -> None:
        if record.notification_id != plan.notification_id:
            self._report.add(Kind.WRONG_ID, f"{plan}: {_place(record)}")
        if event.is_undecided:
            return
        lives = [life for each in event.courses for life in lives_of(plan, each)]
        if not lives:
            self._report.add(
                Kind.ALIEN, f"{_name(record)}: the event never had this start and lead"
            )
            return
        if record.appended < min(life.fire.earliest for life in lives) - SLACK:
            self._report.add(Kind.EARLY, f"{plan}: {_place(record)} is too early")
        elif not any(self._in_force(plan, course, record) for course in event.courses):
            self._report.add(
                Kind.SENT_AFTER_END,
                f"{plan}: {_place(record)} was appended at {record.appended.isoformat()}, after "
                "an acknowledged change or delete",
            )
        elif not self._titled(record.title, plan, event, record.appended):
            self._report.add(Kind.WRONG_TITLE, f"{plan}: {_place(record)} with {record.title!r}")

    def _in_force(self, plan: Plan, course: Course, record: Record) -> bool:
        """Whether the plan was due and in force when the record was written, or sent."""
        sent_as_early_as = min(
            [record.appended]
            + [
                fault.begin
                for fault in self._frozen
                if fault.begin <= record.appended <= fault.end + THAW
            ]
        )
        return any(
            life.fire.earliest - SLACK <= record.appended
            and (life.ended is None or sent_as_early_as - SLACK <= life.ended.latest)
            for life in lives_of(plan, course)
        )

    def _titled(self, text: str, plan: Plan, event: Event, at: datetime) -> bool:
        """Whether the title may have been current between the claim and `at`."""
        for course in event.courses:
            fires = [life.fire.earliest for life in lives_of(plan, course)]
            if not fires:
                continue
            since = at - CLAIM_AGE if self._history.records else min(fires)
            since = max(since, min(fires)) - SLACK
            for title in course.titles:
                is_over = title.latest is not None and title.latest < since
                if title.text == text and title.earliest <= at + SLACK and not is_over:
                    return True
        return False

    def _check_origins(
        self, rows: Mapping[Plan, Sequence[Row]], records: Mapping[Plan, Sequence[Record]]
    ) -> None:
        """A row says what a record said; nobody else writes to the table."""
        for plan, stored in rows.items():
            said = {_content(record) for record in records.get(plan, ())}
            for row in stored:
                if _content(row) not in said:
                    self._report.add(Kind.ALIEN, f"{_name(row)}: no record in the topic says this")

    def _check_repeats(self, records: Mapping[Plan, Sequence[Record]]) -> None:
        if any("repeats" in fault.excuses for fault in self._history.faults):
            return
        for plan, sent in records.items():
            # A plan that came back was due again.
            event = self._events[plan.key]
            most = max((len(lives_of(plan, course)) for course in event.courses), default=0)
            if len(sent) > max(1, most) and not event.is_undecided:
                self._report.add(Kind.REPEATED, f"{plan}: {len(sent)} records, nothing was broken")

    def _check_seen(self) -> None:
        stored = {row.notification_id for row in self._history.rows}
        for seen in {line.notification_id: line for line in self._history.seen}.values():
            if seen.notification_id not in stored:
                self._report.add(
                    Kind.LOST,
                    f"notification {seen.notification_id}: was stored at {seen.at.isoformat()}, "
                    "and is gone",
                )

    def _check_at_rest(self) -> None:
        figures = self._report.undisturbed
        p99 = quantile(figures, 0.99)
        if len(figures) >= FEW and p99 > self._at_rest:
            self._report.add(
                Kind.SLOW_AT_REST,
                f"p99 of {len(figures)} is {p99.total_seconds():.3f} s, "
                f"allowed are {self._at_rest.total_seconds():g} s",
            )


def _plan_of(event: Event, found: Row | Record) -> Plan:
    return Plan(event.key, found.event_date, found.event_date - found.notify_at)


def _content(found: Row | Record) -> tuple[object, ...]:
    return (found.notification_id, found.title)


def _name(found: Row | Record) -> str:
    what = _place(found) if isinstance(found, Record) else f"row {found.notification_id}"
    return f"{what} (event {found.event_id} of {found.user_id}, due {found.notify_at.isoformat()})"


def _place(record: Record) -> str:
    return f"record {record.partition}/{record.offset}"
