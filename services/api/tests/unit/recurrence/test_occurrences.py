"""The occurrences of particular series: start, rule and zone in, IDs and instants out."""

from datetime import timedelta
from itertools import islice

import pytest
from tests.unit.recurrence.series import (
    all_of,
    days,
    ids,
    locals_,
    series,
    starts,
    utc,
)

from calendar_api.recurrence.wall_time import FIRST_INSTANT

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"

# Start, zone, rule; the instants of all occurrences.
INSTANTS = [
    (
        ("2026-01-31T10:00", BERLIN, "FREQ=MONTHLY;COUNT=7"),
        (
            "2026-01-31T09:00 2026-03-31T08:00 2026-05-31T08:00 2026-07-31T08:00 2026-08-31T08:00"
            " 2026-10-31T09:00 2026-12-31T09:00"
        ),
    ),
    (
        ("2096-02-29T12:00", "UTC", "FREQ=YEARLY;COUNT=3"),
        "2096-02-29T12:00 2104-02-29T12:00 2108-02-29T12:00",
    ),
    (
        ("2026-01-30T17:00", NEW_YORK, "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5"),
        "2026-01-30T22:00 2026-02-27T22:00 2026-03-27T21:00 2026-04-24T21:00 2026-05-29T21:00",
    ),
    (
        (
            "2026-01-02T09:00",
            "UTC",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,-2;COUNT=5",
        ),
        "2026-01-02T09:00 2026-01-29T09:00 2026-02-03T09:00 2026-02-26T09:00 2026-03-03T09:00",
    ),
    (
        ("2026-01-05T09:00", "UTC", "FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=6"),
        (
            "2026-01-05T09:00 2026-01-12T09:00 2026-01-13T09:00 2026-01-19T09:00 2026-01-26T09:00"
            " 2026-02-02T09:00"
        ),
    ),
    (
        ("2013-01-08T00:00", "UTC", "FREQ=YEARLY;BYWEEKNO=1,2;UNTIL=20170101T000000Z"),
        (
            "2013-01-08T00:00 2013-12-31T00:00 2014-01-07T00:00 2014-12-30T00:00 2015-01-06T00:00"
            " 2016-01-05T00:00 2016-01-12T00:00"
        ),
    ),
    (
        ("2026-01-01T20:00", BERLIN, "FREQ=DAILY;UNTIL=20260103"),
        "2026-01-01T19:00 2026-01-02T19:00 2026-01-03T19:00",
    ),
    # The 29th at 02:30 does not exist: it is at 03:30.
    (
        ("2026-03-27T02:30", BERLIN, "FREQ=DAILY;COUNT=4"),
        "2026-03-27T01:30 2026-03-28T01:30 2026-03-29T01:30 2026-03-30T00:30",
    ),
    # The 25th has two 02:30.
    (
        ("2026-10-24T02:30", BERLIN, "FREQ=DAILY;COUNT=3"),
        "2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30",
    ),
    # The 24th starts at 01:00.
    (
        ("2026-04-22T00:30", "Africa/Cairo", "FREQ=DAILY;COUNT=4"),
        "2026-04-21T22:30 2026-04-22T22:30 2026-04-23T22:30 2026-04-24T21:30",
    ),
    # 30 December 2011 did not exist.
    (
        ("2011-12-28T09:00", "Pacific/Apia", "FREQ=DAILY;COUNT=5"),
        "2011-12-28T19:00 2011-12-29T19:00 2011-12-30T19:00 2011-12-31T19:00",
    ),
    (
        ("9999-12-10T09:00", "UTC", "FREQ=WEEKLY"),
        "9999-12-10T09:00 9999-12-17T09:00 9999-12-24T09:00 9999-12-31T09:00",
    ),
    # The rules of British Columbia from March 2026 on.
    (("2027-01-15T09:00", "America/Vancouver", "FREQ=WEEKLY;COUNT=1"), "2027-01-15T16:00"),
    # UNTIL in each form; in UTC and as a wall time inclusive to the second.
    (
        ("2026-01-01T20:00", NEW_YORK, "FREQ=DAILY;UNTIL=20260103T010000Z"),
        "2026-01-02T01:00 2026-01-03T01:00",
    ),
    (("2026-01-01T20:00", NEW_YORK, "FREQ=DAILY;UNTIL=20260103T005959Z"), "2026-01-02T01:00"),
    (
        ("2026-01-01T20:00", NEW_YORK, "FREQ=DAILY;UNTIL=20260102T200000"),
        "2026-01-02T01:00 2026-01-03T01:00",
    ),
    (("2026-01-01T20:00", NEW_YORK, "FREQ=DAILY;UNTIL=20260102T195959"), "2026-01-02T01:00"),
    (
        ("2011-12-29T09:00", "Pacific/Apia", "FREQ=DAILY;UNTIL=20111230T190000Z"),
        "2011-12-29T19:00 2011-12-30T19:00",
    ),
    # At 00:01 the clocks went back to 23:01, so that 7 November began before the 6th ended.
    (
        ("2010-11-05T00:00:30", "America/St_Johns", "FREQ=DAILY;UNTIL=20101107T024500Z"),
        "2010-11-05T02:30:30 2010-11-06T02:30:30 2010-11-07T02:30:30",
    ),
    # Midnight of an all-day event, in its zone.
    (
        ("2026-03-28", BERLIN, "FREQ=DAILY;COUNT=3"),
        "2026-03-27T23:00 2026-03-28T23:00 2026-03-29T22:00",
    ),
    (("2026-01-01", NEW_YORK, "FREQ=DAILY;UNTIL=20260102T045959Z"), "2026-01-01T05:00"),
    # What lies outside the years 1 to 9999 in UTC is no occurrence.
    (("9999-12-30T20:00", NEW_YORK, "FREQ=DAILY"), "9999-12-31T01:00"),
    (("9999-12-30T23:30", "UTC", "FREQ=DAILY"), "9999-12-30T23:30"),
    (("0001-01-01T00:00", "UTC", "FREQ=YEARLY;COUNT=2"), "0001-01-01T00:00 0002-01-01T00:00"),
]


