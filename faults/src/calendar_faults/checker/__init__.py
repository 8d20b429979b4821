"""Decides from a history alone which promises of the contract were broken."""

from datetime import timedelta

from calendar_faults.checker.answers import check_answers
from calendar_faults.checker.deliveries import check_deliveries
from calendar_faults.checker.events import events_of
from calendar_faults.checker.notifications import NotificationCheck
from calendar_faults.checker.report import Kind, Report
from calendar_faults.checker.streams import check_streams
from calendar_faults.history import History
from calendar_faults.limits import AT_REST, MAX_UNCERTAIN


def check(
    history: History, *, at_rest: timedelta = AT_REST, max_uncertain: float = MAX_UNCERTAIN
) -> Report:
    """The report on a history.

    `at_rest` is how late 99 in 100 reminders may be while there is no fault; `max_uncertain` is the
    share of reminders for which both outcomes are right.
    """
    report = Report(faults=len(history.faults))
    events = events_of(history.operations, end=history.end.at)
    check_answers(history.operations, faults=history.faults, events=events, report=report)
    NotificationCheck(history, events=events, report=report, at_rest=at_rest).run()
    check_deliveries(history, report)
    check_streams(history, report)
    _check_final_state(history, report)
    _check_dead_letters(history, report)
    if report.uncertainty > max_uncertain:
        report.add(
            Kind.TOO_UNCERTAIN,
            f"both outcomes are right for {report.uncertainty:.0%} of the reminders, "
            f"the limit is {max_uncertain:.0%}",
        )
    return report


def _check_final_state(history: History, report: Report) -> None:
    end = history.end
    for count, what in (
        (end.due, "reminders are due and neither sent nor parked"),
        (end.lag, "records are not committed by the consumer group"),
        (end.idle_in_transaction, "sessions are idle in a transaction"),
        (len(end.parked - end.unpublishable), "reminders are parked that could be published"),
    ):
        if count:
            report.add(Kind.LEFT_OVER, f"{count} {what}")


def _check_dead_letters(history: History, report: Report) -> None:
    injected = {(poison.key, poison.value) for poison in history.poison}
    found = {(letter.key, letter.value) for letter in history.dead_letters}
    for key, value in injected - found:
        report.add(Kind.LOST_POISON, f"key {key!r}, value {_short(value)} is no dead letter")
    for key, value in found - injected:
        report.add(Kind.ALIEN, f"dead letter with key {key!r}, value {_short(value)}")


def _short(value: bytes | None) -> str:
    return repr(value if value is None or len(value) <= 80 else value[:80] + b"...")
