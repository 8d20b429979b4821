"""The executable `calendar_scheduler`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from calendar_scheduler import __version__

DESCRIPTION: Final = """\
Publishes Calendar's reminders when they are due and deletes old events, until SIGTERM or SIGINT.
Settings come from CALENDAR_* variables and the file; the variable of database.dsn is
CALENDAR_DATABASE__DSN.
"""

EXIT_CODES: Final = """\
exit codes:
  0  stopped by SIGTERM or SIGINT
  1  a bug ended the service
  2  the command line or a setting is wrong, or the port is in use; STDERR names the key
"""


def main() -> None:
    """Run the Scheduler; end with one of `EXIT_CODES`."""
    arguments = _parser().parse_args()
    # Imported here because it takes half a second, and `--version` needs none of it.
    from calendar_scheduler import commands  # noqa: PLC0415

    sys.exit(commands.serve(arguments.config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar_scheduler",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"calendar_scheduler {__version__}")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        help="settings, a YAML file; CALENDAR_* variables win over it",
    )
    return parser
