"""The ceiling of the API."""

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

# In the API's environment they are found.
from calendar_api.events import models, statements  # type: ignore[import-not-found]
from calendar_api.listing import statements as listing  # type: ignore[import-not-found]
from calendar_benchmarks.bare import Bare, Receive, Scope, user_of

_POOL_SIZE: Final = 10
"""The API's default."""
_NO_SCHEDULE: Final = [[None]] * 6


class BareApi(Bare):
    """Creates, reads and lists events."""

    async def handle(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """The response to a request: status and JSON."""
        if scope["method"] == "POST":
            return 201, await self._create(scope, await _body(receive))
        if scope["query_string"]:
            return 200, await self._list(scope)
        return 200, await self._read(scope)

    async def _create(self, scope: Scope, body: bytes) -> bytes:
        event = json.loads(body)
        starts_at = datetime.fromisoformat(event["starts_at"])
        lead = timedelta(minutes=int(event["notify_before"].strip("PTM")))
        values = event | {
            "starts_at": starts_at,
            "ends_at": datetime.fromisoformat(event["ends_at"]),
            "notify_before": lead,
        }
        row = await self.row(
            statements.CREATE_EVENTS,
            [user_of(scope)],
            [uuid4()],
            [uuid4()],
            [_array(starts_at - lead)],
            [_array(starts_at)],
            ["{NULL}"],
            *_NO_SCHEDULE,
            *([values.get(name)] for name in models.FIELDS),
        )
        return bytes(row["document"], "utf-8")

    async def _read(self, scope: Scope) -> bytes:
        event_id = UUID(scope["path"].rpartition("/")[2])
        row = await self.row(statements.READ_EVENT, user_of(scope), event_id)
        return bytes(row["document"], "utf-8")

    async def _list(self, scope: Scope) -> bytes:
        query = parse_qs(scope["query_string"])
        start, end = (datetime.fromisoformat(query[name][0].decode()) for name in (b"from", b"to"))
        row = await self.row(
            listing.LIST_EVENTS, user_of(scope), start, end, None, None, 1000, 4 * 1024 * 1024
        )
        return b'{"items":[%b]}' % bytes(",".join(row["documents"]), "utf-8")


def _array(instant: datetime) -> str:
    """PostgreSQL's text of an array of one instant."""
    return f'{{"{instant}"}}'


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    return body


app = BareApi(pool_size=_POOL_SIZE)
