"""The checker reports each doctored line, and nothing in a correct history."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from calendar_faults.checker import check
from calendar_faults.checker.report import Kind, Report
from calendar_faults.history import (
    Content,
    DeadLetter,
    Endpoint,
    Fault,
    Follower,
    History,
    Operation,
    Poison,
    Record,
    Row,
    Seen,
)
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import wait_until
from tests.unit.builder import HistoryBuilder, at, content, correct_history, event_id, notification

Doctor = Callable[[HistoryBuilder], None]


def report_on(history: HistoryBuilder) -> Report:
    return check(history.build(), max_uncertain=1)


def kinds(history: HistoryBuilder) -> list[Kind]:
    return sorted({violation.kind for violation in report_on(history).violations})


def update(history: HistoryBuilder, line: Row | Record | Operation, **fields: object) -> None:
    history.lines[history.lines.index(line)] = line.model_copy(update=fields)


def update_walk(history: HistoryBuilder, **fields: object) -> None:
    """Updates the record and the row of one notification."""
    for line in list(history.lines):
        if isinstance(line, Row | Record) and line.title == "Walk":
            update(history, line, **fields)


def read_of(history: HistoryBuilder, number: int) -> Operation:
    return next(
        line
        for line in history.lines
        if isinstance(line, Operation)
        and line.call == "read"
        and list(line.events) == [event_id(number)]
    )


def test_a_correct_history_has_no_violations() -> None:
    report = report_on(correct_history())

    assert report.violations == []
    assert (report.expected, report.possible, report.stored) == (3, 0, 3)
    assert report.lateness == [timedelta(seconds=0.06)] * 3
    assert report.outcomes == {"ok": 9}


# ---------------------------------------------------------------------------- doctored histories


def send_for_a_started_event(history: HistoryBuilder) -> None:
    history.create(5, content(-7200), begin=5)
    history.send(5, content(-7200), at_=5.05)


def send_again_after_a_delete(history: HistoryBuilder) -> None:
    history.delete(1, begin=60)
    history.read(1, None, begin=91)
    history.lines.remove(read_of(history, 1))
    history.fault("scheduler killed", 61, 62, "repeats")
    history.send(1, content(10), at_=62)


def store_without_an_event(history: HistoryBuilder) -> None:
    fields = notification(99, content(10))
    history.lines.append(Record(**fields, partition=0, offset=999, appended=at(10.02)))
    history.lines.append(Row(**fields, stored_at=at(10.05)))


def store_half_a_batch(history: HistoryBuilder) -> None:
    batch = {n: content(200 + n, title=f"B{n}") for n in (11, 12)}
    history.operation("create", dict(batch), begin=70, outcome="unknown", status=503)
    history.read(11, batch[11], begin=92)
    history.read(12, None, begin=92)
    history.end_at = 93


def lose_poison(history: HistoryBuilder) -> None:
    history.poison(b"{")
    history.lines = [line for line in history.lines if not isinstance(line, DeadLetter)]


def make_another_dead_letter(history: HistoryBuilder) -> None:
    history.poison(b"{")
    history.lines = [line for line in history.lines if not isinstance(line, Poison)]


def leave_work(history: HistoryBuilder) -> None:
    history.left = {"due": 1, "lag": 2, "idle_in_transaction": 3, "parked": {event_id(1)}}


def update_row(index: int, **fields: object) -> Doctor:
    return lambda history: update(history, history.rows[index], **fields)


def update_read(number: int, what: Content | None, version: int | None = None) -> Doctor:
    """Another answer to the read of an event."""
    versions = {event_id(number): version} if version else {}
    return lambda history: update(
        history, read_of(history, number), events={event_id(number): what}, versions=versions
    )


DOCTORED: dict[str, tuple[Doctor, list[Kind]]] = {
    "lost": (lambda h: h.lines.remove(h.rows[0]), [Kind.LOST]),
    "doubled": (lambda h: h.lines.append(h.rows[0]), [Kind.DOUBLED]),
    "doubled with another ID": (
        lambda h: h.lines.append(h.rows[0].model_copy(update={"notification_id": event_id(99)})),
        [Kind.ALIEN, Kind.DOUBLED, Kind.WRONG_ID],
    ),
    "sent for a deleted event": (
        lambda h: h.send(3, content(30), at_=30.05),
        [Kind.SENT_AFTER_END, Kind.UNEXPECTED],
    ),
    "sent at the old time": (
        lambda h: h.send(4, content(40), at_=40.05),
        [Kind.SENT_AFTER_END, Kind.UNEXPECTED],
    ),
    "sent for a started event": (send_for_a_started_event, [Kind.UNEXPECTED]),
    "stored early": (update_row(0, stored_at=at(9.999999)), [Kind.EARLY]),
    "sent early": (
        lambda h: update(h, next(x for x in h.lines if isinstance(x, Record)), appended=at(9.9)),
        [Kind.EARLY],
    ),
    "stored late": (update_row(0, stored_at=at(41)), [Kind.LATE]),
    "sent again after a delete": (send_again_after_a_delete, [Kind.SENT_AFTER_END]),
    "sent twice without a fault": (lambda h: h.send(1, content(10), at_=10.1), [Kind.REPEATED]),
    "sent with a wrong title": (lambda h: update_walk(h, title="Talk"), [Kind.WRONG_TITLE]),
    "stored with a wrong title": (update_row(1, title="Talk"), [Kind.ALIEN]),
    "wrong ID": (lambda h: update_walk(h, notification_id=event_id(77)), [Kind.WRONG_ID]),
    "no such event": (store_without_an_event, [Kind.ALIEN]),
    "another user": (lambda h: update_walk(h, user_id="eve"), [Kind.ALIEN, Kind.LOST]),
    "wrong start": (
        lambda h: update_walk(h, event_date=h.rows[1].event_date + timedelta(seconds=1)),
        [Kind.ALIEN, Kind.LOST, Kind.WRONG_ID],
    ),
    "write lost": (update_read(1, None), [Kind.MISSING_WRITE]),
    "change lost": (update_read(4, content(40)), [Kind.MISSING_WRITE]),
    "change counted twice": (update_read(4, content(50), version=3), [Kind.MISSING_WRITE]),
    "write resurrected": (update_read(3, content(30)), [Kind.RESURRECTED_WRITE]),
    "half a batch": (store_half_a_batch, [Kind.HALF_A_BATCH]),
    "half a batch lost": (update_read(2, None), [Kind.HALF_A_BATCH, Kind.MISSING_WRITE]),
    "retry refused": (
        lambda h: h.create(1, content(10), begin=85, outcome="refused", status=409),
        [Kind.WRONG_ANSWER],
    ),
    "current tag refused": (
        lambda h: h.change(4, content(50), begin=85, if_match=2, outcome="refused", status=412),
        [Kind.WRONG_ANSWER],
    ),
    "slow answer": (lambda h: h.read(1, content(10), begin=85, took=5.5), [Kind.SLOW_ANSWER]),
    "500": (
        lambda h: h.change(5, content(10), begin=85, outcome="unknown", status=500),
        [Kind.WRONG_ANSWER],
    ),
    "poison lost": (lose_poison, [Kind.LOST_POISON]),
    "another dead letter": (make_another_dead_letter, [Kind.ALIEN]),
    "work left": (leave_work, [Kind.LEFT_OVER]),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_history_is_reported(name: str) -> None:
    history = correct_history()
    doctor, expected = DOCTORED[name]

    doctor(history)

    assert kinds(history) == sorted(expected), report_on(history)


def test_a_row_stored_after_the_acknowledged_end_is_unexpected() -> None:
    """Also without the topic's records, which would show when it was sent."""
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=5)
    history.lines.append(Row(**notification(1, content(10)), stored_at=at(10.05)))

    assert Kind.UNEXPECTED in kinds(history)


