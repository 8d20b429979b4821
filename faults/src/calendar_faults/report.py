"""What the checker found: the violations by name, and the figures of the run."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_UNCERTAIN: Final = 0.1
"""Share of plans that may go either way; above it a run proves too little."""

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
    """Stored too long after it was due and all was well again."""
    SENT_AFTER_END = "sent-after-end"
    """Kafka has a record from after a change of the event that had been acknowledged."""
    REPEATED = "repeated"
    """The topic has a reminder twice, and nothing was broken that would explain it."""
    WRONG_TITLE = "wrong-title"
    """A title that was not the event's when it was sent."""
    WRONG_ID = "wrong-id"
    """A notification ID that is not the one of the event, start and lead time."""
    ALIEN = "alien"
    """A row, record or dead letter that comes from nothing that was done."""
    MISSING_WRITE = "missing-write"
    """The API does not have what it has acknowledged."""
    RESURRECTED_WRITE = "resurrected-write"
    """The API has what was deleted, or was never there."""
    WRONG_ANSWER = "wrong-answer"
    """Answers that contradict one another, whatever the order."""
    HALF_A_BATCH = "half-a-batch"
    """Some events of a batch are there and others are not."""
    SLOW_ANSWER = "slow-answer"
    """No answer within five seconds."""
    LEFT_OVER = "left-over"
    """Work that was not done at the end: due reminders, lag, open transactions, parked rows."""
    LOST_POISON = "lost-poison"
    """A record that cannot be stored is not in the dead letter topic."""
    SLOW_AT_REST = "slow-at-rest"
    """Where nothing was broken, more than one in a hundred was stored too late."""
    GREW = "grew"
    """A process, its connections or a table take too much, or ever more."""
    TOO_UNCERTAIN = "too-uncertain"
    """Too many reminders might have gone either way."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was not kept."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass(kw_only=True)
class Report:
    """The outcome of one check."""

    violations: list[Violation] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    """Operations by outcome."""
    faults: int = 0
    expected: int = 0
    """Plans that must have a row."""
    possible: int = 0
    """Plans that may have one."""
    undecided: int = 0
    """Events whose operations have too many possible orders to be judged."""
    stored: int = 0
    lateness: list[timedelta] = field(default_factory=list)
    """Of all expected ones that were stored."""
    undisturbed: list[timedelta] = field(default_factory=list)
    """Of those, where nothing was broken nearby."""

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations

    @property
    def uncertainty(self) -> float:
        """The share of plans that may go either way."""
        return self.possible / max(1, self.possible + self.expected)

    def count(self, *kinds: Kind) -> int:
        """How many violations there are of these kinds."""
        return sum(violation.kind in kinds for violation in self.violations)

    def add(self, kind: Kind, what: str) -> None:
        """Notes a promise that was not kept."""
        self.violations.append(Violation(kind, what))

    def summary(self) -> str:
        """The figures of one case in a line."""
        worst = quantile(self.lateness, 1).total_seconds()
        at_rest = quantile(self.undisturbed, 0.99).total_seconds()
        return (
            f"{self.outcomes['ok']:6} acknowledged {self.faults:3} faults "
            f"{self.expected:6} expected {self.uncertainty:4.0%} open  "
            f"at most {worst:6.3f} s, at rest p99 {at_rest:.3f} s"
        )

    def __str__(self) -> str:
        unexpected = self.count(Kind.UNEXPECTED, Kind.EARLY, Kind.ALIEN, Kind.SENT_AFTER_END)
        outcomes = self.outcomes
        operations = (
            f"{outcomes['ok']} acknowledged, {outcomes['refused']} refused, "
            f"{outcomes['unknown']} unknown, {outcomes['unsent']} not sent"
        )
        reminders = (
            f"{self.expected} expected, {self.possible} possible, {self.stored} stored, "
            f"{self.count(Kind.LOST)} lost, {self.count(Kind.DOUBLED)} doubled, "
            f"{unexpected} unexpected"
        )
        lines = [
            f"operations  {operations}",
            f"faults      {self.faults} injected",
            f"reminders   {reminders}",
            f"lateness    {_quantiles(self.lateness)}",
            f"  at rest   {_quantiles(self.undisturbed)}",
        ]
        if self.undecided:
            lines.append(f"undecided   {self.undecided} events")
        lines += [f"VIOLATION   {violation}" for violation in self.violations[:_SHOWN]]
        if len(self.violations) > _SHOWN:
            lines.append(f"            … and {len(self.violations) - _SHOWN} more")
        return "\n".join(lines)


def total(reports: Iterable[Report]) -> Report:
    """The figures of many runs together."""
    result = Report()
    for report in reports:
        result.violations += report.violations
        result.outcomes += report.outcomes
        result.faults += report.faults
        result.expected += report.expected
        result.possible += report.possible
        result.undecided += report.undecided
        result.stored += report.stored
        result.lateness += report.lateness
        result.undisturbed += report.undisturbed
    return result


def quantile(values: Sequence[timedelta], share: float) -> timedelta:
    """The value that `share` of all do not exceed; zero where there are none."""
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
