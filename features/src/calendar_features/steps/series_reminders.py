"""Steps about series whose occurrences start in seconds, and about their notifications."""

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from calendar_features import documents, durations
from calendar_features.documents import Table
from calendar_features.events_client import NEW_SERIES, EventsClient
from calendar_features.reminders import Notifications
from calendar_features.series import ORDINALS, SeriesPlanner

_REMINDERS = r"(?:without a reminder|with (?:a reminder|reminders) (?P<leads>.+) before)"


@given(
    parsers.re(r'(?P<user>\w+) has a series "(?P<title>[^"]+)" in (?P<starts>.+?), ' + _REMINDERS)
)
def has_series(
    user: str, title: str, starts: str, leads: str | None, series_planner: SeriesPlanner
) -> None:
    series_planner.create_on_dates(user, title, durations.parse_list(starts), _leads(leads))


@given(
    parsers.re(
        r'(?P<user>\w+) has a daily series "(?P<title>[^"]+)" of (?P<count>\d+) occurrences?'
        r" that starts in (?P<duration>.+?), " + _REMINDERS
    )
)
def has_daily_series(
    user: str,
    title: str,
    count: str,
    duration: str,
    leads: str | None,
    series_planner: SeriesPlanner,
) -> None:
    start = durations.parse_words(duration)
    series_planner.create_daily(user, title, start, _leads(leads), count=int(count))


@given(
    parsers.re(
        r'(?P<user>\w+) has a daily series "(?P<title>[^"]+)" that began (?P<began>\d+ days) ago'
        r" and occurs again in (?P<duration>.+?), " + _REMINDERS
    )
)
def has_old_series(
    user: str,
    title: str,
    began: str,
    duration: str,
    leads: str | None,
    series_planner: SeriesPlanner,
) -> None:
    start, age = durations.parse_words(duration), durations.parse_words(began)
    series_planner.create_daily(user, title, start, _leads(leads), began=age)


def _leads(text: str | None) -> list[timedelta]:
    return durations.parse_list(text) if text else []


@given(
    parsers.parse(
        '{user:w} has a daily all-day series "{title}" from today,'
        " with a reminder that is due in {duration}"
    )
)
def has_all_day_series(user: str, title: str, duration: str, series_planner: SeriesPlanner) -> None:
    series_planner.create_all_day(user, title, durations.parse_words(duration))


@given(parsers.parse("{user:w} has a batch of daily series"))
def has_batch(user: str, datatable: Table, series_planner: SeriesPlanner) -> None:
    series_planner.create_daily_batch(
        user,
        [
            (title, durations.parse_words(start), int(count), durations.parse_words(lead))
            for title, start, count, lead in datatable[1:]
        ],
    )


@when(
    parsers.re(
        r"(?P<user>\w+) changes the (?P<ordinal>first|second|third) occurrence of"
        r' "(?P<title>[^"]+)" to have'
    )
)
def changes(
    user: str, ordinal: str, title: str, datatable: Table, series_planner: SeriesPlanner
) -> None:
    series_planner.change(user, title, ordinal, documents.from_rows(datatable))


@when(
    parsers.parse('{user:w} moves the {ordinal:w} occurrence of "{title}" to start in {duration}')
)
def moves(
    user: str, ordinal: str, title: str, duration: str, series_planner: SeriesPlanner
) -> None:
    start = series_planner.soon(durations.parse_words(duration))
    series_planner.move(user, title, ordinal, start)


@when(parsers.parse('{user:w} moves the {ordinal:w} occurrence of "{title}" onto the {other:w}'))
def moves_onto(
    user: str, ordinal: str, title: str, other: str, series_planner: SeriesPlanner
) -> None:
    start = series_planner[title].starts[ORDINALS[other]]
    series_planner.move(user, title, ordinal, start)


@when(parsers.parse('{user:w} moves the {ordinal:w} occurrence of "{title}" back'))
def moves_back(user: str, ordinal: str, title: str, series_planner: SeriesPlanner) -> None:
    series_planner.move_back(user, title, ordinal)


@when(parsers.parse('{user:w} deletes the {ordinal:w} occurrence of "{title}"'))
def deletes(user: str, ordinal: str, title: str, series_planner: SeriesPlanner) -> None:
    series_planner.delete(user, title, ordinal)


