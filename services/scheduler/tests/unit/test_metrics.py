import re
from pathlib import Path

from prometheus_client import generate_latest

from calendar_scheduler.observability.metrics import Metrics

README = Path(__file__).parents[2] / "README.md"


def test_readme_documents_every_metric() -> None:
    documented = set(re.findall(r"`(calendar_scheduler_\w+)", README.read_text()))
    text = generate_latest(Metrics().registry).decode()
    exported = {
        name
        for name in re.findall(r"^# TYPE (calendar_scheduler_\w+)", text, re.MULTILINE)
        if not name.endswith("_created")
    }

    assert documented == exported


def test_series_exist_from_the_start() -> None:
    registry = Metrics().registry

    for name, labels in (
        ("calendar_scheduler_publish_failures_total", {"kind": "outage"}),
        ("calendar_scheduler_publish_failures_total", {"kind": "refused"}),
        ("calendar_scheduler_loop_failures_total", {"loop": "retention"}),
        ("calendar_scheduler_publish_lag_seconds_count", {}),
        ("calendar_scheduler_parked_reminders", {}),
    ):
        assert registry.get_sample_value(name, labels) == 0
