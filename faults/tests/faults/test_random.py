"""Anything, at random: the short form of `make soak`."""

import os
import random
import sys

import pytest

from calendar_faults.sizes import growth, summary
from calendar_faults.soak import soak
from calendar_faults.system import System
from tests.faults.conftest import Judge


@pytest.mark.weekly
async def test_case_25_anything_may_happen(calendar: System, judge: Judge) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    sys.stderr.write(f"\nSEED={seed} makes the same again\n")
    sizes = await soak(calendar, seconds=60, seed=seed, say=print)
    await judge()
    assert not growth(sizes), summary(sizes)
