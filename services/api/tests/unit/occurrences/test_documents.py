"""The JSON of an occurrence is that of its series, with what is its own."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from calendar_api.events.schemas import EventIn
from calendar_api.events.series import EventSeries
from calendar_api.occurrences.documents import occurrence_document
from calendar_api.recurrence.wall_time import LocalTime

CHOIR: dict[str, Any] = {
    "title": "Choir",
    "starts_at": "2026-11-25T19:30:00",
    "duration": "PT2H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY"},
    "notify_before": "P1D",
}
FAIR: dict[str, Any] = {
    "title": "Fair",
    "starts_on": "2026-11-23",
    "ends_on": "2026-11-25",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=YEARLY"},
}
DOCUMENT: dict[str, Any] = {
    "id": "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11",
    "title": "Choir",
    "description": None,
    "starts_at": "2026-11-25T18:30:00Z",
    "ends_at": "2026-11-25T20:30:00Z",
    "duration": "PT2H",
    "notify_before": "P1D",
    "version": 3,
    "recurrence": {"rule": "FREQ=WEEKLY"},
}
CHRISTMAS = datetime(2026, 12, 23, 19, 30)  # noqa: DTZ001 - a wall time
ID = "2026-12-23T19:30:00"


def occurrence_of(event: dict[str, Any], id_: LocalTime, document: dict[str, Any]) -> Any:
    series = EventSeries.of(EventIn.model_validate(event).to_fields())
    assert series
    occurrence = series.occurrence(id_)
    assert occurrence
    text = json.dumps(document, separators=(",", ":")).encode()
    return json.loads(occurrence_document(text, series, occurrence))


def changed(override: dict[str, Any], **members: Any) -> Any:
    return occurrence_of(CHOIR | {"overrides": {ID: override}}, CHRISTMAS, DOCUMENT | members)


def test_an_occurrence_has_its_own_times_and_its_id_last() -> None:
    occurrence = occurrence_of(CHOIR, CHRISTMAS, DOCUMENT)
    own = {"starts_at": "2026-12-23T18:30:00Z", "ends_at": "2026-12-23T20:30:00Z"}
    assert occurrence == DOCUMENT | own | {"recurrence_id": ID}
    assert list(occurrence) == [*DOCUMENT, "recurrence_id"]


def test_only_the_times_of_the_series_are_replaced() -> None:
    times = '"starts_at":"2026","ends_at":"2026"'
    overrides = {"2026-11-25T19:30:00": {"starts_at": "x", "ends_at": "y"}}
    document = DOCUMENT | {"title": times, "description": times, "overrides": overrides}
    # As PostgreSQL writes it, the title comes before the times.
    occurrence = occurrence_of(CHOIR, CHRISTMAS, document)
    assert (occurrence["title"], occurrence["description"]) == (times, times)
    assert occurrence["overrides"] == overrides
    assert occurrence["starts_at"] == "2026-12-23T18:30:00Z"


def test_an_occurrence_that_lasts_all_day_has_its_own_dates() -> None:
    occurrence = occurrence_of(FAIR, date(2027, 11, 23), DOCUMENT | {"duration": "P2D"})
    assert (occurrence["starts_on"], occurrence["ends_on"]) == ("2027-11-23", "2027-11-25")
    assert occurrence["starts_at"] == "2027-11-22T23:00:00Z"
    assert occurrence["ends_at"] == "2027-11-24T23:00:00Z"
    assert occurrence["duration"] == "P2D"
    assert occurrence["recurrence_id"] == "2027-11-23"


@pytest.mark.parametrize(
    ("override", "dates", "duration"),
    [
        ({"duration": "P3D"}, ("2027-11-23", "2027-11-26"), "P3D"),
        ({"starts_on": "2027-11-22"}, ("2027-11-22", "2027-11-25"), "P3D"),
        (
            {"starts_on": "2027-11-24", "ends_on": "2027-11-25"},
            ("2027-11-24", "2027-11-25"),
            "P1D",
        ),
    ],
)
def test_an_occurrence_with_other_dates(
    override: dict[str, Any], dates: tuple[str, str], duration: str
) -> None:
    event = FAIR | {"overrides": {"2027-11-23": override}}
    occurrence = occurrence_of(event, date(2027, 11, 23), DOCUMENT)
    assert (occurrence["starts_on"], occurrence["ends_on"]) == dates
    assert occurrence["duration"] == duration
    assert occurrence["recurrence_id"] == "2027-11-23"


@pytest.mark.parametrize(
    ("override", "own"),
    [
        (
            {"duration": "PT30M"},
            {"ends_at": "2026-12-23T19:00:00Z", "duration": "PT30M"},
        ),
        (
            {"starts_at": "2026-12-22T18:00:00Z", "ends_at": "2026-12-22T19:00:00.5Z"},
            {
                "starts_at": "2026-12-22T18:00:00Z",
                "ends_at": "2026-12-22T19:00:00.500000Z",
                "duration": "PT1H0.5S",
            },
        ),
    ],
)
def test_an_occurrence_with_other_times(override: dict[str, Any], own: dict[str, Any]) -> None:
    occurrence = changed(override)
    assert {name: occurrence[name] for name in own} == own
    assert occurrence["recurrence_id"] == ID


def test_changed_members_are_those_of_the_occurrence() -> None:
    members = {"title": "Party", "description": "Bring cake.", "location": "Town hall"}
    occurrence = changed(members | {"busy": False})
    assert {name: occurrence[name] for name in members} == members
    assert occurrence["busy"] is False
    assert list(occurrence)[-1] == "recurrence_id"


def test_busy_is_shown_only_where_it_is_false() -> None:
    assert "busy" not in changed({"busy": True}, busy=False)


@pytest.mark.parametrize(
    ("override", "notify_before", "reminders"),
    [
        ({"notify_before": "PT1H"}, "PT1H", None),
        ({"reminders": ["PT5M"]}, "PT5M", None),
        ({"reminders": ["PT5M", "PT1H"]}, "PT1H", ["PT5M", "PT1H"]),
        ({"reminders": []}, None, []),
        ({"title": "Party"}, "P1D", ["P1D", "PT15M"]),
    ],
)
def test_lead_times_of_an_occurrence(
    override: dict[str, Any], notify_before: str | None, reminders: list[str] | None
) -> None:
    occurrence = changed(override, reminders=["P1D", "PT15M"])
    assert occurrence["notify_before"] == notify_before
    assert occurrence.get("reminders") == reminders


def test_an_occurrence_on_a_day_with_a_clock_change_keeps_its_duration() -> None:
    event = CHOIR | {"starts_at": "2026-03-21T22:00:00", "duration": "PT8H"}
    occurrence = occurrence_of(event, datetime(2026, 3, 28, 22), DOCUMENT)  # noqa: DTZ001
    start, end = (datetime.fromisoformat(occurrence[name]) for name in ("starts_at", "ends_at"))
    assert start == datetime(2026, 3, 28, 21, tzinfo=UTC)
    assert (end - start).total_seconds() == 8 * 3600
