"""Points in a service's work at which a test can kill, freeze, stop or hold the process.

The test writes `<folder>/<point>` with the action. The first process that reaches the point
renames the file to `<point>.reached`, which is atomic, and performs the action.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from calendar_faults_hooks.wrapping import wrap

BEFORE: Final = {
    "api": {
        "requested": "calendar_api.events.repository:EventRepository.create",
        "refilling": "calendar_api.planning.repository:Batch.append",
    },
    "scheduler": {"claimed": "calendar_scheduler.kafka.producer:NotificationProducer.publish"},
    "storer": {
        "fetched": "calendar_storer.notifications.repository:Repository.store",
        # A webhook is claimed.
        "sending": "calendar_storer.webhooks.client:WebhookClient.post",
        # In the middle of a rebalance: the group waits for this member.
        "joining": (
            "aiokafka.consumer.group_coordinator:CoordinatorGroupRebalance.perform_group_join"
        ),
    },
}
AFTER: Final = {
    # Committed, and not answered yet.
    "api": {
        "committed": "calendar_api.events.repository:EventRepository.create",
        # A list of reminders was continued, which is not committed yet; and which is.
        "refilled": "calendar_api.planning.repository:Batch.append",
        "planned": "calendar_api.planning.planner:Planner._plan_batch",
    },
    "scheduler": {
        # In the client's buffer, and not on the wire yet.
        "buffered": "aiokafka.producer.producer:AIOKafkaProducer.send_batch",
        # Acknowledged, and not committed yet.
        "published": "calendar_scheduler.kafka.producer:NotificationProducer.publish",
        "removed": "calendar_scheduler.reminders.repository:Claim.remove",
    },
    "storer": {
        # The row is committed, the offset is not.
        "stored": "calendar_storer.notifications.repository:Repository.store",
        # A webhook is answered, which is not recorded yet; and which is.
        "sent": "calendar_storer.webhooks.client:WebhookClient.post",
        "recorded": "calendar_storer.webhooks.repository:WebhookRepository.delete",
    },
}
SIGNALS: Final = {
    "kill": signal.SIGKILL,
    "freeze": signal.SIGSTOP,
    "terminate": signal.SIGTERM,
}
HOLD: Final = "hold"
_POLL_SECONDS: Final = 0.005


class Point:
    """One point of the work."""

    def __init__(self, name: str, folder: Path) -> None:
        self._request = folder / name
        self._reached = folder / f"{name}.reached"

    async def reach(self) -> None:
        """Perform the requested action; `hold` lasts until `<point>.reached` is removed."""
        try:
            self._request.rename(self._reached)
        except FileNotFoundError:
            return
        if number := SIGNALS.get(self._reached.read_text()):
            os.kill(os.getpid(), number)
            return
        while self._reached.exists():  # noqa: ASYNC110 - another process removes it
            await asyncio.sleep(_POLL_SECONDS)


def install(service: str, folder: Path) -> None:
    """Wrap the service's functions at all its points."""
    for point, function in BEFORE[service].items():
        wrap(function, before=Point(point, folder).reach)
    for point, function in AFTER[service].items():
        wrap(function, after=Point(point, folder).reach)
