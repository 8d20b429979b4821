"""What Grafana would silently show wrong, or not at all."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from calendar_observability import FOLDER
from calendar_observability.dashboards import files, panels, queries
from calendar_observability.expressions import metrics

Json = dict[str, Any]
ANY_PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


@pytest.fixture(params=files(), ids=lambda path: path.stem)
def dashboard(request: pytest.FixtureRequest) -> Json:
    path: Path = request.param
    document: Json = json.loads(path.read_text())
    return document


def overlap(one: Json, other: Json) -> bool:
    a, b = one["gridPos"], other["gridPos"]
    return bool(
        a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    )


def test_there_are_two_dashboards_that_grafana_can_tell_apart() -> None:
    documents = [json.loads(path.read_text()) for path in files()]

    assert {document["uid"] for document in documents} == {"calendar-users", "calendar-reminders"}
    assert len({document["title"] for document in documents}) == len(documents)


def test_it_is_of_the_schema_that_is_tried(dashboard: Json) -> None:
    assert dashboard["schemaVersion"] == 42
    # Grafana gives an ID of its own to what it loads.
    assert "id" not in dashboard
    # The two link to each other by it.
    assert dashboard["tags"] == ["calendar"]


def test_it_can_be_pointed_at_any_prometheus(dashboard: Json) -> None:
    (variable,) = dashboard["templating"]["list"]

    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert all(panel["datasource"] == ANY_PROMETHEUS for panel in panels(dashboard))


def test_panels_have_their_places(dashboard: Json) -> None:
    placed = dashboard["panels"]

    assert len({panel["id"] for panel in placed}) == len(placed)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS for panel in placed)
    assert [
        (one["title"], other["title"])
        for one, other in combinations(placed, 2)
        if overlap(one, other)
    ] == []


def test_a_panel_says_what_it_shows_and_in_what_unit(dashboard: Json) -> None:
    for panel in panels(dashboard):
        assert panel["title"], panel
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_queries_of_a_panel_can_be_told_apart(dashboard: Json) -> None:
    for panel in panels(dashboard):
        targets = panel["targets"]
        assert targets, panel["title"]
        assert len({target["refId"] for target in targets}) == len(targets), panel["title"]
        assert all(target["legendFormat"] for target in targets) or panel["type"] == "stat"


def test_every_expression_is_promql_that_names_its_metrics() -> None:
    assert all(metrics(query.expression) for query in queries())


def test_grafana_is_told_how_often_prometheus_scrapes() -> None:
    prometheus = yaml.safe_load((FOLDER / "prometheus/prometheus.yml").read_text())
    source = FOLDER / "grafana/provisioning/datasources/prometheus.yml"
    (grafana,) = yaml.safe_load(source.read_text())["datasources"]

    assert grafana["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
