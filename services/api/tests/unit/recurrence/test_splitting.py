"""Splitting a series in two, and IDs that follow a series whose start or rule has changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.recurrence.series import all_of, ids, local, locals_, series, utc

from calendar_api.recurrence.series import Series
from calendar_api.recurrence.splitting import follow_by_date, split
from calendar_api.recurrence.wall_time import FIRST_INSTANT


def rules_of(before: Series | None, after: Series) -> tuple[str, str]:
    assert before is not None
    return str(before.rule), str(after.rule)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("FREQ=DAILY;COUNT=5", "FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=3"),
        ("FREQ=DAILY", "FREQ=DAILY;UNTIL=20260106", "FREQ=DAILY"),
        (
            "FREQ=DAILY;UNTIL=20260110",
            "FREQ=DAILY;UNTIL=20260106",
            "FREQ=DAILY;UNTIL=20260110",
        ),
    ],
)
def test_the_rule_is_shared_out(rule: str, before: str, after: str) -> None:
    a_series = series("2026-01-05T09:00", rule)

    assert rules_of(*split(a_series, local("2026-01-07T09:00"))) == (before, after)


def test_a_rule_that_has_ended_before_is_not_extended() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;UNTIL=20260107", dates="2026-02-01T14:00")

    before, after = split(a_series, local("2026-02-01T14:00"))

    assert before is not None
    assert before.rule == a_series.rule
    assert ids(all_of(before)) == locals_("2026-01-05T09:00 2026-01-06T09:00 2026-01-07T09:00")
    assert ids(all_of(after)) == locals_("2026-02-01T14:00")


def test_dates_before_the_start_are_a_series_with_a_start_of_their_own() -> None:
    a_series = series(
        "2026-01-05T09:00", "FREQ=DAILY;COUNT=2", dates="2026-01-02T10:00 2026-01-01T08:00"
    )

    before, after = split(a_series, local("2026-01-05T09:00"))

    assert before is not None
    assert before.start == local("2026-01-01T08:00")
    assert ids(all_of(before)) == locals_("2026-01-01T08:00 2026-01-02T10:00")
    assert after == series("2026-01-05T09:00", "FREQ=DAILY;COUNT=2")


def test_the_later_part_starts_with_an_occurrence_that_can_take_place() -> None:
    # The rule's last one would end after the year 9999.
    a_series = series("9999-12-29T23:30", "FREQ=DAILY", dates="9999-12-31T10:00")

    _, after = split(a_series, local("9999-12-31T10:00"))

    assert after.start == local("9999-12-31T10:00")
    assert after.rule is None


def test_count_includes_excluded_occurrences() -> None:
    a_series = series(
        "2026-01-05T09:00", "FREQ=DAILY;COUNT=5", excluded="2026-01-05T09:00 2026-01-08T09:00"
    )

    before, after = split(a_series, local("2026-01-07T09:00"))

    assert before is not None
    assert ids(all_of(before)) == locals_("2026-01-06T09:00")
    assert ids(all_of(after)) == locals_("2026-01-07T09:00 2026-01-09T09:00")


@pytest.mark.parametrize("excluded", ["", "2026-01-05T09:00"])
def test_nothing_may_be_left_before(excluded: str) -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=5", excluded=excluded)
    first = a_series.first()
    assert first is not None

    before, after = split(a_series, first.recurrence_id)

    assert before is None
    assert list(all_of(after)) == list(all_of(a_series))


@pytest.mark.parametrize(
    "at", ["2026-01-07T10:00", "2026-01-10T09:00", "2026-01-06T09:00", "2026-01-07"]
)
def test_a_series_is_split_at_an_occurrence_only(at: str) -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=5", excluded="2026-01-06T09:00")

    with pytest.raises(LookupError):
        split(a_series, local(at))


def test_at_an_additional_date_the_rule_goes_on_by_its_own_time() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=4", dates="2026-01-06T14:00")

    before, after = split(a_series, local("2026-01-06T14:00"))

    assert rules_of(before, after) == ("FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=2")
    assert after.start == local("2026-01-07T09:00")
    assert ids(all_of(after)) == locals_("2026-01-06T14:00 2026-01-07T09:00 2026-01-08T09:00")


def test_at_an_additional_date_what_the_rule_has_earlier_on_that_day_stays() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY", dates="2026-01-06T14:00")

    before, after = split(a_series, local("2026-01-06T14:00"))

    assert before is not None
    assert ids(all_of(before)) == locals_("2026-01-05T09:00 2026-01-06T09:00")
    assert after.start == local("2026-01-07T09:00")


def test_after_the_rule_has_ended_only_dates_are_left() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=2", dates="2026-02-01T14:00")

    before, after = split(a_series, local("2026-02-01T14:00"))

    assert before is not None
    assert ids(all_of(before)) == locals_("2026-01-05T09:00 2026-01-06T09:00")
    assert after.rule is None
    assert ids(all_of(after)) == locals_("2026-02-01T14:00")


HORIZON = utc("2040-01-01T00:00")
RULES = [
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH,SU;WKST=SU",
    "FREQ=MONTHLY;INTERVAL=5;BYDAY=MO,2TH",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1",
    "FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=5,6",
    "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1,2,53;BYDAY=MO,SU",
    "FREQ=YEARLY;INTERVAL=2;BYYEARDAY=5,100,-1",
]


@given(st.sampled_from(RULES), st.sampled_from(["", ";COUNT=25", ";UNTIL=20350101"]), st.data())
def test_both_parts_together_are_the_whole(rule: str, end: str, data: st.DataObject) -> None:
    start, zone = "2026-01-05T09:00", "America/New_York"
    dates = f"{start} 2026-01-05T17:00 2027-03-14T02:30 2028-01-01T09:00 2031-05-01T12:00"
    a_series = series(start, rule + end, zone, dates=dates, excluded="2026-01-05T17:00")
    whole = list(a_series.between(FIRST_INSTANT, HORIZON))
    at = data.draw(st.sampled_from(whole))

    before, after = split(a_series, at.recurrence_id)

    left = list(all_of(before)) if before else []
    assert left + list(after.between(FIRST_INSTANT, HORIZON)) == whole
    assert all(one < at for one in left)


def test_ids_follow_by_date_when_the_hour_changes() -> None:
    later = series("2026-01-05T11:00", "FREQ=WEEKLY;BYDAY=MO,WE", dates="2026-01-06T08:00")

    follows = follow_by_date(
        locals_("2026-01-07T09:00 2026-01-12T09:00 2026-01-13T09:00 2026-01-06T08:00"), later
    )

    assert follows == {
        local("2026-01-07T09:00"): local("2026-01-07T11:00"),
        local("2026-01-12T09:00"): local("2026-01-12T11:00"),
        local("2026-01-06T08:00"): local("2026-01-06T08:00"),
    }


def test_ids_follow_by_date_between_timed_and_all_day() -> None:
    all_day = series("2026-01-05", "FREQ=DAILY")

    follows = follow_by_date(locals_("2026-01-07T09:00"), all_day)

    assert follows == {local("2026-01-07T09:00"): local("2026-01-07")}


def test_an_id_of_the_new_series_stays_where_a_date_has_several() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY", dates="2026-01-07T14:00")
    old = locals_("2026-01-07T14:00 2026-01-07T09:00")

    assert follow_by_date(old, a_series) == {one: one for one in old}
