"""Whose time it is, and what it is for."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from calendar_benchmarks import profiling
from calendar_benchmarks.profiling import Profiles, ProfilingError, profiled, shares
from calendar_benchmarks.server import Server
from calendar_benchmarks.work import Work, total


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


async def test_services_of_one_kind_are_told_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter([(5, 1.0), (15, 1.0004), (0, 2.0), (30, 2.0008)])

    async def work_of(_kind: str, _server: Server) -> Work:
        done, seconds = next(seen)
        return Work(done=done, seconds=seconds)

    @asynccontextmanager
    async def sampled(pid: int, file: Path) -> AsyncIterator[None]:
        yield
        file.write_text(f"f (asyncpg/pool.pyx:7) {pid}\ng (rare/x.py:7) 1\n")  # noqa: ASYNC240 - a fake

    monkeypatch.setattr(profiling, "work_of", work_of)
    monkeypatch.setattr(profiling, "profiled", sampled)
    profiles = Profiles(tmp_path)
    for pid, port in ((400, 1000), (598, 2000)):
        async with profiles.of("api", Server(port=port, pid=pid)):
            pass

    assert profiles.told() == {"api": "30 µs for each of 40 requests: asyncpg 100%"}


def test_a_counter_is_the_sum_of_its_series() -> None:
    exposition = """\
# TYPE http_requests_total counter
http_requests_total{handler="/v1/events",status="201"} 4.0
http_requests_total{handler="/v1/events/{event_id}",status="200"} 3.0
http_requests_total_of_others 9.0
http_requests_created{handler="/v1/events",status="201"} 1.7e+09
"""
    assert total(exposition, "http_requests_total") == 7


def test_of_no_work_no_cost_is_told() -> None:
    assert Work(seconds=2.0).text("storer") == "no row"


async def test_a_process_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()

    with pytest.raises(ProfilingError, match="py-spy failed"):
        async with profiled(gone.pid, tmp_path / "api-1.txt"):
            pass
