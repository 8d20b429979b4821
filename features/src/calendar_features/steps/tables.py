"""Steps that check the `events` table."""

from pytest_bdd import parsers, then

from calendar_features import documents
from calendar_features.database import Database
from calendar_features.documents import Table
from calendar_features.events_client import EventsClient


@then(parsers.parse('the database contains {user:w}\'s "{title}" with'))
def database_holds(
    user: str, title: str, datatable: Table, database: Database, client: EventsClient
) -> None:
    row = database.event(user, client[title]["id"])
    assert row, f"no row for {title}"
    documents.check_row(row, documents.from_rows(datatable))


@then(parsers.parse('the database contains {user:w}\'s "{title}" as it was created'))
def database_holds_as_created(
    user: str, title: str, database: Database, client: EventsClient
) -> None:
    event = client[title]
    row = database.event(user, event["id"])
    assert row, f"no row for {title}"
    same = ("title", "description", "starts_at", "ends_at", "notify_before", "version")
    documents.check_row(row, {field: event[field] for field in (*same, "created_at", "updated_at")})


@then(parsers.parse('the database no longer contains {user:w}\'s "{title}"'))
def database_lost(user: str, title: str, database: Database, client: EventsClient) -> None:
    assert database.event(user, client[title]["id"]) is None


@then(parsers.parse("the database contains {count:d} events of {user:w}"))
@then(parsers.parse("the database contains {count:d} event of {user:w}"))
def database_holds_count(count: int, user: str, database: Database) -> None:
    assert len(database.events(user)) == count


@then(parsers.parse("the database contains no event of {user:w}"))
def database_holds_none(user: str, database: Database) -> None:
    assert database.events(user) == []
