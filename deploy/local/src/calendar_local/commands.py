"""What the executable does. Apart from `cli`, because importing all this takes most of a second."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from calendar_local.console import Console
from calendar_local.foreground import run, stack
from calendar_local.layout import Layout
from calendar_local.locks import only_one
from calendar_local.postgres import BINARIES, connection_variables
from calendar_local.processes import end_leftovers
from calendar_local.throwaway import execute


def dispatch(arguments: argparse.Namespace, command: Sequence[str], console: Console) -> int:
    """Run the command that the arguments name; return its exit code.

    Raises:
        LocalError: the user can fix what is wrong.
    """
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
    addresses = Layout(root / ".local").addresses()
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
