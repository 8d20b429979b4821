"""The occurrences of an event, worked out by simple arithmetic and not by the product's engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from calendar_faults.history import Content, Override
from calendar_faults.zones import ZoneInfo

_STEPS: Final = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_AS_IN_SERIES: Final = Override()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as it takes place, or a single event."""

    recurrence_id: str | None
    title: str
    starts_at: datetime
    leads: tuple[timedelta, ...]


def occurrences(content: Content, *, until: datetime) -> Iterator[Occurrence]:
    """A single event, or the occurrences of a series.

    Of a rule those that are scheduled by `until`, or by the last one that is changed.
    """
    if content.recurrence is None:
        yield Occurrence(None, content.title, content.starts_at, content.leads)
        return
    zone = _zone(content)
    last = max([until.astimezone(zone).replace(tzinfo=None), *content.overrides])
    for local in scheduled(content, until=last):
        changed = content.overrides.get(local, _AS_IN_SERIES)
        yield Occurrence(
            local.isoformat(),
            changed.title or content.title,
            # A repeated wall time is the first one, a skipped one is later by the gap.
            changed.starts_at or local.replace(tzinfo=zone).astimezone(UTC),
            content.leads if changed.leads is None else changed.leads,
        )


def scheduled(content: Content, *, until: datetime) -> frozenset[datetime]:
    """The wall times of a series without those excluded; of its rule only those by `until`."""
    if content.recurrence is None:
        return frozenset()
    by_rule = _by_rule(content, until)
    return (by_rule | set(content.recurrence.dates)) - set(content.recurrence.excluded)


def _by_rule(content: Content, until: datetime) -> frozenset[datetime]:
    if content.recurrence is None or content.recurrence.rule is None:
        return frozenset()
    parts = dict(part.split("=") for part in content.recurrence.rule.split(";"))
    step = _STEPS[parts["FREQ"]] * int(parts.get("INTERVAL", 1))
    start = content.starts_at.astimezone(_zone(content)).replace(tzinfo=None)
    numbers = range(int(parts["COUNT"])) if "COUNT" in parts else count()
    found = set[datetime]()
    for number in numbers:
        if (local := start + number * step) > until:
            break
        found.add(local)
    return frozenset(found)


def _zone(content: Content) -> ZoneInfo:
    return ZoneInfo(content.time_zone or "UTC")
