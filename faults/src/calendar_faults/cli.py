"""The command line: `calendar_faults check HISTORY …` and `calendar_faults soak`."""

import argparse
import asyncio
import random
import sys
from datetime import timedelta
from pathlib import Path

from calendar_faults import __version__, history
from calendar_faults.checker import AT_REST, check
from calendar_faults.history import HistoryError
from calendar_faults.report import MOST_UNCERTAIN
from calendar_faults.soak import soak_alone


def main() -> None:
    """Exit codes: 0 nothing wrong, 1 a promise was broken, 2 what was given cannot be read."""
    arguments = _parser().parse_args()
    try:
        run = _soak if arguments.command == "soak" else _check
        sys.exit(0 if run(arguments) else 1)
    except (HistoryError, OSError) as error:
        sys.stderr.write(f"calendar_faults: {error}\n")
        sys.exit(2)


def _check(arguments: argparse.Namespace) -> bool:
    reports = {
        path: check(
            history.read(path),
            at_rest=timedelta(seconds=arguments.at_rest),
            most_uncertain=arguments.most_uncertain,
        )
        for path in arguments.histories
    }
    for path, report in reports.items():
        _say(f"{path}: {'kept' if report.ok else 'BROKEN'}\n{report}")
    return all(report.ok for report in reports.values())


def _soak(arguments: argparse.Namespace) -> bool:
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed  # noqa: S311
    _say(f"--seed {seed} breaks the same in the same order")
    report = asyncio.run(
        soak_alone(arguments.folder, seconds=60 * arguments.minutes, seed=seed, say=_say)
    )
    _say(str(report))
    return report.ok


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_faults", description=__doc__)
    parser.add_argument("--version", action="version", version=f"calendar_faults {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="judge histories: files of JSON lines")
    checking.add_argument("histories", nargs="+", type=Path, metavar="HISTORY")
    checking.add_argument(
        "--at-rest",
        type=float,
        default=AT_REST.total_seconds(),
        metavar="SECONDS",
        help="how late 99 in 100 may be where nothing is broken (default: %(default)s)",
    )
    checking.add_argument(
        "--most-uncertain",
        type=float,
        default=MOST_UNCERTAIN,
        metavar="SHARE",
        help="the share of reminders that may go either way (default: %(default)s)",
    )
    soaking = commands.add_parser("soak", help="break anything at random while people use it")
    soaking.add_argument("--minutes", type=float, default=60)
    soaking.add_argument("--seed", type=int, help="of an earlier run, to see it again")
    soaking.add_argument(
        "--folder", type=Path, default=Path("reports/soak"), help="where history and logs are kept"
    )
    return parser
