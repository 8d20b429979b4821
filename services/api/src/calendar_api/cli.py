"""The executable `calendar`: serves the API, or migrates its database."""

import argparse
import sys
from pathlib import Path

from calendar_api import __version__


def main() -> None:
    """Run what the command line asks for.

    Exit codes: 0 done, or stopped by a signal; 1 the database cannot be migrated, or a bug ended
    the service; 2 the command line or the settings are wrong.
    """
    arguments = _parser().parse_args()
    # Imported here because it takes half a second, and `--version` needs none of it.
    from calendar_api import commands  # noqa: PLC0415

    is_migration = arguments.command == "migrate"
    command = commands.migrate_database if is_migration else commands.serve
    sys.exit(command(arguments.config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar",
        description="Calendar's REST API. Settings come from CALENDAR_* variables over the file.",
    )
    parser.add_argument("--version", action="version", version=f"calendar {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help="settings, a YAML file")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    migrate = commands.add_parser(
        "migrate",
        help="bring the tables up to date (safe to run twice and side by side)",
        description="Brings the tables up to date. Safe to run twice and side by side.",
    )
    # `calendar migrate --config PATH` works as well as `calendar --config PATH migrate`.
    migrate.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="settings, a YAML file; CALENDAR_* variables win over it",
    )
    return parser
