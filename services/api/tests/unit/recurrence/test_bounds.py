"""No rule, however it is written, takes many steps: counted, not timed."""

import os
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final

import pytest
from tests.unit.recurrence.series import series, utc

from calendar_api.recurrence import expansion, pattern
from calendar_api.recurrence import series as series_module
from calendar_api.recurrence.errors import RecurrenceError, RuleError
from calendar_api.recurrence.parsing import parse
from calendar_api.recurrence.rule import WEEKDAYS
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import FIRST_INSTANT, to_instant
from calendar_api.recurrence.years import YearShape, shape_of
from calendar_api.zones import ZoneInfo

ALL_YEARS: Final = 10_000
HOSTILE_RULES: Final = 10_000 if os.environ.get("WEEKLY") else 500


class Steps:
    """Counts the years that are looked at and the instants that are worked out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.years = self.instants = 0

        def counted_shape(year: int) -> YearShape:
            self.years += 1
            return shape_of(year)

        def counted_instant(local: date, zone: ZoneInfo) -> datetime | None:
            self.instants += 1
            return to_instant(local, zone)

        monkeypatch.setattr(expansion, "shape_of", counted_shape)
        monkeypatch.setattr(series_module, "to_instant", counted_instant)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "FREQ=DAILY;BYMONTH=1,11,12",
        "FREQ=MONTHLY;BYMONTHDAY=1,28",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
        "FREQ=YEARLY;BYWEEKNO=1,48;BYDAY=MO,TU,WE,TH,FR,SA,SU",
    ],
)
def test_a_day_costs_the_same_however_old_the_series_is(rule: str, steps: Steps) -> None:
    a_series = series("0001-01-01T09:00", rule)
    steps.instants = steps.years = 0

    list(a_series.between(utc("9000-11-28T00:00"), utc("9000-11-29T00:00")))

    assert steps.instants <= 2
    assert steps.years <= 3


def test_the_next_occurrence_is_found_without_those_before(steps: Steps) -> None:
    a_series = series("0001-01-31T09:00", "FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=-1")
    steps.instants = steps.years = 0

    next(a_series.after(utc("9000-11-28T00:00")))

    assert steps.instants <= 4
    assert steps.years <= 2


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;INTERVAL=13;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=400;BYYEARDAY=366",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=2",
        "FREQ=YEARLY;INTERVAL=400;BYWEEKNO=53;BYDAY=MO",
        "FREQ=YEARLY;BYWEEKNO=1;BYYEARDAY=20",
        "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=32",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTHDAY=1",
        "FREQ=YEARLY;BYYEARDAY=1,-1;BYSETPOS=3",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTH=1,2,3;BYSETPOS=366",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=994;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=-2",
    ],
)
def test_a_rule_without_any_occurrence_is_refused_soon(rule: str, steps: Steps) -> None:
    # A Wednesday, in an odd year of 52 weeks.
    start = "2025-01-01T09:00"

    with pytest.raises(RuleError) as refusal:
        series(start, rule, dates=start)

    assert refusal.value.part == "RRULE"
    assert steps.years <= ALL_YEARS / 2


def hostile_rule(random: Random) -> str:
    """A rule that names few days, or none, or many of a rare kind."""

    def numbers(limit: int) -> str:
        count = random.choice([1, 1, 2, 3, 12])
        return ",".join(
            str(random.choice([-1, 1]) * random.randint(1, limit)) for _ in range(count)
        )

    frequency = random.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    interval = random.choice([1, 1, 2, 7, 12, 25, 27, 51, 53, 365, 366, 400, 773, 999])
    weekdays = random.sample(WEEKDAYS, random.randint(1, 7))
    parts = [f"FREQ={frequency};INTERVAL={interval};WKST={random.choice(WEEKDAYS)}"]
    if random.random() < 0.6:
        parts.append("BYMONTH=" + random.choice(["2", "2", "2,4", "1,2,3,4,5,6,7,8,9,10,11"]))
    if frequency != "WEEKLY" and random.random() < 0.6:
        parts.append("BYMONTHDAY=" + random.choice(["29", "-29", "30", "31", numbers(31)]))
    if frequency == "YEARLY" and random.random() < 0.4:
        parts.append("BYYEARDAY=" + random.choice(["366", "-366", numbers(366)]))
    weeks = frequency == "YEARLY" and random.random() < 0.4
    if weeks:
        parts.append("BYWEEKNO=" + random.choice(["53", "-53", "1,53", numbers(53)]))
    if random.random() < 0.6:
        if frequency in {"MONTHLY", "YEARLY"} and not weeks and random.random() < 0.5:
            weekdays = [f"{random.choice([-53, -5, 5, 53])}{day}" for day in weekdays]
        parts.append("BYDAY=" + ",".join(weekdays))
    if len(parts) > 1 and random.random() < 0.4:
        parts.append("BYSETPOS=" + random.choice(["366", "-366", "5", "1", numbers(366)]))
    if random.random() < 0.7:
        parts.append("COUNT=10000")
    return ";".join(parts)


@pytest.mark.timeout(600)
def test_hostile_rules_take_few_steps(steps: Steps) -> None:
    random = Random(1)
    start = date(2024, 2, 29)
    accepted = 0
    for _ in range(HOSTILE_RULES):
        rule = hostile_rule(random)
        begin = start.replace(year=random.choice([4, 2024]))
        steps.years = steps.instants = 0
        try:
            a_series = Series.create(
                start=begin,
                zone=ZoneInfo("Europe/Berlin"),
                duration=timedelta(days=1),
                rule=parse(rule),
                dates=[begin],
            )
        except RecurrenceError:
            pass
        else:
            accepted += 1
            list(islice(a_series.after(FIRST_INSTANT), 3))
            list(a_series.between(utc("2026-11-01T00:00"), utc("2026-12-01T00:00")))
        # Looking for the first day, for the last one and for the next ones.
        assert steps.years <= 3 * ALL_YEARS, rule
        assert steps.instants <= 100, rule
    assert HOSTILE_RULES / 4 < accepted < HOSTILE_RULES


def test_what_is_remembered_is_bounded() -> None:
    functions = (parse, pattern.pattern_of, pattern.days_of_year)

    for function in functions:
        limit = function.cache_info().maxsize
        assert limit is not None
        assert limit <= 2_000