@when(parsers.parse('{user:w} moves the whole series "{title}" to start in {duration}'))
def moves_all(user: str, title: str, duration: str, series_planner: SeriesPlanner) -> None:
    series_planner.move_all(user, title, series_planner.soon(durations.parse_words(duration)))


@when(parsers.parse('{user:w} moves the whole series "{title}" back'))
def moves_all_back(
    user: str, title: str, series_planner: SeriesPlanner, client: EventsClient
) -> None:
    start = documents.parse_instant(client[title]["starts_at"])
    series_planner.move_all(user, title, start)


@when(
    parsers.parse(
        '{user:w} splits "{title}" at its {ordinal:w} occurrence, renaming it to "{other}"'
    )
)
def splits_and_renames(
    user: str,
    title: str,
    ordinal: str,
    other: str,
    series_planner: SeriesPlanner,
    client: EventsClient,
) -> None:
    series, index = series_planner[title], ORDINALS[ordinal]
    client.split(user, title, series.ids[index], changes={"title": other})
    series_planner.add(NEW_SERIES, series.starts[index:], series.leads)


@when(
    parsers.parse(
        '{user:w} splits "{title}" at its {ordinal:w} occurrence,'
        " moving it to start {duration} later"
    )
)
def splits_and_moves(
    user: str,
    title: str,
    ordinal: str,
    duration: str,
    series_planner: SeriesPlanner,
    client: EventsClient,
) -> None:
    series, index = series_planner[title], ORDINALS[ordinal]
    starts = [start + durations.parse_words(duration) for start in series.starts[index:]]
    changes = {"starts_at": documents.format_instant(starts[0]), "duration": "PT15M"}
    client.split(user, title, series.ids[index], changes=changes)
    series_planner.add(NEW_SERIES, starts, series.leads)


@when(
    parsers.parse(
        '{user:w} splits "{title}" at its {ordinal:w} occurrence, with a reminder {lead} before'
    )
)
def splits_with_reminder(
    user: str,
    title: str,
    ordinal: str,
    lead: str,
    series_planner: SeriesPlanner,
    client: EventsClient,
) -> None:
    series, index = series_planner[title], ORDINALS[ordinal]
    duration = durations.parse_words(lead)
    changes = {"notify_before": durations.format_iso(duration)}
    client.split(user, title, series.ids[index], changes=changes)
    series_planner.add(NEW_SERIES, series.starts[index:], [duration])


@when(parsers.parse('{user:w} ends "{title}" before its {ordinal:w} occurrence'))
def ends(
    user: str, title: str, ordinal: str, series_planner: SeriesPlanner, client: EventsClient
) -> None:
    client.end(user, title, series_planner[title].ids[ORDINALS[ordinal]])


@then(parsers.parse('{user:w} is notified of "{title}" once for each of these'))
def is_notified(
    user: str,
    title: str,
    datatable: Table,
    notifications: Notifications,
    series_planner: SeriesPlanner,
) -> None:
    series = series_planner[title]
    expected = []
    for ordinal, reminder in datatable[1:]:
        start = series.starts[ORDINALS[ordinal]]
        on_the_day = reminder == "on the day"
        lead = series.leads[0] if on_the_day else durations.parse_words(reminder[: -len(" before")])
        expected.append((start, start - lead))
    rows = notifications.final(user, title, len(expected), due_times=series.due_times)
    assert [(row["event_date"], row["notify_at"]) for row in rows] == expected


@then(
    parsers.parse(
        '{user:w} is notified of the first {count:d} occurrences of "{title}" once each, in order'
    )
)
def is_notified_of_first(
    user: str,
    count: int,
    title: str,
    notifications: Notifications,
    series_planner: SeriesPlanner,
) -> None:
    series = series_planner[title]
    rows = notifications.final(user, title, count, due_times=series.due_times)
    assert [row["event_date"] for row in rows] == series.starts[:count]


@then(parsers.parse('{user:w} is not notified of any occurrence of "{title}"'))
def is_not_notified(
    user: str, title: str, notifications: Notifications, series_planner: SeriesPlanner
) -> None:
    due_times = series_planner[title].due_times
    assert notifications.final(user, title, 0, due_times=due_times) == []
