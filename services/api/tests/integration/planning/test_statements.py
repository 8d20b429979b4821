"""The planner's statements fit the tables, and cost little where little is to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.service import migrate
from tests.integration.sql import Sql, connected, new_database

from calendar_api.database import options
from calendar_api.planning import statements

STATEMENTS = {name: value for name, value in vars(statements).items() if name.isupper()}
USER = "'user-7'"
ID = "'019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11'"
KEYS = f"ARRAY[{USER}], ARRAY[{ID}]::uuid[]"
NONE = "'{}'"


@pytest.fixture(scope="module")
def full(server: str) -> Iterator[Sql]:
    """Many series, none of them due, under the rules of few zones."""
    session = dict(options.POOL.session) | {"statement_timeout": "0"}
    with new_database(server) as dsn:
        migrate(dsn)
        with connected(dsn, **session) as sql:
            sql.run("""
                INSERT INTO events (user_id, id, title, starts_at, ends_at)
                SELECT 'user-' || n % 1000, gen_random_uuid(), 'x', now(), now()
                FROM generate_series(1, 50000) AS n;
                INSERT INTO schedules (
                    user_id, event_id, zone_rules, planned_since, planned_due, planned_start,
                    refill_at
                )
                SELECT user_id, id, '202606 Zone/' || (row_number() OVER () % 50) || ' x', now(),
                       now() + interval '2 years', now() + interval '2 years',
                       now() + interval '1 year'
                FROM events;
                INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at)
                SELECT user_id, id, now(), now(), now() FROM events;
                ANALYZE;
            """)
            yield sql


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_can_be_prepared(full: Sql, name: str) -> None:
    full.prepared(STATEMENTS[name])


@pytest.mark.parametrize(
    ("name", "arguments", "indexes", "most_pages"),
    [
        ("DUE", NONE, {"schedules_refill"}, 5),
        ("PLANNED_UNTIL", "", {"schedules_planned"}, 5),
        ("ZONE_RULES", "", {"schedules_zone_rules"}, 51 * 5),
        ("UNDER_ZONE_RULES", "'202606 Zone/1 x'", {"schedules_zone_rules"}, 210),
        ("COUNT_UNDER_ZONE_RULES", "ARRAY['202606 Zone/9 y']", {"schedules_zone_rules"}, 5),
        ("LOCK_EVENTS", f"{KEYS}, 10", {"events_pkey"}, 5),
        ("LOCK_PLANS", KEYS, {"schedules_pkey", "reminders_pkey"}, 10),
        ("APPEND", f"{USER}, {ID}, {NONE}, {NONE}, {NONE}", {"reminders_pkey"}, 5),
        ("CONTINUE", f"{USER}, {ID}, now(), now(), now()", {"schedules_pkey"}, 5),
        ("SET_SPAN", f"{USER}, {ID}, now(), now(), ''", {"schedules_pkey"}, 5),
        ("POSTPONE", f"{USER}, {ID}, 1, '202606'", {"schedules_pkey"}, 5),
    ],
)
def test_a_statement_reads_by_its_index_only(
    full: Sql, name: str, arguments: str, indexes: set[str], most_pages: int
) -> None:
    plan = explained(full, STATEMENTS[name], arguments)
    read = [
        node
        for node in nodes(plan)
        if "Relation Name" in node and node["Node Type"] != "ModifyTable"
    ]
    assert {node.get("Index Name") for node in read} == indexes
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= most_pages


def explained(sql: Sql, query: str, arguments: str) -> dict[str, Any]:
    """The generic plan, as it was carried out."""
    sql.run(f"PREPARE statement AS {query}")
    execute = f"EXECUTE statement ({arguments})" if arguments else "EXECUTE statement"
    try:
        text = sql.value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execute}")
    finally:
        sql.run("DEALLOCATE statement")
    (explained,) = json.loads(text)
    plan: dict[str, Any] = explained["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
