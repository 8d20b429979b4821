"""Every statement fits the migrated tables and uses the index that its comment names."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.integration.sql import Sql, connected, new_database

from calendar_api.database import migrations, options
from calendar_api.events import statements
from calendar_api.events.columns import TYPES
from calendar_api.events.models import FIELDS
from calendar_api.listing import statements as list_statements

STATEMENTS = {
    name: value
    for module in (statements, list_statements)
    for name, value in vars(module).items()
    if name.isupper() and not name.startswith("_")
}
ANN = "'ann'"
ID = "'019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11'"
LIST = f"{ANN}, '2026-11-23', '2026-11-24', NULL, NULL, 100, 4194304"
VALUES = {"title": "'Dentist'", "starts_at": "now()", "ends_at": "now()"}
CHANGE = ", ".join([ANN, ID, *(VALUES.get(name, "NULL") for name in FIELDS)])
TIMES = "ARRAY[now(), now()]"
WRITE_REMINDERS = f"{ANN}, {ID}, NULL, {TIMES}, {TIMES}, ARRAY[NULL, NULL]::text[]"
WRITE_SCHEDULE = f"{ANN}, {ID}, now(), now(), 'x', now(), now(), now()"


@pytest.fixture(scope="module")
def full(server_with_tables: str) -> Iterator[Sql]:
    """Tables with so many rows and users that a wrong plan would read too much."""
    session = dict(options.POOL.session) | {"enable_seqscan": "on", "statement_timeout": "0"}
    with connected(server_with_tables, **session) as sql:
        sql.run("""
            INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
            SELECT CASE n % 4 WHEN 0 THEN 'user-' || n ELSE 'ann' END, gen_random_uuid(), 'x',
                start, start + interval '1 hour' * (CASE n % 100 WHEN 0 THEN 10000 ELSE n % 40 END),
                interval '1 hour'
            FROM (SELECT n, timestamptz '2020-01-01Z' + n * interval '3 hours' AS start
                  FROM generate_series(1, 40000) AS n) AS series;
            INSERT INTO reminders
            SELECT user_id, id, gen_random_uuid(), starts_at, starts_at, starts_at FROM events;
            INSERT INTO schedules
            SELECT user_id, id, starts_at, ends_at FROM events
            WHERE user_id <> 'ann' OR random() < 0.1;
            ANALYZE;
        """)
        yield sql


@pytest.fixture(scope="module")
def server_with_tables(server: str) -> Iterator[str]:
    with new_database(server) as dsn:
        asyncio.run(migrations.run(SecretStr(dsn)))
        yield dsn


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_can_be_prepared(full: Sql, name: str) -> None:
    full.prepared(STATEMENTS[name])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def scans(sql: Sql, query: str, arguments: str, *, analyze: bool = False) -> list[dict[str, Any]]:
    """The nodes of the generic plan that read a table."""
    sql.run(f"PREPARE statement AS {query}")
    options = "ANALYZE, BUFFERS, FORMAT JSON" if analyze else "FORMAT JSON"
    try:
        text = sql.value(f"EXPLAIN ({options}) EXECUTE statement ({arguments})")
    finally:
        sql.run("DEALLOCATE statement")
    (explained,) = json.loads(text)
    return [node for node in nodes(explained["Plan"]) if "Relation Name" in node]


@pytest.mark.parametrize(
    ("name", "arguments", "index"),
    [
        ("READ_EVENT", f"{ANN}, {ID}", "events_pkey"),
        ("GET_EVENTS", f"{ANN}, ARRAY[{ID}]::uuid[]", "events_pkey"),
        ("LOCK_EVENT", f"{ANN}, {ID}", "events_pkey"),
        ("UPDATE_EVENT", CHANGE, "events_pkey"),
        ("DELETE_EVENT", f"{ANN}, {ID}", "events_pkey"),
        ("LOCK_REMINDER", f"{ANN}, {ID}", "reminders_pkey"),
        ("REMOVE_REMINDERS", f"{ANN}, {ID}", "reminders_pkey"),
        ("READ_SCHEDULE", f"{ANN}, {ID}", "schedules_pkey"),
        ("REMOVE_SCHEDULE", f"{ANN}, {ID}", "schedules_pkey"),
        ("READ_SERIES", f"{ANN}, ARRAY[{ID}]::uuid[], 1048576", "events_pkey"),
        ("LIST_EVENTS", LIST, "events_overlap schedules_overlap"),
    ],
)
def test_a_statement_reads_by_its_index_only(
    full: Sql, name: str, arguments: str, index: str
) -> None:
    nodes = scans(full, STATEMENTS[name], arguments)
    read = [node for node in nodes if node["Node Type"] != "ModifyTable"]
    assert {node.get("Index Name") for node in read} == set(index.split())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23", "2026-11-24"),  # in the middle of ten years and more
        ("2020-01-01", "2020-01-02"),
        ("2033-09-01", "2033-09-02"),  # near the end: most events start before it
    ],
)
def test_listing_a_day_reads_few_other_events(full: Sql, start: str, end: str) -> None:
    arguments = f"{ANN}, '{start}', '{end}', NULL, NULL, 1000, 4194304"
    read = scans(full, list_statements.LIST_EVENTS, arguments, analyze=True)
    # Of 40,000 events: the bound of a length class includes what started up to its length before.
    removed = sum(
        node["Actual Loops"] * node.get(f"Rows Removed by {what}", 0)
        for node in read
        for what in ("Filter", "Index Recheck")
    )
    assert removed < 1_000
    buffers = sum(node["Shared Hit Blocks"] + node["Shared Read Blocks"] for node in read)
    assert buffers < 1_000


def test_a_user_without_series_pays_one_look_for_them(full: Sql) -> None:
    arguments = f"'nobody', {LIST.removeprefix(ANN + ', ')}"
    read = scans(full, list_statements.LIST_EVENTS, arguments, analyze=True)
    loops = [node["Actual Loops"] for node in read if node["Relation Name"] == "schedules"]
    assert sorted(loops) == [0, 1]


@pytest.mark.parametrize(
    ("statement", "arguments", "index"),
    [
        (statements.WRITE_REMINDERS, WRITE_REMINDERS, "reminders_pkey"),
        (statements.WRITE_SCHEDULE, WRITE_SCHEDULE, "schedules_pkey"),
    ],
)
def test_planning_again_uses_the_primary_keys(
    full: Sql, statement: str, arguments: str, index: str
) -> None:
    (insert,) = scans(full, statement, arguments)
    assert insert["Conflict Arbiter Indexes"] == [index]


def test_creating_an_event_uses_its_primary_key(full: Sql) -> None:
    none = "ARRAY[]::{}[]"
    plan = ["uuid", *["text"] * 3, *["timestamptz"] * 2, "text", *["timestamptz"] * 3]
    types = ["text", "uuid", *plan, *TYPES]
    arguments = ", ".join(none.format(type_) for type_ in types)
    writes = scans(full, statements.CREATE_EVENTS, arguments)
    arbiters = {n["Relation Name"]: n.get("Conflict Arbiter Indexes") for n in writes}
    assert arbiters == {"events": ["events_pkey"], "reminders": None, "schedules": None}


def test_every_index_is_used_by_a_statement(full: Sql) -> None:
    """An unused index only makes writes slower. The Scheduler uses the last three."""
    rows = full.rows("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert {row["indexname"] for row in rows} == {
        "api_migrations_pkey",
        "events_pkey",
        "events_overlap",
        "reminders_pkey",
        "events_ends_at",
        "reminders_next_try",
        "reminders_parked",
        "schedules_pkey",
        "schedules_overlap",
        "schedules_zone_rules",
        "schedules_refill",
        "schedules_planned",
    }
