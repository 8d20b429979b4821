"""The executable `calendar_scheduler`."""

import argparse
import sys
from pathlib import Path

from calendar_scheduler import __version__


def main() -> None:
    """Run the Scheduler until it is told to stop.

    Exit codes: 0 stopped by a signal; 1 a bug ended the service; 2 the command line or the settings
    are wrong.
    """
    arguments = _parser().parse_args()
    # Imported here because it takes half a second, and `--version` needs none of it.
    from calendar_scheduler import commands  # noqa: PLC0415

    sys.exit(commands.serve(arguments.config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar_scheduler",
        description="Publishes Calendar's reminders when they are due and deletes old events. "
        "Settings come from CALENDAR_* variables over the file.",
    )
    parser.add_argument("--version", action="version", version=f"calendar_scheduler {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help="settings, a YAML file")
    return parser
