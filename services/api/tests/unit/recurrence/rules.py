"""Random rules and zones, for properties."""

from typing import Any, Final

from hypothesis import strategies as st

from calendar_api import zones
from calendar_api.recurrence.rule import ByDay, Frequency, Rule

ZONES: Final = st.sampled_from(sorted(zones.NAMES))

_MONTHS = st.lists(st.integers(1, 12), max_size=4)
_INTERVALS = st.sampled_from([1, 1, 1, 2, 3, 4, 5, 7, 12, 13, 30, 53, 400, 999])
_ORDINALS_IN_MONTH, _ORDINALS_IN_YEAR = st.integers(-5, 5), st.integers(-52, 52)
_WEEKDAYS = st.integers(0, 6)


def _numbers(limit: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-limit, limit).filter(bool), max_size=4)


@st.composite
def rules(draw: st.DrawFn, frequencies: tuple[Frequency, ...] = tuple(Frequency)) -> Rule:
    """Any valid rule without COUNT and UNTIL, with few values in each list."""
    frequency = draw(st.sampled_from(frequencies))
    yearly = frequency is Frequency.YEARLY
    parts: dict[str, Any] = {"months": draw(_MONTHS)}
    if yearly and draw(st.booleans()):
        parts["week_numbers"] = draw(_numbers(53))
    if yearly and draw(st.booleans()):
        parts["year_days"] = draw(_numbers(366))
    if frequency is not Frequency.WEEKLY:
        parts["month_days"] = draw(_numbers(31))
    numbered = frequency in {Frequency.MONTHLY, Frequency.YEARLY} and not parts.get("week_numbers")
    in_year = yearly and not parts["months"]
    ordinals = _ORDINALS_IN_YEAR if in_year else _ORDINALS_IN_MONTH
    if not numbered or draw(st.booleans()):
        ordinals = st.just(0)
    parts["weekdays"] = [
        ByDay(*day) for day in draw(st.lists(st.tuples(ordinals, _WEEKDAYS), max_size=4))
    ]
    if any(parts.values()) and draw(st.booleans()):
        parts["positions"] = draw(_numbers(6))
    parts = {name: tuple(sorted(set(values))) for name, values in parts.items()}
    parts |= {"interval": draw(_INTERVALS), "week_start": draw(_WEEKDAYS)}
    return Rule(frequency=frequency, **parts)
