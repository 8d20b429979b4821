"""Checks the API's answers: whether they contradict each other, and came in time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from calendar_faults.checker.events import Event
from calendar_faults.checker.report import Kind, Report
from calendar_faults.checker.timelines import ABSENT, Attempt, timelines
from calendar_faults.history import Content, EventKey, Fault, Operation

ANSWER_LIMIT: Final = timedelta(seconds=5, milliseconds=200)
"""The contract's five seconds, and what the client itself takes on a busy machine."""


def check_answers(
    operations: Sequence[Operation],
    *,
    faults: Iterable[Fault],
    events: Mapping[EventKey, Event],
    report: Report,
) -> None:
    """Add every violation to the report."""
    waived = [fault for fault in faults if "answers" in fault.waivers]
    for operation in operations:
        report.outcomes[operation.outcome] += 1
        _check_duration(operation, waived, report)
        if operation.status in {500, 501, 502}:
            report.add(Kind.WRONG_ANSWER, f"operation {operation.number}: {operation.status}")
        if operation.call == "create" and len(operation.events) > 1:
            _check_batch(operation, events, report)
    for event in events.values():
        report.undecided += event.is_undecided
        if event.is_contradicted:
            _report_contradiction(event, report)


def _check_duration(operation: Operation, waived: Iterable[Fault], report: Report) -> None:
    begin, end = operation.invoked, operation.completed
    if end - begin <= ANSWER_LIMIT or operation.outcome == "unsent":
        return
    if any(fault.begin <= end and fault.end >= begin for fault in waived):
        return
    what = f"{operation.status or 'no answer'} after {(end - begin).total_seconds():.1f} s"
    report.add(Kind.SLOW_ANSWER, f"operation {operation.number}: {what}")


def _report_contradiction(event: Event, report: Report) -> None:
    """Name the first answer that no order explains."""
    by_end = sorted(event.attempts, key=lambda attempt: attempt.latest)
    count = next(n for n in range(1, len(by_end) + 1) if not timelines(by_end[:n]))
    wrong = by_end[count - 1]
    possible = {
        timeline[-1].state.content if timeline else ABSENT.content
        for timeline in timelines(by_end[: count - 1])
    }
    operation = wrong.operation
    report.add(
        _kind(wrong, possible),
        f"event {event.key.event} of {event.key.user}: operation {operation.number} "
        f"({operation.call}, {operation.outcome}, {operation.status}) contradicts what was "
        "acknowledged before",
    )


def _kind(wrong: Attempt, possible: set[Content | None]) -> Kind:
    if wrong.operation.call == "read":
        exists = wrong.content is not None
    elif wrong.operation.outcome == "refused" and wrong.operation.status == 404:
        exists = False
    else:
        return Kind.WRONG_ANSWER
    return Kind.RESURRECTED_WRITE if exists and possible <= {None} else Kind.MISSING_WRITE


def _check_batch(operation: Operation, events: Mapping[EventKey, Event], report: Report) -> None:
    """All of its events must agree whether it happened, whatever was answered."""
    may_have, may_not = True, True
    for event_id in operation.events:
        attempts = events[EventKey(operation.user, event_id)].attempts
        happened = {
            any(step.attempt.operation.number == operation.number for step in timeline)
            for timeline in timelines([_without_answer(each, operation) for each in attempts])
        }
        if happened:
            may_have &= True in happened
            may_not &= False in happened
    if not may_have and not may_not:
        report.add(
            Kind.HALF_A_BATCH,
            f"operation {operation.number} of {operation.user}, {len(operation.events)} events: "
            "some exist, others do not",
        )


def _without_answer(attempt: Attempt, operation: Operation) -> Attempt:
    """The attempt as if `operation` had not been answered."""
    if attempt.operation.number != operation.number or operation.outcome != "ok":
        return attempt
    return replace(attempt, operation=operation.model_copy(update={"outcome": "unknown"}))
