"""What happened in a run: the only input of the checker.

A history is a file of JSON lines, in any order; `kind` says which of these models a line is.
All instants are of the database's clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    TypeAdapter,
    ValidationError,
)

Call = Literal["create", "change", "delete", "read"]
Outcome = Literal["ok", "refused", "unknown", "unsent"]
Waiver = Literal["lateness", "answers", "in-flight", "repeats", "rolled-back"]


class HistoryError(Exception):
    """The file is not a history; the message names the line."""


@dataclass(frozen=True, slots=True)
class EventKey:
    """Identifies an event: IDs are unique for each user."""

    user: str
    event: UUID


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recurrence(_Line):
    """How an event recurs; times are wall times in its zone."""

    rule: str | None = Field(
        default=None, pattern=r"^FREQ=(DAILY|WEEKLY)(;INTERVAL=[0-9]+)?(;COUNT=[0-9]+)?$"
    )
    """Only what the checker expands."""
    dates: tuple[NaiveDatetime, ...] = ()
    excluded: tuple[NaiveDatetime, ...] = ()


class Override(_Line):
    """What a changed occurrence has instead; what is `null` is as in the series."""

    title: str | None = None
    starts_at: AwareDatetime | None = None
    notify_before: timedelta | None = None
    reminders: tuple[timedelta, ...] | None = None

    @property
    def leads(self) -> tuple[timedelta, ...] | None:
        """Its lead times, if it has others than the series."""
        return (
            _leads(self) if self.reminders is not None or self.notify_before is not None else None
        )


class Content(_Line):
    """The fields of an event that are compared."""

    title: str
    starts_at: AwareDatetime
    """Of a series: of its first occurrence."""
    notify_before: timedelta | None = None
    """The longest lead time."""
    description: str | None = None
    reminders: tuple[timedelta, ...] | None = None
    """All lead times, if there are several."""
    time_zone: str | None = None
    recurrence: Recurrence | None = None
    overrides: Mapping[NaiveDatetime, Override] = {}
    """The changed occurrences of a series, by the wall times at which they are scheduled."""

    def __hash__(self) -> int:
        return hash((self.title, self.starts_at))

    @property
    def leads(self) -> tuple[timedelta, ...]:
        """All lead times."""
        return _leads(self)


def _leads(of: Content | Override) -> tuple[timedelta, ...]:
    if of.reminders is not None:
        return of.reminders
    return () if of.notify_before is None else (of.notify_before,)


class Operation(_Line):
    """One request to the API."""

    kind: Literal["operation"] = "operation"
    number: int
    """Unique in the history."""
    user: str
    call: Call
    events: dict[UUID, Content | None] = Field(min_length=1)
    """The whole content of each event afterwards; for a read, what was answered.

    `null` if it is deleted, or does not exist. More than one only if a batch was created.
    """
    occurrence: NaiveDatetime | None = None
    """The occurrence that was deleted by a path of its own, which is a change of its series."""
    if_match: int | None = None
    """The version whose ETag was in If-Match."""
    invoked: AwareDatetime
    completed: AwareDatetime
    outcome: Outcome
    """`refused` is a 4xx, `unsent` a connection that could not be made: it did not happen.

    `unknown` is a 5xx, or no answer: it may have happened, or may happen within seconds, but not
    partly. The read of an event that does not exist is `ok`.
    """
    status: int | None = None
    """Of the answer; `null` if there was none."""
    versions: dict[UUID, int] = {}
    """As answered, by event."""
    etag: str | None = None
    """As answered, for a single event."""


class Fault(_Line):
    """A fault was injected from `begin` to `end`."""

    kind: Literal["fault"] = "fault"
    name: str
    begin: AwareDatetime
    end: AwareDatetime
    waivers: frozenset[Waiver] = frozenset({"lateness"})
    """Promises that do not hold meanwhile.

    `lateness`: a reminder may be late. `answers`: the API may not answer within five seconds.
    `in-flight`: what was on the wire to the broker when it froze may arrive although its event has
    been changed since. `repeats`: the topic may have a notification several times, and a receiver
    of webhooks may get again what it has just accepted.
    `rolled-back`: a record may come from a write that was not acknowledged, and that a failover
    takes back; so may a webhook and what a stream sends.
    """


class Notification(_Line):
    """The fields of a notification, as the contract has them in the topic."""

    notification_id: UUID
    event_id: UUID
    title: str
    event_date: AwareDatetime
    user_id: str
    notify_at: AwareDatetime
    recurrence_id: str | None = None


class Record(Notification):
    """A notification in the topic."""

    kind: Literal["record"] = "record"
    partition: int
    offset: int
    appended: AwareDatetime
    """By the broker's clock, in milliseconds."""


class Row(Notification):
    """A row of `notifications` at the end."""

    kind: Literal["row"] = "row"
    stored_at: AwareDatetime
    arrival: int = 0
    """Its number in the order in which rows became visible."""


