from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from calendar_scheduler.reminders import Reminder


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for seconds takes nobody's time away."""
    monkeypatch.setattr("calendar_scheduler.service.SEND_SECONDS", 3600.0)
    monkeypatch.setattr("calendar_scheduler.sender.BACKLOG_SECONDS", 3600.0)


@pytest.fixture
def reminder() -> Callable[..., Reminder]:
    """Builds a reminder that is due, in all that a test does not care about."""

    def build(
        *, title: str = "Dentist", user_id: str = "ann", attempts: int = 0, waited: float = 0.0
    ) -> Reminder:
        return Reminder(
            user_id=user_id,
            event_id=uuid4(),
            notification_id=uuid4(),
            due_at=datetime(2026, 11, 24, 9, 45, tzinfo=UTC),
            attempts=attempts,
            waited=waited,
            title=title,
            starts_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
        )

    return build
