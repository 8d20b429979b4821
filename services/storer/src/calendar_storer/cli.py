"""The executable `calendar_storer`: the service, its migrations, and its webhooks."""

import argparse
import sys
from pathlib import Path
from typing import Final

from calendar_storer import __version__

CONFIG_HELP: Final = "settings, a YAML file; CALENDAR_* variables win over it"

DESCRIPTION: Final = """\
Stores Calendar's notifications and serves them to users, until SIGTERM or SIGINT.
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
Creates the table of notifications in PostgreSQL, or brings it up to date: applies
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
No other setting is needed. Kafka is not used.

exit codes:
  0  the tables are up to date
  1  PostgreSQL cannot be reached, or refuses; STDERR names its host and port. Run it again
  2  the command line or a setting is wrong; STDERR names the key
"""

WEBHOOK_ACTIONS: Final = {
    "list": "show all endpoints and what they have not accepted yet (the default)",
    "retry": "try the parked deliveries of an endpoint again, from the first attempt on",
    "drop": "give up the parked deliveries of an endpoint; all of one that is disabled or removed",
    "enable": "send again to an endpoint that was disabled by an answer 410",
}

WEBHOOKS_DESCRIPTION: Final = """\
Shows the endpoints of storer.webhooks, or changes one. The running Storers notice it at once.
An endpoint that is no longer in the settings is shown as removed: it keeps its place, and goes on
from there when it is configured again. To drop it forgets it.
"""

WEBHOOKS_EPILOG: Final = """\
settings, in the file or as variables:
  database.dsn     CALENDAR_DATABASE__DSN     required
  storer.webhooks  CALENDAR_STORER__WEBHOOKS  as for the service
  log.level        CALENDAR_LOG__LEVEL        debug, info, warning or error
  log.format       CALENDAR_LOG__FORMAT       json or text
No other setting is needed. Kafka is not used.

columns:
  WAITING   notifications that are still to be sent for the first time
  RETRYING  deliveries in progress, or waiting for another attempt
  PARKED    deliveries that failed to the last attempt
  OLDEST    when the oldest was stored that is neither delivered nor parked

exit codes:
  0  done
  1  PostgreSQL cannot be reached, or refuses; STDERR names its host and port
  2  the command line or a setting is wrong, or there is no such endpoint
"""


def main() -> None:
    """Run what the command line asks for; end with one of `EXIT_CODES`."""
    arguments = _parser().parse_args()
    # Imported here because it takes half a second, and `--version` needs none of it.
    from calendar_storer import commands  # noqa: PLC0415

    if arguments.command == "webhooks":
        name = getattr(arguments, "name", None)
        code = commands.manage_webhooks(arguments.config, action=arguments.action, name=name)
    elif arguments.command == "migrate":
        code = commands.migrate_database(arguments.config)
    else:
        code = commands.serve(arguments.config)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calendar_storer",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"calendar_storer {__version__}")
    parser.add_argument("--config", type=Path, metavar="PATH", help=CONFIG_HELP)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    migrate = commands.add_parser(
        "migrate",
        help="bring the tables up to date (safe to run twice and side by side)",
        description=MIGRATE_DESCRIPTION,
        epilog=MIGRATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_config(migrate)
    _add_webhooks(commands)
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    # `calendar_storer migrate --config PATH` works as well as `… --config PATH migrate`.
    parser.add_argument(
        "--config", type=Path, metavar="PATH", default=argparse.SUPPRESS, help=CONFIG_HELP
    )


def _add_webhooks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    webhooks = commands.add_parser(
        "webhooks",
        help="show the endpoints of webhooks, retry or drop deliveries, enable an endpoint",
        description=WEBHOOKS_DESCRIPTION,
        epilog=WEBHOOKS_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_config(webhooks)
    webhooks.set_defaults(action="list")
    actions = webhooks.add_subparsers(dest="action", metavar="ACTION")
    for action, text in WEBHOOK_ACTIONS.items():
        parser = actions.add_parser(action, help=text, description=f"{text.capitalize()}.")
        _add_config(parser)
        if action != "list":
            parser.add_argument("name", metavar="NAME", help="an endpoint, as in the settings")
