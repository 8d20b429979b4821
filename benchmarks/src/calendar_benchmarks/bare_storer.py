"""The ceiling of the Storer's REST API."""

from typing import Final
from urllib.parse import parse_qs

from calendar_benchmarks.bare import Bare, Receive, Scope, user_of

# In the Storer's environment they are found.
from calendar_storer.inbox import statements  # type: ignore[import-not-found]
from calendar_storer.inbox.cursors import START, Position, encode  # type: ignore[import-not-found]

_POOL_SIZE: Final = 5
"""The Storer's default for requests."""


class BareStorer(Bare):
    """Lists notifications."""

    async def handle(self, scope: Scope, _receive: Receive) -> tuple[int, bytes]:
        """The response to a request: status and JSON."""
        limit = int(parse_qs(scope["query_string"])[b"limit"][0])
        row = await self.row(statements.LIST, user_of(scope), *START, limit)
        end = encode(Position.of(row))
        return 200, f'{{"items":[{",".join(row["documents"])}],"next_cursor":"{end}"}}'.encode()


app = BareStorer(pool_size=_POOL_SIZE)