def test_a_row_that_was_seen_and_is_gone_is_lost() -> None:
    """Also if it need not have been stored: the delete raced with the reminder."""
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=10)
    history.send(1, content(10), at_=10.01)
    [row] = history.rows
    history.lines.append(Seen(notification_id=row.notification_id, at=at(10.25)))
    assert kinds(history) == []

    history.lines.remove(row)

    assert kinds(history) == [Kind.LOST]


def test_a_violation_names_the_event() -> None:
    history = correct_history()
    history.lines.remove(history.rows[0])

    [violation] = report_on(history).violations

    assert str(event_id(1)) in violation.what
    assert "ann" in violation.what


# ------------------------------------------------------------------------ both outcomes are right


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("begin", [9.99, 10.0, 10.5])
def test_a_delete_at_the_due_time_may_win_or_lose(begin: float, is_sent: bool) -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=begin)
    if is_sent:
        history.send(1, content(10), at_=min(10.01, begin + 0.01), stored=10.03)

    report = report_on(history)

    assert report.violations == []
    assert report.possible == 1


@pytest.mark.parametrize(
    ("deleted", "expected"), [(24.9, []), (25.0, [Kind.LOST]), (31, [Kind.LOST])]
)
def test_a_delete_after_all_was_caught_up_is_too_late(deleted: float, expected: list[Kind]) -> None:
    history = HistoryBuilder()
    for begin in range(5, 90, 10):
        history.fault("scheduler killed", begin, begin + 4)
    history.create(1, content(10), begin=0)
    history.delete(1, begin=deleted)
    assert kinds(history) == []

    for due_by, recorded in ((9, 9.5), (20, 25), (30, 30.5)):
        history.caught_up(due_by=due_by, recorded=recorded)

    assert kinds(history) == expected