class Seen(_Line):
    """A row of `notifications` existed at an instant."""

    kind: Literal["seen"] = "seen"
    notification_id: UUID
    at: AwareDatetime


class CaughtUp(_Line):
    """All that was due by `due_by` was stored by `at`, or had been changed or deleted."""

    kind: Literal["caught_up"] = "caught_up"
    due_by: AwareDatetime
    at: AwareDatetime


class Endpoint(_Line):
    """An endpoint of webhooks, at the end."""

    kind: Literal["endpoint"] = "endpoint"
    name: str
    refuses: bool = False
    """The run itself made its receiver refuse webhooks: it need not have accepted all."""
    pending: frozenset[UUID] = frozenset()
    """IDs of notifications that the storers still have to deliver to it, or have parked."""


class Webhook(_Line):
    """A webhook with a valid signature that the receiver of an endpoint got."""

    kind: Literal["webhook"] = "webhook"
    endpoint: str
    webhook_id: UUID
    body: str
    at: AwareDatetime
    accepted: bool
    """Whether the receiver answered 2xx. That the storer got the answer is not certain."""


class Follower(_Line):
    """A client that followed a user's stream from before the first notification to the end."""

    kind: Literal["follower"] = "follower"
    client: str
    user: str


class Streamed(Notification):
    """A notification that a follower got."""

    kind: Literal["streamed"] = "streamed"
    client: str
    number: int
    """Its place in all that the client got, over all its connections."""
    stored_at: AwareDatetime
    at: AwareDatetime


class _Bytes(_Line):
    key: Base64Bytes | None
    value: Base64Bytes | None


class Poison(_Bytes):
    """A record that the run itself wrote to the topic, and that cannot be stored."""

    kind: Literal["poison"] = "poison"


class DeadLetter(_Bytes):
    """A record of the dead letter topic."""

    kind: Literal["dead_letter"] = "dead_letter"


class End(_Line):
    """What was left after the run had waited for everything to be done."""

    kind: Literal["end"] = "end"
    at: AwareDatetime
    due: int = 0
    """Reminders that are due, and neither sent nor parked."""
    lag: int = 0
    """Records whose offset the consumer group has not committed."""
    idle_in_transaction: int = 0
    """Sessions of PostgreSQL."""
    parked: frozenset[UUID] = frozenset()
    """IDs of events whose reminder is parked."""
    unpublishable: frozenset[UUID] = frozenset()
    """IDs of events whose reminders the run itself has made impossible to publish."""


Line = Annotated[
    Operation
    | Fault
    | Record
    | Row
    | Seen
    | CaughtUp
    | Endpoint
    | Webhook
    | Follower
    | Streamed
    | Poison
    | DeadLetter
    | End,
    Field(discriminator="kind"),
]
_LINE: TypeAdapter[Line] = TypeAdapter(Line)


class History:
    """The lines of one run, by kind."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        self.operations = [line for line in self.lines if isinstance(line, Operation)]
        self.faults = [line for line in self.lines if isinstance(line, Fault)]
        self.records = [line for line in self.lines if isinstance(line, Record)]
        self.rows = [line for line in self.lines if isinstance(line, Row)]
        self.seen = [line for line in self.lines if isinstance(line, Seen)]
        self.caught_up = [line for line in self.lines if isinstance(line, CaughtUp)]
        self.endpoints = [line for line in self.lines if isinstance(line, Endpoint)]
        self.webhooks = [line for line in self.lines if isinstance(line, Webhook)]
        self.followers = [line for line in self.lines if isinstance(line, Follower)]
        self.streamed = [line for line in self.lines if isinstance(line, Streamed)]
        self.poison = [line for line in self.lines if isinstance(line, Poison)]
        self.dead_letters = [line for line in self.lines if isinstance(line, DeadLetter)]
        ends = [line for line in self.lines if isinstance(line, End)]
        if len(ends) != 1:
            raise HistoryError(f"a history has one line of kind `end`, this one has {len(ends)}")
        self.end = ends[0]

    def is_rolled_back(self, at: datetime) -> bool:
        """Whether a failover may have taken back what was sent at that instant."""
        return any(
            "rolled-back" in fault.waivers and fault.begin <= at <= fault.end
            for fault in self.faults
        )


def read(path: Path) -> History:
    """The history in a file of JSON lines; empty lines are ignored.

    Raises:
        HistoryError: a line is none of the kinds, or there is not exactly one `end`.
    """
    lines: list[Line] = []
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                lines.append(_LINE.validate_json(text))
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(map(str, first["loc"]))
                raise HistoryError(f"{path}, line {number}: {where}: {first['msg']}") from None
    return History(lines)


def write(path: Path, lines: Sequence[Line]) -> None:
    """Writes a history that `read` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line.model_dump_json()}\n" for line in lines)
