"""The command line: `calendar_benchmarks run [PATH …]`, `profile PATH …` and `page`."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from calendar_benchmarks import harness, page, results
from calendar_benchmarks.conditions import conditions
from calendar_benchmarks.load import LoadError
from calendar_benchmarks.profiling import Profiles, ProfilingError
from calendar_benchmarks.registry import NAMES, UnknownPathError, paths
from calendar_benchmarks.results import Result
from calendar_benchmarks.stage import ROOT, Stage, stage
from calendar_local.console import Console
from calendar_local.errors import LocalError

RESULTS: Final = ROOT / "benchmarks/results/latest.json"
PAGE: Final = ROOT / "docs/performance.md"


def main() -> None:
    """Exit codes: 0 all was measured, whether goals are met or not; 1 something failed."""
    arguments = _parser().parse_args()
    console = Console(sys.stdout)
    try:
        if arguments.command == "run":
            asyncio.run(run(arguments.paths, console=console))
        elif arguments.command == "profile":
            asyncio.run(profile(arguments.paths, console=console))
        else:
            page.write(PAGE, results.read(RESULTS))
    except (LocalError, LoadError, ProfilingError, UnknownPathError) as error:
        sys.exit(f"calendar_benchmarks: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


async def run(names: Sequence[str], *, console: Console) -> None:
    """Measures paths, and puts each into the results and on the page as soon as it is done."""
    chosen = paths(names)
    now = conditions()
    all_done = console.timer()
    async with _stage(console) as ready:
        for name, path in chosen.items():
            console.say(f"{name}: {path.title}")
            done = console.timer()
            rounds, peers = await harness.measure(path, ready)
            result = Result(
                title=path.title,
                unit=path.unit,
                better=path.better,
                notes=path.notes,
                claims=path.claims,
                peers=peers,
                rounds=rounds,
                conditions=now,
            )
            _publish(name, result)
            done(f"{name}: done")
    measured = {name: each for name, each in results.read(RESULTS).items() if name in chosen}
    console.say(page.summary(measured))
    all_done(f"All is in {RESULTS.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")


async def profile(names: Sequence[str], *, console: Console) -> None:
    """Measures paths, and says where the services' time went. Publishes nothing."""
    async with _stage(console) as ready:
        for name, path in paths(names).items():
            folder = ready.home / f"profiles-{name}"
            folder.mkdir()
            ready.profiles = profiles = Profiles(folder)
            console.say(f"{name}: {path.title}")
            await harness.measure(replace(path, rounds=1), ready)
            for kind, found in profiles.told().items():
                console.say(f"  {kind}: {found}")


@asynccontextmanager
async def _stage(console: Console) -> AsyncIterator[Stage]:
    if task := asyncio.current_task():
        # As Ctrl-C does: gigabytes would be left.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as home:
        async with stage(Path(home), console=console) as ready:
            yield ready


def _publish(name: str, result: Result) -> None:
    known = results.read(RESULTS) | {name: result}
    results.write(RESULTS, {each: known[each] for each in NAMES if each in known})
    page.write(PAGE, results.read(RESULTS))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calendar_benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="measure paths, and write results and page")
    running.add_argument("paths", nargs="*", metavar="PATH", help=f"of {', '.join(NAMES)}")
    looking = commands.add_parser("profile", help="say where the services' time goes meanwhile")
    looking.add_argument("paths", nargs="+", metavar="PATH", help="as above")
    commands.add_parser("page", help="write the page anew from the results that there are")
    return parser
