"""A JSON merge patch of one occurrence: what becomes of its series."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendar_api.errors import MemberInvalid, OccurrenceNotFound
from calendar_api.events import recurring
from calendar_api.events.leads import leads_of
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import local_time
from calendar_api.events.patching import as_input
from calendar_api.events.schemas import EventIn
from calendar_api.occurrences.patching import patched_occurrence
from calendar_api.occurrences.schemas import OccurrencePatch

CHOIR: dict[str, Any] = {
    "title": "Choir",
    "description": "Bring the notes.",
    "starts_at": "2026-11-25T19:30:00",
    "duration": "PT2H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY"},
    "reminders": ["P1D", "PT1H"],
    "busy": False,
}
ID = "2026-12-02T19:30:00"
FAIR: dict[str, Any] = {
    "title": "Fair",
    "starts_on": "2026-11-25",
    "duration": "P2D",
    "recurrence": {"rule": "FREQ=YEARLY"},
}
FAIR_ID = "2027-11-25"


def fields_of(document: dict[str, Any]) -> EventFields:
    return EventIn.model_validate(document).to_fields()


def choir(**override: Any) -> EventFields:
    """A series, with one changed occurrence if anything is said of it."""
    return fields_of(CHOIR | ({"overrides": {ID: override}} if override else {}))


def fair(**override: Any) -> EventFields:
    return fields_of(FAIR | ({"overrides": {FAIR_ID: override}} if override else {}))


def patched(fields: EventFields, **members: Any) -> dict[str, Any]:
    """The changed occurrence as it is stored, after a patch of it."""
    id_ = FAIR_ID if fields.starts_on else ID
    after = patched_occurrence(fields, local_time(id_), OccurrencePatch.model_validate(members))
    assert after.title == fields.title
    assert as_input(after).to_fields(after) == after, "as if all of it had been sent"
    overrides: dict[str, dict[str, Any]] = json.loads(after.overrides or "{}")
    assert overrides.keys() <= {id_}
    occurrence: dict[str, Any] = overrides.get(id_, {})
    return occurrence


MOVED = {"starts_at": "2026-12-02T20:00:00Z", "ends_at": "2026-12-02T21:00:00Z"}


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({}, {"title": "Party"}, {"title": "Party"}),
        ({"title": "Party"}, {"location": "Hall"}, {"title": "Party", "location": "Hall"}),
        ({"title": "Party", "location": "Hall"}, {"title": None}, {"location": "Hall"}),
        ({"title": "Party"}, {"title": None}, {}),
        ({}, {"busy": True}, {"busy": True}),
        ({"busy": True}, {"busy": None}, {}),
        # A new start leaves the end; a new duration leaves the start.
        (
            {},
            {"starts_at": "2026-12-02T20:00:00"},
            {"starts_at": "2026-12-02T19:00:00Z", "ends_at": "2026-12-02T20:30:00Z"},
        ),
        ({}, {"duration": "PT3H"}, {"duration": "PT3H"}),
        (MOVED, {"duration": "PT3H"}, {**MOVED, "ends_at": "2026-12-02T23:00:00Z"}),
        (
            MOVED,
            {"starts_at": "2026-12-02T20:30:00Z"},
            {**MOVED, "starts_at": "2026-12-02T20:30:00Z"},
        ),
        # `null`: as the series.
        (MOVED, {"starts_at": None}, {"duration": "PT2H30M"}),
        (MOVED, {"starts_at": None, "ends_at": None}, {}),
        (MOVED, {"starts_at": None, "duration": None}, {}),
        (MOVED, {"duration": None}, {**MOVED, "ends_at": "2026-12-02T22:00:00Z"}),
        ({"duration": "PT3H"}, {"duration": None}, {}),
        ({"duration": "PT3H"}, {"ends_at": None}, {}),
        (MOVED, {"starts_on": None, "ends_on": None}, MOVED),
        # One of the two forms replaces all reminders.
        ({}, {"notify_before": "P1D"}, {"notify_before": "P1D"}),
        (
            {"notify_before": "P1D"},
            {"reminders": ["PT5M", "PT1M"]},
            {"notify_before": "PT5M", "reminders": ["PT5M", "PT1M"]},
        ),
        ({}, {"reminders": []}, {"reminders": []}),
        ({"reminders": []}, {"reminders": None}, {}),
        ({"reminders": []}, {"notify_before": None}, {}),
        ({"notify_before": "P1D"}, {"notify_before": None}, {}),
        # What is so already is still decided by the series.
        ({}, {"title": "Choir", "description": "Bring the notes.", "busy": False}, {}),
        ({}, {"reminders": ["PT60M", "P1D"]}, {}),
        ({}, {"reminders": ["P1D", "PT1H"], "notify_before": "P1D"}, {}),
        ({}, {"starts_at": "2026-12-02T18:30:00Z", "duration": "PT2H"}, {}),
        ({"title": "Party"}, {"title": "Party"}, {"title": "Party"}),
        ({"reminders": []}, {"notify_before": None, "reminders": []}, {"reminders": []}),
        # Of the series, or of nobody to change.
        (
            {},
            {
                "time_zone": "europe/berlin",
                "recurrence": {"rule": "FREQ=WEEKLY"},
                "overrides": {"x": 1},
                "version": 9,
            },
            {},
        ),
    ],
)
def test_a_patch(before: dict[str, Any], patch: dict[str, Any], after: dict[str, Any]) -> None:
    assert patched(choir(**before), **patch) == after


LATE = choir(starts_at="2026-12-02T21:00:00Z", duration="PT1H")
MOVED_DATES = {"starts_on": "2027-11-27", "ends_on": "2027-11-28"}


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({}, {"starts_on": "2027-11-26"}, {"starts_on": "2027-11-26", "ends_on": "2027-11-27"}),
        ({}, {"duration": "P3D"}, {"duration": "P3D"}),
        ({"duration": "P3D"}, {"duration": None}, {}),
        (MOVED_DATES, {"duration": None}, {**MOVED_DATES, "ends_on": "2027-11-29"}),
        (MOVED_DATES, {"starts_on": None, "ends_on": None}, {}),
        (MOVED_DATES, {"starts_at": None, "ends_at": None}, MOVED_DATES),
        # The instants follow from the dates.
        (
            MOVED_DATES,
            {"starts_at": "2027-11-27T00:00:00Z", "ends_at": "2027-11-28T00:00:00Z", "title": "x"},
            {"title": "x", **MOVED_DATES},
        ),
        ({}, {"notify_before": "-PT9H"}, {"notify_before": "-PT9H"}),
    ],
)
def test_a_patch_of_an_all_day_occurrence(
    before: dict[str, Any], patch: dict[str, Any], after: dict[str, Any]
) -> None:
    assert patched(fair(**before), **patch) == after


def test_other_changed_occurrences_stay() -> None:
    other = {"2026-12-09T19:30:00": {"title": "Party"}}
    series = fields_of(CHOIR | {"overrides": other})
    after = patched_occurrence(series, local_time(ID), OccurrencePatch(title="Concert"))
    assert json.loads(after.overrides or "") == {ID: {"title": "Concert"}, **other}


def test_other_changed_occurrences_are_not_worked_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = datetime.fromisoformat(ID)
    others = {(first + timedelta(weeks=n)).isoformat(): {"title": "Party"} for n in range(50)}
    series = fields_of(CHOIR | {"overrides": others})
    worked_out = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal worked_out
        worked_out += 1
        return leads_of(*arguments, **options)

    monkeypatch.setattr(recurring, "leads_of", counted)
    patched_occurrence(series, local_time(ID), OccurrencePatch(title="Concert"))
    assert worked_out == 1


def test_nothing_changes_the_series_by_nothing() -> None:
    series = choir(title="Party", **MOVED)
    assert patched_occurrence(series, local_time(ID), OccurrencePatch()) == series


def test_a_moved_occurrence_keeps_its_wall_time_in_a_gap() -> None:
    series = choir(starts_at="2027-03-28T02:30:00", duration="PT1H")
    instant = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    same = OccurrencePatch(starts_at=instant, title="Party")
    after = patched_occurrence(series, local_time(ID), same)
    assert after.moved == series.moved == f'{{"{ID}":"2027-03-28T02:30:00"}}'


@pytest.mark.parametrize(
    ("series", "patch", "loc", "code"),
    [
        (choir(), {"time_zone": "Asia/Tokyo"}, ("time_zone",), "immutable"),
        (fair(), {"time_zone": "UTC"}, ("time_zone",), "immutable"),
        (choir(), {"notify_before": "-PT1H"}, ("notify_before",), "lead_time_range"),
        (choir(), {"reminders": ["PT1H", "PT60M"]}, ("reminders", 1), "repeated"),
        (choir(), {"ends_at": "2026-12-02T18:00:00Z"}, ("ends_at",), "end_before_start"),
        (LATE, {"ends_at": None}, ("ends_at",), "end_before_start"),
        (choir(), {"starts_on": "2026-12-02"}, ("starts_on",), "all_day"),
        (choir(), {"duration": "P367D"}, ("duration",), "duration_range"),
        (fair(), {"starts_at": "2027-11-25T01:00:00Z"}, ("starts_at",), "all_day"),
        (fair(), {"duration": "PT1H"}, ("duration",), "whole_days"),
    ],
)
def test_what_is_wrong_is_named(
    series: EventFields, patch: dict[str, Any], loc: tuple[str, ...], code: str
) -> None:
    with pytest.raises(MemberInvalid) as raised:
        patched(series, **patch)
    assert (raised.value.loc, raised.value.code) == (loc, code)


def test_an_occurrence_that_is_excluded_is_not_found() -> None:
    series = fields_of(CHOIR | {"recurrence": {"rule": "FREQ=WEEKLY", "excluded": [ID]}})
    with pytest.raises(OccurrenceNotFound):
        patched(series, title="Party")
