"""Judges the API's answers: whether they contradict one another, and whether they came in time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from calendar_faults.events import Event
from calendar_faults.history import Content, Fault, Operation
from calendar_faults.plans import EventKey
from calendar_faults.report import Kind, Report
from calendar_faults.timelines import ABSENT, Attempt, timelines

ANSWER_LIMIT: Final = timedelta(seconds=5, milliseconds=200)
"""Five seconds by the contract, and what the client itself takes on a busy machine."""


def check_answers(
    operations: Sequence[Operation],
    *,
    faults: Iterable[Fault],
    events: Mapping[EventKey, Event],
    report: Report,
) -> None:
    """Adds every violation to the report."""
    excused = [fault for fault in faults if "answers" in fault.excuses]
    for operation in operations:
        report.outcomes[operation.outcome] += 1
        _check_duration(operation, excused, report)
        if operation.status is not None and operation.status in {500, 501, 502}:
            report.add(Kind.WRONG_ANSWER, f"operation {operation.number}: {operation.status}")
    for event in events.values():
        report.undecided += event.is_undecided
        if event.is_contradicted:
            _explain(event, report)
    for operation in operations:
        if operation.call == "create" and len(operation.events) > 1:
            _check_batch(operation, events, report)


def _check_duration(operation: Operation, excused: Iterable[Fault], report: Report) -> None:
    took = operation.completed - operation.invoked
    if took <= ANSWER_LIMIT or operation.outcome == "unsent":
        return
    if any(
        fault.begin <= operation.completed and fault.end >= operation.invoked for fault in excused
    ):
        return
    answer = operation.status or "no answer"
    report.add(
        Kind.SLOW_ANSWER,
        f"operation {operation.number}: {answer} after {took.total_seconds():.1f} s",
    )


def _explain(event: Event, report: Report) -> None:
    """Names what the first answer that fits no order denies."""
    by_end = sorted(event.attempts, key=lambda attempt: attempt.latest)
    count = next(n for n in range(1, len(by_end) + 1) if not timelines(by_end[:n]))
    odd = by_end[count - 1]
    possible = {
        timeline[-1].state.content if timeline else ABSENT.content
        for timeline in timelines(by_end[: count - 1])
    }
    what = (
        f"event {event.key.event} of {event.key.user}: operation {odd.operation.number} "
        f"({odd.operation.call}, {odd.operation.outcome}, {odd.operation.status})"
    )
    report.add(_kind(odd, possible), f"{what} contradicts what was acknowledged before")


def _kind(odd: Attempt, possible: set[Content | None]) -> Kind:
    if odd.operation.call == "read":
        is_there = odd.content is not None
    elif odd.operation.outcome == "refused" and odd.operation.status == 404:
        is_there = False
    else:
        return Kind.WRONG_ANSWER
    if is_there and possible <= {None}:
        return Kind.RESURRECTED_WRITE
    return Kind.MISSING_WRITE


def _check_batch(operation: Operation, events: Mapping[EventKey, Event], report: Report) -> None:
    """All of its events must agree whether it happened, whatever was answered."""
    may_have, may_not = True, True
    for event_id in operation.events:
        attempts = events[EventKey(operation.user, event_id)].attempts
        happened = {
            any(step.attempt.operation.number == operation.number for step in timeline)
            for timeline in timelines([_doubted(attempt, operation) for attempt in attempts])
        }
        if happened:
            may_have &= True in happened
            may_not &= False in happened
    if not may_have and not may_not:
        report.add(
            Kind.HALF_A_BATCH,
            f"operation {operation.number} of {operation.user}, {len(operation.events)} events: "
            "some are there, others are not",
        )


def _doubted(attempt: Attempt, operation: Operation) -> Attempt:
    """The attempt as if nobody had heard what became of `operation`."""
    if attempt.operation.number != operation.number or operation.outcome != "ok":
        return attempt
    return replace(attempt, operation=operation.model_copy(update={"outcome": "unknown"}))
