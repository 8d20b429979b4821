"""Creates events through the API at a steady pace, each with a reminder that is due soon."""

import asyncio
import math
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from calendar_benchmarks.load import CONNECTIONS, LoadError, request
from calendar_local.ports import HOST

LEAD: Final = timedelta(seconds=2.5)
"""From the write to the due time: long enough that no write is late.

It is no whole number: at one write a second, no write and no due time coincide.
"""

_NOTIFY_BEFORE: Final = timedelta(hours=1)


async def write_reminders(port: int, *, pace: float, seconds: float, user: str) -> int:
    """Creates `pace` events a second, and returns their number.

    The connections take turns, so a slow response does not delay the following requests.

    Raises:
        LoadError: a response is not 201.
    """
    began = time.time()
    times = [began + number / pace for number in range(round(pace * seconds))]
    connections = min(CONNECTIONS, math.ceil(pace))
    try:
        async with asyncio.TaskGroup() as tasks:
            for first in range(connections):
                tasks.create_task(_write(port, times[first::connections], user))
    except* LoadError as refused:
        raise refused.exceptions[0] from None
    return len(times)


async def _write(port: int, times: Iterable[float], user: str) -> None:
    """Sends a request at each of these times, over one connection."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for at in times:
            await asyncio.sleep(at - time.time())
            writer.write(_create(user))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 201 " not in head.partition(b"\r\n")[0]:
                raise LoadError(f"not the response expected:\n{head.decode(errors='replace')}")
            await reader.readexactly(_content_length(head))
    finally:
        writer.close()


def _create(user: str) -> bytes:
    body = {
        "title": "Stand-up meeting",
        "starts_at": (datetime.now(UTC) + LEAD + _NOTIFY_BEFORE).isoformat(),
        "duration": "PT15M",
        "notify_before": "PT1H",
    }
    return request("POST", "/v1/events", headers={"X-User-Id": user}, body=body).encode()


def _content_length(head: bytes) -> int:
    return int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
