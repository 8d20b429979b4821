"""The whole of Calendar on one machine without containers; no service is imported."""

from importlib.metadata import version

__version__ = version("calendar-local")
