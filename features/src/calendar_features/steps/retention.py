"""Steps about events of the past and the Scheduler's clean-up."""

import re
from datetime import datetime, timedelta

from pytest_bdd import given, parsers, then

from calendar_features import events, spans
from calendar_features.database import Database
from calendar_features.diary import Diary
from calendar_features.environment import Environment
from calendar_features.events import Table
from calendar_features.waiting import wait_until


@given(parsers.parse("{who:w} has events of the past"))
def has_past_events(who: str, datatable: Table, database: Database, diary: Diary) -> None:
    now = database.now()
    batch = [
        events.an_event(
            title=title,
            starts_at=events.at(_moment(now, start)),
            ends_at=events.at(_moment(now, end)),
        )
        for title, start, end in datatable[1:]
    ]
    diary.have(who, *batch)


def _moment(now: datetime, text: str) -> datetime:
    """`3 days ago` or `in 1 day`."""
    if text.endswith(" ago"):
        return now - spans.spoken(text.removesuffix(" ago"))
    return now + spans.spoken(text.removeprefix("in "))


@given(parsers.parse("{who:w} has {count:d} events that ended 2 years ago"))
def has_old_events(who: str, count: int, database: Database, diary: Diary) -> None:
    start = database.now() - timedelta(days=731)
    batch = [
        events.an_event(title=f"number {number}", starts_at=events.at(start))
        for number in range(count)
    ]
    diary.have(who, *batch)


@then(parsers.re(r"the clean-up deletes (?P<who>\w+)'s (?P<titles>\".+\")"))
def clean_up_deletes(
    who: str,
    titles: str,
    database: Database,
    diary: Diary,
    environment: Environment,
) -> None:
    ids = [diary[title]["id"] for title in _titles(titles)]
    wait_until(
        lambda: not any(database.event(who, event_id) for event_id in ids),
        seconds=environment.retention_patience,
        what=f"the clean-up of {titles}",
    )


@then(parsers.parse('the clean-up deletes all events of {who:w} but "{title}"'))
def clean_up_leaves(who: str, title: str, database: Database, environment: Environment) -> None:
    wait_until(
        lambda: [row["title"] for row in database.events(who)] == [title],
        seconds=environment.retention_patience,
        what=f"the clean-up of all but {title!r}",
    )


@then(parsers.parse("{who:w} still has {titles}"))
def still_has(who: str, titles: str, database: Database) -> None:
    assert {row["title"] for row in database.events(who)} == set(_titles(titles))


def _titles(text: str) -> list[str]:
    return re.findall(r'"(.*?)"', text)
