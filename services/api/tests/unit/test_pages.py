"""A page has the first items of its list that fit on it, in whatever order they are found."""

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.events.schemas import EventIn
from calendar_api.listing import windows
from calendar_api.listing.models import Item, ListKey, Page, Position
from calendar_api.listing.pages import MAX_PAGE_BYTES, PageBuilder
from calendar_api.listing.series import ListedSeries
from calendar_api.listing.windows import Dates, Window
from calendar_api.zones import ZoneInfo

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
HOUR = timedelta(hours=1)


def item(position: Position, size: int = 1) -> Item:
    return Item(position, size, lambda: json.dumps([*position], default=str).encode())


def place(number: int, event: int = 1, id_: str = "") -> Position:
    return Position(NOON + number * HOUR, UUID(int=event), id_)


def page(
    *sources: Iterable[Item],
    limit: int = 1000,
    after: Position | None = None,
    last: Position | None = None,
) -> Page:
    builder = PageBuilder(limit=limit, after=after, last=last)
    for source in sources:
        builder.add(source)
    return asyncio.run(builder.page())


def listed(found: Page) -> list[Any]:
    return list(json.loads(b"[%b]" % found.items))


def texts(positions: Iterable[Position]) -> list[Any]:
    return [[str(part) for part in position] for position in positions]


sources = st.lists(
    st.lists(st.builds(place, st.integers(0, 30), st.integers(1, 4), st.sampled_from(["", "a"]))),
    max_size=6,
)


@given(sources, st.integers(1, 9), st.randoms())
def test_all_pages_together_are_all_items_in_order(
    sources: list[list[Position]], limit: int, chance: Any
) -> None:
    disjoint = [sorted(set(each)) for each in _without_repeats(sources)]
    expected = texts(sorted(position for each in disjoint for position in each))
    walked: list[Any] = []
    after = None
    while True:
        chance.shuffle(disjoint)
        found = page(*(map(item, each) for each in disjoint), limit=limit, after=after)
        walked += listed(found)
        assert len(listed(found)) <= limit
        if found.last is None:
            break
        after = found.last
    assert walked == expected


def _without_repeats(sources: list[list[Position]]) -> list[set[Position]]:
    """No two events have the same item."""
    seen: set[Position] = set()
    disjoint = []
    for source in sources:
        disjoint.append(set(source) - seen)
        seen |= set(source)
    return disjoint


def test_nothing_comes_before_what_a_shortened_page_of_events_leaves_out() -> None:
    events, series = [place(1), place(3)], [place(n, 2, "a") for n in range(6)]
    found = page(map(item, events), map(item, series), last=place(3))
    assert listed(found) == texts([place(0, 2, "a"), place(1), place(1, 2, "a"),
                                   place(2, 2, "a"), place(3)])  # fmt: skip
    assert found.last == place(3)


