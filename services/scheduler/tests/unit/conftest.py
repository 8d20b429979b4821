import pytest


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a machine that stalls for seconds does not reach."""
    monkeypatch.setattr("calendar_scheduler.reminders.publish.MAX_CLAIM_AGE", 3600.0)
    monkeypatch.setattr("calendar_scheduler.reminders.poller.BACKLOG_SECONDS", 3600.0)
