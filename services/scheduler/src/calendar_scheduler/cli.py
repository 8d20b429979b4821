"""The executable `calendar_scheduler`."""

import argparse
import sys
from pathlib import Path

from calendar_scheduler import __version__, config, server
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.observability import logging
from calendar_scheduler.settings.loading import load


def main() -> None:
    """Runs the Scheduler until it is told to stop.

    Exit codes: 0 stopped by SIGTERM or SIGINT, 1 something broke, 2 the command line or the
    settings are wrong.
    """
    arguments = _parser().parse_args()
    try:
        settings = load(arguments.config, config.Settings)
        logging.configure(settings.log)
        sys.exit(server.run(settings))
    except ConfigError as error:
        sys.stderr.write(f"calendar_scheduler: {error}\n")
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar_scheduler",
        description="Publishes Calendar's reminders when they are due and deletes old events. "
        "Settings come from the file, and over it from CALENDAR_* variables.",
    )
    parser.add_argument("--version", action="version", version=f"calendar_scheduler {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help="settings, a YAML file")
    return parser
