"""`run` and `stack`: run the system in the foreground, with persistent data in `.local/`."""

import asyncio
import os
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

# The offset "-01:00" turns the UTC time of `date` into one hour from now, in any POSIX shell.
_RUN = """
Calendar is running: API {API_URL}, Scheduler {SCHEDULER_URL}, Storer {STORER_URL}
Interactive documentation: {API_URL}/docs

In another terminal, watch notifications arrive:

  curl -N {STORER_URL}/v1/notifications/stream -H 'X-User-Id: me'

and in a third one, create an event whose reminder is due in five seconds:

  curl -s {API_URL}/v1/events -H 'X-User-Id: me' -H 'Content-Type: application/json' \\
    -d '{{"title": "Tea", "starts_at": "'"$(date -u +%Y-%m-%dT%H:%M:%S-01:00)"'",
         "duration": "PT30M", "notify_before": "PT59M55S"}}'
"""
_STACK = """
PostgreSQL and Kafka are running. To set their addresses in a shell:

  set -a; . {run_env}; set +a
"""
_FOOTER = """\
Addresses: {run_env}. Logs: {logs}/.
Ctrl-C, or in the background `kill {pid}`, stops everything and keeps the data.
"""


def run(root: Path, console: Console) -> int:
    """Run PostgreSQL, Kafka and the services until a signal; return the exit code."""
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
                text = _RUN.format(**urls)
                parts: list[Part] = [*base.parts, *running]
                await _stay(layout, urls | base.addresses, parts, console, text)

        asyncio.run(Interruption().run(work()))
    return 0


def stack(root: Path, console: Console) -> int:
    """Run PostgreSQL and Kafka until a signal; return the exit code."""
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
    """Lock `.local/`, and clean up after an earlier run that was killed."""
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
    """Write `run.env` and the greeting, and wait until cancelled or until a part exits."""
    layout.write_run_env(addresses)
    try:
        console.say(text)
        console.say(
            _FOOTER.format(run_env=shown(layout.run_env), logs=shown(layout.logs), pid=os.getpid())
        )
        await until_one_ends(parts)
    finally:
        layout.run_env.unlink(missing_ok=True)