@pytest.mark.parametrize(("case", "instants"), INSTANTS)
def test_instants(case: tuple[str, str, str], instants: str) -> None:
    start, zone, rule = case

    assert starts(all_of(series(start, rule, zone))) == [utc(text) for text in instants.split()]


# Start, rule; the dates of the first or all occurrences.
DATES = [
    # Numbered weeks belong to a year of weeks: 2010-01-02 to 2009, 2024-12-31 to 2025.
    (
        ("2010-01-02", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=6;UNTIL=20170101"),
        "2010-01: 2; 2015-12: 29; 2016-01: 2",
    ),
    (("2010-01-02", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=5;UNTIL=20170101"), "2010-01: 2"),
    (
        ("2024-12-31", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;INTERVAL=3;UNTIL=20320101"),
        "2024-12: 31; 2028-01: 3 4; 2030-12: 30 31",
    ),
    (
        ("2027-01-02", "FREQ=YEARLY;BYWEEKNO=-1,-2;COUNT=5"),
        "2027-01: 2; 2027-12: 25; 2028-01: 1; 2028-12: 23 30",
    ),
    (
        ("2018-02-13", "FREQ=YEARLY;BYWEEKNO=6;BYDAY=TU;WKST=TH;COUNT=4"),
        "2018-02: 13; 2019-02: 12; 2020-02: 11; 2021-02: 9",
    ),
    (
        ("2024-12-30", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1,30;BYWEEKNO=1;COUNT=4"),
        "2024-12: 30; 2025-12: 30; 2030-12: 30; 2031-12: 30",
    ),
    (
        ("2025-01-02", "FREQ=YEARLY;BYYEARDAY=2;BYWEEKNO=1;COUNT=3"),
        "2025-01: 2; 2026-01: 2; 2029-01: 2",
    ),
    (
        ("2026-12-30", "FREQ=YEARLY;BYYEARDAY=-2;BYWEEKNO=53;COUNT=3"),
        "2026-12: 30; 2032-12: 30; 2037-12: 30",
    ),
    (
        ("2026-12-30", "FREQ=YEARLY;BYYEARDAY=-2;BYMONTH=12;BYWEEKNO=53;COUNT=3"),
        "2026-12: 30; 2032-12: 30; 2037-12: 30",
    ),
    # Days of these weeks that lie in the year before or after count in that year.
    (
        ("2016-01-01", "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=-366;COUNT=3"),
        "2016-01: 1; 2044-01: 1; 2072-01: 1",
    ),
    (
        ("2024-12-31", "FREQ=YEARLY;BYWEEKNO=1;BYYEARDAY=366;COUNT=3"),
        "2024-12: 31; 2036-12: 31; 2040-12: 31",
    ),
    # What a yearly rule does not say, its start does: here the month.
    (("2024-02-29", "FREQ=YEARLY;BYMONTHDAY=29;COUNT=3"), "2024-02: 29; 2028-02: 29; 2032-02: 29"),
    (
        ("2025-04-09", "FREQ=YEARLY;BYMONTHDAY=8,9;BYDAY=WE,TH;COUNT=4"),
        "2025-04: 9; 2026-04: 8 9; 2027-04: 8",
    ),
    # Numbers before weekdays count in the year, or in the month where BYMONTH is given.
    (
        ("2026-06-01", "FREQ=YEARLY;BYYEARDAY=152,173,251;BYDAY=22MO,26MO,36TU;COUNT=2"),
        "2026-06: 1; 2026-09: 8",
    ),
    (
        ("2026-06-08", "FREQ=YEARLY;BYMONTH=6,9;BYDAY=2MO;COUNT=4"),
        "2026-06: 8; 2026-09: 14; 2027-06: 14; 2027-09: 13",
    ),
    (
        ("2025-12-31", "FREQ=YEARLY;BYYEARDAY=-1,-2;BYDAY=-1WE;COUNT=4"),
        "2025-12: 31; 2026-12: 30; 2031-12: 31; 2036-12: 31",
    ),
    (
        ("2025-01-01", "FREQ=YEARLY;BYDAY=1WE,-1WE,-1SA,6WE,3WE,-3WE;COUNT=7"),
        "2025-01: 1 15; 2025-02: 5; 2025-12: 17 27 31; 2026-01: 7",
    ),
    (
        ("2026-06-01", "FREQ=MONTHLY;BYMONTHDAY=1,8;BYDAY=1MO,2TU;COUNT=3"),
        "2026-06: 1; 2026-09: 8; 2026-12: 8",
    ),
    # BYSETPOS counts in the whole period, also before the start.
    (
        ("2025-01-01", "FREQ=YEARLY;BYDAY=WE;BYSETPOS=1,3,6,-3,-1;COUNT=6"),
        "2025-01: 1 15; 2025-02: 5; 2025-12: 17 31; 2026-01: 7",
    ),
    (("2026-01-06", "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1,2;COUNT=3"), "2026-01: 6 12 13"),
    (
        ("2024-10-23", "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=-1,1;BYMONTH=10,11;COUNT=3"),
        "2024-10: 23 28 30",
    ),
    (
        ("2024-02-29", "FREQ=YEARLY;BYMONTH=1,2,3;BYMONTHDAY=29;BYSETPOS=3,2;COUNT=4"),
        "2024-02: 29; 2024-03: 29; 2025-03: 29; 2026-03: 29",
    ),
    (("2025-01-01", "FREQ=DAILY;BYDAY=WE;BYSETPOS=-1,3;COUNT=2"), "2025-01: 1 8"),
    # The same day named twice is one.
    (("2025-01-01", "FREQ=YEARLY;BYMONTHDAY=1,-31;COUNT=2"), "2025-01: 1; 2026-01: 1"),
    (("2025-01-15", "FREQ=MONTHLY;BYDAY=3WE,-3WE;COUNT=2"), "2025-01: 15; 2025-02: 12"),
    (("2025-02-20", "FREQ=DAILY;BYMONTHDAY=20,-2;COUNT=4"), "2025-02: 20 27; 2025-03: 20 30"),
    (("2025-01-01", "FREQ=DAILY;BYMONTHDAY=1,20;INTERVAL=7;COUNT=2"), "2025-01: 1; 2025-08: 20"),
    (
        ("2013-05-12", "FREQ=MONTHLY;INTERVAL=13;BYMONTH=5;COUNT=3"),
        "2013-05: 12; 2026-05: 12; 2039-05: 12",
    ),
]


@pytest.mark.parametrize(("case", "dates"), DATES)
def test_dates(case: tuple[str, str], dates: str) -> None:
    start, rule = case

    assert ids(all_of(series(start, rule))) == days(dates)


def test_ids_keep_the_wall_time_over_a_gap() -> None:
    a_series = series("2026-03-28T02:30", "FREQ=DAILY;COUNT=2", BERLIN)

    assert ids(all_of(a_series)) == locals_("2026-03-28T02:30 2026-03-29T02:30")


def test_two_dates_on_one_instant_are_one_under_the_earlier_id() -> None:
    a_series = series("2011-12-29T09:00", "FREQ=DAILY;COUNT=4", "Pacific/Apia")

    assert ids(all_of(a_series)) == locals_("2011-12-29T09:00 2011-12-30T09:00 2012-01-01T09:00")


def test_the_duration_is_exact_over_a_gap() -> None:
    a_series = series(
        "2026-03-21T22:00", "FREQ=WEEKLY;COUNT=3", BERLIN, duration=timedelta(hours=8)
    )

    assert [(one.start, one.end) for one in all_of(a_series)] == [
        (utc("2026-03-21T21:00"), utc("2026-03-22T05:00")),
        (utc("2026-03-28T21:00"), utc("2026-03-29T05:00")),
        (utc("2026-04-04T20:00"), utc("2026-04-05T04:00")),
    ]


def test_an_all_day_occurrence_ends_at_midnight() -> None:
    a_series = series("2026-03-28", "FREQ=DAILY;COUNT=2", BERLIN)

    assert [one.end for one in all_of(a_series)] == [
        utc("2026-03-28T23:00"),
        utc("2026-03-29T22:00"),
    ]


def test_excluded_occurrences_count() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=5", BERLIN, excluded="2026-01-06T09:00")

    assert starts(all_of(a_series)) == [
        utc(f"2026-01-{day}T08:00") for day in ("05", "07", "08", "09")
    ]


def test_additional_dates_do_not_count_and_are_in_order() -> None:
    a_series = series(
        "2026-01-05T09:00", "FREQ=DAILY;COUNT=2", dates="2026-01-09T07:00 2026-01-05T12:00"
    )

    assert ids(all_of(a_series)) == locals_(
        "2026-01-05T09:00 2026-01-05T12:00 2026-01-06T09:00 2026-01-09T07:00"
    )


def test_an_additional_date_of_the_rule_is_one_occurrence() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=2", dates="2026-01-06T09:00")

    assert ids(all_of(a_series)) == locals_("2026-01-05T09:00 2026-01-06T09:00")


def test_additional_dates_in_a_gap_are_in_the_order_of_their_instants() -> None:
    dates = "2026-03-29T01:00 2026-03-29T02:45 2026-03-29T03:00 2026-03-29T03:45"
    a_series = series("2026-03-29T01:00", None, BERLIN, dates=dates)

    # 03:45 is the instant of 02:45, which has the earlier ID.
    assert ids(all_of(a_series)) == locals_("2026-03-29T01:00 2026-03-29T03:00 2026-03-29T02:45")


def test_a_series_of_dates_alone_needs_no_rule() -> None:
    a_series = series("2026-01-05", dates="2026-02-01 2026-01-05", excluded="2026-01-05")

    assert ids(all_of(a_series)) == locals_("2026-02-01")


def test_a_rule_that_goes_on_for_ever_is_read_lazily() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY")

    assert len(list(islice(a_series.after(FIRST_INSTANT), 3))) == 3
