"""Steps about past events and the Scheduler's clean-up."""

import re
from datetime import datetime, timedelta

from pytest_bdd import given, parsers, then

from calendar_features import documents, durations
from calendar_features.database import Database
from calendar_features.documents import Table
from calendar_features.environment import Environment
from calendar_features.events_client import EventsClient
from calendar_features.waiting import wait_until


@given(parsers.parse("{user:w} has past events"))
def has_past_events(user: str, datatable: Table, database: Database, client: EventsClient) -> None:
    now = database.now()
    batch = [
        documents.an_event(
            title=title,
            starts_at=documents.format_instant(_parse_time(now, start)),
            ends_at=documents.format_instant(_parse_time(now, end)),
        )
        for title, start, end in datatable[1:]
    ]
    client.create_all(user, *batch)


@given(parsers.parse("{user:w} has past series"))
def has_past_series(user: str, datatable: Table, database: Database, client: EventsClient) -> None:
    now = database.now().replace(microsecond=0)
    header, *rows = datatable
    batch = []
    for row in rows:
        fields = dict(zip(header, row, strict=True))
        start = _parse_time(now, fields["started"])
        series = documents.an_event(
            title=fields["title"],
            starts_at=documents.format_instant(start),
            time_zone="UTC",
            recurrence={"rule": fields["rule"]},
        )
        if also := fields.get("also on"):
            series["recurrence"]["dates"] = [documents.format_instant(_parse_time(now, also))]
        if moved := fields.get("last moved to"):
            last = (start + timedelta(days=1)).replace(tzinfo=None).isoformat()
            starts_at = documents.format_instant(_parse_time(now, moved))
            series["overrides"] = {last: {"starts_at": starts_at, "duration": "PT1H"}}
        batch.append(series)
    client.create_all(user, *batch)


@given(parsers.parse("{user:w} has past all-day series"))
def has_past_all_day_series(
    user: str, datatable: Table, database: Database, client: EventsClient
) -> None:
    now = database.now()
    batch = [
        documents.an_event(
            title=title,
            starts_on=str(_parse_time(now, started).date()),
            recurrence={"rule": rule},
        )
        for title, started, rule in datatable[1:]
    ]
    client.create_all(user, *batch)


def _parse_time(now: datetime, text: str) -> datetime:
    """Parses `3 days ago` or `in 1 day`."""
    if text.endswith(" ago"):
        return now - durations.parse_words(text.removesuffix(" ago"))
    return now + durations.parse_words(text.removeprefix("in "))


@given(parsers.parse("{user:w} has {count:d} events that ended 2 years ago"))
def has_old_events(user: str, count: int, database: Database, client: EventsClient) -> None:
    start = database.now() - timedelta(days=731)
    batch = [
        documents.an_event(title=f"number {number}", starts_at=documents.format_instant(start))
        for number in range(count)
    ]
    client.create_all(user, *batch)


@then(parsers.re(r"the clean-up deletes (?P<user>\w+)'s (?P<titles>\".+\")"))
def clean_up_deletes(
    user: str,
    titles: str,
    database: Database,
    client: EventsClient,
    environment: Environment,
) -> None:
    ids = [client[title]["id"] for title in _titles(titles)]
    wait_until(
        lambda: not any(database.event(user, event_id) for event_id in ids),
        seconds=environment.retention_timeout,
        what=f"the clean-up of {titles}",
    )


@then(parsers.parse('the clean-up deletes all events of {user:w} except "{title}"'))
def clean_up_leaves(user: str, title: str, database: Database, environment: Environment) -> None:
    wait_until(
        lambda: [row["title"] for row in database.events(user)] == [title],
        seconds=environment.retention_timeout,
        what=f"the clean-up of all but {title!r}",
    )


@then(parsers.parse("{user:w} still has {titles}"))
def still_has(user: str, titles: str, database: Database) -> None:
    assert {row["title"] for row in database.events(user)} == set(_titles(titles))


def _titles(text: str) -> list[str]:
    return re.findall(r'"(.*?)"', text)
