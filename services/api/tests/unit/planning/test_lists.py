import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import islice, repeat

import pytest
from tests.unit.planning.events import NOW, fields, planned

from calendar_api.events.reminders import all_reminders
from calendar_api.events.series import ParsedEvent
from calendar_api.planning.lists import FULL_PAUSE, LIST_LENGTH, REFILL_PAUSE, continued, in_turns
from calendar_api.planning.models import Continuation
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.web import turns

DAILY = fields(recurrence={"rule": "FREQ=DAILY"}, reminders=["P1D", "PT15M"])


async def test_a_list_becomes_full_by_what_follows() -> None:
    found = await continued(planned(DAILY, sent=15))

    expected = list(islice(all_reminders(ParsedEvent.of(DAILY), since=NOW), 15 + LIST_LENGTH))
    assert found.reminders == expected[20:]
    assert found.last == expected[-1][:2]
    assert found.refill_at == expected[15 + LIST_LENGTH // 2].due


async def test_a_list_that_is_too_full_waits_until_half_of_it_is_left() -> None:
    event = planned(DAILY, written=3 * LIST_LENGTH)

    half_left = event.pending[-LIST_LENGTH // 2].due
    assert await continued(event) == Continuation([], event.last, half_left)


async def test_a_full_list_of_which_nothing_is_sent_is_looked_at_later() -> None:
    event = replace(planned(DAILY, written=LIST_LENGTH), now=NOW + timedelta(days=1_000))

    assert await continued(event) == Continuation([], event.last, event.now + FULL_PAUSE)


async def test_a_list_whose_reminders_are_overdue_is_not_refilled_at_once() -> None:
    late = replace(planned(DAILY), now=NOW + timedelta(days=1_000))

    assert (await continued(late)).refill_at == late.now + REFILL_PAUSE


@pytest.mark.parametrize("count", [21, LIST_LENGTH])
async def test_the_end_of_a_series(count: int) -> None:
    ending = fields(recurrence={"rule": f"FREQ=DAILY;COUNT={count}"}, reminders=["PT15M"])

    found = await continued(planned(ending))

    assert found == Continuation(
        list(all_reminders(ParsedEvent.of(ending), since=NOW))[20:], None, None
    )


async def test_a_complete_list_has_no_continuation() -> None:
    ending = fields(recurrence={"rule": "FREQ=DAILY;COUNT=20"}, reminders=["PT15M"])

    assert await continued(planned(ending)) == Continuation([], None, None)


async def test_others_have_their_turn_during_a_long_computation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1)
    passed = 0

    async def other() -> None:
        nonlocal passed
        while True:
            await asyncio.sleep(0)
            passed += 1

    task = asyncio.create_task(other())
    reminder = DueReminder(NOW, NOW, timedelta(), None)
    assert await in_turns(repeat(reminder, 50)) == [reminder] * 50
    task.cancel()
    assert passed >= 49
