"""The command line: `calendar_faults check HISTORY …` and `calendar_faults soak`."""

import argparse
import sys
from pathlib import Path

from calendar_faults import __version__
from calendar_faults.limits import AT_REST, MAX_UNCERTAIN


def main() -> None:
    """Exit codes: 0 all promises kept, 1 a promise was broken, 2 unreadable input."""
    arguments = _parser().parse_args()
    # Imported here because it takes most of a second, and `--version` needs none of it.
    from calendar_faults import commands  # noqa: PLC0415

    sys.exit(commands.run(arguments))


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
