from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from calendar_scheduler.reminders.models import Reminder


@pytest.fixture
def reminder() -> Callable[..., Reminder]:
    """Builds a due reminder, with defaults for what a test does not depend on."""

    def build(
        *,
        title: str | None = "Dentist",
        user_id: str = "ann",
        recurrence_id: str | None = None,
        attempts: int = 0,
        waited: float = 0.0,
        has_next: bool = False,
    ) -> Reminder:
        return Reminder(
            user_id=user_id,
            event_id=uuid4(),
            recurrence_id=recurrence_id,
            title=title,
            starts_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
            due_at=datetime(2026, 11, 24, 9, 45, tzinfo=UTC),
            attempts=attempts,
            waited=waited,
            has_next=has_next,
        )

    return build