def test_a_page_is_limited_in_bytes() -> None:
    large = [item(place(n), MAX_PAGE_BYTES // 2) for n in range(4)]
    found = page(large[2:], large[:2])
    assert listed(found) == texts([place(0), place(1)])
    assert found.last == place(1)


def test_a_page_has_one_item_however_large_it_is() -> None:
    huge = [item(place(n), 3 * MAX_PAGE_BYTES) for n in (1, 0)]
    found = page(huge[:1], huge[1:])
    assert (listed(found), found.last) == (texts([place(0)]), place(0))


def test_what_does_not_fit_is_not_kept() -> None:
    """Neither many items nor large ones, while those of more events are added."""
    builder = PageBuilder(limit=10, after=None)
    for event in range(1, 500):
        builder.add(item(place(n, event)) for n in range(100))
        assert len(builder._items) <= 31
    builder = PageBuilder(limit=1000, after=None)
    for event in range(1, 50):
        builder.add([item(place(0, event), MAX_PAGE_BYTES)])
        assert len(builder._items) <= 3


def test_no_more_is_taken_of_an_event_than_fits() -> None:
    taken = 0

    def endless() -> Iterable[Item]:
        nonlocal taken
        while True:
            taken += 1
            yield item(place(taken))

    assert len(listed(page(endless(), limit=5))) == 5
    assert taken == 6


def test_items_are_made_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_api.web.turns.TURN_SECONDS", -1.0)
    others = 0

    async def answer_others() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    async def run() -> None:
        builder = PageBuilder(limit=100, after=None)
        builder.add(item(place(n)) for n in range(100))
        answering = asyncio.create_task(answer_others())
        await builder.page()
        answering.cancel()

    asyncio.run(run())
    assert others > 50


# ---------------------------------------------------------------------------- one event's items


def key(window: Window, *, expand: bool = True) -> ListKey:
    return ListKey("ann", window, expand)


def listed_series(event: dict[str, Any], **document: Any) -> ListedSeries:
    fields = EventIn.model_validate({"title": "x"} | event).to_fields()
    members = {
        "id": str(UUID(int=1)),
        "title": "x",
        "starts_at": fields.starts_at.isoformat(),
        "ends_at": fields.ends_first_at.isoformat(),
        "duration": event.get("duration", "P1D"),
    }
    for name in ("time_zone", "starts_on", "ends_on"):
        if name in event:
            members[name] = event[name]
    for name in ("recurrence", "overrides"):
        if text := getattr(fields, name):
            members[name] = json.loads(text)
    text = json.dumps(members | document, separators=(",", ":")).encode()
    internal = {name: getattr(fields, name) for name in ("local_start", "moved", "last_day")}
    return ListedSeries(UUID(int=1), text, internal)


DAILY = {
    "starts_at": "2026-11-01T08:00:00",
    "duration": "PT1H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=DAILY"},
}
DAY = windows.day(date(2026, 11, 23), UTC_ZONE)


def positions(found: Iterable[Item]) -> list[Position]:
    return [each.position for each in found]


def test_an_occurrence_is_at_its_start() -> None:
    start = datetime(2026, 11, 23, 7, tzinfo=UTC)
    expected = [Position(start, UUID(int=1), "2026-11-23T08:00:00")]
    assert positions(listed_series(DAILY).items(key(DAY), None)) == expected


def test_occurrences_before_the_page_are_not_made() -> None:
    year = Window(DAY.start, DAY.start + timedelta(days=366))
    after = Position(DAY.start + timedelta(days=360), UUID(int=1))
    assert len(positions(listed_series(DAILY).items(key(year), after))) < 10


@pytest.mark.parametrize("expand", [True, False])
@pytest.mark.parametrize(("day", "count"), [(22, 0), (23, 1), (24, 0)])
def test_a_series_that_has_become_a_single_event_is_listed_as_it_is(
    day: int, count: int, *, expand: bool
) -> None:
    event = {"starts_at": "2026-11-23T07:00:00Z", "duration": "PT1H"}
    window = windows.day(date(2026, 11, day), UTC_ZONE)
    found = list(listed_series(event).items(key(window, expand=expand), None))
    assert len(found) == count
    for each in found:
        assert each.position == Position(datetime(2026, 11, 23, 7, tzinfo=UTC), UUID(int=1))
        assert json.loads(each.to_json())["starts_at"] == "2026-11-23T07:00:00+00:00"


def test_dates_that_a_zone_skipped_are_in_the_order_of_their_ids() -> None:
    """There was no 30 December 2011 in Apia: both dates start at one instant."""
    event = {
        "starts_on": "2011-12-29",
        "time_zone": "Europe/Berlin",
        "recurrence": {"dates": ["2011-12-29", "2011-12-30", "2011-12-31"]},
        "overrides": {"2011-12-30": {"starts_on": "2011-12-31", "ends_on": "2012-01-01"},
                      "2011-12-31": {"starts_on": "2011-12-30", "ends_on": "2011-12-31"}},
    }  # fmt: skip
    week = windows.week(date(2011, 12, 26), ZoneInfo("Pacific/Apia"))
    found = positions(listed_series(event).items(key(week), None))
    assert found == sorted(found)
    assert [each.recurrence_id for each in found] == ["2011-12-29", "2011-12-30", "2011-12-31"]
    assert found[1].starts_at == found[2].starts_at


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(1, 1, 1), "Asia/Tokyo", datetime.min.replace(tzinfo=UTC)),
        (date(1, 1, 1), "UTC", datetime(1, 1, 1, tzinfo=UTC)),
        (date(9999, 12, 31), "Etc/GMT+12", datetime(9999, 12, 31, 12, tzinfo=UTC)),
    ],
)
def test_every_date_has_a_place(day: date, zone: str, instant: datetime) -> None:
    assert Dates(day, day, ZoneInfo(zone)).midnight(day) == instant
