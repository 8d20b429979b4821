"""promtool accepts the configuration, and the rule tests pass."""

import subprocess
from collections.abc import Sequence

from calendar_observability import FOLDER


def run(command: Sequence[str]) -> None:
    result = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_configuration_is_valid(promtool: list[str]) -> None:
    run([*promtool, "check", "config", "prometheus/prometheus.yml"])


def test_rule_tests_pass(promtool: list[str]) -> None:
    tests = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("prometheus/tests/*.yml"))

    assert tests
    run([*promtool, "test", "rules", *tests])
