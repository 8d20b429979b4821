"""What is worked out of an event stays the same when the event is sent back."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from calendar_api.events.models import EventFields
from calendar_api.events.patching import as_input, patched
from calendar_api.events.reminders import have_same_times
from calendar_api.events.schemas import EventIn, EventPatch
from calendar_api.events.series import EventSeries

ZONES = ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe"]
RULES = ["FREQ=DAILY", "FREQ=WEEKLY;COUNT=9", "FREQ=MONTHLY;UNTIL=20310101", "FREQ=YEARLY"]
# Around the changes of the clock, too.
FIRST, LAST = (datetime.fromisoformat(day) for day in ("2010-01-01", "2030-12-31"))
LEADS = st.lists(st.sampled_from(["PT0S", "PT15M", "P1D", "P3DT12H"]), unique=True)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Events of each kind, single or recurring, with changed occurrences."""
    start = draw(st.datetimes(FIRST, LAST)).replace(microsecond=0, fold=0)
    document: dict[str, Any] = {"title": "x", "reminders": draw(LEADS)}
    if all_day := draw(st.booleans()):
        document |= {"starts_on": start.date().isoformat(), "duration": "P2D"}
        document["time_zone"] = draw(st.sampled_from([None, *ZONES]))
    else:
        document |= {
            "starts_at": start.isoformat(),
            "duration": draw(st.sampled_from(["PT1H", "P3D"])),
        }
        document["time_zone"] = draw(st.sampled_from(ZONES))
    if draw(st.booleans()):
        first: date = start.date() if all_day else start
        ids = [(first + timedelta(days=7 * n)).isoformat() for n in range(6)]
        document["recurrence"] = {
            "rule": draw(st.sampled_from(RULES)),
            "dates": [ids[0], *draw(st.lists(st.sampled_from(ids)))],
            "excluded": draw(st.lists(st.sampled_from(ids[1:]))),
        }
        moved = {"starts_on": "2029-01-01"} if all_day else {"starts_at": "2029-01-01T02:30:00"}
        changes = [
            {"title": "y", "description": "z"},
            {"reminders": []},
            {"notify_before": "PT5M", "busy": False},
            {"duration": "P1D"},
            {**moved, "duration": "P1D"},
        ]
        override = st.dictionaries(st.sampled_from(ids), st.sampled_from(changes))
        document["overrides"] = draw(override)
    return document


def fields_of(document: dict[str, Any]) -> EventFields:
    return EventIn.model_validate(document).to_fields()


@given(documents())
def test_a_stored_event_as_an_input_is_the_same_event(document: dict[str, Any]) -> None:
    fields = fields_of(document)
    assert as_input(fields).to_fields(fields) == fields


@given(documents())
def test_an_empty_patch_changes_nothing(document: dict[str, Any]) -> None:
    fields = fields_of(document)
    assert patched(fields, EventPatch()) == fields


@given(documents())
def test_every_occurrence_is_found_by_its_id(document: dict[str, Any]) -> None:
    series = EventSeries.of(fields_of(document))
    if series is None:
        return
    first, last = series.span()
    found = list(
        series.between(first, min(last, first + timedelta(days=400)) + timedelta(seconds=1))
    )
    assert found == sorted(found)
    assert found[0].start == first
    for occurrence in found:
        assert series.occurrence(occurrence.recurrence_id) == occurrence


@pytest.mark.parametrize(
    ("before", "patch", "starts", "ends"),
    [
        # A new start leaves the end, a new duration the start.
        ({}, {"starts_at": "2026-11-23T08:30:00Z"}, "08:30", "10:00"),
        ({}, {"duration": "PT2H"}, "09:00", "11:00"),
        ({}, {"ends_at": "2026-11-23T12:00:00Z"}, "09:00", "12:00"),
        # Local times are read in the zone that the event has, or gets.
        ({"time_zone": "Asia/Tokyo"}, {"starts_at": "2026-11-23T17:30:00"}, "08:30", "10:00"),
        (
            {},
            {"time_zone": "Asia/Tokyo", "starts_at": "2026-11-23T17:00:00"},
            "08:00",
            "10:00",
        ),
    ],
)
def test_a_patch_of_times(
    before: dict[str, Any], patch: dict[str, Any], starts: str, ends: str
) -> None:
    document = {"title": "x", "starts_at": "2026-11-23T09:00:00Z", "duration": "PT1H"}
    after = patched(fields_of(document | before), EventPatch.model_validate(patch))
    assert (f"{after.starts_at:%H:%M}", f"{after.ends_at:%H:%M}") == (starts, ends)


