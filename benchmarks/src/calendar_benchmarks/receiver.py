"""A receiver of webhooks that accepts everything, with as little work as possible.

`python -m calendar_benchmarks.receiver PORT`. A GET answers the number of webhooks so far, and the
seconds from the first to the last.
"""

import asyncio
import sys
import time
from typing import Final

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_ACCEPTED: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """What was received on all connections."""

    def __init__(self) -> None:
        self.count = 0
        self._first = self._last = 0.0

    def accept(self) -> bytes:
        """The answer to a webhook."""
        self._last = time.monotonic()
        self._first = self._first or self._last
        self.count += 1
        return _ACCEPTED

    def report(self) -> bytes:
        """The answer to a GET."""
        body = f"{self.count} {self._last - self._first:.6f}".encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        return head.encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(_END_OF_HEAD)) >= 0:
            head = self._data[:end].lower()
            size = end + len(_END_OF_HEAD) + _content_length(head)
            if len(self._data) < size:
                return
            self._data = self._data[size:]
            is_get = head.startswith(b"get ")
            self._transport.write(self._receiver.report() if is_get else self._receiver.accept())


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _serve(port: int) -> None:
    receiver = Receiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(receiver), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
