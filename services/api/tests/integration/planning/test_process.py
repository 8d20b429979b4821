"""The planner in the running service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from tests.integration.client import User
from tests.integration.planning.rig import series
from tests.integration.service import Service, migrate, serving, wait_until
from tests.integration.sql import Sql, connected

from calendar_api.planning.lists import LIST_LENGTH

DUE = "UPDATE schedules SET refill_at = now()"
LENGTHS = "SELECT 1 + cardinality(upcoming_due) AS length FROM reminders"


@pytest.fixture
def own(empty_database: str, tmp_path: Path) -> Iterator[tuple[Service, Sql]]:
    """A running API with tables of its own."""
    migrate(empty_database)
    with serving(empty_database, tmp_path) as service, connected(empty_database) as sql:
        service.wait_until_ready()
        yield service, sql


def lengths(sql: Sql) -> list[int]:
    return [row["length"] for row in sql.rows(LENGTHS)]


def samples(service: Service) -> dict[str, float]:
    """The metrics without labels, and those of the loop "refill"."""
    text = requests.get(f"{service.url}/metrics", timeout=30).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels in ({}, {"loop": "refill"})
    }


def test_lists_are_refilled(own: tuple[Service, Sql]) -> None:
    service, sql = own
    with User(service.url) as user:
        stored = user.create(**series())
    sql.run(DUE)

    wait_until(lambda: lengths(sql) == [LIST_LENGTH], what="a full list")

    ends = sql.value("SELECT planned_due FROM schedules WHERE event_id = $1", UUID(stored["id"]))
    name = "calendar_api_reminders_planned_until_timestamp_seconds"
    wait_until(lambda: samples(service)[name] == ends.timestamp(), what="its end in the metrics")
    assert samples(service)["calendar_api_reminders_planned_total"] >= LIST_LENGTH // 2
    assert samples(service)["calendar_api_loop_last_success_timestamp_seconds"] > 0


def test_the_service_stops_while_it_plans(own: tuple[Service, Sql]) -> None:
    service, sql = own
    with User(service.url) as user:
        events: list[dict[str, Any]] = [{"title": "x"} | series() for _ in range(500)]
        assert user.post("/v1/events/batch", json={"events": events}).status_code == 201
    first = lengths(sql)[0]
    sql.run(DUE)
    wait_until(lambda: LIST_LENGTH in lengths(sql), what="the first full list")

    assert service.terminate() == 0

    assert set(lengths(sql)) <= {first, LIST_LENGTH}
    assert "Traceback" not in service.log_text()
    assert service.log_lines()[-1]["event"] == "service_stopped"
