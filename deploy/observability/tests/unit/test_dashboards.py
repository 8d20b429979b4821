"""Errors in dashboards that Grafana does not report."""

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


def test_dashboards_have_unique_ids_and_titles() -> None:
    documents = [json.loads(path.read_text()) for path in files()]

    assert {document["uid"] for document in documents} == {"calendar-users", "calendar-reminders"}
    assert len({document["title"] for document in documents}) == len(documents)


def test_dashboard_has_the_tested_schema(dashboard: Json) -> None:
    assert dashboard["schemaVersion"] == 42
    # Grafana assigns the ID.
    assert "id" not in dashboard
    # The dashboards link to each other by tag.
    assert dashboard["tags"] == ["calendar"]


def test_data_source_is_a_variable(dashboard: Json) -> None:
    (variable,) = dashboard["templating"]["list"]

    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert all(panel["datasource"] == ANY_PROMETHEUS for panel in panels(dashboard))


def test_panels_do_not_overlap(dashboard: Json) -> None:
    placed = dashboard["panels"]

    assert len({panel["id"] for panel in placed}) == len(placed)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS for panel in placed)
    assert [
        (one["title"], other["title"])
        for one, other in combinations(placed, 2)
        if overlap(one, other)
    ] == []


def test_panel_has_title_description_and_unit(dashboard: Json) -> None:
    for panel in panels(dashboard):
        assert panel["title"], panel
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_queries_have_unique_references_and_legends(dashboard: Json) -> None:
    for panel in panels(dashboard):
        targets = panel["targets"]
        assert targets, panel["title"]
        assert len({target["refId"] for target in targets}) == len(targets), panel["title"]
        assert all(target["legendFormat"] for target in targets) or panel["type"] == "stat"


def test_expressions_name_their_metrics() -> None:
    assert all(metrics(query.expression) for query in queries())


def test_grafana_has_the_scrape_interval() -> None:
    prometheus = yaml.safe_load((FOLDER / "prometheus/prometheus.yml").read_text())
    source = FOLDER / "grafana/provisioning/datasources/prometheus.yml"
    (grafana,) = yaml.safe_load(source.read_text())["datasources"]

    assert grafana["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
