"""Chosen points of a service's work: where a file of the point's name asks for it, something dies.

The suite writes `<folder>/<point>` with a word of what is to happen. The first process that comes
to the point takes the file away, which is atomic, and leaves `<point>.reached` in its place.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from calendar_faults_hooks.wrapping import wrap

_GROUP: Final = "aiokafka.consumer.group_coordinator"

BEFORE: Final = {
    "scheduler": {"claimed": "calendar_scheduler.kafka.producer:NotificationProducer.publish"},
    "storer": {
        "taken": "calendar_storer.notifications.repository:Repository.store",
        # In the middle of a rebalance: the group waits for this member.
        "joining": f"{_GROUP}:CoordinatorGroupRebalance.perform_group_join",
    },
    "api": {"asked": "calendar_api.events.repository:EventRepository.create"},
}
AFTER: Final = {
    "scheduler": {
        # In the client's buffer, and not on the wire yet.
        "handed-over": "aiokafka.producer.producer:AIOKafkaProducer.send",
        "published": "calendar_scheduler.kafka.producer:NotificationProducer.publish",
        "removed": "calendar_scheduler.reminders.repository:Claim.remove",
    },
    "storer": {
        "stored": "calendar_storer.notifications.repository:Repository.store",
    },
    # Committed, and not answered yet.
    "api": {"written": "calendar_api.events.repository:EventRepository.create"},
}

HOLD, KILL, FREEZE, TERMINATE = "hold", "kill", "freeze", "terminate"
SIGNALS: Final = {
    KILL: signal.SIGKILL,
    FREEZE: signal.SIGSTOP,
    TERMINATE: signal.SIGTERM,
}
_PAUSE: Final = 0.005


class Point:
    """One point of the work."""

    def __init__(self, name: str, folder: Path) -> None:
        self._asked = folder / name
        self._reached = folder / f"{name}.reached"

    async def reach(self) -> None:
        """Does what is asked for; with `hold`, waits until `<point>.reached` is taken away."""
        try:
            self._asked.rename(self._reached)
        except FileNotFoundError:
            return
        if number := SIGNALS.get(self._reached.read_text()):
            os.kill(os.getpid(), number)
            return
        while self._reached.exists():  # noqa: ASYNC110 - another process takes it away
            await asyncio.sleep(_PAUSE)


def install(service: str, folder: Path) -> None:
    """Makes the service's points."""
    for point, method in BEFORE[service].items():
        wrap(method, before=Point(point, folder).reach)
    for point, method in AFTER[service].items():
        wrap(method, after=Point(point, folder).reach)
