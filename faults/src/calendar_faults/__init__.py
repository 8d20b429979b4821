"""Injects faults into Calendar, and checks from outside whether it keeps its promises."""

from importlib.metadata import version

__version__ = version("calendar-faults")
