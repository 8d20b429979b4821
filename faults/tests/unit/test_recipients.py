"""The checker reports what receivers of webhooks and followers of streams must not get, or lack."""

from collections.abc import Callable
from typing import Any

import pytest

from calendar_faults.checker import check
from calendar_faults.checker.report import Kind, Report
from calendar_faults.history import Endpoint, Follower, Row, Streamed, Webhook
from tests.unit.builder import HistoryBuilder, at, correct_history, event_id

Doctor = Callable[[HistoryBuilder], None]


def received_history() -> HistoryBuilder:
    """Three notifications: two endpoints accept each, and a follower gets each."""
    history = correct_history()
    for number, row in enumerate(history.rows):
        for endpoint in ("crm", "mail"):
            history.deliver(row, at_=60 + number, endpoint=endpoint)
        history.stream(row)
    history.lines += [Endpoint(name=name) for name in ("crm", "mail")]
    history.lines.append(Follower(client="browser", user="ann"))
    return history


def report_on(history: HistoryBuilder) -> Report:
    return check(history.build(), max_uncertain=1)


def kinds(history: HistoryBuilder) -> list[Kind]:
    return [violation.kind for violation in report_on(history).violations]


def webhooks(history: HistoryBuilder) -> list[Webhook]:
    return [line for line in history.lines if isinstance(line, Webhook)]


def streamed(history: HistoryBuilder) -> list[Streamed]:
    return [line for line in history.lines if isinstance(line, Streamed)]


def update(history: HistoryBuilder, line: Any, **fields: object) -> None:
    history.lines[history.lines.index(line)] = line.model_copy(update=fields)


def endpoint(history: HistoryBuilder, **fields: object) -> None:
    """Change the endpoint "crm"."""
    update(history, next(line for line in history.lines if isinstance(line, Endpoint)), **fields)


def test_a_correct_history_has_no_violations() -> None:
    report = report_on(received_history())

    assert report.violations == []
    assert (report.delivered, report.streamed) == (6, 3)
    assert "received    6 by webhook, 3 by stream" in str(report).splitlines()


# ---------------------------------------------------------------------------- doctored histories


def deliver_another_body(history: HistoryBuilder) -> None:
    """A second attempt, after one that was refused, is not the same."""
    [first, *_] = webhooks(history)
    update(history, first, accepted=False)
    history.deliver(history.rows[0], at_=65, body=first.body.replace(" ", ""))


def deliver_without_a_row(history: HistoryBuilder) -> None:
    stranger = history.rows[0].model_copy(update={"notification_id": event_id(99)})
    history.deliver(stranger, at_=70)


def stream_without_a_row(history: HistoryBuilder) -> None:
    history.stream(history.rows[0], notification_id=event_id(99))


def swap_two_of_a_stream(history: HistoryBuilder) -> None:
    first, second, _ = streamed(history)
    update(history, first, number=second.number)
    update(history, second, number=first.number)


def repeat_in_order(history: HistoryBuilder) -> None:
    """As after a connection that was resumed from too early a position."""
    history.stream(history.rows[2])


def repeat_from_the_start(history: HistoryBuilder) -> None:
    history.stream(history.rows[0])


def leave_pending(history: HistoryBuilder) -> None:
    """Not lost, but it should have been delivered by the end."""
    history.lines.remove(webhooks(history)[0])
    endpoint(history, pending=frozenset({history.rows[0].notification_id}))


