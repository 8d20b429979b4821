"""The result of a check: the violations by kind, and the figures of the run."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Final

_SHOWN: Final = 20


class Kind(StrEnum):
    """Ways of breaking the contract."""

    LOST = "lost"
    """A reminder that must have been stored is not, or one that was stored is gone."""
    DOUBLED = "doubled"
    """One reminder has two rows."""
    UNEXPECTED = "unexpected"
    """A reminder was stored that must not have been."""
    EARLY = "early"
    """Stored or sent before it was due."""
    LATE = "late"
    """Stored too long after it was due and the last fault was over."""
    SENT_AFTER_END = "sent-after-end"
    """The topic has a record from after an acknowledged change or delete of the event."""
    REPEATED = "repeated"
    """The topic has a reminder twice, and no fault explains it."""
    WRONG_TITLE = "wrong-title"
    """The title was not the event's when it was sent."""
    WRONG_OCCURRENCE = "wrong-occurrence"
    """The event had no such occurrence at that start when it was sent."""
    OUT_OF_ORDER = "out-of-order"
    """A reminder of an event was sent after another one that was due later."""
    WRONG_ID = "wrong-id"
    """The notification ID is not that of the event, start and lead time."""
    ALIEN = "alien"
    """A row, record or dead letter that no operation explains; a webhook without its row."""
    MISSING_WRITE = "missing-write"
    """The API does not have what it has acknowledged."""
    RESURRECTED_WRITE = "resurrected-write"
    """The API has what was deleted or never created."""
    WRONG_ANSWER = "wrong-answer"
    """Answers that contradict each other in every order."""
    HALF_A_BATCH = "half-a-batch"
    """Some events of a batch exist and others do not."""
    SLOW_ANSWER = "slow-answer"
    """No answer within five seconds."""
    LEFT_OVER = "left-over"
    """Work that is not done at the end: due reminders, lag, open transactions, parked rows."""
    UNDELIVERED = "undelivered"
    """An endpoint of webhooks did not accept a notification, and nothing is left to be done."""
    DELIVERED_AGAIN = "delivered-again"
    """A receiver got a webhook again that it had accepted, and no fault explains it."""
    WRONG_BODY = "wrong-body"
    """The body of a webhook is not that of its notification, or not the same each time."""
    NOT_STREAMED = "not-streamed"
    """A stream left out a notification."""
    STREAMED_AGAIN = "streamed-again"
    """A stream repeated a notification."""
    STREAMED_OUT_OF_ORDER = "streamed-out-of-order"
    """A stream sent a notification after one that arrived later."""
    LOST_POISON = "lost-poison"
    """A record that cannot be stored is not in the dead letter topic."""
    SLOW_AT_REST = "slow-at-rest"
    """Without faults, more than one in a hundred was stored too late."""
    GREW = "grew"
    """A process, its connections or a table exceed their limit, or keep growing."""
    TOO_UNCERTAIN = "too-uncertain"
    """Both outcomes are right for too many reminders."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass(kw_only=True)
class Report:
    """The result of one check."""

    violations: list[Violation] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    """Operations by outcome."""
    faults: int = 0
    expected: int = 0
    """Reminders that must have a row."""
    possible: int = 0
    """Reminders that may have one."""
    undecided: int = 0
    """Events whose operations have too many possible orders."""
    stored: int = 0
    delivered: int = 0
    """Notifications that receivers of webhooks accepted; each counts once for each endpoint."""
    streamed: int = 0
    """Notifications that followers got."""
    lateness: list[timedelta] = field(default_factory=list)
    """Of all expected ones that were stored."""
    undisturbed: list[timedelta] = field(default_factory=list)
    """Of those without a fault nearby."""

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations

    @property
    def uncertainty(self) -> float:
        """The share of reminders for which both outcomes are right."""
        return self.possible / max(1, self.possible + self.expected)

    def count(self, *kinds: Kind) -> int:
        """The number of violations of these kinds."""
        return sum(violation.kind in kinds for violation in self.violations)

    def add(self, kind: Kind, what: str) -> None:
        """Add a violation."""
        self.violations.append(Violation(kind, what))

    def summary(self) -> str:
        """The figures of one case in a line."""
        worst = quantile(self.lateness, 1).total_seconds()
        at_rest = quantile(self.undisturbed, 0.99).total_seconds()
        return (
            f"{self.outcomes['ok']:6} acknowledged {self.faults:3} faults "
            f"{self.expected:6} expected {self.uncertainty:4.0%} uncertain  "
            f"at most {worst:6.3f} s, at rest p99 {at_rest:.3f} s"
        )

    def __str__(self) -> str:
        unexpected = self.count(Kind.UNEXPECTED, Kind.EARLY, Kind.ALIEN, Kind.SENT_AFTER_END)
        outcomes = self.outcomes
        lines = [
            (
                f"operations  {outcomes['ok']} acknowledged, {outcomes['refused']} refused, "
                f"{outcomes['unknown']} unknown, {outcomes['unsent']} not sent"
            ),
            f"faults      {self.faults} injected",
            (
                f"reminders   {self.expected} expected, {self.possible} possible, "
                f"{self.stored} stored, {self.count(Kind.LOST)} lost, "
                f"{self.count(Kind.DOUBLED)} doubled, {unexpected} unexpected"
            ),
            f"lateness    {_quantiles(self.lateness)}",
            f"  at rest   {_quantiles(self.undisturbed)}",
            *self._received(),
            *([f"undecided   {self.undecided} events"] if self.undecided else []),
            *(f"VIOLATION   {violation}" for violation in self.violations[:_SHOWN]),
        ]
        if len(self.violations) > _SHOWN:
            lines.append(f"            … and {len(self.violations) - _SHOWN} more")
        return "\n".join(lines)

    def _received(self) -> list[str]:
        if not self.delivered and not self.streamed:
            return []
        return [f"received    {self.delivered} by webhook, {self.streamed} by stream"]


def total(reports: Iterable[Report]) -> Report:
    """The sums over several runs."""
    result = Report()
    for report in reports:
        for each in fields(Report):
            sum_so_far = getattr(result, each.name)
            setattr(result, each.name, sum_so_far + getattr(report, each.name))
    return result


def quantile(values: Sequence[timedelta], share: float) -> timedelta:
    """The value that `share` of all do not exceed; zero if there are none."""
    ordered = sorted(values)
    if not ordered:
        return timedelta()
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def _quantiles(values: Sequence[timedelta]) -> str:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    figures = (
        f"{name} {quantile(values, share).total_seconds():.3f} s" for name, share in shares.items()
    )
    return f"{', '.join(figures)} ({len(values)})"
