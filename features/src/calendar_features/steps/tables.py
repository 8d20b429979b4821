"""Steps that look at the table of events."""

from pytest_bdd import parsers, then

from calendar_features import events
from calendar_features.database import Database
from calendar_features.diary import Diary
from calendar_features.events import Table


@then(parsers.parse('the database holds {who:w}\'s "{title}" with'))
def database_holds(
    who: str, title: str, datatable: Table, database: Database, diary: Diary
) -> None:
    row = database.event(who, diary[title]["id"])
    assert row, f"no row for {title}"
    events.check_row(row, events.of_rows(datatable))


@then(parsers.parse('the database holds {who:w}\'s "{title}" as it was created'))
def database_holds_as_created(who: str, title: str, database: Database, diary: Diary) -> None:
    event = diary[title]
    row = database.event(who, event["id"])
    assert row, f"no row for {title}"
    same = ("title", "description", "starts_at", "ends_at", "notify_before", "version")
    events.check_row(row, {field: event[field] for field in (*same, "created_at", "updated_at")})


@then(parsers.parse('the database no longer holds {who:w}\'s "{title}"'))
def database_lost(who: str, title: str, database: Database, diary: Diary) -> None:
    assert database.event(who, diary[title]["id"]) is None


@then(parsers.parse("the database holds {count:d} events of {who:w}"))
@then(parsers.parse("the database holds {count:d} event of {who:w}"))
def database_holds_count(count: int, who: str, database: Database) -> None:
    assert len(database.events(who)) == count


@then(parsers.parse("the database holds no event of {who:w}"))
def database_holds_none(who: str, database: Database) -> None:
    assert database.events(who) == []
