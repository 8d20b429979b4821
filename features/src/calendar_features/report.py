"""Reports: transcripts of failed scenarios; JUnit XML and HTML in the folder `REPORTS_DIR`."""

import os
import sys
from collections.abc import Generator, Iterator
from html import escape
from pathlib import Path

import pytest
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.reporting import StepReportDict
from pytest_bdd.reporting import test_report_context_registry as scenarios_of_reports

from calendar_features.api import Api


@pytest.hookimpl(tryfirst=True)  # before the plugins that write the reports
def pytest_configure(config: pytest.Config) -> None:
    if folder := os.environ.get("REPORTS_DIR"):
        config.option.xmlpath = config.option.xmlpath or str(Path(folder, "features.xml"))
        config.option.htmlpath = config.option.htmlpath or str(Path(folder, "features.html"))
        config.option.self_contained_html = True


def pytest_bdd_step_error(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario, step: Step
) -> None:
    """Writes a transcript to the captured output, which reports show for failed scenarios."""
    api: Api = request.getfixturevalue("api")
    sys.stdout.write(
        f"{feature.rel_filename}:{step.line_number}: {scenario.name}\n"
        f"    {step.keyword} {step.name}\n\n{api.transcript()}\n"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-bdd, which knows the scenario
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the scenario to a report as plain values: reports are written by another process."""
    report = yield
    if context := scenarios_of_reports.get(report):
        scenario = context.scenario
        example = context.name.partition("[")[2].removesuffix("]")
        words = [scenario["feature"]["name"], scenario["name"], example]
        report.__dict__["scenario_title"] = " › ".join(filter(None, words))
        report.__dict__["scenario_steps"] = list(_step_lines(scenario["steps"]))
    return report


def pytest_html_report_title(report: object) -> None:
    setattr(report, "title", "Calendar scenarios")  # noqa: B010 - pytest-html has no types


def pytest_html_results_table_row(report: pytest.TestReport, cells: list[str]) -> None:
    """Names a scenario by feature, title and example instead of by test function."""
    if hasattr(report, "scenario_title"):
        cells[1] = f'<td class="col-testId">{escape(report.scenario_title)}</td>'


def pytest_html_results_table_html(report: pytest.TestReport, data: list[str]) -> None:
    """Shows the steps of a scenario."""
    if report.passed:
        data.clear()  # only says that there was no output
    if hasattr(report, "scenario_steps"):
        lines = "<br>".join(map(escape, report.scenario_steps))
        data.insert(0, f'<div class="log">{lines}</div>')


def _step_lines(steps: list[StepReportDict]) -> Iterator[str]:
    """Marks each step; pytest-bdd also reports steps after the failed one as failed."""
    mark = "✓"
    for step in steps:
        if step["failed"]:
            mark = "✗" if mark == "✓" else "–"
        yield f"{mark} {step['keyword']} {step['name']}"
