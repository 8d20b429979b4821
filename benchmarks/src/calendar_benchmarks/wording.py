"""Figures as text, for people."""

from calendar_benchmarks.judging import Spread


def text(value: float) -> str:
    """Whole from a hundred on, else three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def reach(spread: Spread) -> str:
    """From where to where."""
    return f"{text(spread.low)} to {text(spread.high)}"
