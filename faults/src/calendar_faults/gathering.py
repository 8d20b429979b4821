"""The end of a run: waits until all is done, gathers what there is, and has it judged."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calendar_faults import history, queries
from calendar_faults.checker import check
from calendar_faults.history import DeadLetter, End, History, Operation, Poison, Record, Row
from calendar_faults.report import MOST_UNCERTAIN, Report
from calendar_faults.system import System
from calendar_faults.topics import records_of

SETTLE_SECONDS: Final = 45.0
"""How long after its last fault a run may take until nothing is left to be done."""

HORIZON: Final = timedelta(seconds=10)
"""What falls due so soon is waited for."""


async def conclude(
    system: System,
    *,
    at_rest: float = 1.0,
    most_uncertain: float = MOST_UNCERTAIN,
    patience: float = SETTLE_SECONDS,
) -> Report:
    """The verdict on a run whose users have gone and whose faults have healed."""
    await settle(system, seconds=patience)
    for user, events in _events(system).items():
        await system.client.read_all(user, events)
    await gather_records(system)
    await _gather_tables(system)
    gathered = History(system.recorder.lines)
    assert gathered.records or not gathered.rows, "without the topic's records little is proven"
    history.write(system.folder / "history.jsonl", system.recorder.lines)
    return check(
        gathered,
        at_rest=timedelta(seconds=at_rest),
        most_uncertain=most_uncertain,
    )


async def settle(system: System, *, seconds: float = SETTLE_SECONDS) -> None:
    """Waits for what falls due soon, then for the consumer group, for so long at most."""
    horizon = system.recorder.now() + HORIZON
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    while now() < deadline:
        if await system.is_done(due_by=horizon):
            return
        await asyncio.sleep(0.2)


async def gather_records(system: System) -> None:
    """Adds what is in both topics. Once more before a topic is deleted."""
    servers = system.stage.kafka.bootstrap_servers
    lines = system.recorder.lines
    poison = {(line.key, line.value) for line in lines if isinstance(line, Poison)}
    for record in await records_of(system.topic, servers=servers):
        if (record.key, record.value) not in poison:
            system.recorder.add(_record_of(record))
    for letter in await records_of(f"{system.topic}.dlq", servers=servers):
        system.recorder.add(DeadLetter.model_construct(key=letter.key, value=letter.value))


async def _gather_tables(system: System) -> None:
    for row in await system.sql(queries.ROWS):
        system.recorder.add(Row(**row))
    [[due]] = await system.sql(queries.DUE, list(system.unpublishable))
    [[idle]] = await system.sql(queries.IDLE_IN_TRANSACTION)
    parked = {row[0] for row in await system.sql(queries.PARKED)}
    system.recorder.add(
        End(
            at=system.recorder.now(),
            due=due,
            lag=await system.lag(),
            idle_in_transaction=idle,
            parked=frozenset(parked),
            unpublishable=frozenset(system.unpublishable),
        )
    )


def _events(system: System) -> dict[str, set[UUID]]:
    events = defaultdict[str, set[UUID]](set)
    for line in system.recorder.lines:
        if isinstance(line, Operation):
            events[line.user] |= line.events.keys()
    return events


def _record_of(record: Any) -> Record:
    """Fields that a consumer does not know are ignored, by the contract."""
    said = json.loads(record.value)
    known = {name: said[name] for name in Record.model_fields if name in said}
    return Record.model_validate(
        {
            **known,
            "partition": record.partition,
            "offset": record.offset,
            "appended": datetime.fromtimestamp(record.timestamp / 1000, UTC),
        }
    )
