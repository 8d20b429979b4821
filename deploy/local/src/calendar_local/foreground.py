"""`run` and `stack`: the system in the foreground, with data that is kept in `.local/`."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from calendar_local.console import Console, shown
from calendar_local.interruption import Interruption
from calendar_local.jars import fetch_jars
from calendar_local.layout import Layout
from calendar_local.locks import only_one
from calendar_local.processes import end_leftovers
from calendar_local.services import check_installed, chosen_ports
from calendar_local.system import Part, servers, services, until_one_ends

# "-01:00" makes the UTC time that `date` prints an instant one hour ahead, in any POSIX shell.
_RUN = """
Calendar is running: API {API_URL}, Scheduler {SCHEDULER_URL}, Storer {STORER_URL}
Its documentation, to try out: {API_URL}/docs

Create an event whose reminder is due in five seconds (in another terminal):

  curl -s {API_URL}/v1/events -H 'X-User-Id: me' -H 'Content-Type: application/json' \\
    -d '{{"title": "Tea", "starts_at": "'"$(date -u +%Y-%m-%dT%H:%M:%S-01:00)"'",
         "duration": "PT30M", "notify_before": "PT59M55S"}}'

Then look at the notification that was stored:

  {program} sql 'SELECT title, notify_at, stored_at FROM notifications'
"""
_STACK = """
PostgreSQL and Kafka are running. To have their addresses in a shell's environment:

  set -a; . {run_env}; set +a
"""
_FOOTER = "Addresses: {run_env}. Logs: {logs}/. Ctrl-C stops everything and keeps the data.\n"


def run(root: Path, console: Console) -> int:
    """Run servers and services until a signal; return the exit code."""
    with _prepared(root) as layout:
        check_installed(root)
        ports = chosen_ports(os.environ)
        jars = fetch_jars(console)

        async def work() -> None:
            async with (
                servers(layout, jars=jars, console=console) as base,
                services(
                    layout, root=root, ports=ports, addresses=base.addresses, console=console
                ) as running,
            ):
                urls = {each.service.url_variable: each.url for each in running}
                text = _RUN.format(program=shown(Path(sys.argv[0])), **urls)
                parts: list[Part] = [*base.parts, *running]
                await _stay(layout, urls | base.addresses, parts, console, text)

        asyncio.run(Interruption().run(work()))
    return 0


def stack(root: Path, console: Console) -> int:
    """Run the two servers alone until a signal; return the exit code."""
    with _prepared(root) as layout:
        jars = fetch_jars(console)

        async def work() -> None:
            async with servers(layout, jars=jars, console=console) as base:
                text = _STACK.format(run_env=shown(layout.run_env))
                await _stay(layout, base.addresses, base.parts, console, text)

        asyncio.run(Interruption().run(work()))
    return 0


@contextmanager
def _prepared(root: Path) -> Iterator[Layout]:
    """Hold `.local/` for ourselves, without what an earlier run that was killed left behind."""
    layout = Layout(root / ".local")
    with only_one(layout.lock):
        layout.run_env.unlink(missing_ok=True)
        end_leftovers(layout.records)
        layout.begin_new_logs()
        yield layout


async def _stay(
    layout: Layout,
    addresses: Mapping[str, str],
    parts: Sequence[Part],
    console: Console,
    text: str,
) -> None:
    """Publish the addresses and greet, until cancelled or until a part ends by itself."""
    layout.write_run_env(addresses)
    try:
        console.say(text)
        console.say(_FOOTER.format(run_env=shown(layout.run_env), logs=shown(layout.logs)))
        await until_one_ends(parts)
    finally:
        layout.run_env.unlink(missing_ok=True)
