"""What the executable does. Apart from `cli`, because importing all this takes most of a second."""

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


def dispatch(arguments: argparse.Namespace) -> None:
    """Run the command that the arguments name; exit with a message where it fails."""
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
