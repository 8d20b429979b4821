"""The orders in which an event's operations may have taken effect, so that every answer is true.

An operation takes effect at one instant between its begin and its end; if its outcome is unknown,
within some seconds of its begin, or never.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from calendar_faults.checker.occurrences import scheduled
from calendar_faults.history import Content, EventKey, Operation

UNKNOWN_LIMIT: Final = timedelta(seconds=10)
"""How long a request without an answer may still take effect: twice the API's time limit."""

MAX_TIMELINES: Final = 500
"""An event with more of them is undecided."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of one event; without content, it does not exist."""

    content: Content | None
    version: int = 0


ABSENT: Final = State(None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The part of one operation that concerns one event."""

    operation: Operation
    content: Content | None
    version: int | None
    earliest: datetime
    latest: datetime
    repeat_key: Hashable
    """The same for unanswered repeats of a request: it makes no difference which one happened."""

    @property
    def is_optional(self) -> bool:
        """Whether it may not have happened."""
        return self.operation.outcome == "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """An attempt in its place, and the event's state after it."""

    attempt: Attempt
    state: State
    earliest: datetime
    latest: datetime


Timeline = Sequence[Step]


def attempts_of(operations: Sequence[Operation]) -> dict[EventKey, list[Attempt]]:
    """The attempts on each event, without those that had no effect and show nothing."""
    found: dict[EventKey, list[Attempt]] = {}
    for operation in operations:
        for event, content in operation.events.items():
            attempts = found.setdefault(EventKey(operation.user, event), [])
            if _is_relevant(operation):
                attempts.append(_attempt(operation, content, operation.versions.get(event)))
    return found


def _attempt(operation: Operation, content: Content | None, version: int | None) -> Attempt:
    latest: datetime = operation.completed
    repeat_key: Hashable = operation.number
    if operation.outcome == "unknown":
        latest = operation.invoked + UNKNOWN_LIMIT
        repeat_key = (operation.call, operation.if_match, content)
    return Attempt(operation, content, version, operation.invoked, latest, repeat_key)


def _is_relevant(operation: Operation) -> bool:
    match operation.outcome:
        case "unsent":
            return False
        case "unknown":
            return operation.call != "read"
        case "refused":
            # The refusal of a batch does not say which of its events is the reason.
            return operation.status in {404, 409, 412} and len(operation.events) == 1
        case _:
            return True


def timelines(attempts: Sequence[Attempt]) -> list[Timeline]:
    """Up to `MAX_TIMELINES` orders that explain every answer; none if the answers contradict."""
    found: list[Timeline] = []
    for steps in _orders(tuple(attempts), ABSENT, set()):
        found.append(_tightened(steps))
        if len(found) == MAX_TIMELINES:
            break
    return found


_DeadEnds = set[tuple[frozenset[int], State]]


def _orders(
    left: tuple[Attempt, ...], state: State, dead_ends: _DeadEnds
) -> Iterator[tuple[Step, ...]]:
    """All orders of the attempts that are left; `dead_ends` are the places without one."""
    place = (frozenset(attempt.operation.number for attempt in left), state)
    if place in dead_ends:
        return
    found = False
    if all(attempt.is_optional for attempt in left):
        found = True
        yield ()
    first: dict[Hashable, Attempt] = {}
    latest: dict[Hashable, datetime] = {}
    for attempt in left:
        latest[attempt.repeat_key] = max(
            attempt.latest, latest.get(attempt.repeat_key, attempt.latest)
        )
    # An attempt that must have happened precedes all that began after its end.
    bound = min((each.latest for each in left if not each.is_optional), default=None)
    for attempt in left:
        # Of repeats the first is taken to have happened: otherwise there are too many orders.
        earlier = first.setdefault(attempt.repeat_key, attempt)
        if earlier is not attempt and earlier.latest >= attempt.earliest:
            continue
        if bound and bound < attempt.earliest:
            continue
        after = _apply(state, attempt)
        if after is None:
            continue
        step = Step(attempt, after, attempt.earliest, latest[attempt.repeat_key])
        # An optional attempt that ended before this one began has not happened.
        rest = tuple(
            other for other in left if other is not attempt and other.latest >= attempt.earliest
        )
        for steps in _orders(rest, after, dead_ends):
            found = True
            yield (step, *steps)
    if not found:
        dead_ends.add(place)


def _apply(state: State, attempt: Attempt) -> State | None:
    """The state after the attempt; `None` if its answer is impossible in `state`."""
    operation = attempt.operation
    if operation.outcome == "refused":
        return state if _may_be_refused(state, attempt) else None
    after: State | None = None
    match operation.call:
        case "read":
            after = state if state.content == attempt.content else None
        case "create":
            after = _created(state, attempt)
        case "change":
            after = _changed(state, attempt) if _matches(state, attempt) else None
        case "delete":
            after = ABSENT if _matches(state, attempt) else None
    return after if after and attempt.version in {None, after.version} else None


def _created(state: State, attempt: Attempt) -> State | None:
    if state.content is None:
        return State(attempt.content, 1)
    # A retry finds the event as it is. An unknown retry is the same as none at all.
    is_retry = state.content == attempt.content and not attempt.is_optional
    return state if is_retry else None


def _changed(state: State, attempt: Attempt) -> State | None:
    if state.content != attempt.content:
        return State(attempt.content, state.version + 1)
    # A write that changes nothing leaves the version. An unknown one is the same as none at all.
    return None if attempt.is_optional else state


def _matches(state: State, attempt: Attempt) -> bool:
    return state.content is not None and attempt.operation.if_match in {None, state.version}


def _may_be_refused(state: State, attempt: Attempt) -> bool:
    match attempt.operation.status:
        case 404:
            return not _has_target(state, attempt.operation)
        case 409:
            return state.content is not None and state.content != attempt.content
        case _:
            return state.content is not None and attempt.operation.if_match != state.version


def _has_target(state: State, operation: Operation) -> bool:
    """Whether there is what the path of the request names."""
    if state.content is None or operation.occurrence is None:
        return state.content is not None
    return operation.occurrence in scheduled(state.content, until=operation.occurrence)


def _tightened(steps: Sequence[Step]) -> Timeline:
    """Limits each step to after the earliest instant of the one before it, and vice versa."""
    result = list(steps)
    for i in range(1, len(result)):
        earliest = max(result[i].earliest, result[i - 1].earliest)
        result[i] = replace(result[i], earliest=earliest)
    for i in range(len(result) - 2, -1, -1):
        latest = min(result[i].latest, result[i + 1].latest)
        result[i] = replace(result[i], latest=latest)
    return result
