"""A history that is twice as long takes twice as long to judge: an hour's must take a minute."""

import sys

from calendar_faults.checker import check
from calendar_faults.history import History, Seen
from tests.unit.story import Story, content


def a_run(reminders: int) -> History:
    """Batches of five, each event read at the end; now and then something is broken."""
    story = Story()
    for number in range(0, reminders, 5):
        begin = number / 10
        batch = range(number, number + 5)
        story.does("create", {n: content(begin + 2, title=f"{n}") for n in batch}, begin=begin)
        story.breaks("broker killed", begin, begin + 0.2, "repeats", "in-flight")
        for n in batch:
            story.delivers(n, content(begin + 2, title=f"{n}"), sent=begin + 2.01)
            story.reads(n, content(begin + 2, title=f"{n}"), begin=reminders)
    story.end_at = reminders + 1
    history = story.told()
    seen = [Seen(notification_id=row.notification_id, at=row.stored_at) for row in history.rows]
    return History([*history.lines, *seen])


def effort(history: History) -> int:
    """How many functions are called to judge it."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        report = check(history, most_uncertain=1)
    finally:
        sys.setprofile(before)
    assert report.ok, report
    return calls


def test_twice_the_reminders_are_twice_the_effort() -> None:
    assert effort(a_run(400)) < 2.2 * effort(a_run(200))
