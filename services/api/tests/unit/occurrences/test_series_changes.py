"""A series without an occurrence, and a series split in two."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calendar_api.errors import LastOccurrence, MemberInvalid, OccurrenceNotFound
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import Override, local_time
from calendar_api.events.patching import patched
from calendar_api.events.recurring import MAX_EXCEPTIONS
from calendar_api.events.schemas import EventIn, EventPatch
from calendar_api.events.series import EventSeries
from calendar_api.occurrences.series_changes import find, split, without
from calendar_api.recurrence.wall_time import LocalTime

BEGIN, HORIZON = datetime(2000, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe"]
RULES = [
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;COUNT=400",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH,SU;WKST=SU;UNTIL=20120601",
    "FREQ=MONTHLY;COUNT=30",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYMONTHDAY=5,29;BYMONTH=2,3",
    None,
]
TIMED_CHANGES: list[dict[str, Any]] = [
    {"title": "y"},
    {"duration": "PT3H"},
    {"starts_at": "2012-03-25T02:30:00", "duration": "PT1H"},
]
ALL_DAY_CHANGES: list[dict[str, Any]] = [
    {"title": "y"},
    {"duration": "P3D"},
    {"starts_on": "2012-03-25", "duration": "P1D"},
]


def fields_of(document: dict[str, Any]) -> EventFields:
    return EventIn.model_validate({"title": "x"} | document).to_fields()


def daily(count: int, **members: Any) -> EventFields:
    """A series on the first days of March 2026, at nine."""
    document = {
        "starts_at": "2026-03-01T09:00:00",
        "duration": "PT1H",
        "time_zone": "Europe/Berlin",
        "recurrence": {"rule": f"FREQ=DAILY;COUNT={count}", **members.pop("recurrence", {})},
    }
    return fields_of(document | members)


class Taken(NamedTuple):
    """An occurrence as it takes place, and what is changed in it."""

    start: datetime
    recurrence_id: LocalTime
    end: datetime
    override: Override | None


def occurrences(fields: EventFields | None, end: datetime = HORIZON) -> list[Taken]:
    series = EventSeries.of(fields) if fields else None
    if series is None:
        return []
    return [Taken(*each, series.override_of(each)) for each in series.between(BEGIN, end)]


def of_march(fields: EventFields | None) -> list[Taken]:
    return occurrences(fields, datetime(2026, 6, 1, tzinfo=UTC))


@st.composite
def series(draw: st.DrawFn) -> EventFields:
    """A series of any kind, with additional, excluded and changed occurrences."""
    day = draw(st.dates(date(2011, 1, 1), date(2011, 12, 31)))
    time = draw(st.sampled_from(["T02:30:00", "T09:00:00", "T23:15:00"]))
    all_day = draw(st.booleans())

    def id_of(n: int) -> str:
        return (day + timedelta(days=n)).isoformat() + ("" if all_day else time)

    document: dict[str, Any] = (
        {"starts_on": id_of(0), "duration": "P2D"}
        if all_day
        else {"starts_at": id_of(0), "duration": "PT8H"}
    )
    some_days = st.lists(st.integers(-30, 200).map(id_of), max_size=20)
    rule = draw(st.sampled_from(RULES))
    document["time_zone"] = draw(st.sampled_from(ZONES))
    document["recurrence"] = {
        "rule": rule,
        "dates": [id_of(0), *draw(some_days)],
        "excluded": [id_ for id_ in draw(some_days) if id_ != id_of(0)],
    }
    changes = st.sampled_from(ALL_DAY_CHANGES if all_day else TIMED_CHANGES)
    document["overrides"] = draw(st.dictionaries(st.integers(-30, 200).map(id_of), changes))
    return fields_of(document)


@given(series(), st.data())
def test_the_parts_of_a_split_series_have_its_occurrences(
    fields: EventFields, data: st.DataObject
) -> None:
    whole = occurrences(fields)
    at = data.draw(st.sampled_from(whole)).recurrence_id

    before, after = split(fields, at)

    parts = occurrences(before) + occurrences(after)
    assert sorted(parts) == whole
    assert all(each.recurrence_id < at for each in occurrences(before))
    assert all(each.recurrence_id >= at for each in occurrences(after))


@given(series(), st.data())
def test_a_part_is_as_if_a_client_had_sent_it(fields: EventFields, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from(occurrences(fields))).recurrence_id
    for part in split(fields, at):
        assert part is None or patched(part, EventPatch()) == part


@given(series(), st.data())
def test_an_excluded_occurrence_is_the_only_one_that_is_missing(
    fields: EventFields, data: st.DataObject
) -> None:
    whole = occurrences(fields)
    assume(len(whole) > 1)
    excluded = data.draw(st.sampled_from(whole))

    after = without(fields, excluded.recurrence_id)

    assert occurrences(after) == [each for each in whole if each != excluded]
    assert patched(after, EventPatch()) == after


@pytest.mark.parametrize(
    "id_", ["2026-03-04T09:00:00", "2026-03-02T10:00:00", "2026-03-02", "2026-03-03T09:00:00"]
)
def test_what_is_no_occurrence_is_not_found(id_: str) -> None:
    fields = daily(3, recurrence={"excluded": ["2026-03-03T09:00:00"]})
    for call in (find, without, split):
        with pytest.raises(OccurrenceNotFound):
            call(fields, local_time(id_))


@pytest.mark.parametrize(
    "times", [{"starts_at": "2026-03-01T09:00:00Z", "ends_at": "2026-03-01T09:00:00Z"}]
)
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_an_event_that_does_not_recur_has_no_occurrences(
    times: dict[str, str], zone: str | None
) -> None:
    with pytest.raises(OccurrenceNotFound):
        find(fields_of(times | {"time_zone": zone}), local_time("2026-03-01T09:00:00"))


def test_a_single_all_day_event_has_no_occurrences() -> None:
    with pytest.raises(OccurrenceNotFound):
        find(fields_of({"starts_on": "2026-03-01"}), local_time("2026-03-01"))


def test_the_last_occurrence_cannot_be_excluded() -> None:
    with pytest.raises(LastOccurrence):
        without(daily(1), local_time("2026-03-01T09:00:00"))


def test_an_excluded_occurrence_is_no_longer_changed() -> None:
    id_ = "2026-03-02T09:00:00"
    after = without(daily(2, overrides={id_: {"title": "y"}}), local_time(id_))
    assert after.overrides is None
    assert after.recurrence == f'{{"rule":"FREQ=DAILY;COUNT=2","excluded":["{id_}"]}}'


def test_excluded_occurrences_are_limited() -> None:
    dates = [f"2026-03-01T{n // 60:02}:{n % 60:02}:00" for n in range(MAX_EXCEPTIONS)]
    full = fields_of(
        {
            "starts_at": dates[0],
            "duration": "PT1M",
            "time_zone": "UTC",
            "recurrence": {"dates": dates},
        }
    )
    with pytest.raises(MemberInvalid, match="must not have more than 1000"):
        without(full, local_time(dates[1]))


def test_a_changed_occurrence_can_be_excluded_from_a_full_series() -> None:
    ids = [(date(2026, 3, 1) + timedelta(days=n)).isoformat() for n in range(MAX_EXCEPTIONS)]
    full = fields_of(
        {
            "starts_on": ids[0],
            "recurrence": {"rule": "FREQ=DAILY"},
            "overrides": {id_: {"title": "y"} for id_ in ids},
        }
    )
    assert without(full, local_time(ids[5])).recurrence is not None


@pytest.mark.parametrize("excluded", [[], ["2026-03-01T09:00:00"]])
def test_nothing_is_left_before_the_first_occurrence(excluded: list[str]) -> None:
    fields = daily(5, recurrence={"excluded": excluded})
    first = of_march(fields)[0].recurrence_id
    before, after = split(fields, first)
    assert before is None
    assert of_march(after) == of_march(fields)


def test_the_later_part_starts_as_scheduled_also_where_that_occurrence_is_changed() -> None:
    at = "2026-03-29T02:30:00"  # skipped in Berlin
    change = {"title": "y", "starts_at": "2026-03-29T12:00:00", "duration": "PT2H"}
    fields = daily(60, starts_at="2026-03-01T02:30:00", overrides={at: change})

    _, after = split(fields, local_time(at))

    assert after.local_start == local_time(at)
    assert after.starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert after.ends_first_at == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    [first, *_] = of_march(after)
    assert first.start == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert first.override
    assert first.override.title == "y"


def test_a_rule_is_written_as_it_was_said_unless_it_is_another() -> None:
    fields = daily(5, recurrence={"rule": "freq=daily;until=20260310"})
    before, after = split(fields, local_time("2026-03-03T09:00:00"))
    assert before
    assert before.recurrence == '{"rule":"FREQ=DAILY;UNTIL=20260302"}'
    assert after.recurrence == fields.recurrence


def test_a_split_leaves_all_other_members() -> None:
    fields = daily(5, description="z", location="l", busy=False, reminders=["P1D", "PT1H"])
    for part in split(fields, local_time("2026-03-03T09:00:00")):
        assert part
        assert (part.title, part.description, part.location) == ("x", "z", "l")
        assert (part.busy, part.reminders, part.time_zone) == (
            False,
            fields.reminders,
            fields.time_zone,
        )
