"""The command line: `calendar_local run | stack | exec | sql | clean`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from calendar_local import __version__
from calendar_local.console import Console
from calendar_local.errors import LocalError
from calendar_local.foreground import run, stack
from calendar_local.interruption import interrupt_before_the_loop
from calendar_local.layout import Layout
from calendar_local.locks import only_one
from calendar_local.postgres import BINARIES, connection_variables
from calendar_local.processes import end_leftovers
from calendar_local.throwaway import execute

_PROJECT = Path(__file__).parents[4]
_INTERRUPTED = 130


def main() -> None:
    """Run a command and exit with its exit code."""
    given, command = _split(sys.argv[1:])
    arguments = _parser().parse_args(given)
    # The command of `exec` writes to STDOUT.
    console = Console(sys.stderr if arguments.command == "exec" else sys.stdout)
    interrupt_before_the_loop()
    try:
        sys.exit(_dispatch(arguments, command, console))
    except LocalError as error:
        console.say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED if arguments.command == "exec" else 0)


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


def _dispatch(arguments: argparse.Namespace, command: Sequence[str], console: Console) -> int:
    root = arguments.root.resolve()
    match arguments.command:
        case "run":
            return run(root, console)
        case "stack":
            return stack(root, console)
        case "exec":
            return execute(
                command,
                root=root,
                with_services=arguments.services,
                logs=arguments.logs,
                console=console,
            )
        case "sql":
            return _sql(root, arguments.statement)
        case _:
            return _clean(root, console)


def _sql(root: Path, statement: str | None) -> int:
    """Replace this process with psql; the password is passed in the environment."""
    addresses = Layout(root / ".local").read_run_env()
    if not addresses:
        raise LocalError("Calendar is not running: start it with `make run`.")
    connection = connection_variables(addresses["DATABASE_DSN"])
    psql = str(BINARIES / "psql")
    command = [psql, "--no-psqlrc", "--pset=pager=off"]
    command += [f"--command={statement}"] if statement else []
    os.execve(psql, command, os.environ | connection)  # noqa: S606


def _clean(root: Path, console: Console) -> int:
    layout = Layout(root / ".local")
    with only_one(layout.lock):
        end_leftovers(layout.records)
        layout.remove_data()
    console.say("Removed the data and the logs in .local/.")
    return 0
