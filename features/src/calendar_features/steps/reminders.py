"""Steps that create and move events with reminders relative to now."""

from datetime import timedelta

from pytest_bdd import given, parsers, when

from calendar_features import documents, durations
from calendar_features.database import Database
from calendar_features.documents import Table
from calendar_features.events_client import EventsClient
from calendar_features.reminders import LEAD, Planner, due_at, event_due_at, event_starting_at
from calendar_features.series import SeriesPlanner


@given(parsers.parse('{user:w} has an event "{title}" whose reminder is due in {duration}'))
def has_reminder_due(user: str, title: str, duration: str, planner: Planner) -> None:
    planner.start(user, title, durations.parse_words(duration) + LEAD, LEAD)


@given(
    parsers.parse(
        '{user:w} has an event "{title}" that starts in {duration}, with a reminder {lead} before'
    )
)
def has_reminder_before(user: str, title: str, duration: str, lead: str, planner: Planner) -> None:
    planner.start(user, title, durations.parse_words(duration), durations.parse_words(lead))


@given(
    parsers.parse(
        '{user:w} has an event "{title}" that started {duration} ago, with a reminder {lead} before'
    )
)
def has_started(user: str, title: str, duration: str, lead: str, planner: Planner) -> None:
    planner.start(user, title, -durations.parse_words(duration), durations.parse_words(lead))


@given(
    parsers.parse('{user:w} has an event "{title}" that starts in {duration}, without a reminder')
)
def has_no_reminder(user: str, title: str, duration: str, planner: Planner) -> None:
    planner.start(user, title, durations.parse_words(duration), None)


@given(
    parsers.parse(
        '{user:w} has an event "{title}" that starts in {duration}, with reminders {leads} before'
    )
)
def has_reminders_before(
    user: str, title: str, duration: str, leads: str, database: Database, client: EventsClient
) -> None:
    reminders = [durations.format_iso(lead) for lead in durations.parse_list(leads)]
    start = database.now() + durations.parse_words(duration)
    starts_at = documents.format_instant(start)
    client.create_all(
        user, documents.an_event(title=title, starts_at=starts_at, reminders=reminders)
    )


@given(
    parsers.parse(
        '{user:w} has an event "{title}" on the clocks of {zone:S} that starts in {duration},'
        " with a reminder {lead} before"
    )
)
def has_reminder_in_zone(
    user: str,
    title: str,
    zone: str,
    duration: str,
    lead: str,
    series_planner: SeriesPlanner,
    client: EventsClient,
) -> None:
    start = series_planner.soon(durations.parse_words(duration))
    client.create_all(
        user, event_starting_at(title, start, durations.parse_words(lead), time_zone=zone)
    )


@given(
    parsers.re(
        r'(?P<user>\w+) has an all-day event "(?P<title>[^"]+)" (?P<day>today|tomorrow), with a'
        r" reminder(?: (?P<lead>\d+ \w+) before)?(?: and one)?(?: that is due in (?P<due>.+))?"
    )
)
def has_all_day_event(
    user: str,
    title: str,
    day: str,
    lead: str | None,
    due: str | None,
    series_planner: SeriesPlanner,
    client: EventsClient,
) -> None:
    due_at = series_planner.soon(durations.parse_words(due) if due else timedelta())
    midnight = due_at.replace(hour=0, minute=0, second=0)
    leads = [durations.parse_words(lead)] if lead else []
    if due:
        leads.append(midnight - due_at)
    first = midnight.date() + timedelta(days=1 if day == "tomorrow" else 0)
    client.create_all(
        user,
        documents.an_event(
            title=title,
            starts_on=str(first),
            reminders=[durations.format_iso(each) for each in leads],
        ),
    )


@given(parsers.parse('{user:w} has "{title}" with the ID and times of "{other}"'))
def has_same_times(user: str, title: str, other: str, client: EventsClient) -> None:
    same = ("id", "starts_at", "ends_at", "notify_before")
    client.create_all(
        user, documents.an_event(title=title, **{field: client[other][field] for field in same})
    )


@given(parsers.parse("{user:w} has a batch of events"))
def has_batch_of_events(
    user: str, datatable: Table, database: Database, client: EventsClient
) -> None:
    now = database.now()
    client.create_all(
        user,
        *(
            event_starting_at(
                title, now + durations.parse_words(start), durations.parse_words(lead)
            )
            for title, start, lead in datatable[1:]
        ),
    )


@given(
    parsers.parse(
        "{users:d} users have {count:d} events each whose reminders are due in {duration}"
    ),
    target_fixture="event_counts",
)
def users_have_events(
    users: int, count: int, duration: str, database: Database, client: EventsClient
) -> dict[str, int]:
    """Returns the number of events by user name."""
    due = database.now() + durations.parse_words(duration)
    event_counts = {f"User{number}": count for number in range(users)}
    for user in event_counts:
        client.create_all(user, *(event_due_at(f"number {number}", due) for number in range(count)))
    assert database.now() < due, "creating the events took until after their reminders were due"
    return event_counts


@when(parsers.parse('{user:w} sends "{title}" again'))
def sends_again(user: str, title: str, client: EventsClient) -> None:
    sent = ("id", "title", "description", "starts_at", "ends_at", "notify_before")
    client.create(user, {field: client[title][field] for field in sent})


@when(parsers.parse('{user:w} moves "{title}" so that its reminder is due in {duration}'))
def moves_reminder(
    user: str, title: str, duration: str, client: EventsClient, planner: Planner
) -> None:
    event = client[title]
    lead = documents.parse_instant(event["starts_at"]) - due_at(event)
    planner.move(user, title, durations.parse_words(duration) + lead)


@when(parsers.parse('{user:w} moves "{title}" to start in {duration}'))
def moves_start(user: str, title: str, duration: str, planner: Planner) -> None:
    planner.move(user, title, durations.parse_words(duration))


@when(parsers.parse('{user:w} moves "{title}" to have started {duration} ago'))
def moves_into_past(user: str, title: str, duration: str, planner: Planner) -> None:
    planner.move(user, title, -durations.parse_words(duration))


@when(parsers.parse('{user:w} moves "{title}" back'))
def moves_back(user: str, title: str, planner: Planner) -> None:
    planner.move_back(user, title)


@when(parsers.parse('{user:w} sets the lead time of "{title}" to {lead}'))
def sets_lead_time(user: str, title: str, lead: str, client: EventsClient) -> None:
    response = client.change(
        user, title, {"notify_before": durations.format_iso(durations.parse_words(lead))}
    )
    assert response.status_code == 200, response.text


@when(parsers.parse('{user:w} sets the lead times of "{title}" to {leads}'))
def sets_lead_times(user: str, title: str, leads: str, client: EventsClient) -> None:
    reminders = [durations.format_iso(lead) for lead in durations.parse_list(leads)]
    response = client.change(user, title, {"reminders": reminders})
    assert response.status_code == 200, response.text


@when(parsers.parse('{user:w} replaces "{title}", with a reminder that is due in {duration}'))
def replaces_due(
    user: str, title: str, duration: str, database: Database, client: EventsClient
) -> None:
    event = event_due_at("Surgeon", database.now() + durations.parse_words(duration))
    response = client.replace(user, title, event)
    assert response.status_code == 200, response.text


@when(parsers.parse('{user:w} replaces all fields of "{title}" except start and lead time'))
def replaces_rest(user: str, title: str, client: EventsClient) -> None:
    same = {field: client[title][field] for field in ("starts_at", "notify_before")}
    client.replace(
        user,
        title,
        documents.an_event(title="Surgeon", description="New.", duration="PT3H", **same),
    )
