"""The executable `calendar_storer`: stores what arrives, or brings the tables up to date."""

import argparse
import asyncio
import sys
from pathlib import Path

from calendar_storer import __version__, config, server
from calendar_storer.database import migrations
from calendar_storer.database.pool import check_dsn
from calendar_storer.errors import ConfigError, DatabaseUnavailable
from calendar_storer.observability import logging
from calendar_storer.settings.loading import load


def main() -> None:
    """Runs what the command line asks for.

    Exit codes: 0 done, 1 the database could not be migrated, 2 the command line or the settings
    are wrong.
    """
    arguments = _parser().parse_args()
    try:
        if arguments.command == "migrate":
            to_migrate = load(arguments.config, config.MigrationSettings)
            logging.configure(to_migrate.log)
            asyncio.run(check_dsn(to_migrate.database.dsn))
            asyncio.run(migrations.run(to_migrate.database.dsn))
        else:
            settings = load(arguments.config, config.Settings)
            logging.configure(settings.log)
            asyncio.run(check_dsn(settings.database.dsn))
            server.run(settings)
    except ConfigError as error:
        sys.stderr.write(f"calendar_storer: {error}\n")
        sys.exit(2)
    except DatabaseUnavailable as error:
        sys.stderr.write(f"calendar_storer: {error}\n")
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar_storer",
        description="Stores Calendar's notifications. "
        "Settings come from the file, and over it from CALENDAR_* variables.",
    )
    parser.add_argument("--version", action="version", version=f"calendar_storer {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help="settings, a YAML file")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    migrate_parser = commands.add_parser(
        "migrate", help="bring the tables up to date (safe to run twice and side by side)"
    )
    # `calendar_storer migrate --config PATH` reads as well as `… --config PATH migrate`.
    migrate_parser.add_argument(
        "--config", type=Path, metavar="PATH", default=argparse.SUPPRESS, help="as above"
    )
    return parser
