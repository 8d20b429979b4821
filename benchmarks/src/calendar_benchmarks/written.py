"""Events that are written through the API, as clients write them."""

import asyncio
import json
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any, Final

from calendar_benchmarks.load import LoadError
from calendar_local.ports import HOST

_BATCH: Final = 100


async def write_events(port: int, events: Sequence[dict[str, Any]], *, user: str) -> None:
    """Creates the events.

    Raises:
        LoadError: a response is not 201.
    """
    await asyncio.to_thread(_write, port, events, user)


def _write(port: int, events: Sequence[dict[str, Any]], user: str) -> None:
    connection = HTTPConnection(HOST, port)
    headers = {"X-User-Id": user, "Content-Type": "application/json"}
    try:
        for first in range(0, len(events), _BATCH):
            body = json.dumps({"events": events[first : first + _BATCH]})
            connection.request("POST", "/v1/events/batch", body, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status != 201:
                raise LoadError(f"not the response expected:\n{text.decode()}")
    finally:
        connection.close()
