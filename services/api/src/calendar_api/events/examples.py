"""Examples in the OpenAPI document: each kind of event, in requests and in responses."""

from typing import Any, Final

Document = dict[str, Any]

EXAMPLE_ID: Final = "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
EXAMPLE_RECURRENCE_ID: Final = "2026-12-23T19:30:00"
EXAMPLE_ETAG: Final = '"3-6441c1a9e0a40"'

_SINGLE_IN: Final[Document] = {
    "title": "Dentist",
    "starts_at": "2026-11-23T10:00:00+03:00",
    "duration": "PT45M",
    "description": "Bring the X-ray.",
    "notify_before": "P1D",
    "location": "5 High Street",
}
_ZONED_IN: Final[Document] = {
    "title": "Interview",
    "description": "Room 3.",
    "starts_at": "2027-03-01T09:00:00",
    "ends_at": "2027-03-01T10:30:00",
    "time_zone": "Europe/Berlin",
    "reminders": ["P1D", "PT15M"],
}
_ALL_DAY_IN: Final[Document] = {
    "title": "Trade fair",
    "description": "Hall 5, stand 12.",
    "starts_on": "2026-11-23",
    "ends_on": "2026-11-26",
    "time_zone": "Europe/Berlin",
    "notify_before": "-PT9H",
}
_CHANGE: Final[Document] = {
    "title": "Christmas party",
    "location": "Town hall",
    "starts_at": "2026-12-23T18:00:00",
}
_SERIES_IN: Final[Document] = {
    "title": "Choir",
    "description": "Bring a pencil.",
    "starts_at": "2026-11-25T19:30:00",
    "duration": "PT2H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=WE", "excluded": ["2026-12-30T19:30:00"]},
    "overrides": {EXAMPLE_RECURRENCE_ID: _CHANGE},
    "reminders": ["P1D", "PT1H"],
}


def _stored(sent: Document, **worked_out: Any) -> Document:
    time = "2026-11-20T08:15:30.123456Z"
    own = {"id": EXAMPLE_ID, "user_id": "alice", "version": 1}
    return own | sent | {"created_at": time, "updated_at": time} | worked_out


_SINGLE_OUT: Final = _stored(
    _SINGLE_IN, starts_at="2026-11-23T07:00:00Z", ends_at="2026-11-23T07:45:00Z"
)
_ZONED_OUT: Final = _stored(
    _ZONED_IN,
    starts_at="2027-03-01T08:00:00Z",
    ends_at="2027-03-01T09:30:00Z",
    duration="PT1H30M",
    notify_before="P1D",
)
_ALL_DAY_OUT: Final = _stored(
    _ALL_DAY_IN,
    starts_at="2026-11-22T23:00:00Z",
    ends_at="2026-11-25T23:00:00Z",
    duration="P3D",
)
_CHANGED: Final[Document] = _CHANGE | {
    "starts_at": "2026-12-23T17:00:00Z",
    "ends_at": "2026-12-23T20:30:00Z",
}
_SERIES_OUT: Final = _stored(
    _SERIES_IN,
    starts_at="2026-11-25T18:30:00Z",
    ends_at="2026-11-25T20:30:00Z",
    notify_before="P1D",
    overrides={EXAMPLE_RECURRENCE_ID: _CHANGED},
)
_OCCURRENCE_OUT: Final[Document] = {
    **_SERIES_OUT,
    **_CHANGED,
    "duration": "PT3H30M",
    "recurrence_id": EXAMPLE_RECURRENCE_ID,
}
_SPLIT_OUT: Final = _stored(
    {
        name: _SERIES_IN[name]
        for name in ("title", "description", "duration", "time_zone", "reminders")
    },
    id="019bc0d2-11e4-7c3b-a1c5-0b8f4c6e2d90",
    starts_at="2027-01-06T19:00:00Z",
    ends_at="2027-01-06T21:00:00Z",
    notify_before="P1D",
    recurrence={"rule": "FREQ=WEEKLY;BYDAY=WE"},
)


