"""The command line: `calendar_benchmarks run [PATH …]` and `calendar_benchmarks page`."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from calendar_benchmarks import harness, page, results
from calendar_benchmarks.harness import UnknownFigureError
from calendar_benchmarks.load import LoadError
from calendar_benchmarks.paths import NAMES, load_paths
from calendar_benchmarks.results import Result
from calendar_benchmarks.sandbox import ROOT, sandbox
from calendar_local.console import Console
from calendar_local.errors import LocalError

RESULTS: Final = ROOT / "benchmarks/results/latest.json"
PAGE: Final = ROOT / "docs/performance.md"


def main() -> None:
    """Exit code 0 if everything was measured, whether goals are met or not; else 1."""
    arguments = _parser().parse_args()
    try:
        if arguments.command == "run":
            asyncio.run(run(arguments.paths, console=Console(sys.stdout)))
        else:
            page.write(PAGE, load_paths(), results.read(RESULTS))
    except (LocalError, LoadError, UnknownFigureError) as error:
        sys.exit(f"calendar_benchmarks: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


async def run(names: Sequence[str], *, console: Console) -> None:
    """Measures paths. Updates the results and the page after each."""
    if task := asyncio.current_task():
        # Without it, SIGTERM would leave the servers running and their data on the disk.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    now, done = results.conditions(), console.timer()
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as home:
        async with sandbox(Path(home), console=console) as ready:
            for name, path in load_paths(names).items():
                console.say(f"{name}: {path.title}")
                path_done = console.timer()
                rounds = await harness.measure(path, ready)
                _publish(name, Result(rounds=rounds, conditions=now))
                path_done(f"{name}: done")
    console.say(f"\n{page.summary(load_paths(names), results.read(RESULTS))}\n")
    done(f"Results: {RESULTS.relative_to(ROOT)}, page: {PAGE.relative_to(ROOT)}")


def _publish(name: str, result: Result) -> None:
    known = results.read(RESULTS) | {name: result}
    results.write(RESULTS, {each: known[each] for each in NAMES if each in known})
    page.write(PAGE, load_paths(), results.read(RESULTS))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="measure paths; update the results and the page")
    run_parser.add_argument("paths", nargs="*", type=_path, help=f"any of {', '.join(NAMES)}")
    commands.add_parser("page", help="write the page from the existing results")
    return parser


def _path(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(NAMES)}")
    return name
