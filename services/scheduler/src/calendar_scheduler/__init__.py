"""Calendar's Scheduler: publishes what is due, deletes what is long over."""

from importlib.metadata import version

__version__ = version("calendar-scheduler")
