"""The end of a run: waits until all is done, collects the final state, and checks the history."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calendar_faults import history, queries
from calendar_faults.checker import check
from calendar_faults.checker.report import Report
from calendar_faults.history import (
    DeadLetter,
    End,
    Endpoint,
    History,
    Operation,
    Poison,
    Record,
    Row,
)
from calendar_faults.kafka import records_of
from calendar_faults.limits import MAX_UNCERTAIN
from calendar_faults.system import System

IDLE_SECONDS: Final = 45.0
"""How long after its last fault a run may take until nothing is left to be done."""

HORIZON: Final = timedelta(seconds=15)
"""What falls due this soon is waited for: all that users plan, but for days and hours later."""


async def collect_and_check(
    system: System,
    *,
    at_rest: float = 1.0,
    max_uncertain: float = MAX_UNCERTAIN,
    wait_seconds: float = IDLE_SECONDS,
) -> Report:
    """The report on a run without users and faults."""
    await wait_until_idle(system, seconds=wait_seconds)
    for user, events in _events(system).items():
        await system.client.read_all(user, events)
    await collect_records(system)
    await _collect_tables(system)
    collected = History(system.recorder.lines)
    assert collected.records or not collected.rows, "the topic's records were not collected"
    history.write(system.folder / "history.jsonl", system.recorder.lines)
    return check(collected, at_rest=timedelta(seconds=at_rest), max_uncertain=max_uncertain)


async def wait_until_idle(system: System, *, seconds: float = IDLE_SECONDS) -> None:
    """Wait for what falls due soon, then for the consumer group, receivers and followers.

    The checker reports the rest.
    """
    horizon = system.recorder.now() + HORIZON
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    while now() < deadline:
        is_done = await system.is_done(due_by=horizon)
        if is_done and not await system.recipients.missing(stored_by=horizon):
            return
        await asyncio.sleep(0.2)


async def collect_records(system: System) -> None:
    """Add the records of both topics; also called before a topic is deleted."""
    servers = system.servers.kafka.bootstrap_servers
    lines = system.recorder.lines
    poison = {(line.key, line.value) for line in lines if isinstance(line, Poison)}
    for record in await records_of(system.topic, servers=servers):
        if (record.key, record.value) not in poison:
            found = _record_of(record)
            if found.event_id not in system.unchecked:
                system.recorder.add(found)
    for letter in await records_of(f"{system.topic}.dlq", servers=servers):
        system.recorder.add(DeadLetter.model_construct(key=letter.key, value=letter.value))


async def _collect_tables(system: System) -> None:
    for row in await system.sql(queries.ROWS, list(system.unchecked)):
        system.recorder.add(Row(**row))
    pending = await system.recipients.pending(stored_by=system.recorder.now())
    for each in system.recipients.receivers:
        found = frozenset(pending[each.name])
        system.recorder.add(Endpoint(name=each.name, refuses=each.refuses, pending=found))
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
    """Unknown fields are ignored, by the contract."""
    fields = json.loads(record.value)
    known = {name: fields[name] for name in Record.model_fields if name in fields}
    return Record.model_validate(
        {
            **known,
            "partition": record.partition,
            "offset": record.offset,
            "appended": datetime.fromtimestamp(record.timestamp / 1000, UTC),
        }
    )
