"""`notifications`: shows notifications as the Storer stores them."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calendar_local.console import Console
from calendar_local.errors import LocalError
from calendar_local.layout import Layout
from calendar_local.postgres import BINARIES, connection_variables

_LATEST = 10
_POLL_SECONDS = 0.5
_LOOK_BACK = timedelta(minutes=1)
"""A notification becomes visible when it is committed, which is after `stored_at`."""

_QUERY = """
SELECT row_to_json(latest) FROM (
    SELECT * FROM notifications WHERE stored_at > '{after}'
    ORDER BY stored_at DESC, notification_id LIMIT {limit}
) AS latest ORDER BY stored_at, notification_id
"""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A stored notification."""

    id: str
    user_id: str
    title: str
    event_date: datetime
    notify_at: datetime
    stored_at: datetime

    def __str__(self) -> str:
        # A title may contain control characters, which a terminal would obey.
        title = "".join(each if each.isprintable() else "�" for each in self.title)
        delay = (self.stored_at - self.notify_at).total_seconds()
        return (
            f"{self.stored_at:%H:%M:%S}  {self.user_id}: {title}"
            f"  (starts {self.event_date:%Y-%m-%d %H:%M:%S} UTC, stored {delay:.3f} s after due)"
        )


def show(root: Path, console: Console, *, follow: bool) -> int:
    """Show the latest notifications, and if asked each new one until interrupted.

    Raises:
        LocalError: the system is not running, or stops.
    """
    layout = Layout(root / ".local")
    latest = _fetch(layout, limit=str(_LATEST))
    for each in latest:
        console.say(str(each))
    if not latest:
        console.say("There are no notifications yet.")
    if follow:
        console.say("Waiting for notifications. Ctrl-C ends this command.")
        for each in _new(layout, latest):
            console.say(str(each))
    return 0


def _new(layout: Layout, latest: list[Notification]) -> Iterator[Notification]:
    oldest = latest[0].stored_at if latest else datetime.min.replace(tzinfo=UTC)
    while True:
        time.sleep(_POLL_SECONDS)
        after = max(oldest, latest[-1].stored_at - _LOOK_BACK) if latest else None
        seen = {each.id for each in latest}
        latest = _fetch(layout, after=after)
        yield from (each for each in latest if each.id not in seen)


def _fetch(
    layout: Layout, *, after: datetime | None = None, limit: str = "ALL"
) -> list[Notification]:
    """Return the latest notifications that were stored after this time, in order.

    This is the only place that knows where notifications are: in the Storer's table.
    """
    addresses = layout.addresses()
    if "STORER_URL" not in addresses:
        raise LocalError("The services are not running: start them with `make run`.")
    query = _QUERY.format(after=after or "-infinity", limit=limit)
    result = subprocess.run(  # noqa: S603
        [BINARIES / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "-c", query],
        env=os.environ | connection_variables(addresses["DATABASE_DSN"]),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        layout.addresses()  # raises if the system has stopped meanwhile
        raise LocalError(f"The notifications cannot be read: {result.stderr.strip()}")
    return [_notification(json.loads(line)) for line in result.stdout.splitlines()]


def _notification(row: dict[str, Any]) -> Notification:
    return Notification(
        id=row["notification_id"],
        user_id=row["user_id"],
        title=row["title"],
        event_date=_instant(row["event_date"]),
        notify_at=_instant(row["notify_at"]),
        stored_at=_instant(row["stored_at"]),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
