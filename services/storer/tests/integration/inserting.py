"""Writes notifications to the table as Storers do, without Kafka."""

import json
from typing import Any

from calendar_contracts import Notification
from calendar_storer.notifications.repository import Repository


class Inserter:
    """Stores through a repository of the test's own."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def store(self, *notifications: Notification) -> None:
        """Stores them in this order, in one transaction."""
        rows: list[dict[str, Any]] = [
            {"recurrence_id": None} | json.loads(each.encode()) for each in notifications
        ]
        await self._repository.store(rows)
