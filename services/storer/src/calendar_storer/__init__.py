"""Calendar's Storer: keeps each notification that arrives, once."""

from importlib.metadata import version

__version__ = version("calendar-storer")
