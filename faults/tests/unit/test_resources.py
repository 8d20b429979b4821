"""Growth is reported, and only growth: not the restart of a process."""

import random
from collections.abc import Callable, Iterator

import pytest

from calendar_faults.resources import LIMITS, MIN_SECONDS, Sample, growth, summary

Value = Callable[[float, float], float]
"""Of the seconds of the run, and of the process's age."""


def series(
    value: Value,
    *,
    owner: str = "storer",
    resource: str = "memory",
    seconds: float = 3600,
    restarted_every: float = 10**6,
) -> Iterator[Sample]:
    """A sample every 20 seconds, with some noise."""
    rng = random.Random(1)
    for at in range(20, int(seconds), 20):
        age = at % restarted_every
        noise = rng.uniform(-3, 3) if resource != "row" else 0
        yield Sample(owner, resource, value(at, age) + noise, at, age)


def constant(_at: float, _age: float) -> float:
    return 60


def test_a_constant_is_not_reported() -> None:
    assert growth(series(constant)) == []


def test_a_leak_is_reported() -> None:
    [sentence] = growth(series(lambda at, _: 60 + at / 60))

    assert sentence.startswith("storer, memory: grew from 67 to 113 MiB")
    assert sentence.endswith("quarter of the run, limit 16 more")


def test_a_leak_of_a_process_that_is_often_killed_is_reported() -> None:
    [sentence] = growth(series(lambda _, age: 60 + age / 10, restarted_every=600))

    assert "by a process's age" in sentence


def test_the_warm_up_of_a_process_is_not_reported() -> None:
    assert growth(series(lambda _, age: 55 + min(10, age / 30), restarted_every=240)) == []


def test_a_single_outlier_is_reported_only_above_the_ceiling() -> None:
    below, above = (Sample("storer", "memory", value, 1234, 1234) for value in (127, 129))

    assert growth([*series(constant), below]) == []
    assert growth([*series(constant), above]) == ["storer, memory: 129 MiB after 1234 s, limit 128"]


@pytest.mark.parametrize("resource", LIMITS)
def test_each_resource_may_grow_within_its_slack(resource: str) -> None:
    limit = LIMITS[resource]

    def growing(slacks: float) -> Iterator[Sample]:
        return series(
            lambda at, _: limit.ceiling / 2 + slacks * limit.slack * at / 3600, resource=resource
        )

    assert growth(growing(2))
    assert growth(growing(1 / 3)) == []


def test_a_short_run_is_checked_for_ceilings_only() -> None:
    assert growth(series(lambda at, _: 60 + at / 4, seconds=MIN_SECONDS)) == []
    assert growth(series(lambda at, _: 120 + at / 4, seconds=MIN_SECONDS))


def test_each_owner_is_checked_alone() -> None:
    early = (Sample("api", "memory", 60, at, at) for at in range(0, 1800, 20))
    late = (Sample("storer", "memory", 120, at, at) for at in range(1800, 3600, 20))

    assert growth([*early, *late]) == []


def test_the_summary_has_a_line_for_each_resource() -> None:
    text = summary([*series(constant), *series(constant, owner="reminders", resource="table")])

    assert [line.split()[:2] for line in text.splitlines()] == [
        ["storer", "memory"],
        ["reminders", "table"],
    ]
    assert "at most (MiB)" in text
