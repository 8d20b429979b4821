"""When a delivery that failed is tried again."""

import pytest

from calendar_storer.webhooks.schedule import retry_delay

MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        *((1, 5), (2, 5 * MINUTE), (3, 30 * MINUTE), (4, 2 * HOUR), (5, 5 * HOUR)),
        *((6, 10 * HOUR), (7, 14 * HOUR), (8, 20 * HOUR), (9, 24 * HOUR)),
    ],
)
def test_delays_are_those_of_the_contract(failures: int, seconds: float) -> None:
    assert retry_delay(failures, retry_after=None) == pytest.approx(seconds, rel=0.1)


def test_delays_differ() -> None:
    assert len({retry_delay(3, retry_after=None) for _ in range(20)}) > 1


def test_nothing_follows_the_tenth_failure() -> None:
    assert retry_delay(10, retry_after=None) is None
    assert retry_delay(10, retry_after=60) is None


def test_receiver_gets_at_least_the_time_for_which_it_asks() -> None:
    delays = [retry_delay(1, retry_after=600) or 0 for _ in range(20)]

    assert min(delays) >= 600
    assert max(delays) <= 660


def test_receiver_cannot_use_up_the_attempts_in_a_hurry() -> None:
    assert retry_delay(2, retry_after=0) == pytest.approx(5 * MINUTE, rel=0.1)
