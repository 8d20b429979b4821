"""Simulates the full hour: users spread over shards by hash, each shard sending on its own.

    python -m calendar_benchmarks.simulation --rate 8000

Checks what adding machines rests on: that no shard has much more to send than the others.
"""

import argparse
import hashlib
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

USERS_PER_SHARD: Final = 3000
SHARDS: Final = (1, 10, 100, 1000)
HEAVIEST: Final = (10, 1000, 10_000)
"""Most reminders of one user for the same full hour."""
SEED: Final = 20261124
_TAIL: Final = 1.2
"""Of n or more reminders there are n to the power of -1.2 users: many with one, few with many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What became of the reminders of one full hour."""

    shards: int
    reminders: int
    fullest: float
    """What the fullest shard had, as a multiple of the mean."""
    p99: float
    """Seconds. 99 of 100 reminders were sent sooner."""
    latest: float
    """Seconds until the last one was sent."""


def simulate(*, shards: int, users: int, heaviest: int, rate: float, seed: int = SEED) -> Hour:
    """All are due in the same instant; each shard sends `rate` reminders a second."""
    loads = _spread(_reminders(users, heaviest=heaviest, seed=seed), shards=shards)
    total = sum(loads)
    return Hour(
        shards=shards,
        reminders=total,
        fullest=max(loads) * shards / total,
        p99=_sent_before(loads, share=0.99) / rate,
        latest=max(loads) / rate,
    )


def _reminders(users: int, *, heaviest: int, seed: int) -> Iterator[tuple[str, int]]:
    """Each user's name and number of reminders."""
    numbers = random.Random(seed)  # noqa: S311 - not for secrets
    for number in range(users):
        wanted = (1 - numbers.random()) ** (-1 / _TAIL)
        yield f"user-{number}", min(int(wanted), heaviest)


def _spread(reminders: Iterable[tuple[str, int]], *, shards: int) -> list[int]:
    """How many reminders each shard has: a user's are all in one, chosen by the name's hash."""
    loads = [0] * shards
    for user, count in reminders:
        digest = hashlib.blake2b(user.encode(), digest_size=8).digest()
        loads[int.from_bytes(digest) % shards] += count
    return loads


def _sent_before(loads: Sequence[int], *, share: float) -> int:
    """After how many sent by each shard this share of all is sent."""
    wanted = share * sum(loads)
    low, high = 0, max(loads)
    while low < high:
        middle = (low + high) // 2
        if sum(min(load, middle) for load in loads) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, required=True, help="reminders/s of one shard")
    rate = parser.parse_args().rate
    lines = [
        "| shards | heaviest user | reminders | fullest shard / mean | p99, s | latest, s |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for shards in SHARDS:
        for heaviest in HEAVIEST:
            hour = simulate(
                shards=shards, users=shards * USERS_PER_SHARD, heaviest=heaviest, rate=rate
            )
            lines.append(
                f"| {shards:,} | {heaviest:,} | {hour.reminders:,} | {hour.fullest:.2f} "
                f"| {hour.p99:.2f} | {hour.latest:.2f} |"
            )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
