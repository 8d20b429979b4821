"""The checker on histories of series and of several reminders; their occurrences, worked out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from calendar_faults.checker.occurrences import occurrences
from calendar_faults.checker.report import Kind
from calendar_faults.contents import excluding, overriding
from calendar_faults.history import Content, Override, Record, Recurrence, Row
from tests.unit.builder import HistoryBuilder, at, date_of, event_id, series
from tests.unit.test_checker import kinds, report_on

CHOIR = series(10, 12, 14, 16)
SECOND = date_of(CHOIR, 1)


def correct_series() -> HistoryBuilder:
    """Four occurrences: the third is excluded, and the others are sent."""
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0, versions={1: 1})
    third = date_of(CHOIR, 2)
    history.exclude(1, CHOIR, third, begin=5, status=204)
    for occurrence, due in ((0, 10), (1, 12), (3, 16)):
        history.send(1, CHOIR, at_=due + 0.05, occurrence=occurrence)
    history.read(1, excluding(CHOIR, third), begin=90, versions={1: 2})
    return history


def test_a_correct_history_of_a_series_has_no_violations() -> None:
    report = report_on(correct_series())

    assert report.violations == []
    assert (report.expected, report.possible, report.stored) == (3, 0, 3)
    assert report.lateness == [timedelta(seconds=0.06)] * 3


# ---------------------------------------------------------------------------- doctored histories


def without(occurrence: int) -> Callable[[HistoryBuilder], None]:
    """Neither record nor row of an occurrence."""

    def remove(history: HistoryBuilder) -> None:
        recurrence_id = date_of(CHOIR, occurrence).isoformat()
        history.lines = [
            line
            for line in history.lines
            if not isinstance(line, Row | Record) or line.recurrence_id != recurrence_id
        ]

    return remove


def send(occurrence: int, at_: float, **changed: Any) -> Callable[[HistoryBuilder], None]:
    return lambda history: history.send(1, CHOIR, at_=at_, occurrence=occurrence, **changed)


def replace_second(**changed: Any) -> Callable[[HistoryBuilder], None]:
    def replace(history: HistoryBuilder) -> None:
        without(1)(history)
        send(1, 12.05, **changed)(history)

    return replace


def swap_first_two(history: HistoryBuilder) -> None:
    """The first one may be late, for which there is a reason, but not come after a later one."""
    without(0)(history)
    history.fault("scheduler away", 9, 20)
    send(0, 12.5)(history)


DOCTORED: dict[str, tuple[Callable[[HistoryBuilder], None], list[Kind]]] = {
    "an occurrence is lost": (without(1), [Kind.LOST]),
    "the last one is lost": (without(3), [Kind.LOST]),
    "an excluded one is sent": (send(2, 14.05), [Kind.SENT_AFTER_END, Kind.UNEXPECTED]),
    "one is sent again after the next": (send(0, 12.2), [Kind.REPEATED]),
    "one is early": (
        lambda h: (without(3)(h), send(3, 12.1)(h))[0],
        [Kind.EARLY],
    ),
    "one comes before an earlier one": (swap_first_two, [Kind.OUT_OF_ORDER]),
    "one without its ID": (replace_second(recurrence_id=None), [Kind.WRONG_OCCURRENCE]),
    "one under another ID": (
        replace_second(recurrence_id=date_of(CHOIR, 0).isoformat()),
        [Kind.WRONG_OCCURRENCE],
    ),
    "one with another notification ID": (
        replace_second(notification_id=event_id(9)),
        [Kind.WRONG_ID],
    ),
    "one with the series' start": (
        replace_second(event_date=CHOIR.starts_at, notify_at=at(10)),
        [Kind.DOUBLED, Kind.LOST, Kind.REPEATED, Kind.WRONG_ID, Kind.WRONG_OCCURRENCE],
    ),
    "the exclusion is undone": (
        lambda h: h.read(1, CHOIR, begin=91),
        [Kind.MISSING_WRITE],
    ),
    "what is there cannot be deleted": (
        lambda h: h.exclude(1, CHOIR, SECOND, begin=80, outcome="refused", status=404),
        [Kind.MISSING_WRITE],
    ),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_history_of_a_series_is_reported(name: str) -> None:
    history = correct_series()
    doctor, expected = DOCTORED[name]

    doctor(history)

    assert kinds(history) == sorted(expected), report_on(history)


# ------------------------------------------------------------------------------- changed series


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("begin", [11.99, 12.0, 12.5])
def test_an_exclusion_at_the_due_time_may_win_or_lose(begin: float, is_sent: bool) -> None:
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0)
    history.exclude(1, CHOIR, SECOND, begin=begin)
    for occurrence in range(4):
        if occurrence != 1 or is_sent:
            history.send(1, CHOIR, at_=10.01 + 2 * occurrence, occurrence=occurrence)

    report = report_on(history)

    assert report.violations == []
    assert (report.expected, report.possible) == (3, 1)


def test_a_repeated_exclusion_is_answered_404() -> None:
    history = correct_series()
    third = date_of(CHOIR, 2)
    history.exclude(1, CHOIR, third, begin=6, outcome="refused", status=404)

    assert kinds(history) == []


def test_an_unanswered_exclusion_is_decided_by_a_read() -> None:
    history = HistoryBuilder()
    history.create(1, series(10, 12), begin=0)
    history.exclude(1, series(10, 12), SECOND, begin=1, outcome="unknown", status=503)
    history.send(1, series(10, 12), at_=10.01)
    assert kinds(history) == []

    history.read(1, series(10, 12), begin=90)

    assert kinds(history) == [Kind.LOST]


def moved(to: float) -> Content:
    return overriding(CHOIR, SECOND, Override(starts_at=at(to + 3600)))


@pytest.mark.parametrize(
    ("at_", "start", "expected"),
    [
        (13.01, at(13 + 3600), []),
        (12.01, at(12 + 3600), [Kind.LOST, Kind.SENT_AFTER_END, Kind.UNEXPECTED]),
    ],
)
def test_a_moved_occurrence_is_notified_at_its_new_time(
    at_: float, start: datetime, expected: list[Kind]
) -> None:
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0)
    history.change(1, moved(to=13), begin=1)
    for occurrence, due in ((0, 10), (2, 14), (3, 16)):
        history.send(1, CHOIR, at_=due + 0.01, occurrence=occurrence)
    with_start = series((start - at(3600)).total_seconds())
    history.send(1, with_start, at_=at_, recurrence_id=SECOND.isoformat())

    assert kinds(history) == expected


def test_two_occurrences_that_start_together_are_notified_once() -> None:
    for sent in (1, 2):
        history = HistoryBuilder()
        history.create(1, moved(to=14), begin=0)
        for occurrence, due in ((0, 10), (2, 14), (3, 16)):
            recurrence_id = date_of(CHOIR, sent if occurrence == 2 else occurrence).isoformat()
            history.send(
                1, CHOIR, at_=due + 0.01, occurrence=occurrence, recurrence_id=recurrence_id
            )

        report = report_on(history)

        assert report.violations == []
        assert report.expected == 3


@pytest.mark.parametrize(("title", "expected"), [("Choir", [Kind.WRONG_TITLE]), ("Party", [])])
def test_a_changed_occurrence_has_its_own_title(title: str, expected: list[Kind]) -> None:
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0)
    history.change(1, overriding(CHOIR, SECOND, Override(title="Party")), begin=5)
    for occurrence in range(4):
        named = title if occurrence == 1 else "Choir"
        history.send(1, CHOIR, at_=10.01 + 2 * occurrence, occurrence=occurrence, title=named)

    assert kinds(history) == expected


def test_a_changed_occurrence_has_its_own_lead_times() -> None:
    history = HistoryBuilder()
    none = overriding(series(10, 12), SECOND, Override(reminders=()))
    history.create(1, none, begin=0)
    history.send(1, none, at_=10.01)
    assert kinds(history) == []

    history.send(1, none, at_=12.01, occurrence=1)

    assert kinds(history) == [Kind.ALIEN]


def test_a_title_that_was_changed_before_the_next_one_is_sent() -> None:
    history = HistoryBuilder()
    history.create(1, series(10, 20), begin=0)
    history.change(1, series(10, 20, title="Band"), begin=12)
    history.send(1, series(10, 20), at_=10.01)
    history.send(1, series(10, 20, title="Band"), at_=20.01, occurrence=1)

    assert kinds(history) == []


def test_occurrences_that_had_started_when_they_were_written_are_not_notified() -> None:
    history = HistoryBuilder()
    old = series(-8, -4, 10, leads=[0])
    history.create(1, old, begin=0)
    history.send(1, old, at_=10.01, occurrence=2)
    assert kinds(history) == []

    history.send(1, old, at_=0.5, occurrence=1)

    assert kinds(history) == [Kind.UNEXPECTED]


def test_a_change_of_another_occurrence_does_not_excuse_a_missed_one() -> None:
    """It had started when the series was changed, but its reminder was still to be sent."""
    history = HistoryBuilder()
    what = series(10, 20, 40, leads=[0])
    history.create(1, what, begin=0)
    history.fault("scheduler away", 9, 30)
    history.exclude(1, what, date_of(what, 2), begin=15)
    history.send(1, what, at_=31, occurrence=1)

    assert kinds(history) == [Kind.LOST]


# ------------------------------------------------------------------------- several lead times


def test_each_lead_time_has_its_notification() -> None:
    history = HistoryBuilder()
    what = series(20, 25, leads=[3600, 3610])
    history.create(1, what, begin=0)
    for at_, occurrence, lead in ((10, 0, 0), (15, 1, 0), (20, 0, 1), (25, 1, 1)):
        history.send(1, what, at_=at_ + 0.01, occurrence=occurrence, lead=lead)

    report = report_on(history)

    assert report.violations == []
    assert report.expected == 4


def test_a_lead_time_that_is_removed_in_time_is_not_notified() -> None:
    history = HistoryBuilder()
    history.create(1, series(20, leads=[3600, 3610]), begin=0)
    history.change(1, series(20, leads=[3610]).model_copy(update={"starts_at": at(3620)}), begin=1)
    history.send(1, series(20, leads=[3600, 3610]), at_=20.01, lead=1)

    assert {Kind.SENT_AFTER_END, Kind.UNEXPECTED, Kind.LOST} <= set(kinds(history))


# -------------------------------------------------------------------------------------- order


def test_what_was_missed_is_sent_late_and_in_order() -> None:
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0)
    history.fault("scheduler away", 9, 20)
    for occurrence in range(4):
        history.send(1, CHOIR, at_=20 + occurrence / 100, occurrence=occurrence)

    assert kinds(history) == []


def test_what_is_sent_again_after_a_crash_is_in_order() -> None:
    history = HistoryBuilder()
    history.create(1, CHOIR, begin=0)
    history.fault("scheduler killed", 12, 13, "repeats")
    for at_, occurrence in ((10.1, 0), (12.1, 1), (13.1, 1), (14.1, 2), (16.1, 3)):
        history.send(1, CHOIR, at_=at_, occurrence=occurrence)

    assert kinds(history) == []


def test_what_is_added_later_may_be_due_earlier() -> None:
    """The lead time that is added is due at once."""
    history = HistoryBuilder()
    history.create(1, series(10), begin=0)
    history.change(1, series(10, leads=[3600, 3605]), begin=11)
    history.send(1, series(10), at_=10.01)
    history.send(1, series(10, leads=[3600, 3605]), at_=11.05)

    assert kinds(history) == []


def test_what_was_sent_is_not_sent_again_after_a_change() -> None:
    """Not even if an earlier one was added since, which is sent before the rest."""
    history = HistoryBuilder()
    more = series(10, 20, leads=[3600, 3605])
    history.create(1, series(10, 20), begin=0)
    history.change(1, more, begin=11)
    history.change(1, excluding(more, date_of(more, 1)), begin=12)
    history.send(1, more, at_=10.01, lead=1)
    history.send(1, more, at_=11.05)
    assert kinds(history) == []

    history.send(1, more, at_=12.05, lead=1)

    assert kinds(history) == [Kind.REPEATED]


def test_without_records_the_rows_are_in_order() -> None:
    history = correct_series()
    history.lines = [line for line in history.lines if not isinstance(line, Record)]
    assert kinds(history) == []

    first = history.rows[0]
    history.lines[history.lines.index(first)] = first.model_copy(update={"stored_at": at(12.5)})

    assert kinds(history) == [Kind.OUT_OF_ORDER]


# -------------------------------------------------------------------------------- occurrences


def starts(content: Content) -> list[datetime]:
    until = datetime(2027, 12, 31, tzinfo=UTC)
    return sorted(each.starts_at for each in occurrences(content, until=until))


def test_a_daily_series_keeps_its_wall_time() -> None:
    """The cases of the contract: 02:30 in Berlin, in spring and in autumn."""
    for first, expected in (
        (datetime(2027, 3, 26, 1, 30, tzinfo=UTC), [(26, 1), (27, 1), (28, 1), (29, 0)]),
        (datetime(2026, 10, 24, 0, 30, tzinfo=UTC), [(24, 0), (25, 0), (26, 1), (27, 1)]),
    ):
        content = Content(
            title="Night",
            starts_at=first,
            time_zone="Europe/Berlin",
            recurrence=Recurrence(rule="FREQ=DAILY;COUNT=4"),
        )

        assert [(each.day, each.hour) for each in starts(content)] == expected


def test_a_rule_with_an_interval_and_dates_and_exclusions() -> None:
    day = datetime(2026, 11, 23, 9, tzinfo=UTC).replace(tzinfo=None)
    content = Content(
        title="Choir",
        starts_at=day.replace(tzinfo=UTC),
        time_zone="UTC",
        recurrence=Recurrence(
            rule="FREQ=WEEKLY;INTERVAL=2;COUNT=3",
            dates=(day + timedelta(days=1),),
            excluded=(day + timedelta(days=14),),
        ),
    )

    assert [(each.month, each.day) for each in starts(content)] == [(11, 23), (11, 24), (12, 21)]


def test_a_changed_occurrence_that_is_scheduled_much_later_is_known() -> None:
    day = datetime(2026, 11, 23, 9, tzinfo=UTC)
    content = Content(
        title="Choir",
        starts_at=day,
        time_zone="UTC",
        recurrence=Recurrence(rule="FREQ=DAILY"),
        overrides={datetime(2026, 12, 24, 9): Override(starts_at=day + timedelta(hours=1))},  # noqa: DTZ001
    )

    found = {each.starts_at for each in occurrences(content, until=day)}

    assert {day, day + timedelta(hours=1)} <= found


def test_a_rule_that_the_checker_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        Recurrence(rule="FREQ=MONTHLY;BYDAY=-1FR")
