"""Two hundred rules and their days; `rules.txt` has them, a line each."""

from pathlib import Path

import pytest
from tests.unit.recurrence.series import all_of, days, ids, series

from calendar_api.recurrence.wall_time import date_of

LINES = Path(__file__).with_name("rules.txt").read_text(encoding="ascii").splitlines()
RULES = [tuple(line.split(" ", 2)) for line in LINES if line and not line.startswith("#")]


@pytest.mark.parametrize(("start", "rule", "expected"), RULES)
def test_the_days_of_a_rule(start: str, rule: str, expected: str) -> None:
    found = [date_of(local) for local in ids(all_of(series(start, rule)))]
    assert found == days(expected)
