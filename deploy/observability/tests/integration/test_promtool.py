"""Prometheus' own tool takes the configuration, and the alerts' tests pass."""

import subprocess
from collections.abc import Sequence

from calendar_observability import FOLDER


def run(command: Sequence[str]) -> None:
    ended = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_configuration_and_its_rules_are_valid(promtool: list[str]) -> None:
    run([*promtool, "check", "config", "prometheus/prometheus.yml"])


def test_every_alert_fires_when_it_should_and_only_then(promtool: list[str]) -> None:
    tests = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("prometheus/tests/*.yml"))

    assert tests
    run([*promtool, "test", "rules", *tests])
