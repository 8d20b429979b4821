"""Writes events through the API at a steady pace, each with a reminder that is due soon after."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from calendar_benchmarks.load import LoadError, request
from calendar_local.ports import HOST

LEAD: Final = timedelta(seconds=2.5)
"""Between the write and the reminder: enough that no write is too late.

The half is for a pace of one a second: no write falls into the instant of another's reminder.
"""

_EVENT_AFTER: Final = timedelta(hours=1)
_CREATED: Final = b" 201 "


async def write_reminders(port: int, *, pace: float, seconds: float, user: str) -> int:
    """Writes `pace` events a second for so many seconds; how many it were.

    A write begins when its time is there, whether those before it are answered or not.

    Raises:
        LoadError: one was not answered with 201.
    """
    count = round(pace * seconds)
    began = asyncio.get_running_loop().time()
    connections = _Connections(port)
    try:
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                await asyncio.sleep(began + number / pace - asyncio.get_running_loop().time())
                tasks.create_task(connections.send(_event(user)))
    except* LoadError as refused:
        raise refused.exceptions[0] from None
    finally:
        connections.close()
    return count


def _event(user: str) -> bytes:
    starts_at = datetime.now(UTC) + LEAD + _EVENT_AFTER
    body = {
        "title": "Stand-up meeting",
        "starts_at": starts_at.isoformat(),
        "duration": "PT15M",
        "notify_before": "PT1H",
    }
    return request("POST", "/v1/events", headers={"X-User-Id": user}, body=body).encode()


class _Connections:
    """As many as there are requests at once; each is used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, data: bytes) -> None:
        """Sends a request over an idle connection, or a new one."""
        # The server closes what is idle for long.
        self._idle = [each for each in self._idle if not each[0].at_eof()]
        connection = (
            self._idle.pop() if self._idle else await asyncio.open_connection(HOST, self._port)
        )
        try:
            await _exchange(*connection, data)
        except BaseException:
            connection[1].close()
            raise
        self._idle.append(connection)

    def close(self) -> None:
        """Closes those that are idle."""
        for _, writer in self._idle:
            writer.close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes
) -> None:
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    if _CREATED not in head.partition(b"\r\n")[0]:
        raise LoadError(f"not the answer expected:\n{head.decode(errors='replace')}")
    await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise LoadError("an answer has no content-length")
