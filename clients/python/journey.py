"""The journey with clients by openapi-python-client."""

import os
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from calendar_client import AuthenticatedClient
from calendar_client.api.events import (
    change_event,
    create_event,
    delete_event,
    get_event,
    replace_event,
)
from calendar_client.api.lists import list_occurrences, list_range
from calendar_client.api.occurrences import change_occurrence, delete_occurrence, split_series
from calendar_client.models import (
    EventIn,
    EventInOverridesType0,
    EventOut,
    EventPage,
    EventPatch,
    FieldsProblem,
    OccurrencePatch,
    OverrideIn,
    Problem,
    Recurrence,
    RecurrenceIn,
    SplitIn,
)
from calendar_client.types import UNSET, Unset
from reminders import use_reminders

T = TypeVar("T")

START = datetime(2031, 3, 1, 10, tzinfo=UTC)


def client_of(user: str) -> AuthenticatedClient:
    return AuthenticatedClient(
        os.environ["API_URL"], token=user, prefix="", auth_header_name="X-User-Id"
    )


def expect(type_: type[T], response: object) -> T:
    assert isinstance(response, type_), response
    return response


def new_event(title: str, *, starts_at: datetime = START) -> EventIn:
    return EventIn(
        title=title,
        starts_at=starts_at.isoformat(),
        duration="PT45M",
        description="Bring the X-ray.",
        notify_before="P1D",
        location="5 High Street",
    )


def main() -> None:
    user = f"python-{uuid4()}"
    client = client_of(user)
    use_event(client)
    use_series(client)
    use_reminders(client, user)


def use_event(client: AuthenticatedClient) -> None:
    created = create_event.sync_detailed(client=client, body=new_event("Dentist"))
    event = expect(EventOut, created.parsed)
    assert created.status_code == 201
    assert created.headers["Location"] == f"/v1/events/{event.id}"
    assert event.notify_before == "P1D"
    assert event.ends_at == START + timedelta(minutes=45)

    found = get_event.sync_detailed(event.id, client=client)
    assert found.parsed == event
    assert found.headers["ETag"] == created.headers["ETag"]
    unchanged = get_event.sync_detailed(
        event.id, client=client, if_none_match=found.headers["ETag"]
    )
    assert unchanged.status_code == 304

    # What `get` returned can be put back.
    same = EventIn.from_dict(event.to_dict())
    assert replace_event.sync(event.id, client=client, body=same) == event

    # Lists, with paging.
    second = expect(
        EventOut,
        create_event.sync(
            client=client, body=new_event("Tea", starts_at=START + timedelta(hours=2))
        ),
    )
    listed = []
    cursor: str | Unset | None = UNSET
    while cursor is not None:
        page = expect(
            EventPage,
            list_range.sync(
                client=client, from_=START, to=START + timedelta(days=1), limit=1, cursor=cursor
            ),
        )
        listed += [each.id for each in page.items]
        cursor = page.next_cursor
    assert listed == [event.id, second.id]

    patched = expect(
        EventOut,
        change_event.sync(
            event.id, client=client, body=EventPatch(title="Doctor", duration="PT1H")
        ),
    )
    assert (patched.title, patched.duration, patched.notify_before) == ("Doctor", "PT1H", "P1D")

    # Null clears a member; what is left out stays.
    cleared = expect(
        EventOut,
        change_event.sync(
            event.id, client=client, body=EventPatch(notify_before=None, location=None)
        ),
    )
    assert cleared.notify_before is None
    assert cleared.location is UNSET
    assert cleared.description == "Bring the X-ray."

    # Errors are values with a type.
    missing = expect(Problem, get_event.sync(uuid4(), client=client))
    assert missing.type_ == "urn:calendar:problem:event-not-found"
    other = new_event("Other")
    other.id = event.id
    conflict = expect(Problem, create_event.sync(client=client, body=other))
    assert (conflict.status, conflict.type_) == (409, "urn:calendar:problem:event-exists")
    stale = expect(
        Problem,
        delete_event.sync(event.id, client=client, if_match=created.headers["ETag"]),
    )
    assert (stale.status, stale.type_) == (412, "urn:calendar:problem:version-mismatch")
    endless = EventIn(title="x", starts_at=START.isoformat())
    invalid = expect(FieldsProblem, replace_event.sync(event.id, client=client, body=endless))
    assert [(error.loc, error.type_) for error in invalid.errors] == [(["body"], "one_end")]

    # Another user sees nothing of it.
    stranger = client_of(f"python-{uuid4()}")
    assert expect(Problem, get_event.sync(event.id, client=stranger)).status == 404

    deleted = delete_event.sync_detailed(event.id, client=client)
    assert deleted.status_code == 204
    assert expect(Problem, get_event.sync(event.id, client=client)).status == 404