def test_a_row_stored_after_all_was_caught_up_is_late() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.send(1, content(10), at_=10.01, stored=12)
    history.caught_up(due_by=11, recorded=11.5)

    assert kinds(history) == [Kind.LATE]


def test_a_delete_before_the_due_time_wins() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=9.97)
    history.send(1, content(10), at_=10.0)

    assert Kind.SENT_AFTER_END in kinds(history)


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_create_without_an_answer_may_have_happened(is_sent: bool) -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0, outcome="unknown")
    if is_sent:
        history.send(1, content(10), at_=10.01)

    assert kinds(history) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_read_at_the_end_decides_whether_it_happened(exists: bool) -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0, outcome="unknown")
    history.read(1, content(10) if exists else None, begin=90)

    assert kinds(history) == ([Kind.LOST] if exists else [])


def test_a_retry_of_an_unanswered_create_is_the_same_event() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0, outcome="unknown")
    history.create(1, content(10), begin=1, versions={1: 1}, status=200)
    history.send(1, content(10), at_=10.01)
    history.read(1, content(10), begin=90, versions={1: 1})

    assert kinds(history) == []
    assert report_on(history).expected == 1


def test_a_retry_of_an_unanswered_delete_answers_404() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=1, outcome="unknown", status=503)
    history.delete(1, begin=2, outcome="refused", status=404)

    assert kinds(history) == []
    assert report_on(history).expected == 0


def test_a_404_without_a_delete_is_a_missing_write() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=2, outcome="refused", status=404)
    history.send(1, content(10), at_=10.01)

    assert kinds(history) == [Kind.MISSING_WRITE]


def test_an_event_that_is_moved_away_and_back_has_one_row() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.send(1, content(10), at_=10.01)
    history.change(1, content(60), begin=20)
    history.change(1, content(10), begin=30)
    history.send(1, content(10), at_=30.1)

    assert kinds(history) == []
    assert report_on(history).expected == 1


@pytest.mark.parametrize(
    ("changed", "title", "expected"),
    [(5, "Old", [Kind.WRONG_TITLE]), (10, "Old", []), (10, "New", [])],
)
def test_the_title_is_the_one_when_it_was_sent(
    changed: float, title: str, expected: list[Kind]
) -> None:
    history = HistoryBuilder()
    history.create(1, content(10, title="Old"), begin=0)
    history.change(1, content(10, title="New"), begin=changed)
    history.send(1, content(10, title=title), at_=10.03)

    assert kinds(history) == expected


def test_a_hundred_unanswered_retries_are_decided() -> None:
    history = HistoryBuilder()
    history.create(1, content(100), begin=0, versions={1: 1})
    for number in range(100):
        history.change(1, content(50), begin=1 + number / 10, outcome="unknown", status=503)
    history.change(1, content(50), begin=12)
    history.send(1, content(50), at_=50.01)
    history.read(1, content(50), begin=90, versions={1: 2})

    assert kinds(history) == []
    assert report_on(history).undecided == 0


@pytest.mark.parametrize(("version", "expected"), [(2, []), (3, [Kind.WRONG_ANSWER])])
def test_a_write_that_changes_nothing_leaves_the_version(
    version: int, expected: list[Kind]
) -> None:
    history = HistoryBuilder()
    history.create(1, content(20), begin=0, versions={1: 1})
    history.change(1, content(10), begin=1, versions={1: 2})
    history.change(1, content(10), begin=2, versions={1: version})
    history.send(1, content(10), at_=10.01)

    assert kinds(history) == expected


def test_one_of_two_writers_with_if_match_wins() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0, versions={1: 1})
    history.change(1, content(20), begin=1, if_match=1, versions={1: 2})
    history.change(1, content(30), begin=1, if_match=1, outcome="refused", status=412)
    history.read(1, content(20), begin=90, versions={1: 2})
    history.send(1, content(20), at_=20.01)

    assert kinds(history) == []


def test_two_writers_with_if_match_cannot_both_win() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0, versions={1: 1})
    history.change(1, content(20), begin=1, if_match=1, versions={1: 2})
    history.change(1, content(30), begin=2, if_match=1, versions={1: 2})
    history.send(1, content(20), at_=20.01)

    assert kinds(history) == [Kind.WRONG_ANSWER]


# ----------------------------------------------------------------------------------------- faults


def test_a_fault_waives_lateness() -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.fault("broker away", 9, 40, "lateness")
    history.send(1, content(10), at_=41, stored=41.1)

    assert kinds(history) == []
    assert report_on(history).undisturbed == []


