"""The chart uses the rules and dashboards of compose."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from tests.unit.manifests import of_kind, the
from tests.unit.setups import SETUPS

from calendar_helm.rendering import CHART, render

OBSERVABILITY = Path(__file__).parents[3] / "observability"
RULES = sorted((OBSERVABILITY / "prometheus/rules").iterdir())
DASHBOARDS = sorted((OBSERVABILITY / "grafana/dashboards").iterdir())
JOBS = {"calendar-api", "calendar-scheduler", "calendar-storer"}


PROMETHEUS = yaml.safe_load((OBSERVABILITY / "prometheus/prometheus.yml").read_text())


@pytest.mark.parametrize("runbook", [None, "https://wiki.example.com/runbook?page=calendar"])
def test_the_rules_are_those_of_compose(runbook: str | None) -> None:
    values = copy.deepcopy(dict(SETUPS["watched"]))
    if runbook:
        values["monitoring"]["prometheusRule"]["runbookUrl"] = runbook
    [rule] = of_kind(render(values), "PrometheusRule")

    url = runbook or PROMETHEUS["global"]["external_labels"]["calendar_runbook"]
    text = [
        path.read_text().replace("{{ $externalLabels.calendar_runbook }}", url) for path in RULES
    ]
    groups = [group for each in text for group in yaml.safe_load(each)["groups"]]
    assert groups
    assert f"{url}#calendarserviceabsent" in json.dumps(groups)
    assert rule["spec"]["groups"] == groups


def test_the_dashboards_are_those_of_compose() -> None:
    dashboards = the(render(SETUPS["watched"]), "ConfigMap", "dashboards")

    assert dashboards["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboards["metadata"]["annotations"] == {"grafana_folder": "Calendar"}
    assert {name: json.loads(text) for name, text in dashboards["data"].items()} == {
        f"calendar-{path.name}": json.loads(path.read_text()) for path in DASHBOARDS
    }


@pytest.mark.parametrize("release", ["calendar", "other"])
def test_jobs_have_the_names_in_the_rules(release: str) -> None:
    manifests = render(SETUPS["watched"], release=release)
    monitors = of_kind(manifests, "ServiceMonitor")

    named = {
        relabeling["replacement"]
        for monitor in monitors
        for endpoint in monitor["spec"]["endpoints"]
        for relabeling in endpoint["relabelings"]
        if relabeling["targetLabel"] == "job"
    }

    assert named == JOBS
    assert {each["job_name"] for each in PROMETHEUS["scrape_configs"]} >= JOBS
    for monitor in monitors:
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        chosen = monitor["spec"]["selector"]["matchLabels"].items()
        services = [
            each
            for each in of_kind(manifests, "Service")
            if chosen <= each["metadata"]["labels"].items()
        ]
        assert len(services) == 1


def test_chart_files_are_links() -> None:
    links = {path.name: path.resolve() for path in (CHART / "files").iterdir() if path.is_symlink()}

    assert links == {
        "dashboards": OBSERVABILITY / "grafana/dashboards",
        "kafka": OBSERVABILITY.parent / "compose/kafka",
        "rules": OBSERVABILITY / "prometheus/rules",
    }
    assert {path.name for path in (CHART / "files").iterdir()} == links.keys()
