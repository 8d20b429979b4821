"""The checker names each doctored line, and nothing where a history is as it should be."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from calendar_faults.checker import check
from calendar_faults.history import DeadLetter, Operation, Poison, Record, Row, Seen
from calendar_faults.report import Kind, Report
from tests.unit.story import Story, a_good_day, at, content, event_id, said_of


def verdict(story: Story) -> Report:
    return check(story.told(), most_uncertain=1)


def kinds(story: Story) -> list[Kind]:
    return sorted({violation.kind for violation in verdict(story).violations})


def rows(story: Story) -> list[Row]:
    return [line for line in story.lines if isinstance(line, Row)]


def change(story: Story, line: Row | Record | Operation, **update: object) -> None:
    story.lines[story.lines.index(line)] = line.model_copy(update=update)


def test_a_good_day_is_good() -> None:
    report = verdict(a_good_day())

    assert report.violations == []
    assert (report.expected, report.possible, report.stored) == (3, 0, 3)
    assert report.lateness == [timedelta(seconds=0.06)] * 3
    assert report.outcomes == {"ok": 9}


# ------------------------------------------------------------------ rows and records, doctored


def lose_one(story: Story) -> None:
    story.lines.remove(rows(story)[0])


def lose_one_that_was_seen(story: Story) -> None:
    (row, *_) = rows(story)
    story.lines.append(Seen(notification_id=row.notification_id, at=row.stored_at))
    story.lines.remove(row)


def double_one(story: Story) -> None:
    story.lines.append(rows(story)[0])


def double_one_under_another_id(story: Story) -> None:
    story.lines.append(rows(story)[0].model_copy(update={"notification_id": event_id(99)}))


def send_for_a_deleted_event(story: Story) -> None:
    story.delivers(3, content(30), sent=30.05)


def send_the_old_time_of_a_moved_event(story: Story) -> None:
    story.delivers(4, content(40), sent=40.05)


def send_for_an_event_that_had_started(story: Story) -> None:
    past = content(-7200)
    story.creates(5, past, begin=5)
    story.delivers(5, past, sent=5.05)


def store_early(story: Story) -> None:
    change(story, rows(story)[0], stored_at=at(9.999999))


def send_early(story: Story) -> None:
    record = next(line for line in story.lines if isinstance(line, Record))
    change(story, record, appended=at(9.9))


def store_late(story: Story) -> None:
    change(story, rows(story)[0], stored_at=at(41))


def send_a_second_time_after_a_delete(story: Story) -> None:
    story.deletes(1, begin=60)
    story.reads(1, None, begin=91)
    story.lines = [line for line in story.lines if line not in reads_of(story, 1)[:1]]
    story.breaks("scheduler killed", 61, 62, "repeats")
    story.delivers(1, content(10), sent=62)


def send_twice_for_nothing(story: Story) -> None:
    story.delivers(1, content(10), sent=10.1)


def send_a_wrong_title(story: Story) -> None:
    for line in list(story.lines):
        if isinstance(line, Row | Record) and line.title == "Walk":
            change(story, line, title="Talk")


def store_a_wrong_title(story: Story) -> None:
    change(story, rows(story)[1], title="Talk")


def store_a_wrong_id(story: Story) -> None:
    for line in list(story.lines):
        if isinstance(line, Row | Record) and line.title == "Walk":
            change(story, line, notification_id=event_id(77))


def store_what_nobody_wrote(story: Story) -> None:
    said = said_of(99, content(10))
    story.lines.append(Record(**said, partition=0, offset=999, appended=at(10.02)))
    story.lines.append(Row(**said, stored_at=at(10.05)))


def store_for_another_user(story: Story) -> None:
    for line in list(story.lines):
        if isinstance(line, Row | Record) and line.title == "Walk":
            change(story, line, user_id="eve")


def store_a_wrong_start(story: Story) -> None:
    for line in list(story.lines):
        if isinstance(line, Row | Record) and line.title == "Walk":
            change(story, line, event_date=line.event_date + timedelta(seconds=1))


def reads_of(story: Story, number: int) -> list[Operation]:
    return [
        line
        for line in story.lines
        if isinstance(line, Operation)
        and line.call == "read"
        and list(line.events) == [event_id(number)]
    ]


def forget_a_write(story: Story) -> None:
    change(story, reads_of(story, 1)[0], events={event_id(1): None}, versions={})


def forget_a_change(story: Story) -> None:
    change(story, reads_of(story, 4)[0], events={event_id(4): content(40)}, versions={})


def count_a_change_twice(story: Story) -> None:
    change(story, reads_of(story, 4)[0], versions={event_id(4): 3})


def resurrect_a_write(story: Story) -> None:
    change(story, reads_of(story, 3)[0], events={event_id(3): content(30)})


def store_half_a_batch(story: Story) -> None:
    batch = {n: content(200 + n, title=f"B{n}") for n in (11, 12)}
    story.does("create", dict(batch), begin=70, outcome="unknown", status=503)
    story.reads(11, batch[11], begin=92)
    story.reads(12, None, begin=92)
    story.end_at = 93


def forget_half_a_batch(story: Story) -> None:
    change(story, reads_of(story, 2)[0], events={event_id(2): None})


def refuse_a_retry(story: Story) -> None:
    story.creates(1, content(10), begin=85, outcome="refused", status=409)


def refuse_the_current_tag(story: Story) -> None:
    story.changes(4, content(50), begin=85, if_match=2, outcome="refused", status=412)


def answer_slowly(story: Story) -> None:
    story.reads(1, content(10), begin=85, took=5.5)


def answer_500(story: Story) -> None:
    story.changes(5, content(10), begin=85, outcome="unknown", status=500)


def lose_poison(story: Story) -> None:
    story.poisons(b"{")
    story.lines = [line for line in story.lines if not isinstance(line, DeadLetter)]


def make_a_dead_letter_of_something_else(story: Story) -> None:
    story.poisons(b"{")
    story.lines = [line for line in story.lines if not isinstance(line, Poison)]


def leave_work(story: Story) -> None:
    story.left = {"due": 1, "lag": 2, "idle_in_transaction": 3, "parked": {event_id(1)}}


DOCTORED: dict[Callable[[Story], None], list[Kind]] = {
    lose_one: [Kind.LOST],
    lose_one_that_was_seen: [Kind.LOST],
    double_one: [Kind.DOUBLED],
    double_one_under_another_id: [Kind.ALIEN, Kind.DOUBLED, Kind.WRONG_ID],
    send_for_a_deleted_event: [Kind.SENT_AFTER_END, Kind.UNEXPECTED],
    send_the_old_time_of_a_moved_event: [Kind.SENT_AFTER_END, Kind.UNEXPECTED],
    send_for_an_event_that_had_started: [Kind.UNEXPECTED],
    store_early: [Kind.EARLY],
    send_early: [Kind.EARLY],
    store_late: [Kind.LATE],
    send_a_second_time_after_a_delete: [Kind.SENT_AFTER_END],
    send_twice_for_nothing: [Kind.REPEATED],
    send_a_wrong_title: [Kind.WRONG_TITLE],
    store_a_wrong_title: [Kind.ALIEN],
    store_a_wrong_id: [Kind.WRONG_ID],
    store_what_nobody_wrote: [Kind.ALIEN],
    store_for_another_user: [Kind.ALIEN, Kind.LOST],
    store_a_wrong_start: [Kind.ALIEN, Kind.LOST, Kind.WRONG_ID],
    forget_a_write: [Kind.MISSING_WRITE],
    forget_a_change: [Kind.MISSING_WRITE],
    count_a_change_twice: [Kind.MISSING_WRITE],
    resurrect_a_write: [Kind.RESURRECTED_WRITE],
    store_half_a_batch: [Kind.HALF_A_BATCH],
    forget_half_a_batch: [Kind.HALF_A_BATCH, Kind.MISSING_WRITE],
    refuse_a_retry: [Kind.WRONG_ANSWER],
    refuse_the_current_tag: [Kind.WRONG_ANSWER],
    answer_slowly: [Kind.SLOW_ANSWER],
    answer_500: [Kind.WRONG_ANSWER],
    lose_poison: [Kind.LOST_POISON],
    make_a_dead_letter_of_something_else: [Kind.ALIEN],
    leave_work: [Kind.LEFT_OVER],
}


@pytest.mark.parametrize("doctor", DOCTORED, ids=lambda doctor: doctor.__name__)
def test_a_doctored_history_is_named(doctor: Callable[[Story], None]) -> None:
    story = a_good_day()

    doctor(story)

    assert kinds(story) == sorted(DOCTORED[doctor]), verdict(story)


def test_each_violation_says_which_event() -> None:
    story = a_good_day()
    lose_one(story)

    (violation,) = verdict(story).violations

    assert str(event_id(1)) in violation.what
    assert "ann" in violation.what


# --------------------------------------------------------------------- what may go either way


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("begin", [9.99, 10.0, 10.5])
def test_a_delete_at_the_due_time_may_win_or_lose(begin: float, is_sent: bool) -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=begin)
    if is_sent:
        story.delivers(1, content(10), sent=min(10.01, begin + 0.01), stored=10.03)

    report = verdict(story)

    assert report.violations == []
    assert report.possible == 1


@pytest.mark.parametrize(
    ("deleted", "kinds_found"), [(24.9, []), (25.0, [Kind.LOST]), (31, [Kind.LOST])]
)
def test_a_delete_after_all_was_caught_up_comes_too_late(
    deleted: float, kinds_found: list[Kind]
) -> None:
    story = Story()
    for begin in range(5, 90, 10):
        story.breaks("scheduler killed", begin, begin + 4)
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=deleted)
    assert kinds(story) == []

    story.catches_up(due_by=9, noted=9.5)
    story.catches_up(due_by=20, noted=25)
    story.catches_up(due_by=30, noted=30.5)

    assert kinds(story) == kinds_found


def test_what_is_stored_after_all_was_caught_up_is_late() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.delivers(1, content(10), sent=10.01, stored=12)
    story.catches_up(due_by=11, noted=11.5)

    assert kinds(story) == [Kind.LATE]


def test_a_row_stored_after_the_acknowledged_end_is_unexpected() -> None:
    """Also without the topic's records, which would have shown when it was sent."""
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=5)
    story.lines.append(Row(**said_of(1, content(10)), stored_at=at(10.05)))

    assert Kind.UNEXPECTED in kinds(story)


