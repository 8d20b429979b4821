"""The command line: `calendar_faults check HISTORY …` and `calendar_faults soak`."""

import argparse
import asyncio
import random
import sys
from datetime import timedelta
from pathlib import Path

from calendar_faults import __version__, history
from calendar_faults.checker import AT_REST, check
from calendar_faults.checker.report import MAX_UNCERTAIN
from calendar_faults.history import HistoryError
from calendar_faults.soak import soak_alone


def main() -> None:
    """Exit codes: 0 all promises kept, 1 a promise was broken, 2 unreadable input."""
    arguments = _parser().parse_args()
    try:
        run = _soak if arguments.command == "soak" else _check
        sys.exit(0 if run(arguments) else 1)
    except (HistoryError, OSError) as error:
        sys.stderr.write(f"calendar_faults: {error}\n")
        sys.exit(2)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_faults", description=__doc__)
    parser.add_argument("--version", action="version", version=f"calendar_faults {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="check histories: files of JSON lines")
    checking.add_argument("histories", nargs="+", type=Path, metavar="HISTORY")
    checking.add_argument(
        "--at-rest",
        type=float,
        default=AT_REST.total_seconds(),
        metavar="SECONDS",
        help="how late 99 in 100 may be without faults (default: %(default)s)",
    )
    checking.add_argument(
        "--max-uncertain",
        type=float,
        default=MAX_UNCERTAIN,
        metavar="SHARE",
        help="share of reminders for which both outcomes may be right (default: %(default)s)",
    )
    soaking = commands.add_parser("soak", help="inject random faults into a system in use")
    soaking.add_argument("--minutes", type=float, default=60)
    soaking.add_argument("--seed", type=int, help="of an earlier run, to repeat its faults")
    soaking.add_argument(
        "--folder", type=Path, default=Path("reports/soak"), help="for the history and logs"
    )
    return parser
