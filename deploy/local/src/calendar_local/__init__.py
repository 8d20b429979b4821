"""Runs Calendar on one machine without containers. Imports no service."""

from importlib.metadata import version

__version__ = version("calendar-local")
