"""What the executable does. Apart from `cli`, because importing all this takes most of a second."""

import argparse
import asyncio
import random
import sys
from datetime import timedelta

from calendar_faults import history
from calendar_faults.checker import check
from calendar_faults.history import HistoryError
from calendar_faults.soak import soak_alone


def run(arguments: argparse.Namespace) -> int:
    """Run the command that the arguments name; return its exit code."""
    try:
        is_ok = _soak(arguments) if arguments.command == "soak" else _check(arguments)
    except (HistoryError, OSError) as error:
        sys.stderr.write(f"calendar_faults: {error}\n")
        return 2
    return 0 if is_ok else 1


def _check(arguments: argparse.Namespace) -> bool:
    is_ok = True
    for path in arguments.histories:
        report = check(
            history.read(path),
            at_rest=timedelta(seconds=arguments.at_rest),
            max_uncertain=arguments.max_uncertain,
        )
        is_ok &= report.ok
        _print(f"{path}: {'promises kept' if report.ok else 'PROMISES BROKEN'}\n{report}")
    return is_ok


def _soak(arguments: argparse.Namespace) -> bool:
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed  # noqa: S311
    _print(f"--seed {seed} injects the same faults in the same order")
    report = asyncio.run(
        soak_alone(arguments.folder, seconds=60 * arguments.minutes, seed=seed, log=_print)
    )
    _print(str(report))
    return report.ok


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