def use_series(client: AuthenticatedClient) -> None:
    """On Wednesdays at half past seven in Berlin, where clocks go forward on 30 March."""
    overrides = EventInOverridesType0()
    overrides["2031-03-12T19:30:00"] = OverrideIn(title="Rehearsal")
    choir = EventIn(
        title="Choir",
        starts_at="2031-03-05T19:30:00",
        duration="PT2H",
        time_zone="Europe/Berlin",
        recurrence=RecurrenceIn(rule="FREQ=WEEKLY;BYDAY=WE"),
        overrides=overrides,
        reminders=["P1D", "PT1H"],
    )
    series = expect(EventOut, create_event.sync(client=client, body=choir))
    assert series.starts_at == datetime(2031, 3, 5, 18, 30, tzinfo=UTC)
    assert (series.notify_before, series.reminders) == ("P1D", ["P1D", "PT1H"])

    assert occurrences(series, client) == [
        ("2031-03-05T19:30:00", "Choir", datetime(2031, 3, 5, 18, 30, tzinfo=UTC)),
        ("2031-03-12T19:30:00", "Rehearsal", datetime(2031, 3, 12, 18, 30, tzinfo=UTC)),
        ("2031-03-19T19:30:00", "Choir", datetime(2031, 3, 19, 18, 30, tzinfo=UTC)),
        ("2031-03-26T19:30:00", "Choir", datetime(2031, 3, 26, 18, 30, tzinfo=UTC)),
        ("2031-04-02T19:30:00", "Choir", datetime(2031, 4, 2, 17, 30, tzinfo=UTC)),
        ("2031-04-09T19:30:00", "Choir", datetime(2031, 4, 9, 17, 30, tzinfo=UTC)),
    ]

    # One occurrence is changed, another one excluded.
    later = OccurrencePatch(starts_at="2031-03-19T20:00:00")
    changed = expect(
        EventOut,
        change_occurrence.sync(series.id, "2031-03-19T19:30:00", client=client, body=later),
    )
    assert changed.recurrence_id == "2031-03-19T19:30:00"
    assert changed.starts_at == datetime(2031, 3, 19, 19, tzinfo=UTC)
    excluded = delete_occurrence.sync_detailed(series.id, "2031-03-26T19:30:00", client=client)
    assert excluded.status_code == 204

    # The series that `get` returned can be put back.
    found = expect(EventOut, get_event.sync(series.id, client=client))
    assert expect(Recurrence, found.recurrence).excluded == ["2031-03-26T19:30:00"]
    same = EventIn.from_dict(found.to_dict())
    assert replace_event.sync(series.id, client=client, body=same) == found

    # From April on it is another series, which then ends after its first occurrence.
    split = SplitIn(at="2031-04-02T19:30:00", changes=EventPatch(title="Concert"))
    following = expect(EventOut, split_series.sync(series.id, client=client, body=split))
    deleted = delete_event.sync_detailed(following.id, client=client, from_="2031-04-09T19:30:00")
    assert deleted.status_code == 204
    assert [id_ for id_, _, _ in occurrences(series, client)] == [
        "2031-03-05T19:30:00",
        "2031-03-12T19:30:00",
        "2031-03-19T19:30:00",
    ]
    assert occurrences(following, client) == [
        ("2031-04-02T19:30:00", "Concert", datetime(2031, 4, 2, 17, 30, tzinfo=UTC))
    ]


def occurrences(
    series: EventOut, client: AuthenticatedClient
) -> list[tuple[str | Unset, str, datetime]]:
    from_, to = datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 4, 15, tzinfo=UTC)
    page = list_occurrences.sync(series.id, client=client, from_=from_, to=to)
    items = expect(EventPage, page).items
    return [(each.recurrence_id, each.title, each.starts_at) for each in items]


if __name__ == "__main__":
    main()
