"""The page, its picture and the file of results."""

from dataclasses import replace
from pathlib import Path as FilePath

import pytest

from calendar_benchmarks import commands, page, results
from calendar_benchmarks.path import Goal
from calendar_benchmarks.paths import load_paths
from calendar_benchmarks.results import Conditions, Result

CREATE = replace(
    load_paths(["create"])["create"],
    notes="one event in each request.",
    goals=[
        Goal(relative_to=["bare"], sense="at least", limit=0.6),
        Goal(figure="p99", sense="at most", limit=100, unit="ms"),
    ],
)
CONDITIONS = Conditions(
    date="2026-11-24",
    commit="0123abc",
    cores=2,
    cpu="Some CPU",
    python="3.11.7",
    postgresql="18.4",
    kafka="4.3.1",
)
RESULT = Result(
    rounds=[
        {"calendar": 950.0, "bare": 1000.0, "p99": 10.0},
        {"calendar": 960.0, "bare": 1000.0, "p99": 20.0},
        {"calendar": 970.0, "bare": 1000.0, "p99": 50.0},
    ],
    conditions=CONDITIONS,
)
PATHS = {"create": CREATE}
RESULTS = {"create": RESULT}


@pytest.mark.parametrize(
    "line",
    [
        "| create | ≥ 0.6 × bare | 0.96 | 0.95 to 0.97 | met |",
        "| create | p99 ≤ 100 ms | 20 | 10 to 50 | met |",
        "| create | calendar | 960 | 950 to 970 | events/s |",
        "- `create`: one event in each request.",
        (
            "Measured on 2026-11-24, commit 0123abc, 2 cores of Some CPU; "
            "Python 3.11.7, PostgreSQL 18.4, Kafka 4.3.1."
        ),
    ],
)
def test_page_shows_goals_figures_notes_and_conditions(line: str) -> None:
    assert line in page.render(PATHS, RESULTS).splitlines()


def test_page_names_the_paths_of_each_conditions() -> None:
    other = replace(RESULT, conditions=replace(CONDITIONS, commit="4567def"))

    text = page.render({**PATHS, "other": CREATE}, {**RESULTS, "other": other})

    assert "\ncreate: 2026-11-24, commit 0123abc, " in text
    assert "\nother: 2026-11-24, commit 4567def, " in text


def test_path_without_result_is_omitted() -> None:
    assert page.render({**PATHS, "other": CREATE}, RESULTS) == page.render(PATHS, RESULTS)
    assert "other" not in page.render_picture({**PATHS, "other": CREATE}, RESULTS)


def test_summary_shows_the_goals_in_columns() -> None:
    assert page.summary(PATHS, RESULTS).splitlines() == [
        "path    goal          measured  spread        verdict",
        "create  ≥ 0.6 × bare  0.96      0.95 to 0.97  met",
        "create  p99 ≤ 100 ms  20        10 to 50      met",
    ]


def test_picture_shows_by_which_factor_a_goal_is_exceeded() -> None:
    missed = replace(CREATE, goals=[replace(CREATE.goals[0], limit=1.92)])

    def dots(picture: str) -> list[str]:
        return [line.partition("<circle ")[2] for line in picture.splitlines() if "circle" in line]

    # 0.96 of 0.6 is a factor of 1.6, and 20 of at most 100 ms a factor of 5; from 0.5 to 100 on a
    # logarithmic axis of 400 pixels.
    assert dots(page.render_picture(PATHS, RESULTS)) == [
        'cx="487.8" cy="35" r="5" fill="#0b62c4"/>',
        'cx="573.8" cy="57" r="5" fill="#0b62c4"/>',
    ]
    assert dots(page.render_picture({"create": missed}, RESULTS)) == [
        'cx="400.0" cy="35" r="5" fill="#b0522d"/>'
    ]


def test_figure_of_zero_is_drawn_at_the_end_of_the_axis() -> None:
    nothing = replace(RESULT, rounds=[{"calendar": 1.0, "bare": 1.0, "p99": 0.0}])

    assert '<circle cx="800.0" cy="57"' in page.render_picture(PATHS, {"create": nothing})


def test_page_and_picture_are_written(tmp_path: FilePath) -> None:
    page.write(tmp_path / "performance.md", PATHS, RESULTS)

    assert (tmp_path / "performance.md").read_text() == page.render(PATHS, RESULTS)
    picture = (tmp_path / "performance/goals.svg").read_text()
    assert picture == page.render_picture(PATHS, RESULTS)


def test_results_are_read_as_they_were_written(tmp_path: FilePath) -> None:
    results.write(tmp_path / "folder/latest.json", RESULTS)

    assert results.read(tmp_path / "folder/latest.json") == RESULTS


def test_missing_file_of_results_is_empty(tmp_path: FilePath) -> None:
    assert results.read(tmp_path / "latest.json") == {}


def test_committed_page_is_that_of_the_committed_results() -> None:
    paths, measured = load_paths(), results.read(commands.RESULTS)

    assert commands.PAGE.read_text() == page.render(paths, measured), (
        "run `calendar_benchmarks page`"
    )
    picture = commands.PAGE.with_suffix("") / "goals.svg"
    assert picture.read_text() == page.render_picture(paths, measured)
