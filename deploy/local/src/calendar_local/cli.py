"""The command line: `calendar_local run | stack | exec | sql | clean`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from calendar_local import __version__

_PROJECT = Path(__file__).parents[4]
_INTERRUPTED = 130


def main() -> None:
    """Run a command and exit with its exit code."""
    given, command = _split(sys.argv[1:])
    arguments = _parser().parse_args(given)
    try:
        sys.exit(_run(arguments, command))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED if arguments.command == "exec" else 0)


def _run(arguments: argparse.Namespace, command: Sequence[str]) -> int:
    # Imported here because it takes most of a second, and `--version` needs none of it.
    from calendar_local.commands import dispatch  # noqa: PLC0415
    from calendar_local.console import Console  # noqa: PLC0415
    from calendar_local.errors import LocalError  # noqa: PLC0415
    from calendar_local.interruption import interrupt_before_the_loop  # noqa: PLC0415

    # The command of `exec` writes to STDOUT.
    console = Console(sys.stderr if arguments.command == "exec" else sys.stdout)
    interrupt_before_the_loop()
    try:
        return dispatch(arguments, command, console)
    except LocalError as error:
        console.say(str(error))
        return 1


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Split the arguments at the first `--`; the rest is the command of `exec`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_local", description=__doc__)
    parser.add_argument("--version", action="version", version=f"calendar_local {__version__}")
    parser.add_argument(
        "--root", type=Path, default=_PROJECT, help="the project folder (default: this repository)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run PostgreSQL, Kafka and the three services")
    commands.add_parser("stack", help="run PostgreSQL and Kafka")
    throw_away = commands.add_parser(
        "exec",
        help="run a command with temporary servers: exec [--services] -- CMD …",
        usage="calendar_local exec [-h] [--services] [--logs DIR] -- CMD …",
    )
    throw_away.add_argument("--services", action="store_true", help="run the services as well")
    throw_away.add_argument("--logs", type=Path, metavar="DIR", help="keep the logs in this folder")
    sql = commands.add_parser("sql", help="query the database of the running system")
    sql.add_argument("statement", nargs="?", help="one statement; interactive without it")
    commands.add_parser("clean", help="remove the data of run and stack")
    return parser
