from calendar_benchmarks.simulation import simulate


def test_one_shard_has_all() -> None:
    hour = simulate(shards=1, users=1000, heaviest=10, rate=100)

    assert hour.fullest == 1
    assert hour.latest == hour.reminders / 100


def test_the_last_is_as_late_as_the_fullest_shard_is_full() -> None:
    hour = simulate(shards=10, users=10_000, heaviest=100, rate=1000)

    mean = hour.reminders / 10 / 1000
    assert hour.fullest > 1
    assert abs(hour.latest - hour.fullest * mean) < 0.001
    assert 0.9 * mean < hour.p99 <= hour.latest


def test_lateness_stays_when_users_and_shards_grow_together() -> None:
    few = simulate(shards=2, users=2 * 2000, heaviest=10, rate=1000)
    many = simulate(shards=50, users=50 * 2000, heaviest=10, rate=1000)

    assert many.p99 < few.p99 * 1.1


def test_one_user_can_fill_a_shard() -> None:
    even = simulate(shards=20, users=20_000, heaviest=1, rate=1000)
    uneven = simulate(shards=20, users=20_000, heaviest=100_000, rate=1000)

    assert even.fullest < 1.2
    assert uneven.fullest > 1.5


def test_the_seed_decides() -> None:
    one, same, other = (
        simulate(shards=5, users=500, heaviest=1000, rate=100, seed=seed) for seed in (1, 1, 2)
    )

    assert one == same
    assert one != other
