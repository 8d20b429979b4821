"""run.env, logs, the lock and leftover processes."""

import subprocess
from pathlib import Path

import psutil
import pytest

from calendar_local.errors import LocalError, PartFailedError
from calendar_local.layout import Layout
from calendar_local.locks import only_one
from calendar_local.processes import end_leftovers


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_run_env_round_trip(layout: Layout) -> None:
    values = {"DATABASE_DSN": "postgresql://u:p@h/d?sslmode=disable", "API_URL": "http://h"}

    layout.write_run_env(values)

    assert layout.addresses() == values
    assert layout.run_env.stat().st_mode & 0o777 == 0o600


def test_previous_logs_are_kept(layout: Layout) -> None:
    for text in ("first", "second"):
        layout.begin_new_logs()
        layout.child("Kafka").log.write_text(text)

    assert {log.name: log.read_text() for log in layout.logs.iterdir()} == {
        "kafka.log": "second",
        "kafka.log.1": "first",
    }


def test_lock_is_exclusive_and_names_its_holder(layout: Layout) -> None:
    with (
        only_one(layout.lock),
        pytest.raises(LocalError, match=f"process {psutil.Process().pid}"),
        only_one(layout.lock),
    ):
        pass
    with only_one(layout.lock):
        pass


def test_failed_part_shows_its_last_log_lines(layout: Layout) -> None:
    log = layout.child("Kafka").log
    log.write_text("".join(f"line {number}\n" for number in range(100)))

    text = str(PartFailedError("Kafka exited.", log))

    assert text.splitlines()[0] == f"Kafka exited. The last lines of {log}:"
    assert text.splitlines()[1:] == [f"    line {number}" for number in range(85, 100)]


def test_leftover_is_stopped_but_not_another_process_with_its_pid(layout: Layout) -> None:
    with (
        subprocess.Popen(["sleep", "600"]) as leftover,
        subprocess.Popen(["sleep", "600"]) as stranger,
    ):
        try:
            began = psutil.Process(leftover.pid).create_time()
            (layout.records / "kafka").write_text(f"{leftover.pid} {began} 15\n")
            (layout.records / "api").write_text(f"{stranger.pid} {began - 3600} 15\n")

            end_leftovers(layout.records)

            assert not psutil.pid_exists(leftover.pid)
            assert psutil.pid_exists(stranger.pid)
            assert list(layout.records.iterdir()) == []
        finally:
            leftover.kill()
            stranger.kill()
