"""The executable `calendar`: serves the API, or brings the tables up to date."""

import argparse
import asyncio
import sys
from pathlib import Path

from calendar_api import __version__, config, server
from calendar_api.database import migrations
from calendar_api.database.pool import check_dsn
from calendar_api.errors import ConfigError, DatabaseUnavailable
from calendar_api.observability import logging
from calendar_api.settings.loading import load


def main() -> None:
    """Runs what the command line asks for.

    Exit codes: 0 done, 1 the database could not be migrated, 2 the command line or the settings
    are wrong.
    """
    arguments = _parser().parse_args()
    try:
        settings = load(arguments.config, config.Settings)
        logging.configure(settings.log)
        asyncio.run(check_dsn(settings.database.dsn))
        if arguments.command == "migrate":
            asyncio.run(migrations.run(settings.database.dsn))
        else:
            server.run(settings)
    except ConfigError as error:
        sys.stderr.write(f"calendar: {error}\n")
        sys.exit(2)
    except DatabaseUnavailable as error:
        sys.stderr.write(f"calendar: {error}\n")
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar",
        description="Calendar's REST API. Settings come from CALENDAR_* variables over the file.",
    )
    parser.add_argument("--version", action="version", version=f"calendar {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help="settings, a YAML file")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    migrate_parser = commands.add_parser(
        "migrate", help="bring the tables up to date (safe to run twice and side by side)"
    )
    # `calendar migrate --config PATH` reads as well as `calendar --config PATH migrate`.
    migrate_parser.add_argument(
        "--config", type=Path, metavar="PATH", default=argparse.SUPPRESS, help="as above"
    )
    return parser
