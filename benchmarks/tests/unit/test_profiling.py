"""Whose time it is."""

import asyncio
import sys
from pathlib import Path

import pytest

from calendar_benchmarks.profiling import ProfilingError, profiled, profiles, shares


def test_time_is_the_innermost_modules_that_is_no_librarys_of_python() -> None:
    stacks = [
        "main (calendar_api/cli.py:9);run (asyncio/runners.py:1);call (asyncpg/pool.pyx:7) 6",
        "main (calendar_api/cli.py:9);write (calendar_api/logging.py:3);encode (json/encoder.py) 3",
        "run (asyncio/runners.py:1) 1",
    ]

    assert shares(stacks) == {
        "asyncpg": 0.6,
        "calendar_api.logging": 0.3,
        "the standard library": 0.1,
    }


def test_processes_of_one_service_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "api-1000.txt").write_text("f (asyncpg/pool.pyx:7) 5\n")
    (tmp_path / "api-2000.txt").write_text("f (uvicorn/server.py:7) 994\ng (rare/x.py:7) 1\n")

    assert profiles(tmp_path) == {"api": "uvicorn 99%"}


async def test_a_process_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()

    with pytest.raises(ProfilingError, match="py-spy failed"):
        async with profiled(gone.pid, tmp_path / "api-1.txt"):
            pass
