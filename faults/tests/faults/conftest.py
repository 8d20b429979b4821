import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from calendar_faults.checker.report import Report, total
from calendar_faults.collection import collect_and_check
from calendar_faults.limits import MAX_UNCERTAIN
from calendar_faults.servers import Servers, running_servers
from calendar_faults.system import System, new_system
from calendar_faults.waiting import TIME_FACTOR

REPORTS = Path(__file__).parents[3] / "reports" / "faults"
"""Logs and histories of the runs that failed."""

FAILED: pytest.StashKey[bool] = pytest.StashKey()
REPORT = TypeAdapter(Report)

Verify = Callable[..., Awaitable[Report]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each case, and the sums."""
    stats = terminalreporter.stats
    tests = [
        test
        for outcome in ("passed", "failed")
        for test in stats.get(outcome, [])
        if test.when == "call"
    ]
    reports = []
    terminalreporter.section("promises")
    for test in sorted(tests, key=lambda test: test.nodeid):
        case = test.nodeid.rpartition("::test_")[2]
        for name, value in test.user_properties:
            if name == "report":
                reports.append(REPORT.validate_json(str(value)))
                terminalreporter.write_line(f"{case:60} {reports[-1].summary()}")
            else:
                terminalreporter.write_line(f"{case:60} {name} {value}")
    terminalreporter.write_line(f"\n{total(reports)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "pytest.TestReport":  # type: ignore[misc]
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="calendar-faults-") as folder:
        async with running_servers(Path(folder)) as running:
            yield running


@pytest.fixture
async def calendar(servers: Servers, request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """A system without services; if the test fails, its logs and history are kept."""
    name = request.node.name.removeprefix("test_").replace("[", "-").rstrip("]")[:60]
    async with new_system(servers, name) as system:
        yield system
    if request.node.stash.get(FAILED, False):
        shutil.copytree(system.folder, REPORTS / name, dirs_exist_ok=True)


@pytest.fixture
def verify(calendar: System, record_property: Callable[[str, object], None]) -> Verify:
    """Ends the run, and asserts that every promise was kept."""

    async def end_and_check(
        *, at_rest: float = 1.0, max_uncertain: float = MAX_UNCERTAIN
    ) -> Report:
        report = await collect_and_check(
            calendar, at_rest=at_rest * TIME_FACTOR, max_uncertain=max_uncertain
        )
        # Text passes from a worker of pytest-xdist to the summary.
        record_property("report", REPORT.dump_json(report).decode())
        assert report.ok, f"\n{report}"
        assert not calendar.client.invalid_answers
        return report

    return end_and_check
