"""The executable `calendar`: serves the API, or migrates its database."""

import argparse
import sys
from pathlib import Path
from typing import Final

from calendar_api import __version__

CONFIG_HELP: Final = "settings, a YAML file; CALENDAR_* variables win over it"

DESCRIPTION: Final = """\
Serves Calendar's REST API, until SIGTERM or SIGINT.
Settings come from CALENDAR_* variables and the file; the variable of database.dsn is
CALENDAR_DATABASE__DSN.
"""

EXIT_CODES: Final = """\
exit codes:
  0  stopped by SIGTERM or SIGINT, or done
  1  the tables could not be migrated, or a bug ended the service
  2  the command line or a setting is wrong, or the port is in use; STDERR names the key
"""

MIGRATE_DESCRIPTION: Final = """\
Creates the API's tables in PostgreSQL, or brings them up to date: applies
the migrations that are missing, one after the other, and ends. A run continues where an
interrupted one has ended. Run it before each new version of the service.
It is safe to run again, and by several processes at the same time: one applies the migrations,
the others wait and find nothing to do.
"""

MIGRATE_EPILOG: Final = """\
settings, in the file or as variables:
  database.dsn  CALENDAR_DATABASE__DSN  required; its role must own the tables
  log.level     CALENDAR_LOG__LEVEL     debug, info, warning or error
  log.format    CALENDAR_LOG__FORMAT    json or text
The other settings of the API are checked, but not used.

exit codes:
  0  the tables are up to date
  1  PostgreSQL cannot be reached, or refuses; STDERR names its host and port. Run it again
  2  the command line or a setting is wrong; STDERR names the key
"""


def main() -> None:
    """Run what the command line asks for; end with one of `EXIT_CODES`."""
    arguments = _parser().parse_args()
    # Imported here because it takes half a second, and `--version` needs none of it.
    from calendar_api import commands  # noqa: PLC0415

    is_migration = arguments.command == "migrate"
    command = commands.migrate_database if is_migration else commands.serve
    sys.exit(command(arguments.config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"calendar {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help=CONFIG_HELP)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    migrate = commands.add_parser(
        "migrate",
        help="bring the tables up to date (safe to run twice and side by side)",
        description=MIGRATE_DESCRIPTION,
        epilog=MIGRATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # `calendar migrate --config PATH` works as well as `calendar --config PATH migrate`.
    migrate.add_argument(
        "--config", type=Path, metavar="PATH", default=argparse.SUPPRESS, help=CONFIG_HELP
    )
    return parser