DOCTORED: dict[str, tuple[Doctor, list[Kind]]] = {
    "delivery lost": (lambda h: h.lines.remove(webhooks(h)[0]), [Kind.UNDELIVERED]),
    "delivery never accepted": (
        lambda h: update(h, webhooks(h)[0], accepted=False),
        [Kind.UNDELIVERED],
    ),
    "delivery pending at the end": (leave_pending, [Kind.LEFT_OVER]),
    "delivery invented": (deliver_without_a_row, [Kind.ALIEN]),
    "delivered again without a fault": (
        lambda h: h.deliver(h.rows[0], at_=75),
        [Kind.DELIVERED_AGAIN],
    ),
    "another body at the second attempt": (deliver_another_body, [Kind.WRONG_BODY]),
    "body of another notification": (
        lambda h: update(h, webhooks(h)[0], body=webhooks(h)[2].body),
        [Kind.WRONG_BODY],
    ),
    "body with one more member": (
        lambda h: update(h, webhooks(h)[0], body=webhooks(h)[0].body.replace("{", '{"x":1,', 1)),
        [Kind.WRONG_BODY],
    ),
    "body that is not JSON": (lambda h: update(h, webhooks(h)[0], body="{"), [Kind.WRONG_BODY]),
    "one notification under two IDs": (
        lambda h: h.deliver(h.rows[0], at_=70, webhook_id=event_id(99)),
        [Kind.ALIEN],
    ),
    "stream event lost": (lambda h: h.lines.remove(streamed(h)[1]), [Kind.NOT_STREAMED]),
    "stream event invented": (stream_without_a_row, [Kind.ALIEN]),
    "stream event with another title": (
        lambda h: update(h, streamed(h)[0], title="Talk"),
        [Kind.ALIEN],
    ),
    "stream event repeated": (repeat_in_order, [Kind.STREAMED_AGAIN]),
    "stream started anew": (
        repeat_from_the_start,
        [Kind.STREAMED_AGAIN, Kind.STREAMED_OUT_OF_ORDER],
    ),
    "stream out of order": (swap_two_of_a_stream, [Kind.STREAMED_OUT_OF_ORDER]),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_history_is_reported(name: str) -> None:
    history = received_history()
    doctor, expected = DOCTORED[name]

    doctor(history)

    assert kinds(history) == expected, report_on(history)


def test_each_endpoint_and_follower_is_checked_alone() -> None:
    history = received_history()
    history.lines += [Endpoint(name="new"), Follower(client="phone", user="ann")]

    assert kinds(history) == [Kind.UNDELIVERED] * 3 + [Kind.NOT_STREAMED] * 3


def test_a_follower_gets_only_the_notifications_of_its_user() -> None:
    history = received_history()
    history.lines.append(Follower(client="phone", user="bob"))
    history.stream(history.rows[0], client="phone")

    assert kinds(history) == [Kind.ALIEN]


# ----------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("begin", "waivers", "expected"),
    [
        (61.5, ["repeats"], []),
        (61.5, [], [Kind.DELIVERED_AGAIN]),
        (64, ["repeats"], [Kind.DELIVERED_AGAIN]),
    ],
)
def test_only_a_fault_soon_after_it_was_accepted_explains_a_repeat(
    begin: float, waivers: list[str], expected: list[Kind]
) -> None:
    history = received_history()
    history.fault("storer killed", begin, 90, *waivers)
    [row, *_] = history.rows
    history.deliver(row, at_=80)

    assert kinds(history) == expected


@pytest.mark.parametrize(
    ("waivers", "expected"),
    [
        (["rolled-back"], []),
        ([], [Kind.WRONG_BODY, Kind.WRONG_BODY, Kind.STREAMED_AGAIN, Kind.ALIEN]),
    ],
)
def test_what_a_failover_took_back_may_have_been_received(
    waivers: list[str], expected: list[Kind]
) -> None:
    """Only the primary had the row, which was stored anew after the failover."""
    history = received_history()
    history.fault("primary lost", 8, 14, "repeats", *waivers)
    lost = history.rows[0].model_copy(update={"stored_at": at(9)})
    history.deliver(lost, at_=10)
    history.stream(lost, number=-1)

    assert kinds(history) == expected


def test_what_was_not_accepted_may_be_sent_again() -> None:
    history = received_history()
    [row, *_] = history.rows
    for at_ in (50, 55):
        history.deliver(row, at_=at_, accepted=False)

    assert kinds(history) == []


def test_a_receiver_that_refuses_need_not_have_everything() -> None:
    history = received_history()
    leave_pending(history)
    endpoint(history, refuses=True)

    assert kinds(history) == []


def test_rows_of_before_the_order_of_arrival_are_ordered_by_time() -> None:
    history = received_history()
    for line in list(history.lines):
        if isinstance(line, Row):
            update(history, line, arrival=0)
    assert kinds(history) == []

    swap_two_of_a_stream(history)

    assert kinds(history) == [Kind.STREAMED_OUT_OF_ORDER]
