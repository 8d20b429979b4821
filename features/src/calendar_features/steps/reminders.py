"""Steps that create events by when they remind, and move them."""

from pytest_bdd import given, parsers, when

from calendar_features import events, spans
from calendar_features.database import Database
from calendar_features.diary import Diary
from calendar_features.events import Table
from calendar_features.reminders import LEAD, Planner, due_at, reminding, starting


@given(parsers.parse('{who:w} has an event "{title}" whose reminder is due in {span}'))
def has_reminder_due(who: str, title: str, span: str, planner: Planner) -> None:
    planner.start(who, title, spans.spoken(span) + LEAD, LEAD)


@given(
    parsers.parse(
        '{who:w} has an event "{title}" that starts in {span}, with a reminder {lead} before'
    )
)
def has_reminder_before(who: str, title: str, span: str, lead: str, planner: Planner) -> None:
    planner.start(who, title, spans.spoken(span), spans.spoken(lead))


@given(
    parsers.parse(
        '{who:w} has an event "{title}" that started {span} ago, with a reminder {lead} before'
    )
)
def has_started(who: str, title: str, span: str, lead: str, planner: Planner) -> None:
    planner.start(who, title, -spans.spoken(span), spans.spoken(lead))


@given(parsers.parse('{who:w} has an event "{title}" that starts in {span}, without a reminder'))
def has_no_reminder(who: str, title: str, span: str, planner: Planner) -> None:
    planner.start(who, title, spans.spoken(span), None)


@given(parsers.parse('{who:w} has "{title}" under the ID and times of "{other}"'))
def has_same_times(who: str, title: str, other: str, diary: Diary) -> None:
    same = ("id", "starts_at", "ends_at", "notify_before")
    diary.have(who, events.an_event(title=title, **{field: diary[other][field] for field in same}))


@given(parsers.parse("{who:w} has a batch of events"))
def has_batch_of_events(who: str, datatable: Table, database: Database, diary: Diary) -> None:
    now = database.now()
    diary.have(
        who,
        *(
            starting(title, now + spans.spoken(start), spans.spoken(lead))
            for title, start, lead in datatable[1:]
        ),
    )


@given(
    parsers.parse("{users:d} users have {count:d} events each whose reminders are due in {span}"),
    target_fixture="crowd",
)
def has_crowd(
    users: int, count: int, span: str, database: Database, diary: Diary
) -> dict[str, int]:
    """The users' names, and how many events each has."""
    due = database.now() + spans.spoken(span)
    crowd = {f"User{number}": count for number in range(users)}
    for who in crowd:
        diary.have(who, *(reminding(f"number {number}", due) for number in range(count)))
    assert database.now() < due, "creating the events took longer than their reminders' time"
    return crowd


@when(parsers.parse('{who:w} sends "{title}" again'))
def sends_again(who: str, title: str, diary: Diary) -> None:
    sent = ("id", "title", "description", "starts_at", "ends_at", "notify_before")
    diary.create(who, {field: diary[title][field] for field in sent})


@when(parsers.parse('{who:w} moves "{title}" so that its reminder is due in {span}'))
def moves_reminder(who: str, title: str, span: str, diary: Diary, planner: Planner) -> None:
    event = diary[title]
    lead = events.instant(event["starts_at"]) - due_at(event)
    planner.move(who, title, spans.spoken(span) + lead)


@when(parsers.parse('{who:w} moves "{title}" to start in {span}'))
def moves_start(who: str, title: str, span: str, planner: Planner) -> None:
    planner.move(who, title, spans.spoken(span))


@when(parsers.parse('{who:w} moves "{title}" to have started {span} ago'))
def moves_into_past(who: str, title: str, span: str, planner: Planner) -> None:
    planner.move(who, title, -spans.spoken(span))


@when(parsers.parse('{who:w} moves "{title}" back'))
def moves_back(who: str, title: str, planner: Planner) -> None:
    planner.move_back(who, title)


@when(parsers.parse('{who:w} wants to be reminded of "{title}" {lead} before'))
def wants_reminder(who: str, title: str, lead: str, diary: Diary) -> None:
    answer = diary.change(who, title, {"notify_before": spans.iso(spans.spoken(lead))})
    assert answer.status_code == 200, answer.text


@when(parsers.parse('{who:w} replaces "{title}", with a reminder that is due in {span}'))
def replaces_due(who: str, title: str, span: str, database: Database, diary: Diary) -> None:
    event = reminding("Surgeon", database.now() + spans.spoken(span))
    answer = diary.replace(who, title, event)
    assert answer.status_code == 200, answer.text


@when(parsers.parse('{who:w} replaces all of "{title}" but its start and its lead time'))
def replaces_rest(who: str, title: str, diary: Diary) -> None:
    same = {field: diary[title][field] for field in ("starts_at", "notify_before")}
    diary.replace(
        who, title, events.an_event(title="Surgeon", description="New.", duration="PT3H", **same)
    )
