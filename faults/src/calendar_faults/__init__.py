"""Breaks Calendar on purpose, and judges from the outside what became of its promises."""

from importlib.metadata import version

__version__ = version("calendar-faults")
