"""`notifications`, with a real PostgreSQL and fake services."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.project import CALENDAR_LOCAL, Project, psql, wait_for

TABLE = """
CREATE TABLE notifications (
    notification_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text, title text,
    event_date timestamptz, notify_at timestamptz, stored_at timestamptz DEFAULT now()
)
"""
STORE = """
INSERT INTO notifications (user_id, title, event_date, notify_at, stored_at)
SELECT 'ann', '{title} ' || n, '2026-12-01T10:00+01:00', '2026-12-01T08:59:57Z', {stored_at}
FROM generate_series(1, {count}) n
"""


@pytest.fixture
def dsn(project: Project) -> str:
    """The database of a running system, with an empty table of notifications."""
    dsn = project.start()["DATABASE_DSN"]
    psql(dsn, TABLE)
    return dsn


class Follower:
    """A running `notifications --follow`."""

    def __init__(self, project: Project, output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [CALENDAR_LOCAL, "--root", project.root, "notifications", "--follow"],
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.until_shown("Waiting for notifications")

    def text(self) -> str:
        return self._output.read_text()

    def until_shown(self, text: str) -> None:
        wait_for(lambda: text in self.text(), what=f"{text!r} is shown")

    def wait(self) -> int:
        return self.process.wait(timeout=60)


@pytest.fixture
def follower(project: Project, dsn: str, tmp_path: Path) -> Iterator[Follower]:
    """Follows twenty old notifications."""
    store(dsn, "Old", count=20, stored_at="clock_timestamp() - '1h'::interval")
    follower = Follower(project, tmp_path / "follower.txt")
    yield follower
    follower.process.kill()
    follower.wait()


def store(dsn: str, title: str, *, count: int = 1, stored_at: str = "clock_timestamp()") -> None:
    psql(dsn, STORE.format(title=title, count=count, stored_at=stored_at))


def test_latest_notifications_are_shown_in_order_one_per_line(project: Project, dsn: str) -> None:
    assert project.call("notifications").stdout == "There are no notifications yet.\n"

    stored_at = "'2026-12-01T09:00:00.250Z'::timestamptz + n * '1s'::interval"
    store(dsn, "Tea", count=15, stored_at=stored_at)
    store(dsn, "Two\nlines\x1b[2J", stored_at="'2026-12-01T10:00Z'")
    shown = project.call("notifications")

    assert shown.returncode == 0
    lines = shown.stdout.splitlines()
    assert [*re.findall(r"ann: Tea (\d+)", shown.stdout)] == [str(n) for n in range(7, 16)]
    assert lines[8] == (
        "09:00:15  ann: Tea 15  (starts 2026-12-01 09:00:00 UTC, stored 18.250 s after due)"
    )
    assert lines[9].startswith("10:00:00  ann: Two�lines�[2J 1  (")


def test_each_new_notification_is_shown_once_until_interrupted(
    dsn: str, follower: Follower
) -> None:
    store(dsn, "New")
    follower.until_shown("New 1")
    # Its transaction began before that of the one before it, and was committed after it.
    store(dsn, "Late", stored_at="clock_timestamp() - '20s'::interval")
    follower.until_shown("Late 1")

    follower.process.send_signal(signal.SIGINT)

    assert follower.wait() == 0
    assert re.findall(r"ann: (\w+)", follower.text()) == ["Old"] * 10 + ["New", "Late"]


def test_what_is_not_running_is_said(project: Project) -> None:
    nothing = project.call("notifications", "--follow")
    assert (nothing.returncode, nothing.stdout) == (
        1,
        "Calendar is not running: start it with `make run`.\n",
    )

    project.start("stack")
    without_services = project.call("notifications")
    assert without_services.returncode == 1
    assert without_services.stdout.startswith("The services are not running")


def test_end_of_the_system_is_said(project: Project, follower: Follower) -> None:
    assert project.end() == 0

    assert follower.wait() == 1
    assert follower.text().endswith("Calendar is not running: start it with `make run`.\n")