@pytest.mark.parametrize(
    ("patch", "notify_before", "reminders"),
    [
        ({"notify_before": "PT5M"}, timedelta(minutes=5), None),
        ({"notify_before": None}, None, None),
        ({"reminders": []}, None, None),
        ({"reminders": None}, None, None),
        ({"reminders": ["PT5M"]}, timedelta(minutes=5), None),
        ({"reminders": ["PT5M", "PT60M"]}, timedelta(hours=1), '["PT5M","PT1H"]'),
        (
            {"reminders": ["PT5M", "PT1H"], "notify_before": "PT60M"},
            timedelta(hours=1),
            '["PT5M","PT1H"]',
        ),
        ({"title": "y"}, timedelta(days=1), '["P1D","PT15M"]'),
    ],
)
def test_a_patch_of_one_form_replaces_all_reminders(
    patch: dict[str, Any], notify_before: timedelta | None, reminders: str | None
) -> None:
    document = {"title": "x", "starts_at": "2026-11-23T09:00:00Z", "duration": "PT1H"}
    before = fields_of(document | {"reminders": ["P1D", "PT15M"]})
    after = patched(before, EventPatch.model_validate(patch))
    assert (after.notify_before, after.reminders) == (notify_before, reminders)


@pytest.mark.parametrize(
    ("members", "loc", "type_"),
    [
        ({"reminders": ["PT1H", "PT60M"]}, ("reminders", 1), "repeated"),
        (
            {"reminders": ["PT1H"], "notify_before": "PT2H"},
            ("notify_before",),
            "reminders_conflict",
        ),
        ({"reminders": [], "notify_before": "PT2H"}, ("notify_before",), "reminders_conflict"),
        ({"reminders": ["PT1H", "P367D"]}, ("reminders", 1), "lead_time_range"),
        ({"reminders": ["PT1H", "-PT1H"]}, ("reminders", 1), "lead_time_range"),
        ({"reminders": [f"PT{n}H" for n in range(11)]}, ("reminders",), "too_long"),
    ],
)
def test_wrong_reminders_are_named(
    members: dict[str, Any], loc: tuple[str | int, ...], type_: str
) -> None:
    document = {"title": "x", "starts_at": "2026-11-23T09:00:00Z", "duration": "PT1H"}
    with pytest.raises(ValidationError) as raised:
        fields_of(document | members)
    assert [(error["loc"], error["type"]) for error in raised.value.errors()] == [(loc, type_)]


SERIES = {
    "title": "x",
    "starts_at": "2027-03-02T09:00:00",
    "duration": "PT1H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY"},
}


def overrides_after(patch: dict[str, Any], **overrides: Any) -> Any:
    """The overrides of the series of 2 March, after a patch of it."""
    before = fields_of(SERIES | {"overrides": overrides})
    return json.loads(patched(before, EventPatch.model_validate(patch)).overrides or "{}")


@pytest.mark.parametrize(
    ("patch", "id_"),
    [
        ({"starts_at": "2027-03-02T15:00:00", "duration": "PT1H"}, "2027-03-09T15:00:00"),
        ({"starts_at": "2027-03-02T07:00:00", "duration": "PT1H"}, "2027-03-09T07:00:00"),
        ({"time_zone": "America/New_York"}, "2027-03-09T09:00:00"),
        ({"title": "y"}, "2027-03-09T09:00:00"),
    ],
)
def test_another_length_of_an_occurrence_stays_when_the_series_changes(
    patch: dict[str, Any], id_: str
) -> None:
    after = overrides_after(patch, **{"2027-03-09T09:00:00": {"duration": "PT3H"}})
    assert after == {id_: {"duration": "PT3H"}}


def test_a_moved_occurrence_keeps_its_wall_time_in_another_zone() -> None:
    moved = {"starts_at": "2027-03-10T15:00:00", "duration": "PT2H"}
    after = overrides_after(
        {"time_zone": "America/New_York"}, **{"2027-03-09T09:00:00": moved | {"title": "y"}}
    )
    assert after == {
        "2027-03-09T09:00:00": {
            "title": "y",
            "starts_at": "2027-03-10T20:00:00Z",
            "ends_at": "2027-03-10T22:00:00Z",
        }
    }


def test_a_patch_without_overrides_leaves_them() -> None:
    overrides = {"2027-03-09T09:00:00": {"title": "y"}}
    assert overrides_after({"overrides": {}}, **overrides) == overrides


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2027-03-28T02:30:00", "2027-03-28T03:30:00"),
        ("2027-03-28T03:30:00", "2027-03-28T02:30:00"),
    ],
)
def test_a_wall_time_of_the_same_instant_is_taken(before: str, after: str) -> None:
    document = SERIES | {"starts_at": before, "recurrence": {"rule": "FREQ=DAILY"}}
    fields = fields_of(document)
    by_patch = patched(fields, EventPatch.model_validate({"starts_at": after}))
    by_put = EventIn.model_validate(document | {"starts_at": after}).to_fields(fields)
    assert by_patch == by_put
    assert by_patch.starts_at == fields.starts_at
    assert by_patch.local_start == datetime.fromisoformat(after)


def test_a_new_title_leaves_everything_else_of_a_series() -> None:
    fields = fields_of(SERIES | {"overrides": {"2027-03-09T09:00:00": {"duration": "PT3H"}}})
    patch = {"title": " y ", "description": "z", "location": None, "busy": False}
    after = patched(fields, EventPatch.model_validate(patch))
    assert after == replace(fields, title="y", description="z", busy=False)
    assert have_same_times(fields, after)
    assert not have_same_times(
        fields, patched(fields, EventPatch.model_validate({"reminders": ["P1D"]}))
    )
