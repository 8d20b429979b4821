"""Decides from a history alone which promises of the contract were broken."""

from datetime import timedelta
from typing import Final

from calendar_faults.answers import check_answers
from calendar_faults.deliveries import Deliveries
from calendar_faults.endings import check_ending
from calendar_faults.events import events_of
from calendar_faults.history import History
from calendar_faults.report import MOST_UNCERTAIN, Kind, Report

AT_REST: Final = timedelta(seconds=1)
"""99 in 100 are stored so soon after they are due, by the contract."""


def check(
    history: History, *, at_rest: timedelta = AT_REST, most_uncertain: float = MOST_UNCERTAIN
) -> Report:
    """The report on a history.

    `at_rest` is how late 99 in 100 may be where nothing is broken; `most_uncertain` the share of
    reminders that may go either way.
    """
    report = Report()
    events = events_of(history.operations)
    check_answers(history.operations, faults=history.faults, events=events, report=report)
    Deliveries(history, events=events, report=report, at_rest=at_rest).check()
    check_ending(history, report)
    if report.uncertainty > most_uncertain:
        report.add(
            Kind.TOO_UNCERTAIN,
            f"{report.uncertainty:.0%} of the reminders may go either way, "
            f"allowed are {most_uncertain:.0%}",
        )
    return report
