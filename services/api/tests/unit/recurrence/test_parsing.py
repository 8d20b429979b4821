"""Rules as text: what is read, what is refused and for which part, and the canonical form."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.recurrence.rules import rules

from calendar_api.recurrence.errors import RuleError
from calendar_api.recurrence.parsing import MAX_LENGTH, parse
from calendar_api.recurrence.rule import ByDay, Frequency, Rule


def test_every_part_is_read() -> None:
    rule = parse(
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,12;BYWEEKNO=1,-53;BYYEARDAY=366,-1"
        ";BYMONTHDAY=31,-31;BYDAY=SU,MO;BYSETPOS=1,-366;WKST=SU"
    )

    assert rule == Rule(
        frequency=Frequency.YEARLY,
        interval=2,
        count=10,
        months=(1, 12),
        week_numbers=(-53, 1),
        year_days=(-1, 366),
        month_days=(-31, 31),
        weekdays=(ByDay(0, 0), ByDay(0, 6)),
        positions=(-366, 1),
        week_start=6,
    )


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("20261231", date(2026, 12, 31)),
        ("20261231T090000", datetime(2026, 12, 31, 9)),  # noqa: DTZ001 (a wall time)
        ("20261231T090000Z", datetime(2026, 12, 31, 9, tzinfo=UTC)),
        ("20261231t090000z", datetime(2026, 12, 31, 9, tzinfo=UTC)),
    ],
)
def test_until_is_a_date_a_wall_time_or_an_instant(text: str, until: date) -> None:
    assert parse(f"FREQ=DAILY;UNTIL={text}").until == until


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("byday=mo,we;freq=weekly", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("FREQ=WEEKLY;WKST=MO;INTERVAL=1", "FREQ=WEEKLY"),
        ("INTERVAL=02;FREQ=DAILY", "FREQ=DAILY;INTERVAL=2"),
        ("FREQ=MONTHLY;BYDAY=+2MO,-1fr,FR,FR", "FREQ=MONTHLY;BYDAY=-1FR,FR,2MO"),
        ("FREQ=MONTHLY;BYMONTHDAY=15,+1,15", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
        ("UNTIL=20261231;FREQ=DAILY", "FREQ=DAILY;UNTIL=20261231"),
        ("FREQ=DAILY;UNTIL=00011231T090000Z", "FREQ=DAILY;UNTIL=00011231T090000Z"),
        ("FREQ=DAILY;UNTIL=20261231T090000", "FREQ=DAILY;UNTIL=20261231T090000"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


@given(rules(), st.none() | st.integers(1, 10_000))
def test_the_canonical_text_is_read_as_the_same_rule(rule: Rule, count: int | None) -> None:
    text = str(rule) + ("" if count is None else f";COUNT={count}")

    assert str(parse(text.lower())) == str(parse(text))
    assert parse(str(rule)) == rule


REFUSED = [
    ("", "RRULE"),
    ("RRULE:FREQ=DAILY", "RRULE:FREQ"),
    ("INTERVAL=2", "FREQ"),
    ("FREQ=HOURLY", "FREQ"),
    ("FREQ=", "FREQ"),
    ("FREQ=DAILY;", "RRULE"),
    ("FREQ=DAILY;;COUNT=2", "RRULE"),
    ("FREQ=DAILY;=2", "RRULE"),
    ("FREQ=DAILY;COUNT", "COUNT"),
    ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
    ("FREQ=DAILY;COUNT=2;COUNT=2", "COUNT"),
    ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
    ("FREQ=DAILY;BYMINUTE=9", "BYMINUTE"),
    ("FREQ=DAILY;BYSECOND=9", "BYSECOND"),
    ("FREQ=DAILY;BYEASTER=0", "BYEASTER"),
    ("FREQ=DAILY;X-PART=1", "X-PART"),
    ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD", "RSCALE"),
    ("FREQ = DAILY", "FREQ "),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=1000", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=" + "9" * 400, "INTERVAL"),
    ("FREQ=DAILY;COUNT=0", "COUNT"),
    ("FREQ=DAILY;COUNT=10001", "COUNT"),
    ("FREQ=DAILY;COUNT=", "COUNT"),
    ("FREQ=DAILY;COUNT=2;UNTIL=20261231", "UNTIL"),
    ("FREQ=DAILY;UNTIL=", "UNTIL"),
    ("FREQ=DAILY;UNTIL=2026-12-31", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
    ("FREQ=DAILY;UNTIL=00000101", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20261231T240000Z", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20261231T235960Z", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20261231T0900Z", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20261231T090000+0100", "UNTIL"),
    ("FREQ=DAILY;BYMONTH=0", "BYMONTH"),
    ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
    ("FREQ=DAILY;BYMONTH=-1", "BYMONTH"),
    ("FREQ=DAILY;BYMONTH=+1", "BYMONTH"),
    ("FREQ=DAILY;BYMONTH=1,", "BYMONTH"),
    ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
    ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
    ("FREQ=MONTHLY;BYMONTHDAY=--1", "BYMONTHDAY"),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
    ("FREQ=YEARLY;BYYEARDAY=0", "BYYEARDAY"),
    ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY"),
    ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY"),
    ("FREQ=WEEKLY;BYYEARDAY=1", "BYYEARDAY"),
    ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"),
    ("FREQ=YEARLY;BYWEEKNO=0", "BYWEEKNO"),
    ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
    ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
    ("FREQ=WEEKLY;BYDAY=", "BYDAY"),
    ("FREQ=WEEKLY;BYDAY=MO,,TU", "BYDAY"),
    ("FREQ=WEEKLY;BYDAY=MONDAY", "BYDAY"),
    ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
    ("FREQ=DAILY;BYDAY=-1MO", "BYDAY"),
    ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
    ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY"),
    ("FREQ=MONTHLY;BYDAY=MO1", "BYDAY"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY"),
    ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS"),
    ("FREQ=WEEKLY;WKST=XX", "WKST"),
    ("FREQ=WEEKLY;WKST=MO,TU", "WKST"),
    # Letters that become S and I in upper case, and digits that are not ASCII.
    ("FREQ=WEEKLY;BYDAY=ſU", "RRULE"),
    ("FREQ=DAıLY", "RRULE"),
    ("FREQ=DAILY;COUNT=٣", "RRULE"),
    ("FREQ=DAILY\n", "FREQ"),
    ("FREQ=DAILY;COUNT=2\n", "COUNT"),
    ("FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 300), "RRULE"),
]


@pytest.mark.parametrize(("text", "part"), REFUSED)
def test_refusals_name_the_part(text: str, part: str) -> None:
    with pytest.raises(RuleError) as refusal:
        parse(text)

    assert refusal.value.part == part.upper()
    assert str(refusal.value) == f"{refusal.value.part} {refusal.value.sentence}"


def test_the_longest_text_is_read() -> None:
    text = "FREQ=MONTHLY;BYMONTHDAY=1"

    assert parse(text + ",1" * ((MAX_LENGTH - len(text)) // 2)) == parse(text)


@given(st.text(alphabet="FREQ=DAILYBYMONTHDAYUNTILCOUNT;,-+0123456789ZTW", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(RuleError):
        assert parse(str(parse(f"FREQ=YEARLY;{text}"))) == parse(f"FREQ=YEARLY;{text}")
