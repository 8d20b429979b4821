"""Alerts have labels, annotations, a runbook section and tests."""

import re
from collections.abc import Iterator

import pytest
import yaml

from calendar_observability import FOLDER
from calendar_observability.dashboards import queries
from calendar_observability.expressions import metrics
from calendar_observability.rules import Alert, alerts, recordings

RUNBOOK = FOLDER.parents[1] / "docs/runbook.md"
RELIABILITY = FOLDER.parents[1] / "docs/reliability.md"
ALERTS = alerts()


def verdicts(name: str) -> Iterator[bool]:
    """Yield whether the alert is expected to fire, for each check in the promtool tests."""
    for path in FOLDER.glob("prometheus/tests/*.yml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for check in test.get("alert_rule_test", []):
                if check["alertname"] == name:
                    yield bool(check["exp_alerts"])


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_alert_has_severity_and_annotations(alert: Alert) -> None:
    # The prefix distinguishes the alerts in a shared Prometheus.
    assert alert.name.startswith("Calendar")
    assert alert.labels["severity"] in {"page", "ticket"}
    assert alert.annotations.keys() == {"summary", "description", "runbook_url"}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_alert_links_to_a_section_of_the_runbook(alert: Alert) -> None:
    base, _, anchor = alert.annotations["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", RUNBOOK.read_text(), re.MULTILINE)

    assert base == "{{ $externalLabels.calendar_runbook }}"
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_base_of_the_links_is_the_url_of_the_runbook() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus/prometheus.yml").read_text())

    url = configuration["global"]["external_labels"]["calendar_runbook"]

    assert url.startswith("https://")
    assert url.endswith(f"/blob/main/{RUNBOOK.relative_to(RUNBOOK.parents[1])}")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_alert_is_tested_firing_and_not_firing(alert: Alert) -> None:
    assert {*verdicts(alert.name)} == {True, False}


def test_runbook_sections_match_alerts() -> None:
    sections = re.findall(r"^### (\S+)\n\n\*\*(\w+)\.\*\*", RUNBOOK.read_text(), re.MULTILINE)
    severities = [(alert.name, alert.labels["severity"].title()) for alert in ALERTS]

    assert sorted(sections) == sorted(severities)


def test_runbook_sections_have_the_expected_form() -> None:
    text = RUNBOOK.read_text()

    assert text.count("\n### ") == len(ALERTS)
    assert text.count("**Look.**") == text.count("**Do.**") == len(ALERTS)


def test_metrics_in_the_reliability_report_are_those_of_the_alerts() -> None:
    pairs = re.findall(r"`(calendar_\w+)[^`]*`[^|`]*\((?:alert )?(\w+)\)", RELIABILITY.read_text())
    alert_metrics = {alert.name: metrics(*_with_recordings(alert.expression)) for alert in ALERTS}

    assert len(pairs) >= 4
    for metric, alert in pairs:
        assert metric in alert_metrics[alert]


def _with_recordings(expression: str) -> Iterator[str]:
    """Yield the expression and those of the recording rules that it uses."""
    yield expression
    for recording in recordings():
        if recording.name in expression:
            yield recording.expression


def test_recordings_are_used() -> None:
    used = metrics(
        *(alert.expression for alert in ALERTS), *(query.expression for query in queries())
    )

    assert {each.name for each in recordings()} - used == set()
