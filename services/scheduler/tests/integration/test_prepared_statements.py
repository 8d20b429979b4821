import json
from typing import Any

import pytest

from calendar_scheduler.database import options
from calendar_scheduler.reminders import statements
from calendar_scheduler.retention.statements import DELETE_OLD_EVENTS

STATEMENTS = {
    **{name: sql for name, sql in vars(statements).items() if name.isupper() and name[0] != "_"},
    "DELETE_OLD_EVENTS": DELETE_OLD_EVENTS,
}

MANY = """
INSERT INTO events (user_id, id, title, starts_at, ends_at)
SELECT 'user-' || i % 100, gen_random_uuid(), 'Event ' || i, now() + i * interval '1 minute',
       now() + i * interval '1 minute'
FROM generate_series(-10000, 20000) AS i
"""
REMINDERS_OF_MANY = """
INSERT INTO reminders (user_id, event_id, due_at, ready_at, next_try_at)
SELECT user_id, id, starts_at, starts_at, starts_at FROM events
WHERE starts_at > now() - interval '100 minutes'
"""


@pytest.mark.parametrize("name", STATEMENTS)
async def test_statement_can_be_prepared(tables: Any, name: str) -> None:
    await tables.connection.prepare(STATEMENTS[name])


async def plan(connection: Any, sql: str, *arguments: object) -> dict[str, Any]:
    """The nodes of the executed plan, by the index or table that they scan."""
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}"
    (root,) = json.loads(await connection.fetchval(explain, *arguments))
    found: dict[str, Any] = {}

    def walk(node: dict[str, Any]) -> None:
        if "Index Name" in node:
            found[node["Index Name"]] = node
        elif node["Node Type"] == "Seq Scan":
            found[node["Relation Name"]] = node
        for child in node.get("Plans", []):
            walk(child)

    walk(root["Plan"])
    return found


@pytest.fixture
async def many(tables: Any) -> Any:
    """A connection to tables with 30,000 events and 20,100 reminders, of which 100 are due."""
    for sql in (MANY, REMINDERS_OF_MANY, "ANALYZE events, reminders"):
        await tables.connection.execute(sql)
    return tables.connection


async def test_claim_reads_only_due_reminders(many: Any) -> None:
    scans = await plan(many, statements.CLAIM, 500)

    scan = scans["reminders_next_try"]
    assert "next_try_at <= statement_timestamp()" in scan["Index Cond"]
    assert scan["Actual Rows"] == pytest.approx(100, abs=1)
    assert scan.get("Rows Removed by Filter", 0) == 0


async def test_claim_does_not_sort_when_more_is_due_than_the_statistics_say(many: Any) -> None:
    # About a hundred are due, anywhere in the table, during ANALYZE; then all of them.
    await many.execute(
        "UPDATE reminders SET next_try_at = now() + (200 * random() - 1) * interval '1 minute'"
    )
    await many.execute("ANALYZE reminders")
    await many.execute("UPDATE reminders SET next_try_at = now()")

    await many.execute(options.POOL.begin)
    await many.execute(f"PREPARE claim AS {statements.CLAIM}")
    lines = [line for (line,) in await many.fetch("EXPLAIN ANALYZE EXECUTE claim(500)")]
    await many.execute("COMMIT")

    assert not [line for line in lines if "Sort Key" in line]
    (scan,) = [line for line in lines if "Scan using reminders_next_try" in line]
    assert "rows=500" in scan


async def test_next_due_reads_one_index_entry(many: Any) -> None:
    scans = await plan(many, statements.NEXT_DUE)

    assert scans["reminders_next_try"]["Actual Rows"] == 1


async def test_backlog_reads_only_due_reminders(many: Any) -> None:
    scans = await plan(many, statements.BACKLOG)

    assert scans["reminders_next_try"]["Actual Rows"] == pytest.approx(100, abs=1)
    assert "reminders" not in scans


async def test_events_of_a_claim_are_found_by_primary_key(many: Any) -> None:
    claimed = await many.fetch("SELECT user_id, event_id FROM reminders LIMIT 50")

    scans = await plan(
        many,
        statements.EVENTS_OF_CLAIMED,
        [row["user_id"] for row in claimed],
        [row["event_id"] for row in claimed],
    )

    assert "events_pkey" in scans


async def test_titles_of_occurrences_are_found_by_primary_key(many: Any) -> None:
    claimed = await many.fetch("SELECT user_id, event_id FROM reminders LIMIT 50")

    scans = await plan(
        many,
        statements.OCCURRENCE_TITLES,
        [row["user_id"] for row in claimed],
        [row["event_id"] for row in claimed],
        ["2026-12-24"] * len(claimed),
    )

    assert "events_pkey" in scans


async def test_parked_series_are_found_by_the_index_of_parked_reminders(many: Any) -> None:
    await many.execute(
        "UPDATE reminders SET parked_at = now() - interval '1 hour'"
        " WHERE due_at < now() - interval '30 minutes'"
    )
    await many.execute("ANALYZE reminders")

    scans = await plan(many, statements.PARKED_SERIES, 300.0, 500)

    assert "reminders" not in scans
    assert "parked_at <= " in scans["reminders_parked"]["Index Cond"]


@pytest.mark.parametrize("name", ["REMOVE", "MOVE_ON"])
async def test_published_reminders_are_found_by_primary_key_whatever_the_statistics_say(
    many: Any, name: str
) -> None:
    # Three rows in hundreds of pages, as after a peak, during ANALYZE; then the next peak.
    await many.execute("DELETE FROM reminders WHERE due_at < now() + interval '19997.5 minutes'")
    await many.execute("VACUUM (ANALYZE, TRUNCATE FALSE) reminders")
    await many.execute("DELETE FROM reminders")
    await many.execute(REMINDERS_OF_MANY)
    published = await many.fetch("SELECT user_id, event_id FROM reminders ORDER BY due_at LIMIT 50")
    keys = [row["user_id"] for row in published], [row["event_id"] for row in published]

    await many.execute(options.POOL.begin)
    # A list, of which MOVE_ON reads the next element.
    await many.execute("UPDATE reminders SET upcoming_from = 1, upcoming_due = ARRAY[now()]")
    remove = await many.prepare(f"EXPLAIN ANALYZE {getattr(statements, name)}")
    lines = [line for (line,) in await remove.fetch(*keys)]
    await many.execute("ROLLBACK")

    assert [line for line in lines if "Index Cond: ((user_id = sent.user_id)" in line]
    assert not [line for line in lines if "Rows Removed" in line]


async def test_retention_reads_the_index_from_its_beginning(many: Any) -> None:
    scans = await plan(many, DELETE_OLD_EVENTS, 3600.0, 500)

    assert scans["events_ends_at"]["Actual Rows"] <= 1000
    assert "ends_at < " in scans["events_ends_at"]["Index Cond"]
