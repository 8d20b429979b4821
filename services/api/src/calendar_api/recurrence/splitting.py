"""Two series out of one ("this and following"), and IDs that follow a changed series by date."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from calendar_api.recurrence.rule import Rule
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import LocalTime, date_of, shift


def split(series: Series, at: LocalTime) -> tuple[Series | None, Series]:
    """The series before an occurrence, None if nothing is left of it, and the one from there on.

    COUNT is shared out. The second one starts at `at`; where that is an additional date, it starts
    at the rule's next occurrence, by which the rule goes on, and `at` stays an additional date.

    Raises:
        LookupError: the series has no such occurrence.
    """
    if at not in series:
        raise LookupError(at)
    dates = frozenset(local for local in series.dates if local < at)
    excluded = frozenset(local for local in series.excluded if local < at)
    rule, last_day = _rule_before(series, at)
    every = replace(series, excluded=frozenset())
    earliest_date = min((local for local in dates if local in every), default=at)
    before = replace(
        series,
        start=series.start if series.start < at else earliest_date,
        rule=rule,
        last_day=last_day,
        dates=dates,
        excluded=excluded,
    )

    of_rule = every.scheduled(date_of(at), date.max)
    next_of_rule = next((id_ for id_ in of_rule if id_ >= at and id_ in every), None)
    after = replace(
        series,
        start=next_of_rule or at,
        rule=_rule_after(series, rule) if next_of_rule else None,
        last_day=series.last_day if next_of_rule else None,
        dates=series.dates - dates,
        excluded=series.excluded - excluded,
    )
    return (before if before.first() else None), after


def _rule_before(series: Series, at: LocalTime) -> tuple[Rule | None, date | None]:
    first = next(series.scheduled(date.min, date_of(at)), None)
    if series.rule is None or first is None or first >= at:
        return None, None
    if series.rule.count is None:
        day_before = shift(date_of(at), -1)
        on_that_day = [id_ for id_ in series.scheduled(date_of(at), date_of(at)) if id_ < at]
        until = date_of(at) if on_that_day else day_before
        if series.last_day and series.last_day <= until:
            return series.rule, series.last_day
        return replace(series.rule, until=until), until
    ids = [id_ for id_ in series.scheduled(date.min, date_of(at)) if id_ < at]
    return replace(series.rule, count=len(ids)), date_of(ids[-1])


def _rule_after(series: Series, before: Rule | None) -> Rule | None:
    if series.rule and series.rule.count and before and before.count:
        return replace(series.rule, count=series.rule.count - before.count)
    return series.rule


def follow_by_date(ids: Iterable[LocalTime], series: Series) -> dict[LocalTime, LocalTime]:
    """For each ID of an earlier form of the series, the occurrence that it names now.

    That is the one with the same ID, or else the first one with the same date. IDs whose date the
    series no longer has are left out. The series must be without exclusions.
    """
    follows: dict[LocalTime, LocalTime] = {}
    for old in ids:
        on_date = [occurrence.recurrence_id for occurrence in series.on(date_of(old))]
        if on_date:
            follows[old] = old if old in on_date else on_date[0]
    return follows
