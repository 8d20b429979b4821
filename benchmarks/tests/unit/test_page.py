"""The page: figures between marks, and whatever people wrote around them."""

from dataclasses import replace
from pathlib import Path

import pytest

from calendar_benchmarks import cli, page, results
from calendar_benchmarks.path import Claim
from calendar_benchmarks.plot import plot
from calendar_benchmarks.results import Conditions, Result

PAGE = """# Performance

<!-- summary -->
old
<!-- /summary -->

## Create

Most of the time goes to PostgreSQL.

<!-- create -->
<!-- /create -->

What was tried and left.
"""

CREATE = Result(
    title="Create one event",
    unit="events/s",
    better="more",
    notes=["Each event has a reminder."],
    claims=[Claim(ceilings=["bare"], sense="at least", goal=0.9)],
    peers=["Radicale", "plain"],
    rounds=[
        {"calendar": 950.0, "bare": 1000.0, "Radicale": 1.5, "plain": 2000.0},
        {"calendar": 960.0, "bare": 1000.0, "Radicale": 1.6, "plain": 2100.0},
        {"calendar": 970.0, "bare": 1000.0, "Radicale": 1.4, "plain": 1900.0},
    ],
    conditions=Conditions(
        date="2026-11-24",
        commit="0123abc",
        cores=2,
        cpu="Some CPU",
        python="3.11.7",
        postgresql="18.4",
        kafka="4.3.1",
    ),
)
SECTION = """<!-- create -->

Each event has a reminder.

|  | events/s | rounds |
| --- | --- | --- |
| **calendar** | 960 | 950 to 970 |
| bare | 1,000 | 1,000 to 1,000 |
| Radicale | 1.5 | 1.4 to 1.6 |
| plain | 2,000 | 1,900 to 2,100 |

![Create one event](performance/create.svg)

| claim | measured | rounds | verdict |
| --- | --- | --- | --- |
| calendar: at least 0.9 of bare | 0.96 | 0.95 to 0.97 | met |

A peer wins: create, plain, 2.11 of calendar's figure.

2026-11-24, commit 0123abc: 3 rounds on 2 cores of Some CPU; Python 3.11.7, PostgreSQL 18.4, Kafka 4.3.1.

<!-- /create -->"""  # noqa: E501 - one paragraph


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "performance.md"
    path.write_text(PAGE)
    return path


def test_a_section_has_figures_claims_and_conditions() -> None:
    assert SECTION in page.render(PAGE, {"create": CREATE})


def test_the_summary_has_a_line_for_each_claim() -> None:
    row = "| create | calendar: at least 0.9 of bare | 0.96 | 0.95 to 0.97 | met |"

    assert f"{row}\n\n<!-- /summary -->" in page.render(PAGE, {"create": CREATE})


def test_what_people_wrote_stays() -> None:
    rendered = page.render(PAGE, {"create": CREATE})

    assert "Most of the time goes to PostgreSQL.\n\n<!-- create -->" in rendered
    assert rendered.endswith("<!-- /create -->\n\nWhat was tried and left.\n")
    assert "old" not in rendered


def test_the_same_results_make_the_same_page() -> None:
    once = page.render(PAGE, {"create": CREATE})

    assert page.render(once, {"create": CREATE}) == once


def test_a_path_without_marks_gets_a_section() -> None:
    rendered = page.render("# Performance\n", {"create": CREATE})

    assert rendered.startswith(f"# Performance\n\n## Create one event\n\n{SECTION}")


def test_the_page_and_its_plots_are_written(file: Path) -> None:
    page.write(file, {"create": CREATE})

    assert SECTION in file.read_text()
    assert (file.parent / "performance/create.svg").read_text() == plot(CREATE)


def test_a_plot_shows_each_figure_on_an_axis_from_zero() -> None:
    lines = plot(CREATE).splitlines()

    [ours] = [line for line in lines if ">calendar<" in line]
    # 960 of 2,100: the axis goes from 290 to 700.
    assert '<circle cx="477.4"' in ours
    assert '<line x1="475.5" x2="479.4"' in ours


def test_a_plot_has_a_tick_where_a_figure_has_to_be() -> None:
    [ours] = [line for line in plot(CREATE).splitlines() if ">calendar<" in line]

    # 0.9 of 1,000, on the same axis.
    assert '<rect x="464.7"' in ours


def test_what_is_compared_with_nothing_has_no_axis() -> None:
    alone = [{"MB: idle": 60.0, "bytes: idle": 300.0}]
    claim = Claim(figure="MB: idle", sense="at most", goal=80)
    lines = plot(replace(CREATE, rounds=alone, claims=[claim], peers=[])).splitlines()

    [memory, size] = [line for line in lines if ": idle<" in line]
    assert '<circle cx="597.5"' in memory, "60 of 80"
    assert "<circle" not in size


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results.write(tmp_path / "folder/latest.json", {"create": CREATE})

    assert results.read(tmp_path / "folder/latest.json") == {"create": CREATE}


def test_nothing_measured_is_no_error(tmp_path: Path) -> None:
    assert results.read(tmp_path / "latest.json") == {}


def test_the_page_of_this_tree_is_that_of_its_results() -> None:
    measured = results.read(cli.RESULTS)
    text = cli.PAGE.read_text()

    assert page.render(text, measured) == text, "calendar_benchmarks page"
    for name, result in measured.items():
        assert cli.PAGE.with_suffix("").joinpath(f"{name}.svg").read_text() == plot(result)