def test_a_row_that_was_seen_and_is_gone_is_lost() -> None:
    """Also if it need not have been stored: the delete raced with the reminder."""
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=10)
    story.delivers(1, content(10), sent=10.01)
    (row,) = rows(story)
    story.lines.append(Seen(notification_id=row.notification_id, at=at(10.25)))
    assert kinds(story) == []

    story.lines.remove(row)

    assert kinds(story) == [Kind.LOST]


def test_a_delete_before_the_due_time_wins() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=9.97)
    story.delivers(1, content(10), sent=10.0)

    assert Kind.SENT_AFTER_END in kinds(story)


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_create_without_an_answer_may_have_happened(is_sent: bool) -> None:
    story = Story()
    story.creates(1, content(10), begin=0, outcome="unknown")
    if is_sent:
        story.delivers(1, content(10), sent=10.01)

    assert verdict(story).violations == []


@pytest.mark.parametrize("is_there", [True, False])
def test_but_when_it_is_read_at_the_end_it_is_known(is_there: bool) -> None:
    story = Story()
    story.creates(1, content(10), begin=0, outcome="unknown")
    story.reads(1, content(10) if is_there else None, begin=90)

    assert kinds(story) == ([Kind.LOST] if is_there else [])


def test_a_retry_of_an_unanswered_create_is_the_same_event() -> None:
    story = Story()
    story.creates(1, content(10), begin=0, outcome="unknown")
    story.creates(1, content(10), begin=1, versions={1: 1}, status=200)
    story.delivers(1, content(10), sent=10.01)
    story.reads(1, content(10), begin=90, versions={1: 1})

    assert verdict(story).violations == []
    assert verdict(story).expected == 1


