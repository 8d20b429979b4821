"""The circuit breaker, on a clock of the test's own."""

import pytest

from calendar_storer.webhooks.breaker import FAILURES, LONGEST_PAUSE, Breaker

MOST = 64


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        breaker.failed()


def test_closed_breaker_allows_all_free_slots(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)

    assert not breaker.is_open
    assert breaker.allowed(MOST, in_progress=10) == MOST - 10


def test_a_success_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.succeeded()
    fail(breaker, FAILURES - 1)

    assert not breaker.is_open


def test_open_breaker_allows_one_probe_after_a_pause(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    assert breaker.is_open
    assert breaker.allowed(MOST, in_progress=0) == 0

    clock.now += 1.0
    assert breaker.allowed(MOST, in_progress=0) == 1
    assert breaker.allowed(MOST, in_progress=1) == 0


def test_pauses_double_up_to_a_minute(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    pauses = []
    for _ in range(8):
        began = clock.now
        while not breaker.allowed(MOST, in_progress=0):
            clock.now += 0.5
        pauses.append(clock.now - began)
        breaker.failed()

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]


def test_attempts_from_before_the_pause_do_not_lengthen_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, MOST)

    clock.now += 1.0
    assert breaker.allowed(MOST, in_progress=0) == 1


def test_successful_probe_closes_the_breaker(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += 1.0
    breaker.succeeded()

    assert not breaker.is_open
    assert breaker.allowed(MOST, in_progress=0) == MOST


def test_receiver_that_asks_for_time_gets_a_pause_at_once(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(retry_after=30)

    assert breaker.is_open
    clock.now += 29.0
    assert breaker.allowed(MOST, in_progress=0) == 0
    clock.now += 1.0
    assert breaker.allowed(MOST, in_progress=0) == 1


def test_receiver_cannot_ask_for_a_longer_pause_than_a_minute(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.failed(retry_after=86_400)

    clock.now += LONGEST_PAUSE
    assert breaker.allowed(MOST, in_progress=0) == 1
