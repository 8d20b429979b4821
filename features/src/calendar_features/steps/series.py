"""Steps that create series."""

from datetime import date, timedelta
from typing import Any, Final

from pytest_bdd import given, parsers, when

from calendar_features import documents
from calendar_features.documents import Document
from calendar_features.events_client import MERGE_PATCH, EventsClient

_FIRST: Final = date(2044, 11, 21)


def a_series(**changes: Any) -> Document:
    """A daily series with these changes."""
    series = {
        "title": "Stand-up",
        "starts_at": f"{_FIRST}T09:00:00",
        "duration": "PT15M",
        "time_zone": "Europe/Berlin",
        "recurrence": {"rule": "FREQ=DAILY"},
    }
    return series | changes


@when(parsers.parse("{user:w} creates a series whose {field:w} is {text}"))
def creates_whose(user: str, field: str, text: str, client: EventsClient) -> None:
    client.create(user, documents.with_field(a_series(), field, text))


@when(parsers.parse("{user:w} creates a series of all-day events whose {field:w} is {text}"))
def creates_all_day_whose(user: str, field: str, text: str, client: EventsClient) -> None:
    series = documents.an_event(starts_on=str(_FIRST), recurrence={"rule": "FREQ=DAILY"})
    client.create(user, documents.with_field(series, field, text))


@when(parsers.parse("{user:w} creates a series with the rule {rule}"))
def creates_with_rule(user: str, rule: str, client: EventsClient) -> None:
    client.create(user, a_series(recurrence={"rule": rule}))


@when(parsers.parse("{user:w} creates a series with a rule of {length:d} characters"))
def creates_with_long_rule(user: str, length: int, client: EventsClient) -> None:
    """Repeats a day of the month, with the frequency whose name makes the length come out."""
    frequency = "YEARLY" if length % 2 else "MONTHLY"
    rule = f"FREQ={frequency};BYMONTHDAY=21"
    rule += (length - len(rule)) // 2 * ",1"
    assert len(rule) == length
    client.create(user, a_series(recurrence={"rule": rule}))


@when(
    parsers.parse(
        "{user:w} creates a daily series with {dates:d} dates, {excluded:d} excluded"
        " and {changed:d} changed occurrences"
    )
)
def creates_with_exceptions(
    user: str, dates: int, excluded: int, changed: int, client: EventsClient
) -> None:
    client.create(user, _with_exceptions("Stand-up", dates, excluded, changed))


@given(
    parsers.parse(
        '{user:w} has a daily series "{title}" with {dates:d} dates, {excluded:d} excluded'
        " and {changed:d} changed occurrences"
    )
)
def has_with_exceptions(
    user: str, title: str, dates: int, excluded: int, changed: int, client: EventsClient
) -> None:
    client.create_all(user, _with_exceptions(title, dates, excluded, changed))


def _with_exceptions(title: str, dates: int, excluded: int, changed: int) -> Document:
    """The changed occurrences come after the excluded ones; the dates are in the afternoon."""
    recurrence = {
        "rule": "FREQ=DAILY;COUNT=2000",
        "dates": [f"{_day(number)}T15:00:00" for number in range(dates)],
        "excluded": [f"{_day(number)}T09:00:00" for number in range(excluded)],
    }
    overrides = {
        f"{_day(excluded + number)}T09:00:00": {"title": f"number {number}"}
        for number in range(changed)
    }
    return a_series(title=title, recurrence=recurrence, overrides=overrides)


def _day(number: int) -> date:
    return _FIRST + timedelta(days=number)


@when(parsers.parse('{user:w} deletes the last occurrence but {number:d} of "{title}"'))
def deletes_last_but(user: str, number: int, title: str, client: EventsClient) -> None:
    client.occurrence("DELETE", user, title, f"{_day(1999 - number)}T09:00:00")


@when(parsers.parse('{user:w} changes the title of the last occurrence of "{title}"'))
def changes_last(user: str, title: str, client: EventsClient) -> None:
    client.occurrence(
        "PATCH",
        user,
        title,
        f"{_day(1999)}T09:00:00",
        headers=MERGE_PATCH,
        body={"title": "Last"},
    )


@given(parsers.parse("{user:w} has {count:d} daily series in November 2044"))
def has_many(user: str, count: int, client: EventsClient) -> None:
    client.create_all(
        user,
        *(
            a_series(
                title=f"number {number}",
                starts_at="2044-11-01T09:00:00",
                recurrence={"rule": "FREQ=DAILY;UNTIL=20441130"},
            )
            for number in range(count)
        ),
    )
