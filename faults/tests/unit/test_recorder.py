"""The history knows when the machine itself was not at rest."""

import asyncio
import time

from calendar_faults.history import Fault
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import until


async def test_a_machine_that_stands_still_is_a_fault_of_its_own() -> None:
    recorder = Recorder()
    watch = asyncio.create_task(recorder.watch_machine())
    await asyncio.sleep(0)
    begin = recorder.now()
    time.sleep(0.6)  # noqa: ASYNC251 - that is what it is about

    async def is_noted() -> bool:
        return bool(recorder.lines)

    await until(is_noted, seconds=5, what="it is noted")
    watch.cancel()

    [fault] = recorder.lines
    assert isinstance(fault, Fault)
    assert fault.begin <= begin
    assert fault.excuses == {"lateness", "answers"}
