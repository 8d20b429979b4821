"""In which orders the operations on one event may have taken effect, so that every answer is true.

An operation takes effect at one instant between its begin and its end, or, where its outcome is
unknown, within some seconds of its begin, or never.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from calendar_faults.history import Content, Operation
from calendar_faults.plans import EventKey

UNKNOWN_LIMIT: Final = timedelta(seconds=10)
"""How long after its begin an unanswered request may still take effect: twice what the API has."""

MOST: Final = 500
"""Orders that are looked at; an event with more is undecided."""


@dataclass(frozen=True, slots=True)
class State:
    """What one event is; without content, it is not there."""

    content: Content | None
    version: int = 0


ABSENT: Final = State(None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One operation's part in one event."""

    operation: Operation
    key: EventKey
    content: Content | None
    version: int | None
    earliest: datetime
    latest: datetime
    twins: int
    """The same for unanswered repeats of one request: it makes no difference which happened."""

    @property
    def is_optional(self) -> bool:
        """Whether it need not have happened."""
        return self.operation.outcome == "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """An attempt in its place, and what the event was after it."""

    attempt: Attempt
    state: State
    earliest: datetime
    latest: datetime


Timeline = Sequence[Step]


def attempts_of(operations: Sequence[Operation]) -> dict[EventKey, list[Attempt]]:
    """What was tried with each event, without what cannot have had an effect nor shows anything."""
    found: dict[EventKey, list[Attempt]] = {}
    for operation in operations:
        for event, content in operation.events.items():
            attempts = found.setdefault(EventKey(operation.user, event), [])
            if not _matters(operation):
                continue
            latest = operation.completed
            if operation.outcome == "unknown":
                latest = operation.invoked + UNKNOWN_LIMIT
            attempts.append(
                Attempt(
                    operation,
                    EventKey(operation.user, event),
                    content,
                    operation.versions.get(event),
                    operation.invoked,
                    latest,
                    twins=_twins(operation, content),
                )
            )
    return found


def _twins(operation: Operation, content: Content | None) -> int:
    if operation.outcome != "unknown":
        return operation.number
    return hash((operation.call, operation.if_match, content))


def _matters(operation: Operation) -> bool:
    match operation.outcome:
        case "unsent":
            return False
        case "unknown":
            return operation.call != "read"
        case "refused":
            # A refused batch says only that one of its events is in the way, not which.
            return operation.status in {404, 409, 412} and len(operation.events) == 1
        case _:
            return True


def timelines(attempts: Sequence[Attempt]) -> list[Timeline]:
    """Up to `MOST` orders that explain every answer; none where the answers contradict."""
    found: list[Timeline] = []
    for steps in _orders(tuple(attempts), ABSENT, set()):
        found.append(_tightened(steps))
        if len(found) == MOST:
            break
    return found


_Dead = set[tuple[frozenset[int], State]]


def _orders(left: tuple[Attempt, ...], state: State, dead: _Dead) -> Iterator[tuple[Step, ...]]:
    """All ways on from `state`; `dead` remembers from where there is none."""
    place = (frozenset(attempt.operation.number for attempt in left), state)
    if place in dead:
        return
    found = False
    if all(attempt.is_optional for attempt in left):
        found = True
        yield ()
    first: dict[object, Attempt] = {}
    latest: dict[object, datetime] = {}
    for attempt in left:
        latest[attempt.twins] = max(attempt.latest, latest.get(attempt.twins, attempt.latest))
    # Whatever must have happened and was over before another one began comes before that one.
    bound = min((each.latest for each in left if not each.is_optional), default=None)
    for attempt in left:
        # Of twins the first ones are taken to have happened: else there were too many orders.
        if first.setdefault(attempt.twins, attempt).latest >= attempt.earliest and (
            first[attempt.twins] is not attempt
        ):
            continue
        if bound and bound < attempt.earliest:
            continue
        after = _apply(state, attempt)
        if after is None:
            continue
        step = Step(attempt, after, attempt.earliest, latest[attempt.twins])
        # What was optional and over before this one began is dropped: it did not happen.
        rest = tuple(
            other for other in left if other is not attempt and other.latest >= attempt.earliest
        )
        for steps in _orders(rest, after, dead):
            found = True
            yield (step, *steps)
    if not found:
        dead.add(place)


def _apply(state: State, attempt: Attempt) -> State | None:
    """The state after the attempt, or `None` where its answer could not have been given."""
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
            after = State(attempt.content, state.version + 1) if _matches(state, attempt) else None
        case "delete":
            after = ABSENT if _matches(state, attempt) else None
    return after if after and attempt.version in {None, after.version} else None


def _created(state: State, attempt: Attempt) -> State | None:
    if state.content is None:
        return State(attempt.content, 1)
    # A retry finds the event as it is. An unknown one that does is as good as none at all.
    is_retry = state.content == attempt.content and not attempt.is_optional
    return state if is_retry else None


def _matches(state: State, attempt: Attempt) -> bool:
    if state.content is None:
        return False
    return attempt.operation.if_match in {None, state.version}


def _may_be_refused(state: State, attempt: Attempt) -> bool:
    match attempt.operation.status:
        case 404:
            return state.content is None
        case 409:
            return state.content is not None and state.content != attempt.content
        case _:
            return state.content is not None and attempt.operation.if_match != state.version


def _tightened(steps: Sequence[Step]) -> Timeline:
    """Each step no earlier than those before it can be, and no later than those after it."""
    result = list(steps)
    for i in range(1, len(result)):
        earliest = max(result[i].earliest, result[i - 1].earliest)
        result[i] = replace(result[i], earliest=earliest)
    for i in range(len(result) - 2, -1, -1):
        latest = min(result[i].latest, result[i + 1].latest)
        result[i] = replace(result[i], latest=latest)
    return result
