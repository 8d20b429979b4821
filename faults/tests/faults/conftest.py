import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from calendar_faults.gathering import conclude
from calendar_faults.report import MOST_UNCERTAIN, Report, total
from calendar_faults.stage import Stage, stage
from calendar_faults.system import System, system
from calendar_faults.waiting import SLOWER

REPORTS = Path(__file__).parents[3] / "reports" / "faults"
"""Logs and histories of the runs that failed."""

FAILED: pytest.StashKey[bool] = pytest.StashKey()

Judge = Callable[..., Awaitable[Report]]


REPORT = TypeAdapter(Report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each case, and the figures of all together."""
    ended = [test for outcome in ("passed", "failed") for test in _ended(terminalreporter, outcome)]
    reports = []
    terminalreporter.section("what was promised")
    for test in sorted(ended, key=lambda test: test.nodeid):
        case = test.nodeid.rpartition("::test_")[2]
        for name, value in test.user_properties:
            if name == "report":
                reports.append(REPORT.validate_json(str(value)))
                terminalreporter.write_line(f"{case:60} {reports[-1].summary()}")
            else:
                terminalreporter.write_line(f"{case:60} {name} {value}")
    terminalreporter.write_line(f"\n{total(reports)}")


def _ended(terminalreporter: pytest.TerminalReporter, outcome: str) -> list[pytest.TestReport]:
    return [test for test in terminalreporter.stats.get(outcome, []) if test.when == "call"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "pytest.TestReport":  # type: ignore[misc]
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="calendar-faults-") as folder:
        async with stage(Path(folder)) as running:
            yield running


@pytest.fixture
async def calendar(servers: Stage, request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """A system without a service; where the test fails, its logs and history are kept."""
    name = request.node.name.removeprefix("test_").replace("[", "-").rstrip("]")[:60]
    async with system(servers, name) as running:
        yield running
    if request.node.stash.get(FAILED, False):
        shutil.copytree(running.folder, REPORTS / name, dirs_exist_ok=True)


@pytest.fixture
def judge(calendar: System, record_property: Callable[[str, object], None]) -> Judge:
    """Ends the run and demands that every promise was kept."""

    async def judged(*, at_rest: float = 1.0, most_uncertain: float = MOST_UNCERTAIN) -> Report:
        report = await conclude(calendar, at_rest=at_rest * SLOWER, most_uncertain=most_uncertain)
        # As text, which gets from a worker of pytest-xdist to the summary.
        record_property("report", REPORT.dump_json(report).decode())
        assert report.ok, f"\n{report}"
        assert not calendar.client.complaints
        return report

    return judged
