"""Health, readiness and metrics."""

import json

from tests.integration.conftest import Start
from tests.integration.topic import Topic
from tests.integration.waiting import eventually


async def test_ready_if_all_dependencies_are_available(
    start: Start, topic: Topic, dsn: str
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()

    async def all_is_well() -> bool:
        needs = {"database": "ok", "broker": "ok", "group": "ok"}
        status, text = await storer.get("/readyz")
        return status == 200 and json.loads(text) == {"status": "ready", **needs}

    await eventually(all_is_well)
    assert await storer.get("/healthz") == (200, '{"status":"alive"}')
    assert (await storer.get("/nothing"))[0] == 404


async def test_a_storer_without_partitions_is_ready(start: Start, topic: Topic, dsn: str) -> None:
    storers = [await start(topic, dsn) for _ in range(4)]
    for storer in storers:
        await storer.is_ready()

    async def all_share() -> bool:
        newest = [storer.lines("partitions_assigned")[-1]["partitions"] for storer in storers]
        return sorted(map(len, newest)) == [0, 1, 1, 1]

    await eventually(all_share)


async def test_lag_and_last_success_are_exported(start: Start, topic: Topic, dsn: str) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    pulse = "calendar_storer_loop_last_success_timestamp_seconds"

    async def shown() -> bool:
        _, text = await storer.get("/metrics")
        return all(f'lag_records{{partition="{n}"}} 0.0' in text for n in range(3))

    await eventually(shown)
    first = await storer.metric(pulse)

    async def beats() -> bool:
        return await storer.metric(pulse) > first

    await eventually(beats)


async def test_log_lines_are_json_with_the_same_keys(start: Start, topic: Topic, dsn: str) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    assert await storer.stop() == 0
    for line in storer.lines():
        assert line.keys() >= {"timestamp", "level", "logger", "event"}
    assert "postgres@" not in str(storer.lines())
