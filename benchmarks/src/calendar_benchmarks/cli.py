"""The command line: `calendar_benchmarks run [PATH …]` and `calendar_benchmarks page`."""

import argparse
from importlib.metadata import version

from calendar_benchmarks.paths import NAMES


def main() -> None:
    """Exit code 0 if everything was measured, whether goals are met or not; else 1."""
    arguments = _parser().parse_args()
    # Imported here because it takes most of a second, and `--version` needs none of it.
    from calendar_benchmarks import commands  # noqa: PLC0415

    commands.dispatch(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_benchmarks", description=__doc__)
    parser.add_argument(
        "--version",
        action="version",
        version=f"calendar_benchmarks {version('calendar-benchmarks')}",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="measure paths; update the results and the page")
    run_parser.add_argument("paths", nargs="*", type=_path, help=f"any of {', '.join(NAMES)}")
    commands.add_parser("page", help="write the page from the existing results")
    return parser


def _path(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(NAMES)}")
    return name