EVENTS_IN: Final[list[Any]] = [_SINGLE_IN, _ZONED_IN, _ALL_DAY_IN, _SERIES_IN]
EVENTS_OUT: Final[list[Any]] = [_SINGLE_OUT, _ZONED_OUT, _ALL_DAY_OUT, _SERIES_OUT, _OCCURRENCE_OUT]

_CHANGES: Final = {"starts_at": "2027-01-06T20:00:00", "duration": "PT2H"}
_WEEK: Final = {
    "from": "2026-11-23T00:00:00Z",
    "to": "2026-11-30T00:00:00Z",
    "items": [
        _ALL_DAY_OUT | {"id": "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b12"},
        _SINGLE_OUT,
        _SERIES_OUT
        | {
            "id": "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b13",
            "recurrence_id": "2026-11-25T19:30:00",
        },
    ],
    "next_cursor": None,
}
_TWO_WEEKS: Final = {
    "from": "2026-12-21T00:00:00Z",
    "to": "2027-01-04T00:00:00Z",
    "items": [_OCCURRENCE_OUT],
    "next_cursor": None,
}

COMPONENTS: Final[dict[str, dict[str, Any]]] = {
    name: {"summary": summary, "value": value}
    for name, summary, value in (
        ("NewSingleEvent", "A single event", _SINGLE_IN),
        ("NewZonedEvent", "A single event that keeps its wall time, notified twice", _ZONED_IN),
        ("NewAllDayEvent", "Three days, notified on the first at nine", _ALL_DAY_IN),
        ("NewSeries", "A weekly series with a changed and an excluded occurrence", _SERIES_IN),
        ("SingleEvent", "A single event", _SINGLE_OUT),
        ("ZonedEvent", "A single event that keeps its wall time", _ZONED_OUT),
        ("AllDayEvent", "Three days", _ALL_DAY_OUT),
        ("Series", "A weekly series with a changed and an excluded occurrence", _SERIES_OUT),
        ("ChangedOccurrence", "A changed occurrence", _OCCURRENCE_OUT),
        ("FollowingSeries", "From there on half an hour later", _SPLIT_OUT),
        ("Week", "A week: an all-day event, a single one, and an occurrence", _WEEK),
        ("TwoWeeks", "Two weeks: one occurrence is changed, one excluded", _TWO_WEEKS),
        (
            "ChangeTime",
            "Another time",
            {"starts_at": "2026-11-24T10:00:00+03:00", "duration": "PT1H"},
        ),
        ("ChangeReminders", "Other reminders", {"reminders": ["P1D", "PT15M"]}),
        ("ChangeToAllDay", "All day instead of a time", {"starts_on": "2026-11-24"}),
        ("ChangeRule", "Another rule", {"recurrence": {"rule": "FREQ=WEEKLY;BYDAY=WE,FR"}}),
        ("ClearLocation", "No location any more", {"location": None}),
        ("ChangeOccurrence", "Another title, place and start", _CHANGE),
        ("ResetOccurrence", "The title of the series again", {"title": None}),
        (
            "SplitSeries",
            "From here on half an hour later",
            {"at": "2027-01-06T19:30:00", "changes": _CHANGES},
        ),
    )
}
"""The examples that bodies refer to: once in the document, with the nulls that FastAPI drops."""


def references(*names: str) -> dict[str, Any]:
    """What a body's `examples` has instead of the examples themselves."""
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


NEW_EVENTS: Final = references("NewSingleEvent", "NewZonedEvent", "NewAllDayEvent", "NewSeries")
EVENT_PATCHES: Final = references(
    "ChangeTime", "ChangeReminders", "ChangeToAllDay", "ChangeRule", "ClearLocation"
)
OCCURRENCE_PATCHES: Final = references("ChangeOccurrence", "ResetOccurrence")
SPLITS: Final = references("SplitSeries")
