"""Plans: that a user is to be reminded of one start of one event, at one time before it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from calendar_faults.history import Content

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""The API's own. Written out again: the checker believes nothing that the services say."""


@dataclass(frozen=True, slots=True)
class EventKey:
    """Whose event, and which: an ID belongs to its user."""

    user: str
    event: UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """One reminder, whether it is ever sent or not."""

    key: EventKey
    starts_at: datetime
    lead: timedelta

    @property
    def due(self) -> datetime:
        """When it becomes due."""
        return self.starts_at - self.lead

    @property
    def notification_id(self) -> UUID:
        """The same for the same event, start and lead time (the contract's section 2)."""
        name = "\n".join(
            (
                self.key.user,
                str(self.key.event),
                self.starts_at.astimezone(UTC).isoformat(timespec="microseconds"),
                str(self.lead // timedelta(microseconds=1)),
            )
        )
        return uuid5(NAMESPACE, name)

    def __str__(self) -> str:
        return (
            f"event {self.key.event} of {self.key.user}, due {self.due.isoformat()}"
            f", starts {self.starts_at.isoformat()}"
        )


def plan_of(key: EventKey, content: Content | None) -> Plan | None:
    """The reminder that an event with this content asks for."""
    if content is None or content.notify_before is None:
        return None
    return Plan(key, content.starts_at, content.notify_before)
