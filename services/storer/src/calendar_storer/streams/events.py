"""Notifications in the format of server-sent events (WHATWG HTML, section 9.2)."""

import random
from typing import Final

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from calendar_storer.inbox import cursors
from calendar_storer.inbox.cursors import Position

COMMENT: Final = KEEPALIVE_COMMENT
"""Keeps gateways from closing a connection on which nothing happens."""

RETRY_SECONDS: Final = (1.0, 3.0)
"""How long clients wait before they connect again: not all equally long, because all connections of
a process end at the same time."""


def opening(position: Position) -> bytes:
    """The first block. A client that gets no notification resumes from its `id`, too.

    Clients do not treat it as an event, because it has no data.
    """
    seconds = random.uniform(*RETRY_SECONDS)  # noqa: S311 - not for secrets
    return format_sse_event(id=cursors.encode(position), retry=int(seconds * 1000))


def notification(position: Position, document: str) -> bytes:
    """The block of a notification; `document` is its JSON."""
    return format_sse_event(id=cursors.encode(position), data_str=document)
