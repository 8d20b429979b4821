"""Alerts are of use to whoever is woken by them, and are tested both ways."""

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
    """Whether the alert fires, in each place where promtool's tests look."""
    for path in FOLDER.glob("prometheus/tests/*.yml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for look in test.get("alert_rule_test", []):
                if look["alertname"] == name:
                    yield bool(look["exp_alerts"])


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_says_what_is_wrong_and_where_to_read_on(alert: Alert) -> None:
    # The prefix tells whose alert it is where one Prometheus watches many systems.
    assert alert.name.startswith("Calendar")
    assert alert.labels["severity"] in {"page", "ticket"}
    assert alert.annotations.keys() == {"summary", "description", "runbook_url"}
    assert alert.annotations["runbook_url"] == f"docs/runbook.md#{alert.name.lower()}"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_is_shown_to_fire_and_not_to_fire(alert: Alert) -> None:
    assert {*verdicts(alert.name)} == {True, False}


def test_the_runbook_has_a_section_for_each_alert_and_for_nothing_else() -> None:
    sections = re.findall(r"^### (\S+)\n\n\*\*(\w+)\.\*\*", RUNBOOK.read_text(), re.MULTILINE)
    severities = [(alert.name, alert.labels["severity"].title()) for alert in ALERTS]

    assert sorted(sections) == sorted(severities)


def test_no_section_of_the_runbook_escapes_that_test() -> None:
    text = RUNBOOK.read_text()

    assert text.count("\n### ") == len(ALERTS)
    assert text.count("**Look.**") == text.count("**Do.**") == len(ALERTS)


def test_what_the_fault_suite_looks_at_is_what_the_alerts_look_at() -> None:
    pairs = re.findall(r"`(calendar_\w+)[^`]*`[^|`]*\((?:alert )?(\w+)\)", RELIABILITY.read_text())
    looked_at = {alert.name: metrics(*_unfolded(alert.expression)) for alert in ALERTS}

    assert len(pairs) >= 4
    for metric, alert in pairs:
        assert metric in looked_at[alert]


def _unfolded(expression: str) -> Iterator[str]:
    """The expression, and those of the figures that it reads."""
    yield expression
    for recording in recordings():
        if recording.name in expression:
            yield recording.expression


def test_every_recorded_figure_is_used() -> None:
    used = metrics(
        *(alert.expression for alert in ALERTS), *(query.expression for query in queries())
    )

    assert {each.name for each in recordings()} - used == set()
