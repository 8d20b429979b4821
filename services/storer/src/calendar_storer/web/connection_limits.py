"""Limits on connections, so that slow clients cannot shut out others. Knows nothing of HTTP."""

import asyncio
from enum import IntEnum
from typing import Final, Protocol

import structlog

log = structlog.stdlib.get_logger(__name__)

MAX_CONNECTIONS: Final = 1000

IDLE_SECONDS: Final = 75
"""How long a connection is kept for the next request. Longer than gateways keep theirs (nginx and
AWS: 60 seconds), so that a request is not sent on a connection that is being closed."""

REQUEST_SECONDS: Final = 10.0
"""Time for a request's headers to arrive, from the connection or from their first byte on."""

READ_SECONDS: Final = 10.0
READ_BYTES: Final = 64 * 1024
"""What a client must read of a response in `READ_SECONDS`."""

MAX_UNREAD_BYTES: Final = 64 * 1024 * 1024
"""Of all responses together that clients are slow to read."""

CHECK_SECONDS: Final = 1.0


class Phase(IntEnum):
    """What a connection waits for. To make room, connections in the first phases go first."""

    IDLE = 0
    """The client, for another request."""
    REQUEST = 1
    """The client, for the first request, or for the rest of a request's headers."""
    BODY = 2
    """The client, for the rest of a request's body."""
    READING = 3
    """The client, to read the response."""
    RESPONSE = 4
    """The application. Never closed to make room."""


class Connection(Protocol):
    """What the limits need of a connection."""

    phase: Phase | None
    """Set by the limits only; `None` for a connection that does not count."""

    def unread_bytes(self) -> int:
        """Bytes of responses that the client has not read yet."""

    def request_timed_out(self) -> None:
        """End the connection, with a response where that is still possible."""

    def abort(self) -> None:
        """End the connection at once."""


class ConnectionLimits:
    """All connections of a server, by phase; in each phase the longest-waiting first."""

    def __init__(self, max_connections: int = MAX_CONNECTIONS) -> None:
        self._max_connections = max_connections
        self._since: tuple[dict[Connection, float], ...] = tuple({} for _ in Phase)
        self._unread: dict[Connection, int] = {}
        self._closed_for_room = 0
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, connection: Connection) -> bool:
        """Count a new connection; `False` if there is no room, and none can be made."""
        if sum(map(len, self._since)) >= self._max_connections and not self._make_room():
            return False
        loop = asyncio.get_running_loop()
        connection.phase = Phase.REQUEST
        self._since[Phase.REQUEST][connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(CHECK_SECONDS, self._check, loop)
        return True

    def move(self, connection: Connection, phase: Phase) -> None:
        """The connection waits for something else now."""
        if connection.phase is None or connection.phase is phase:
            return
        del self._since[connection.phase][connection]
        connection.phase = phase
        self._since[phase][connection] = asyncio.get_running_loop().time()
        if phase is Phase.READING:
            self._limit_unread_bytes(connection)

    def remove(self, connection: Connection) -> None:
        """The connection does not count any more."""
        if connection.phase is not None:
            del self._since[connection.phase][connection]
            connection.phase = None
        self._unread.pop(connection, None)

    def _make_room(self) -> bool:
        for phase in (Phase.IDLE, Phase.REQUEST, Phase.BODY, Phase.READING):
            for connection in self._since[phase]:
                self._closed_for_room += 1
                self._abort(connection)
                return True
        return False

    def _limit_unread_bytes(self, connection: Connection) -> None:
        self._unread[connection] = connection.unread_bytes()
        readers = self._since[Phase.READING]
        unread = sum(each.unread_bytes() for each in readers)
        while unread > MAX_UNREAD_BYTES:
            # The one that has waited longest is the least likely to read on.
            slowest = next(iter(readers))
            unread -= slowest.unread_bytes()
            self._abort_slow_reader(slowest)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for phase, seconds in ((Phase.IDLE, IDLE_SECONDS), (Phase.REQUEST, REQUEST_SECONDS)):
            for connection in self._waiting_since(phase, now - seconds):
                self._restart(connection, now)  # It is aborted if it is still there next time.
                connection.request_timed_out()
        for connection in self._waiting_since(Phase.READING, now - READ_SECONDS):
            unread = connection.unread_bytes()
            if unread > self._unread[connection] - READ_BYTES:
                self._abort_slow_reader(connection)
            else:
                self._unread[connection] = unread
                self._restart(connection, now)
        if self._closed_for_room:
            log.warning(
                "connections_closed",
                count=self._closed_for_room,
                reason=f"All {self._max_connections} connections were in use; those whose clients"
                " had been idle or slow for longest made room for others.",
            )
            self._closed_for_room = 0
        is_needed = any(self._since)
        self._timer = loop.call_later(CHECK_SECONDS, self._check, loop) if is_needed else None

    def _waiting_since(self, phase: Phase, time: float) -> list[Connection]:
        waiting = []
        for connection, since in self._since[phase].items():
            if since > time:
                break
            waiting.append(connection)
        return waiting

    def _restart(self, connection: Connection, now: float) -> None:
        assert connection.phase is not None
        since = self._since[connection.phase]
        del since[connection]
        since[connection] = now

    def _abort_slow_reader(self, connection: Connection) -> None:
        log.info("slow_reader_cut_off", unread_bytes=connection.unread_bytes())
        self._abort(connection)

    def _abort(self, connection: Connection) -> None:
        self.remove(connection)
        connection.abort()
