"""Lead times: how long before its start an event is notified of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from calendar_api.errors import MemberInvalid

MAX_LEADS: Final = 10

_NO_LEAD: Final = timedelta()


class LeadsInput(Protocol):
    """What a client says about lead times, in one of two forms or in both."""

    @property
    def notify_before(self) -> timedelta | None: ...  # noqa: D102
    @property
    def reminders(self) -> Sequence[timedelta] | None: ...  # noqa: D102


def leads_of(event: LeadsInput, start: datetime, *, all_day: bool) -> tuple[timedelta, ...] | None:
    """The lead times, or `None` if the client says nothing about them.

    Raises:
        MemberInvalid: they break a rule, or the two forms contradict each other.
    """
    if event.reminders is None:
        if event.notify_before is None:
            return None
        _check(event.notify_before, start, ["notify_before"], all_day=all_day)
        return (event.notify_before,)
    leads = tuple(event.reminders)
    for index, lead in enumerate(leads):
        _check(lead, start, ["reminders", index], all_day=all_day)
        if lead in leads[:index]:
            raise MemberInvalid(["reminders", index], "repeated", "is equal to another lead time")
    if event.notify_before not in {None, max(leads, default=None)}:
        raise MemberInvalid(
            ["notify_before"], "reminders_conflict", "must be the longest of reminders, or absent"
        )
    return leads


def _check(lead: timedelta, start: datetime, loc: Sequence[str | int], *, all_day: bool) -> None:
    if lead < _NO_LEAD and not all_day:
        raise MemberInvalid(loc, "lead_time_range", "must be from 0 to 366 days")
    try:
        _ = start - lead
    except OverflowError:
        raise MemberInvalid(loc, "date_time_range", "leads out of the years 1 to 9999") from None
