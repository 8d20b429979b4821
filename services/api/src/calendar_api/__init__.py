"""Calendar's REST API: stores events, and with each the reminder that is to be sent."""

from importlib.metadata import version

__version__ = version("calendar-api")
