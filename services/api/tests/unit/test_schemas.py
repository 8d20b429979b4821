"""Events and patches are validated by the same rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from calendar_api.events.models import EventFields
from calendar_api.events.patching import patched as apply
from calendar_api.events.schemas import MAX_BATCH, EventBatchIn, EventIn, EventPatch
from calendar_api.listing.schemas import DayQuery, RangeQuery
from calendar_api.web.problems import MAX_ERRORS

ID = "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
DENTIST: dict[str, Any] = {
    "title": " Dentist ",
    "starts_at": "2026-11-23T10:00:00+03:00",
    "duration": "PT45M",
}
STORED = EventFields(
    title="Dentist",
    description="Bring the X-ray.",
    starts_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    notify_before=timedelta(days=1),
)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def dentist(**changes: Any) -> dict[str, Any]:
    return DENTIST | changes


def errors_of(model: Any, document: object) -> set[tuple[Any, ...]]:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(document)
    return {(*error["loc"], error["type"]) for error in raised.value.errors()}


def test_an_event_is_converted_to_fields() -> None:
    event = EventIn.model_validate(DENTIST)
    assert event.to_fields() == EventFields(
        title="Dentist",
        description=None,
        starts_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
        ends_at=datetime(2026, 11, 23, 7, 45, tzinfo=UTC),
        notify_before=None,
    )
    assert event.id is None


def test_what_the_server_says_of_an_event_is_ignored() -> None:
    document = dentist(id=None, user_id="bob", version="x", created_at={}, updated_at=None)
    event = EventIn.model_validate(document)
    assert (event.id, event.to_fields()) == (None, EventIn.model_validate(DENTIST).to_fields())


def test_an_end_and_a_duration_can_say_the_same() -> None:
    both = EventIn.model_validate(dentist(ends_at="2026-11-23T07:45:00Z", duration="PT0.75H"))
    assert both.to_fields() == EventIn.model_validate(DENTIST).to_fields()


def test_an_end_equals_the_duration_that_leads_to_it() -> None:
    by_end = EventIn.model_validate(
        {"title": "Dentist", "starts_at": DENTIST["starts_at"], "ends_at": "2026-11-23T07:45:00Z"}
    )
    assert by_end.to_fields() == EventIn.model_validate(DENTIST).to_fields()


def test_the_end_that_is_not_used_can_be_null() -> None:
    by_duration = EventIn.model_validate(dentist(ends_at=None))
    by_end = EventIn.model_validate(dentist(duration=None, ends_at="2026-11-23T07:45:00Z"))
    assert by_duration.to_fields() == by_end.to_fields()


@pytest.mark.parametrize("end", [{"duration": "PT0S"}, {"ends_at": DENTIST["starts_at"]}])
def test_an_event_can_have_no_length(end: dict[str, str]) -> None:
    content = EventIn.model_validate(dentist(duration=None) | end).to_fields()
    assert content.ends_at == content.starts_at


@pytest.mark.parametrize("missing", ["title", "starts_at"])
def test_a_missing_required_field_is_an_error(missing: str) -> None:
    document = {name: value for name, value in DENTIST.items() if name != missing}
    assert errors_of(EventIn, document) == {(missing, "missing")}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"duration": None}, ("one_end",)),
        ({"ends_at": "2026-11-23T08:00:00Z"}, ("duration", "end_conflict")),
        ({"duration": None, "ends_at": "2026-11-23T06:59:59Z"}, ("ends_at", "end_before_start")),
        ({"duration": "-PT1H"}, ("duration", "duration")),
        ({"duration": "P9999999D"}, ("duration", "date_time_range")),
        ({"duration": "P999999999999D"}, ("duration", "duration_range")),
        ({"notify_before": "P367D"}, ("notify_before", "lead_time_range")),
        ({"starts_at": "2026-11-23T10:00:00"}, ("starts_at", "date_time_offset")),
        ({"starts_at": None}, ("starts_at", "missing")),
        ({"title": None}, ("title", "string_type")),
        ({"title": " "}, ("title", "string_too_short")),
        ({"title": "a\0"}, ("title", "nul_character")),
        ({"id": "1"}, ("id", "uuid")),
        ({"description": 1}, ("description", "string_type")),
        ({"colour": "green"}, ("colour", "extra_forbidden")),
        ({"recurrence_id": "2026-11-23"}, ("recurrence_id", "recurrence_id")),
        ({"title": "\u200b"}, ("title", "invisible")),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], error: tuple[str, ...]) -> None:
    assert errors_of(EventIn, dentist(**changes)) == {error}


def test_every_wrong_field_is_named() -> None:
    assert errors_of(EventIn, {"title": "", "starts_at": "soon", "x": 1}) == {
        ("title", "string_too_short"),
        ("starts_at", "date_time"),
        ("x", "extra_forbidden"),
    }


def test_a_reminder_must_not_be_due_before_year_1() -> None:
    document = dentist(starts_at="0001-01-01T00:00:00Z", notify_before="PT0.000001S")
    assert errors_of(EventIn, document) == {("notify_before", "date_time_range")}
    assert EventIn.model_validate(document | {"notify_before": "PT0S"}).notify_before is not None


def test_an_event_can_last_from_year_1_to_9999() -> None:
    document = dentist(starts_at="0001-01-01T00:00:00Z", duration="P3652058DT86399.999999S")
    content = EventIn.model_validate(document).to_fields()
    assert content.ends_at == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("document", [None, [], [DENTIST], "Dentist", 1, True])
def test_anything_but_an_object_is_refused(document: object) -> None:
    with pytest.raises(ValidationError):
        EventIn.model_validate(document)


def test_an_error_in_a_batch_has_the_index() -> None:
    assert errors_of(EventBatchIn, {"events": [DENTIST, dentist(title="")]}) == {
        ("events", 1, "title", "string_too_short")
    }


@pytest.mark.parametrize(
    ("events", "type_"), [([], "too_short"), ([DENTIST] * (MAX_BATCH + 1), "too_long")]
)
def test_a_batch_has_1_to_1000_events(events: list[Any], type_: str) -> None:
    assert errors_of(EventBatchIn, {"events": events}) == {("events", type_)}


def test_the_largest_batch() -> None:
    assert len(EventBatchIn.model_validate({"events": [DENTIST] * MAX_BATCH}).events) == MAX_BATCH


def patched(**patch: Any) -> EventFields:
    return apply(STORED, EventPatch.model_validate(patch))


def test_an_empty_patch_changes_nothing() -> None:
    assert patched() == STORED


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        ({"title": " Doctor "}, {"title": "Doctor"}),
        ({"description": None}, {"description": None}),
        ({"notify_before": None}, {"notify_before": None}),
        ({"notify_before": "PT15M"}, {"notify_before": timedelta(minutes=15)}),
        ({"duration": "PT2H"}, {"ends_at": NINE}),
        ({"duration": "PT2H", "ends_at": None}, {"ends_at": NINE}),
        ({"duration": "PT2H", "ends_at": "2026-11-23T09:00:00Z"}, {"ends_at": NINE}),
        ({"duration": None}, {}),
        ({"id": None, "user_id": 1, "version": None, "created_at": [], "updated_at": ""}, {}),
        ({"ends_at": "2026-11-23T07:00:00Z"}, {"ends_at": datetime(2026, 11, 23, 7, tzinfo=UTC)}),
        (
            {"starts_at": "2026-11-23T07:30:00Z"},
            {"starts_at": datetime(2026, 11, 23, 7, 30, tzinfo=UTC)},
        ),
        (
            {"starts_at": "2026-11-24T07:00:00Z", "duration": "PT1H"},
            {
                "starts_at": datetime(2026, 11, 24, 7, tzinfo=UTC),
                "ends_at": datetime(2026, 11, 24, 8, tzinfo=UTC),
            },
        ),
    ],
)
def test_a_patch_changes_only_the_fields_that_are_sent(
    patch: dict[str, Any], changes: dict[str, Any]
) -> None:
    stored = {name: getattr(STORED, name) for name in EventFields.__slots__}
    assert patched(**patch) == EventFields(**stored | changes)


@pytest.mark.parametrize("field", ["title", "starts_at"])
def test_a_patch_cannot_clear_a_required_field(field: str) -> None:
    assert {error[0] for error in errors_of(EventPatch, {field: None})} == {field}


@pytest.mark.parametrize("patch", [{"ends_at": None}, {"ends_at": None, "duration": None}])
def test_a_patch_leaves_an_end(patch: dict[str, Any]) -> None:
    assert errors_of(EventPatch, patch) == {("one_end",)}


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ({"starts_at": "2026-11-23T09:00:00Z"}, ("ends_at", "end_before_start")),
        ({"ends_at": "2026-11-23T06:00:00Z"}, ("ends_at", "end_before_start")),
        ({"duration": "P9999999D"}, ("duration", "date_time_range")),
        (
            {"ends_at": "2026-11-23T09:00:00Z", "duration": "PT2H0.000001S"},
            ("duration", "end_conflict"),
        ),
        (
            {"starts_at": "2026-11-23T07:30:00Z", "ends_at": NINE.isoformat(), "duration": "PT2H"},
            ("duration", "end_conflict"),
        ),
    ],
)
def test_the_patched_event_is_validated_as_a_whole(
    patch: dict[str, Any], error: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as raised:
        patched(**patch)
    assert {(*each["loc"], each["type"]) for each in raised.value.errors()} == {error}


def test_rules_for_texts_hold_for_what_is_sent_only() -> None:
    """They may be newer than what is stored."""
    stored = replace(STORED, title="\u200b")
    patch = EventPatch.model_validate({"location": "5 High Street"})
    assert apply(stored, patch) == replace(stored, location="5 High Street")


def test_a_patch_takes_no_unknown_field() -> None:
    assert errors_of(EventPatch, {"colour": "green"}) == {("colour", "extra_forbidden")}


def test_a_patch_may_repeat_the_id() -> None:
    assert EventPatch.model_validate({"id": ID}).id == UUID(ID)


@pytest.mark.parametrize(
    ("changes", "is_range"),
    [
        ({}, True),
        ({"to": "2026-11-23T00:00:00.000001Z"}, True),
        ({"to": "2027-11-24T00:00:00Z"}, True),
        ({"to": "2027-11-24T00:00:00.000001Z"}, False),
        ({"to": "2026-11-23T00:00:00Z"}, False),
        ({"to": "2026-11-22T23:59:59Z"}, False),
        ({"to": "2026-11-23T01:00:00+03:00"}, False),
    ],
)
def test_a_range_goes_forward_and_at_most_366_days(
    changes: dict[str, str], *, is_range: bool
) -> None:
    query = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"} | changes
    if is_range:
        assert RangeQuery.model_validate(query).cursor is None
    else:
        assert errors_of(RangeQuery, query) == {("range",)}


def test_the_default_time_zone_is_utc() -> None:
    query = DayQuery.model_validate({"date": "2026-11-23"})
    assert (query.tz.key, query.limit) == ("UTC", 1_000)


@pytest.mark.parametrize("name", ["timezone", "Date", "offset"])
def test_an_unknown_parameter_is_named(name: str) -> None:
    assert errors_of(DayQuery, {"date": "2026-11-23", name: "1"}) == {(name, "extra_forbidden")}


@pytest.mark.parametrize("model", [EventIn, EventPatch, EventBatchIn, DayQuery, RangeQuery])
def test_the_number_of_errors_for_unknown_members_is_limited(
    model: type[BaseModel],
) -> None:
    # The known members are last, and are still read.
    known = {"title": "Dentist", "date": "2026-11-23", "from": "2026-11-23T07:00:00Z"}
    document = dict.fromkeys(map(str, range(10_000))) | known
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document)
    errors = caught.value.errors()
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    assert len(unknown) == MAX_ERRORS + 1
    missing = {error["loc"][0] for error in errors if error["type"] == "missing"}
    assert not missing & set(known)