def test_a_retry_of_an_unanswered_delete_finds_nothing() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=1, outcome="unknown", status=503)
    story.deletes(1, begin=2, outcome="refused", status=404)

    assert verdict(story).violations == []
    assert verdict(story).expected == 0


def test_an_event_nobody_deleted_is_not_missing() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=2, outcome="refused", status=404)
    story.delivers(1, content(10), sent=10.01)

    assert kinds(story) == [Kind.MISSING_WRITE]


def test_what_was_moved_away_and_back_is_one_row() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.delivers(1, content(10), sent=10.01)
    story.changes(1, content(60), begin=20)
    story.changes(1, content(10), begin=30)
    story.delivers(1, content(10), sent=30.1)

    assert verdict(story).violations == []
    assert verdict(story).expected == 1


def test_a_title_changed_before_sending_is_the_one_that_is_sent() -> None:
    story = Story()
    story.creates(1, content(10, title="Old"), begin=0)
    story.changes(1, content(10, title="New"), begin=5)
    story.delivers(1, content(10, title="Old"), sent=10.01)

    assert kinds(story) == [Kind.WRONG_TITLE]


@pytest.mark.parametrize("title", ["Old", "New"])
def test_a_title_changed_while_it_is_sent_may_be_either(title: str) -> None:
    story = Story()
    story.creates(1, content(10, title="Old"), begin=0)
    story.changes(1, content(10, title="New"), begin=10.0)
    story.delivers(1, content(10, title=title), sent=10.03)

    assert verdict(story).violations == []