@pytest.mark.parametrize(
    ("waivers", "expected"),
    [(["in-flight"], []), (["rolled-back"], [Kind.SENT_AFTER_END]), ([], [Kind.SENT_AFTER_END])],
)
def test_only_a_frozen_broker_may_write_old_requests(
    waivers: list[str], expected: list[Kind]
) -> None:
    history = HistoryBuilder()
    history.create(1, content(10), begin=0)
    history.delete(1, begin=15, took=0.1)
    history.fault("broker frozen or killed", 9, 20, "lateness", *waivers)
    history.send(1, content(10), at_=20.01)

    assert kinds(history) == expected


@pytest.mark.parametrize(("waivers", "expected"), [(["rolled-back"], []), ([], [Kind.EARLY])])
def test_a_record_of_a_write_that_a_failover_took_back(
    waivers: list[str], expected: list[Kind]
) -> None:
    """The first change was sent by the old primary; only the second one was acknowledged."""
    history = HistoryBuilder()
    history.create(1, content(60), begin=0, versions={1: 1})
    history.fault("standby away, then primary killed", 8, 14, "repeats", *waivers)
    history.change(1, content(10), begin=9, outcome="unknown", status=503)
    history.send(1, content(10), at_=11, stored=13.6)
    described = content(10).model_copy(update={"description": "Bring the X-ray."})
    history.change(1, described, begin=13, versions={1: 2})

    assert kinds(history) == expected


def test_a_fault_of_the_api_waives_slow_answers() -> None:
    history = HistoryBuilder()
    history.fault("api stopped", 9, 20, "answers")
    history.create(1, content(30), begin=10, took=8, outcome="unknown")

    assert kinds(history) == []


async def test_a_stalled_machine_is_recorded_as_a_fault() -> None:
    recorder = Recorder()
    watch = asyncio.create_task(recorder.watch_machine())
    await asyncio.sleep(0)
    begin = recorder.now()
    time.sleep(0.6)  # noqa: ASYNC251 - stalls the event loop

    async def is_recorded() -> bool:
        return bool(recorder.lines)

    await wait_until(is_recorded, seconds=5, what="the stall is recorded")
    watch.cancel()

    [fault] = recorder.lines
    assert isinstance(fault, Fault)
    assert fault.begin <= begin
    assert fault.waivers == {"lateness", "answers"}


# ------------------------------------------------------------------------------------ the figures


def test_slow_at_rest() -> None:
    history = HistoryBuilder()
    for number in range(120):
        history.create(number, content(10), begin=0)
        history.send(number, content(10), at_=10.01, stored=11.5 if number < 3 else 10.02)

    assert kinds(history) == [Kind.SLOW_AT_REST]


def test_too_many_races_prove_too_little() -> None:
    history = HistoryBuilder()
    for number in range(10):
        history.create(number, content(10), begin=0)
        history.delete(number, begin=10)

    [violation] = check(history.build()).violations
    assert violation.kind is Kind.TOO_UNCERTAIN


def test_the_report_as_text() -> None:
    history = correct_history()
    history.lines.remove(history.rows[0])

    assert str(report_on(history)).splitlines()[:3] == [
        "operations  9 acknowledged, 0 refused, 0 unknown, 0 not sent",
        "faults      0 injected",
        "reminders   3 expected, 0 possible, 2 stored, 1 lost, 0 doubled, 0 unexpected",
    ]


def long_history(reminders: int) -> History:
    """Batches of five, each event is read at the end, received and streamed; many faults."""
    builder = HistoryBuilder()
    for number in range(0, reminders, 5):
        begin = number / 10
        batch = {n: content(begin + 2, title=f"{n}") for n in range(number, number + 5)}
        builder.operation("create", dict(batch), begin=begin)
        builder.fault("broker killed", begin, begin + 0.2, "repeats", "in-flight")
        for n, what in batch.items():
            builder.send(n, what, at_=begin + 2.01)
            builder.read(n, what, begin=reminders)
    builder.end_at = reminders + 1
    seen = [Seen(notification_id=row.notification_id, at=row.stored_at) for row in builder.rows]
    builder.lines += seen
    builder.lines += [Endpoint(name="crm"), Follower(client="browser", user="ann")]
    for row in builder.rows:
        builder.deliver(row, at_=reminders)
        builder.stream(row)
    return builder.build()


def calls(history: History) -> int:
    """The number of function calls of a check."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        report = check(history, max_uncertain=1)
    finally:
        sys.setprofile(before)
    assert report.ok, report
    return count


def test_the_effort_of_a_check_is_linear() -> None:
    """The history of an hour is checked in a minute."""
    assert calls(long_history(400)) < 2.2 * calls(long_history(200))