def test_a_hundred_retries_without_an_answer_are_not_too_many_orders() -> None:
    story = Story()
    story.creates(1, content(100), begin=0, versions={1: 1})
    for number in range(100):
        story.changes(1, content(50), begin=1 + number / 10, outcome="unknown", status=503)
    story.changes(1, content(50), begin=12)
    story.delivers(1, content(50), sent=50.01)
    story.reads(1, content(50), begin=90, versions={1: 5})

    report = verdict(story)

    assert report.violations == []
    assert report.undecided == 0


def test_two_writers_with_if_match() -> None:
    story = Story()
    story.creates(1, content(10), begin=0, versions={1: 1})
    story.changes(1, content(20), begin=1, if_match=1, versions={1: 2})
    story.changes(1, content(30), begin=1, if_match=1, outcome="refused", status=412)
    story.reads(1, content(20), begin=90, versions={1: 2})
    story.delivers(1, content(20), sent=20.01)

    assert verdict(story).violations == []


def test_two_writers_cannot_both_win() -> None:
    story = Story()
    story.creates(1, content(10), begin=0, versions={1: 1})
    story.changes(1, content(20), begin=1, if_match=1, versions={1: 2})
    story.changes(1, content(20), begin=2, if_match=1, versions={1: 2})
    story.delivers(1, content(20), sent=20.01)

    assert kinds(story) == [Kind.WRONG_ANSWER]


def test_an_outage_excuses_lateness() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.breaks("broker away", 9, 40, "lateness")
    story.delivers(1, content(10), sent=41, stored=41.1)

    assert verdict(story).violations == []
    assert verdict(story).undisturbed == []


def test_a_frozen_broker_excuses_what_was_on_the_wire() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=15, took=0.1)
    story.breaks("broker frozen", 9, 20, "lateness", "in-flight")
    story.delivers(1, content(10), sent=20.01)

    assert verdict(story).violations == []


def test_a_killed_broker_does_not() -> None:
    story = Story()
    story.creates(1, content(10), begin=0)
    story.deletes(1, begin=15, took=0.1)
    story.breaks("broker killed", 9, 20, "lateness")
    story.delivers(1, content(10), sent=20.01)

    assert kinds(story) == [Kind.SENT_AFTER_END]


def test_an_unreachable_api_excuses_slow_answers() -> None:
    story = Story()
    story.breaks("api stopped", 9, 20, "answers")
    story.creates(1, content(30), begin=10, took=8, outcome="unknown")

    assert verdict(story).violations == []


def test_slow_at_rest() -> None:
    story = Story()
    for number in range(120):
        story.creates(number, content(10), begin=0)
        story.delivers(number, content(10), sent=10.01, stored=11.5 if number < 3 else 10.02)

    assert kinds(story) == [Kind.SLOW_AT_REST]


def test_a_run_of_races_proves_too_little() -> None:
    story = Story()
    for number in range(10):
        story.creates(number, content(10), begin=0)
        story.deletes(number, begin=10)

    assert [violation.kind for violation in check(story.told()).violations] == [Kind.TOO_UNCERTAIN]


def test_the_report_reads_well() -> None:
    story = a_good_day()
    lose_one(story)

    assert str(verdict(story)).splitlines()[:3] == [
        "operations  9 acknowledged, 0 refused, 0 unknown, 0 not sent",
        "faults      0 injected",
        "reminders   3 expected, 0 possible, 2 stored, 1 lost, 0 doubled, 0 unexpected",
    ]
